"""Start the dashboard from the command line."""

import os

from kpi_app.settings import PROJECT, Settings


def serve(settings: Settings, *, host: str, port: int) -> None:
    """Serve the dashboard until stopped; the address is printed by the server."""
    # Streamlit takes its configuration from the folder it is started in: ours, whatever folder that was.
    os.chdir(PROJECT)
    os.environ["KPI_HOME"] = str(settings.home)
    os.environ["KPI_HOST"] = host
    if settings.as_of:
        os.environ["KPI_AS_OF"] = settings.as_of.isoformat()
    from streamlit_app import app

    app.run(config={"server.address": host, "server.port": port})
