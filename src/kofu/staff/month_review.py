"""The monthly review of the record: a month's looks read, what stands out found, two people's words kept."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import date, datetime
from pathlib import Path

import psycopg

from kofu.core.audit_rules import PatternLimits
from kofu.core.calendar import begin_of, day_in_japan
from kofu.core.errors import OperatorFault
from kofu.platform.audit import AuditEntry, append
from kofu.platform.audit_archive import segments_over
from kofu.platform.audit_segment import SegmentFiles, month_after, rows_in
from kofu.staff.domain.month_review import (
    ReviewResult,
    ReviewWord,
    check_word,
    is_reviewed,
    month_begins,
    months_between,
)
from kofu.staff.domain.patterns import PatternFinding, PeopleToWatch, StaffLook, at_own_addresses, find_patterns
from kofu.staff.known_people import PeopleOfSystem

#: What a file or a print leaves in its entry: a digest, or that everybody on a list was given out.
_GIVEN = frozenset({"sha256", "given_out"})
#: Only what people did has a role in its entry.
_ROLE = '"role":'


def looks_of_month(connection: psycopg.Connection, archive: Path, month: str) -> Iterator[StaffLook]:
    """Read what people did in a month in Japan; what machines did is left out.

    A month that left the database is read from its files (`archive`): nothing in it may look as if nothing happened.
    Raises `OperatorFault` `no_segment` or `bad_segment` where a file is missing or not whole, `month_expired` where
    the entries were deleted after seven years.
    """
    start, end = (begin_of(day) for day in (month_begins(month), month_after(month)))
    for left, state in segments_over(connection, start, end):
        if state == "expired":
            raise OperatorFault("month_expired", f"the entries of {left} were deleted when their time was over")
        for row in rows_in(SegmentFiles(archive, left)):
            if row.instant and start <= row.instant < end and _ROLE in row.body:
                yield _look(row.instant, row.body)
    with connection.transaction(), connection.cursor(name="looks_of_month") as cursor:
        cursor.execute(
            "SELECT recorded_at, body FROM audit_entry WHERE recorded_at >= %s AND recorded_at < %s"
            " AND position(%s IN body) > 0",
            [start, end, _ROLE],
        )
        for at, text in cursor:
            yield _look(at, text)


def _look(at: datetime, text: str) -> StaffLook:
    """Read an entry as a look."""
    body = json.loads(text)
    detail = body["detail"]
    one = body["subject"]
    return StaffLook(
        at=at,
        actor=body["actor"],
        people=frozenset(body.get("subjects") or ([one] if one else [])),
        search=body["action"] == "person.search" and detail.get("method") == "POST",
        export=body["result"] == "printed" or any(detail.get(word) not in {None, "no"} for word in _GIVEN),
    )


def findings_of_month(
    connection: psycopg.Connection, archive: Path, month: str, limits: PatternLimits, people: PeopleToWatch
) -> list[PatternFinding]:
    """Give what stands out in a month. Raises as `looks_of_month`."""
    return find_patterns(looks_of_month(connection, archive, month), limits, people)


def people_to_watch(
    connection: psycopg.Connection,
    municipality_code: str,
    staff_names: dict[str, str],
    people: PeopleOfSystem,
    pseudonym: Callable[[str], str | None],
) -> PeopleToWatch:
    """Read whom the review watches. `staff_names`: family name of each login."""
    own: dict[str, set[str]] = defaultdict(set)
    watched: set[str] = set()
    for one, login in connection.execute("SELECT pseudonym, login FROM staff_watched_person").fetchall():
        (own[login] if login else watched).add(one)
    by_family: dict[str, set[str]] = defaultdict(set)
    for family, number in people.with_family_names(connection, municipality_code, sorted(set(staff_names.values()))):
        if (known := pseudonym(number)) is not None:
            by_family[family].add(known)
    return PeopleToWatch(
        same_address=at_own_addresses(own, people.addresses(connection, municipality_code) if own else (), pseudonym),
        watched=frozenset(watched),
        own={login: frozenset(some) for login, some in own.items()},
        same_name={login: frozenset(by_family.get(family, ())) for login, family in staff_names.items()},
    )


def watch(connection: psycopg.Connection, pseudonym: str, *, login: str, reason: str, by: str) -> None:
    """Watch a person: of everybody's looks (`login` ""), or as one of the own people of a login."""
    connection.execute(
        "INSERT INTO staff_watched_person (pseudonym, login, reason, added_by) VALUES (%s, %s, %s, %s)"
        " ON CONFLICT DO NOTHING",
        [pseudonym, login, reason, by],
    )


def words_of(connection: psycopg.Connection) -> dict[str, list[ReviewWord]]:
    """Give the words of every month that has any."""
    found: dict[str, list[ReviewWord]] = defaultdict(list)
    for month, by, role, at, result, words, findings, lapsed_at in connection.execute(
        "SELECT month, by_login, role, signed_at, result, words, findings, staff_lapsed_at(by_login, signed_at)"
        " FROM staff_month_review ORDER BY id"
    ).fetchall():
        word = ReviewWord(
            by=by, role=role, at=at, result=ReviewResult(result), words=words, findings=findings, lapsed_at=lapsed_at
        )
        found[month].append(word)
    return found


def closed_months(connection: psycopg.Connection, today: date) -> list[str]:
    """Give the months of the record that are over, the oldest first."""
    row = connection.execute(
        "SELECT least((SELECT min(recorded_at) FROM audit_entry), (SELECT min(earliest) FROM audit_segment))"
    ).fetchone()
    return [] if row is None or row[0] is None else months_between(day_in_japan(row[0]), today)


def unreviewed_months(connection: psycopg.Connection, today: date) -> list[str]:
    """Give the months that are over and that two people have not found without misuse."""
    words = words_of(connection)
    return [month for month in closed_months(connection, today) if not is_reviewed(words.get(month, ()))]


def sign_month(
    connection: psycopg.Connection, month: str, new: ReviewWord, *, today: date, lane: str, office: str
) -> bool:
    """Add one person's word to a month, on record; whether the month is reviewed with it. Raises `OperatorFault`."""
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(hashtextextended('month review ' || %s, 0))", [month])
        before = words_of(connection).get(month, [])
        check_word(month, before, new, today)
        connection.execute(
            "INSERT INTO staff_month_review (month, by_login, role, signed_at, result, words, findings)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s)",
            [month, new.by, new.role, new.at, new.result.value, new.words, new.findings],
        )
        append(
            connection,
            lane,
            AuditEntry(
                action="audit.review",
                actor=new.by,
                result=new.result.value,
                occurred_at=new.at,
                detail={"office": office, "role": new.role, "month": month, "findings": new.findings},
            ),
        )
    return is_reviewed([*before, new])
