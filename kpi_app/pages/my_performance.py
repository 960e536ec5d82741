"""x"""

from kpi_app.web.visit import Visit


def draw(here: Visit) -> None:
    """Draw."""
