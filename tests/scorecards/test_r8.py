"""R8: the score of the store's own callbacks is a line of the consultant's card, from its month on."""

from datetime import date

import pytest

from metrics.period import Period
from scorecards.cards import scorecards_of
from tests.scorecards.group import SATISFACTION, answers, group, post


@pytest.mark.parametrize(("month", "metrics"), [("2026-12", 2), ("2027-01", 3)])
def test_the_card_takes_it_in_from_january_2027(month: str, metrics: int) -> None:
    (card,) = [card for card in SATISFACTION.cards_on(month) if card.role == "sales_consultant"]
    assert len(card.metrics) == metrics
    assert ("ism_score" in card.metrics) == (metrics == 3)


def test_callbacks_count_by_their_own_score_and_no_other_survey_does() -> None:
    surveys = [
        *answers("E1", 90_00, 90_00, on="2027-01-09"),
        *[{**row, "survey_id": f"I{n}", "programme": "ISM"} for n, row in enumerate(answers("E1", 80_00, 71_00))],
    ]
    surveys = [{**row, "surveyed_on": "2027-01-09"} for row in surveys]
    targets = [
        {"metric": metric, "level": "group", "subject_id": "", "since": "2026-01", "goal": goal}
        for metric, goal in (("css_score", 90), ("ism_score", 80))
    ]
    facts = group([post("E1")], surveys=surveys, targets=targets)
    month = Period.parse("2027-01")
    (card,) = scorecards_of([SATISFACTION], facts, month, "person", as_of=date(2027, 2, 5))
    # (40 · 100 + 20 · 100 · 75.5/80) / 60 = 98.125: the invite rate has no rows and is left out
    assert card.score is not None
    assert float(card.score) == 98.125
