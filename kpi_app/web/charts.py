"""Charts: authored once in Altair with named data, kept as Vega-Lite, drawn with the rows of the day.

An Altair chart costs tens of milliseconds of Python; a dictionary costs nothing. Lines are straight between points.
"""

from functools import lru_cache
from typing import Any

import altair as alt

INK = "#1d4ed8"
MUTED = "#94a3b8"


@lru_cache(maxsize=8)
def trend(period_name: str, value_name: str, goal_name: str, *, height: int = 58) -> dict[str, Any]:
    """A small line over periods with its goal dashed. Rows: no, period, value, goal, shown, goal_shown, is_last."""
    base = alt.Chart().encode(x=alt.X("no:Q", axis=None, scale=alt.Scale(nice=False, padding=6)))
    scale = alt.Scale(zero=False, padding=6)
    tooltip = [
        alt.Tooltip("period:N", title=period_name),
        alt.Tooltip("shown:N", title=value_name),
        alt.Tooltip("goal_shown:N", title=goal_name),
    ]
    goal = base.mark_line(color=MUTED, strokeDash=[4, 3], strokeWidth=1).encode(
        y=alt.Y("goal:Q", axis=None, scale=scale)
    )
    line = base.mark_line(color=INK, strokeWidth=1.8, interpolate="linear").encode(
        y=alt.Y("value:Q", axis=None, scale=scale), tooltip=tooltip
    )
    points = base.mark_point(color=INK, filled=True).encode(
        y=alt.Y("value:Q", axis=None, scale=scale),
        size=alt.condition("datum.is_last", alt.value(46), alt.value(12)),
        opacity=alt.condition("datum.is_last", alt.value(1), alt.value(0.45)),
        tooltip=tooltip,
    )
    chart = alt.layer(goal, line, points).properties(height=height).configure_view(strokeWidth=0)
    return _as_spec(chart)


def _as_spec(chart: alt.LayerChart) -> dict[str, Any]:
    spec: dict[str, Any] = chart.to_dict(validate=False)
    spec.pop("data", None)
    spec["background"] = "transparent"
    spec["padding"] = {"left": 0, "right": 0, "top": 4, "bottom": 2}
    return spec
