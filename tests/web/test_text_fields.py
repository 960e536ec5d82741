"""Every place where somebody can type is in the table of text fields, or known to take only what it names."""

import ast
import re
import typing
from collections.abc import Iterator
from pathlib import Path

import typer

import kpi_app.cli  # noqa: F401 - it puts the commands together
from kpi_app.cli import frame
from kpi_app.settings import PROJECT
from tests.browser.test_naughty import QUERIES
from tests.web.naughty import FIELDS, NAMES, OTHERWISE

PAGES = PROJECT / "kpi_app" / "pages"
ASSETS = PROJECT / "kpi_app" / "web" / "assets"
TAKE_TEXT = {"text_input", "text_area", "chat_input", "data_editor", "file_uploader"}


ASK_THE_ADDRESS = (
    "st.query_params.get", "address.one", "address.several", "address.select", "address.select_several", "several",
)  # fmt: skip


def calls(folder: Path) -> Iterator[tuple[str, ast.Call]]:
    for path in sorted(folder.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                yield path.relative_to(folder).with_suffix("").as_posix(), node


def label_of(call: ast.Call) -> str:
    """The words of a widget's label; the expression where it has none of its own."""
    texts = [it.value for it in ast.walk(call.args[0]) if isinstance(it, ast.Constant) and isinstance(it.value, str)]
    return texts[0] if texts else ast.unparse(call.args[0])


def widgets() -> set[str]:
    """``page: label`` of everything on a page into which one types or gives a file."""
    return {
        f"{page}: {label_of(call)}"
        for page, call in calls(PAGES)
        if call.func.attr in TAKE_TEXT or any(it.arg == "accept_new_options" for it in call.keywords)  # type: ignore[attr-defined]
    }


def inputs() -> set[str]:
    """``page: name`` of the input fields of pages without Streamlit."""
    return {
        f"{path.name}: {name}"
        for path in ASSETS.rglob("*.html")
        for tag in re.findall(r"<(?:input|textarea)\b[^>]*>", path.read_text(encoding="utf-8"))
        for name in re.findall(r'\bname="([^"]+)"', tag)
    }


def commands(app: typer.Typer = frame.kpi, path: str = "kpi") -> Iterator[tuple[str, typing.Any]]:
    for it in app.registered_commands:
        yield f"{path} {it.name or it.callback.__name__}", it.callback  # type: ignore[union-attr]
    for group in app.registered_groups:
        yield from commands(group.typer_instance, f"{path} {group.name}")  # type: ignore[arg-type]


def arguments() -> set[str]:
    """``kpi command: argument`` of everything on the command line that is text or a file."""
    return {
        f"{path}: {name}"
        for path, callback in [*commands(), ("kpi", frame.start)]
        for name, hint in typing.get_type_hints(callback).items()
        if {str, Path} & ({hint} | {part for it in typing.get_args(hint) for part in (it, *typing.get_args(it))})
    }


def queries() -> set[str]:
    """What addresses of pages may ask for."""
    found = set()
    for path in PAGES.rglob("*.py"):
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(call, ast.Call):
                continue
            if ast.unparse(call.func) in ASK_THE_ADDRESS and isinstance(call.args[0], ast.Constant):
                found.add(call.args[0].value)
            if ast.unparse(call.func) == "address.keep":
                found |= {it.arg for it in call.keywords if it.arg}
    return found


def test_every_place_to_type_is_in_the_table() -> None:
    there = widgets() | inputs() | arguments()
    typed = {place for field in FIELDS.values() for place in field.at}
    named = {place for name in NAMES.values() for place in name.at}
    listed = typed | named | set(OTHERWISE)
    missing = {place for place in there - listed if place.rpartition(": ")[2] not in NAMES}
    assert missing == set(), "say in tests/web/naughty.py where it comes out again"
    assert listed - there == set(), "there is no such place any more"
    assert len(typed) + len(named) + len(OTHERWISE) == len(listed), "a place stands in one table"


def test_every_query_of_an_address_is_tried_in_the_browser() -> None:
    assert queries() - set(QUERIES) == set()
