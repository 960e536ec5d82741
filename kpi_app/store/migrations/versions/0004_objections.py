"""Objections and answers, acknowledgements, confirmations of reading, corrective actions, must-ask questions.

What was objected, answered, acknowledged, read, agreed on and checked is kept by the database as it is.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

KEPT = (
    "objections",
    "objection_answers",
    "acknowledgements",
    "plan_readings",
    "corrective_actions",
    "action_steps",
)
"""Tables whose rows are only ever added."""


def _sqlite() -> list[str]:
    return [
        f"CREATE TRIGGER {table}_keeps_{deed.lower()} BEFORE {deed} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, 'rows of {table} are kept as they are'); END"
        for table in KEPT
        for deed in ("UPDATE", "DELETE")
    ]


def _postgresql() -> list[str]:
    return [
        statement
        for table in KEPT
        for name, when in (("keeps", "BEFORE UPDATE OR DELETE"), ("truncate", "BEFORE TRUNCATE"))
        for statement in (
            f"CREATE TRIGGER {table}_{name} {when} ON {table} FOR EACH STATEMENT EXECUTE FUNCTION kpi_kept()",
            f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_{name}",
        )
    ]


def upgrade() -> None:
    """Make the tables and their guards."""
    op.create_table(
        "corrective_actions",
        sa.Column("action_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("store_id", sa.Text(), nullable=False),
        sa.Column("department", sa.Text(), nullable=False),
        sa.Column("week", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=True),
        sa.Column("complaint_id", sa.Text(), nullable=True),
        sa.Column("owner_id", sa.Text(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("made_by", sa.Integer(), nullable=False),
        sa.Column("made_name", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("action_id", name="pk_corrective_actions"),
    )
    op.create_index(
        "ix_corrective_actions_store_id_department", "corrective_actions", ["store_id", "department"], unique=False
    )
    op.create_table(
        "must_ask",
        sa.Column("question_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("store_id", sa.Text(), nullable=False),
        sa.Column("department", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=True),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("made_name", sa.Text(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("ended_name", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("question_id", name="pk_must_ask"),
    )
    op.create_table(
        "acknowledgements",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("snapshot_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("user_name", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("answer = 'agreed' OR words <> ''", name="ck_acknowledgements_remark_has_words"),
        sa.CheckConstraint("answer IN ('agreed', 'remark')", name="ck_acknowledgements_answer"),
        sa.ForeignKeyConstraint(["snapshot_id"], ["snapshots.snapshot_id"], name="fk_acknowledgements_snapshot_id"),
        sa.PrimaryKeyConstraint("number", name="pk_acknowledgements"),
    )
    op.create_index(
        "ix_acknowledgements_snapshot_id_person_id", "acknowledgements", ["snapshot_id", "person_id"], unique=False
    )
    op.create_table(
        "action_steps",
        sa.Column("step_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("action_id", sa.Integer(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("is_passed", sa.Boolean(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("user_name", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("step IN ('done', 'check', 'recheck')", name="ck_action_steps_step"),
        sa.ForeignKeyConstraint(["action_id"], ["corrective_actions.action_id"], name="fk_action_steps_action_id"),
        sa.PrimaryKeyConstraint("step_id", name="pk_action_steps"),
    )
    op.create_index("ix_action_steps_action_id", "action_steps", ["action_id"], unique=False)
    op.create_table(
        "objections",
        sa.Column("objection_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("store_id", sa.Text(), nullable=False),
        sa.Column("snapshot_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("line_id", sa.Text(), nullable=True),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("route", sa.Text(), nullable=False),
        sa.Column("routed_to", sa.Text(), nullable=True),
        sa.Column("department", sa.Text(), nullable=False),
        sa.Column("team_id", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("is_late", sa.Boolean(), nullable=False),
        sa.Column("answer_due", sa.Date(), nullable=False),
        sa.Column("raised_by", sa.Integer(), nullable=False),
        sa.Column("raised_name", sa.Text(), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("about IN ('ruling', 'credit', 'rule')", name="ck_objections_about"),
        sa.CheckConstraint("route IN ('ruler', 'head', 'hr', 'approver')", name="ck_objections_route"),
        sa.ForeignKeyConstraint(["snapshot_id"], ["snapshots.snapshot_id"], name="fk_objections_snapshot_id"),
        sa.PrimaryKeyConstraint("objection_id", name="pk_objections"),
    )
    op.create_index("ix_objections_period_store_id", "objections", ["period", "store_id"], unique=False)
    op.create_table(
        "plan_readings",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("user_name", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["version"], ["plan_versions.version"], name="fk_plan_readings_version"),
        sa.PrimaryKeyConstraint("version", "person_id", name="pk_plan_readings"),
    )
    op.create_table(
        "objection_answers",
        sa.Column("objection_id", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("line_id", sa.Text(), nullable=True),
        sa.Column("counts_in", sa.Text(), nullable=True),
        sa.Column("answered_by", sa.Integer(), nullable=False),
        sa.Column("answered_name", sa.Text(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(outcome = 'amended') = (line_id IS NOT NULL)", name="ck_objection_answers_amended_makes_a_line"
        ),
        sa.CheckConstraint(
            "outcome IN ('upheld', 'amended', 'rejected', 'withdrawn')", name="ck_objection_answers_outcome"
        ),
        sa.ForeignKeyConstraint(
            ["objection_id"], ["objections.objection_id"], name="fk_objection_answers_objection_id"
        ),
        sa.PrimaryKeyConstraint("objection_id", name="pk_objection_answers"),
    )
    op.create_index("ix_objection_answers_line_id", "objection_answers", ["line_id"], unique=False)
    for statement in _sqlite() if op.get_bind().dialect.name == "sqlite" else _postgresql():
        op.execute(statement)
