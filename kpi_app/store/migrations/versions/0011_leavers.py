"""What is left out of a leaver's pay: by which clause, approved by whom."""

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Nothing yet."""
