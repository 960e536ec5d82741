"""How a plan says that money comes later or may be taken back, and what it may not say."""

from fractions import Fraction

import pytest

from scorecards import plan as plans
from scorecards.rule import Holdback
from tests.scorecards.own_figures import text

PER_SALE = 'shape = "per_unit"\nkind = "commission"\nmetric = "sales"\namount = "100.00"\n'
MISSED = 'shape = "missed"\nmetric = "calls"\ncharged = "once"\namount = "50.00"\n'
HELD = 'holdback = { share = "5%", after_months = 3 }\n'


def errors(given: str, earlier: plans.Plan | None = None) -> list[str]:
    return [one.message.zh for one in plans.check_text(given, earlier=earlier) if one.severity == "error"]


def test_lag_holdback_and_clawback_are_read() -> None:
    (rule,) = plans.read(
        text(PER_SALE + "lag_months = 1\n" + HELD + "clawback = { within_days = 90 }\n")
    ).rules_on("2026-10")  # fmt: skip
    assert (rule.lag_months, rule.clawback_days) == (1, 90)
    assert rule.holdback == Holdback(share=Fraction(1, 20), after_months=3)
    (plain,) = plans.read(text(PER_SALE)).rules_on("2026-10")
    assert (plain.lag_months, plain.holdback, plain.takes_back_within) == (0, None, 90)  # what is paid by the piece
    (never,) = plans.read(text(PER_SALE + "clawback = { within_days = 0 }")).rules_on("2026-10")
    assert never.takes_back_within == 0


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (PER_SALE + 'holdback = { share = "0%", after_months = 3 }', "预留比例"),
        (PER_SALE + 'holdback = { share = "100%", after_months = 3 }', "预留比例"),
        (PER_SALE + 'holdback = { share = "5%", after_months = 0 }', "1 到 24"),
        (PER_SALE + "clawback = { within_days = -1 }", "0 到 366"),
        (PER_SALE + "lag_months = 13", "0 到 12"),
        (MISSED + "lag_months = 1", "扣减不能滞后"),
        (MISSED + HELD, "扣减不能滞后"),
        (MISSED + "clawback = { within_days = 90 }", "扣减不能滞后"),
    ],
)
def test_what_cannot_be_is_refused(given: str, says: str) -> None:
    assert any(says in found for found in errors(text(given)))


def test_what_waits_to_settle_does_not_lag_as_well() -> None:
    waiting = text(PER_SALE).replace('basis = "event"', 'basis = "settled_lag"')
    assert errors(waiting) == []
    assert any("settled_lag" in found for found in errors(waiting + "lag_months = 1"))


@pytest.mark.parametrize("later", ["lag_months = 1", HELD, "clawback = { within_days = 91 }"])
def test_paying_later_is_stricter_and_waits_for_a_month_after_its_notice(later: str) -> None:
    before = plans.read(text(PER_SALE))
    stricter = text(PER_SALE + later).replace('since = "2026-01"', 'since = "2026-12"')
    on_the_first = stricter.replace("2025-12-01", "2026-12-01")
    assert any("更严" in found for found in errors(on_the_first, before))
    assert errors(stricter.replace("2025-12-01", "2026-11-30"), before) == []
    assert errors(on_the_first, plans.read(text(PER_SALE + later))) == []  # no stricter than it was
