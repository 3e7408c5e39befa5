"""外字の登録: a character no font draws gets a drawing, with what shows its form, by two people, kept by digest.

The character is the one that stands in the data (a base with its selector, a private-use code point): never mapped to
another, never reduced (縮退). With each decision the font of all glyphs in force is built anew and kept under the next
number: the set every paper of the municipality is drawn with, at the counter at once, at kiosks when they took it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID, uuid4

import psycopg

from kofu.contracts.feed import GlyphSetStated
from kofu.core.errors import OperatorFault
from kofu.core.font_file import FontFile
from kofu.core.four_eyes import PendingProposal, require_reason
from kofu.core.names import code_points_of, read_code_points
from kofu.ledger.acting.record import record
from kofu.ledger.acting.who_acts import Acting
from kofu.ledger.glyphs.domain.states import (
    DRAWN,
    GLYPH_LIFE,
    OF_A_SECOND_PERSON,
    STANDING,
    GlyphEvent,
    GlyphState,
    state_after,
)
from kofu.ledger.people.find import whole_person
from kofu.ledger.people.numbers import numbers_of
from kofu.platform.glyph_sets import write_glyph_set
from kofu.platform.message_keys import MessageKey
from kofu.platform.standing_proposals import require_decider
from kofu.press.glyph_font import FILE_NAME, DrawnGlyph, build_glyph_font, clusters_of, registrable
from kofu.press.glyph_outline import read_outline

PERSONS_MAX = 50
REASON_LENGTH_MAX = 400
_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class GlyphWord:
    """One event of a registration, as it is told."""

    event: GlyphEvent
    reason: str
    by: str
    at: datetime
    id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """A registration with what was decided about it. `persons`: 宛名番号 of whom it concerns."""

    id: UUID
    code_points: str
    svg: bytes
    sha256: str
    evidence: str
    document_number: str
    document_sha256: str
    proposed_by: str
    proposed_at: datetime
    persons: tuple[str, ...]
    words: tuple[GlyphWord, ...]

    @property
    def cluster(self) -> str:
        """The character as it stands in the data."""
        return cluster_of(self.code_points)

    @property
    def state(self) -> GlyphState:
        """Where it stands."""
        return state_after(word.event for word in self.words)

    @property
    def asked(self) -> PendingProposal:
        """Who proposed what is now to be decided, and when."""
        ends = [PendingProposal(word.by, word.at) for word in self.words if word.event is GlyphEvent.PROPOSE_END]
        return ends[-1] if self.state is GlyphState.ENDING else PendingProposal(self.proposed_by, self.proposed_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposedGlyph:
    """What somebody puts in: the drawing, and what shows that the person's name is written so."""

    code_points: str
    svg: bytes
    evidence: str
    document_number: str
    document_sha256: str
    persons: Sequence[str]


@dataclass(frozen=True, slots=True)
class GlyphSet:
    """A set: its number (0: none was made yet) and its font, None where no glyph is in force."""

    version: int
    font: FontFile | None
    made_at: datetime | None


def cluster_of(code_points: str) -> str:
    """Read `U+8FBB U+E0100`. Raises `OperatorFault` `bad_code_points`."""
    cluster = read_code_points(" ".join(code_points.split()))
    if cluster is None:
        raise OperatorFault("bad_code_points", "a character is named by its code points, as U+8FBB U+E0100")
    return cluster


def propose_glyph(
    connection: psycopg.Connection,
    municipality_code: str,
    proposed: ProposedGlyph,
    *,
    drawn_by_font: Callable[[str], bool],
    acting: Acting,
) -> UUID:
    """Put a drawing in. Papers are drawn with it when another person has approved it.

    `drawn_by_font`: whether the main font draws a character exactly. Raises `OperatorFault`: `bad_code_points`,
    `not_registrable` (neither letter nor private use), `drawn_already` (by the main font), `bad_outline`,
    `evidence_needed`, `bad_digest`, `persons_needed`, `person_unknown`, `not_in_their_name`, `registered_already`.
    """
    cluster = cluster_of(proposed.code_points)
    if not registrable(cluster):
        raise OperatorFault("not_registrable", "what is registered is a letter, one with a selector, or private use")
    if drawn_by_font(cluster):
        raise OperatorFault("drawn_already", "the main font draws this character: papers bear it as it is")
    read_outline(proposed.svg)
    evidence, number = proposed.evidence.strip(), proposed.document_number.strip()
    if not evidence or not number:
        raise OperatorFault("evidence_needed", "a drawing says what shows the form, and the number of that document")
    if proposed.document_sha256 and not _DIGEST.fullmatch(proposed.document_sha256):
        raise OperatorFault("bad_digest", "the digest of a document is 64 hexadecimal digits")
    persons = tuple(dict.fromkeys(proposed.persons))
    if not 0 < len(persons) <= PERSONS_MAX:
        raise OperatorFault("persons_needed", f"a drawing is for 1 to {PERSONS_MAX} people")
    with connection.transaction():
        _lock(connection, municipality_code)
        for person in persons:
            _require_in_name(connection, municipality_code, person, cluster)
        known = registrations(connection, municipality_code)
        if any(one.cluster == cluster and one.state in STANDING for one in known):
            raise OperatorFault("registered_already", "this character has a drawing, or one that waits for approval")
        registration = uuid4()
        sha256 = hashlib.sha256(proposed.svg).hexdigest()
        connection.execute(
            "INSERT INTO glyph_registration (id, municipality_code, code_points, svg, sha256, evidence,"
            " document_number, document_sha256, proposed_by, proposed_at)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
            [
                registration, municipality_code, code_points_of(cluster), proposed.svg, sha256, evidence, number,
                proposed.document_sha256, acting.actor, acting.now,
            ],
        )  # fmt: skip
        with connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO glyph_person (registration_id, addressee_number) VALUES (%s, %s)",
                [(registration, person) for person in persons],
            )
        record(connection, acting, "glyph.propose", "proposed", registration=registration.hex, sha256=sha256)
    return registration


def decide_glyph(
    connection: psycopg.Connection,
    municipality_code: str,
    registration_id: UUID,
    event: GlyphEvent,
    *,
    reason: str = "",
    acting: Acting,
) -> GlyphSet | None:
    """Approve, decline, propose the end, withdraw or keep; give the new set where papers are drawn otherwise from now.

    Raises `OperatorFault`: `glyph_unknown`, `glyph_state`, `second_person_needed`, `reason_needed` (but to approve),
    `registered_already`.
    """
    if event is not GlyphEvent.APPROVE:
        require_reason(reason, "who declines, ends or keeps a glyph says why", length_max=REASON_LENGTH_MAX)
    with connection.transaction():
        _lock(connection, municipality_code)
        found = registration_of(connection, municipality_code, registration_id)
        GLYPH_LIFE.after(found.state, event)
        if event in OF_A_SECOND_PERSON:
            require_decider(connection, acting.actor, found.asked, what="a glyph")
        connection.execute(
            "INSERT INTO glyph_event (registration_id, event, reason, recorded_by, recorded_at)"
            " VALUES (%s, %s, %s, %s, %s)",
            [registration_id, event.value, reason.strip(), acting.actor, acting.now],
        )
        made = _make_set(connection, municipality_code, acting) if event in OF_A_SECOND_PERSON else None
        detail: dict[str, str | int] = (
            {} if made is None or made.font is None else {"set": made.version, "sha256": made.font.sha256}
        )
        record(connection, acting, "glyph.decide", event.value, registration=registration_id.hex, **detail)
    return made


def registrations(connection: psycopg.Connection, municipality_code: str) -> list[Registration]:
    """List every registration with what was decided, the newest first."""
    return _read(connection, "municipality_code = %s", [municipality_code])


def registration_of(connection: psycopg.Connection, municipality_code: str, registration_id: UUID) -> Registration:
    """Give one registration. Raises `OperatorFault` `glyph_unknown`."""
    found = _read(connection, "municipality_code = %s AND id = %s", [municipality_code, registration_id])
    if not found:
        raise OperatorFault("glyph_unknown", "there is no such registration of a glyph")
    return found[0]


def current_set(connection: psycopg.Connection, municipality_code: str) -> GlyphSet:
    """Give the set papers are drawn with now."""
    row = connection.execute(
        "SELECT version, content, made_at FROM glyph_set WHERE municipality_code = %s ORDER BY version DESC LIMIT 1",
        [municipality_code],
    ).fetchone()
    if row is None:
        return GlyphSet(0, None, None)
    return GlyphSet(row[0], FontFile.of(FILE_NAME, bytes(row[1])), row[2])


def lay_set(
    connection: psycopg.Connection, municipality_code: str, parent: Path, key: MessageKey
) -> GlyphSetStated | None:
    """Lay the set in force below `parent`, signed, where it does not lie yet; say which it is. None: none was made."""
    current = current_set(connection, municipality_code)
    if current.font is None or current.made_at is None:
        return None
    write_glyph_set(
        parent,
        current.font,
        key,
        municipality_code=municipality_code,
        version=current.version,
        characters=tuple(sorted(map(code_points_of, clusters_of(current.font)))),
        made_at=current.made_at,
    )
    return GlyphSetStated(version=current.version, sha256=current.font.sha256)


def font_with(connection: psycopg.Connection, municipality_code: str, registration: Registration) -> FontFile:
    """Build the font as it would be with one registration approved, to look at it before."""
    places = _places(connection, municipality_code)
    if all(place.cluster != registration.cluster or place.svg is None for place in places):
        places.append(DrawnGlyph(registration.cluster, registration.svg))
    return build_glyph_font(places)


def _places(connection: psycopg.Connection, municipality_code: str) -> list[DrawnGlyph]:
    """Every glyph that was ever approved, in the order of approval: a withdrawn one leaves its place empty."""
    approved = [
        (next(word.id for word in one.words if word.event is GlyphEvent.APPROVE), one)
        for one in registrations(connection, municipality_code)
        if any(word.event is GlyphEvent.APPROVE for word in one.words)
    ]
    return [
        DrawnGlyph(one.cluster, one.svg if one.state in DRAWN else None)
        for _, one in sorted(approved, key=lambda place: place[0])
    ]


def _make_set(connection: psycopg.Connection, municipality_code: str, acting: Acting) -> GlyphSet:
    font = build_glyph_font(_places(connection, municipality_code))
    version = current_set(connection, municipality_code).version + 1
    connection.execute(
        "INSERT INTO glyph_set (municipality_code, version, sha256, content, made_at) VALUES (%s, %s, %s, %s, %s)",
        [municipality_code, version, font.sha256, font.data, acting.now],
    )
    return GlyphSet(version, font, acting.now)


def _require_in_name(connection: psycopg.Connection, municipality_code: str, person: str, cluster: str) -> None:
    known = whole_person(connection, municipality_code, person)
    if known is None:
        raise OperatorFault("person_unknown", "nobody has this 宛名番号")
    stated = connection.execute(
        "SELECT name_at_assessment, address_at_assessment FROM assessment_statement"
        " WHERE municipality_code = %s AND addressee_number = ANY(%s)",
        [municipality_code, list(numbers_of(connection, municipality_code, person))],
    ).fetchall()
    if not any(cluster in text for text in (known.name, known.address, *(text for row in stated for text in row))):
        raise OperatorFault("not_in_their_name", "neither name nor address of this person bears the character")


def _read(connection: psycopg.Connection, where: str, values: list[object]) -> list[Registration]:
    rows = connection.execute(
        "SELECT id, code_points, svg, sha256, evidence, document_number, document_sha256, proposed_by, proposed_at"
        f" FROM glyph_registration WHERE {where} ORDER BY proposed_at DESC, id",
        values,
    ).fetchall()
    ids = [row[0] for row in rows]
    persons: dict[UUID, list[str]] = {}
    for registration, number in connection.execute(
        "SELECT registration_id, addressee_number FROM glyph_person WHERE registration_id = ANY(%s) ORDER BY id", [ids]
    ):
        persons.setdefault(registration, []).append(number)
    words: dict[UUID, list[GlyphWord]] = {}
    for number, registration, event, reason, by, at in connection.execute(
        "SELECT id, registration_id, event, reason, recorded_by, recorded_at FROM glyph_event"
        " WHERE registration_id = ANY(%s) ORDER BY id",
        [ids],
    ):
        words.setdefault(registration, []).append(GlyphWord(GlyphEvent(event), reason, by, at, number))
    return [
        Registration(
            id=row[0],
            code_points=row[1],
            svg=bytes(row[2]),
            sha256=row[3],
            evidence=row[4],
            document_number=row[5],
            document_sha256=row[6],
            proposed_by=row[7],
            proposed_at=row[8],
            persons=tuple(persons.get(row[0], ())),
            words=tuple(words.get(row[0], ())),
        )
        for row in rows
    ]


def _lock(connection: psycopg.Connection, municipality_code: str) -> None:
    connection.execute("SELECT pg_advisory_xact_lock(hashtextextended('glyphs ' || %s, 0))", [municipality_code])
