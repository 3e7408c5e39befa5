"""No dict with known keys travels: what functions of the ledger and of issuing hand on are values with named fields."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).parent.parent / "src" / "kofu"
SYSTEMS = ("ledger", "issuing")
#: A dict of which a reader must know the keys, and of which the type checker knows nothing.
OPEN_DICT = re.compile(r"\b(dict|Dict|Mapping|MutableMapping)\[str, (Any|object)\]")

CONTEXT = "what one template shows, made beside its render()"
PARAMETERS = "the named parameters of a statement, handed to its execute()"
ALLOWED = {
    "issuing/checks/attest.py::_statement": "a statement as its column holds it, read into a value at once",
    "issuing/requests/journal_store.py::values_of": PARAMETERS,
    "issuing/requests/long_statement.py::execute": PARAMETERS,
    "issuing/requests/read_journal.py::values_of": PARAMETERS,
    "ledger/addressees/web/merging.py::_comparison_in_words": CONTEXT,
    "ledger/addressees/web/merging.py::_waiting": CONTEXT,
    "ledger/books/rates_file.py::_rates": "the table of a TOML file as it is parsed: its keys are years",
    "ledger/counter/web/views.py::_earlier_application": CONTEXT,
    "ledger/counter/web/views.py::_year": CONTEXT,
    "ledger/debit/request_debits.py::_values": PARAMETERS,
    "ledger/deliveries/deliveries.py::_deliveries": PARAMETERS,
    "ledger/deliveries/deliveries.py::_one": PARAMETERS,
    "ledger/figures/web/views.py::_taxes": CONTEXT,
    "ledger/payments/web/orders.py::_findings_in_words": CONTEXT,
    "ledger/person/page.py::EntryLine": "what an entry states of itself: its keys depend on its kind",
    "ledger/person/web/views.py::shown_entry": CONTEXT,
    "ledger/recipients/web/heirs.py::_rows": "the initial values of a formset, in the form Django takes",
    "ledger/recipients/web/views.py::_agent": CONTEXT,
    "ledger/recipients/web/views.py::_heirs": CONTEXT,
}


def modules() -> Iterator[Path]:
    for system in SYSTEMS:
        for path in sorted((SOURCE / system).rglob("*.py")):
            if "migrations" not in path.parts:
                yield path


def _annotations(function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[ast.expr]:
    given = function.args
    for argument in (*given.posonlyargs, *given.args, *given.kwonlyargs, given.vararg, given.kwarg):
        if argument is not None and argument.annotation is not None:
            yield argument.annotation
    if function.returns is not None:
        yield function.returns


def _is_open(annotation: ast.expr) -> bool:
    return OPEN_DICT.search(ast.unparse(annotation).replace("typing.", "")) is not None


def open_dicts(text: str) -> set[str]:
    """Give the functions that take or return such a dict, the classes with a field of it, and the names for it.

    `clean` of a form is left out: what it gives is Django's `cleaned_data`.
    """
    tree = ast.parse(text)
    found = {
        node.targets[0].id
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and _is_open(node.value)
        if isinstance(node.value, ast.Subscript | ast.BinOp)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            if node.name != "clean" and any(map(_is_open, _annotations(node))):
                found.add(node.name)
        elif isinstance(node, ast.ClassDef):
            fields = [line for line in node.body if isinstance(line, ast.AnnAssign)]
            if any(_is_open(field.annotation) for field in fields):
                found.add(node.name)
    return found


def test_no_dict_with_known_keys_travels() -> None:
    found = {
        f"{path.relative_to(SOURCE)}::{name}"
        for path in modules()
        for name in open_dicts(path.read_text(encoding="utf-8"))
    }
    assert sorted(found - ALLOWED.keys()) == [], "make it a frozen dataclass or a msgspec.Struct"
    assert sorted(ALLOWED.keys() - found) == [], "no longer there: take it off the list"


@pytest.mark.parametrize(
    "line",
    [
        "def plan() -> dict[str, object]: ...",
        "def plan(found: list[dict[str, Any]]) -> None: ...",
        "def plan(*, detail: Mapping[str, object] | None = None) -> None: ...",
        "async def plan(found: typing.Mapping[str, typing.Any]) -> None: ...",
        "class Line:\n    detail: dict[str, Any]",
        "class Line:\n    def read(self) -> tuple[dict[str, Any], ...]: ...",
        "Row = dict[str, Any]",
    ],
)
def test_a_dict_that_travels_would_be_seen(line: str) -> None:
    assert open_dicts(line)


@pytest.mark.parametrize(
    "line",
    [
        "def clean(self) -> dict[str, Any]: ...",
        "def totals() -> dict[str, int]: ...",
        "def read(kept: object) -> Plan:\n    cells: dict[str, Any] = loads(kept)",
        "def row(*, detail: object, **columns: Any) -> Line: ...",
    ],
)
def test_what_no_one_else_reads_by_key_is_not(line: str) -> None:
    assert open_dicts(line) == set()
