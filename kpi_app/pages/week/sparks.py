"""A line over some weeks as a small picture: it needs no script in the browser, prints as it is, and is read aloud."""

from base64 import b64encode
from collections.abc import Sequence
from functools import lru_cache

from kpi_app.web.charts import INK, MUTED

WIDTH, HEIGHT, MARGIN = 128, 40, 4


@lru_cache(maxsize=512)
def spark(values: Sequence[float | None], goal: float | None) -> str:
    """The address of the picture: straight lines between the weeks that have a value, the last one marked, the goal
    dashed. The scale runs from the lowest to the highest of them, goal included."""
    known = [(place, value) for place, value in enumerate(values) if value is not None]
    scale = [value for _, value in known] + ([] if goal is None else [goal])
    if not known:
        return ""
    low, high = min(scale), max(scale)

    def at(place: float, value: float) -> str:
        x = MARGIN + (WIDTH - 2 * MARGIN) * place / max(1, len(values) - 1)
        y = HEIGHT - MARGIN - (HEIGHT - 2 * MARGIN) * (0.5 if high == low else (value - low) / (high - low))
        return f"{x:.1f},{y:.1f}"

    drawn = [
        ""
        if goal is None
        else f'<path d="M{at(0, goal)} L{at(len(values) - 1, goal)}" stroke="{MUTED}" '
        'stroke-dasharray="4 3" fill="none"/>'
    ]
    runs: list[list[str]] = []
    for place, value in known:  # a week without a value breaks the line
        if not runs or values[place - 1] is None:
            runs.append([])
        runs[-1].append(at(place, value))
    line = f'stroke="{INK}" stroke-width="1.8" stroke-linecap="round" fill="none"'
    drawn += [f'<path d="M{" L".join(run)}{"" if run[1:] else " h0"}" {line}/>' for run in runs]  # a lone week is a dot
    if values[-1] is not None:
        x, y = at(len(values) - 1, values[-1]).split(",")
        drawn.append(f'<circle cx="{x}" cy="{y}" r="3" fill="{INK}"/>')
    size = f'width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}"'
    picture = f'<svg xmlns="http://www.w3.org/2000/svg" {size}>{"".join(drawn)}</svg>'
    return "data:image/svg+xml;base64," + b64encode(picture.encode()).decode()
