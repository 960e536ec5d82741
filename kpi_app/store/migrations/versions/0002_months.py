"""Pay plans, units, snapshots with their lines, events, manual lines; the triggers that keep a locked month.

What the database itself refuses, whoever writes to it:

- a snapshot, its lines and a month's events never change and never go; a snapshot in use takes no further line;
- a locked unit never changes, and nothing is added to its month.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

KEPT = ("plan_versions", "snapshots", "pay_lines", "month_events")
"""Tables whose rows are only ever added."""
OF_A_UNIT = ("snapshots", "pay_lines", "month_events", "manual_lines")
"""Tables whose rows belong to a unit and take nothing once it is locked."""


def _sqlite() -> list[str]:
    refuse = "SELECT RAISE(ABORT, '{0}')"
    locked = "'locked' = (SELECT status FROM pay_units WHERE period = {0}.period AND store_id = {0}.store_id)"
    in_use = "NEW.snapshot_id IN (SELECT snapshot_id FROM pay_units)"
    made = []
    for table in KEPT:
        for deed in ("UPDATE", "DELETE"):
            refused = refuse.format(f"rows of {table} are kept as they are")
            made.append(f"CREATE TRIGGER {table}_keeps_{deed.lower()} BEFORE {deed} ON {table} BEGIN {refused}; END")
    for deed in ("UPDATE", "DELETE"):
        made.append(
            f"CREATE TRIGGER pay_units_locked_{deed.lower()} BEFORE {deed} ON pay_units WHEN OLD.status = 'locked' "
            f"BEGIN {refuse.format('the month is locked')}; END"
        )
    for table in OF_A_UNIT:
        for deed, row in (("INSERT", "NEW"), ("UPDATE", "OLD"), ("UPDATE", "NEW"), ("DELETE", "OLD")):
            made.append(
                f"CREATE TRIGGER {table}_locked_{deed.lower()}_{row.lower()} BEFORE {deed} ON {table} "
                f"WHEN {locked.format(row)} BEGIN {refuse.format('the month is locked')}; END"
            )
    made.append(
        "CREATE TRIGGER pay_lines_snapshot_in_use BEFORE INSERT ON pay_lines "
        f"WHEN {in_use} BEGIN {refuse.format('the snapshot is in use')}; END"
    )
    return made


def _postgresql() -> list[str]:
    made = [
        # FOR SHARE waits for a lock that is under way, so that no line slips in beside it.
        """CREATE FUNCTION kpi_refuse_locked(a_period text, a_store text) RETURNS void LANGUAGE plpgsql AS $$
        BEGIN
            PERFORM 1 FROM pay_units WHERE period = a_period AND store_id = a_store FOR SHARE;
            IF EXISTS (SELECT 1 FROM pay_units
                       WHERE period = a_period AND store_id = a_store AND status = 'locked') THEN
                RAISE EXCEPTION 'the month is locked';
            END IF;
        END $$""",
        """CREATE FUNCTION kpi_row_of_unit() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP <> 'INSERT' THEN PERFORM kpi_refuse_locked(OLD.period, OLD.store_id); END IF;
            IF TG_OP <> 'DELETE' THEN PERFORM kpi_refuse_locked(NEW.period, NEW.store_id); RETURN NEW; END IF;
            RETURN OLD;
        END $$""",
        """CREATE FUNCTION kpi_locked_unit() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF OLD.status = 'locked' THEN RAISE EXCEPTION 'the month is locked'; END IF;
            IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
            RETURN NEW;
        END $$""",
        """CREATE FUNCTION kpi_snapshot_in_use() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF EXISTS (SELECT 1 FROM pay_units WHERE snapshot_id = NEW.snapshot_id) THEN
                RAISE EXCEPTION 'the snapshot is in use';
            END IF;
            RETURN NEW;
        END $$""",
        """CREATE FUNCTION kpi_kept() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'rows of % are kept as they are', TG_TABLE_NAME; END $$""",
    ]
    triggers = [
        *((table, "keeps", "BEFORE UPDATE OR DELETE", "STATEMENT", "kpi_kept") for table in KEPT),
        *(
            (table, "truncate", "BEFORE TRUNCATE", "STATEMENT", "kpi_kept")
            for table in (*KEPT, "manual_lines", "pay_units")
        ),
        *((table, "locked", "BEFORE INSERT OR UPDATE OR DELETE", "ROW", "kpi_row_of_unit") for table in OF_A_UNIT),
        ("pay_units", "locked", "BEFORE UPDATE OR DELETE", "ROW", "kpi_locked_unit"),
        ("pay_lines", "in_use", "BEFORE INSERT", "ROW", "kpi_snapshot_in_use"),
    ]
    for table, name, when, each, function in triggers:
        made.append(f"CREATE TRIGGER {table}_{name} {when} ON {table} FOR EACH {each} EXECUTE FUNCTION {function}()")
        made.append(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_{name}")
    return made


def upgrade() -> None:
    """Make the tables and their guards."""
    op.create_table(
        "plan_versions",
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("since", sa.Text(), nullable=False),
        sa.Column("units", sa.JSON(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("version", name="pk_plan_versions"),
    )
    op.create_table(
        "snapshots",
        sa.Column("snapshot_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("store_id", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("inputs_sha256", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("import_id", sa.Integer(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("lines", sa.Integer(), nullable=False),
        sa.Column("total_fen", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("snapshot_id", name="pk_snapshots"),
        sa.UniqueConstraint("period", "store_id", "revision", name="uq_snapshots_period_store_id_revision"),
    )
    op.create_table(
        "pay_lines",
        sa.Column("snapshot_id", sa.Integer(), nullable=False),
        sa.Column("line_id", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("store_id", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["snapshot_id"], ["snapshots.snapshot_id"], name="fk_pay_lines_snapshot_id"),
        sa.PrimaryKeyConstraint("snapshot_id", "line_id", name="pk_pay_lines"),
    )
    op.create_index("ix_pay_lines_line_id", "pay_lines", ["line_id"])
    op.create_table(
        "pay_units",
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("store_id", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("snapshot_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "status IN ('open', 'computed', 'submitted', 'approved', 'locked')", name="ck_pay_units_status"
        ),
        sa.CheckConstraint("status = 'open' OR snapshot_id IS NOT NULL", name="ck_pay_units_computed_has_snapshot"),
        sa.ForeignKeyConstraint(["snapshot_id"], ["snapshots.snapshot_id"], name="fk_pay_units_snapshot_id"),
        sa.PrimaryKeyConstraint("period", "store_id", name="pk_pay_units"),
    )
    op.create_table(
        "month_events",
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
        sa.CheckConstraint("verb IN ('compute', 'submit', 'return', 'approve', 'lock')", name="ck_month_events_verb"),
        sa.ForeignKeyConstraint(["snapshot_id"], ["snapshots.snapshot_id"], name="fk_month_events_snapshot_id"),
        sa.PrimaryKeyConstraint("event_id", name="pk_month_events"),
    )
    op.create_index("ix_month_events_period_store_id", "month_events", ["period", "store_id"])
    op.create_table(
        "manual_lines",
        sa.Column("line_id", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("store_id", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("entered_by", sa.Integer(), nullable=True),
        sa.Column("entered_name", sa.Text(), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("approved_by", sa.Integer(), nullable=True),
        sa.Column("approved_name", sa.Text(), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("amount_fen <> 0", name="ck_manual_lines_moves_something"),
        sa.CheckConstraint(
            "approved_by IS NULL OR entered_by IS NULL OR approved_by <> entered_by", name="ck_manual_lines_four_eyes"
        ),
        sa.PrimaryKeyConstraint("line_id", name="pk_manual_lines"),
    )
    op.create_index("ix_manual_lines_period_store_id", "manual_lines", ["period", "store_id"])
    for statement in _sqlite() if op.get_bind().dialect.name == "sqlite" else _postgresql():
        op.execute(statement)
