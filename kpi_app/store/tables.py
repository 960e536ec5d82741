"""The tables of the database. Facts are not here: they are Parquet files that ``manifest`` names.

Times are UTC, money is integer fen, text holds no NUL; the column types see to it on SQLite and PostgreSQL alike.
"""

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect

from data_contracts.contract import Problem

REVISION = "0011"
"""The newest migration; a store that is older is brought up to it when it is opened."""


class UTCTime(sa.TypeDecorator[datetime]):
    """An aware moment; naive ones are refused, and SQLite, which drops zones, holds it in UTC."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value!r} has no time zone")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Fen(sa.TypeDecorator[int]):
    """Money in whole fen; floats and decimals are refused rather than rounded."""

    impl = sa.BigInteger
    cache_ok = True

    def process_bind_param(self, value: int | None, dialect: Dialect) -> int | None:
        if value is not None and type(value) is not int:
            raise TypeError(f"{value!r} is not a whole number of fen")
        return value


class NoText(Problem, sa.exc.DontWrapMixin):
    """What is no text: no office types it, and no database keeps it as it is."""


def require_text(value: str) -> None:
    """Raise Problem for a NUL character, which PostgreSQL refuses and SQLite would keep, and for bytes that are no
    UTF-8, as names of files from other systems hold them."""
    if "\x00" in value:
        raise NoText(
            "文字里有不可见的空字符（NUL）；请删去后重试。",
            "The text holds a NUL character; take it out and try again.",
        )
    try:
        value.encode()
    except UnicodeEncodeError:
        raise NoText(
            "文字或文件名里有不是 UTF-8 的字符；请改正，文件请先重命名。",
            "A text or file name is not UTF-8; correct it, or rename the file.",
        ) from None


class Words(sa.TypeDecorator[str]):
    """Text that is text."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        if value is not None:
            require_text(value)
        return value


metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def table(name: str, *columns: sa.schema.SchemaItem, **more: Any) -> sa.Table:
    """A table of this database."""
    return sa.Table(name, metadata, *columns, **more)


# Who may sign in.

users = table(
    "users",
    sa.Column("user_id", sa.Integer, primary_key=True),
    sa.Column("name", Words, nullable=False, unique=True),
    sa.Column("password_hash", Words, nullable=False),
    sa.Column("person_id", Words),
    sa.Column("is_disabled", sa.Boolean, nullable=False),
    sa.Column("has_first_password", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("created_at", UTCTime, nullable=False),
)

user_logins = table(
    "user_logins",
    sa.Column("issuer", Words, primary_key=True),
    sa.Column("subject", Words, primary_key=True),
    sa.Column("user_id", sa.ForeignKey("users.user_id"), nullable=False),
)

user_roles = table(
    "user_roles",
    sa.Column("user_id", sa.ForeignKey("users.user_id"), primary_key=True),
    sa.Column("role", Words, primary_key=True),
)

user_scopes = table(
    "user_scopes",
    sa.Column("user_id", sa.ForeignKey("users.user_id"), primary_key=True),
    sa.Column("scope", Words, primary_key=True),
)

sessions = table(
    "sessions",
    sa.Column("token_sha256", Words, primary_key=True),
    sa.Column("user_id", sa.ForeignKey("users.user_id"), nullable=False, index=True),
    sa.Column("opened_at", UTCTime, nullable=False),
    sa.Column("seen_at", UTCTime, nullable=False),
    sa.Column("address", Words),
    sa.Column("is_vouched", sa.Boolean, nullable=False, server_default=sa.false()),
)

login_failures = table(
    "login_failures",
    sa.Column("subject", Words, primary_key=True),
    sa.Column("failures", sa.Integer, nullable=False),
    sa.Column("last_at", UTCTime, nullable=False),
)

# What was done: append-only, each row hashed over the one before.

audit = table(
    "audit",
    sa.Column("entry", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("at", UTCTime, nullable=False),
    sa.Column("user_id", sa.Integer),
    sa.Column("user_name", Words, nullable=False),
    sa.Column("verb", Words, nullable=False),
    sa.Column("about", Words, nullable=False),
    sa.Column("sha256", Words, nullable=False),
)

# What was imported, and which files make up the facts.

imports = table(
    "imports",
    sa.Column("import_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("kind", Words, nullable=False),
    sa.Column("at", UTCTime, nullable=False),
    sa.Column("user_name", Words, nullable=False),
    sa.Column("undoes", sa.ForeignKey("imports.import_id")),
    sa.CheckConstraint("kind IN ('file', 'entered', 'undo')", name="kind"),
)

import_files = table(
    "import_files",
    sa.Column("import_id", sa.ForeignKey("imports.import_id"), primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True),
    sa.Column("file", Words, nullable=False),
    sa.Column("bytes", sa.BigInteger, nullable=False),
    sa.Column("sha256", Words, nullable=False),
    sa.Column("contract", Words),
    sa.Column("newest", sa.DateTime),
    sa.Column("rows", sa.BigInteger, nullable=False),
    sa.Column("accepted", sa.BigInteger, nullable=False),
    sa.Column("unchanged", sa.BigInteger, nullable=False),
    sa.Column("refused", sa.BigInteger, nullable=False),
    sa.Column("ignored", sa.BigInteger, nullable=False),
    sa.Column("is_refused", sa.Boolean, nullable=False),
    sa.Column("notes", sa.JSON, nullable=False),
    sa.CheckConstraint("accepted + refused + ignored = rows", name="every_row_counts_once"),
)

refusals = table(
    "refusals",
    sa.Column("import_id", sa.Integer, primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("sheet", Words),
    sa.Column("row", sa.BigInteger),
    sa.Column("column", Words),
    sa.Column("value", Words),
    sa.Column("reason_zh", Words, nullable=False),
    sa.Column("reason_en", Words, nullable=False),
    sa.Column("remedy_zh", Words, nullable=False),
    sa.Column("remedy_en", Words, nullable=False),
    sa.ForeignKeyConstraint(["import_id", "position"], ["import_files.import_id", "import_files.position"]),
)

manifest = table(
    "manifest",
    sa.Column("contract", Words, primary_key=True),
    sa.Column("month", Words, primary_key=True),
    sa.Column("since_import", sa.ForeignKey("imports.import_id"), primary_key=True),
    sa.Column("until_import", sa.ForeignKey("imports.import_id")),
    sa.Column("digest", Words, nullable=False),
    sa.Column("rows", sa.BigInteger, nullable=False),
    sa.CheckConstraint("until_import > since_import", name="until_after_since"),
)
sa.Index(
    "uq_manifest_current",
    manifest.c.contract,
    manifest.c.month,
    unique=True,
    sqlite_where=manifest.c.until_import.is_(None),
    postgresql_where=manifest.c.until_import.is_(None),
)

# Phone numbers: keyed hash and masked form, apart from the facts so that a purge rewrites nothing else.

contacts = table(
    "contacts",
    sa.Column("contract", Words, primary_key=True),
    sa.Column("key", Words, primary_key=True),
    sa.Column("since_import", sa.ForeignKey("imports.import_id"), primary_key=True),
    sa.Column("until_import", sa.ForeignKey("imports.import_id")),
    sa.Column("phone_hash", Words, nullable=False),
    sa.Column("phone_masked", Words, nullable=False),
)

# Pay plans, as uploaded: a version is only ever added, and the latest upload of a since counts.

plan_versions = table(
    "plan_versions",
    sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("key", Words, nullable=False),
    sa.Column("since", Words, nullable=False),
    sa.Column("units", sa.JSON),
    sa.Column("text", Words, nullable=False),
    sa.Column("sha256", Words, nullable=False),
    sa.Column("at", UTCTime, nullable=False),
    sa.Column("user_name", Words, nullable=False),
)

# The pay month: a unit is a store; a snapshot is what was computed once, with its lines.

snapshots = table(
    "snapshots",
    sa.Column("snapshot_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("period", Words, nullable=False),
    sa.Column("store_id", Words, nullable=False),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("inputs_sha256", Words, nullable=False),
    sa.Column("digest", Words, nullable=False),
    sa.Column("import_id", sa.Integer, nullable=False),
    sa.Column("as_of", sa.Date, nullable=False),
    sa.Column("people", sa.Integer, nullable=False),
    sa.Column("lines", sa.Integer, nullable=False),
    sa.Column("total_fen", Fen, nullable=False),
    sa.Column("body", Words, nullable=False),
    sa.UniqueConstraint("period", "store_id", "revision"),
)

pay_lines = table(
    "pay_lines",
    sa.Column("snapshot_id", sa.ForeignKey("snapshots.snapshot_id"), primary_key=True),
    sa.Column("line_id", Words, primary_key=True),
    sa.Column("period", Words, nullable=False),
    sa.Column("store_id", Words, nullable=False),
    sa.Column("person_id", Words, nullable=False),
    sa.Column("kind", Words, nullable=False),
    sa.Column("amount_fen", Fen, nullable=False),
    sa.Column("body", Words, nullable=False),
)
sa.Index(None, pay_lines.c.line_id)

pay_units = table(
    "pay_units",
    sa.Column("period", Words, primary_key=True),
    sa.Column("store_id", Words, primary_key=True),
    sa.Column("status", Words, nullable=False),
    sa.Column("snapshot_id", sa.ForeignKey("snapshots.snapshot_id")),
    sa.CheckConstraint("status IN ('open', 'computed', 'published', 'submitted', 'approved', 'locked')", name="status"),
    sa.CheckConstraint("status = 'open' OR snapshot_id IS NOT NULL", name="computed_has_snapshot"),
)

month_events = table(
    "month_events",
    sa.Column("event_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("period", Words, nullable=False),
    sa.Column("store_id", Words, nullable=False),
    sa.Column("snapshot_id", sa.ForeignKey("snapshots.snapshot_id"), nullable=False),
    sa.Column("verb", Words, nullable=False),
    sa.Column("user_id", sa.Integer),
    sa.Column("user_name", Words, nullable=False),
    sa.Column("person_id", Words),
    sa.Column("at", UTCTime, nullable=False),
    sa.Column("words", Words, nullable=False),
    sa.Column("level", sa.Integer),
    sa.Column("levels", sa.Integer),
    sa.Column("department", Words),
    sa.Column("file", Words),
    sa.Column("file_sha256", Words),
    sa.Column("recorded_by", Words),
    sa.CheckConstraint(
        "verb IN ('compute', 'sign_off', 'publish', 'submit', 'return', 'approve', 'lock')", name="verb"
    ),
)
sa.Index(None, month_events.c.period, month_events.c.store_id)

manual_lines = table(
    "manual_lines",
    sa.Column("line_id", Words, primary_key=True),
    sa.Column("period", Words, nullable=False),
    sa.Column("store_id", Words, nullable=False),
    sa.Column("person_id", Words, nullable=False),
    sa.Column("amount_fen", Fen, nullable=False),
    sa.Column("reason", Words, nullable=False),
    sa.Column("entered_by", sa.Integer),
    sa.Column("entered_name", Words, nullable=False),
    sa.Column("entered_at", UTCTime, nullable=False),
    sa.Column("approved_by", sa.Integer),
    sa.Column("approved_name", Words),
    sa.Column("approved_at", UTCTime),
    sa.Column("nature", Words, nullable=False, server_default="manual"),
    sa.Column("evidence", Words),
    sa.Column("evidence_name", Words),
    sa.Column("evidence_sha256", Words),
    sa.Column("entered_person", Words),
    sa.Column("approved_person", Words),
    sa.Column("refused_by", sa.Integer),
    sa.Column("refused_name", Words),
    sa.Column("refused_at", UTCTime),
    sa.Column("refused_words", Words),
    sa.Column("leaves_out", Words),
    sa.Column("first_by", sa.Integer),
    sa.Column("first_person", Words),
    sa.Column("first_name", Words),
    sa.Column("first_at", UTCTime),
    sa.CheckConstraint("amount_fen <> 0", name="moves_something"),
    sa.CheckConstraint("approved_by IS NULL OR entered_by IS NULL OR approved_by <> entered_by", name="four_eyes"),
    sa.CheckConstraint("nature = 'manual' OR (nature = 'fine' AND amount_fen < 0)", name="nature"),
    sa.CheckConstraint("entered_person IS NULL OR entered_person <> person_id", name="not_for_oneself"),
    sa.CheckConstraint(
        "approved_person IS NULL OR (approved_person <> person_id"
        " AND (entered_person IS NULL OR approved_person <> entered_person))",
        name="by_another",
    ),
    sa.CheckConstraint("refused_at IS NULL OR approved_at IS NULL", name="one_answer"),
    sa.CheckConstraint("leaves_out IS NULL OR (nature = 'manual' AND amount_fen < 0)", name="leaves_out"),
    sa.CheckConstraint(
        "first_person IS NULL OR (first_person <> person_id"
        " AND (entered_person IS NULL OR first_person <> entered_person))",
        name="first_by_another",
    ),
    sa.CheckConstraint(
        "leaves_out IS NULL OR approved_at IS NULL"
        " OR (first_at IS NOT NULL AND first_by <> approved_by AND first_person <> approved_person)",
        name="two_approvals",
    ),
)
sa.Index(None, manual_lines.c.period, manual_lines.c.store_id)

# What the guards hold deductions to: law profiles as uploaded, and losses that a person is to make good.

law_versions = table(
    "law_versions",
    sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("region", Words, nullable=False),
    sa.Column("since", Words, nullable=False),
    sa.Column("text", Words, nullable=False),
    sa.Column("sha256", Words, nullable=False),
    sa.Column("at", UTCTime, nullable=False),
    sa.Column("user_name", Words, nullable=False),
)

loss_cases = table(
    "loss_cases",
    sa.Column("case_id", Words, primary_key=True),
    sa.Column("period", Words, nullable=False),
    sa.Column("store_id", Words, nullable=False),
    sa.Column("person_id", Words, nullable=False),
    sa.Column("event", Words),
    sa.Column("amount_fen", Fen, nullable=False),
    sa.Column("reason", Words, nullable=False),
    sa.Column("evidence", Words),
    sa.Column("evidence_name", Words),
    sa.Column("evidence_sha256", Words),
    sa.Column("entered_by", sa.Integer),
    sa.Column("entered_person", Words),
    sa.Column("entered_name", Words, nullable=False),
    sa.Column("entered_at", UTCTime, nullable=False),
    sa.Column("approved_by", sa.Integer),
    sa.Column("approved_person", Words),
    sa.Column("approved_name", Words),
    sa.Column("approved_at", UTCTime),
    sa.Column("ended_by", sa.Integer),
    sa.Column("ended_name", Words),
    sa.Column("ended_at", UTCTime),
    sa.Column("ended_words", Words),
    sa.CheckConstraint("amount_fen > 0", name="is_a_loss"),
    sa.CheckConstraint("approved_by IS NULL OR entered_by IS NULL OR approved_by <> entered_by", name="four_eyes"),
    sa.CheckConstraint("entered_person IS NULL OR entered_person <> person_id", name="not_for_oneself"),
    sa.CheckConstraint(
        "approved_person IS NULL OR (approved_person <> person_id"
        " AND (entered_person IS NULL OR approved_person <> entered_person))",
        name="by_another",
    ),
)
sa.Index(None, loss_cases.c.person_id)

# Over time

month_reviews = table(
    "month_reviews",
    sa.Column("snapshot_id", sa.ForeignKey("snapshots.snapshot_id"), primary_key=True),
    sa.Column("period", Words, primary_key=True),
)
"""The earlier months that a snapshot was held against: what they rest on was seen as of its import."""

# The life of a month: what the house has set, what was answered to its checks, what a snapshot was computed from.

month_settings = table(
    "month_settings",
    sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("since", Words, nullable=False),
    sa.Column("store_id", Words),
    sa.Column("body", sa.JSON, nullable=False),
    sa.Column("at", UTCTime, nullable=False),
    sa.Column("user_name", Words, nullable=False),
)

month_answers = table(
    "month_answers",
    sa.Column("answer_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("period", Words, nullable=False),
    sa.Column("store_id", Words, nullable=False),
    sa.Column("item", Words, nullable=False),
    sa.Column("about", Words, nullable=False),
    sa.Column("mark", Words, nullable=False),
    sa.Column("choice", Words, nullable=False),
    sa.Column("words", Words, nullable=False),
    sa.Column("user_id", sa.Integer),
    sa.Column("user_name", Words, nullable=False),
    sa.Column("person_id", Words),
    sa.Column("at", UTCTime, nullable=False),
    sa.CheckConstraint("choice IN ('accept', 'carry', 'block')", name="choice"),
    sa.CheckConstraint("words <> ''", name="has_words"),
)
sa.Index(None, month_answers.c.period, month_answers.c.store_id)

snapshot_inputs = table(
    "snapshot_inputs",
    sa.Column("snapshot_id", sa.ForeignKey("snapshots.snapshot_id"), primary_key=True),
    sa.Column("period", Words, nullable=False),
    sa.Column("store_id", Words, nullable=False),
    sa.Column("body", sa.JSON, nullable=False),
)

reminders = table(
    "reminders",
    sa.Column("reminder_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("kind", Words, nullable=False),
    sa.Column("about", Words, nullable=False),
    sa.Column("store_id", Words, nullable=False),
    sa.Column("department", Words),
    sa.Column("at", UTCTime, nullable=False),
    sa.Column("text_zh", Words, nullable=False),
    sa.Column("text_en", Words, nullable=False),
    sa.UniqueConstraint("kind", "about"),
)

# Objections to a statement and their answers, and what people said of statement and rules: rows are only ever added.

objections = table(
    "objections",
    sa.Column("objection_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("period", Words, nullable=False),
    sa.Column("store_id", Words, nullable=False),
    sa.Column("snapshot_id", sa.ForeignKey("snapshots.snapshot_id"), nullable=False),
    sa.Column("person_id", Words, nullable=False),
    sa.Column("line_id", Words),
    sa.Column("about", Words, nullable=False),
    sa.Column("route", Words, nullable=False),
    sa.Column("routed_to", Words),
    sa.Column("department", Words, nullable=False),
    sa.Column("team_id", Words),
    sa.Column("reason", Words, nullable=False),
    sa.Column("is_late", sa.Boolean, nullable=False),
    sa.Column("answer_due", sa.Date, nullable=False),
    sa.Column("raised_by", sa.Integer, nullable=False),
    sa.Column("raised_name", Words, nullable=False),
    sa.Column("raised_at", UTCTime, nullable=False),
    sa.CheckConstraint("about IN ('ruling', 'credit', 'rule')", name="about"),
    sa.CheckConstraint("route IN ('ruler', 'head', 'hr', 'approver')", name="route"),
)
sa.Index(None, objections.c.period, objections.c.store_id)

objection_answers = table(
    "objection_answers",
    sa.Column("objection_id", sa.ForeignKey("objections.objection_id"), primary_key=True),
    sa.Column("outcome", Words, nullable=False),
    sa.Column("words", Words, nullable=False),
    sa.Column("line_id", Words),
    sa.Column("counts_in", Words),
    sa.Column("answered_by", sa.Integer, nullable=False),
    sa.Column("answered_name", Words, nullable=False),
    sa.Column("answered_at", UTCTime, nullable=False),
    sa.CheckConstraint("outcome IN ('upheld', 'amended', 'rejected', 'withdrawn')", name="outcome"),
    sa.CheckConstraint("(outcome = 'amended') = (line_id IS NOT NULL)", name="amended_makes_a_line"),
)
sa.Index(None, objection_answers.c.line_id)

acknowledgements = table(
    "acknowledgements",
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("snapshot_id", sa.ForeignKey("snapshots.snapshot_id"), nullable=False),
    sa.Column("person_id", Words, nullable=False),
    sa.Column("answer", Words, nullable=False),
    sa.Column("words", Words, nullable=False),
    sa.Column("user_name", Words, nullable=False),
    sa.Column("at", UTCTime, nullable=False),
    sa.CheckConstraint("answer IN ('agreed', 'remark')", name="answer"),
    sa.CheckConstraint("answer = 'agreed' OR words <> ''", name="remark_has_words"),
)
sa.Index(None, acknowledgements.c.snapshot_id, acknowledgements.c.person_id)

plan_readings = table(
    "plan_readings",
    sa.Column("version", sa.ForeignKey("plan_versions.version"), primary_key=True),
    sa.Column("person_id", Words, primary_key=True),
    sa.Column("user_name", Words, nullable=False),
    sa.Column("at", UTCTime, nullable=False),
)

# The complaint meeting: corrective actions with their steps, and the questions that every survey call must ask.

corrective_actions = table(
    "corrective_actions",
    sa.Column("action_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("store_id", Words, nullable=False),
    sa.Column("department", Words, nullable=False),
    sa.Column("week", Words, nullable=False),
    sa.Column("what", Words, nullable=False),
    sa.Column("cause", Words),
    sa.Column("complaint_id", Words),
    sa.Column("owner_id", Words, nullable=False),
    sa.Column("due_on", sa.Date, nullable=False),
    sa.Column("made_by", sa.Integer, nullable=False),
    sa.Column("made_name", Words, nullable=False),
    sa.Column("made_at", UTCTime, nullable=False),
)
sa.Index(None, corrective_actions.c.store_id, corrective_actions.c.department)

action_steps = table(
    "action_steps",
    sa.Column("step_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("action_id", sa.ForeignKey("corrective_actions.action_id"), nullable=False),
    sa.Column("step", Words, nullable=False),
    sa.Column("is_passed", sa.Boolean, nullable=False),
    sa.Column("words", Words, nullable=False),
    sa.Column("day", sa.Date, nullable=False),
    sa.Column("user_id", sa.Integer, nullable=False),
    sa.Column("user_name", Words, nullable=False),
    sa.Column("person_id", Words, nullable=False),
    sa.Column("at", UTCTime, nullable=False),
    sa.CheckConstraint("step IN ('done', 'check', 'recheck')", name="step"),
)
sa.Index(None, action_steps.c.action_id)

must_ask = table(
    "must_ask",
    sa.Column("question_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("store_id", Words, nullable=False),
    sa.Column("department", Words, nullable=False),
    sa.Column("words", Words, nullable=False),
    sa.Column("cause", Words),
    sa.Column("since", sa.Date, nullable=False),
    sa.Column("made_name", Words, nullable=False),
    sa.Column("ended_on", sa.Date),
    sa.Column("ended_name", Words),
)

# What a snapshot was computed from, besides facts and plans: enough to compute it again, whatever came later.

snapshot_given = table(
    "snapshot_given",
    sa.Column("snapshot_id", sa.ForeignKey("snapshots.snapshot_id"), primary_key=True),
    sa.Column("body", Words, nullable=False),
)

# What somebody means to reach, and how it is going. Who proposed it does not agree to it.

success_plans = table(
    "success_plans",
    sa.Column("plan_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("person_id", Words, nullable=False),
    sa.Column("metric", Words, nullable=False),
    sa.Column("goal", Words, nullable=False),
    sa.Column("since", sa.Date, nullable=False),
    sa.Column("due_on", sa.Date, nullable=False),
    sa.Column("steps", Words, nullable=False),
    sa.Column("made_person", Words, nullable=False),
    sa.Column("made_name", Words, nullable=False),
    sa.Column("made_at", UTCTime, nullable=False),
    sa.Column("agreed_person", Words),
    sa.Column("agreed_name", Words),
    sa.Column("agreed_on", sa.Date),
    sa.Column("agreed_at", UTCTime),
    sa.Column("ended_person", Words),
    sa.Column("ended_name", Words),
    sa.Column("ended_on", sa.Date),
    sa.Column("ended_at", UTCTime),
    sa.Column("ended_words", Words),
    sa.CheckConstraint("since <= due_on", name="ends_after_it_begins"),
    sa.CheckConstraint("agreed_person IS NULL OR agreed_person <> made_person", name="agreed_by_the_other"),
)
sa.Index(None, success_plans.c.person_id)

success_checks = table(
    "success_checks",
    sa.Column("check_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("plan_id", sa.ForeignKey("success_plans.plan_id"), nullable=False),
    sa.Column("is_carried_out", sa.Boolean, nullable=False),
    sa.Column("words", Words, nullable=False),
    sa.Column("day", sa.Date, nullable=False),
    sa.Column("numerator", sa.BigInteger),
    sa.Column("denominator", sa.BigInteger),
    sa.Column("user_name", Words, nullable=False),
    sa.Column("person_id", Words, nullable=False),
    sa.Column("at", UTCTime, nullable=False),
)
sa.Index(None, success_checks.c.plan_id)

# What heads write down about a week: every wording is a row, and rows are only ever added.

weekly_notes = table(
    "weekly_notes",
    sa.Column("note_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("week", Words, nullable=False),
    sa.Column("subject", Words, nullable=False),
    sa.Column("words", Words, nullable=False),
    sa.Column("user_id", sa.Integer),
    sa.Column("user_name", Words, nullable=False),
    sa.Column("at", UTCTime, nullable=False),
)
sa.Index(None, weekly_notes.c.subject, weekly_notes.c.week)

# What somebody asked others to do today, by hand: once a day for each matter, and rows are only ever added.

urgings = table(
    "urgings",
    sa.Column("urging_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("day", sa.Date, nullable=False),
    sa.Column("matter", Words, nullable=False),
    sa.Column("about", Words, nullable=False),
    sa.Column("store_id", Words, nullable=False),
    sa.Column("department", Words),
    sa.Column("person_id", Words),
    sa.Column("text_zh", Words, nullable=False),
    sa.Column("text_en", Words, nullable=False),
    sa.Column("user_name", Words, nullable=False),
    sa.Column("at", UTCTime, nullable=False),
    sa.UniqueConstraint("day", "matter", "about"),
)
