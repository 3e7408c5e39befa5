"""The page of goals says what the kept figures say, and a paper that became slower is seen."""

from __future__ import annotations

import copy
import json
import re

import pytest
from bench.goals import Goal, Measured, Side

from bench import gate, goals, pace


def test_the_page_and_its_chart_are_those_of_the_kept_figures() -> None:
    """`python -m bench.goals` writes both anew."""
    found = goals.measured(goals.RESULTS)
    assert goals.PAGE.read_text(encoding="utf-8") == goals.page(found, goals.remarks(goals.RESULTS))
    assert goals.CHART.read_text(encoding="utf-8") == goals.chart(found)


@pytest.mark.parametrize(
    ("side", "figure", "verdict"),
    [
        (Side.AT_LEAST, 5.0, "met"),
        (Side.AT_LEAST, 4.9, "NOT met"),
        (Side.AT_MOST, 5.0, "met"),
        (Side.AT_MOST, 5.1, "NOT met"),
        (Side.AT_MOST, None, "not measured"),
    ],
)
def test_a_goal_is_met_on_its_side_alone(side: Side, figure: float | None, verdict: str) -> None:
    assert Measured(Goal("a", side, 5, "ms"), figure).verdict() == verdict


def test_a_goal_that_nothing_measures_stands_on_the_page_and_not_in_the_chart() -> None:
    found = [Measured(Goal("how quick", Side.AT_MOST, 5, "ms")), Measured(Goal("how large", Side.AT_MOST, 5, "MB"), 9)]
    assert "| how quick | ≤ 5 ms |  | not measured |  |" in goals.page(found)
    assert "how quick" not in goals.chart(found)
    assert "how large" in goals.chart(found)


def test_a_smaller_measurement_is_judged_by_what_the_whole_would_take_at_its_rate() -> None:
    goal = next(one for one in goals.GOALS if one.records)
    (judged,) = goals.judged("feed_out", {"records": goal.records // 5, "nights": [{"seconds": goal.value / 5 + 1}]})
    assert judged.figure == goal.value + 5
    assert judged.verdict() == "NOT met"


def test_with_fewer_people_than_the_goal_is_about_the_page_says_how_many() -> None:
    found = Measured(Goal("how slow", Side.AT_MOST, 1.2, "×", people=10_000_000), 1.1, people=2_000_000)
    assert "| met with fewer people | , with 2,000,000 people |" in goals.page([found])
    assert not found.met


def test_nobody_but_the_list_of_goals_states_a_target() -> None:
    """Two places would say two things."""
    for path in (goals.ROOT / "bench").glob("*.py"):
        if path != goals.ROOT / "bench" / "goals.py":
            assert not re.search(r"TARGET|_target\b", path.read_text(encoding="utf-8")), path.name


def test_an_engine_that_is_not_installed_is_named_and_stops_no_comparison() -> None:
    kept = json.loads((goals.RESULTS / "engines.json").read_text(encoding="utf-8"))
    here = copy.deepcopy(kept)
    del here["times_slower"]["weasyprint"]
    here["milliseconds_each"]["weasyprint"] = "not measured: ImportError"
    assert gate.slower(kept, here) == gate.slower(here, kept) == []
    assert gate.missing(kept, kept) == []
    assert gate.missing(kept, here) == ["weasyprint is not measured here (not measured: ImportError)"]
    here["times_slower"]["typst"] /= 2
    assert any("typst" in one for one in gate.slower(kept, here))


def test_what_became_slower_is_named_and_what_did_not_is_not() -> None:
    kept = json.loads((goals.RESULTS / "engines.json").read_text(encoding="utf-8"))
    assert gate.slower(kept, kept) == []
    busy = copy.deepcopy(kept)
    busy["milliseconds_each"] = {engine: 3 * each for engine, each in kept["milliseconds_each"].items()}
    busy["last_look_milliseconds"] *= 3
    assert gate.slower(kept, busy) == [], "a busy machine slows all of them alike"
    slow = copy.deepcopy(kept)
    slow["times_slower"]["typst"] /= 2
    assert gate.slower(kept, slow) == [
        "a paper, beside typst: 2.00 times what it was",
        "the last look, beside typst: 2.00 times what it was",
    ]


def test_how_long_the_disk_took_stands_below_the_answers_that_waited_for_it(tmp_path):
    """An answer after two durable commits is as slow as the disk of the machine it was measured on."""
    assert goals.waits_for_the_disk(tmp_path) == ""
    (tmp_path / "latency.json").write_text('{"disk_ms_p50": 1.2, "disk_ms_p99": 10.1}')
    assert "1.2 ms for a page (p50), 10.1 ms (p99)" in goals.page([], goals.waits_for_the_disk(tmp_path))


def test_beside_the_figures_stands_how_fast_the_machine_was(tmp_path) -> None:
    """A figure in milliseconds of an hour in which the processor was slow is no regression."""
    assert goals.pace_of(tmp_path) == ""
    for name, taken in (("engines", 9.25), ("issue", 14.5)):
        (tmp_path / f"{name}.json").write_text(json.dumps({"pace_ms": taken}), encoding="utf-8")
    assert "took 9.25 to 14.5 ms of the processor" in goals.page([], goals.remarks(tmp_path))


def test_the_pace_is_of_the_same_work_every_time() -> None:
    assert pace.fixed_work() == pace.fixed_work()
    assert pace.pace_ms() > 0
