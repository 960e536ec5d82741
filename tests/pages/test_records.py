"""The audit's page calls every deed by its name."""

import ast
from pathlib import Path

import kpi_app
from kpi_app.pages.records import VERBS

SOURCES = sorted(Path(kpi_app.__file__).parent.rglob("*.py"))


def noted() -> set[str]:
    """The verbs that are written into the audit by a literal."""
    found = set()
    for source in SOURCES:
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "audit.note" and len(node.args) > 3:
                found |= {node.args[3].value} if isinstance(node.args[3], ast.Constant) else set()
    return found


def test_every_deed_of_the_audit_has_a_name_on_the_screen() -> None:
    assert {"urge", "week.note", "user.add"} < noted()
    assert sorted(noted() - set(VERBS)) == []
