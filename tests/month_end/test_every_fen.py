"""Money over generated months: nothing is lost or taken beyond the law, and no order or re-run changes a fen."""

import csv
import io
import itertools
import random
from collections import defaultdict
from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from kpi_app.exports.csv import lines_csv
from scorecards import sheet as sheets
from scorecards.losses import LossCase
from scorecards.money import Fen, split
from scorecards.rules import PayResult
from tests.month_end.generated import HOME, STORES, Month, cases, months, paid, sheets_of
from tests.scorecards import test_losses

PARTS = ("amount_fen", "lapsed_fen", "carried_fen", "waived_fen")
CITIES = {"S01": "上海", "S02": "天津"}
POOL = ("coefficient", "bonus", "commission")


@cases(10)
@given(months(), st.sampled_from(STORES), st.randoms(use_true_random=False))
def test_every_generated_month_is_exact_lawful_and_the_same_again(
    month: Month, store: str, shuffle: random.Random
) -> None:
    result = paid(month)
    slips_sheet_ledger_and_file_agree(month, result)
    guards_conserve_and_stay_within_the_law(month, result)
    order_re_runs_and_company_do_not_matter(month, result, store, shuffle)


def slips_sheet_ledger_and_file_agree(month: Month, result: PayResult) -> None:
    of_stores = sheets_of(month, result)
    ledger = sum(line["amount_fen"] for line in result.lines.to_dicts())
    slips = [person for sheet in of_stores for person in sheet.people]
    assert sum(person.total_fen for person in slips) == ledger
    assert sum(sum(person.by_kind.values()) for person in slips) == ledger
    assert sheets.merge(of_stores).total_fen == sum(sheet.total_fen for sheet in of_stores) == ledger
    rows = [row for sheet in of_stores for row in csv.DictReader(io.StringIO(lines_csv(sheet).decode("utf-8-sig")))]
    assert sum(round(Fraction(row["金额"]) * 100) for row in rows) == ledger


def guards_conserve_and_stay_within_the_law(month: Month, result: PayResult) -> None:
    lines = result.lines.to_dicts()
    for line in lines:
        assert line["requested_fen"] == sum(line[part] for part in PARTS)
        sign = 1 if line["requested_fen"] > 0 else -1
        assert all(line[part] * sign >= 0 for part in PARTS)  # no part is larger than what was asked for
    profiles = {row["person_id"]: row for row in month.profiles}
    for person_id, store_id in itertools.product(HOME, STORES):
        of_unit(
            [one for one in lines if (one["person_id"], one["store_id"]) == (person_id, store_id)],
            profiles.get(person_id),
            has_minimum=CITIES[store_id] in {row["city"] for row in month.minimum_wages},
        )
    charged: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    for one in lines:
        if one["kind"] == "kpi_reduction" and one["ruling_id"] and one["amount_fen"]:
            charged[one["person_id"], one["store_id"], one["ruling_id"].split("|")[0]].add(one["ruling_id"])
    assert all(len(rulings) == 1 for rulings in charged.values())  # one event is sanctioned once


def of_unit(lines: list[dict[str, Any]], profile: dict[str, Any] | None, *, has_minimum: bool) -> None:
    """One person in one unit: the pool, the share and the minimum wage, worked out apart from the guards."""
    by_kind: dict[str, int] = defaultdict(int)
    for line in lines:
        by_kind[line["kind"]] += line["amount_fen"]
    performance = sum(by_kind[kind] for kind in POOL)
    assert performance + by_kind["kpi_reduction"] >= 0
    lapsed = sum(line["lapsed_fen"] for line in lines if line["kind"] == "kpi_reduction")
    assert not lapsed or performance + by_kind["kpi_reduction"] == 0  # all is taken before anything lapses
    loss = -by_kind["loss_compensation"]
    if not loss:
        return
    assert profile is not None
    assert profile["has_loss_clause"]
    assert has_minimum
    lowered = min(0, by_kind["correction"] + by_kind["manual"])
    gross = profile["other_pay_fen"] + performance + by_kind["kpi_reduction"] + lowered
    assert 5 * loss <= min(profile["contract_wage_fen"], gross)
    assert gross - loss >= 2_490_00


def order_re_runs_and_company_do_not_matter(
    month: Month, result: PayResult, store: str, shuffle: random.Random
) -> None:
    """The rows in another order, and one unit alone: the lines it had in company."""
    shuffled = replace(
        month,
        lines=shuffle.sample(month.lines, len(month.lines)),
        profiles=shuffle.sample(month.profiles, len(month.profiles)),
        losses=tuple(shuffle.sample(month.losses, len(month.losses))),
    )
    said = [name for name in result.lines.columns if name != "evidence"]  # a shuffled file has its rows elsewhere
    alone = paid(shuffled, stores=[store]).lines
    assert alone.select(said).equals(result.lines.filter(store_id=store).select(said))


@cases(10)
@given(st.integers(-(10**9), 10**9), st.lists(st.integers(0, 10**6), min_size=1, max_size=12).filter(any))
def test_parts_total_the_whole(total: int, shares: list[int]) -> None:
    parts = split(Fen(total), shares)
    assert sum(parts) == total
    assert all(abs(part * sum(shares) - total * share) < sum(shares) for part, share in zip(parts, shares, strict=True))


@cases(1)
@given(months(), st.lists(months(), min_size=1, max_size=3))
def test_a_case_is_settled_to_the_fen_and_never_beyond(first: Month, later: list[Month]) -> None:
    """The same cases through several months: what one month settles, the next no longer asks for."""
    open_fen = {case.case_id: case.outstanding_fen for case in first.losses}
    settled: dict[str, int] = defaultdict(int)
    for month in [first, *later]:
        cases_now: tuple[LossCase, ...] = tuple(
            replace(case, outstanding_fen=open_fen[case.case_id] - settled[case.case_id]) for case in first.losses
        )
        lines = paid(replace(month, losses=cases_now)).lines
        for line in lines.filter(kind="loss_compensation").to_dicts():
            assert -line["requested_fen"] == open_fen[line["case_id"]] - settled[line["case_id"]]
            settled[line["case_id"]] -= line["amount_fen"] + line["lapsed_fen"] + line["waived_fen"]
            assert -line["carried_fen"] == open_fen[line["case_id"]] - settled[line["case_id"]] >= 0


def test_a_generated_month_with_all_inputs_does_take_a_loss() -> None:
    """Or the properties above would hold of nothing."""
    since = {"since": date(2026, 1, 1)}
    profile, minimum = {**test_losses.profile(), **since}, {**test_losses.MINIMUM, **since}
    month = Month(lines=[], profiles=[profile], minimum_wages=[minimum], losses=(test_losses.case(100_00),))
    assert paid(month).lines["amount_fen"].to_list() == [-100_00]
