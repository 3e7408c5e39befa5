"""G9: office, tax and municipality on papers and screens come from the profile; nothing of one ward stands in code."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[3] / "src/kofu"
FOLDERS = ("certificates", "core", "issuing", "judgement", "ledger", "platform", "press")
#: A municipality by name, what only a ward, a city, a town … is called, and its taxes.
OWN_WORDS = re.compile(
    "新宿|見本区|見本 次郎|特別区|区民税|都民税|市民税|町民税|村民税|県民税|府民税|道民税|東京都"
    "|[区市町村]役[所場]|特別出張所|[都区市町村]長|(?<![地学自管])区[のがをにへでは]"
)
#: Where such words are the thing itself.
KNOWN = {
    "core/kinds.py": "the names the law gives the tax, of which a profile chooses one",
    "core/profile_rules.py": "the same, checked",
    "certificates/last_look": "forms are attested by what they print for every kind of municipality",
}
PAPERS = sorted(path for folder in FOLDERS for kind in ("*.typ", "*.html") for path in (SOURCE / folder).rglob(kind))
MODULES = sorted(
    path for folder in FOLDERS for path in (SOURCE / folder).rglob("*.py") if "migrations" not in path.parts
)


def _known(path: Path) -> bool:
    return any(str(path.relative_to(SOURCE)).startswith(place) for place in KNOWN)


def _strings(source: str) -> Iterator[tuple[int, str]]:
    """Every string of a module that is no docstring."""
    tree = ast.parse(source)
    told = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    told |= {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in told:
            yield node.lineno, node.value


def test_no_module_says_what_the_profile_says() -> None:
    found = [
        f"{path.relative_to(SOURCE)}:{line} {words[0]}"
        for path in MODULES
        if not _known(path)
        for line, text in _strings(path.read_text())
        if (words := OWN_WORDS.search(text))
    ]
    assert found == []


def test_no_form_or_page_says_what_the_profile_says() -> None:
    found = [
        f"{path.relative_to(SOURCE)}: {words[0]}"
        for path in PAPERS
        if not _known(path) and (words := OWN_WORDS.search(re.sub(r"(?m)^\s*//.*$", "", path.read_text())))
    ]
    assert found == []


@pytest.mark.parametrize("text", ["特別区民税・都民税", "区役所税務課", "この区の納付書", "東京都見本区長"])
def test_the_search_finds_such_words(text: str) -> None:
    assert OWN_WORDS.search(text)
    assert [words for _, words in _strings(f'"""教示 見本区."""\nWORDS = "{text}"\n')] == [text]


@pytest.mark.parametrize("text", ["地区の別", "区分", "自区", "学区の"])
def test_the_search_lets_other_words_be(text: str) -> None:
    assert not OWN_WORDS.search(text)
