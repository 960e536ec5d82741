"""How it looks: small HTML fragments, numbers as people read them. The stylesheet is ``public/pages.css``."""

from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader

ASSETS = Path(__file__).parent / "assets"
ICON = ASSETS / "public" / "icon.svg"
NOTHING = "—"
MARKDOWN = frozenset("\\`*_{}[]()<>#+-.!|~$:&\"'/")

# Everything that comes from data is escaped: names and notes are whatever an office typed.
_fragments = Environment(loader=FileSystemLoader(ASSETS / "fragments"), autoescape=True, auto_reload=False)


def fragment(template: str, /, **values: Any) -> str:
    """A piece of HTML from a template, with every value escaped."""
    return _fragments.get_template(template).render(values)


def plain(words: str) -> str:
    """Words for a label, which Streamlit reads as Markdown: nothing in them is bold, an icon, a formula or a link."""
    return "".join(f"\\{it}" if it in MARKDOWN else it for it in words)


def yuan(fen: int | None, *, sign: bool = False) -> str:
    """Fen as ¥1,234.50; with ``sign`` a plus before what is added."""
    if fen is None:
        return NOTHING
    mark = "−" if fen < 0 else "+" if sign and fen > 0 else ""
    return f"{mark}¥{abs(fen) // 100:,}.{abs(fen) % 100:02d}"


def figure(numerator: int | None, denominator: int | None, unit: str, decimals: int, language: str) -> str:
    """A figure as people read it, rounded half away from zero at its decimals, with its unit."""
    if numerator is None or not denominator:
        return NOTHING
    exact = Fraction(numerator, denominator)
    match unit:
        case "percent":
            return f"{rounded(exact * 100, decimals)}%"
        case "hours":
            return f"{rounded(exact / 3600, decimals)} {'h' if language == 'en' else '小时'}"
        case _:
            return rounded(exact, decimals)


def rounded(exact: Fraction, decimals: int) -> str:
    """The fraction with so many decimals, half away from zero, thousands set apart."""
    scaled = abs(exact) * 10**decimals
    whole = int(scaled + Fraction(1, 2))
    text = f"{whole // 10**decimals:,}"
    if decimals:
        text += f".{whole % 10**decimals:0{decimals}d}"
    return f"−{text}" if exact < 0 and whole else text


def parts(row: Mapping[str, Any], unit: str) -> str:
    """Numerator and denominator as they were counted, or the sample where the figure is a mean or a median."""
    if row["denominator"] is None:
        return NOTHING
    if unit == "percent":
        return f"{row['numerator']:,} / {row['denominator']:,}"
    return f"n = {row['sample']:,}"
