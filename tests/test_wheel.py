"""A wheel holds what the product reads beside its modules: plans, laws, pages, words, layouts, migrations."""

import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SETUPTOOLS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]


@pytest.mark.parametrize("package", [pattern.rstrip("*") for pattern in SETUPTOOLS["packages"]["find"]["include"]])
def test_every_file_of_a_package_is_in_a_module_or_named_as_its_data(package: str) -> None:
    top = ROOT / package
    named = {path for pattern in SETUPTOOLS["package-data"].get(package, ()) for path in top.glob(pattern)}
    there = {path for path in top.rglob("*") if path.is_file() and "__pycache__" not in path.parts}
    modules = {path for path in there if path.suffix == ".py" and (path.parent / "__init__.py").exists()}
    assert there - modules <= named
    assert all(list(top.glob(pattern)) for pattern in SETUPTOOLS["package-data"].get(package, ()))
