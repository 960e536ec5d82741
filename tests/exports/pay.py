"""The sheet that tests of exports write: two stores, an award, two reductions, and names that look like formulas."""

from dataclasses import replace
from datetime import date, datetime

from scorecards import sheet as pay_sheet
from scorecards.rules import PayResult, pay_lines
from scorecards.sheet import Sheet
from tests.scorecards.group import OCTOBER, SATISFACTION, answers, average, complaint, group, post, ruling

AS_OF = date(2026, 11, 5)
LATER = datetime(2026, 11, 6, 9, 30)
PEOPLE = [
    post("007", person_name="=cmd|' /C calc'!A0"),
    post("E2", person_name="+86 13800000000"),
    post("E3", "invite_specialist", department="呼叫中心", team_id="T02"),
    post("E5", store_id="S02"),
]
FACTS = group(
    PEOPLE,
    surveys=[*answers("007", *[90_00] * 5), *answers("E2", *[90_00] * 4)],
    benchmarks=[average()],
    complaints=[complaint("C1"), complaint("C2")],
    complaint_rulings=[ruling("C1", "007", 80_00), ruling("C2", "E2", 60_00)],
)


def made(
    result: PayResult | None = None,
    stores: tuple[str, ...] = ("S01", "S02"),
    status: str = "computed",
    payout_unit: str = "fen",
) -> Sheet:
    result = result or pay_lines([SATISFACTION], FACTS, OCTOBER, as_of=AS_OF)
    units = [
        pay_sheet.build(result, [SATISFACTION], FACTS, OCTOBER, store, as_of=AS_OF, payout_unit=payout_unit)
        for store in stores
    ]
    return replace(pay_sheet.merge(units), status=status, revision=1)


TEMPLATE = made().lines.to_dicts()[0]
"""A row of PayLines to make others from."""
