"""How customers score the demo group, and what the manufacturer publishes about it."""

from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import NamedTuple

from kpi_app.demo.days import MONTHS, chance, days_between, label, month_start, wobble
from kpi_app.demo.group import STORES
from kpi_app.demo.roster import Roster, Row

_BASE = {"东部大区": 8815, "西部大区": 8705, "全国": 8762}  # hundredths, around which the published averages move
_ITEMS = {  # role → department, the questionnaire's items and how they lie against the total, in hundredths
    "sales_consultant": (
        "销售部",
        {"展厅接待": 220, "产品介绍": 60, "试乘试驾": -340, "商谈签约": -80, "交车过程": 180, "回访关怀": -40},
    ),
    "service_advisor": (
        "售后部",
        {"预约便捷": -160, "前台接待": 150, "维修质量": 60, "交车结算": -90, "休息环境": 40},
    ),
}
_ANSWERS = ((3, 4, 5, 6, 7, 8), (4, 10, 30, 26, 18, 12))  # questionnaires of one person in a month, and how often
_GRADES = ((9500, "特别满意"), (8500, "满意"), (7000, "一般"), (0, "不满意"))

Averages = dict[tuple[str, str, str], int]  # (item, region, month) → average in hundredths


class Answer(NamedTuple):
    """One questionnaire: who was scored when, and the total in hundredths."""

    day: date
    store_id: str
    person_id: str
    role: str
    total: int


def _points(hundredths: int) -> Decimal:
    return Decimal(hundredths).scaleb(-2)


def _averages(seed: int, as_of: date) -> Averages:
    """The regional averages of every month, published or not."""
    rng = chance(seed, "benchmarks")
    averages: Averages = {}
    for back in reversed(range(MONTHS)):
        month = label(month_start(as_of, back))
        for region, base in _BASE.items():
            total = base + int(wobble(rng, 55))
            averages["总分", region, month] = total
            for _, items in _ITEMS.values():
                for item, offset in items.items():
                    averages[item, region, month] = total + offset + int(wobble(rng, 40))
    return averages


def _benchmarks(as_of: date, averages: Averages) -> list[Row]:
    """What has been published by ``as_of``: a month about the 10th of the next, a quarter's total on the 20th."""
    rows: list[Row] = []

    def publish(item: str, region: str, period: str, average: int, on: date) -> None:
        if on <= as_of:
            row: Row = {"programme": "CSS", "item": item, "region": region, "department": None}
            rows.append({**row, "period": period, "score": _points(average), "published_on": on})

    for back in reversed(range(1, MONTHS)):
        first, next_month = month_start(as_of, back), month_start(as_of, back - 1)
        for (item, region, month), average in averages.items():
            if month == label(first):
                publish(item, region, month, average, next_month + timedelta(days=8 + first.month % 3))
        quarter = [label(month_start(first, step)) for step in range(3)]
        if first.month % 3 == 0 and ("总分", "全国", quarter[-1]) in averages:
            for region in _BASE:
                average = sum(averages["总分", region, month] for month in quarter) // 3
                name = f"{first.year}Q{first.month // 3}"
                publish("总分", region, name, average, next_month + timedelta(days=19))
    return rows


def _totals(rng: Random, n: int, centre: int, mean: int | None) -> list[int]:
    """n totals in hundredths around ``centre``; with ``mean`` their mean is exactly that."""
    while True:
        totals = [
            max(4000, min(10000, centre + int(wobble(rng, 620)) - (1800 if rng.random() < 0.03 else 0)))
            for _ in range(n)
        ]
        if mean is not None:
            totals[-1] = n * mean - sum(totals[:-1])
        if 6000 <= totals[-1] <= 10000 or mean is None:
            return totals


def _answers(roster: Roster, rng: Random, averages: Averages) -> list[Answer]:
    scored = sorted({(post.person_id, post.role) for post in roster.posts if post.role in _ITEMS})
    liked = {person_id: 110 + int(wobble(rng, 300)) for person_id, _ in scored}
    answers: list[Answer] = []
    for back in reversed(range(MONTHS)):
        first, last = month_start(roster.as_of, back), roster.last_day(back)
        for place, (person_id, role) in enumerate(scored):
            days = [
                (day, store_id)
                for day in days_between(first, last)
                for store_id in STORES
                if person_id in roster.at_work(store_id, role, day)
            ]
            if len(days) < 5:
                continue
            average = averages["总分", STORES[days[-1][1]].region, label(first)]
            # every month some consultants stand exactly on the regional average, and some lack one questionnaire
            turn = (place + back) % 6 if role == "sales_consultant" and len(days) >= 20 else None
            is_on_average = turn == 0
            n = {0: 5, 3: 4}.get(turn if turn is not None else -1) or rng.choices(*_ANSWERS)[0]
            n = n if len(days) >= 20 else max(1, n * len(days) // 24)
            totals = _totals(rng, n, average + liked[person_id], average if is_on_average else None)
            for total, (day, store_id) in zip(totals, sorted(rng.sample(days, n)), strict=True):
                answers.append(Answer(day, store_id, person_id, role, total))
    return sorted(answers)


def _questionnaires(rng: Random, answers: list[Answer]) -> list[Row]:
    rows: list[Row] = []
    for number, answer in enumerate(answers, start=1):
        department, items = _ITEMS[answer.role]
        row: Row = {
            "survey_id": f"Q{number:06d}",
            "programme": "CSS",
            "store_id": answer.store_id,
            "department": department,
            "person_id": answer.person_id,
            "surveyed_on": answer.day,
            "customer_id": f"K{answer.store_id[1:]}{rng.randrange(4000):05d}",
            "wave": f"{answer.day.year}年第{(answer.day.month + 2) // 3}季",
            "item": "总分",
            "score": _points(answer.total),
            "max_score": 100,
            "grade": next(grade for least, grade in _GRADES if answer.total >= least),
            "is_passed": None,
            "reported_by": "厂家",
        }
        rows.append(row)
        for item, offset in items.items():
            points = max(30, min(100, (answer.total + offset + int(wobble(rng, 700))) // 100))
            rows.append({**row, "item": item, "score": points, "grade": None, "is_passed": points >= 80})
    return rows


def _call_backs(roster: Roster, rng: Random) -> list[Row]:
    """The stores' own calls after a delivery, scored out of ten."""
    rows: list[Row] = []
    for day in days_between(month_start(roster.as_of, MONTHS - 1), roster.as_of):
        for store_id in STORES:
            consultants = roster.at_work(store_id, "sales_consultant", day)
            if not consultants or rng.random() > 0.3:
                continue
            rows.append(
                {
                    "survey_id": f"M{store_id[1:]}{day:%y%m%d}",
                    "programme": "ISM",
                    "store_id": store_id,
                    "department": "销售部",
                    "person_id": rng.choice(consultants),
                    "surveyed_on": day,
                    "customer_id": f"K{store_id[1:]}{rng.randrange(4000):05d}",
                    "item": "总分",
                    "score": rng.choice((7, 8, 8, 9, 9, 9, 10, 10)),
                    "max_score": 10,
                    "reported_by": "店端",
                }
            )
    return rows


def _stated(roster: Roster, rng: Random, answers: list[Answer], averages: Averages) -> list[Row]:
    """The manufacturer's own score of each store, near the one its questionnaires give; regions and the group too."""
    rows: list[Row] = []

    def state(level: str, subject_id: str, period: str, value: int, sample: int | None, on: date) -> None:
        row: Row = {"source": "厂家CSS系统", "metric": "css_score_published", "level": level, "subject_id": subject_id}
        rows.append({**row, "period": period, "value": _points(value), "sample": sample, "published_on": on})

    for back in reversed(range(1, MONTHS)):
        first = month_start(roster.as_of, back)
        published = month_start(roster.as_of, back - 1) + timedelta(days=8 + first.month % 3)
        if published > roster.as_of:
            continue
        for store_id in STORES:
            totals = [a.total for a in answers if a.store_id == store_id and label(a.day) == label(first)]
            state(
                "门店",
                store_id,
                label(first),
                sum(totals) // len(totals) + int(wobble(rng, 60)),
                len(totals),
                published,
            )
        for region in ("东部大区", "西部大区"):
            state("区域", region, label(first), averages["总分", region, label(first)], None, published)
    return rows


def surveys(roster: Roster, seed: int) -> dict[str, list[Row]]:
    """Contract → rows of surveys, benchmarks and stated_figures."""
    rng = chance(seed, "surveys")
    averages = _averages(seed, roster.as_of)
    answers = _answers(roster, rng, averages)
    return {
        "surveys": _questionnaires(rng, answers) + _call_backs(roster, rng),
        "benchmarks": _benchmarks(roster.as_of, averages),
        "stated_figures": _stated(roster, rng, answers, averages),
    }
