"""A month's publication, sign-offs, levels of approval, its settings, answers to its checks, inputs, reminders.

SQLite cannot change a check of a table that is there: the table is made anew under its name, with every trigger of the
database set aside and put back, since triggers of other tables read it.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

STATUSES = "status IN ('open', 'computed', 'published', 'submitted', 'approved', 'locked')"
VERBS = "verb IN ('compute', 'sign_off', 'publish', 'submit', 'return', 'approve', 'lock')"
ADDED = {
    "level": sa.Integer,
    "levels": sa.Integer,
    "department": sa.Text,
    "file": sa.Text,
    "file_sha256": sa.Text,
    "recorded_by": sa.Text,
}
"""The columns that month_events gains."""
KEPT = ("month_settings", "month_answers", "snapshot_inputs", "reminders")
"""Tables whose rows are only ever added."""
OF_A_UNIT = ("month_answers", "snapshot_inputs")
"""Tables whose rows belong to a unit and take nothing once it is locked."""


def _sqlite() -> list[str]:
    refuse = "SELECT RAISE(ABORT, '{0}')"
    locked = "'locked' = (SELECT status FROM pay_units WHERE period = NEW.period AND store_id = NEW.store_id)"
    made = [
        f"CREATE TRIGGER {table}_keeps_{deed.lower()} BEFORE {deed} ON {table} "
        f"BEGIN {refuse.format(f'rows of {table} are kept as they are')}; END"
        for table in KEPT
        for deed in ("UPDATE", "DELETE")
    ]
    made += [
        f"CREATE TRIGGER {table}_locked BEFORE INSERT ON {table} "
        f"WHEN {locked} BEGIN {refuse.format('the month is locked')}; END"
        for table in OF_A_UNIT
    ]
    return made


def _postgresql() -> list[str]:
    made = []
    for table, name, when, each, function in (
        *((table, "keeps", "BEFORE UPDATE OR DELETE", "STATEMENT", "kpi_kept") for table in KEPT),
        *((table, "truncate", "BEFORE TRUNCATE", "STATEMENT", "kpi_kept") for table in KEPT),
        *((table, "locked", "BEFORE INSERT", "ROW", "kpi_row_of_unit") for table in OF_A_UNIT),
    ):
        made.append(f"CREATE TRIGGER {table}_{name} {when} ON {table} FOR EACH {each} EXECUTE FUNCTION {function}()")
        made.append(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_{name}")
    return made


@contextmanager
def _triggers_set_aside() -> Iterator[None]:
    conn = op.get_bind()
    found = conn.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' ORDER BY rowid").all()
    for name, _ in found:
        op.execute(f'DROP TRIGGER "{name}"')
    yield
    for _, statement in found:
        conn.exec_driver_sql(statement)


def _made_anew(table: str, columns: str, *items: sa.schema.SchemaItem) -> None:
    """A table under its name with other checks; ``columns`` are those it keeps its rows of."""
    op.create_table(f"{table}_anew", *items)
    op.execute(f"INSERT INTO {table}_anew ({columns}) SELECT {columns} FROM {table}")  # noqa: S608 - our own names
    op.drop_table(table)
    op.rename_table(f"{table}_anew", table)


def _wider_checks_on_sqlite() -> None:
    with _triggers_set_aside():
        _made_anew(
            "pay_units",
            "period, store_id, status, snapshot_id",
            sa.Column("period", sa.Text(), nullable=False),
            sa.Column("store_id", sa.Text(), nullable=False),
            sa.Column("status", sa.Text(), nullable=False),
            sa.Column("snapshot_id", sa.Integer(), nullable=True),
            sa.CheckConstraint(STATUSES, name="ck_pay_units_status"),
            sa.CheckConstraint("status = 'open' OR snapshot_id IS NOT NULL", name="ck_pay_units_computed_has_snapshot"),
            sa.ForeignKeyConstraint(["snapshot_id"], ["snapshots.snapshot_id"], name="fk_pay_units_snapshot_id"),
            sa.PrimaryKeyConstraint("period", "store_id", name="pk_pay_units"),
        )
        _made_anew(
            "month_events",
            "event_id, period, store_id, snapshot_id, verb, user_id, user_name, person_id, at, words",
            sa.Column("event_id", sa.Integer(), autoincrement=False, nullable=False),
            sa.Column("period", sa.Text(), nullable=False),
            sa.Column("store_id", sa.Text(), nullable=False),
            sa.Column("snapshot_id", sa.Integer(), nullable=False),
            sa.Column("verb", sa.Text(), nullable=False),
            sa.Column("user_id", sa.Integer(), nullable=True),
            sa.Column("user_name", sa.Text(), nullable=False),
            sa.Column("person_id", sa.Text(), nullable=True),
            sa.Column("at", sa.DateTime(timezone=True), nullable=False),
            sa.Column("words", sa.Text(), nullable=False),
            *(sa.Column(name, kind(), nullable=True) for name, kind in ADDED.items()),
            sa.CheckConstraint(VERBS, name="ck_month_events_verb"),
            sa.ForeignKeyConstraint(["snapshot_id"], ["snapshots.snapshot_id"], name="fk_month_events_snapshot_id"),
            sa.PrimaryKeyConstraint("event_id", name="pk_month_events"),
        )
        op.create_index("ix_month_events_period_store_id", "month_events", ["period", "store_id"])


def _wider_checks_on_postgresql() -> None:
    for name, kind in ADDED.items():
        op.add_column("month_events", sa.Column(name, kind(), nullable=True))
    for table, name, check in (("pay_units", "status", STATUSES), ("month_events", "verb", VERBS)):
        op.drop_constraint(f"ck_{table}_ck_{table}_{name}", table)  # the naming convention came on top in 0002
        op.create_check_constraint(f"ck_{table}_{name}", table, check)


def upgrade() -> None:
    """Widen the checks, make the tables and their guards."""
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    if is_sqlite:
        _wider_checks_on_sqlite()
    else:
        _wider_checks_on_postgresql()
    op.create_table(
        "month_settings",
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("since", sa.Text(), nullable=False),
        sa.Column("store_id", sa.Text(), nullable=True),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("version", name="pk_month_settings"),
    )
    op.create_table(
        "month_answers",
        sa.Column("answer_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("store_id", sa.Text(), nullable=False),
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("mark", sa.Text(), nullable=False),
        sa.Column("choice", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("user_name", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("choice IN ('accept', 'carry', 'block')", name="ck_month_answers_choice"),
        sa.CheckConstraint("words <> ''", name="ck_month_answers_has_words"),
        sa.PrimaryKeyConstraint("answer_id", name="pk_month_answers"),
    )
    op.create_index("ix_month_answers_period_store_id", "month_answers", ["period", "store_id"])
    op.create_table(
        "snapshot_inputs",
        sa.Column("snapshot_id", sa.Integer(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("store_id", sa.Text(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["snapshot_id"], ["snapshots.snapshot_id"], name="fk_snapshot_inputs_snapshot_id"),
        sa.PrimaryKeyConstraint("snapshot_id", name="pk_snapshot_inputs"),
    )
    op.create_table(
        "reminders",
        sa.Column("reminder_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("store_id", sa.Text(), nullable=False),
        sa.Column("department", sa.Text(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("text_zh", sa.Text(), nullable=False),
        sa.Column("text_en", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("reminder_id", name="pk_reminders"),
        sa.UniqueConstraint("kind", "about", name="uq_reminders_kind_about"),
    )
    for statement in _sqlite() if is_sqlite else _postgresql():
        op.execute(statement)
