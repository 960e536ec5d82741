"""What somebody means to reach, agreed on by two, and the checks of how it is going."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Make both tables."""
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "success_plans",
        sa.Column("plan_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("metric", sa.Text(), nullable=False),
        sa.Column("goal", sa.Text(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("steps", sa.Text(), nullable=False),
        sa.Column("made_person", sa.Text(), nullable=False),
        sa.Column("made_name", sa.Text(), nullable=False),
        sa.Column("made_at", moment, nullable=False),
        sa.Column("agreed_person", sa.Text(), nullable=True),
        sa.Column("agreed_name", sa.Text(), nullable=True),
        sa.Column("agreed_on", sa.Date(), nullable=True),
        sa.Column("agreed_at", moment, nullable=True),
        sa.Column("ended_person", sa.Text(), nullable=True),
        sa.Column("ended_name", sa.Text(), nullable=True),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("ended_at", moment, nullable=True),
        sa.Column("ended_words", sa.Text(), nullable=True),
        sa.CheckConstraint("since <= due_on", name="ck_success_plans_ends_after_it_begins"),
        sa.CheckConstraint(
            "agreed_person IS NULL OR agreed_person <> made_person", name="ck_success_plans_agreed_by_the_other"
        ),
        sa.PrimaryKeyConstraint("plan_id", name="pk_success_plans"),
    )
    op.create_index("ix_success_plans_person_id", "success_plans", ["person_id"])
    op.create_table(
        "success_checks",
        sa.Column("check_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("is_carried_out", sa.Boolean(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("numerator", sa.BigInteger(), nullable=True),
        sa.Column("denominator", sa.BigInteger(), nullable=True),
        sa.Column("user_name", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.ForeignKeyConstraint(["plan_id"], ["success_plans.plan_id"], name="fk_success_checks_plan_id"),
        sa.PrimaryKeyConstraint("check_id", name="pk_success_checks"),
    )
    op.create_index("ix_success_checks_plan_id", "success_checks", ["plan_id"])
