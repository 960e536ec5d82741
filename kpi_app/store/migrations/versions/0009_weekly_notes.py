"""What heads write down about a week, and what somebody asked others to do: kept by the database as it is."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

KEPT = ("weekly_notes", "urgings")
"""Tables whose rows are only ever added."""
SQLITE = tuple(
    f"CREATE TRIGGER {table}_keeps_{deed.lower()} BEFORE {deed} ON {table} "
    f"BEGIN SELECT RAISE(ABORT, 'rows of {table} are kept as they are'); END"
    for table in KEPT
    for deed in ("UPDATE", "DELETE")
)
POSTGRESQL = tuple(
    statement
    for table in KEPT
    for name, when in (("keeps", "BEFORE UPDATE OR DELETE"), ("truncate", "BEFORE TRUNCATE"))
    for statement in (
        f"CREATE TRIGGER {table}_{name} {when} ON {table} FOR EACH STATEMENT EXECUTE FUNCTION kpi_kept()",
        f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_{name}",
    )
)


def upgrade() -> None:
    """Make the tables and their guards."""
    op.create_table(
        "weekly_notes",
        sa.Column("note_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("week", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("user_name", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("note_id", "version", name="pk_weekly_notes"),
    )
    op.create_index("ix_weekly_notes_subject_week", "weekly_notes", ["subject", "week"], unique=False)
    op.create_table(
        "urgings",
        sa.Column("urging_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("matter", sa.Text(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("store_id", sa.Text(), nullable=False),
        sa.Column("department", sa.Text(), nullable=True),
        sa.Column("person_id", sa.Text(), nullable=True),
        sa.Column("text_zh", sa.Text(), nullable=False),
        sa.Column("text_en", sa.Text(), nullable=False),
        sa.Column("user_name", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("urging_id", name="pk_urgings"),
        sa.UniqueConstraint("day", "matter", "about", name="uq_urgings_day_matter_about"),
    )
    for statement in SQLITE if op.get_bind().dialect.name == "sqlite" else POSTGRESQL:
        op.execute(statement)
