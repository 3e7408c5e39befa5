"""休止: when and what is not served, at three levels: the whole centre, a municipality, a kind of certificate."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from kofu.core.kinds import CertificateKind


class Level(StrEnum):
    """How much a stop stops."""

    CENTER = "center"
    MUNICIPALITY = "municipality"
    KIND = "kind"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """A stop from `begins_at` until just before `ends_at` (None: until it is lifted).

    An empty municipality means all of them; `kind` None means all kinds.
    """

    stop_id: str
    municipality_code: str
    kind: CertificateKind | None
    begins_at: datetime
    ends_at: datetime | None
    reason_ja: str
    reason_en: str

    @property
    def level(self) -> Level:
        """How much it stops."""
        if self.kind is not None:
            return Level.KIND
        return Level.MUNICIPALITY if self.municipality_code else Level.CENTER

    def in_force(self, now: datetime) -> bool:
        """Whether it stops anything at `now`."""
        return self.begins_at <= now and (self.ends_at is None or now < self.ends_at)


@dataclass(frozen=True, slots=True)
class Stops:
    """The stops in force at one instant."""

    standing: tuple[Stop, ...]

    def whole(self, municipality_code: str) -> Stop | None:
        """Find what stops the municipality altogether, the centre's own stop first."""
        return next(
            (
                stop
                for stop in sorted(self.standing, key=lambda stop: stop.level is not Level.CENTER)
                if stop.kind is None and stop.municipality_code in {"", municipality_code}
            ),
            None,
        )

    def of(self, municipality_code: str, kind: CertificateKind) -> Stop | None:
        """Find what stops one kind of a municipality, at whatever level."""
        narrow = (
            stop for stop in self.standing if stop.kind is kind and stop.municipality_code in {"", municipality_code}
        )
        return self.whole(municipality_code) or next(narrow, None)


def standing(stops: Iterable[Stop], now: datetime) -> Stops:
    """Choose those in force."""
    return Stops(tuple(stop for stop in stops if stop.in_force(now)))
