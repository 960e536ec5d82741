"""Who signs in, with which roles and scopes; guessing passwords takes longer and longer."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from data_contracts.contract import Problem
from kpi_app import access
from kpi_app.store import database, tables
from kpi_app.store.accounts import sessions, users
from kpi_app.store.database import Database
from kpi_app.store.proving import audit

RIGHT = "correct horse"
CONSOLE = access.CONSOLE


@pytest.fixture
def wang(db: Database) -> access.Identity:
    return users.add(
        db,
        CONSOLE,
        "Wang",
        RIGHT,
        roles=["head", "staff"],
        person_id="E001",
        scopes=["team:T01", "department:S01/售后部"],
    )


@pytest.mark.both
def test_a_user_signs_in_with_roles_and_scopes(db: Database, wang: access.Identity) -> None:
    found = users.sign_in(db, " ＷＡＮＧ ", RIGHT, address="10.0.0.1")
    assert found == wang
    assert (found.name, found.person_id) == ("wang", "E001")
    assert found.roles == {"head", "staff"}
    assert found.scopes == {"team:T01", "department:S01/售后部"}


@pytest.mark.parametrize(("name", "says"), [(" ", "不能为空"), ("w" * 65, "最多 64 个字"), ("ﷺ" * 4, "最多 64 个字")])
def test_a_name_of_no_person_is_refused_and_leaves_nothing_behind(db: Database, name: str, says: str) -> None:
    before = audit.listing(db, CONSOLE)
    with pytest.raises(Problem, match=says):
        users.sign_in(db, name, RIGHT)
    assert audit.listing(db, CONSOLE) == before
    assert users.login_name("w" * 64) == "w" * 64


@pytest.mark.both
@pytest.mark.parametrize(("name", "password"), [("wang", "wrong horse"), ("nobody", RIGHT), ("wang", "")])
def test_a_wrong_name_and_a_wrong_password_are_told_the_same(
    db: Database, wang: access.Identity, name: str, password: str
) -> None:
    with pytest.raises(Problem, match="用户名或密码不对"):
        users.sign_in(db, name, password)
    refused = audit.listing(db, CONSOLE)[0]
    assert (refused["verb"], refused["user"]) == ("sign_in.refused", "nobody")


def test_passwords_are_kept_as_argon2id_only(db: Database, wang: access.Identity) -> None:
    with db.read() as conn:
        assert conn.execute(sa.select(tables.users.c.password_hash)).scalar_one().startswith("$argon2id$")
    assert RIGHT.encode() not in b"".join(path.read_bytes() for path in db.home.glob("kpi.sqlite3*"))


@pytest.mark.both
def test_each_failure_doubles_the_wait_and_the_right_password_ends_it(
    db: Database, wang: access.Identity, clock: list[datetime]
) -> None:
    for _ in range(4):  # four cost nothing
        with pytest.raises(Problem, match="不对"):
            users.sign_in(db, "wang", "wrong")
    for wait in (2, 4, 8, 16):
        with pytest.raises(Problem, match="秒后再试"):
            users.sign_in(db, "wang", RIGHT)  # not even the right one
        clock[0] += timedelta(seconds=wait) - timedelta(microseconds=1)
        with pytest.raises(Problem, match="请 1 秒后再试"):
            users.sign_in(db, "wang", RIGHT)
        clock[0] += timedelta(microseconds=1)
        with pytest.raises(Problem, match="不对"):
            users.sign_in(db, "wang", "wrong")
    clock[0] += timedelta(seconds=32)
    assert users.sign_in(db, "wang", RIGHT) == wang
    with pytest.raises(Problem, match="不对"):
        users.sign_in(db, "wang", "wrong")
    assert users.sign_in(db, "wang", RIGHT) == wang


def test_the_wait_never_exceeds_a_quarter_of_an_hour(
    db: Database, wang: access.Identity, clock: list[datetime]
) -> None:
    for _ in range(40):
        clock[0] += timedelta(minutes=15)
        with pytest.raises(Problem, match="不对"):
            users.sign_in(db, "wang", "wrong")
    clock[0] += timedelta(minutes=15)
    assert users.sign_in(db, "wang", RIGHT) == wang


def test_one_address_cannot_try_many_names(db: Database, wang: access.Identity, clock: list[datetime]) -> None:
    for number in range(20):
        with pytest.raises(Problem, match="不对"):
            users.sign_in(db, f"name{number}", "wrong", address="10.0.0.9")
    with pytest.raises(Problem, match="秒后再试"):
        users.sign_in(db, "wang", RIGHT, address="10.0.0.9")
    assert users.sign_in(db, "wang", RIGHT, address="10.0.0.1") == wang


def test_failures_are_forgotten_after_a_day(db: Database, wang: access.Identity, clock: list[datetime]) -> None:
    for _ in range(5 * 2):
        clock[0] += timedelta(minutes=15)
        with pytest.raises(Problem, match="不对"):
            users.sign_in(db, "wang", "wrong")
    clock[0] += timedelta(days=1, seconds=1)
    for _ in range(4):
        with pytest.raises(Problem, match="不对"):
            users.sign_in(db, "wang", "wrong")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"name": "WANG", "roles": ["admin"]}, "已存在"),
        ({"name": " ", "roles": ["admin"]}, "不能为空"),
        ({"name": "li", "roles": ["boss"]}, "没有角色"),
        ({"name": "li", "roles": []}, "至少给一个角色"),
        ({"name": "li", "roles": ["head"]}, "需要范围"),
        ({"name": "li", "roles": ["staff"]}, "需要工号"),
        ({"name": "li", "roles": ["head"], "scopes": ["shop:S01"]}, "范围"),
        ({"name": "li", "roles": ["head"], "scopes": ["department:售后部"]}, "范围"),
        ({"name": "li", "roles": ["director"], "scopes": ["group"], "person_id": "E001"}, "一人只能有一个用户"),
        ({"name": "li", "roles": ["admin"], "password": "seven77"}, "至少 8 位"),
    ],
)
def test_what_cannot_be_added_says_why(
    db: Database, wang: access.Identity, given: dict[str, object], message: str
) -> None:
    with pytest.raises(Problem, match=message):
        users.add(db, CONSOLE, **{"password": RIGHT, **given})  # type: ignore[arg-type]
    assert [user["name"] for user in users.listing(db, CONSOLE)] == ["wang"]


@pytest.mark.both
def test_a_disabled_user_is_out_at_once(db: Database, wang: access.Identity) -> None:
    token = sessions.open_(db, wang)
    users.disable(db, CONSOLE, "wang")
    assert sessions.resume(db, token) is None
    with pytest.raises(Problem, match="不对"):
        users.sign_in(db, "wang", RIGHT)
    assert users.add(db, CONSOLE, "wang2", RIGHT, roles=["staff"], person_id="E001").name == "wang2"


@pytest.mark.both
def test_a_disabled_user_who_is_enabled_again_is_as_before(db: Database, wang: access.Identity) -> None:
    users.disable(db, CONSOLE, "wang")
    users.enable(db, CONSOLE, " WANG ")
    assert users.sign_in(db, "wang", RIGHT) == wang
    assert [it["about"] for it in audit.listing(db, CONSOLE, verb="user.enable")] == [{"user": "wang"}]


def test_a_user_whose_person_has_another_account_by_now_stays_disabled(db: Database, wang: access.Identity) -> None:
    users.disable(db, CONSOLE, "wang")
    users.add(db, CONSOLE, "wang2", RIGHT, roles=["staff"], person_id="E001")
    with pytest.raises(Problem, match="E001 已有用户 wang2"):
        users.enable(db, CONSOLE, "wang")


@pytest.fixture
def boss(db: Database) -> access.Identity:
    """The only administrator."""
    return users.add(db, CONSOLE, "boss", RIGHT, roles=["admin"])


Deed = Callable[[Database, access.Identity, str], None]
"""What takes an administrator away."""


def takes_the_role(db: Database, who: access.Identity, name: str) -> None:
    users.change(db, who, name, roles=["staff"], person_id="E001" if name == "boss" else "E002")


def is_still_admin(db: Database) -> list[str]:
    listed = users.listing(db, CONSOLE)
    return [it["name"] for it in listed if "admin" in it["roles"].split(",") and not it["is_disabled"]]


@pytest.mark.both
@pytest.mark.parametrize("deed", [users.disable, takes_the_role])
def test_the_last_administrator_stays_one_whoever_asks(db: Database, boss: access.Identity, deed: Deed) -> None:
    users.add(db, CONSOLE, "deputy", RIGHT, roles=["admin"])
    deputy = users.sign_in(db, "deputy", RIGHT)
    users.disable(db, boss, "deputy")  # a disabled one does not count
    for who in (CONSOLE, deputy):
        with pytest.raises(Problem, match="最后一个可用的管理员"):
            deed(db, who, "boss")
    assert is_still_admin(db) == ["boss"]
    users.enable(db, boss, "deputy")
    deed(db, deputy, "boss")
    assert is_still_admin(db) == ["deputy"]


def test_the_last_administrator_may_have_other_roles_besides(db: Database, boss: access.Identity) -> None:
    users.change(db, boss, "boss", roles=["admin", "staff"], person_id="E009")
    assert is_still_admin(db) == ["boss"]


def test_nobody_disables_the_own_account(db: Database, boss: access.Identity) -> None:
    users.add(db, CONSOLE, "deputy", RIGHT, roles=["admin"])
    with pytest.raises(Problem, match="不能停用自己的账号"):
        users.disable(db, boss, "BOSS")
    assert is_still_admin(db) == ["boss", "deputy"]


@pytest.mark.both
@pytest.mark.parametrize("deed", [users.disable, takes_the_role])
def test_of_two_administrators_who_remove_each_other_at_once_one_is_left(
    db: Database, boss: access.Identity, deed: Deed
) -> None:
    deputy = users.add(db, CONSOLE, "deputy", RIGHT, roles=["admin"])
    told: list[str] = []
    ready = threading.Barrier(2)

    def remove(who: access.Identity, name: str) -> None:
        own = database.connect(db.settings)
        ready.wait()
        try:
            deed(own, who, name)
            told.append("done")
        except Problem as problem:
            told.append(problem.text.zh)
        finally:
            own.close()

    removers = [threading.Thread(target=remove, args=pair) for pair in ((boss, "deputy"), (deputy, "boss"))]
    for remover in removers:
        remover.start()
    for remover in removers:
        remover.join()
    assert len(is_still_admin(db)) == 1
    assert [it == "done" for it in sorted(told)] == [True, False]
    assert "最后一个可用的管理员" in sorted(told)[1]


@pytest.mark.both
def test_a_new_password_ends_the_sessions(db: Database, wang: access.Identity) -> None:
    token = sessions.open_(db, wang)
    users.set_password(db, wang, "wang", "battery staple")
    assert sessions.resume(db, token) is None
    assert users.sign_in(db, "wang", "battery staple") == wang


@pytest.mark.both
def test_changed_roles_end_the_sessions(db: Database, wang: access.Identity) -> None:
    token = sessions.open_(db, wang)
    users.change(db, CONSOLE, "wang", roles=["hr"], scopes=["store:S01"], person_id="E001")
    assert sessions.resume(db, token) is None
    assert users.sign_in(db, "wang", RIGHT).roles == {"hr"}
    assert users.listing(db, CONSOLE) == [
        {
            "name": "wang", "roles": "hr", "scopes": "store:S01", "person_id": "E001",
            "is_disabled": False, "has_first_password": False, "is_bound": False,
        }
    ]  # fmt: skip


def test_only_administrators_manage_users(db: Database, wang: access.Identity) -> None:
    for deed in (
        lambda: users.add(db, wang, "li", RIGHT, roles=["admin"]),
        lambda: users.change(db, wang, "wang", roles=["admin"]),
        lambda: users.disable(db, wang, "wang"),
        lambda: users.enable(db, wang, "wang"),
        lambda: users.set_password(db, wang, "console", RIGHT),
        lambda: users.listing(db, wang),
    ):
        with pytest.raises(access.Forbidden, match="维护用户"):
            deed()


def test_a_user_named_like_the_console_has_no_more_rights(db: Database) -> None:
    user = users.add(db, CONSOLE, "console", RIGHT, roles=["staff"], person_id="E009")
    with pytest.raises(access.Forbidden):
        users.add(db, user, "li", RIGHT, roles=["admin"])
