"""Every word on the screen has its English, and no English is left without its screen."""

import ast
import re
from itertools import pairwise
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

import kpi_app
from kpi_app.pages import frame
from kpi_app.web import words

PACKAGE = Path(kpi_app.__file__).parent
SOURCES = [*(PACKAGE / "pages").rglob("*.py"), *(PACKAGE / "web").glob("*.py")]
TEMPLATES = [*(PACKAGE / "web" / "assets").glob("*.html"), *(PACKAGE / "web" / "assets" / "fragments").glob("*.html")]
SAYS = {"here", "_", "translate"}
PACKAGES = [PACKAGE, *(PACKAGE.parent / it for it in ("data_contracts", "metrics", "scorecards"))]
CHINESE = re.compile(r"[\u3400-\u9fff]")


def said_in(source: Path) -> set[str]:
    """The literals that a module hands to a translating function."""
    found = set()
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and node.args:
            name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            first = node.args[0]
            if name in SAYS and isinstance(first, ast.Constant) and isinstance(first.value, str):
                found.add(first.value)
    return found


def said_in_template(template: Path) -> set[str]:
    return set(re.findall(r'_\("([^"]+)"\)', template.read_text(encoding="utf-8")))


def on_screen() -> set[str]:
    found = {page.title for page in frame.PAGES} | {page.group for page in frame.PAGES if page.group}
    return found.union(*map(said_in, SOURCES), *map(said_in_template, TEMPLATES))


def catalogue() -> dict[str, str]:
    with words.CATALOGUE.open("rb") as source:
        return {str(it.id): str(it.string) for it in read_po(source, locale="en") if it.id}


def test_every_word_on_the_screen_has_its_english():
    english = catalogue()
    assert sorted(message for message in on_screen() if not english.get(message)) == []


def test_no_english_is_left_without_its_screen():
    assert sorted(set(catalogue()) - on_screen()) == []


def test_a_translation_fills_in_the_same_values():
    values = re.compile(r"{(\w+)}")
    unlike = [
        zh for zh, en in catalogue().items() if sorted(set(values.findall(zh))) != sorted(set(values.findall(en)))
    ]
    assert unlike == []


def test_english_holds_no_chinese():
    assert [en for en in catalogue().values() if re.search(r"[\u4e00-\u9fff]", en)] == []


@pytest.mark.parametrize(("language", "said"), [("zh", "本周记分卡"), ("en", "Weekly scorecard"), ("fr", "本周记分卡")])
def test_words_follow_the_language(language, said):
    assert words.translate("本周记分卡", language) == said


def test_a_word_without_english_stays_chinese():
    assert words.translate("没有这句话", "en") == "没有这句话"


def test_every_fragment_that_a_page_names_is_there_and_every_one_there_is_named():
    named = {name for source in SOURCES for name in re.findall(r'"(\w+\.html)"', source.read_text(encoding="utf-8"))}
    fragments = PACKAGE / "web" / "assets" / "fragments"
    held = {it.name for it in fragments.glob("*.html")}
    within = {name for it in fragments.glob("*.html") for name in re.findall(r'"(\w+\.html)"', it.read_text("utf-8"))}
    assert held - named - within == set()
    assert named - held - {it.name for it in fragments.parent.glob("*.html")} - {"index.html"} == set()


def chinese_texts() -> set[str]:
    """The Chinese of every pair of texts in the product, and of every word on its screens; values as {}."""
    found = set(catalogue())
    for module in [it for package in PACKAGES for it in package.rglob("*.py") if "demo" not in it.parts]:
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            row = node.args if isinstance(node, ast.Call) else node.elts if isinstance(node, ast.Tuple) else []
            said = [constant(it) for it in row]
            for zh, en in pairwise(said):
                if zh and en and CHINESE.search(zh) and not CHINESE.search(en) and "\\" not in zh:  # no pattern
                    found.add(zh)
    return found


def constant(node: ast.expr) -> str | None:
    """A literal's text, {} for each value filled in; None for anything else."""
    if isinstance(node, ast.JoinedStr):
        return "".join(it.value if isinstance(it, ast.Constant) else "{}" for it in node.values)
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def test_chinese_has_full_width_brackets_and_marks() -> None:
    texts = chinese_texts()
    assert len(texts) > 1_000
    half = re.compile(r"[()]|[\u3400-\u9fff”][,;:?!]|[,;?!][\u3400-\u9fff“]|[;?!]kpi ")
    assert sorted(text for text in texts if half.search(text)) == []
