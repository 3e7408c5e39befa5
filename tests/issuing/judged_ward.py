"""A made ward, active in a database, to which feeds are offered: its fixtures are in conftest.py."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import psycopg

from kofu.contracts.feed import FeedKind, FeedMode
from kofu.issuing.acting.who_acts import Acting
from kofu.issuing.feeds.import_feed import ImportOutcome, import_feed
from kofu.issuing.feeds.judge import Judging
from kofu.platform.feeds import public_key
from kofu.platform.profiles import load_profile
from kofu.ward.faults import FAULTS, FeedFault, make_fault, plant
from kofu.ward.make import WardFolder
from kofu.ward.people import Municipality, WardPlan

ROOT = Path(__file__).parent.parent.parent
PROFILE = load_profile(ROOT / "profiles" / "mihon.toml")
AT = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
PLAN = WardPlan(
    municipality=Municipality(code=PROFILE.code, name=PROFILE.name), seed=7, size=400, day=date(2026, 11, 20)
)


@dataclass
class Ward:
    """A made ward, active in a database of its own."""

    at: WardFolder
    url: str

    @property
    def keys(self) -> Path:
        return self.at.folder / "keys"

    def connect(self) -> psycopg.Connection:
        return psycopg.connect(self.url)

    def take_in(self, folder: Path, judging: Judging | None = None, *, now: datetime = AT):
        return import_feed(
            self.connect,
            folder,
            keys={kind: public_key(self.keys, kind) for kind in FeedKind},
            municipality_code=PROFILE.code,
            now=now,
            actor="test",
            judging=judging or Judging(gates=PROFILE.gates),
        )

    def offer(self, name: str, folder: Path, **how: object):
        kind = FAULTS[name].kind
        sound = self.at.tax_feed if kind is FeedKind.TAX else self.at.resident_feed
        return self.take_in(make_fault(sound, folder / name, name, keys=self.keys, **how))

    def plant(
        self,
        change,
        folder: Path,
        *,
        ahead: int = 1,
        kind: FeedKind = FeedKind.RESIDENT,
        days_late: int = 0,
        mode: FeedMode = FeedMode.FULL,
    ) -> Path:
        sound = self.at.tax_feed if kind is FeedKind.TAX else self.at.resident_feed
        fault = FeedFault(name="planted", kind=kind, what="", change=change, days_late=days_late)
        return plant(fault, sound, folder, keys=self.keys, ahead=ahead, mode=mode)

    def state(self):
        with self.connect() as connection:
            return connection.execute("SELECT * FROM active_generation").fetchall()

    def acting(self) -> Acting:
        return Acting(clock=lambda: AT, new_id=lambda: "0" * 32, lane="test", actor="test")


def active_ward(made: WardFolder, url: str) -> Ward:
    """Take the made feeds into a database."""
    ward = Ward(made, url)
    for folder in (made.resident_feed, made.tax_feed):
        report = ward.take_in(folder)
        assert report.outcome is ImportOutcome.ACTIVATED, report
    return ward


def beyond(report):
    """Names of the figures that hold a feed."""
    return {figure.name for figure in report.judgement.figures if figure.out_of_bounds}
