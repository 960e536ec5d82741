"""What somebody means to reach, and how it is going."""

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Nothing yet."""
