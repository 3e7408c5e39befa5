"""Make a ward: both full feeds, the holds in force, the registry's serials, and virtual cards for the kiosk's demo."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Literal

import msgspec

from kofu.contracts.feed import FeedKind, FeedMode
from kofu.contracts.feed_tables import COLLECTIONS
from kofu.contracts.issuing import Hold, HoldKind
from kofu.platform.feeds import FeedWriter, open_feed, signing_key
from kofu.ward.draw import hexadecimal
from kofu.ward.outside import HEADER, outside_of
from kofu.ward.people import WardPerson, WardPlan, population
from kofu.ward.shapes import Blocked

PEOPLE_PER_BATCH = 1000
PEOPLE_WITH_DEMO_CARDS = 300
#: Where the 標識番号 stands in a row of `collections`.
PLATE = [column.name for column in COLLECTIONS.columns].index("plate_number")

HOLD_OF = {
    Blocked.PROTECTION: HoldKind.PROTECTION,
    Blocked.STOPPED: HoldKind.ISSUANCE_STOP,
    Blocked.CORRECTING: HoldKind.CORRECTING,
}


class DemoCard(msgspec.Struct, frozen=True, kw_only=True):
    """A virtual card of cards.json: what the kiosk's reader learns, the PIN, what is special about the owner."""

    serial: str
    pin: str
    device: Literal["card", "android", "iphone"]
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WardFolder:
    """Where the parts of a made ward lie."""

    folder: Path
    generation: int = 1

    @property
    def tax_feed(self) -> Path:
        """The tax feed's folder."""
        return self.folder / f"tax-{self.generation:04d}"

    @property
    def resident_feed(self) -> Path:
        """The resident feed's folder."""
        return self.folder / f"resident-{self.generation:04d}"

    @property
    def cards(self) -> Path:
        """Virtual cards, a JSON list of `DemoCard`; the first can get a 課税証明書 at once."""
        return self.folder / "cards.json"

    @property
    def holds(self) -> Path:
        """The holds in force, one message of the contract per line."""
        return self.folder / "holds.jsonl"

    @property
    def registry_certificates(self) -> Path:
        """Serials for the registry: serial,valid_from,valid_to,status."""
        return self.folder / "registry_certificates.csv"

    @property
    def registry_outside(self) -> Path:
        """People outside the ward for the registry's look-ups, columns as `kofu.ward.outside.HEADER`."""
        return self.folder / "registry_outside.csv"


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeWard:
    """What was made, in rows."""

    at: WardFolder
    people: int
    assessments: int
    collections: int
    certificates: int
    holds: int


def make_ward(
    folder: Path,
    plan: WardPlan,
    *,
    created_at: datetime,
    keys: Path,
    generation: int = 1,
    progress: Callable[[int], None] = lambda _: None,
) -> MadeWard:
    """Write the ward of `plan` into `folder`. `keys` holds the signing keys of the feeds.

    Memory stays bounded whatever the size. `progress` is told how many people are done. The feeds appear at the end,
    whole. Raises `FileExistsError` where a feed of this generation is there already.
    """
    at = WardFolder(folder=folder, generation=generation)
    for path in (at.tax_feed, at.resident_feed):
        if path.exists():
            raise FileExistsError(f"{path} is there already: a feed is never written over")
    folder.mkdir(parents=True, exist_ok=True)
    counts = _Counts()
    people = population(plan)

    def feed(path: Path, kind: FeedKind) -> AbstractContextManager[FeedWriter]:
        return open_feed(
            path,
            kind,
            municipality_code=plan.municipality.code,
            generation=generation,
            mode=FeedMode.FULL,
            base_generation=None,
            business_date=(plan.tax_closed_on or plan.day) if kind is FeedKind.TAX else plan.day,
            created_at=created_at,
            signing_key=signing_key(keys, kind),
        )

    cards: list[DemoCard] = []
    with (
        at.registry_certificates.open("w", encoding="utf-8", newline="\n") as registry,
        at.registry_outside.open("w", encoding="utf-8", newline="\n") as outside,
        at.holds.open("wb") as holds,
        feed(at.tax_feed, FeedKind.TAX) as tax,
        feed(at.resident_feed, FeedKind.RESIDENT) as resident,
    ):
        registry.write("serial,valid_from,valid_to,status\n")
        elsewhere = csv.writer(outside, lineterminator="\n")
        elsewhere.writerow(HEADER)
        for batch in _batches(people):
            _write(batch, tax, resident)
            for person in batch:
                elsewhere.writerows(other.cells() for other in outside_of(plan, person))
                for row in person.certificates:
                    registry.write(f"{row[1]},{row[4]},{row[5]},{row[6]}\n")
                hold = hold_of(person, plan, created_at)
                if hold is not None:
                    holds.write(msgspec.json.encode(hold) + b"\n")
                    counts.holds += 1
                if person.index < PEOPLE_WITH_DEMO_CARDS:
                    cards += demo_cards(person)
            counts.add(batch)
            progress(counts.people)
    at.cards.write_bytes(msgspec.json.format(msgspec.json.encode(cards), indent=1) + b"\n")
    return MadeWard(
        at=at,
        people=counts.people,
        assessments=counts.assessments,
        collections=counts.collections,
        certificates=counts.certificates,
        holds=counts.holds,
    )


def demo_cards(person: WardPerson) -> list[DemoCard]:
    """Give the virtual cards of a person, one per certificate; an old one that was replaced says so.

    The label names the plates of the person's vehicles: a demonstration of 継続検査用 must enter one.
    """
    plates = dict.fromkeys(str(row[PLATE]) for row in person.collections if row[PLATE])
    return [
        DemoCard(
            serial=str(row[1]),
            pin=person.pin,
            device=str(row[3]),  # type: ignore[arg-type] # the feed's code, one of the three
            label=person.shape.label()
            + "".join(f"・{plate}" for plate in plates)
            + ("（古い証明書）" if row[6] == "revoked" and len(person.certificates) > 1 else ""),
        )
        for row in person.certificates
    ]


def hold_of(person: WardPerson, plan: WardPlan, sent_at: datetime) -> Hold | None:
    """Give the hold that stands against the person, as the message that travels at once; or None."""
    kind = HOLD_OF.get(person.shape.blocked)
    if kind is None:
        return None
    return Hold(
        hold_id=hexadecimal(plan.seed, person.index, "hold"),
        revision=1,
        municipality_code=plan.municipality.code,
        kind=kind,
        addressee_number=person.addressee_number,
        serial=None,
        released=False,
        effective_from=plan.day,
        sent_at=sent_at,
    )


@dataclass(slots=True)
class _Counts:
    people: int = 0
    assessments: int = 0
    collections: int = 0
    certificates: int = 0
    holds: int = 0

    def add(self, batch: list[WardPerson]) -> None:
        self.people += len(batch)
        self.assessments += sum(len(person.assessments) for person in batch)
        self.collections += sum(len(person.collections) for person in batch)
        self.certificates += sum(len(person.certificates) for person in batch)


def _batches(people: Iterator[WardPerson]) -> Iterator[list[WardPerson]]:
    while batch := list(islice(people, PEOPLE_PER_BATCH)):
        yield batch


def _write(batch: list[WardPerson], tax: FeedWriter, resident: FeedWriter) -> None:
    tax.table("assessments").write_rows(row for person in batch for row in person.assessments)
    tax.table("collections").write_rows(row for person in batch for row in person.collections)
    resident.table("residents").write_rows(person.resident for person in batch)
    resident.table("card_certificates").write_rows(row for person in batch for row in person.certificates)
