"""The measurements as a program: which sizes, what is kept, what is said of a figure."""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path
from types import ModuleType

import pytest

from bench import goals, progress
from bench import run as bench_run

PRINTS_ONE_FIGURE = ("-c", "import json, sys; print(json.dumps({'benchmark': 'none', 'asked': sys.argv[1:]}))")


@pytest.fixture
def results(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep figures in a folder of the test's own, of one measurement that only says what it was asked."""
    pages = tmp_path_factory.mktemp("docs")
    monkeypatch.setattr(bench_run, "RESULTS", tmp_path)
    monkeypatch.setattr(bench_run.goals, "PAGE", pages / "measured.md")
    monkeypatch.setattr(bench_run.goals, "CHART", pages / "measured.svg")
    monkeypatch.setattr(bench_run, "MEASUREMENTS", {"none": bench_run.Measurement(PRINTS_ONE_FIGURE, (1,), (2,), (3,))})
    monkeypatch.setattr(bench_run, "line", lambda name, result: f"{name} {result['asked']}")
    return tmp_path


def ask(monkeypatch: pytest.MonkeyPatch, *words: str) -> None:
    monkeypatch.setattr(sys, "argv", ["bench.run", *words])
    bench_run.main()


@pytest.fixture
def ledger(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Import the measurement of the ledger as the script that it is."""
    monkeypatch.syspath_prepend(str(bench_run.ROOT / "bench"))
    return importlib.import_module("ledger")


@pytest.mark.parametrize("size", list(bench_run.Size))
def test_every_measurement_has_its_program_and_a_size_to_run_at(size: bench_run.Size) -> None:
    for name, measurement in bench_run.MEASUREMENTS.items():
        program, *numbers = [word for word in measurement.words(size) if word != "-m"]
        path = bench_run.ROOT / (program if program.endswith(".py") else program.replace(".", "/") + ".py")
        assert path.exists(), name
        assert all(int(number) > 0 for number in numbers), name


def test_what_is_measured_is_kept_with_its_size_and_the_load_around_it(
    results: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ask(monkeypatch)
    kept = json.loads((results / "none.json").read_text(encoding="utf-8"))
    assert (kept["size"], kept["asked"]) == ("usual", ["2"])
    assert kept["load_before"] >= 0
    assert kept["measured_in_seconds"] >= 0
    assert "(target 900 s: met)" in capsys.readouterr().out


def test_a_quick_look_keeps_nothing_and_a_whole_ward_stands_beside_the_usual_figures(
    results: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Figures of a few thousand rows would replace those anybody can rely on."""
    ask(monkeypatch, "--quick")
    assert list(results.iterdir()) == []
    ask(monkeypatch, "--whole")
    assert [path.name for path in results.iterdir()] == ["none-whole.json"]


def test_how_long_it_took_last_time_is_said_where_the_size_was_the_same(
    results: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = results / "none.json"
    for words, said in (
        ('{"size": "usual", "measured_in_seconds": 62.4}', True),
        ('{"size": "whole", "measured_in_seconds": 62.4}', False),
        ('{"quick": true}', False),
    ):
        kept.write_text(words, encoding="utf-8")
        ask(monkeypatch)
        assert ("(last time 62 s)" in capsys.readouterr().err) is said, words


def test_a_measurement_that_fails_is_named_and_does_not_stop_the_others(
    results: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    bench_run.MEASUREMENTS["fails"] = bench_run.Measurement(("-c", "raise SystemExit('no disk')"), (1,), (1,), (1,))
    bench_run.MEASUREMENTS["after"] = bench_run.Measurement(PRINTS_ONE_FIGURE, (1,), (5,), (1,))
    with pytest.raises(SystemExit, match="not measured: fails"):
        ask(monkeypatch)
    assert sorted(path.name for path in results.iterdir()) == ["after.json", "none.json"]
    assert "fails could NOT be measured" in capsys.readouterr().out


def test_a_name_that_is_no_measurement_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SystemExit):
        ask(monkeypatch, "nothing_of_the_sort")


def test_figures_measured_beside_other_work_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    assert bench_run.busy(0.4) == ""
    assert bench_run.busy(6.5) == "; beside other work: load 6.5 on 2 processors"


def test_a_line_says_of_each_goal_whether_it_is_met_and_what_else_is_known() -> None:
    """Of figures that do not reach so far nothing is said."""
    goal = next(one for one in goals.GOALS if one.file == "issue")
    result = {"per_core_second": goal.value, "latency_ms_p50": 3, "latency_ms_p99": 9, "clients": 4}
    assert f"{goal.what}: {goal.value:g} {goal.unit} ({goal.text()}: met)" in bench_run.line("issue", result)
    assert bench_run.line("issue", result).endswith("p50 3 ms, p99 9 ms, 4 clients")
    engines = {"milliseconds_each": {}, "times_slower": {"weasyprint": "not measured"}}
    assert "WeasyPrint" not in bench_run.line("engines", engines)


def test_every_measurement_has_a_line() -> None:
    assert bench_run.BESIDE.keys() == bench_run.MEASUREMENTS.keys()


def test_a_ledger_with_few_open_installments_gets_smaller_nights_in_the_same_proportion(ledger: ModuleType) -> None:
    assert ledger.nights_of(200_000) == (10_000, 100_000)
    assert ledger.nights_of(110_000) == (10_000, 100_000)
    assert ledger.nights_of(6_600) == (600, 6_000)
    with pytest.raises(SystemExit, match="only 1 installments are open"):
        ledger.nights_of(1)


def test_a_step_of_many_says_how_far_it_is_every_ten_seconds(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    clock = iter([0.0, 4.0, 11.0, 12.0, 30.0])
    monkeypatch.setattr("bench.progress.time.perf_counter", lambda: next(clock))
    done = progress.counted("people", 1_000)
    for number in (100, 250, 260, 1_000):
        done(number)
    said = [line.strip() for line in capsys.readouterr().err.splitlines()]
    assert said == ["people: 250 of 1,000, about 33 s to go", "people: 1,000"]


def test_a_step_whose_length_is_learned_on_the_way_says_what_remains(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    clock = iter([0.0, 20.0])
    monkeypatch.setattr("bench.progress.time.perf_counter", lambda: next(clock))
    progress.counted("notices")(200, 500)
    assert capsys.readouterr().err.strip() == "notices: 200 of 500, about 30 s to go"
