"""The ward of a simulation and its feeds: a made ward's people; each later feed changes what papers would say."""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from kofu.contracts.feed import FeedKind, FeedMode
from kofu.contracts.feed_tables import tables_of
from kofu.platform.feeds import open_feed, signing_key
from kofu.simulation.clocks import BEGINNINGS
from kofu.simulation.plan import INSPECTION, VEHICLES
from kofu.ward.make import make_ward
from kofu.ward.people import Municipality, WardPlan

WARD = Municipality(code="139998", name="東京都見本区")
CHANGED = 0.5
"""Which part of the people each later feed says something else of."""

UNKNOWN_PLATE = "見本000ん0"

Cells = dict[str, str]


@dataclass(slots=True)
class WardFeeds:
    """The feeds as handed over, and the rows the next difference is made from. `created_at`: when all are written."""

    plan: WardPlan
    folder: Path
    keys: Path
    created_at: datetime
    rows: dict[str, list[Cells]] = field(default_factory=dict)
    generations: dict[FeedKind, int] = field(default_factory=dict)
    visitors: list[Cells] = field(default_factory=list)
    owners: list[Cells] = field(default_factory=list)

    @property
    def serials(self) -> list[Cells]:
        """The card certificates of the first feed, one person after another."""
        return self.rows["card_certificates"]

    def visitor(self, number: int, kind: str = "") -> Cells:
        """Give whose card comes to the kiosks; nine of ten belong to somebody with an assessment that certifies.

        For a vehicle's paper it belongs to somebody who has a vehicle, where anybody has.
        """
        cards = self.owners if kind in {VEHICLES, INSPECTION} and self.owners else self.visitors
        return cards[number % len(cards)]

    def plate(self, number: int, year: int) -> str:
        """Give the plate of a vehicle that such a visitor has in a year; of none of theirs where they have none."""
        owner = self.visitor(number, INSPECTION)["addressee_number"]
        plates = [
            row["plate_number"]
            for row in self.rows["collections"]
            if row["addressee_number"] == owner and row["plate_number"] and row["fiscal_year"] == str(year)
        ]
        return plates[number % len(plates)] if plates else UNKNOWN_PLATE

    def next_feed(self, kind: FeedKind) -> Path:
        """Write the difference after the newest feed of a kind."""
        generation = self.generations[kind] + 1
        chance = random.Random(f"{self.plan.seed} feed {kind} {generation}")  # noqa: S311 - a history must repeat
        changed = {table.name: self._changed(table.name, generation, chance) for table in tables_of(kind)}
        path = self.folder / f"{kind}-{generation:04d}"
        with open_feed(
            path,
            kind,
            municipality_code=self.plan.municipality.code,
            generation=generation,
            mode=FeedMode.DIFFERENCE,
            base_generation=generation - 1,
            business_date=self.plan.day,
            created_at=self.created_at,
            signing_key=signing_key(self.keys, kind),
        ) as feed:
            for table in tables_of(kind):
                feed.table(table.name).write_lines(_lines(table.column_names, changed[table.name]))
        self.generations[kind] = generation
        return path

    def _changed(self, table: str, generation: int, chance: random.Random) -> list[Cells]:
        changed = []
        for row in self.rows[table]:
            if chance.random() < CHANGED:
                row.update(_changed_cells(table, row, generation, chance))
                changed.append(dict(row))
        return changed


def _changed_cells(table: str, row: Mapping[str, str], generation: int, chance: random.Random) -> Cells:
    """Say something else of a row, so that papers of two generations never look alike."""
    match table:
        case "assessments":
            return {"salary_revenue": str(int(row["salary_revenue"]) + generation), "correcting": "0"}
        case "collections":
            parts = row["paid"].split("|")
            paid = [
                str(min(int(part) + generation, int(most)))
                for part, most in zip(parts, row["assessed"].split("|"), strict=True)
            ]
            return {"paid": "|".join(paid), "paid_total": str(sum(map(int, paid)))}
        case "residents":
            away = row["status"] != "resident"
            left = chance.random() < (0.6 if away else 0.02)  # whoever moved out may come back
            address = row["address"].split("　第")[0] + f"　第{generation}号"
            return {"address": address, "status": "moved_out" if left else "resident"}
        case _:
            return {"status": "revoked" if chance.random() < 0.01 else row["status"]}  # noqa: PLR2004 - one in a hundred


def _lines(names: Sequence[str], rows: Sequence[Cells]) -> list[bytes]:
    buffer = io.StringIO(newline="")
    csv.writer(buffer, lineterminator="\n").writerows([row[name] for name in names] for row in rows)
    return [buffer.getvalue().encode()] if rows else []


def made_feeds(folder: Path, seed: int, start: str, people: int) -> WardFeeds:
    """Make the ward of a seed and its first feeds, of the day before the simulation begins."""
    day = BEGINNINGS[start].date() - timedelta(days=1)
    plan = WardPlan(municipality=WARD, seed=seed, size=people, day=day)
    return first_feeds(plan, folder / "feeds", folder / "keys", BEGINNINGS["noon"])


def first_feeds(plan: WardPlan, folder: Path, keys: Path, created_at: datetime) -> WardFeeds:
    """Make a ward and its first feeds; give what the later ones are made from."""
    made = make_ward(folder, plan, created_at=created_at, keys=keys)
    feeds = WardFeeds(plan, folder, keys, created_at)
    for path, kind in ((made.at.tax_feed, FeedKind.TAX), (made.at.resident_feed, FeedKind.RESIDENT)):
        feeds.generations[kind] = 1
        for table in tables_of(kind):
            with (path / table.file_name).open(encoding="utf-8", newline="") as file:
                feeds.rows[table.name] = list(csv.DictReader(file))
    feeds.visitors = _visitors(feeds)
    owning = {row["addressee_number"] for row in feeds.rows["collections"] if row["plate_number"]}
    feeds.owners = [card for card in feeds.serials if card["addressee_number"] in owning]
    return feeds


def _visitors(feeds: WardFeeds) -> list[Cells]:
    certified = {
        row["addressee_number"]
        for row in feeds.rows["assessments"]
        if row["taxing_right"] == "1" and row["declaration"] != "undeclared"
    }
    cards = [card for card in feeds.serials if card["addressee_number"] in certified]
    return cards * (9 * len(feeds.serials) // max(1, len(cards))) + feeds.serials
