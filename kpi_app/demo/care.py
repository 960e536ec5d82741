"""After the sale in the demo group: complaints and rulings, expiring policies, the owners' club, the 400 line."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random

from kpi_app.demo.days import (
    MONTHS,
    chance,
    clock_on,
    days_between,
    how_many,
    label,
    minutes,
    month_end,
    month_start,
    season,
    wobble,
)
from kpi_app.demo.group import STORES
from kpi_app.demo.roster import Roster, Row

_COMPLAINTS_A_DAY = 0.62
_VALIDITY = {"有效": 84, "重复": 6, "恶意": 3, "非本店": 4, "撤诉": 3}
_SERVICE_DIRECTOR = ("S01", "service_director")  # one for the three stores
_PENALTIES = (50, 50, 60, 80, 100)  # the director's choice within the notice's range
_POLICIES_A_MONTH = {"S01": 84, "S02": 62, "S03": 40}
_MONTHS_AHEAD = 3
_EDGES = (-91, -90, 0, 30, 31)  # days from expiry to signature on both sides of what still counts
_CALLS_A_DAY = 4.0


def complaints(roster: Roster, seed: int) -> dict[str, list[Row]]:
    """Contract → rows of complaints and complaint_rulings."""
    rng, bench = chance(seed, "complaints"), chance(seed, "rulings")
    cases: list[Row] = []
    rulings: list[Row] = []
    for day in days_between(month_start(roster.as_of, MONTHS - 1), roster.as_of):
        for store_id, store in STORES.items():
            for number in range(1, 1 + how_many(rng, _COMPLAINTS_A_DAY * store.size * season(day))):
                is_sales = rng.random() < 0.58
                accused = roster.at_work(store_id, "sales_consultant" if is_sales else "service_advisor", day)
                if accused:
                    case_id = f"TS{store_id[1:]}{day:%y%m%d}{number:02d}"
                    case = _complaint(roster, rng, case_id, store_id, clock_on(rng, day, 9, 18), accused, is_sales)
                    cases.append(case)
                    cases.extend(_second_loop(roster, rng, case))
                    rulings.extend(_ruling(roster, bench, case))
    return {"complaints": cases, "complaint_rulings": rulings}


def _known(roster: Roster, at: datetime) -> datetime | None:
    return at if at.date() <= roster.as_of else None


def _complaint(
    roster: Roster, rng: Random, case_id: str, store_id: str, received: datetime, accused: list[str], is_sales: bool
) -> Row:
    day = received.date()
    person_id = rng.choice(accused)
    head = roster.at_work(store_id, "showroom_manager" if is_sales else "service_manager", day)
    handler = head[0] if head and rng.random() < 0.6 else person_id
    agents = roster.at_work(store_id, "callback_agent", day)
    row: Row = {
        "complaint_id": case_id,
        "loop_no": 1,
        "kind": "投诉" if rng.random() < 0.35 else "抱怨",
        "store_id": store_id,
        "department": "销售部" if is_sales else "售后部",
        "customer_id": f"K{store_id[1:]}{rng.randrange(4000):05d}",
        "person_id": person_id,
        "handler_id": handler,
        "received_at": received,
        "validity": rng.choices(list(_VALIDITY), list(_VALIDITY.values()))[0],
        "oem_case_no": f"{received:%Y%m%d}{rng.randrange(10**10):010d}" if rng.random() < 0.3 else None,
        "cause": rng.choice(("服务", "服务", "服务", "用户", "产品")),
        "severity": "一般",
        "channel": rng.choice(("回访", "回访", "400", "到店", "厂家")),
    }
    if rng.random() < 0.08:
        row["severity"] = "重大"
        row["escalated_at"] = _known(roster, received + minutes(rng, 20, 180))
    _handle(roster, rng, row, received, agents)
    return row


def _handle(roster: Roster, rng: Random, row: Row, received: datetime, agents: list[str]) -> None:
    """The case's way to satisfaction, closure and recontact, as far as it has come."""
    first = received + (minutes(rng, 6, 115) if rng.random() < 0.84 else minutes(rng, 125, 900))
    row["first_contact_at"] = _known(roster, first)
    if rng.random() < 0.03:  # nobody ever got this customer satisfied
        return
    slow = rng.random()
    hours = (
        3 + 44 * rng.random() if slow < 0.62 else (47 + 30 * rng.random() if slow < 0.85 else 72 + 120 * rng.random())
    )
    satisfied = first + timedelta(seconds=int(hours * 3600))
    row["satisfied_at"] = _known(roster, satisfied)
    row["closed_at"] = _known(roster, satisfied + minutes(rng, 20, 1400))
    recontacted = clock_on(rng, satisfied.date() + timedelta(days=rng.choice((1, 1, 2, 2, 3, 3, 4, 6))), 9, 17)
    if _known(roster, recontacted) and agents and rng.random() < 0.93:
        result = rng.choices(("满意", "不满意", "未接通", "拒访"), (82, 7, 8, 3))[0]
        row["recontacted_at"], row["recontacted_by"], row["recontact_result"] = recontacted, agents[0], result
        row["recontact_attempts"] = 3 if result == "未接通" else rng.choice((1, 1, 2))


def _second_loop(roster: Roster, rng: Random, case: Row) -> list[Row]:
    again = case.get("recontacted_at")
    if case.get("recontact_result") != "不满意" or not isinstance(again, datetime):
        return []
    kept = ("complaint_id", "kind", "store_id", "department", "customer_id", "person_id", "handler_id", "validity")
    row: Row = {**{name: case[name] for name in kept}, "loop_no": 2, "received_at": again, "severity": "一般"}
    row["cause"], row["channel"] = case["cause"], "回访"
    _handle(roster, rng, row, again, [str(case["recontacted_by"])])
    return [row]


def _ruling(roster: Roster, rng: Random, case: Row) -> list[Row]:
    """The director's ruling: on every closed case of past months, and on about half of this month's."""
    received = case["received_at"]
    assert isinstance(received, datetime)
    is_new = label(received.date()) == label(roster.as_of)
    judged = clock_on(rng, received.date() + timedelta(days=rng.randint(1, 6)), 14, 17)
    is_at_fault, waits = rng.random() < 0.56, rng.random() < 0.5 if is_new else case.get("closed_at") is None
    if case["validity"] != "有效" or waits or _known(roster, judged) is None:
        return []
    is_sales = case["department"] == "销售部"
    post = (str(case["store_id"]), "sales_director") if is_sales else _SERVICE_DIRECTOR
    judges = roster.at_work(*post, judged.date())
    return [
        {
            "complaint_id": case["complaint_id"],
            "kind": "责任",
            "person_id": case["person_id"],
            "fault": "有责" if is_at_fault else "无责",
            "penalty": rng.choice(_PENALTIES) if is_at_fault else None,
            "judged_by": judges[0],
            "judged_at": judged,
            "evidence": rng.choice(("通话录音", "抱怨处理表", "现场记录", "微信记录")),
            "note": "承诺未兑现" if is_at_fault and rng.random() < 0.4 else None,
        }
    ]


def renewals(roster: Roster, seed: int) -> list[Row]:
    """Rows of renewals: policies expiring from the first month to three months after ``as_of``."""
    rng = chance(seed, "renewals")
    hand: dict[str, float] = {}
    rows: list[Row] = []
    for back in reversed(range(-_MONTHS_AHEAD, MONTHS)):
        first, last = month_start(roster.as_of, back), month_end(roster.as_of, back)
        for store_id, count in _POLICIES_A_MONTH.items():
            for number in range(count + rng.randint(-6, 6)):
                expires = first + timedelta(days=rng.randrange((last - first).days + 1))
                staff = roster.at_work(store_id, "renewal_specialist", min(expires, roster.as_of))
                if not staff:
                    continue
                owner = rng.choice(staff)
                skill = hand.setdefault(owner, 0.66 + wobble(rng, 0.12))
                edge = _EDGES[number] if number < len(_EDGES) and back % 3 == 0 else None
                rows.extend(_policies(roster, rng, store_id, owner, expires, skill, edge))
    return rows


def _policies(
    roster: Roster, rng: Random, store_id: str, owner: str, expires: date, skill: float, edge: int | None
) -> list[Row]:
    """A car's expiring policies: the commercial one, and often the compulsory one of about the same day."""
    letters = "ABCDEFGHJKLMNPRSTUVWXYZ0123456789"
    vin = "LHC" + "".join(rng.choice(letters) for _ in range(8)) + f"{rng.randrange(10**6):06d}"
    is_signed = edge is not None or rng.random() < skill
    signed = expires + timedelta(
        days=edge if edge is not None else rng.choice((-62, -41, -33, -26, -18, -11, -6, -3, 0, 4, 17))
    )
    if not is_signed and rng.random() < 0.04:
        signed, is_signed = expires + timedelta(days=rng.randint(31, 55)), True
    quoted = datetime.combine(expires - timedelta(days=rng.randint(35, 80)), datetime.min.time()) + minutes(
        rng, 540, 1020
    )
    if is_signed and quoted.date() > signed:
        quoted = datetime.combine(signed - timedelta(days=2), quoted.time())
    exclusion = rng.choice(("全损", "过户", "注销")) if not is_signed and rng.random() < 0.09 else None
    row: Row = {
        "vin": vin,
        "customer_id": f"K{store_id[1:]}{rng.randrange(4000):05d}",
        "store_id": store_id,
        "person_id": owner,
        "quoted_at": quoted if quoted.date() <= roster.as_of and (is_signed or rng.random() < 0.75) else None,
        "kind": "新转续" if rng.random() < 0.35 else "续转续",
        "exclusion": exclusion,
    }
    both = rng.random() < 0.72
    rows: list[Row] = []
    for line in ("商业", "交强") if both else ("商业",):
        is_done = is_signed and signed <= roster.as_of
        cancelled = signed + timedelta(days=rng.randint(5, 40)) if is_done and rng.random() < 0.015 else None
        premium = 950 if line == "交强" else rng.randrange(2600, 6800, 10)
        rows.append(
            {
                "policy_id": f"{rng.randrange(10**17, 10**18)}",
                "line": line,
                **row,
                "expires_on": expires + timedelta(days=rng.choice((0, 0, 0, 2)) if line == "交强" else 0),
                "signed_on": signed if is_done else None,
                "new_policy_id": f"{rng.randrange(10**17, 10**18)}" if is_done else None,
                "cancelled_on": cancelled if cancelled and cancelled <= roster.as_of else None,
                "premium": Decimal(premium) + Decimal(rng.randrange(100)) / 100 if is_done else None,
                "insurer": rng.choice(("甲保险", "乙保险", "丙保险")) if is_done else None,
            }
        )
    return rows


def club_snapshots(roster: Roster, seed: int) -> list[Row]:
    """Rows of club_snapshots: month-ends up to the last one on or before ``as_of``; S03 founds its club midway."""
    rng = chance(seed, "club")
    rows: list[Row] = []
    stand = {store_id: [int(900 * store.size), int(2600 * store.size), 14] for store_id, store in STORES.items()}
    for back in reversed(range(MONTHS)):
        for store_id, store in STORES.items():
            has_club = store_id != "S03" or back < 8
            members, owners, deals = stand[store_id]
            owners += rng.randint(18, 40)
            members = members + rng.randint(25, 60) if has_club else 0
            deals += rng.randint(0, 4) if has_club else 0
            stand[store_id] = [members, owners, deals]
            if month_end(roster.as_of, back) <= roster.as_of:
                rows.append(
                    {
                        "month": label(month_start(roster.as_of, back)),
                        "store_id": store_id,
                        "region": store.region,
                        "has_club": has_club,
                        "has_full_after_sales": True,
                        "members": members if has_club else None,
                        "pending_members": rng.randint(0, 30) if has_club else None,
                        "private_owners": owners,
                        "referral_deals": deals if has_club else None,
                    }
                )
    return rows


def call_logs(roster: Roster, seed: int) -> list[Row]:
    """Rows of call_logs: the 400 line, answered by the invite specialists on duty."""
    rng = chance(seed, "calls")
    rows: list[Row] = []
    for day in days_between(month_start(roster.as_of, MONTHS - 1), roster.as_of):
        for store_id, store in STORES.items():
            staff = roster.at_work(store_id, "invite_specialist", day)
            for number in range(how_many(rng, _CALLS_A_DAY * store.size * season(day)) if staff else 0):
                is_answered = rng.random() < 0.94
                rows.append(
                    {
                        "call_id": f"H{store_id[1:]}{day:%y%m%d}{number:02d}",
                        "store_id": store_id,
                        "person_id": rng.choice(staff),
                        "started_at": clock_on(rng, day, 8, 19),
                        "direction": "呼入",
                        "line": "400",
                        "is_answered": is_answered,
                        "seconds": rng.randint(18, 420) if is_answered else 0,
                    }
                )
    return rows
