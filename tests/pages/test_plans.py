"""What a plan says on the screen: names in place of keys."""

import pytest

from data_contracts.contract import Text
from kpi_app.pages import plans
from kpi_app.web.visit import Visit
from scorecards.differences import Difference


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("zh", ["指标 成交台数", "岗位 技师、邀约专员", "发放对象 成员"]),
        ("en", ["metric deals", "roles technician, invite specialist", "paid to the members"]),
    ],
)
def test_a_rule_is_told_in_names_and_no_word_is_taken_for_a_key(language: str, said: list[str]) -> None:
    words = Text(
        "指标 deals；岗位 technician、invite_specialist；发放对象 成员",
        "metric deals; roles technician, invite_specialist; paid to the members",
    )
    one = Difference(where="F1.5", change="added", name=Text("成交提成", "deals"), words=words, effect="none")
    assert plans.sentences_of(Visit(None, None, language), one, {}) == said  # type: ignore[arg-type]  # nothing is read
