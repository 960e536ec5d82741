"""Charts: authored once in Altair with named data, kept as Vega-Lite, drawn with the rows of the day.

An Altair chart costs tens of milliseconds of Python; a dictionary costs nothing. Lines are straight between points.
"""

from functools import lru_cache
from typing import Any, Literal

import altair as alt

INK = "#3b82f6"  # these stand out from a white card and from a dark one; words and grid take the theme's colours
MUTED = "#7c8aa0"
LESS = "#d9660f"


@lru_cache(maxsize=16)
def weeks(period_name: str, value_name: str, goal_name: str, unit: Literal["percent", "number"]) -> dict[str, Any]:
    """A line over weeks with its axes, the goal dashed. Rows, in order: period, value, goal, shown, goal_shown."""
    x = alt.X("period:O", title=None, sort=None, axis=alt.Axis(labelAngle=0, labelOverlap="greedy"))
    axis = alt.Axis(title=None, format=".0%" if unit == "percent" else "~g", tickCount=4)
    y = alt.Y("value:Q", axis=axis, scale=alt.Scale(zero=False, nice=True))
    tooltip = [
        alt.Tooltip("period:N", title=period_name),
        alt.Tooltip("shown:N", title=value_name),
        alt.Tooltip("goal_shown:N", title=goal_name),
    ]
    base = alt.Chart().encode(x=x)
    goal = base.mark_line(color=MUTED, strokeDash=[4, 3], strokeWidth=1.5, aria=False).encode(y=alt.Y("goal:Q"))
    line = base.mark_line(color=INK, strokeWidth=2, interpolate="linear", aria=False).encode(y=y)
    point = base.mark_point(color=INK, filled=True, size=34).encode(y=y, tooltip=tooltip, description="shown:N")
    return _as_spec(alt.layer(goal, line, point).properties(height=190).configure_view(strokeWidth=0))


@lru_cache(maxsize=8)
def pairs(period_name: str, side_name: str, value_name: str) -> dict[str, Any]:
    """Two bars a month side by side. Rows, in order: period, side (the two names), value (yuan), shown."""
    chart = (
        alt.Chart()
        .mark_bar(cornerRadiusTopLeft=2, cornerRadiusTopRight=2)
        .encode(
            x=alt.X("period:O", title=None, axis=alt.Axis(labelAngle=0)),
            xOffset=alt.XOffset("side:N", sort=None),
            y=alt.Y("value:Q", axis=alt.Axis(title=None, format=",.0f", tickCount=5)),
            color=alt.Color(
                "side:N",
                sort=None,
                scale=alt.Scale(range=[MUTED, INK]),
                legend=alt.Legend(title=None, orient="top"),
            ),
            tooltip=[
                alt.Tooltip("period:N", title=period_name),
                alt.Tooltip("side:N", title=side_name),
                alt.Tooltip("shown:N", title=value_name),
            ],
        )
        .properties(height=240)
        .configure_view(strokeWidth=0)
    )
    return _as_spec(chart)


@lru_cache(maxsize=8)
def steps(step_name: str, people_name: str) -> dict[str, Any]:
    """How many people change by how much, losses orange and gains blue. Rows, in order: step, people, sign (±1, 0)."""
    colour = alt.Color("sign:O", scale=alt.Scale(domain=[-1, 0, 1], range=[LESS, MUTED, INK]), legend=None)
    bar = (
        alt.Chart()
        .mark_bar(cornerRadiusTopLeft=2, cornerRadiusTopRight=2)
        .encode(
            x=alt.X("step:O", title=None, sort=None, axis=alt.Axis(labelAngle=-35, labelLimit=140)),
            y=alt.Y("people:Q", axis=alt.Axis(title=None, tickMinStep=1)),
            color=colour,
            tooltip=[alt.Tooltip("step:N", title=step_name), alt.Tooltip("people:Q", title=people_name)],
        )
        .properties(height=240)
        .configure_view(strokeWidth=0)
    )
    return _as_spec(bar)


def _as_spec(chart: alt.LayerChart | alt.Chart) -> dict[str, Any]:
    spec: dict[str, Any] = chart.to_dict(validate=False)
    for part in (spec, *spec.get("layer", [])):
        part.pop("data", None)  # the rows of the day take its place
    spec.pop("datasets", None)
    spec["background"] = "transparent"
    spec["padding"] = {"left": 0, "right": 14, "top": 4, "bottom": 2}
    return spec
