"""Check everything the counters issued, by code of its own: numbers, story, fees, and the audit log beside them.

Nothing here is shared with the code that issues: the story's arrows and the form of a number stand here a second time.
Read nightly, it finds what a hand in the database or a defect would leave behind. Differences name application and
number, never a person.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from uuid import UUID

import msgspec
import psycopg

from kofu.ledger.books.verify import BookDifference
from kofu.platform.audit_archive import segments_over
from kofu.platform.audit_segment import SegmentFiles, rows_in
from kofu.platform.one_moment import one_moment
from kofu.platform.settings import archive_dir

BATCH = 1_000
_NUMBER = re.compile(r"([0-9]{8})-([0-9]{6})-C-([0-9]{9,})")
_ARROWS = frozenset(
    {
        ("", "apply", "applied"),
        ("applied", "ask_approval", "waiting"),
        ("waiting", "approve", "approved"),
        ("waiting", "deny", "refused"),
        ("waiting", "withdraw", "withdrawn"),
        ("applied", "refuse", "refused"),
        ("approved", "refuse", "refused"),
        ("applied", "withdraw", "withdrawn"),
        ("approved", "withdraw", "withdrawn"),
        ("applied", "abort", "aborted"),
        ("approved", "abort", "aborted"),
        ("applied", "issue", "issued"),
        ("approved", "issue", "issued"),
        ("issued", "print", "issued"),
        ("issued", "hand_over", "handed_over"),
        ("issued", "void", "voided"),
        ("handed_over", "void", "voided"),
    }
)


@dataclass(frozen=True, slots=True)
class CounterReport:
    """What was checked, and every difference found."""

    applications: int
    papers: int
    differences: tuple[BookDifference, ...]

    @property
    def holds(self) -> bool:
        """Whether everything agreed."""
        return not self.differences


@dataclass(frozen=True, slots=True)
class _Copy:
    number: str
    position: int
    as_of: date
    fee: int
    sha256: str


@dataclass(frozen=True, slots=True)
class _Event:
    position: int
    event: str
    state: str
    actor: str
    fee: int
    printed: int
    sha256: str


@dataclass(frozen=True, slots=True)
class _Case:
    """One application with all that is on record about it. `audited`: (numbers, digests) of its issues in the log."""

    number: int
    municipality_code: str
    applied_by: str
    asked_copies: int
    copies: Sequence[_Copy]
    events: Sequence[_Event]
    audited: Sequence[tuple[str, str]]


def verify_counter(
    connection: psycopg.Connection, municipality_code: str, *, since: datetime | None = None
) -> CounterReport:
    """Check every application of a municipality taken since an aware instant (None: all), in one snapshot."""
    checked = papers = 0
    differences: list[BookDifference] = []
    with one_moment(connection):
        for case in _cases(connection, municipality_code, since):
            checked += 1
            papers += len(case.copies)
            differences.extend(_check(case))
    return CounterReport(checked, papers, tuple(differences))


def _check(case: _Case) -> Iterator[BookDifference]:
    where = f"application {case.number}"
    yield from _story(case, where)
    yield from _numbers(case, where)
    yield from _record(case, where)
    yield from _money(case, where)
    yield from _approval(case, where)


def _story(case: _Case, where: str) -> Iterator[BookDifference]:
    """Every event stands in its place and follows from the one before."""
    state = ""
    for place, event in enumerate(case.events, start=1):
        if event.position != place:
            yield BookDifference("story", where, f"event {place}", f"event {event.position}")
        if (state, event.event, event.state) not in _ARROWS:
            yield BookDifference(
                "story", where, f"an arrow from {state or 'nothing'}", f"{event.event} to {event.state}"
            )
        state = event.state
    issues = sum(event.event == "issue" for event in case.events)
    if bool(case.copies) != bool(issues) or issues > 1:
        yield BookDifference("papers", where, f"{issues} issues", f"{len(case.copies)} papers")
    if case.copies and len(case.copies) % case.asked_copies:
        yield BookDifference("papers", where, f"a multiple of {case.asked_copies}", str(len(case.copies)))


def _numbers(case: _Case, where: str) -> Iterator[BookDifference]:
    """Each number names the day and the municipality, and the counter."""
    for place, copy in enumerate(case.copies, start=1):
        expected = f"{copy.as_of:%Y%m%d}-{case.municipality_code}-C-"
        if _NUMBER.fullmatch(copy.number) is None or not copy.number.startswith(expected):
            yield BookDifference("number", where, f"{expected}…", copy.number)
        if copy.position != place:
            yield BookDifference("papers", where, f"paper {place}", f"paper {copy.position}")


def _record(case: _Case, where: str) -> Iterator[BookDifference]:
    """Ask that the audit log names the same numbers and digests, and that what was printed is what was issued."""
    said = (" ".join(copy.number for copy in case.copies), " ".join(copy.sha256 for copy in case.copies))
    if case.copies and list(case.audited) != [said]:
        yield BookDifference("record", where, "one entry of the issue with these numbers and digests", "another")
    if not case.copies and case.audited:
        yield BookDifference("record", where, "papers of the issue in the log", "none")
    digests = {copy.position: copy.sha256 for copy in case.copies}
    for event in case.events:
        if event.event == "print" and digests.get(event.printed) != event.sha256:
            yield BookDifference("print", where, f"the bytes of paper {event.printed}", "others")


def _money(case: _Case, where: str) -> Iterator[BookDifference]:
    """Ask that the papers' cost was taken at the hand-over, and that no more came back."""
    taken = sum(event.fee for event in case.events if event.event == "hand_over")
    returned = -sum(event.fee for event in case.events if event.event == "void")
    due = sum(copy.fee for copy in case.copies) if any(event.event == "hand_over" for event in case.events) else 0
    if taken != due:
        yield BookDifference("fee", where, f"{due} yen taken", f"{taken} yen")
    if not 0 <= returned <= taken:
        yield BookDifference("fee", where, f"0 to {taken} yen given back", f"{returned} yen")
    if any(event.fee for event in case.events if event.event not in {"hand_over", "void"}):
        yield BookDifference("fee", where, "no fee but at hand-over and voiding", "one elsewhere")


def _approval(case: _Case, where: str) -> Iterator[BookDifference]:
    """Ask that it was a second person who approved."""
    for event in case.events:
        if event.event == "approve" and event.actor == case.applied_by:
            yield BookDifference("approval", where, "another person", "the one who took the application")


def _cases(connection: psycopg.Connection, municipality_code: str, since: datetime | None) -> Iterator[_Case]:
    """Read applications with everything on record about them, a thousand at a time."""
    last = 0
    audited = _audited(connection, since)
    while True:
        rows = connection.execute(
            "SELECT id, number, applied_by, copies FROM counter_application"
            " WHERE municipality_code = %s AND number > %s AND (%s::timestamptz IS NULL OR applied_at >= %s)"
            " ORDER BY number LIMIT %s",
            [municipality_code, last, since, since, BATCH],
        ).fetchall()
        if not rows:
            return
        ids = [row[0] for row in rows]
        copies, events = _copies(connection, ids), _events(connection, ids)
        for application_id, number, applied_by, asked in rows:
            yield _Case(
                number, municipality_code, applied_by, asked,
                copies[application_id], events[application_id], audited[str(application_id)],
            )  # fmt: skip
            last = number


def _copies(connection: psycopg.Connection, ids: list[UUID]) -> defaultdict[UUID, list[_Copy]]:
    found: defaultdict[UUID, list[_Copy]] = defaultdict(list)
    for row in connection.execute(
        "SELECT application_id, certificate_number, position, as_of, fee, sha256 FROM counter_copy"
        " WHERE application_id = ANY(%s) ORDER BY application_id, position",
        [ids],
    ):
        found[row[0]].append(_Copy(*row[1:]))
    return found


def _events(connection: psycopg.Connection, ids: list[UUID]) -> defaultdict[UUID, list[_Event]]:
    found: defaultdict[UUID, list[_Event]] = defaultdict(list)
    for row in connection.execute(
        "SELECT application_id, position, event, state, actor, fee, coalesce((detail->>'position')::int, 0),"
        " coalesce(detail->>'sha256', '') FROM counter_event WHERE application_id = ANY(%s)"
        " ORDER BY application_id, position",
        [ids],
    ):
        found[row[0]].append(_Event(*row[1:]))
    return found


def _audited(connection: psycopg.Connection, since: datetime | None) -> defaultdict[str, list[tuple[str, str]]]:
    """Read what the audit log says was issued, by application. An entry is never older than its application."""
    found: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
    for application_id, numbers, digests in connection.execute(
        "SELECT body::jsonb->'detail'->>'application', body::jsonb->'detail'->>'numbers',"
        " body::jsonb->'detail'->>'sha256' FROM audit_entry"
        ' WHERE body LIKE \'%%"action":"counter_certificate.issue"%%\''
        " AND (%s::timestamptz IS NULL OR recorded_at >= %s)",
        [since, since],
    ):
        found[application_id].append((numbers, digests))
    for application_id, numbers, digests in _archived(connection, since):
        found[application_id].append((numbers, digests))
    return found


class _IssueDetail(msgspec.Struct, frozen=True):
    """What is read of an entry's detail."""

    application: str = ""
    numbers: str = ""
    sha256: str = ""


class _IssueEntry(msgspec.Struct, frozen=True):
    """What is read of an entry."""

    action: str
    detail: _IssueDetail


def _archived(connection: psycopg.Connection, since: datetime | None) -> Iterator[tuple[str, str, str]]:
    """Read the same of the months that left the database. Raises `OperatorFault` where a file is missing."""
    begin = since or datetime(1970, 1, 1, tzinfo=UTC)
    for month, state in segments_over(connection, begin, datetime(9000, 1, 1, tzinfo=UTC)):
        if state == "expired":
            continue
        for row in rows_in(SegmentFiles(archive_dir("ledger"), month)):
            if '"action":"counter_certificate.issue"' in row.body and row.instant is not None and row.instant >= begin:
                entry = msgspec.json.decode(row.body, type=_IssueEntry)
                yield entry.detail.application, entry.detail.numbers, entry.detail.sha256
