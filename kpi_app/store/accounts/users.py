"""Who may sign in. Passwords are kept as argon2id hashes; guessing is slowed down per name and per address.

Whoever another vouches for (an identity provider, a reverse proxy) is a user here too: roles come from nowhere else.
"""

import unicodedata
from collections.abc import Collection
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import sqlalchemy as sa
from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError

from data_contracts.contract import Problem
from kpi_app import access
from kpi_app.store import tables
from kpi_app.store.accounts import posts
from kpi_app.store.database import Database
from kpi_app.store.proving import audit
from kpi_app.store.rows import facts
from scorecards.posts import store_names

SHORTEST_PASSWORD = 8
LONGEST_NAME = 64
FREE_FAILURES = {"name": 4, "address": 20}
"""So many wrong passwords cost no waiting: an address may be a whole office's."""
LONGEST_WAIT = timedelta(minutes=15)
FORGOTTEN_AFTER = timedelta(days=1)

NOBODY = access.Identity(user_id=0, name="nobody")
"""Who an entry of the audit names when nobody has signed in yet."""

_hasher = PasswordHasher()


class TooManyAttempts(Problem):
    """A password is not looked at before the wait is over."""


def add(
    db: Database,
    who: access.Identity,
    name: str,
    password: str,
    *,
    roles: Collection[str],
    person_id: str | None = None,
    scopes: Collection[str] = (),
    is_first_password: bool = False,
) -> access.Identity:
    """Add a user; ``is_first_password`` makes them choose their own when they sign in.

    Raises Problem for a name or 工号 in use, an unknown role or scope, a role without its scope.
    """
    access.require(who, access.Right.USERS)
    name = login_name(name)
    _check_grant(roles, person_id, scopes)
    password_hash = _hashed(password)
    it = tables.users.c
    with db.write() as conn:
        if conn.execute(sa.select(it.user_id).where(it.name == name)).first():
            raise Problem(f"用户名 {name} 已存在；请换一个。", f"There is a user {name} already; choose another name.")
        _one_account_each(conn, person_id, except_user=None)
        user_id: int = conn.execute(
            sa.insert(tables.users)
            .values(
                name=name,
                password_hash=password_hash,
                person_id=person_id,
                is_disabled=False,
                has_first_password=is_first_password,
                created_at=db.settings.now_utc(),
            )
            .returning(it.user_id)
        ).scalar_one()
        _grant(conn, user_id, roles, scopes)
        audit.note(
            db, conn, who, "user.add", user=name, roles=sorted(roles), scopes=sorted(scopes), person_id=person_id
        )
        return identity(conn, user_id)


def change(
    db: Database,
    who: access.Identity,
    name: str,
    *,
    roles: Collection[str],
    person_id: str | None = None,
    scopes: Collection[str] = (),
) -> None:
    """Give a user these roles, scopes and 工号 instead of the former, and end the user's sessions.

    Raises Problem as :func:`add`, and where nobody would be left to manage users.
    """
    access.require(who, access.Right.USERS)
    _check_grant(roles, person_id, scopes)
    with db.write() as conn:
        user_id = _user_id(conn, name)
        _one_account_each(conn, person_id, except_user=user_id)
        if not any(access.Right.USERS in access.ROLES[role] for role in roles):
            _leave_an_administrator(conn, user_id)
        for table in (tables.user_roles, tables.user_scopes):
            conn.execute(sa.delete(table).where(table.c.user_id == user_id))
        _grant(conn, user_id, roles, scopes)
        _set(conn, user_id, person_id=person_id)
        audit.note(
            db, conn, who, "user.change", user=name, roles=sorted(roles), scopes=sorted(scopes), person_id=person_id
        )


def disable(db: Database, who: access.Identity, name: str) -> None:
    """Let a user sign in no more, and end the user's sessions.

    Raises Problem for one's own account, and for the last that can manage users.
    """
    access.require(who, access.Right.USERS)
    with db.write() as conn:
        user_id = _user_id(conn, name)
        if user_id == who.user_id:
            raise Problem(
                "不能停用自己的账号；请另一位管理员来做。",
                "You cannot disable your own account; ask another administrator.",
            )
        _leave_an_administrator(conn, user_id)
        _set(conn, user_id, is_disabled=True)
        audit.note(db, conn, who, "user.disable", user=login_name(name))


def enable(db: Database, who: access.Identity, name: str) -> None:
    """Let a disabled user sign in again, with the password, roles and scopes from before.

    Raises Problem where the user's 工号 has another account by now.
    """
    access.require(who, access.Right.USERS)
    with db.write() as conn:
        user_id = _user_id(conn, name)
        _one_account_each(conn, identity(conn, user_id).person_id, except_user=user_id)
        _set(conn, user_id, is_disabled=False)
        audit.note(db, conn, who, "user.enable", user=login_name(name))


def set_password(db: Database, who: access.Identity, name: str, password: str) -> None:
    """Set a user's password (everybody their own, an administrator anybody's) and end the user's sessions.

    A password that another set is a first password: its holder chooses an own one at the next sign-in.
    """
    is_own = login_name(name) == who.name and not who.is_console
    if not is_own:
        access.require(who, access.Right.USERS)
    password_hash = _hashed(password)
    with db.write() as conn:
        _set(conn, _user_id(conn, name), password_hash=password_hash, has_first_password=not is_own)
        audit.note(db, conn, who, "user.password", user=login_name(name))


def change_password(db: Database, who: access.Identity, current: str, password: str) -> None:
    """Set one's own password, knowing the current one, and end one's sessions. Raises Problem for a wrong one."""
    if password == current:
        raise Problem("新密码与原密码相同；请换一个。", "The new password is the current one; choose another.")
    sign_in(db, who.name, current)
    set_password(db, who, who.name, password)


def bind(db: Database, who: access.Identity, name: str, *, issuer: str, subject: str) -> None:
    """Let whom ``issuer`` calls ``subject`` sign in as a user. Raises Problem where another user has that already."""
    access.require(who, access.Right.USERS)
    if not subject.strip():
        raise Problem("请填写外部账号编号。", "Give the provider's id of the person.")
    it = tables.user_logins.c
    at = _bound_to(issuer, subject)
    with db.write() as conn:
        user_id = _user_id(conn, name)
        if conn.execute(sa.select(it.user_id).where(at, it.user_id != user_id)).first():
            raise Problem(
                f"{issuer} 的 {subject} 已绑定另一个用户；请先解除。",
                f"{subject} of {issuer} belongs to another user already; unbind it first.",
            )
        conn.execute(sa.delete(tables.user_logins).where(at))
        conn.execute(sa.insert(tables.user_logins).values(issuer=issuer, subject=subject, user_id=user_id))
        audit.note(db, conn, who, "user.bind", user=login_name(name), issuer=issuer, subject=subject)


def unbind(db: Database, who: access.Identity, name: str) -> None:
    """Take all sign-ins of identity providers from a user, and end the user's sessions."""
    access.require(who, access.Right.USERS)
    with db.write() as conn:
        user_id = _user_id(conn, name)
        conn.execute(sa.delete(tables.user_logins).where(tables.user_logins.c.user_id == user_id))
        _set(conn, user_id)
        audit.note(db, conn, who, "user.unbind", user=login_name(name))


def vouched_by_issuer(db: Database, issuer: str, subject: str, *, address: str | None = None) -> access.Identity:
    """The user bound to whom an identity provider calls ``subject``. Raises Problem where there is none."""
    bound = sa.select(tables.user_logins.c.user_id).where(_bound_to(issuer, subject))
    refused = Problem(
        f"此外部账号尚未绑定用户；请把编号 {subject} 交给管理员。",
        f"This account is bound to no user yet; give the administrator its id {subject}.",
    )
    return _vouched(db, bound, refused, address=address, issuer=issuer, subject=subject)


def vouched_by_proxy(db: Database, name: str, *, address: str | None = None) -> access.Identity:
    """The user of the name that a reverse proxy has signed in. Raises Problem where there is none."""
    named = sa.select(tables.users.c.user_id).where(tables.users.c.name == login_name(name))
    refused = Problem(f"没有用户 {name}；请联系管理员。", f"There is no user {name}; ask an administrator.")
    return _vouched(db, named, refused, address=address, proxy=login_name(name))


def _bound_to(issuer: str, subject: str) -> sa.ColumnElement[bool]:
    """Is a sign-in that of ``subject`` at ``issuer``? Slashes at an address's end are all one."""
    it = tables.user_logins.c
    return sa.and_(sa.func.rtrim(it.issuer, "/") == issuer.rstrip("/"), it.subject == subject)


def _vouched(
    db: Database, query: sa.Select[int], refused: Problem, *, address: str | None, **about: Any
) -> access.Identity:
    """The enabled user that the query finds, with the sign-in or its refusal in the audit."""
    with db.write() as conn:
        user_id: int | None = conn.execute(query).scalar_one_or_none()
        enabled = sa.select(tables.users.c.user_id).where(
            tables.users.c.user_id == user_id, tables.users.c.is_disabled.is_(False)
        )
        if user_id is not None and conn.execute(enabled).first():
            who = identity(conn, user_id)
            audit.note(db, conn, who, "sign_in", address=address, **about)
            return who
        audit.note(db, conn, NOBODY, "sign_in.refused", address=address, **about)
    raise refused


def listing(db: Database, who: access.Identity) -> list[dict[str, Any]]:
    """All users with roles and scopes, by name; ``is_bound`` says that an identity provider signs them in."""
    access.require(who, access.Right.USERS)
    with db.read() as conn:
        found = conn.execute(sa.select(tables.users).order_by(tables.users.c.name)).all()
        bound = set(conn.execute(sa.select(tables.user_logins.c.user_id)).scalars())
        return [
            {
                "name": user.name,
                "roles": ",".join(_words(conn, tables.user_roles.c.role, user.user_id)),
                "scopes": ",".join(_words(conn, tables.user_scopes.c.scope, user.user_id)),
                "person_id": user.person_id,
                "is_disabled": user.is_disabled,
                "has_first_password": user.has_first_password,
                "is_bound": user.user_id in bound,
            }
            for user in found
        ]


def places(db: Database, who: access.Identity) -> dict[str, tuple[str, str]]:
    """The scopes that there are today, each with the store's name and the department or team in it, or blanks."""
    access.require(who, access.Right.USERS)
    with db.read() as conn:
        rows = facts.of(db, facts.at(conn, contracts=["people", "stores"]))
    stores = store_names(rows)
    held = posts.roster(rows, db.settings.today())
    found = {access.GROUP: ("", "")}
    found |= {f"store:{store_id}": (name, "") for store_id, name in stores.items()}
    for column, kind in (("department", "department"), ("team_id", "team")):
        for store_id, place in sorted(held.select("store_id", column).unique().drop_nulls().iter_rows()):
            found[f"{kind}:{place}"] = (stores.get(store_id, store_id), place.rpartition("/")[2])
    return found


def identity(conn: sa.Connection, user_id: int) -> access.Identity:
    """The user as rights see it, at this moment."""
    user = conn.execute(sa.select(tables.users).where(tables.users.c.user_id == user_id)).one()
    return access.Identity(
        user_id=user.user_id,
        name=user.name,
        roles=frozenset(_words(conn, tables.user_roles.c.role, user_id)),
        scopes=frozenset(_words(conn, tables.user_scopes.c.scope, user_id)),
        person_id=user.person_id,
        has_first_password=user.has_first_password,
    )


def sign_in(db: Database, name: str, password: str, *, address: str | None = None) -> access.Identity:
    """The user of that name and password.

    Raises Problem where they do not match, TooManyAttempts where too many wrong ones came for the name or from the
    address: then each failure doubles the wait. An attempt counts as a failure until it has succeeded, so that parallel
    guesses gain nothing.
    """
    name = login_name(name)
    subjects = {"name": name} | ({"address": address} if address is not None else {})
    now = db.settings.now_utc()
    with db.write() as conn:
        for kind, subject in subjects.items():
            _count_attempt(conn, kind, f"{kind}:{subject}", now)
        user = conn.execute(sa.select(tables.users).where(tables.users.c.name == name)).one_or_none()
    is_right = _verified(user.password_hash if user is not None else _hash_of_nothing(), password)
    with db.write() as conn:
        if user is not None and is_right:
            who = identity(conn, user.user_id)
            # Read again: the account may have been disabled while the password was being checked.
            now_disabled = sa.select(tables.users.c.is_disabled).where(tables.users.c.user_id == user.user_id)
            if not conn.execute(now_disabled).scalar_one():
                _forgive(conn, name, address)
                audit.note(db, conn, who, "sign_in", address=address)
                return who
        audit.note(db, conn, NOBODY, "sign_in.refused", user=name, address=address)
    raise Problem(
        "用户名或密码不对；请重试，忘记时请管理员重设。", "Wrong name or password; try again, or ask for a reset."
    )


def login_name(name: str) -> str:
    """A name as it is kept: no case, no width, no blanks around it. Raises Problem for an empty or endless one."""
    kept = unicodedata.normalize("NFKC", name[: LONGEST_NAME + 1]).strip().casefold()
    if not kept:
        raise Problem("用户名不能为空。", "The user name is empty.")
    if max(len(name), len(kept)) > LONGEST_NAME:
        raise Problem(
            f"用户名最多 {LONGEST_NAME} 个字；请写短一些。",
            f"A user name has at most {LONGEST_NAME} characters; write a shorter one.",
        )
    return kept


def _check_grant(roles: Collection[str], person_id: str | None, scopes: Collection[str]) -> None:
    for text in scopes:
        access.scope(text)
    if not roles:
        raise Problem("请至少给一个角色。", "Give at least one role.")
    for text in roles:
        rights = access.ROLES[access.role(text)]
        if rights & access.SCOPED and not scopes:
            raise Problem(
                f"角色 {text} 需要范围；请加 --scope store:S01、department:S01/售后部、team:T01 或 group。",
                f"The role {text} needs a scope: --scope store:S01, department:S01/售后部, team:T01 or group.",
            )
        if text == "staff" and person_id is None:
            raise Problem("角色 staff 需要工号；请加 --person。", "The role staff needs the person's id: --person.")


def _one_account_each(conn: sa.Connection, person_id: str | None, *, except_user: int | None) -> None:
    """With two accounts, one person could approve what the same person prepared."""
    it = tables.users.c
    taken = sa.select(it.user_id, it.name).where(it.person_id == person_id, it.is_disabled.is_(False))
    if person_id is not None and (other := conn.execute(taken).first()) and other.user_id != except_user:
        raise Problem(
            f"工号 {person_id} 已有用户 {other.name}；一人只能有一个用户。",
            f"{person_id} has the user {other.name} already; one person has one user.",
        )


def _leave_an_administrator(conn: sa.Connection, user_id: int) -> None:
    """Refuse to go on without the user where no other enabled one may manage users: nobody could mend that here."""
    it, of = tables.users.c, tables.user_roles.c
    managing = [role for role, rights in access.ROLES.items() if access.Right.USERS in rights]
    enabled = sa.select(it.user_id).join(tables.user_roles, of.user_id == it.user_id)
    left = set(conn.execute(enabled.where(it.is_disabled.is_(False), of.role.in_(managing))).scalars())
    if left == {user_id}:
        raise Problem(
            "这是最后一个可用的管理员账号，不能停用或去掉管理员角色；请先设另一位管理员。",
            "This is the last administrator who can sign in, and stays one; make another administrator first.",
        )


def _grant(conn: sa.Connection, user_id: int, roles: Collection[str], scopes: Collection[str]) -> None:
    for word in sorted(set(roles)):
        conn.execute(sa.insert(tables.user_roles).values(user_id=user_id, role=word))
    for word in sorted(set(scopes)):
        conn.execute(sa.insert(tables.user_scopes).values(user_id=user_id, scope=word))


def _set(conn: sa.Connection, user_id: int, **values: Any) -> None:
    if values:
        conn.execute(sa.update(tables.users).where(tables.users.c.user_id == user_id).values(**values))
    conn.execute(sa.delete(tables.sessions).where(tables.sessions.c.user_id == user_id))


def _user_id(conn: sa.Connection, name: str) -> int:
    found: int | None = conn.execute(
        sa.select(tables.users.c.user_id).where(tables.users.c.name == login_name(name))
    ).scalar()
    if found is None:
        raise Problem(f"没有用户 {name}；kpi user list 列出全部。", f"There is no user {name}; see kpi user list.")
    return found


def _words(conn: sa.Connection, column: sa.ColumnElement[str], user_id: int) -> list[str]:
    table: Any = column.table
    return list(conn.execute(sa.select(column).where(table.c.user_id == user_id).order_by(column)).scalars())


def _hashed(password: str) -> str:
    if len(password) < SHORTEST_PASSWORD:
        raise Problem(
            f"密码至少 {SHORTEST_PASSWORD} 位；请换一个。",
            f"A password has at least {SHORTEST_PASSWORD} characters; choose another.",
        )
    return _hasher.hash(password)


@cache
def _hash_of_nothing() -> str:
    """What a wrong name is checked against, so that it takes as long as a wrong password."""
    return _hasher.hash("")


def _verified(password_hash: str, password: str) -> bool:
    try:
        return _hasher.verify(password_hash, password)
    except VerifyMismatchError:
        return False


def _count_attempt(conn: sa.Connection, kind: str, subject: str, now: datetime) -> None:
    it = tables.login_failures.c
    row = conn.execute(sa.select(it.failures, it.last_at).where(it.subject == subject)).one_or_none()
    if row is None or now - row.last_at > FORGOTTEN_AFTER:
        conn.execute(sa.delete(tables.login_failures).where(it.subject == subject))
        conn.execute(sa.insert(tables.login_failures).values(subject=subject, failures=1, last_at=now))
        return
    excess = row.failures - FREE_FAILURES[kind]
    # 2 s after the first failure too many, then 4 s, 8 s …; the exponent is held down before the power is taken
    wait = min(timedelta(seconds=2 ** min(excess + 1, 16)), LONGEST_WAIT) if excess >= 0 else timedelta(0)
    if now < row.last_at + wait:
        seconds = int((row.last_at + wait - now).total_seconds()) + 1
        raise TooManyAttempts(
            f"尝试过多；请 {seconds} 秒后再试。", f"Too many attempts; try again in {seconds} seconds."
        )
    conn.execute(
        sa.update(tables.login_failures).where(it.subject == subject).values(failures=row.failures + 1, last_at=now)
    )


def _forgive(conn: sa.Connection, name: str, address: str | None) -> None:
    it = tables.login_failures.c
    conn.execute(sa.delete(tables.login_failures).where(it.subject == f"name:{name}"))
    if address is not None:
        conn.execute(
            sa.update(tables.login_failures).where(it.subject == f"address:{address}").values(failures=it.failures - 1)
        )
