"""R3 and R4: 200.00 for a complaint not handled in time, and the service advisors' own reductions."""

from datetime import date
from typing import Any

import pytest

from metrics.period import Period
from scorecards.rules import PayResult, pay_lines
from tests.scorecards.group import SATISFACTION, complaint, group, post, ruling

NOVEMBER = Period.parse("2026-11")
AS_OF = date(2026, 12, 5)
DAY = "2026-11-20 10:00"
ADVISOR = post("E3", "service_advisor", department="售后部")
SERVICE_DIRECTOR = post("D03", "service_director", department="售后部")


def late(complaint_id: str, person_id: str, penalty_fen: int | None = None, **more: Any) -> dict[str, Any]:
    return ruling(complaint_id, person_id, penalty_fen, **{"kind": "未及时处理", "judged_at": DAY, **more})


def fault(complaint_id: str, person_id: str, penalty_fen: int, **more: Any) -> dict[str, Any]:
    return ruling(complaint_id, person_id, penalty_fen, **{"judged_at": DAY, **more})


def result(*rulings: dict[str, Any], period: Period = NOVEMBER) -> PayResult:
    people = [post("E1"), post("E2", "showroom_manager"), ADVISOR, SERVICE_DIRECTOR]
    tables: dict[str, Any] = {
        "complaints": [complaint("C1"), complaint("C2", department="售后部")],
        "complaint_rulings": rulings,
    }
    return pay_lines([SATISFACTION], group(people, **tables), period, as_of=AS_OF)


def requested(found: PayResult) -> list[tuple[str, str, int]]:
    return list(found.lines.select("rule", "person_id", "requested_fen").iter_rows())


def test_200_with_a_ruling_whether_or_not_it_names_the_amount() -> None:
    assert requested(result(late("C1", "E1"))) == [("R3", "E1", -200_00)]
    assert requested(result(late("C1", "E1", 200_00))) == [("R3", "E1", -200_00)]
    line = result(late("C1", "E1")).lines.row(0, named=True)
    assert line["arithmetic_zh"].startswith(
        "抱怨 C1 经部门总监于 2026-11-20 判定未及时处理，有责，扣减 200.00 元（规定金额）"
    )
    assert (line["ruling_id"], line["judged_by"], line["notice"]) == ("C1|未及时处理|E1", "D01", "样例 2026-10")


def test_another_amount_moves_no_money_and_is_listed() -> None:
    found = result(late("C1", "E1", 199_99))
    assert requested(found) == []
    assert "200.00" in found.findings[0].message.zh


def test_without_a_ruling_nobody_is_charged() -> None:
    assert requested(result()) == []
    assert requested(result(late("C1", "E1", fault="无责"), late("C2", "E3", fault="未判定"))) == []


def test_a_manager_may_be_late_too() -> None:
    assert requested(result(late("C1", "E2"))) == [("R3", "E2", -200_00)]


def test_service_advisors_are_judged_by_the_service_director() -> None:
    by_service = result(fault("C2", "E3", 80_00, judged_by="D03"), late("C2", "E3", judged_by="D03"))
    assert requested(by_service) == [("R4", "E3", -80_00), ("R4_late", "E3", -200_00)]
    by_sales = result(fault("C2", "E3", 80_00, judged_by="D01"), late("C2", "E3", judged_by="D01"))
    assert requested(by_sales) == []
    assert len(by_sales.findings) == 2
    assert requested(result(fault("C1", "E1", 80_00, judged_by="D03"))) == []


@pytest.mark.parametrize(("penalty_fen", "lines"), [(49_99, 0), (50_00, 1), (100_00, 1), (100_01, 0)])
def test_the_service_directors_amount_must_lie_in_the_range_too(penalty_fen: int, lines: int) -> None:
    assert len(requested(result(fault("C2", "E3", penalty_fen, judged_by="D03")))) == lines


def test_one_complaint_charged_twice_to_one_person_is_listed() -> None:
    twice = result(fault("C1", "E1", 80_00), late("C1", "E1"))
    assert [finding.where for finding in twice.findings] == ["E1 C1"]
    assert result(fault("C1", "E1", 80_00), late("C1", "E2")).findings == []


def test_a_missing_complaint_is_listed_once() -> None:
    assert len(result(fault("C9", "E1", 80_00)).findings) == 1


def test_they_apply_from_the_month_after_their_notice() -> None:
    in_october = late("C1", "E1", judged_at="2026-10-20 10:00")
    assert requested(result(in_october, period=Period.parse("2026-10"))) == []
