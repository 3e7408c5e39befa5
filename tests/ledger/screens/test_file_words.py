"""Every code the codecs give has a sentence for staff, and no sentence is for a code that is not."""

from __future__ import annotations

import ast
from pathlib import Path

import kofu.ledger
from kofu.ledger.formats.bank_forms import Peculiarity
from kofu.ledger.screens.file_words import CODEC_PROBLEMS, PECULIARITY_PROBLEMS

LEDGER = Path(kofu.ledger.__file__).parent
SAYING = {"add", "UnfitCell", "CellFault"}


def codes() -> set[str]:
    """First arguments of what reports a problem, read from the codecs' sources."""
    found = set()
    for path in (*LEDGER.glob("formats/*.py"), *LEDGER.glob("*/codecs/*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
                name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                if name in SAYING and isinstance(node.args[0].value, str):
                    found.add(node.args[0].value)
    return found


def test_every_code_has_its_sentence() -> None:
    assert codes() - CODEC_PROBLEMS.keys() == set()


def test_no_sentence_is_left_over() -> None:
    assert CODEC_PROBLEMS.keys() - codes() - {"required"} == set()


def test_every_way_a_bank_s_file_may_differ_has_its_sentence() -> None:
    assert set(PECULIARITY_PROBLEMS) == set(Peculiarity)


def test_sentences_are_japanese() -> None:
    said = CODEC_PROBLEMS | PECULIARITY_PROBLEMS
    assert [code for code, words in said.items() if words.isascii() or not words.endswith("。")] == []
