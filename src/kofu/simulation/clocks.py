"""The time of a simulation: one that is true, and the ward's clock, which may be set, stand still, or be wrong."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from kofu.simulation.stage import SimulationStage, StagedActor

#: Where a simulation begins, by the word of its plan: 12:00, 23:59:30 and the last half minute of the year in Japan.
BEGINNINGS = {
    "noon": datetime(2026, 11, 23, 3, 0, tzinfo=UTC),
    "before midnight": datetime(2026, 11, 23, 14, 59, 30, tzinfo=UTC),
    "before the new year": datetime(2026, 12, 31, 14, 59, 30, tzinfo=UTC),
}
WRONG_SECONDS = 6.0
"""How long the ward's clock is wrong before something sets it right."""


class SimulationClocks:
    """True time by the stage's second; the ward's clock beside it; an even counter that nobody sets."""

    def __init__(self, stage: SimulationStage, start: str) -> None:
        """Begin together."""
        self._stage = stage
        self.beginning = BEGINNINGS[start]
        self._set_by = timedelta()
        self._stands_at: tuple[float, float] | None = None

    def true(self) -> datetime:
        """Read the centre's clock."""
        return self.beginning + timedelta(seconds=self._stage.now)

    def ward(self) -> datetime:
        """Read the ward's clock."""
        if self._stands_at is not None:
            began, seconds = self._stands_at
            if self._stage.now < began + seconds:
                return self.beginning + timedelta(seconds=began) + self._set_by
            self._set_by -= timedelta(seconds=seconds)
            self._stands_at = None
        return self.true() + self._set_by

    def ticks(self) -> float:
        """Read the counter beside the ward's clock."""
        return self._stage.now

    def disturb(self, how: str, seconds: float) -> None:
        """Set the ward's clock `back` or `on`, or let it stand."""
        self.ward()
        if how == "stands" and self._stands_at is None:
            self._stands_at = (self._stage.now, seconds)
        elif how != "stands":
            self._set_by += timedelta(seconds=-seconds if how == "back" else seconds)
            self._stage.note(f"the ward's clock is set {how} by {seconds} s")

    def be_wrong(self, actor: StagedActor, how: str, seconds: float) -> None:
        """Be disturbed, and set right a while later."""
        self._stage.strike_noted(f"clock {how}")
        self.disturb(how, seconds)
        actor.sleep(WRONG_SECONDS)
        self.set_right()

    def set_right(self) -> None:
        """Put the ward's clock right."""
        self._set_by, self._stands_at = timedelta(), None
