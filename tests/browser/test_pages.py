"""Three people sign in, see their own page, and cannot open another's by its address."""

import csv
import io
import re

import pytest
from playwright.sync_api import TimeoutError

pytestmark = pytest.mark.browser

NOT_OPEN = "这个页面不对您开放"
LAST_WEEK = "第 46 周 11-09–11-15"


def main(page):
    return page.locator('[data-testid="stMain"]')


def until_heading(page, text):
    """Wait until the heading stands there and the script has run to its end."""
    page.get_by_role("heading", name=text, exact=True).first.wait_for()
    status = page.locator('[data-testid="stStatusWidget"]')
    try:
        status.wait_for(state="detached")
    except TimeoutError as late:
        raise AssertionError(f"still not done: {status.inner_text()!r} {main(page).inner_text()[:300]!r}") from late


def opened(page, path, heading, last=None):
    """Go to a page and wait for its heading, and for ``last``, the text that it draws last."""
    page.goto(path)
    if last is not None:
        page.get_by_text(last).last.wait_for()
    until_heading(page, heading)
    return page


def error_in(page):
    alert = page.locator('[data-testid="stMain"]').get_by_role("alert")
    alert.wait_for()
    return alert.inner_text()


def amounts_in(text):
    return re.findall(r"¥[\d,]+\.\d\d", text)


@pytest.fixture(scope="class")
def head(signed_in):
    return opened(signed_in("head"), "/", "本周记分卡", last="本周计入")


@pytest.fixture(scope="class")
def hr_month(signed_in):
    return opened(signed_in("hr"), "/month", "绩效月 2026-10", last="差异最大")


@pytest.fixture(scope="class")
def hr_papers(signed_in):
    return opened(signed_in("hr"), "/papers?period=2026-10", "导出与历史 2026-10", last="历史月份")


@pytest.fixture(scope="class")
def staff(signed_in):
    return opened(signed_in("consultant"), "/", "我的绩效", last="数据截至")


class TestHead:
    def test_sees_the_last_whole_week_of_the_own_department(self, head):
        text = main(head).inner_text()
        assert "呼叫中心" in text
        assert LAST_WEEK in text
        assert "需要关注" in text
        assert re.search(r"邀约到店率 \d+\.\d%（\d+ / \d+），(距|达到)目标", text)
        assert "数据截至 2026-11-20" in text

    def test_sees_no_money_anywhere(self, head):
        assert amounts_in(main(head).inner_text()) == []

    def test_tiles_draw_their_lines(self, head):
        lines = head.locator(".kpi-tile img.kpi-spark")
        assert lines.count() == head.locator(".kpi-tile").count() > 2
        assert all(width == 128 for width in lines.evaluate_all("all => all.map(it => it.naturalWidth)"))
        assert re.search(r"近 13 周：.*11-09 \d+\.\d%$", lines.first.get_attribute("alt"))

    def test_cannot_open_pay_or_import(self, signed_in):
        page = signed_in("head")
        for path in ("/month", "/import", "/month?unit=S01&period=2026-09", "/pay?person=E112", "/papers", "/by-hand"):
            opened(page, path, NOT_OPEN)
            assert amounts_in(main(page).inner_text()) == []

    def test_checks_the_own_part_without_amounts(self, signed_in):
        page = opened(signed_in("head"), "/sign-off?period=2026-10", "部门签认 2026-10", last="在岗")
        text = main(page).inner_text()
        assert "呼叫中心" in text
        assert "您没有查看金额的权限" in text
        assert "¥" not in text
        assert page.get_by_role("button", name="核对无误，签认").count() == 1

    def test_cannot_name_another_subject_in_the_address(self, signed_in):
        page = signed_in("head")
        for subject in ("department:S02/呼叫中心", "store:S01", "group:group", "team:T14", "x"):
            page.goto(f"/week?subject={subject}")
            assert "没有权限" in error_in(page)


class TestHr:
    def test_sees_the_month_with_totals_that_agree(self, hr_month):
        text = main(hr_month).inner_text()
        total = re.search(r"校验通过：明细 (\S+) = 个人 (\S+) = 门店 (\S+) = 总表 (\S+)", text)
        assert total is not None
        assert len(set(total.groups())) == 1
        assert "税前绩效调整额，不含考勤、社保公积金、个税" in text
        assert "提交前须处理" in text

    def test_who_prepared_it_is_offered_no_approval(self, hr_month):
        assert hr_month.get_by_role("button", name="提交审核", exact=True).count() == 3
        assert hr_month.get_by_role("button", name="审批通过").count() == 0

    def test_file_is_for_the_person_it_was_offered_to_and_only_once(self, hr_papers, signed_in):
        target = hr_papers.get_by_role("link", name="明细 CSV").get_attribute("href")
        for other in ("hr2", "consultant"):
            assert signed_in(other).request.get(target).status == 404
        fetched = hr_papers.request.get(target)
        assert fetched.status == 200
        assert "attachment" in fetched.headers["content-disposition"]
        assert len(list(csv.reader(io.StringIO(fetched.body().decode("utf-8-sig"))))) > 10
        assert hr_papers.request.get(target).status == 404

    def test_every_paper_of_the_month_is_made_when_it_is_fetched(self, signed_in):
        page = opened(signed_in("hr"), "/papers?period=2026-10", "导出与历史 2026-10", last="历史月份")
        for name, start in (
            ("签字表与个人条 XLSX", b"PK"),
            ("按部门拆分 ZIP", b"PK"),
            ("全员对账单 PDF", b"%PDF"),
            ("备查资料 ZIP", b"PK"),
        ):
            fetched = page.request.get(page.get_by_role("link", name=name, exact=True).get_attribute("href"))
            assert (fetched.status, fetched.body().startswith(start)) == (200, True), name

    def test_every_line_opens_its_explanation(self, signed_in):
        page = opened(signed_in("hr"), "/pay?period=2026-10&person=E120", "金额明细 2026-10", last="逐项核对")
        page.get_by_text("怎么来的").first.click()
        page.get_by_text("依据：").first.wait_for()
        assert "来源" in page.locator(".kpi-tree").first.inner_text()

    def test_an_open_item_says_who_mends_it_and_takes_an_answer(self, signed_in):
        page = opened(signed_in("hr"), "/month?period=2026-10", "绩效月 2026-10", last="差异最大")
        page.get_by_text("涉及本表人员的抱怨已判定").first.click()
        page.get_by_text("责任人").first.wait_for()
        assert "部门总监" in main(page).inner_text()
        page.get_by_role("button", name="答复").first.wait_for()

    def test_of_one_store_cannot_open_another_by_address(self, signed_in):
        page = opened(signed_in("hr2"), "/month", "绩效月 2026-10", last="差异最大")
        assert "禾川云州店" not in main(page).inner_text()
        assert "禾川澜江店" in main(page).inner_text()
        page.goto("/month?unit=S01")
        assert "没有权限" in error_in(page)

    def test_a_checked_file_is_reported_and_nothing_written(self, signed_in):
        page = opened(signed_in("hr"), "/import", "数据导入", last="撤销这次导入")
        file = "门店编号,门店名称,区域\nS09,示例九店,东部大区\n,缺编号店,东部大区\n".encode()
        page.locator('input[type="file"]').set_input_files(
            {"name": "门店_试.csv", "mimeType": "text/csv", "buffer": file}
        )
        page.get_by_role("button", name="预检").click()
        page.get_by_role("heading", name="结果").wait_for()
        until_heading(page, "导入记录")
        text = main(page).inner_text()
        assert "共 2 行 = 接收 0 + 退回 2 + 忽略 0" in text
        assert "没有写入任何数据" in text
        assert "共 1 次" in text


class TestStaff:
    def test_sees_the_own_amount_on_a_phone(self, staff):
        text = main(staff).inner_text()
        assert len(amounts_in(text)) >= 2
        assert "月预计" in text
        assert "适用方案" in text
        assert "税前绩效调整额，不含考勤、社保公积金、个税" in text

    def test_page_is_not_wider_than_the_phone(self, staff):
        assert staff.locator('[data-testid="stMainBlockContainer"]').bounding_box()["width"] <= 390

    def test_sees_nobody_else(self, staff, signed_in):
        other = opened(signed_in("inviter"), "/", "我的绩效", last="数据截至")
        name = other.locator(".kpi-head p").inner_text().split(" · ")[0]
        assert name not in main(staff).inner_text()

    def test_cannot_open_another_page(self, signed_in):
        page = signed_in("inviter")
        for path in ("/week?subject=team:T11", "/month?unit=S01", "/import"):
            opened(page, path, NOT_OPEN)
        assert page.request.get("/files/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa").status == 404


class TestSession:
    def test_signing_out_ends_it(self, sign_in):
        page = sign_in("head")
        page.get_by_text("本周计入").last.wait_for()
        second = page.context.new_page()
        second.goto("/logout")
        second.wait_for_url("**/login**")
        second.goto("/me")
        second.wait_for_url("**/login**")
        page.wait_for_url("**/login**")  # the page that was open leaves by itself

    def test_english_is_english(self, sign_in):
        page = sign_in("head", language="en")
        page.get_by_text("Rows counted this week").last.wait_for()
        until_heading(page, "Weekly scorecard")
        assert page.locator("html").get_attribute("lang") == "en"
        assert "Needs attention" in main(page).inner_text()
        assert "邀约到店率" not in main(page).inner_text()
