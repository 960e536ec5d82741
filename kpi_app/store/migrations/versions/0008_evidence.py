"""What a snapshot was computed from, kept as the snapshot itself is: never changed, never gone, none added later."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

SQLITE = (
    *(
        f"CREATE TRIGGER snapshot_given_keeps_{deed.lower()} BEFORE {deed} ON snapshot_given "
        "BEGIN SELECT RAISE(ABORT, 'rows of snapshot_given are kept as they are'); END"
        for deed in ("UPDATE", "DELETE")
    ),
    "CREATE TRIGGER snapshot_given_snapshot_in_use BEFORE INSERT ON snapshot_given "
    "WHEN NEW.snapshot_id IN (SELECT snapshot_id FROM pay_units) "
    "BEGIN SELECT RAISE(ABORT, 'the snapshot is in use'); END",
)
POSTGRESQL = (
    ("keeps", "BEFORE UPDATE OR DELETE", "STATEMENT", "kpi_kept"),
    ("truncate", "BEFORE TRUNCATE", "STATEMENT", "kpi_kept"),
    ("in_use", "BEFORE INSERT", "ROW", "kpi_snapshot_in_use"),
)


def upgrade() -> None:
    """Make the table and its guards."""
    op.create_table(
        "snapshot_given",
        sa.Column("snapshot_id", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["snapshot_id"], ["snapshots.snapshot_id"], name="fk_snapshot_given_snapshot_id"),
        sa.PrimaryKeyConstraint("snapshot_id", name="pk_snapshot_given"),
    )
    if op.get_bind().dialect.name == "sqlite":
        for statement in SQLITE:
            op.execute(statement)
        return
    for name, when, each, function in POSTGRESQL:
        op.execute(
            f"CREATE TRIGGER snapshot_given_{name} {when} ON snapshot_given "
            f"FOR EACH {each} EXECUTE FUNCTION {function}()"
        )
        op.execute(f"ALTER TABLE snapshot_given ENABLE ALWAYS TRIGGER snapshot_given_{name}")
