"""What is left out of a leaver's pay: which line, by which clause, approved by which two.

It is a manual line with the line it takes out; a locked unit keeps it as it keeps all its manual lines.
"""

from alembic import op

revision = "0011"
down_revision = "0010"

ADDED = {
    "leaves_out": "TEXT CONSTRAINT ck_manual_lines_leaves_out"
    " CHECK (leaves_out IS NULL OR (nature = 'manual' AND amount_fen < 0))",
    "first_by": "INTEGER",
    "first_person": "TEXT CONSTRAINT ck_manual_lines_first_by_another CHECK (first_person IS NULL"
    " OR (first_person <> person_id AND (entered_person IS NULL OR first_person <> entered_person)))",
    "first_name": "TEXT",
}
"""The columns that manual_lines gains, as both databases write them; first_at differs."""


def upgrade() -> None:
    """Widen manual lines by what they leave out and by a first approval of two."""
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    for name, kind in ADDED.items():
        op.execute(f"ALTER TABLE manual_lines ADD COLUMN {name} {kind}")
    op.execute(
        f"ALTER TABLE manual_lines ADD COLUMN first_at {'DATETIME' if is_sqlite else 'TIMESTAMP WITH TIME ZONE'}"
        " CONSTRAINT ck_manual_lines_two_approvals CHECK (leaves_out IS NULL OR approved_at IS NULL"
        " OR (first_at IS NOT NULL AND first_by <> approved_by AND first_person <> approved_person))"
    )
