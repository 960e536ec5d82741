"""The main paths in a real browser, from signing in to the file in hand, in both languages.

One served home for all: HR takes one store's month from the preview to the locked sheet that adds up to what the screen
says; the administrator drops several files, one of them bad, gets it back annotated, and undoes the import; a head goes
from a figure to its rows and writes a note; staff agree to their month, disagree with a line, and take the statement.
"""

import re
import shutil
from contextlib import suppress
from decimal import Decimal
from functools import partial

import openpyxl
import pytest

from data_contracts.contract import Problem
from kpi_app import access
from kpi_app.settings import Settings
from kpi_app.store import database
from kpi_app.store.months import checklist
from kpi_app.web.words import translate
from metrics.catalogue import METRICS
from metrics.period import Period
from scorecards.sheet import STATUS_NAMES
from tests.browser.conftest import AS_OF, AT_REST, page_of, served

pytestmark = pytest.mark.browser

STORE_OF = {"zh": "S02", "en": "S03"}
MONTH = "2026-10"


@pytest.fixture(scope="module")
def home(demo_home, tmp_path_factory):
    """The demo's home with the rulings of October that are still due carried on, so that it can be handed in."""
    home = shutil.copytree(demo_home, tmp_path_factory.mktemp("paths") / "home")
    db = database.connect(Settings(home=home, as_of=AS_OF))
    for unit in STORE_OF.values():
        with suppress(Problem):  # a store may have none
            checklist.answer(
                db,
                access.CONSOLE,
                Period.parse(MONTH),
                item="complaints_ruled",
                choice="carry",
                words="下月判定",
                unit=unit,
            )
    db.close()
    return home


@pytest.fixture(scope="module")
def address(chromium, home):
    with served(home) as at:
        yield at


@pytest.fixture
def open_as(browser, address):
    """``open_as("hr", "en")``: a browser in which that account is signed in."""
    contexts = []

    def opened(name, language):
        page = page_of(browser, address, name, language=language)
        contexts.append(page.context)
        return page

    yield opened
    for context in contexts:
        context.close()


def fen(text):
    """¥1,234.50 or −¥1.00 as fen."""
    sign = -1 if text.strip().startswith("−") else 1
    return sign * int(Decimal(re.sub(r"[^\d.]", "", text)) * 100)


def total_on(page):
    """The month's total on the desk, in fen."""
    shown = page.locator(".kpi-total")
    shown.wait_for()
    return fen(shown.inner_text())


def press(page, unit, verb, sure=None):
    """Press a verb of a store, and its confirmation."""
    verbs = page.locator(f".st-key-verbs_{unit}")
    verbs.get_by_role("button", name=verb, exact=True).click()
    if sure is not None:
        page.get_by_role("button", name=sure, exact=True).click()


def until_status(page, unit, status):
    page.locator(f".st-key-unit_{unit} .kpi-now", has_text=status).wait_for()


def fetched(page, title, file):
    """The file behind a link, asked for in this window: the link opens one of its own, which is gone once the browser
    knows that there is a file, and with a loaded machine so is the event that tells of it."""
    link = page.get_by_role("link", name=title, exact=True).first
    with page.expect_download() as taken:
        link.evaluate("it => { it.target = '_self'; it.click(); }")
    taken.value.save_as(file)
    return file


def money_in(sheet, heading):
    """The amounts of a column, one for each row of a person below the heading, and its total wherever that stands."""
    rows = list(sheet.iter_rows(values_only=True))
    top = next(number for number, row in enumerate(rows) if heading in row)
    place, person = rows[top].index(heading), rows[top].index("工号")
    (whole,) = [row[place] for row in rows if row[0] == "合计" and row[place] is not None]
    return [in_fen(row[place]) for row in rows[top + 1 :] if row[person]], in_fen(whole)


def in_fen(amount):
    return round(amount * 100)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_hr_takes_a_month_from_the_preview_to_the_locked_sheet_that_adds_up(open_as, tmp_path, language):
    say, unit = partial(translate, language=language), STORE_OF[language]
    status = {key: name.said(language) for key, name in STATUS_NAMES.items()}
    hr = open_as("hr", language)
    hr.wait_for_url("**/month*")  # who prepares the month begins at its desk
    hr.goto(f"/month?period={MONTH}&unit={unit}")
    total = total_on(hr)
    hr.get_by_role("link", name=say("预览")).click()
    hr.get_by_role("heading", name=say("人员金额")).wait_for()
    cells = hr.locator(".st-key-card_people tbody tr td:nth-child(2) b").all_inner_texts()
    assert sum(map(fen, cells)) == total != 0

    hr.goto(f"/month?period={MONTH}&unit={unit}")
    press(hr, unit, say("提交审核"))
    until_status(hr, unit, status["submitted"])
    assert hr.locator(f".st-key-verbs_{unit}").get_by_role("button", name=say("审批通过"), exact=True).count() == 0

    manager = open_as("manager", language)
    manager.goto(f"/month?period={MONTH}&unit={unit}")
    press(manager, unit, say("审批通过"), say("确认审批"))
    until_status(manager, unit, status["approved"])

    hr.goto(f"/month?period={MONTH}&unit={unit}")
    press(hr, unit, say("封账"), say("确认封账"))
    until_status(hr, unit, status["locked"])
    assert total_on(hr) == total

    hr.goto(f"/papers?period={MONTH}&unit={unit}")
    file = fetched(hr, say("签字表与调整表 XLSX"), tmp_path / "sheet.xlsx")
    book = openpyxl.load_workbook(file, data_only=True)
    for name, heading in (("①签字表", "净调整额"), ("②调整表", "净调整额"), ("③奖惩明细", "金额")):
        amounts, whole = money_in(book[name], heading)
        assert (name, sum(amounts), whole) == (name, total, total)
        assert len(amounts) == len(cells) or name == "③奖惩明细"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_head_goes_from_a_figure_to_its_rows_and_writes_a_note(open_as, language):
    say = partial(translate, language=language)
    page = open_as("head", language)
    page.goto("/week")
    metric = METRICS["lead_response_punctuality_business"]
    tile = page.locator('[class*="st-key-card_tile_"]').filter(has=page.locator(f".st-key-parts_{metric.key}"))
    parts = tile.locator(".kpi-value .kpi-quiet")
    parts.wait_for()
    counted = re.fullmatch(r"(\d+) / (\d+)", parts.inner_text().strip())[2]
    tile.get_by_role("button", name=say("看构成与明细")).click()
    rows = say("{name}：{meaning} 本周计入 {n} 行。")
    said = rows.format(name=metric.label.said(language), meaning=metric.meaning.said(language), n=counted)
    page.get_by_text(said, exact=True).wait_for()
    page.wait_for_url(f"**metric={metric.key}*")
    page.locator(AT_REST).wait_for()

    words = f"周六增开早班 {language}"
    folded = page.locator(".st-key-card_agreed summary")
    folded.evaluate("it => it.scrollIntoView({ block: 'start' })")  # the form opens below it
    folded.click()
    page.get_by_role("button", name=say("写记录")).click()
    page.get_by_label(say("内容")).fill(words)
    page.get_by_role("button", name=say("保存"), exact=True).click()
    page.get_by_text(say("已记录。"), exact=True).wait_for()
    page.locator(".st-key-card_agreed", has_text=words).wait_for()


STAFF = {"zh": "consultant", "en": "inviter"}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_staff_agree_to_their_month_disagree_with_a_line_and_take_the_statement(open_as, tmp_path, language):
    say = partial(translate, language=language)
    page = open_as(STAFF[language], language)
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"/me?month={MONTH}")
    page.get_by_role("button", name=say("核对无误，确认"), exact=True).click()
    page.get_by_text(say("您已确认。"), exact=True).wait_for()

    page.get_by_role("button", name=say("我有异议")).first.click()
    page.get_by_label(say("理由")).fill(f"客户当天已到店 {language}")
    page.get_by_role("button", name=say("提交异议"), exact=True).click()
    page.get_by_role("button", name=say("撤回"), exact=True).first.wait_for()
    assert f"客户当天已到店 {language}" in page.locator('[data-testid="stMain"]').inner_text()

    file = fetched(page, say("对账单 PDF"), tmp_path / "statement.pdf")
    assert file.read_bytes().startswith(b"%PDF")


AWAY = "工号,开始日期,结束日期,类型\nE120,2026-11-10,2026-11-11,病假\n"
DAYS = "日期,是否上班,通知文号\n2027-02-20,是,示例通知\n"
BAD = "工号,开始日期,结束日期,类型\nE121,2026-11-31,2026-12-01,病假\nE122,2026-11-12,2026-11-12,病假\n"
FILES = [["缺勤一.csv", AWAY], ["工作日.csv", DAYS], ["缺勤二.csv", BAD]]
DROP = """files => {
  const moved = new DataTransfer();
  for (const [name, text] of files) moved.items.add(new File([text], name, { type: "text/csv" }));
  return moved;
}"""


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_administrator_drops_files_gets_the_bad_one_back_annotated_and_undoes_the_import(
    open_as, tmp_path, language
):
    say = partial(translate, language=language)
    page = open_as("admin", language)
    page.goto("/import")
    zone = page.locator('[data-testid="stFileUploaderDropzone"]')
    zone.wait_for()
    zone.dispatch_event("drop", {"dataTransfer": page.evaluate_handle(DROP, FILES)})
    page.locator(".st-key-import_run button:enabled").wait_for()
    page.locator(".st-key-import_run button").click()
    counts = say("共 {rows} 行 = 接收 {accepted} + 退回 {refused} + 忽略 {ignored}").format(
        rows=4, accepted=2, refused=2, ignored=0
    )
    page.get_by_text(counts).wait_for()

    file = fetched(page, f"缺勤二-{say('批注')}.xlsx", tmp_path / "annotated.xlsx")
    (sheet,) = openpyxl.load_workbook(file).worksheets
    remarked = {cell.coordinate: cell.comment.text for row in sheet.iter_rows() for cell in row if cell.comment}
    assert list(remarked) == ["B2"]
    assert sheet["B2"].value == "2026-11-31"
    assert ("there is no such day" if language == "en" else "没有这一天") in remarked["B2"]
    assert sheet["A3"].value == "E122"

    page.goto("/import")
    newest = page.locator(".st-key-card_history tbody tr").first
    newest.wait_for()
    number = int(newest.locator("td").first.inner_text())
    page.locator(".st-key-import_undo button").click()
    page.locator(".st-key-import_undo_sure button").click()
    page.get_by_text(say("已由 {n} 撤销").format(n=number + 1), exact=True).wait_for()
    assert say("撤销了 {n}").format(n=number) in newest.inner_text()
