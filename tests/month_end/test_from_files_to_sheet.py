"""The thin whole, as an office runs it: files in, a locked sheet out, through the command line alone.

Pay month 2026-10, one store, plan `satisfaction` as it ships.

  E010  five questionnaires of 90 in 2026-09, region 88.00 from 12 October  +200.00 (R1), at fault −80.00 (R2)
  E011  four questionnaires of 95: sample 4 < 5                                    nothing, ruled at fault −60.00 lapses
  E012  five questionnaires of 88: equal to the average is not above it            nothing
  E010 + E011 + E012                                                               120.00
"""

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import openpyxl
import pytest

ROOT = Path(__file__).resolve().parents[2]

PASSWORD = "pass-Word-12345"

FILES = {
    "门店.csv": """门店编号,门店名称,区域,城市
S01,东一店,华东,上海
""",
    "人员.csv": """工号,姓名,岗位,班组编号,班组,部门,门店编号,生效日期
E001,周总监,销售总监,T00,管理,销售部,S01,2025-01-01
E010,张一,销售顾问,T01,一组,销售部,S01,2025-01-01
E011,李二,销售顾问,T01,一组,销售部,S01,2025-01-01
E012,王三,销售顾问,T01,一组,销售部,S01,2025-01-01
E020,赵人事,人事专员,T09,人事,人事行政部,S01,2025-01-01
""",
    "满意度.csv": "问卷编号,调查项目,门店编号,部门,对应员工工号,调查日期,题目,得分\n"
    + "".join(f"Q1{n},CSS,S01,销售部,E010,2026-09-1{n},总分,90\n" for n in range(5))
    + "".join(f"Q2{n},CSS,S01,销售部,E011,2026-09-1{n},总分,95\n" for n in range(4))
    + "".join(f"Q3{n},CSS,S01,销售部,E012,2026-09-1{n},总分,88\n" for n in range(5)),
    "区域平均.csv": """调查项目,题目,区域,期间,平均分,发布日期
CSS,总分,华东,2026-09,88,2026-10-12
""",
    "抱怨.csv": """投诉编号,门店编号,部门,被投诉人工号,处理人工号,受理时间,用户满意时间,有效性
C1,S01,销售部,E010,E010,2026-10-03 09:00,2026-10-04 09:00,有效
C2,S01,销售部,E011,E011,2026-10-05 09:00,2026-10-08 21:00,有效
""",
    "判定.csv": """投诉编号,判定类型,被判定人工号,判定结果,处罚金额,判定人工号,判定时间
C1,责任,E010,有责,80,E001,2026-10-20 10:00
C2,责任,E011,有责,60,E001,2026-10-20 10:05
""",
}


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the files and, beside them, a store into which they were imported."""
    folder = tmp_path_factory.mktemp("office")
    for name, text in FILES.items():
        (folder / name).write_text(text, encoding="gb18030" if "抱怨" in name else "utf-8-sig")
    kpi(folder, "init")
    for name, role, person in (("hr", "hr", "E020"), ("boss", "director", "E001"), ("zhang", "staff", "E010")):
        kpi(folder, f"user add {name} --role {role} --person {person} --scope store:S01")
    report = json.loads(kpi(folder, f"import {' '.join(FILES)} --format json"))
    assert [(one["contract"], one["refused"]) for one in report if one["refused"]] == []
    return folder


def kpi(folder: Path, command: str, user: str | None = None, fails: bool = False, password: str = PASSWORD) -> str:
    named = ["--user", user] if user else []
    done = subprocess.run(
        [sys.executable, "-m", "kpi_app", *named, "--as-of", "2026-11-05", *command.split()],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "KPI_HOME": str(folder / "home"), "KPI_PASSWORD": password},
        capture_output=True,
        text=True,
    )
    assert (done.returncode != 0) == fails, done.stderr
    return done.stderr if fails else done.stdout


def test_the_month_goes_from_files_to_a_locked_sheet(office: Path) -> None:
    kpi(office, "month compute 2026-10", user="hr")
    again = json.loads(kpi(office, "month compute 2026-10 --format json", user="hr"))
    assert [unit["revision"] for unit in again] == [1]  # computing again changes nothing
    kpi(office, "month lock 2026-10", user="hr", fails=True)  # not before it is approved
    kpi(office, "month submit 2026-10", user="hr")
    kpi(office, "month approve 2026-10", user="hr", fails=True)  # not by its preparer
    kpi(office, "month approve 2026-10", fails=True)  # not by the console, which is nobody
    kpi(office, "month approve 2026-10", user="boss")
    kpi(office, "month lock 2026-10", user="hr")
    kpi(office, "month compute 2026-10", user="hr", fails=True)  # a locked month never changes

    sheet = json.loads(kpi(office, "sheet 2026-10 --format json", user="hr"))
    assert (sheet["period"], sheet["status"], sheet["total_fen"]) == ("2026-10", "locked", 12_000)
    assert {one["person_id"]: one["total_fen"] for one in sheet["people"] if one["total_fen"]} == {"E010": 12_000}
    lines = {(line["person_id"], line["rule"]): line for line in sheet["lines"]}
    assert lines["E010", "R1"]["amount_fen"] == 20_000
    award = lines["E010", "R1"]
    assert (award["metric"], award["value"], award["benchmark"], award["sample"]) == ("css_score", 90.0, 88.0, 5)
    assert lines["E010", "R2"]["amount_fen"] == -8_000
    assert lines["E011", "R2"]["amount_fen"] == 0  # 60.00 requested, nothing to take it from: it lapses, and shows
    assert ("E011", "R1") not in lines
    assert ("E012", "R1") not in lines
    judged = next(row for row in lines["E010", "R2"]["evidence"] if row["contract"] == "complaint_rulings")
    assert (judged["file"], judged["row"]) == ("判定.csv", 2)


def test_the_exported_files_add_up_to_the_sheet(office: Path) -> None:
    kpi(office, "sheet 2026-10 -o out.xlsx", user="hr")
    kpi(office, "sheet 2026-10 -o out.csv", user="hr")
    book = openpyxl.load_workbook(office / "out.xlsx", data_only=True)
    assert len(book.sheetnames) == 4
    with (office / "out.csv").open(encoding="utf-8-sig", newline="") as stream:
        assert (office / "out.csv").read_bytes().startswith(b"\xef\xbb\xbf")
        rows = list(csv.DictReader(stream))
    assert len(rows) == 3
    assert sum(round(float(row["金额"]) * 100) for row in rows) == 12_000


def test_staff_see_their_own_figures_and_nobody_elses(office: Path) -> None:
    own = json.loads(
        kpi(
            office,
            "measure --period 2026-09 --level person --metric css_score --format json",
            user="zhang",
        )
    )
    assert [(row["subject_id"], row["numerator"], row["denominator"]) for row in own] == [("E010", 45_000, 500)]
    kpi(office, "sheet 2026-10", user="zhang", fails=True)


def test_a_line_is_explained_down_to_the_row_of_the_file(office: Path) -> None:
    sheet = json.loads(kpi(office, "sheet 2026-10 --format json", user="hr"))
    line = next(line for line in sheet["lines"] if line["rule"] == "R1")
    told = kpi(office, f"explain {line['line_id']}", user="hr")
    for piece in ("R1", "90.00", "88.00", "200.00", "满意度.csv", "Q10"):
        assert piece in told


def test_two_settled_complaints_have_the_shorter_as_their_lower_median(office: Path) -> None:
    rows = json.loads(
        kpi(office, "measure --period 2026-10 --level store --metric complaint_resolution_time_elapsed --format json")
    )
    assert [(row["subject_id"], row["numerator"], row["sample"]) for row in rows] == [("S01", 24 * 3600, 2)]
