"""A night that was held: two people let exactly its figures pass, or one sends them back; the next run then writes.

What is let pass are figures of one day, compared with one generation, by their digest: where the ledger says anything
else by the next run, that run is held anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import msgspec
import psycopg
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from kofu.certificates.domain.findings import Signature, as_they_count, is_closed, require_finding
from kofu.core.errors import OperatorFault
from kofu.judgement.findings import Figure
from kofu.ledger.acting.who_acts import Acting
from kofu.ledger.feed.domain.held_nights import HELD_NIGHT_LIFE, HeldEvent, HeldState
from kofu.ledger.feed.judge_figures import JudgedNight, NightFigures
from kofu.platform import audit


class NightHeldError(OperatorFault):
    """Nothing left: the figures wait for two people. `held_id` is their page."""

    def __init__(self, held_id: int, beyond: int) -> None:
        """Say how many figures are beyond their bounds."""
        self.held_id = held_id
        super().__init__(
            "feed_held",
            f"held as number {held_id}: {beyond} figures beyond their bounds; two people look at them on the screen"
            " 夜間連携, then run it again; the last feed stands",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldNight:
    """Held figures: of which day and mode, compared with which generation, and where they stand."""

    id: int
    municipality_code: str
    figures_sha256: str
    business_date: date
    mode: str
    before: int
    report: object
    state: str
    held_at: datetime
    ended_at: datetime | None

    @property
    def stands(self) -> HeldState:
        """Where they stand."""
        return HeldState(self.state)

    @property
    def figures(self) -> tuple[Figure, ...]:
        """The figures beside those of the days they were compared with."""
        return msgspec.convert(self.report, tuple[Figure, ...])


@dataclass(frozen=True, slots=True)
class HeldNightSignature:
    """One person's word on held figures.

    `lapsed_at`: when the account was first reset, ended or given another role since; None where it was not.
    """

    step: str
    by: str
    finding: str
    at: datetime
    lapsed_at: datetime | None


_COLUMNS = "id, municipality_code, figures_sha256, business_date, mode, before, report, state, held_at, ended_at"


def is_released(connection: psycopg.Connection, municipality_code: str, figures_sha256: str) -> int | None:
    """Give the number of these figures where two people let them pass, else None."""
    row = connection.execute(
        "SELECT id FROM held_night WHERE municipality_code = %s AND figures_sha256 = %s AND state = 'released'",
        [municipality_code, figures_sha256],
    ).fetchone()
    return row[0] if row else None


def keep_figures(
    connection: psycopg.Connection, night: JudgedNight, mode: str, judged: NightFigures, at: datetime
) -> int:
    """Keep figures for people to look at; give their number. The same figures that wait already are the same."""
    with connection.transaction():
        row = (
            connection.execute(
                "SELECT id FROM held_night WHERE municipality_code = %s AND figures_sha256 = %s"
                " AND state IN ('held', 'released')",
                [night.municipality_code, judged.sha256],
            ).fetchone()
            or connection.execute(
                "INSERT INTO held_night (municipality_code, figures_sha256, business_date, mode, before, report, state,"
                " held_at) VALUES (%s, %s, %s, %s, %s, %s, 'held', %s) RETURNING id",
                [
                    night.municipality_code,
                    judged.sha256,
                    night.business_date,
                    mode,
                    night.before,
                    Jsonb(msgspec.to_builtins(judged.figures)),
                    at,
                ],
            ).fetchone()
        )
    if row is None:
        raise OperatorFault("feed_held", "the figures could not be kept")
    return int(row[0])


def mark_written(connection: psycopg.Connection, held_id: int, at: datetime) -> None:
    """Say that a run wrote the feed with these figures, in the caller's transaction."""
    connection.execute("UPDATE held_night SET state = 'written', ended_at = %s WHERE id = %s", [at, held_id])


def read_held(
    connection: psycopg.Connection, municipality_code: str, held_id: int, *, lock: bool = False
) -> HeldNight | None:
    """Read held figures by their number; None where there are none."""
    with connection.cursor(row_factory=class_row(HeldNight)) as cursor:
        return cursor.execute(
            f"SELECT {_COLUMNS} FROM held_night WHERE municipality_code = %s AND id = %s"
            f"{' FOR UPDATE' if lock else ''}",
            [municipality_code, held_id],
        ).fetchone()


def words_on(connection: psycopg.Connection, held_id: int) -> tuple[HeldNightSignature, ...]:
    """Give what people said of held figures, in order."""
    with connection.cursor(row_factory=class_row(HeldNightSignature)) as cursor:
        return tuple(
            cursor.execute(
                'SELECT step, signed_by AS "by", finding, signed_at AS "at",'
                " staff_lapsed_at(signed_by, signed_at) AS lapsed_at FROM held_night_word"
                " WHERE held_night_id = %s ORDER BY id",
                [held_id],
            ).fetchall()
        )


def signatures_of(words: tuple[HeldNightSignature, ...]) -> tuple[Signature, ...]:
    """Give the words that let figures pass, as signatures."""
    return as_they_count(
        (word.by, word.finding, word.at, word.lapsed_at) for word in words if word.step == HeldEvent.RELEASE
    )


def release_figures(
    connection: psycopg.Connection, municipality_code: str, held_id: int, finding: str, acting: Acting
) -> bool:
    """Add one person's word that these figures may leave; the second person's releases them. Whether it did.

    Raises `OperatorFault` `held_unknown`, `held_state`, `finding_refused`.
    """
    with connection.transaction():
        held = _moving(connection, municipality_code, held_id, HeldEvent.RELEASE)
        before = signatures_of(words_on(connection, held_id))
        new = Signature(by=acting.actor, finding=finding)
        require_finding(before, new)
        _add_signature(connection, held_id, HeldEvent.RELEASE, new, acting)
        released = is_closed((*before, new))
        if released:
            connection.execute("UPDATE held_night SET state = 'released' WHERE id = %s", [held_id])
        _record(connection, held, "feed.figures.release", "released" if released else "signed", acting)
    return released


def send_back(
    connection: psycopg.Connection, municipality_code: str, held_id: int, finding: str, acting: Acting
) -> None:
    """Send figures back with a reason, by one person: no run writes them. Errors as of `release_figures`."""
    with connection.transaction():
        held = _moving(connection, municipality_code, held_id, HeldEvent.SEND_BACK)
        new = Signature(by=acting.actor, finding=finding)
        require_finding((), new)
        _add_signature(connection, held_id, HeldEvent.SEND_BACK, new, acting)
        connection.execute(
            "UPDATE held_night SET state = 'sent_back', ended_at = %s WHERE id = %s", [acting.now, held_id]
        )
        _record(connection, held, "feed.figures.send_back", "sent_back", acting)


def _moving(connection: psycopg.Connection, municipality_code: str, held_id: int, event: HeldEvent) -> HeldNight:
    held = read_held(connection, municipality_code, held_id, lock=True)
    if held is None:
        raise OperatorFault("held_unknown", f"there are no held figures {held_id}")
    HELD_NIGHT_LIFE.after(held.stands, event)
    return held


def _add_signature(
    connection: psycopg.Connection, held_id: int, event: HeldEvent, word: Signature, acting: Acting
) -> None:
    connection.execute(
        "INSERT INTO held_night_word (held_night_id, step, signed_by, signed_at, finding) VALUES (%s, %s, %s, %s, %s)",
        [held_id, event, word.by, acting.now, word.finding],
    )


def _record(connection: psycopg.Connection, held: HeldNight, action: str, result: str, acting: Acting) -> None:
    audit.append(
        connection,
        acting.lane,
        audit.AuditEntry(
            action=action,
            actor=acting.actor,
            result=result,
            occurred_at=acting.now,
            detail={
                "held_night": held.id,
                "business_date": held.business_date.isoformat(),
                "figures_sha256": held.figures_sha256,
            },
        ),
    )
