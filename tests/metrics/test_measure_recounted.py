"""Every metric, level and grain agrees exactly with a recount in plain Python over random small worlds."""

from datetime import date, datetime, time, timedelta
from fractions import Fraction
from random import Random
from typing import Any, get_args

import pytest

from metrics.catalogue import METRICS
from metrics.credit import Level
from metrics.measure import measure
from metrics.period import Period
from tests.facts import facts
from tests.metrics import recount
from tests.metrics.once import counting_once
from tests.metrics.recount_prospects import World

FIRST, DAYS = date(2026, 11, 20), 75  # across the end of the year 2026, whose last week is W53 and runs into 2027
STORES = {"S01": "华东", "S02": "华东", "S03": "华北"}
TEAMS = {
    "T1": ("S01", "呼叫中心"),
    "T2": ("S01", "售后部"),
    "T3": ("S02", "销售部"),
    "T4": ("S03", "售后部"),
    "T5": ("S03", "客服部"),
}
ROLE_NAMES = ["invite_specialist", "renewal_specialist", "customer_care_specialist", "sales_consultant", "technician"]


def random_world(seed: int) -> World:
    """A few people, customers and cars, so that windows, transfers and ties meet often."""
    random = Random(seed)

    def day(before: int = 0, after: int = 0) -> date:
        return FIRST + timedelta(days=random.randint(-before, DAYS + after))

    def moment() -> datetime:  # few distinct times, so that some coincide
        return datetime.combine(day(), time(random.choice([9, 18])))

    def maybe(value: Any, share: float = 0.5) -> Any:
        return value if random.random() < share else None

    people = []
    for person in range(9):
        for team_id, role in random.sample(
            [(team, role) for team in TEAMS for role in ROLE_NAMES], random.randint(1, 3)
        ):
            since = day(before=120)
            until = maybe(since + timedelta(days=random.randint(1, 90)))
            store_id, department = TEAMS[team_id]
            people.append(
                {"person_id": f"E{person}", "person_name": "同名者", "role": role, "team_id": team_id,
                 "department": department, "store_id": store_id, "since": since, "until": until,
                 "left_on": maybe(since + timedelta(days=random.randint(1, 90)), 0.2),
                 "share_bp": random.choice([5_000, 10_000])}
            )  # fmt: skip

    def who(share_named: float = 1.0) -> str | None:
        return maybe(f"E{random.randrange(9)}", share_named)

    def store() -> str:
        return random.choice(list(STORES))

    def review() -> str | None:
        return random.choice([None, None, "通过", "通过", "拒绝", "待审"])

    def later(at: datetime, days: int, share: float) -> datetime | None:
        return maybe(at + timedelta(hours=random.randint(0, days * 24)), share)

    absences = [
        {"person_id": f"E{n}", "from_on": (on := day()), "to_on": on + timedelta(days=random.randint(0, 6)),
         "kind": "病假", "covered_by": maybe(who(), 0.5)}
        for n in (0, 0, 1, 2, 3)
    ]  # fmt: skip
    leads = []
    for n in range(70):
        at = moment()
        reviewed = review()
        leads.append(
            {"lead_id": f"L{n:03}", "customer_id": f"C{random.randrange(6)}", "store_id": store(),
             "person_id": who(0.9), "received_at": at, "assigned_at": (assigned := later(at, 1, 0.7)),
             "carded_at": later(at, 6, 0.7),
             "first_contact_at": maybe((assigned or at) + timedelta(minutes=random.choice([5, 29, 30, 31, 900, 9000]))),
             "first_intent_level": maybe(random.choice("HABCON")), "intent_level": maybe(random.choice("HABCON")),
             "validity": random.choice([None, "有效", "有效", "有效", "无效", "待定"]), "validity_review": review(),
             "status": maybe(random.choice(["跟进中", "无效"]), 0.4), "ordered_at": later(at, 40, 0.1),
             "lost_at": (lost := later(at, 30, 0.4)), "lost_review": reviewed,
             "lost_reviewed_at": later(lost, 5, 0.8) if lost and reviewed else None,
             "reactivated_at": later(lost or at, 40, 0.4)}
        )  # fmt: skip
    assignments = [
        {"lead_id": f"L{random.randrange(70):03}", "person_id": who(), "since": (at := moment() + timedelta(seconds=n)),
         "until": later(at, 40, 0.4), "reason": maybe(random.choice(["分配", "转派", "离职交接"]), 0.8)}
        for n in range(60)
    ]  # fmt: skip
    follow_ups = []
    for n in range(160):
        at = moment()
        follow_ups.append(
            {"follow_up_id": f"F{n:03}", "lead_id": f"L{random.randrange(70):03}", "person_id": who(), "done_at": at,
             "is_connected": maybe(random.random() < 0.7, 0.9), "intent_level": maybe(random.choice("HABCON")),
             "next_contact_at": later(at, 9, 0.3), "recorded_at": later(at, 3, 0.3)}
        )  # fmt: skip
    calls = [
        {"call_id": f"H{n:03}", "store_id": store(), "person_id": who(), "started_at": moment(),
         "direction": random.choice(["呼入", "呼出"]), "line": random.choice(["400", "400", "普通", None]),
         "is_answered": random.random() < 0.7, "customer_id": maybe(f"C{random.randrange(6)}")}
        for n in range(80)
    ]  # fmt: skip
    orders = []
    for n in range(40):
        at = moment()
        orders.append(
            {"order_id": f"O{n:03}", "customer_id": f"C{random.randrange(6)}", "store_id": store(), "person_id": who(),
             "ordered_at": at, "invoiced_at": later(at, 15, 0.6), "delivered_at": later(at, 20, 0.6),
             "cancelled_at": later(at, 30, 0.3),
             "lead_id": maybe(f"L{random.randrange(75):03}", 0.4)}
        )  # fmt: skip
    invitations = [
        {"invitation_id": f"I{n:03}", "customer_id": f"C{random.randrange(4)}", "store_id": store(), "person_id": who(),
         "invited_at": (at := moment()), "purpose": "潜客", "is_effective": random.random() < 0.8,
         "recorded_at": maybe(at + timedelta(minutes=random.choice([0, 510, 1440, 4320]))),
         "appointment_at": later(at, 5, 0.6)}
        for n in range(90)
    ]  # fmt: skip
    visits = [
        {"visit_id": f"V{n:03}", "customer_id": f"C{random.randrange(4)}", "store_id": store(), "arrived_at": moment()}
        for n in range(60)
    ]
    renewals = []
    for n in range(60):
        expires_on = day()
        signed_on = maybe(expires_on + timedelta(days=random.choice([-120, -91, -90, -30, 0, 29, 30, 31])), 0.7)
        cancelled_on = maybe(signed_on + timedelta(days=random.randint(0, 40)), 0.3) if signed_on else None
        renewals.append(
            {"policy_id": f"P{n:03}", "vin": f"VIN{random.randrange(12)}", "store_id": store(), "person_id": who(),
             "expires_on": expires_on, "signed_on": signed_on, "cancelled_on": cancelled_on,
             "quoted_at": maybe(datetime.combine(expires_on, time(9)) + timedelta(random.choice([-99, 0, 30, 31]))),
             "exclusion": maybe("过户", 0.1)}
        )  # fmt: skip
    complaints = [
        {"complaint_id": f"T{n:03}", "loop_no": random.choice([1, 1, 1, 2]), "store_id": store(),
         "department": random.choice(["销售部", "售后部"]), "handler_id": who(0.9), "received_at": (at := moment()),
         "satisfied_at": maybe(at + timedelta(seconds=random.randrange(400_000)), 0.8),
         "validity": random.choice(["有效", "有效", "恶意"]), "person_id": who(0.9),
         "first_contact_at": maybe(at + timedelta(minutes=random.choice([5, 119, 120, 121, 900, 9000])), 0.8),
         "cause": maybe(random.choice(["服务", "用户", "产品"]), 0.8)}
        for n in range(60)
    ]  # fmt: skip
    for case in complaints:
        settled = case["satisfied_at"] or case["received_at"]
        case |= {
            "recontacted_at": (called := maybe(settled + timedelta(hours=random.randint(-2, 120)), 0.7))
            and max(called, case["received_at"]),
            "recontacted_by": maybe(who(), 0.8),
            "recontact_result": maybe(random.choice(["满意", "未接通"]), 0.8),
            "recontact_attempts": maybe(random.choice([1, 2, 3, 4])),
        }
    rulings = [
        {"complaint_id": f"T{n % 60:03}", "kind": random.choice(["责任", "责任", "未及时处理"]),
         "person_id": f"E{n // 60}",
         "fault": random.choice(["有责", "无责", "未判定"]), "judged_by": "E8", "judged_at": moment()}
        for n in range(90)
    ]  # fmt: skip
    surveys = [
        {"survey_id": f"Q{n // 2:03}", "programme": random.choice(["CSS", "CSS", "CSI"]),
         "item": "总分" if n % 2 else "环境", "store_id": store(),
         "department": maybe(random.choice(["销售部", "售后部"])), "person_id": who(0.9), "surveyed_on": day(),
         "score_hundredths": random.randint(0, 300), "max_score_hundredths": random.choice([300, 700, 10_000])}
        for n in range(120)
    ]  # fmt: skip
    labels = ["2026-11", "2026-12", "2027-01", "2026Q4", "2027Q1", "2026-W53", "2026-12-24"]
    benchmarks = [
        {"programme": "CSS", "item": item, "region": region, "department": department, "period": label,
         "score_hundredths": random.randint(7_000, 9_500), "published_on": day(after=40)}
        for item in ("总分", "环境")
        for region in ("华东", "华北", "全国")
        for department in ("全部", "销售部", "售后部")
        for label in labels
        if random.random() < 0.7
    ]  # fmt: skip
    snapshots = [
        {"month": month, "store_id": store_id, "region": random.choice([region, "华南"]),
         "has_club": random.random() < 0.6, "has_full_after_sales": random.random() < 0.7,
         "members": maybe(random.randint(0, 90), 0.8), "pending_members": maybe(random.randint(0, 9), 0.8),
         "private_owners": maybe(random.randint(0, 2) * 60, 0.9), "referral_deals": maybe(random.randint(0, 50), 0.9)}
        for month in ("2026-09", "2026-10", "2026-11", "2026-12", "2027-01")
        for store_id, region in STORES.items()
        if random.random() < 0.7
    ]  # fmt: skip
    stated = [
        {"source": source, "metric": metric, "level": level, "subject_id": subject_id, "period": label,
         "value": random.choice(["0.5", "12", "12.0", "40"]), "published_on": maybe(day(after=20))}
        for source in ("厂家", "区域")
        for metric in ("members", "referral_deals", "recruitment_rate", "css_score", "css_score_published")
        for level, subject_id in (("store", "S01"), ("region", "华北"), ("group", "集团"))
        for label in ("2026-10", "2026-11", "2026-12", "2026Q4", "2027-01")
        if random.random() < 0.4
    ]  # fmt: skip
    decisions = [
        {"visit_id": f"V{n:03}", "person_id": random.choice(["E0", "E1", "E2", "E3", "E9"]), "reason": "有录音",
         "decided_by": "E8", "decided_at": moment()}
        for n in range(0, 60, 3)
    ]  # fmt: skip
    tables = {
        "credit_reassignments": decisions,
        "stores": [
            {
                "store_id": store_id,
                "region": region,
                "opens_at": time(8, 30),
                "closes_at": closes_at,
                "closed_on": date(2026, 12, 20) if store_id == "S02" else None,
            }
            for (store_id, region), closes_at in zip(STORES.items(), [time(17, 30), time(20), time(18)], strict=True)
        ],
        "club_snapshots": snapshots,
        "stated_figures": stated,
        "people": people,
        "absences": list({(it["person_id"], it["from_on"]): it for it in absences}.values()),
        "leads": leads,
        "lead_assignments": assignments,
        "follow_ups": follow_ups,
        "call_logs": calls,
        "orders": orders,
        "invitations": invitations,
        "store_visits": visits,
        "renewals": renewals,
        "complaints": complaints,
        "complaint_rulings": rulings,
        "surveys": surveys,
        "benchmarks": benchmarks,
    }
    return World(tables)


def periods_of(grain: Any, month_starts_on: int) -> list[Period]:
    newest = Period.containing(FIRST + timedelta(days=DAYS), grain, month_starts_on)
    found = [newest]
    while found[0].first > FIRST:
        found.insert(0, found[0].previous())
    return found


@pytest.mark.parametrize("seed", range(4))
def test_figures_agree_with_the_recount(seed: int) -> None:
    world = random_world(seed)
    built = facts(**world)
    as_of = FIRST + timedelta(days=[40, 70, 120][seed % 3])
    month_starts_on = [1, 26][seed % 2]
    once: dict[Any, Any] = {}
    periods = [period for grain in ("day", "week", "month", "quarter") for period in periods_of(grain, month_starts_on)]
    with counting_once():
        measured_at = {
            level: measure(METRICS.values(), built, periods, level, as_of=as_of) for level in get_args(Level)
        }
    for level, measured in measured_at.items():
        said = {(row["metric"], row["period"], row["subject_id"], row["item"]): row for row in measured.to_dicts()}
        expected = {
            (metric, *cell): figure
            for metric in METRICS
            for cell, figure in recount.figures(metric, world, periods, level, as_of, once).items()
        }
        assert said.keys() == expected.keys()
        for cell, figure in expected.items():
            value = Fraction(figure["numerator"], figure["denominator"]) if figure["denominator"] else None
            benchmark = figure["benchmark"]
            figure["value"] = None if value is None else float(value)
            figure["benchmark"] = None if benchmark is None else float(benchmark)
            assert {name: said[cell][name] for name in figure} == figure, (level, cell)


@pytest.mark.parametrize("seed", range(4, 6))
def test_a_larger_figure_is_the_sum_of_its_parts(seed: int) -> None:
    world = random_world(seed)
    built = facts(**world)
    as_of = FIRST + timedelta(days=200)
    ratios = [METRICS[key] for key in ("invite_to_store_rate", "renewal_rate", "css_score")]
    months = periods_of("month", 1)

    def totals(level: Level, periods: list[Period]) -> dict[str, tuple[int, int, int]]:
        rows = measure(ratios, built, periods, level, as_of=as_of).to_dicts()
        return {
            metric.key: tuple(  # type: ignore[misc]
                sum(row[part] or 0 for row in rows if row["metric"] == metric.key)
                for part in ("numerator", "denominator", "sample")
            )
            for metric in ratios
        }

    whole = totals("group", months)
    assert totals("store", months) == totals("region", months) == whole
    days = [Period.containing(FIRST + timedelta(days=n), "day") for n in range(-20, DAYS + 30)]
    assert totals("group", days) == totals("group", [Period.parse("2026-11..2027-02")]) == whole
    for part in ("person", "team", "department"):  # rows without a person or post are in the store's figure alone
        assert all(
            less <= full for key in whole for less, full in zip(totals(part, months)[key], whole[key], strict=True)
        )


@pytest.mark.parametrize("seed", range(6, 8))
def test_a_conversion_never_exceeds_the_whole(seed: int) -> None:
    built = facts(**random_world(seed))
    for level in get_args(Level):
        found = measure(
            [METRICS["invite_to_store_rate"]], built, periods_of("day", 1), level, as_of=FIRST + timedelta(days=200)
        )
        assert all(row["numerator"] <= row["denominator"] for row in found.to_dicts() if row["sample"])


def test_the_same_facts_in_another_order_give_the_same_figures() -> None:
    world = random_world(20)
    shuffled = {name: Random(1).sample(rows, len(rows)) for name, rows in world.items()}
    found = []
    for rows in (world, shuffled):
        built = facts(**rows)
        with counting_once():
            args = (METRICS.values(), built, periods_of("week", 1))
            found.append([measure(*args, level, as_of=date(2027, 1, 31)) for level in get_args(Level)])
    for first, other in zip(*found, strict=True):
        assert first.equals(other)
