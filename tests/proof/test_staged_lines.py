"""A line of the simulation fails as a line fails: with the driver's error, wherever it is cut."""

from __future__ import annotations

import psycopg
import pytest

from kofu.simulation import lines
from kofu.simulation.lines import StagedLine
from kofu.simulation.plan import DrawnFault, FaultStrike
from kofu.simulation.stage import SimulationStage, StagedActor

pytestmark = pytest.mark.storage
STRIKES = (FaultStrike.CUT_BEFORE, FaultStrike.CUT_AFTER)


def what_came_of(postgres: str, number: int, strike: FaultStrike) -> str:
    """Write many rows at once on a line that is cut at one of its round trips; give the name of what was raised."""
    came: list[str] = []

    def writes(_actor: StagedActor) -> None:
        line = StagedLine.connect(postgres, autocommit=True)
        try:
            line.cursor().executemany("SELECT %s", [(1,), (2,)])
            came.append("written")
        except (psycopg.Error, AssertionError) as error:
            came.append(type(error).__name__)
        finally:
            line.pgconn.finish()

    with psycopg.connect(postgres, autocommit=True) as observer:
        stage = SimulationStage(1, (DrawnFault("writes", number, strike),), observer)
        stage.enter("writes", writes)
        stage.play()
    return came[0]


@pytest.mark.parametrize("strike", STRIKES)
@pytest.mark.parametrize("number", range(1, 5))
def test_a_line_that_is_cut_says_so_whichever_round_trip_it_is_cut_at(postgres, number, strike) -> None:
    assert what_came_of(postgres, number, strike) in {"OperationalError", "written"}


def test_twin_cut_after_something_that_sends_nothing_it_would_be_the_drivers_own_check(postgres, monkeypatch) -> None:
    monkeypatch.setattr(lines, "_SENDS_NOTHING", "")
    found = {what_came_of(postgres, number, FaultStrike.CUT_AFTER) for number in range(1, 5)}
    assert "AssertionError" in found
