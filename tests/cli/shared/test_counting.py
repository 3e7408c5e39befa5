"""Long commands say how far they are: lines a log can keep where there is no terminal."""

from __future__ import annotations

import pytest

from kofu.cli.shared import counting as module
from kofu.cli.shared.counting import counting


@pytest.fixture
def seconds(monkeypatch) -> list[float]:
    """The clock of the module: what it reads next, then always the last."""
    times = [0.0]
    monkeypatch.setattr(module.time, "monotonic", lambda: times.pop(0) if len(times) > 1 else times[0])
    return times


def test_a_line_is_said_every_few_seconds_with_rate_and_remaining_time_and_one_at_the_end(seconds, capsys) -> None:
    with counting("rows") as count:
        for now, done in ((1.0, 10), (10.0, 100), (12.0, 120), (20.0, 400)):
            seconds[:] = [now]
            count(done, 400)
    assert capsys.readouterr().err.splitlines() == [
        "100 of 400 rows, 10/s, 30 s left",
        "400 of 400 rows, 20/s",
    ]


def test_how_many_there_are_need_not_be_known(seconds, capsys) -> None:
    with counting("rows") as count:
        seconds[:] = [10.0]
        count(50, 0)
    assert capsys.readouterr().err == "50 rows, 5/s\n"
