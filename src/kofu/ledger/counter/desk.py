"""What a counter works with, and what the ledger knows of a person at one moment.

Facts are read in one REPEATABLE READ snapshot (P6); the last entry it saw is recorded as the generation of the paper.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import psycopg

from kofu.certificates import order
from kofu.certificates.domain.standing import UndrawableCharacter
from kofu.certificates.facts import SubjectFacts
from kofu.certificates.make import make
from kofu.certificates.maker import Maker
from kofu.certificates.order import PersonFacts
from kofu.certificates.render import CertificatePress
from kofu.certificates.signed_code import code_signer
from kofu.core.birthday import parse_birthday
from kofu.core.errors import OperatorFault
from kofu.core.font_file import FontFile
from kofu.core.kinds import CertificateKind, HoldKind
from kofu.core.names import read_code_points
from kofu.core.profile import Profile
from kofu.judgement.marks import character_lost
from kofu.ledger.addressees.ask_registry import AskRegistry
from kofu.ledger.counter.cases import stops_standing
from kofu.ledger.counter.domain.rules import PersonStanding, YearStanding
from kofu.ledger.feed.stated import Stated, stated_facts
from kofu.ledger.people.find import DEAD, whole_person
from kofu.ledger.people.numbers import numbers_of
from kofu.ledger.profile.domain.identity_rules import CounterRules
from kofu.platform.fonts import read_font
from kofu.platform.outbox import ensure_outside_transaction
from kofu.press.glyph_font import registrable

SETS_KEPT = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class CounterDesk:
    """What every counter of a process works with. Built once, holding nothing of any application (P1)."""

    profile: Profile
    rules: CounterRules
    make: Maker
    undrawable: Callable[[tuple[tuple[str, str], ...]], tuple[UndrawableCharacter, ...]]
    ask_registry: AskRegistry


Characters = tuple[UndrawableCharacter, ...]


def look_at_texts(
    texts: tuple[tuple[str, str], ...], undrawable: Callable[[tuple[tuple[str, str], ...]], Characters]
) -> tuple[Characters, Characters, tuple[str, ...]]:
    """Sort what keeps the texts of a paper (field, text) from being printed by what helps.

    Gives characters a glyph can be registered for, others, and the fields in which a character was lost.
    """
    found = undrawable(texts)
    helped = tuple(one for one in found if registrable(read_code_points(one.code_points) or " "))
    lost = tuple(field for field, text in texts if character_lost(field, text))
    return helped, tuple(one for one in found if one not in helped), lost


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonNow:
    """A person at one moment. `stated` by fiscal year; `last_sequence` is of the snapshot.

    `protected` and `dead` are so where the ledger or the registry says it. `registry_silent`: it said nothing.
    """

    subject: SubjectFacts
    protected: bool
    dead: bool
    registry_silent: bool
    halted: bool
    stated: Mapping[int, Stated]
    last_sequence: int

    @property
    def holds(self) -> tuple[HoldKind, ...]:
        """Holds in force, of whichever year was asked."""
        return tuple(sorted({hold for stated in self.stated.values() for hold in stated.holds}))

    @property
    def standing(self) -> PersonStanding:
        """The person as decisions want to see them."""
        return PersonStanding(
            dead=self.dead, holds=self.holds, halted=self.halted, registry_silent=self.registry_silent
        )

    def year_standing(self, desk: CounterDesk, kind: CertificateKind, year: int) -> YearStanding:
        """One year as decisions want to see it."""
        stated = self.stated[year]
        undrawable, unregistrable, lost = look_at_texts(
            order.texts_on_paper(kind, self.subject, stated.assessment), desk.undrawable
        )
        return YearStanding(
            assessment=order.assessment_standing(stated.assessment),
            collections=tuple(order.collection_standing(notice) for notice in stated.collections),
            undrawable=undrawable,
            unregistrable=unregistrable,
            lost=lost,
        )

    def facts(self, year: int, *, generation: int | None = None) -> PersonFacts:
        """Give the facts of one year's paper; `generation` for a paper made before."""
        stated = self.stated[year]
        return PersonFacts(
            generation=self.last_sequence if generation is None else generation,
            subject=self.subject,
            assessment=stated.assessment,
            collections=stated.collections,
        )

    def same_facts(self, other: PersonNow) -> bool:
        """Whether nothing a paper depends on has moved between two readings, whatever else the ledger did."""
        mine = (self.subject, self.protected, self.dead, self.registry_silent, self.halted)
        return mine == (other.subject, other.protected, other.dead, other.registry_silent, other.halted) and all(
            (stated.assessment, stated.collections, stated.holds)
            == (other.stated[year].assessment, other.stated[year].collections, other.stated[year].holds)
            for year, stated in self.stated.items()
        )


@lru_cache(maxsize=SETS_KEPT)
def certificate_press(font: Path, *, signed_code: bool, drawn: FontFile | None = None) -> CertificatePress:
    """Give the press of this process: the font is read once, and again with another set of registered glyphs (外字)."""
    return CertificatePress(read_font(font), signer=code_signer(wanted=signed_code), drawn=drawn)


def desk_of(profile: Profile, rules: CounterRules, press: CertificatePress, ask_registry: AskRegistry) -> CounterDesk:
    """Bind the certificates' press and the registry to the counters."""
    return CounterDesk(
        profile=profile,
        rules=rules,
        make=lambda order: make(order, press),
        undrawable=press.undrawable,
        ask_registry=ask_registry,
    )


def registry_holds_of(
    connection: psycopg.Connection, desk: CounterDesk, addressee_number: str
) -> tuple[HoldKind, ...] | None:
    """Ask the registry what stands against a person, under every number that means them; None where it is silent."""
    ensure_outside_transaction(connection)
    found: set[HoldKind] = set()
    for number in numbers_of(connection, desk.profile.code, addressee_number):
        said = desk.ask_registry(number)
        if said is None:
            return None
        found.update(said)
    return tuple(sorted(found))


def read_person_now(
    connection: psycopg.Connection,
    municipality_code: str,
    addressee_number: str,
    years: Sequence[int],
    registry_holds: tuple[HoldKind, ...] | None,
) -> PersonNow:
    """Read a person, with what is stated of some years, in the caller's transaction.

    `registry_holds`: what the registry said a moment ago, None for nothing.

    Raises `OperatorFault` `person_unknown`, and `birthday_missing` where the ledger has no birthday to print.
    """
    person = whole_person(connection, municipality_code, addressee_number)
    if person is None:
        raise OperatorFault("person_unknown", "nobody has this 宛名番号; take the resident feed in first")
    if not person.birthday:
        raise OperatorFault("birthday_missing", "the ledger has no birthday of this person; register it first")
    stated = {year: stated_facts(connection, municipality_code, addressee_number, year) for year in years}
    return PersonNow(
        subject=SubjectFacts(
            addressee_number=person.addressee_number,
            name=person.name,
            address=person.address,
            birthday=parse_birthday(person.birthday),
        ),
        protected=person.protected or HoldKind.PROTECTION in (registry_holds or ()),
        dead=person.status == DEAD or HoldKind.DEATH in (registry_holds or ()),
        registry_silent=registry_holds is None,
        halted=bool(stops_standing(connection, municipality_code)),
        stated=stated,
        last_sequence=max(one.last_sequence for one in stated.values()),
    )
