"""The page of the proof says what its numbers say, and never that a million was played where it was not."""

from __future__ import annotations

from typing import Any

import pytest
from bench.kept_runs import ROOT, Run, kept, last_seed, summed
from bench.playing import Played, refuse_twice
from bench.proof_page import KIOSKS, LEDGER, page

KIOSKS_REPORT = kept(KIOSKS)
LEDGER_REPORT = kept(LEDGER)
SIZE = {"people": 60, "visits": 1000}


def a_run(first: int, papers: int, **more: Any) -> Run:
    return {
        "day": "2026-11-30",
        "build": "0123abcd",
        **SIZE,
        "minutes": 10.0,
        "seeds": {"first": first, "last": first + 1, "count": 2},
        "total": {"papers": papers, "requests": papers + 1, "payments": papers},
        "faults": {"refuse": 3},
        "starts": {"noon": 2},
        "wrong": [],
        "machine": {"cores": 2, "system": "Linux", "python": "3.11", "load_before": 0.1},
        "each": 10,
        "rows": 10,
    } | more


def told(*runs: Run, mutants: Any = None) -> str:
    return page({"runs": list(runs), "mutants": mutants}, {"runs": list(runs)})


def test_the_page_is_drawn_from_its_numbers() -> None:
    assert (ROOT / "docs" / "proof.md").read_text(encoding="utf-8") == page(KIOSKS_REPORT, LEDGER_REPORT)
    sums = summed(LEDGER_REPORT["runs"])
    assert (sums.wrong, sums.total["payments"] > 0) == ([], True)


def test_a_million_is_said_to_be_played_only_where_all_runs_together_come_to_it() -> None:
    less = told(a_run(1, 600_000), a_run(3, 399_999))
    assert "A million certificates were **not** played" in less
    assert "A million payments were **not** played" in less
    assert "999,999 papers" in less
    enough = told(a_run(1, 600_000), a_run(3, 400_000))
    assert "A million certificates were played" in enough
    assert "A million payments were played" in enough


def test_each_run_stands_on_the_page_with_the_build_that_played_it() -> None:
    both = told(a_run(1, 10), a_run(3, 20, build="89abcdef+"))
    assert "| 0123abcd | 10 |" in both
    assert "| 89abcdef+ | 20 |" in both


def test_what_went_wrong_in_any_run_stays_on_the_page_and_what_mended_it_is_said() -> None:
    wrong = told(a_run(1, 10, wrong=[{"seed": 1, "what": "books.lost"}]), a_run(3, 20))
    assert "Nothing was wrong" not in wrong
    assert "Not one yen" not in wrong
    assert "seed 1: `books.lost`" in wrong
    mended = told(a_run(1, 10, mended=[{"seed": 1, "what": "books.lost", "mended": "The cause is gone."}]))
    assert "1 of the seeds went wrong; what was wrong is mended" in mended
    assert "The cause is gone." in mended


@pytest.mark.parametrize(
    "rule", ["paper.said", "hold.left", "stop.left", "numbers.all", "outcome.same", "service.case"]
)
def test_no_paper_is_said_to_be_right_where_a_seed_went_wrong_in_papers(rule: str) -> None:
    report = {"mended": [{"seed": 1, "what": "kept.report: twice", "mended": "The cause is gone."}]}
    assert "**No paper was wrong.** **1 of the seeds" in told(a_run(1, 10, **report))
    report["mended"].append({"seed": 3, "what": f"{rule}: of somebody else", "mended": "The cause is gone."})
    assert "No paper was wrong" not in told(a_run(1, 10, **report))
    assert "No paper was wrong" not in told(a_run(1, 10, wrong=[{"seed": 1, "what": [f"{rule}: of somebody else"]}]))


def test_a_bug_that_survived_stands_on_the_page() -> None:
    row = {"name": "01-a-bug", "invariant": "P1", "what": "something", "verdict": "SURVIVED"}
    survived = told(a_run(1, 10), mutants={"in_the_tree": 3, "mutants": [row]})
    assert "0 of 1 bugs" in survived
    assert "2 more are in the tree" in survived
    assert "| a-bug | P1 | something | SURVIVED |" in survived
    assert "**Nothing was played.**" in told(a_run(1, 0, total={}))


def test_no_history_is_counted_twice() -> None:
    runs = [a_run(5, 10), a_run(90, 10, visits=7)]
    assert last_seed(runs, SIZE) == 6
    assert last_seed(runs, {"people": 60, "visits": 2}) == 0
    with pytest.raises(SystemExit, match="seeds up to 6 were played"):
        refuse_twice(runs, 6, SIZE)
    refuse_twice(runs, 7, SIZE)


def test_what_a_run_played_is_kept_as_far_as_it_came() -> None:
    played = Played(1, {"cores": 2}, build="0123abcd")
    assert played.run(SIZE)["seeds"] == {"first": 1, "last": 1, "count": 0}
    sound = {"seed": 1, "seconds": 2.0, "faults": {"refuse": 1}, "start": "noon", "violations": [], "papers": 9}
    played.add(sound, ["papers"])
    played.add(sound | {"seed": 2, "violations": ["paper.said"]}, ["papers"])
    kept_so_far = played.run(SIZE)
    assert kept_so_far["total"] == {"papers": 18}
    assert kept_so_far["wrong"] == [{"seed": 2, "what": ["paper.said"]}]
    assert kept_so_far["build"] == "0123abcd"
