"""Which earlier months a snapshot was held against, so that a later one looks only at what changed since.

Like a snapshot's lines these rows never change, and a snapshot in use takes no more of them.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def _sqlite() -> list[str]:
    refuse = "SELECT RAISE(ABORT, '{0}')"
    kept = refuse.format("rows of month_reviews are kept as they are")
    refused = refuse.format("the snapshot is in use")
    in_use = "NEW.snapshot_id IN (SELECT snapshot_id FROM pay_units)"
    return [
        *(
            f"CREATE TRIGGER month_reviews_keeps_{deed.lower()} BEFORE {deed} ON month_reviews BEGIN {kept}; END"
            for deed in ("UPDATE", "DELETE")
        ),
        f"CREATE TRIGGER month_reviews_in_use BEFORE INSERT ON month_reviews WHEN {in_use} BEGIN {refused}; END",
    ]


def _postgresql() -> list[str]:
    triggers = [
        ("keeps", "BEFORE UPDATE OR DELETE", "STATEMENT", "kpi_kept"),
        ("truncate", "BEFORE TRUNCATE", "STATEMENT", "kpi_kept"),
        ("in_use", "BEFORE INSERT", "ROW", "kpi_snapshot_in_use"),
    ]
    made = []
    for name, when, each, function in triggers:
        made.append(
            f"CREATE TRIGGER month_reviews_{name} {when} ON month_reviews FOR EACH {each} EXECUTE FUNCTION {function}()"
        )
        made.append(f"ALTER TABLE month_reviews ENABLE ALWAYS TRIGGER month_reviews_{name}")
    return made


def upgrade() -> None:
    """Make the table and its guards."""
    op.create_table(
        "month_reviews",
        sa.Column("snapshot_id", sa.Integer(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["snapshot_id"], ["snapshots.snapshot_id"], name="fk_month_reviews_snapshot_id"),
        sa.PrimaryKeyConstraint("snapshot_id", "period", name="pk_month_reviews"),
    )
    for statement in _sqlite() if op.get_bind().dialect.name == "sqlite" else _postgresql():
        op.execute(statement)
