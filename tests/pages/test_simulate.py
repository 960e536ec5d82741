"""How a step of the distribution is written, from the largest loss to the largest gain."""

import pytest

from kpi_app.pages import simulate
from scorecards.replay import Step


def here(message, **values):
    return message.format(**values) if values else message


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        (None, 1 - 3_000_00, "≤ −3,000"),
        (1 - 300_00, 1 - 100_00, "−300 ~ −100"),
        (1 - 1_00, 1_00, "不变"),
        (1_00, 100_00, "+1 ~ +100"),
        (3_000_00, None, "≥ +3,000"),
    ],
)
def test_a_step_names_its_edges_in_yuan(low, high, said):
    assert simulate.step_name(here, Step(from_fen=low, to_fen=high, people=1)) == said
