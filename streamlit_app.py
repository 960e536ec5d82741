"""The frame: who is signed in, which pages, run one.

Imported, this module defines the ASGI ``app`` that `kpi serve` and `streamlit run streamlit_app.py` both start;
run by Streamlit, it draws the frame and the chosen page.
"""

import streamlit as st

if __name__ == "__main__":
    from kpi_app.pages import frame

    frame.draw()
else:
    from starlette.middleware import Middleware

    from kpi_app.web.gate import Gate
    from kpi_app.web.routes import ROUTES

    app = st.App(__file__, routes=ROUTES, middleware=[Middleware(Gate)])
