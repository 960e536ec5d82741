"""The frame: who is signed in, which pages, run one.

Imported, this module defines the ASGI ``app`` that `kpi serve`, `streamlit run streamlit_app.py` and any ASGI server
start; run by Streamlit, it draws the frame and the chosen page.
"""

import streamlit as st

if __name__ == "__main__":
    from kpi_app.pages import frame

    frame.draw()
else:
    from collections.abc import AsyncIterator
    from contextlib import asynccontextmanager, suppress
    from importlib import import_module
    from threading import Timer

    from starlette.middleware import Middleware

    from data_contracts.contract import Problem
    from kpi_app import access
    from kpi_app.web import site
    from kpi_app.web.gate import Gate, broken
    from kpi_app.web.routes import ROUTES

    SECONDS_TO_ANSWER_FIRST = 2

    def get_ready() -> None:
        """Load and work out what the first visitor would wait for: the pages, Streamlit's pandas, what waits today."""
        for name in ("kpi_app.pages.frame", "pandas"):
            import_module(name)
        from kpi_app.store.views import attention

        with suppress(Problem):  # nobody is in the store yet
            db = site.database()
            attention.today(db, access.CONSOLE, "group", access.GROUP, as_of=db.settings.today())

    @asynccontextmanager
    async def getting_ready(_: st.App) -> AsyncIterator[None]:
        """The server answers at once, and gets ready while the first visitor signs in.

        Whatever command starts it, it does not start without a store or with settings or secrets that cannot be.
        """
        site.database()
        soon = Timer(SECONDS_TO_ANSWER_FIRST, get_ready)
        soon.daemon = True
        soon.start()
        yield
        soon.cancel()

    def is_page(path: str) -> bool:
        """Does a page of ours lie there?"""
        from kpi_app.pages import frame

        return frame.is_page(path)

    def say_what_to_do(error: Exception) -> bool:
        """In place of Streamlit's words about an error of a page."""
        from kpi_app.pages import frame

        return frame.failed(error)

    app = st.App(
        __file__,
        routes=ROUTES,
        middleware=[Middleware(Gate, is_page=is_page)],
        lifespan=getting_ready,
        on_script_error=say_what_to_do,
        exception_handlers={Exception: broken},
    )
