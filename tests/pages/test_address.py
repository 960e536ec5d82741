"""A choice stands in the address, and follows it when the browser goes back; otherwise it stays as it was chosen."""

import pytest
from streamlit.testing.v1 import AppTest


def page() -> None:
    import streamlit as st

    from kpi_app.pages import address

    weeks = {"W46": "第 46 周", "W45": "第 45 周", "W44": "第 44 周"}
    one = address.select("week", "周", weeks, at="W46", key="week")
    some = address.select_several("role", "岗位", {"a": "甲", "b": "乙"}, at=["a"], key="role")
    view = address.segments("view", "显示", {"list": "列表", "heat": "热力图"}, at="list", key="view")
    st.text(f"{one} {some} {view}")


def opened(**query: str) -> AppTest:
    at = AppTest.from_function(page)
    for name, value in query.items():
        at.query_params[name] = value
    return at.run()


def address_of(at: AppTest) -> dict[str, str]:
    """The query of the page's address; what was set by the test comes back without a list."""
    return {name: value if isinstance(value, str) else value[-1] for name, value in at.query_params.items()}


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ({}, "W46 ['a'] list"),
        ({"week": "W44", "role": "b,a", "view": "heat"}, "W44 ['b', 'a'] heat"),
        ({"role": "none"}, "W46 [] list"),  # nothing of what is chosen at first
        ({"week": "W01", "role": "x,b", "view": "<b>"}, "W46 ['b'] list"),  # what is not there is not chosen
    ],
)
def test_a_page_opens_as_its_address_says(query: dict[str, str], shown: str) -> None:
    assert [it.value for it in opened(**query).text] == [shown]


def test_what_is_chosen_stands_in_the_address_but_for_what_is_chosen_at_first() -> None:
    at = opened()
    assert address_of(at) == {"week": "W46"}  # last week is another one next Monday
    at.multiselect[0].set_value([]).run()
    assert address_of(at) == {"week": "W46", "role": "none"}
    at.multiselect[0].set_value(["a", "b"]).run()
    assert address_of(at) == {"week": "W46", "role": "a,b"}
    at.multiselect[0].set_value(["a"]).run()
    assert address_of(at) == {"week": "W46"}


def test_going_back_shows_what_the_address_says_then() -> None:
    at = opened()
    at.selectbox[0].set_value("W44").run()
    assert address_of(at) == {"week": "W44"}
    at.query_params["week"] = "W46"
    assert [it.value for it in at.run().text] == ["W46 ['a'] list"]
    assert address_of(at) == {"week": "W46"}


def test_a_choice_made_while_the_address_of_the_last_one_is_on_its_way_stands() -> None:
    at = opened()
    at.selectbox[0].set_value("W44").run()
    at.query_params["week"] = "W46"  # as the browser still had it
    assert [it.value for it in at.selectbox[0].set_value("W45").run().text] == ["W45 ['a'] list"]
    assert address_of(at) == {"week": "W45"}
