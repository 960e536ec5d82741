"""Evidence, persons and refusals of manual lines; law profiles; losses that a person is to make good.

What was uploaded, entered, approved and ended is kept by the database as it is.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

BY_ANOTHER = (
    "approved_person IS NULL OR (approved_person <> person_id"
    " AND (entered_person IS NULL OR approved_person <> entered_person))"
)
ADDED = {
    "nature": "TEXT NOT NULL DEFAULT 'manual'"
    " CONSTRAINT ck_manual_lines_nature CHECK (nature = 'manual' OR (nature = 'fine' AND amount_fen < 0))",
    "evidence": "TEXT",
    "evidence_name": "TEXT",
    "evidence_sha256": "TEXT",
    "entered_person": "TEXT CONSTRAINT ck_manual_lines_not_for_oneself"
    " CHECK (entered_person IS NULL OR entered_person <> person_id)",
    "approved_person": f"TEXT CONSTRAINT ck_manual_lines_by_another CHECK ({BY_ANOTHER})",
    "refused_by": "INTEGER",
    "refused_name": "TEXT",
    "refused_words": "TEXT",
}
"""The columns that manual_lines gains, as both databases write them; refused_at differs."""

FIXED = (
    "case_id", "period", "store_id", "person_id", "event", "amount_fen", "reason", "evidence", "evidence_name",
    "evidence_sha256", "entered_by", "entered_person", "entered_name", "entered_at",
)  # fmt: skip
"""Columns of a loss that never change."""
ONCE = (
    "approved_by", "approved_person", "approved_name", "approved_at",
    "ended_by", "ended_name", "ended_at", "ended_words",
)  # fmt: skip
"""Columns of a loss that are filled once."""


def _changed(differs: str) -> str:
    fixed = [f"OLD.{name} {differs} NEW.{name}" for name in FIXED]
    once = [f"(OLD.{name.split('_')[0]}_at IS NOT NULL AND OLD.{name} {differs} NEW.{name})" for name in ONCE]
    return " OR ".join([*fixed, *once])


def _sqlite() -> list[str]:
    refuse = "BEGIN SELECT RAISE(ABORT, 'rows of {0} are kept as they are'); END"
    made = [
        f"CREATE TRIGGER law_versions_keeps_{deed.lower()} BEFORE {deed} ON law_versions "
        f"{refuse.format('law_versions')}"
        for deed in ("UPDATE", "DELETE")
    ]
    made.append(f"CREATE TRIGGER loss_cases_keeps_delete BEFORE DELETE ON loss_cases {refuse.format('loss_cases')}")
    made.append(
        f"CREATE TRIGGER loss_cases_keeps_update BEFORE UPDATE ON loss_cases WHEN {_changed('IS NOT')} "
        f"{refuse.format('loss_cases')}"
    )
    return made


def _postgresql() -> list[str]:
    made = [
        f"""CREATE FUNCTION kpi_loss_case() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF {_changed("IS DISTINCT FROM")} THEN
                RAISE EXCEPTION 'rows of loss_cases are kept as they are';
            END IF;
            RETURN NEW;
        END $$"""
    ]
    for table, name, when, each, function in (
        ("law_versions", "keeps", "BEFORE UPDATE OR DELETE", "STATEMENT", "kpi_kept"),
        ("law_versions", "truncate", "BEFORE TRUNCATE", "STATEMENT", "kpi_kept"),
        ("loss_cases", "keeps", "BEFORE DELETE", "STATEMENT", "kpi_kept"),
        ("loss_cases", "truncate", "BEFORE TRUNCATE", "STATEMENT", "kpi_kept"),
        ("loss_cases", "fixed", "BEFORE UPDATE", "ROW", "kpi_loss_case"),
    ):
        made.append(f"CREATE TRIGGER {table}_{name} {when} ON {table} FOR EACH {each} EXECUTE FUNCTION {function}()")
        made.append(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_{name}")
    return made


def upgrade() -> None:
    """Widen manual lines, make the tables and their guards."""
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    for name, kind in ADDED.items():
        op.execute(f"ALTER TABLE manual_lines ADD COLUMN {name} {kind}")
    op.execute(
        f"ALTER TABLE manual_lines ADD COLUMN refused_at {'DATETIME' if is_sqlite else 'TIMESTAMP WITH TIME ZONE'}"
        " CONSTRAINT ck_manual_lines_one_answer CHECK (refused_at IS NULL OR approved_at IS NULL)"
    )
    op.create_table(
        "law_versions",
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("since", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("version", name="pk_law_versions"),
    )
    op.create_table(
        "loss_cases",
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("store_id", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("event", sa.Text(), nullable=True),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=True),
        sa.Column("evidence_name", sa.Text(), nullable=True),
        sa.Column("evidence_sha256", sa.Text(), nullable=True),
        sa.Column("entered_by", sa.Integer(), nullable=True),
        sa.Column("entered_person", sa.Text(), nullable=True),
        sa.Column("entered_name", sa.Text(), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("approved_by", sa.Integer(), nullable=True),
        sa.Column("approved_person", sa.Text(), nullable=True),
        sa.Column("approved_name", sa.Text(), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.Integer(), nullable=True),
        sa.Column("ended_name", sa.Text(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_words", sa.Text(), nullable=True),
        sa.CheckConstraint("amount_fen > 0", name="ck_loss_cases_is_a_loss"),
        sa.CheckConstraint(
            "approved_by IS NULL OR entered_by IS NULL OR approved_by <> entered_by", name="ck_loss_cases_four_eyes"
        ),
        sa.CheckConstraint(
            "entered_person IS NULL OR entered_person <> person_id", name="ck_loss_cases_not_for_oneself"
        ),
        sa.CheckConstraint(BY_ANOTHER, name="ck_loss_cases_by_another"),
        sa.PrimaryKeyConstraint("case_id", name="pk_loss_cases"),
    )
    op.create_index("ix_loss_cases_person_id", "loss_cases", ["person_id"])
    for statement in _sqlite() if is_sqlite else _postgresql():
        op.execute(statement)
