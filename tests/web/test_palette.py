"""The colours of the pages: one palette in two themes, readable in both (WCAG AA), and no colour beside it."""

import re

import pytest

from kpi_app.web.looks import ASSETS

SHEET = (ASSETS / "public" / "pages.css").read_text(encoding="utf-8")
PALETTE, RULES = SHEET.split("/* End of the palette. */")
LIGHT, DARK = (dict(re.findall(r"--([\w-]+): (#\w+);", half)) for half in PALETTE.split("@media screen"))
ON_CARDS = ("ink", "words", "lead", "quiet", "faint", "link", "good", "bad", "stop", "open")
PAIRS = [
    *((word, ground) for word in ON_CARDS for ground in ("card", "head")),
    *((word, "canvas") for word in ("ink", "words", "lead", "quiet", "link")),
    *((word, ground) for word in ("words", "quiet") for ground in ("soft", "tint")),
    *((word, f"{word}-ground") for word in ("reached", "behind", "far", "fine", "wrong")),
    ("reached", "done-ground"),
    ("behind", "alert-ground"),
    ("quiet", "stripe"),
]


def luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (it / 12.92 if it <= 0.04045 else ((it + 0.055) / 1.055) ** 2.4 for it in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def test_both_themes_have_the_same_colours_and_no_other_is_asked_for() -> None:
    assert LIGHT.keys() == DARK.keys()
    assert set(re.findall(r"var\(--([\w-]+)\)", RULES)) == LIGHT.keys()


def test_no_colour_is_written_out_but_in_the_sidebar_and_on_what_is_primary() -> None:
    literal = [line for line in RULES.splitlines() if re.search(r"#[0-9a-fA-F]{3,8}\b", line)]
    assert [line for line in literal if not re.match(r"\.kpi-(who|brand|menu)|.*var\(--primary\)", line)] == []


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_words_stand_out_from_their_ground(theme: dict[str, str]) -> None:
    found = {(word, ground): contrast(theme[word], theme[ground]) for word, ground in PAIRS}
    found["white", "primary"] = contrast("#ffffff", theme["primary"])
    assert {pair: round(it, 2) for pair, it in found.items() if it < 4.5} == {}
