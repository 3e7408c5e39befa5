"""What each data generation says, played again from the feeds as they were handed over.

A feed is a folder with `manifest.json` and one CSV per table; a full feed states everything, a difference what changed
against the generation of its kind before it. `docs/contracts/` describes both.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from kofu_proof.history import Generation, UnreadableHistoryError

Cells = Mapping[str, str]

#: The columns that name a row, by table.
KEYS: dict[str, tuple[str, ...]] = {
    "assessments": ("addressee_number", "fiscal_year"),
    "collections": ("notice_number",),
    "residents": ("addressee_number",),
    "card_certificates": ("serial",),
}
TABLES = {"tax": ("assessments", "collections"), "resident": ("residents", "card_certificates")}


class _Manifest(msgspec.Struct):
    kind: str
    generation: int
    mode: str
    base_generation: int | None = None


@dataclass(slots=True)
class Facts:
    """Everything one data generation says, rows by table and key. `of_person`: notices, sorted at the first asking."""

    tables: dict[str, dict[tuple[str, ...], Cells]] = field(default_factory=dict)
    of_person: dict[str, list[Cells]] = field(default_factory=dict)

    def card(self, serial: str) -> Cells | None:
        """Give the card certificate of a serial."""
        return self.tables.get("card_certificates", {}).get((serial,))

    def resident(self, number: str) -> Cells | None:
        """Give a person as the registry has them."""
        return self.tables.get("residents", {}).get((number,))

    def assessment(self, number: str, year: int) -> Cells | None:
        """Give the assessment of a person and year."""
        return self.tables.get("assessments", {}).get((number, str(year)))

    def notices(self, number: str) -> tuple[Cells, ...]:
        """Give all notices of a person."""
        if not self.of_person:
            for row in self.tables.get("collections", {}).values():
                self.of_person.setdefault(row["addressee_number"], []).append(row)
        return tuple(self.of_person.get(number, ()))


def play(folder: Path, generations: Iterable[Generation]) -> dict[int, Facts]:
    """Give what every data generation says. Raises `UnreadableHistoryError` where a feed behind one is not there."""
    found = {(manifest.kind, manifest.generation): (path, manifest) for path, manifest in _manifests(folder)}
    facts: dict[int, Facts] = {}
    tables: dict[str, dict[tuple[str, ...], Cells]] = {}
    for generation in sorted(generations, key=lambda one: one.number):
        try:
            path, manifest = found[generation.feed, generation.feed_generation]
        except KeyError:
            which = f"{generation.feed} {generation.feed_generation}"
            raise UnreadableHistoryError(
                f"{folder}: the feed of generation {generation.number} ({which}) is not here"
            ) from None
        tables = dict(tables)
        for table in TABLES[manifest.kind]:
            rows = {} if manifest.mode == "full" else dict(tables.get(table, {}))
            for row in _cells(path / f"{table}.csv"):
                key = tuple(row[column] for column in KEYS[table])
                if row["change"] == "remove":
                    rows.pop(key, None)
                else:
                    rows[key] = row
            tables[table] = rows
        facts[generation.number] = Facts(tables)
    return facts


def _manifests(folder: Path) -> Iterable[tuple[Path, _Manifest]]:
    for path in sorted(folder.glob("*/manifest.json")):
        yield path.parent, msgspec.json.decode(path.read_bytes(), type=_Manifest)


def _cells(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
