"""Whatever is recorded can be read: every word the program writes into the record of operations has one in Japanese."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from kofu.staff.audit_words import DETAILS, NOT_SHOWN, OTHER_ACTIONS, RESULTS, detail_words
from kofu.staff.permissions import PERMISSIONS

SOURCE = Path(__file__).parents[2] / "src/kofu"
#: Functions that append an entry: the place of action and result among what they are given.
RECORDERS = {"record": (2, 3), "record_with_change": (1, 2), "record_alone": (1, 2), "entry": (1, 2)}
SYSTEMS = ("ledger", "issuing", "staff", "platform")


def recorded(source: str) -> Iterator[tuple[str, str]]:
    """Give what a module records in plain words: its actions, results and the names of what it notes."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        if name in {"note", "record"}:
            yield from (("detail", word.arg) for word in node.keywords if word.arg and name == "note")
        if name not in RECORDERS:
            continue
        places = RECORDERS[name]
        if name == "record" and len(node.args) > 1 and isinstance(node.args[1], ast.Constant):
            places = (1, 2)  # issuing's asks for the clock last
        for what, place in zip(("action", "result"), places, strict=True):
            given = node.args[place] if len(node.args) > place else None
            if isinstance(given, ast.Constant) and isinstance(given.value, str):
                yield what, given.value
        for given in [*node.args, *(word.value for word in node.keywords)]:
            if isinstance(given, ast.Dict):
                keys = [key.value for key in given.keys if isinstance(key, ast.Constant)]
                yield from (("detail", key) for key in keys if isinstance(key, str))


def test_every_word_of_the_record_can_be_read() -> None:
    known = {
        "action": {action.code for action in PERMISSIONS.actions} | set(OTHER_ACTIONS),
        "result": set(RESULTS),
        "detail": set(DETAILS) | NOT_SHOWN,
    }
    found = {
        (what, word)
        for system in SYSTEMS
        for path in (SOURCE / system).rglob("*.py")
        for what, word in recorded(path.read_text())
    }
    assert len(found) > 150, "the search finds what is recorded"
    assert sorted(f"{what} {word}" for what, word in found if word not in known[what]) == []


def test_the_search_finds_a_word_that_is_new() -> None:
    source = 'record(connection, acting, "tea.make", "spilt", x=1)\nnote(request, cups=2)\nentry(a, "b", "c", {"d": 1})'
    assert set(recorded(source)) == {
        ("action", "tea.make"), ("result", "spilt"), ("detail", "cups"), ("action", "b"), ("result", "c"),
        ("detail", "d"),
    }  # fmt: skip


def test_an_identity_is_shown_by_its_beginning_and_what_says_nothing_is_left_out() -> None:
    detail = {"case": "c9f9b449-b7c1-4e39-be11-4eaa35425a4c", "rows": 3, "method": "POST", "role_given": "clerk"}
    assert [(one.label, one.value) for one in detail_words(detail, {"clerk": "収納係員"})] == [
        ("調査票・事案", "c9f9b449…"),
        ("役割", "収納係員"),
        ("件数", "3"),
    ]
