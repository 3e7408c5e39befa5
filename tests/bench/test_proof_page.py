"""The page of the proof says what its numbers say, and never that a million was played where it was not."""

from __future__ import annotations

import json
from pathlib import Path

from bench.proof_page import page

ROOT = Path(__file__).resolve().parents[2]
REPORT = json.loads((ROOT / "docs" / "proof.json").read_text(encoding="utf-8"))
LEDGER = json.loads((ROOT / "docs" / "proof-ledger.json").read_text(encoding="utf-8"))


def test_the_page_is_drawn_from_its_numbers() -> None:
    assert (ROOT / "docs" / "proof.md").read_text(encoding="utf-8") == page(REPORT, LEDGER)
    assert (LEDGER["wrong"], LEDGER["total"]["payments"] > 0) == ([], True)


def test_of_the_ledger_too_no_more_is_said_than_was_played() -> None:
    less = page(REPORT, LEDGER | {"total": LEDGER["total"] | {"payments": 999_999}})
    assert "A million payments were **not** played" in less
    assert "A million payments were played." in page(REPORT, LEDGER | {"total": LEDGER["total"] | {"payments": 10**6}})
    wrong = page(REPORT, LEDGER | {"wrong": [{"seed": 7, "what": ["books.lost"]}]})
    assert "Not one yen" not in wrong
    assert "books.lost" in wrong


def test_a_million_is_said_to_be_played_only_where_it_was() -> None:
    assert "were **not** played" in page(REPORT | {"total": REPORT["total"] | {"papers": 999_999}})
    assert "were played" in page(REPORT | {"total": REPORT["total"] | {"papers": 1_000_000}})


def test_what_went_wrong_and_a_bug_that_survived_stand_on_the_page() -> None:
    row = {"name": "01-a-bug", "invariant": "P1", "what": "something", "verdict": "SURVIVED"}
    mutants = {"in_the_tree": 3, "mutants": [row]}
    told = page(REPORT | {"wrong": [{"seed": 7, "what": "paper.said"}], "mutants": mutants})
    assert "seed 7: `paper.said`" in told
    assert "0 of 1 bugs" in told
    assert "2 more are in the tree" in told
    assert "| a-bug | P1 | something | SURVIVED |" in told
    nothing = page(REPORT | {"total": {}})
    assert "**Nothing was played.**" in nothing
