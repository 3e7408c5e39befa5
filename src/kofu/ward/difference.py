"""What changes in a ward from one day to the next: the two differences that follow the full feeds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TypeAlias

from kofu.contracts.feed import FeedKind, FeedMode
from kofu.contracts.feed_tables import ASSESSMENTS, CARD_CERTIFICATES, COLLECTIONS, RESIDENTS
from kofu.platform.feeds import open_feed, signing_key
from kofu.ward.make import WardFolder
from kofu.ward.people import Row, WardPerson, WardPlan, newest_year, population

Cells: TypeAlias = "dict[int, str | int | date | None]"

CHANGE = 0
COLLECTION = COLLECTIONS.column_names.index
ASSESSMENT = ASSESSMENTS.column_names.index
RESIDENT = RESIDENTS.column_names.index
CERTIFICATE = CARD_CERTIFICATES.column_names.index

# Of every so many people, the one at this place; primes, so that the happenings meet now and then
PAYS = (11, 3)
MOVES_WITHIN = (53, 4)
REVOKED = (61, 5)
MOVES_OUT = (101, 6)
CORRECTED = (97, 7)
NOTICE_REMOVED = (211, 15)


@dataclass(slots=True)
class Changes:
    """Rows of the differences of one person, or of all."""

    collections: list[Row]
    assessments: list[Row]
    residents: list[Row]
    certificates: list[Row]


def changes_of(person: WardPerson, next_day: date) -> Changes:
    """Give what is different about the person at the close of `next_day`: nothing for most."""
    changes = Changes([], [], [], [])
    newest = newest_year(next_day)
    if _happens(PAYS, person):
        for row in person.collections:
            if row[COLLECTION("fiscal_year")] == newest and row[COLLECTION("paid")] != row[COLLECTION("assessed")]:
                changes.collections.append(
                    _with_cells(row, {
                        COLLECTION("paid"): row[COLLECTION("assessed")],
                        COLLECTION("paid_total"): row[COLLECTION("assessed_total")],
                    })
                )  # fmt: skip
    elif _happens(NOTICE_REMOVED, person) and person.collections:
        changes.collections.append(_with_cells(person.collections[0], {CHANGE: "remove"}))
    if _happens(CORRECTED, person) and person.assessments:
        changes.assessments.append(_with_cells(person.assessments[-1], {ASSESSMENT("correcting"): 1}))
    if person.resident[RESIDENT("status")] == "resident":
        if _happens(MOVES_OUT, person):
            left: Cells = {RESIDENT("status"): "moved_out", RESIDENT("status_date"): next_day}
            changes.residents.append(_with_cells(person.resident, left))
        elif _happens(MOVES_WITHIN, person):
            address = f"{person.resident[RESIDENT('address')]}（転居後）"
            moved: Cells = {RESIDENT("address"): address, RESIDENT("status_date"): next_day}
            changes.residents.append(_with_cells(person.resident, moved))
    if _happens(REVOKED, person):
        changes.certificates += [_with_cells(row, {CERTIFICATE("status"): "revoked"}) for row in person.certificates]
    return changes


def make_difference(
    folder: Path,
    plan: WardPlan,
    *,
    next_day: date,
    created_at: datetime,
    keys: Path,
    base_generation: int = 1,
    progress: Callable[[int], None] = lambda _: None,
) -> WardFolder:
    """Write both differences from the ward that was made by `plan` to the close of `next_day`.

    Only one step from the made ward is offered: generation `base_generation` + 1. Raises `FileExistsError`.
    """
    at = WardFolder(folder=folder, generation=base_generation + 1)
    all_changes = Changes([], [], [], [])
    for done, person in enumerate(population(plan), start=1):
        changes = changes_of(person, next_day)
        all_changes.collections += changes.collections
        all_changes.assessments += changes.assessments
        all_changes.residents += changes.residents
        all_changes.certificates += changes.certificates
        progress(done)
    tables = {
        FeedKind.TAX: {"assessments": all_changes.assessments, "collections": all_changes.collections},
        FeedKind.RESIDENT: {"residents": all_changes.residents, "card_certificates": all_changes.certificates},
    }
    for kind, path in ((FeedKind.TAX, at.tax_feed), (FeedKind.RESIDENT, at.resident_feed)):
        with open_feed(
            path,
            kind,
            municipality_code=plan.municipality.code,
            generation=at.generation,
            mode=FeedMode.DIFFERENCE,
            base_generation=base_generation,
            business_date=next_day,
            created_at=created_at,
            signing_key=signing_key(keys, kind),
        ) as feed:
            for name, rows in tables[kind].items():
                feed.table(name).write_rows(rows)
    return at


def _happens(what: tuple[int, int], person: WardPerson) -> bool:
    every, place = what
    return person.index % every == place


def _with_cells(row: Row, cells: Cells) -> Row:
    changed = list(row)
    for position, cell in cells.items():
        changed[position] = cell
    return tuple(changed)
