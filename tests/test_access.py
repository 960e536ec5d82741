"""Who may do what, on both sides of every edge."""

import pytest

from data_contracts.contract import Problem
from kpi_app import access
from kpi_app.access import CONSOLE, Identity, Post, Right

T01 = Post("S01", "S01/售后部", "T01")
T02 = Post("S01", "S01/售后部", "T02")
T09 = Post("S02", "S02/售后部", "T09")


def user(role: str, *scopes: str, person_id: str | None = None) -> Identity:
    return Identity(
        user_id=1, name="wang", roles=frozenset(role.split("+")), scopes=frozenset(scopes), person_id=person_id
    )


def test_everybody_sees_themselves_and_staff_nobody_else() -> None:
    staff = user("staff", person_id="E001")
    for right in (Right.SCORES, Right.PAY):
        assert access.may(staff, right, person_id="E001", posts=[T01])
        assert not access.may(staff, right, person_id="E002", posts=[T01])
        assert not access.may(staff, right)
    assert not access.may(staff, Right.PREPARE, person_id="E001", posts=[T01])


@pytest.mark.parametrize(
    ("scope", "reached"),
    [
        ("person:E001", [True, False, False]),
        ("team:T01", [True, False, False]),
        ("department:S01/售后部", [True, True, False]),
        ("store:S01", [True, True, False]),
        ("store:S02", [False, False, True]),
        ("department:S02/售后部", [False, False, True]),
        ("group", [True, True, True]),
    ],
)
def test_a_scope_reaches_the_posts_within_it(scope: str, reached: list[bool]) -> None:
    head = user("head", scope)
    people = [("E001", T01), ("E002", T02), ("E009", T09)]
    assert [access.may(head, Right.SCORES, person_id=person, posts=[post]) for person, post in people] == reached


def test_a_person_is_reached_through_any_post() -> None:
    assert access.may(user("head", "team:T09"), Right.SCORES, person_id="E001", posts=[T01, T09])


def test_a_unit_is_reached_by_a_scope_as_wide_as_it() -> None:
    store = Post(store_id="S01")
    assert access.may(user("hr", "store:S01"), Right.PREPARE, posts=[store])
    assert not access.may(user("hr", "department:S01/售后部"), Right.PREPARE, posts=[store])
    assert not access.may(user("hr", "store:S01"), Right.PREPARE)  # everything is more than a store
    assert access.may(user("hr", "group"), Right.PREPARE)


@pytest.mark.parametrize(
    ("role", "rights"),
    [
        ("staff", ""),
        ("head", "scores sign_off lead"),
        ("hr", "scores pay export prepare import confidential"),
        ("director", "scores pay export sign_off approve rule lead"),
        ("admin", "import import_all plans users settings audit backup"),
        ("head+director", "scores pay export sign_off approve rule lead"),
    ],
)
def test_what_each_role_may(role: str, rights: str) -> None:
    assert {str(right) for right in user(role, "group").rights} == set(rights.split())


def test_an_administrator_sees_no_pay() -> None:
    admin = user("admin", "group")
    assert not access.may(admin, Right.PAY, person_id="E001", posts=[T01])
    assert not access.may(admin, Right.CONFIDENTIAL)


def test_the_console_does_all_but_what_needs_a_named_person() -> None:
    refused = {right for right in Right if not access.may(CONSOLE, right, posts=[T01])}
    assert refused == {Right.SIGN_OFF, Right.APPROVE, Right.RULE}


def test_forbidden_names_who_what_and_the_next_step() -> None:
    with pytest.raises(access.Forbidden) as refused:
        access.require(user("head", "team:T01"), Right.PAY, person_id="E001", posts=[T01])
    assert refused.value.text.zh == "wang 没有权限查看绩效金额；如有需要，请管理员调整角色或范围。"
    assert "may not see this pay" in refused.value.text.en


@pytest.mark.parametrize("text", ["person:E001", "team:T01", "department:S01/售后部", "store:S01", "group"])
def test_scopes_as_administrators_write_them(text: str) -> None:
    assert access.scope(text) == text


@pytest.mark.parametrize(
    "text",
    ["", "store", "store:", "store: S01", "region:华东", "department:售后部", "department:/", "Group", "group:x"],
)
def test_anything_else_is_no_scope(text: str) -> None:
    with pytest.raises(Problem, match="范围"):
        access.scope(text)
