"""First passwords, and sign-ins of an identity provider that are bound to a user."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Add what an account of an office network needs."""
    op.add_column("users", sa.Column("has_first_password", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("sessions", sa.Column("is_vouched", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table(
        "user_logins",
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.user_id"], name="fk_user_logins_user_id"),
        sa.PrimaryKeyConstraint("issuer", "subject", name="pk_user_logins"),
    )
