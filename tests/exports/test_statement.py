"""A statement says what the month pays and why, to the person alone, and typed text is never markup."""

import io
import re
import shutil
import subprocess
import time
import zipfile
from dataclasses import replace
from fractions import Fraction
from typing import Any

import polars as pl
import pytest

from kpi_app.exports import statement as file
from kpi_app.store.months.statements import Statement, Weeks
from metrics.catalogue import METRICS
from scorecards import sheet as sheets
from scorecards.money import yuan
from scorecards.sheet import BEFORE_TAX
from tests.exports.pay import made

pytest.importorskip("typst")


def weeks(*values: Fraction | None, goal: Fraction | None = Fraction(88)) -> Weeks:
    labels = (f"2026-W{n}" for n in range(32, 45))
    return Weeks(metric=METRICS["css_score"], goal=goal, values=tuple(zip(labels, values, strict=False)))


def statements(status: str = "computed", **person: Any) -> list[Statement]:
    """One a person of the tests' sheet; ``person`` changes everybody."""
    whole = made(status=status)
    return [
        Statement(
            sheet=replace(
                whole,
                people=(replace(one, **person),),
                lines=whole.lines.filter(pl.col("person_id") == one.person_id),
                judgements=tuple(it for it in whole.judgements if it.person_id == one.person_id),
                findings=(),
            ),
            weeks=weeks(Fraction(90), None, Fraction(0), Fraction(86), *[Fraction(91)] * 9),
        )
        for one in sorted(whole.people, key=lambda it: it.person_id)
    ]


def text_of(pdf: bytes, *options: str) -> str:
    if shutil.which("pdftotext") is None:
        pytest.skip("no pdftotext here: apt-get install poppler-utils")
    return subprocess.run(["pdftotext", *options, "-", "-"], input=pdf, capture_output=True, check=True).stdout.decode()


def pages(pdf: bytes) -> list[str]:
    return text_of(pdf).split("\f")[:-1]


def test_it_says_amount_lines_reasons_guard_notice_and_where_to_sign() -> None:
    (first, second, *_) = pages(file.pdf(statements(person_name="张三")))
    for said in (
        "张三",
        "工号 007",
        "120.00",
        "奖励合计",
        "满意度达标奖",
        "文号 样例 2023-12",
        "签字",
        "目标 88",
        "W32",
        "合计",
    ):
        assert said in first
    assert BEFORE_TAX.zh in first
    assert "CSS 90.00 − 区域平均分 88.00" in first
    assert "−80.00" in first
    assert "应计 −60.00 = 超出不再扣 −60.00" in second
    assert "绩效扣减" in second
    assert "罚" not in first + second


def test_the_printed_total_is_the_persons_on_the_sheet() -> None:
    for one, page in zip(statements(), pages(file.pdf(statements())), strict=True):
        total = yuan(one.sheet.total_fen)
        assert re.search(rf"净调整额（元）\s+{re.escape(total)}\s", page)


def test_somebody_who_works_in_two_stores_has_one_statement_of_both() -> None:
    parts = [replace(one.sheet, people=(replace(one.sheet.people[0], person_id="X"),)) for one in statements("locked")]
    parts = [replace(it, lines=it.lines.with_columns(person_id=pl.lit("X"))) for it in (parts[0], parts[3])]
    both = sheets.merge([parts[0], replace(parts[1], status="computed")])
    shown = text_of(file.pdf([Statement(sheet=both)]))
    assert "东一店 · 销售部、北一店 · 销售部" in shown
    assert "120.00" in shown
    assert re.search("草 ?稿", shown)  # until both are locked


def test_nobody_reads_of_another() -> None:
    for number, page in enumerate(pages(file.pdf(statements()))):
        others = {"007", "E2", "E3", "E5"} - {statements()[number].person_id}
        assert not any(f"工号 {other}" in page for other in others)


def test_it_is_a_draft_until_the_month_is_locked() -> None:
    for status, is_draft in (("computed", True), ("approved", True), ("locked", False)):
        assert (re.search("草 ?稿", text_of(file.pdf(statements(status)[:1]))) is not None) == is_draft
    assert "DRAFT" in text_of(file.pdf(statements()[:1], lang="en"))


def test_the_foot_of_every_page_says_who_took_it_out_and_when() -> None:
    taken = [replace(one, exported="赵人事 2026-11-02 09:00") for one in statements()]
    assert all(re.search(r"赵人事 2026-11-02 09:00\s", page) for page in pages(file.pdf(taken)))


def test_the_same_statements_give_the_same_bytes_without_a_path_of_the_machine() -> None:
    once, again = file.pdf(statements()), file.pdf(statements())
    assert once == again
    assert file.archive(statements()) == file.archive(statements())
    assert not re.search(rb"/(home|tmp|work|usr|root)/|[A-Z]:\\", once)


def test_pages_are_numbered_for_each_person() -> None:
    whole = statements()
    many = pl.concat([whole[0].sheet.lines] * 30)
    long = replace(whole[0], sheet=replace(whole[0].sheet, lines=many))
    found = [re.findall(r"(\d+) ?/ ?(\d+)", page)[-1] for page in pages(file.pdf([whole[1], long, whole[2]]))]
    last = found[1][1]
    assert int(last) > 1
    assert found == [("1", "1"), *((str(n), last) for n in range(1, int(last) + 1)), ("1", "1")]


PAYLOADS = [
    '#eval("1+1")',
    "*bold* _it_ `raw`",
    "@ref <label>",
    "$ x^2 $",
    "\\ \\u{41} //x /* y */",
    "= Heading",
    '#import "/etc/passwd"',
    '#read("/etc/passwd")',
    "[#pagebreak()]",
    '"); #panic("',
    "~~~ --- ...",
]


@pytest.mark.parametrize("payload", PAYLOADS)
def test_typed_text_is_printed_as_it_was_typed(payload: str) -> None:
    one = statements(person_name=payload, store_name=payload)[0]
    lines = one.sheet.lines.with_columns(arithmetic_zh=pl.lit(payload), notice=pl.lit(payload))
    plans = tuple({**plan, "name": payload} for plan in one.sheet.plans)
    one = replace(one, sheet=replace(one.sheet, lines=lines, plans=plans))
    shown = text_of(file.pdf([one]), "-layout")
    assert payload in shown
    assert len(pages(file.pdf([one]))) == 1


def test_a_character_that_no_font_holds_is_printed_as_its_number_and_said() -> None:
    strange = statements(person_name="王\U0003fffe\u202e")
    assert file.unprintable(strange) == {"\U0003fffe", "\u202e"}
    shown = text_of(file.pdf(strange[:1]))
    assert "王〔U+3FFFE〕〔U+202E〕" in shown
    assert "请手写补正" in shown
    rare = statements(person_name="䶮𠮷")
    if not file.unprintable(rare):
        assert "䶮𠮷" in text_of(file.pdf(rare[:1]))
    assert "请手写补正" not in text_of(file.pdf(statements()[:1]))


def test_english_is_english_but_for_names() -> None:
    shown = text_of(file.pdf(statements(person_name="Zhang")[:1], lang="en"))
    for said in (
        "Performance pay statement",
        "What it is made of",
        "Signature",
        "award 200.00 yuan",
        "sales consultant",
    ):
        assert said in shown
    assert BEFORE_TAX.en in " ".join(shown.split())


def test_without_weeks_lines_or_reasons_it_is_still_a_statement() -> None:
    one = statements()[2]
    empty = replace(one, weeks=None, sheet=replace(one.sheet, judgements=(), plans=()))
    assert "本月没有奖惩明细" in text_of(file.pdf([empty]))
    flat = replace(one, weeks=weeks(Fraction(0), None, goal=None))
    assert "目标" not in text_of(file.pdf([flat]))


def test_a_zip_holds_a_file_a_person() -> None:
    odd = replace(statements()[1].sheet, people=(replace(statements()[1].sheet.people[0], person_id="../E/2"),))
    even = replace(odd, people=(replace(odd.people[0], person_id="..:E:2"),))
    data = file.archive([statements()[0], Statement(sheet=odd), Statement(sheet=even)])
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.namelist() == ["2026-10-007.pdf", "2026-10-.._E_2.pdf", "2026-10-.._E_2_.pdf"]
        assert all(archive.read(name).startswith(b"%PDF") for name in archive.namelist())


def test_two_hundred_people_take_seconds() -> None:
    many = [
        replace(
            one, sheet=replace(one.sheet, people=(replace(one.sheet.people[0], person_id=f"E{n}-{one.person_id}"),))
        )
        for one in statements()
        for n in range(50)
    ]
    began = time.process_time()
    made_of_all = file.pdf(many)
    file.archive(many[::10])
    assert time.process_time() - began < 40  # of the processor, however busy the machine
    assert len(made_of_all) < 20_000_000
