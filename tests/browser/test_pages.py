"""Three people sign in, see their own page, and cannot open another's by its address."""

import csv
import io
import re

import pytest

pytestmark = pytest.mark.browser

NOT_OPEN = "这个页面不对您开放"
LAST_WEEK = "第 46 周 11-09–11-15"


def main(page):
    return page.locator('[data-testid="stMain"]')


def until_heading(page, text):
    page.get_by_role("heading", name=text, exact=True).first.wait_for()
    page.locator('[data-testid="stStatusWidget"]').wait_for(state="detached")


def error_in(page):
    alert = page.locator('[data-testid="stAlert"]')
    alert.wait_for()
    return alert.inner_text()


def amounts_in(text):
    return re.findall(r"¥[\d,]+\.\d\d", text)


class TestHead:
    def test_sees_the_last_whole_week_of_the_own_department(self, sign_in):
        page = sign_in("head")
        until_heading(page, "本周记分卡")
        page.get_by_role("heading", name="需要关注").wait_for()
        text = main(page).inner_text()
        assert "呼叫中心" in text
        assert LAST_WEEK in text
        assert "邀约到店率" in text
        assert re.search(r"邀约到店率 \d+\.\d%\(\d+ / \d+\),(距|达到)目标", text)
        assert "数据截至 2026-11-20" in text

    def test_sees_no_money_anywhere(self, sign_in):
        page = sign_in("head")
        until_heading(page, "本周记分卡")
        page.get_by_role("heading", name="计入明细").wait_for()
        assert amounts_in(main(page).inner_text()) == []

    def test_tiles_draw_their_lines(self, sign_in):
        page = sign_in("head")
        until_heading(page, "本周记分卡")
        page.locator('[data-testid="stVegaLiteChart"] canvas, [data-testid="stVegaLiteChart"] svg').first.wait_for()

    @pytest.mark.parametrize("path", ["/month", "/import", "/month?unit=S01", "/month?period=2026-09"])
    def test_cannot_open_pay_or_import(self, sign_in, path):
        page = sign_in("head")
        page.goto(path)
        until_heading(page, NOT_OPEN)
        assert amounts_in(main(page).inner_text()) == []

    @pytest.mark.parametrize("subject", ["department:S02/呼叫中心", "store:S01", "group:group", "team:T14", "x"])
    def test_cannot_name_another_subject_in_the_address(self, sign_in, subject):
        page = sign_in("head")
        page.goto(f"/week?subject={subject}")
        assert "没有权限" in error_in(page)


class TestHr:
    def test_sees_the_month_with_totals_that_agree(self, sign_in):
        page = sign_in("hr")
        page.goto("/month")
        until_heading(page, "绩效月 2026-10")
        page.get_by_role("heading", name="人员金额").wait_for()
        text = main(page).inner_text()
        total = re.search(r"校验通过:明细 (\S+) = 个人 (\S+) = 门店 (\S+) = 总表 (\S+)", text)
        assert total is not None
        assert len(set(total.groups())) == 1
        assert "税前绩效调整额,不含考勤、社保公积金、个税" in text
        assert "提交前须处理" in text

    def test_downloads_the_lines_once_and_they_add_up(self, sign_in):
        page = sign_in("hr")
        page.goto("/month")
        until_heading(page, "绩效月 2026-10")
        link = page.get_by_role("link", name="明细 CSV")
        link.wait_for()
        target = link.get_attribute("href")
        shown = amounts_in(page.locator(".kpi-total").inner_text())[0]
        fetched = page.request.get(target)
        assert fetched.status == 200
        rows = list(csv.reader(io.StringIO(fetched.body().decode("utf-8-sig"))))
        assert len(rows) > 10
        assert "attachment" in fetched.headers["content-disposition"]
        assert page.request.get(target).status == 404
        assert shown.startswith("¥")

    def test_another_signed_in_person_cannot_fetch_the_file(self, sign_in):
        page = sign_in("hr")
        page.goto("/month")
        until_heading(page, "绩效月 2026-10")
        link = page.get_by_role("link", name="明细 CSV")
        link.wait_for()
        target = link.get_attribute("href")
        assert sign_in("hr2").request.get(target).status == 404
        assert sign_in("inviter").request.get(target).status == 404
        assert page.request.get(target).status == 200

    def test_who_prepared_it_is_offered_no_approval(self, sign_in):
        page = sign_in("hr")
        page.goto("/month")
        until_heading(page, "绩效月 2026-10")
        page.get_by_role("button", name="提交审核").first.wait_for()
        assert page.get_by_role("button", name="审批通过").count() == 0

    def test_of_one_store_cannot_open_another_by_address(self, sign_in):
        page = sign_in("hr2")
        page.goto("/month")
        until_heading(page, "绩效月 2026-10")
        page.get_by_role("heading", name="人员金额").wait_for()
        assert "禾川云州店" not in main(page).inner_text()
        page.goto("/month?unit=S01")
        assert "没有权限" in error_in(page)

    def test_import_page_lists_what_came_in(self, sign_in):
        page = sign_in("hr")
        page.goto("/import")
        until_heading(page, "数据导入")
        page.get_by_role("heading", name="导入记录").wait_for()
        assert "72," in main(page).inner_text()

    def test_a_checked_file_is_reported_and_nothing_written(self, sign_in):
        page = sign_in("hr")
        page.goto("/import")
        until_heading(page, "数据导入")
        file = "门店编号,门店名称,区域\nS09,示例九店,东部大区\n,缺编号店,东部大区\n".encode()
        page.locator('input[type="file"]').set_input_files(
            {"name": "门店_试.csv", "mimeType": "text/csv", "buffer": file}
        )
        page.get_by_role("button", name="预检").click()
        page.get_by_role("heading", name="结果").wait_for()
        text = main(page).inner_text()
        assert "共 2 行 = 接收 0 + 退回 2 + 忽略 0" in text
        assert "没有写入任何数据" in text
        assert "共 1 次" in text


class TestStaff:
    def test_sees_the_own_amount_on_a_phone(self, sign_in):
        page = sign_in("consultant", width=390, height=844)
        until_heading(page, "我的绩效")
        page.get_by_role("heading", name="本月增减").wait_for()
        text = main(page).inner_text()
        assert len(amounts_in(text)) >= 2
        assert "2026-10 绩效" in text
        assert "适用方案" in text
        assert "税前绩效调整额,不含考勤、社保公积金、个税" in text

    def test_page_is_not_wider_than_the_phone(self, sign_in):
        page = sign_in("consultant", width=390, height=844)
        until_heading(page, "我的绩效")
        page.get_by_role("heading", name="本月增减").wait_for()
        box = main(page).bounding_box()
        inner = page.locator('[data-testid="stMainBlockContainer"]').bounding_box()
        assert inner["width"] <= box["width"] <= 390

    def test_sees_nobody_else(self, sign_in):
        page = sign_in("inviter")
        until_heading(page, "我的绩效")
        page.get_by_role("heading", name="本月增减").wait_for()
        other = sign_in("consultant")
        until_heading(other, "我的绩效")
        name = other.locator(".kpi-head p").inner_text().split(" · ")[0]
        assert name not in main(page).inner_text()

    @pytest.mark.parametrize("path", ["/week", "/month", "/import", "/week?subject=team:T11", "/month?unit=S01"])
    def test_cannot_open_another_page(self, sign_in, path):
        page = sign_in("inviter")
        page.goto(path)
        until_heading(page, NOT_OPEN)

    def test_guessed_file_is_not_found(self, sign_in):
        page = sign_in("inviter")
        assert page.request.get("/files/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa").status == 404


class TestSession:
    def test_signing_out_ends_it(self, sign_in):
        page = sign_in("inviter")
        until_heading(page, "我的绩效")
        page.get_by_role("link", name="退出登录").click()
        page.wait_for_url("**/login**")
        page.goto("/me")
        page.wait_for_url("**/login**")

    def test_signing_out_ends_an_open_page_of_the_same_browser(self, sign_in):
        page = sign_in("head")
        until_heading(page, "本周记分卡")
        page.get_by_role("heading", name="计入明细").wait_for()
        second = page.context.new_page()
        second.goto("/logout")
        second.wait_for_url("**/login**")
        page.get_by_text("续保率", exact=True).last.click()
        page.wait_for_url("**/login**")

    def test_english_is_english(self, sign_in):
        page = sign_in("head", language="en")
        until_heading(page, "Weekly scorecard")
        page.get_by_role("heading", name="Needs attention").wait_for()
        assert page.locator("html").get_attribute("lang") == "en"
        assert "邀约到店率" not in main(page).inner_text()
