"""The demo group: it is what its story says, it repeats itself, and its files are as offices send them."""

from collections import Counter
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path

import polars as pl
import pytest

from data_contracts.catalogue import CONTRACTS
from data_contracts.check import Checked, Known, check
from data_contracts.contract import Contract
from data_contracts.headings import Match, recognise, table
from kpi_app import demo
from kpi_app.demo.days import label, month_start, season
from kpi_app.demo.files import exports
from kpi_app.demo.group import NAMES, STORES, TEAMS
from kpi_app.demo.office import Export
from kpi_app.demo.roster import Roster, Row
from kpi_app.demo.setup import call_centre_plan
from scorecards import plan as plan_file
from tests.office_files import as_workbooks, csv_rows, reencoded, sheets_of, text_of

AS_OF = date(2026, 11, 20)
DAYS = [AS_OF, date(2026, 11, 1), date(2028, 2, 29), date(2027, 3, 31)]


@cache
def exports_on(as_of: date) -> list[Export]:
    return exports(as_of, demo.SEED)


@pytest.fixture(scope="module")
def sent() -> list[Export]:
    return exports_on(AS_OF)


@pytest.fixture(scope="module")
def rows(sent: list[Export]) -> dict[str, list[Row]]:
    """Contract → good rows, each once although two exports may hold it."""
    found: dict[str, dict[tuple[object, ...], Row]] = {}
    for export in sent:
        for row in export.rows:
            found.setdefault(export.contract, {})[tuple(row.get(name) for name in export.columns)] = row
    return {contract: list(one.values()) for contract, one in found.items()}


@pytest.fixture(scope="module")
def folder(demo_home: Path) -> Path:
    """The files as the demo wrote them when it was made; only read."""
    return demo_home / "demo-files"


def day_of(value: object) -> date:
    assert isinstance(value, date)
    return value.date() if isinstance(value, datetime) else value


def test_the_group_has_three_stores_in_two_regions_and_about_sixty_people(rows: dict[str, list[Row]]) -> None:
    assert len(rows["stores"]) == 3
    assert len({row["region"] for row in rows["stores"]}) == 2
    people = {row["person_id"] for row in rows["people"]}
    in_office = {row["person_id"] for row in rows["people"] if row["until"] is None}
    assert 55 <= len(in_office) <= len(people) <= 68
    assert {"市场部", "客服部", "网销部", "呼叫中心", "销售部", "售后部"} <= {
        row["department"] for row in rows["people"]
    }


def test_people_move_leave_share_posts_and_names(rows: dict[str, list[Row]]) -> None:
    posts = rows["people"]
    stores = {(row["person_id"], row["store_id"]) for row in posts}
    teams = {(row["person_id"], row["team_id"]) for row in posts}
    people = {row["person_id"] for row in posts}
    assert len(stores) > len(people)  # somebody changed the store
    assert len(teams) > len(stores)  # somebody changed the team within a store, or holds two
    assert sum(row["left_on"] is not None for row in posts) >= 4
    assert sum(row["protected_until"] is not None and day_of(row["protected_until"]) > AS_OF for row in posts) == 2
    both = [row for row in posts if row["share"] != 1]
    assert [row["share"] for row in both] == [Decimal("0.6"), Decimal("0.4")]
    assert len({row["person_id"] for row in both}) == 1
    assert [count for count in Counter(NAMES.values()).values() if count > 1] == [2]


def test_posts_do_not_overlap_except_the_two_of_one_person() -> None:
    roster = Roster(AS_OF)
    for post in roster.posts:
        for other in roster.posts:
            if post.person_id == other.person_id and post != other and post.share == other.share == 100:
                assert not other.holds_on(post.since)


def test_all_twenty_contracts_are_there_and_the_import_stays_small(sent: list[Export]) -> None:
    assert len({export.contract for export in sent}) == 20
    assert 40_000 <= sum(len(export.all_rows()) for export in sent) <= 80_000


@pytest.mark.parametrize("as_of", DAYS)
def test_nothing_lies_ahead_but_expiries_appointments_and_protection(as_of: date) -> None:
    may = {"expires_on", "appointment_at", "next_contact_at", "protected_until"}
    for export in exports_on(as_of):
        for row in export.rows:
            for name, value in row.items():
                assert name in may or not isinstance(value, date) or day_of(value) <= as_of, (export.file, name, value)


def test_fifteen_months_have_data(rows: dict[str, list[Row]]) -> None:
    months = demo.months(AS_OF)
    assert (len(months), months[0], months[-1]) == (15, "2025-09", "2026-11")
    for contract, column in (
        ("leads", "received_at"),
        ("invitations", "invited_at"),
        ("store_visits", "arrived_at"),
        ("orders", "ordered_at"),
        ("complaints", "received_at"),
        ("surveys", "surveyed_on"),
        ("call_logs", "started_at"),
    ):
        assert sorted({label(day_of(row[column])) for row in rows[contract]}) == months, contract


def test_the_year_has_its_seasons(rows: dict[str, list[Row]]) -> None:
    visits = Counter(label(day_of(row["arrived_at"])) for row in rows["store_visits"])
    whole = [visits[month] for month in demo.months(AS_OF)[:-1]]
    assert visits["2026-02"] == min(whole)  # the spring festival
    assert visits["2025-12"] == max(whole)  # the year-end push
    assert season(date(2026, 9, 26)) > season(date(2026, 9, 19)) > season(date(2026, 9, 16))


def test_rows_name_people_in_office_that_day_at_that_store(rows: dict[str, list[Row]]) -> None:
    roster = Roster(AS_OF)
    for contract, person, at, roles in (
        ("invitations", "person_id", "invited_at", ["invite_specialist", "sales_consultant"]),
        ("store_visits", "received_by", "arrived_at", ["sales_consultant"]),
        ("orders", "person_id", "ordered_at", ["sales_consultant"]),
        ("surveys", "person_id", "surveyed_on", ["sales_consultant", "service_advisor"]),
        ("call_logs", "person_id", "started_at", ["invite_specialist"]),
    ):
        for row in rows[contract]:
            store_id, day = str(row["store_id"]), day_of(row[at])
            assert any(row[person] in roster.at_work(store_id, role, day) for role in roles), (contract, row)


def test_some_invitations_are_backfilled_and_some_customers_come_uninvited_or_twice(
    rows: dict[str, list[Row]],
) -> None:
    visits: dict[object, list[datetime]] = {}
    for row in rows["store_visits"]:
        assert isinstance(row["arrived_at"], datetime)
        visits.setdefault(row["customer_id"], []).append(row["arrived_at"])
    invited = {row["customer_id"] for row in rows["invitations"]}
    assert sum(len(arrivals) > 1 for arrivals in visits.values()) > 300
    assert sum(customer not in invited for customer in visits) > 300
    late = just_before = 0
    for row in rows["invitations"]:
        made, recorded = row["invited_at"], row["recorded_at"]
        assert isinstance(made, datetime)
        assert isinstance(recorded, datetime)
        arrivals = [at for at in visits.get(row["customer_id"], []) if made < at]
        late += any(at <= recorded for at in arrivals)
        just_before += any(recorded < at < recorded + timedelta(minutes=30) for at in arrivals)
    assert late >= 20
    assert just_before >= 10


def test_an_invitation_leads_to_the_store_in_about_a_quarter_of_cases(rows: dict[str, list[Row]]) -> None:
    visits: dict[object, list[date]] = {}
    for row in rows["store_visits"]:
        visits.setdefault((row["customer_id"], row["store_id"]), []).append(day_of(row["arrived_at"]))
    made = [row for row in rows["invitations"] if row["is_effective"]]
    came = sum(
        any(
            0 <= (day - day_of(row["invited_at"])).days <= 7
            for day in visits.get((row["customer_id"], row["store_id"]), [])
        )
        for row in made
    )
    assert 0.15 < came / len(made) < 0.40


def test_renewals_are_signed_early_late_and_on_both_sides_of_every_edge(rows: dict[str, list[Row]]) -> None:
    after = Counter(
        (day_of(row["signed_on"]) - day_of(row["expires_on"])).days
        for row in rows["renewals"]
        if row["signed_on"] is not None
    )
    assert all(after[days] > 0 for days in (-91, -90, 0, 30, 31))
    due = [row for row in rows["renewals"] if day_of(row["expires_on"]) <= AS_OF - timedelta(days=30)]
    renewed = [row for row in due if row["signed_on"] is not None]
    assert 0.5 < len(renewed) / len(due) < 0.75
    assert {row["exclusion"] for row in rows["renewals"]} == {None, "全损", "过户", "注销"}
    assert {row["line"] for row in rows["renewals"]} == {"交强", "商业"}


@pytest.mark.parametrize("as_of", DAYS)
def test_the_last_full_month_pays_awards_and_reductions(as_of: date) -> None:
    sent = exports_on(as_of)
    surveys = [row for one in sent if one.contract == "surveys" for row in one.rows]
    benchmarks = [row for one in sent if one.contract == "benchmarks" for row in one.rows]
    rulings = [row for one in sent if one.contract == "complaint_rulings" for row in one.rows]
    pay_month = label(month_start(as_of, 1))
    published = {
        (row["region"], row["period"]): row["score"]
        for row in benchmarks
        if row["item"] == "总分" and label(day_of(row["published_on"])) == pay_month and "Q" not in str(row["period"])
    }
    measured = label(month_start(as_of, 2))
    assert {period for _, period in published} == {measured}

    scores: dict[tuple[object, str], list[Decimal]] = {}
    for row in surveys:
        asked = (row["programme"], row["item"], row["department"], label(day_of(row["surveyed_on"])))
        if asked == ("CSS", "总分", "销售部", measured):
            assert isinstance(row["score"], Decimal)
            scores.setdefault((row["person_id"], STORES[str(row["store_id"])].region), []).append(row["score"])
    gaps = {
        who: sum(points) - Decimal(str(published[region, measured])) * len(points)
        for (who, region), points in scores.items()
        if len(points) >= 5
    }
    assert sum(gap > 0 for gap in gaps.values()) >= 3  # +200 each
    assert sum(gap == 0 for gap in gaps.values()) >= 1  # exactly the regional average: nothing
    assert any(len(points) == 4 for points in scores.values())  # one questionnaire short: nothing

    at_fault = [row for row in rulings if row["fault"] == "有责" and label(day_of(row["judged_at"])) == pay_month]
    assert len(at_fault) >= 3
    assert all(isinstance(row["penalty"], int) and 50 <= row["penalty"] <= 100 for row in at_fault)


def test_the_directors_have_ruled_on_every_closed_case_of_past_months_and_on_a_share_of_the_latest(
    rows: dict[str, list[Row]],
) -> None:
    judged = {row["complaint_id"]: row["judged_by"] for row in rows["complaint_rulings"]}
    assert {row["fault"] for row in rows["complaint_rulings"]} == {"有责", "无责"}
    asked = [row for row in rows["complaints"] if (row["validity"], row["loop_no"]) == ("有效", 1)]
    judges = {(row["department"], judged[row["complaint_id"]]) for row in asked if row["complaint_id"] in judged}
    sales = {("销售部", judge) for judge in ("E102", "E202", "E302")}  # each store's own
    assert judges == sales | {("售后部", "E103")}  # one service director for the three stores
    latest = [row for row in asked if label(day_of(row["received_at"])) == label(AS_OF)]
    past = [row for row in asked if row not in latest]
    last_week = AS_OF - timedelta(days=7)
    waiting = [row for row in past if row["complaint_id"] not in judged and day_of(row["received_at"]) < last_week]
    assert waiting
    assert all(row.get("closed_at") is None for row in waiting)
    assert 0.9 < sum(row["complaint_id"] in judged for row in past) / len(past) < 1
    for department in ("销售部", "售后部"):
        of_month = [row["complaint_id"] in judged for row in latest if row["department"] == department]
        assert of_month.count(False) >= 3
        assert of_month.count(True) >= 1
    assert any(row["loop_no"] == 2 for row in rows["complaints"])
    assert any(row.get("satisfied_at") is None for row in rows["complaints"])


@pytest.mark.parametrize("as_of", DAYS)
def test_the_call_centres_plan_is_announced_before_its_month_and_holds_from_the_running_one(as_of: date) -> None:
    plan = plan_file.read(call_centre_plan(as_of))
    assert (plan.key, plan.since) == ("f1", label(as_of))
    assert label(plan.notice.published_on) == label(month_start(as_of, 1))
    assert "F1.7" not in {rule.key for rule in plan.rules_on(label(as_of))}  # missed calls are not charged


def test_the_current_months_average_is_not_published_yet(rows: dict[str, list[Row]]) -> None:
    periods = {row["period"] for row in rows["benchmarks"]}
    assert "2026-10" in periods
    assert "2026-11" not in periods
    before = [row for one in exports_on(date(2026, 11, 1)) if one.contract == "benchmarks" for row in one.rows]
    assert "2026-10" not in {row["period"] for row in before}


def test_the_same_day_and_seed_give_the_same_bytes(folder: Path, sent: list[Export], tmp_path: Path) -> None:
    again = demo.write_files(tmp_path, as_of=AS_OF)
    assert sorted(path.name for path in again) == sorted(path.name for path in folder.iterdir())
    for path in again:
        assert path.read_bytes() == (folder / path.name).read_bytes(), path.name
    other = exports(AS_OF, demo.SEED + 1)
    assert [export.file for export in other] == [export.file for export in sent]
    assert [export.rows for export in other] != [export.rows for export in sent]


def test_overlapping_exports_agree_where_they_overlap(sent: list[Export]) -> None:
    by_file = {export.file: export for export in sent}
    for name, key in (("S01_线索", "lead_id"), ("跟进记录", "follow_up_id")):
        upper, lower = ({row[key]: row for row in by_file[f"{name}_{half}.csv"].rows} for half in "上下")
        shared = upper.keys() & lower.keys()
        assert len(shared) > 100
        assert all(upper[one] == lower[one] for one in shared)


def test_offices_send_what_offices_send(folder: Path) -> None:
    files = {path.name: path for path in folder.iterdir()}
    with pytest.raises(UnicodeDecodeError):
        files["S01_线索_上.csv"].read_bytes().decode("utf-8")
    assert files["S02_线索.csv"].read_bytes().startswith(b"\xef\xbb\xbf")
    assert csv_rows(files["S02_线索.csv"])[0][:2] == ["线索编号", "门店编号"]
    assert csv_rows(files["S03_线索.csv"])[0][:2] == ["线索ID", "经销商代码"]  # headings as aliases
    assert "\t" in text_of(files["满意度调查_销售.csv"]).splitlines()[0]
    assert "月" in text_of(files["责任判定.csv"])
    assert any(char in text_of(files["责任判定.csv"]) for char in "５６８")  # full-width digits
    assert "￥" in text_of(files["S01_续保台账.csv"])
    (_, orders), *_ = sheets_of(files["订单.xlsx"])
    firsts = [row[0] for row in orders]
    assert "订单明细" in str(firsts[0])  # a title above the headings
    assert [first for first in firsts if str(first).startswith(("小计", "合计"))] == [
        "小计 S01", "小计 S02", "小计 S03", "合计",
    ]  # fmt: skip
    assert "关键时间" in orders[1]  # a heading over a run of headings
    assert "下单时间" in orders[2]
    assert [name for name, _ in sheets_of(files["满意度调查_售后.xlsx"])] == ["S01", "S02", "S03"]


def checked(path: Path, known: Known) -> tuple[Contract, Checked]:
    """A file through recognition and check, as intake takes it."""
    frames, headings, contract = list[pl.DataFrame](), dict[str | None, Mapping[str, str]](), None
    for sheet, cells in sheets_of(path):
        match = recognise(cells, CONTRACTS.values(), hints=path.stem)
        assert isinstance(match, Match), match.sentence.zh
        assert list(match.unknown) == []
        widths = [len(row) for row in cells]
        padded = [row + [None] * (max(widths) - len(row)) for row in cells]
        text = pl.DataFrame(padded, schema={str(column): pl.String for column in range(max(widths))}, orient="row")
        frame = table(text, match, sheet=sheet, widths=widths if sheet is None else None)
        assert isinstance(frame, pl.DataFrame)
        frames.append(frame)
        headings[sheet], contract = match.headings, match.contract
    assert contract is not None
    return contract, check(pl.concat(frames), contract, known, headings=headings)


def test_clean_files_are_accepted_whole_and_planted_rows_refused_as_the_manifest_says(
    folder: Path, sent: list[Export]
) -> None:
    ids = {
        name: frozenset(str(row[key]) for export in sent if export.contract == name for row in export.rows)
        for name, key in (("stores", "store_id"), ("people", "person_id"), ("complaints", "complaint_id"))
    }
    known = Known(stores=ids["stores"], people=ids["people"], complaints=ids["complaints"])
    for export in sent:
        contract, outcome = checked(folder / export.file, known)
        planted = demo.PLANTED.get(export.file, ())
        expected = [(one.row, one.column, one.value) for one in planted]
        assert contract.name == export.contract, export.file
        assert [(one.row, one.column, one.value) for one in outcome.refusals] == expected, export.file
        assert outcome.accepted.height == len(export.rows), export.file
        assert outcome.refused == len(planted), export.file
        assert outcome.accepted.height + outcome.refused + outcome.ignored == outcome.rows, export.file


def test_planted_rows_stand_where_the_manifest_says(folder: Path, sent: list[Export]) -> None:
    assert len(demo.PLANTED) == 3
    headings = {export.file: export.headings for export in sent}
    for name, planted in demo.PLANTED.items():
        (_, cells), *_ = sheets_of(folder / name)
        for one in planted:
            row = cells[one.row - 1]
            for value in one.cells.values():
                assert (value or None) in row, (name, one.row)
            assert (row[headings[name].index(one.column)] or "") == one.value


def test_the_other_ways_to_send_it_hold_the_same_rows(folder: Path, tmp_path: Path) -> None:
    some = tmp_path / "some"
    some.mkdir()
    for name in ("责任判定.csv", "外部指标.csv", "S03_到店记录_补录.csv", "缺勤登记.csv", "门店.xlsx"):
        (some / name).write_bytes((folder / name).read_bytes())
    shuffled, books = reencoded(some, tmp_path / "a"), as_workbooks(some, tmp_path / "b")
    assert all(path.suffix == ".xlsx" for path in books)
    for before, after, book in zip(sorted(some.iterdir()), shuffled, books, strict=True):
        if before.suffix == ".csv":
            one, other = csv_rows(before), csv_rows(after)
            assert Counter(tuple(sorted(row)) for row in one) == Counter(tuple(sorted(row)) for row in other)
            assert before.read_bytes() != after.read_bytes()
            (_, cells), *_ = sheets_of(book)
            assert [[cell or "" for cell in row] for row in cells] == one


def test_the_accounts_let_everybody_see_something_and_one_approve_what_another_prepared() -> None:
    names = [account.name for account in demo.ACCOUNTS]
    assert len(names) == len(set(names))
    roles = Counter(role for account in demo.ACCOUNTS for role in account.roles)
    assert roles["hr"] >= 2
    assert roles["director"] >= 2
    assert roles["staff"] == 2
    assert roles["admin"] == 1
    in_office = {post.person_id: post for post in Roster(AS_OF).posts if post.until is None}
    for account in demo.ACCOUNTS:
        assert account.password.startswith("demo-")
        assert account.person_id is None or account.person_id in in_office
        for scope in account.scopes:
            kind, _, subject = scope.partition(":")
            departments = {f"{store}/{department}" for store, department, _ in TEAMS.values()}
            assert subject in {"group": {""}, "store": set(STORES), "department": departments}[kind]
