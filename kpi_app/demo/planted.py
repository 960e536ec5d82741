"""The errors that three of the demo group's files carry on purpose, so that an import has something to report."""

from collections.abc import Mapping

from kpi_app.demo.office import Planted

PLANTED: Mapping[str, tuple[Planted, ...]] = {
    "S03_到店记录_补录.csv": (
        Planted(
            row=6,
            column="到店时间",
            value="2026-02-30 10:15:00",
            cells={"visit_id": "D900001", "arrived_at": "2026-02-30 10:15:00"},
        ),
        Planted(row=11, column="客户编号", value="", cells={"visit_id": "D900002", "customer_id": ""}),
    ),
    "S03_续保台账.xlsx": (
        Planted(
            row=7,
            column="续保专员工号",
            value="E999",
            cells={"policy_id": "900000000000000001", "vin": "LHCDEMO0000000001", "person_id": "E999"},
        ),
        Planted(
            row=15,
            column="续保保费",
            value="约三千",
            cells={"policy_id": "900000000000000002", "vin": "LHCDEMO0000000002", "premium": "约三千"},
        ),
    ),
    "S02_满意度调查_补充问卷.csv": (
        Planted(
            row=5,
            column="问卷编号",
            value="Q900001",
            cells={"survey_id": "Q900001", "item": "总分", "score": "88"},
        ),
        Planted(
            row=9,
            column="得分",
            value="105",
            cells={"survey_id": "Q900002", "item": "总分", "score": "105"},
        ),
        Planted(
            row=14,
            column="问卷编号",
            value="Q900001",
            cells={"survey_id": "Q900001", "item": "总分", "score": "91"},
        ),
    ),
}
"""File → the rows intake must refuse; everything else in these and all other files is accepted."""
