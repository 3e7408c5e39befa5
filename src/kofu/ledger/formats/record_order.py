"""The order of a file's records: header, data, trailer, end; each but data once, where the layout has it.

What is wrong with the order is told by what is missing, twice or in the wrong place: a file without its end record may
have been cut short on the way, one with records behind it may be two files in one, and each asks for another answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet

from kofu.ledger.formats.fixed_width import RecordRead, RecordRole
from kofu.ledger.formats.problems import FileProblems

_AGAIN = "ask the sender for the whole file again"


def note_order(
    rows: Sequence[RecordRead], bad: AbstractSet[int], order: Sequence[RecordRole], problems: FileProblems, *, last: int
) -> None:
    """Note what is wrong with the order of the records that could be read.

    `bad`: the numbers of those that could not, each noted already; `order`: the roles of the layout; `last`: how many
    records the file has. A record that could not be read may be the one that is missed: then nothing is said of it.
    """
    before = problems.count
    _note_missing(rows, bad, order, problems, last=last)
    _note_twice(rows, problems)
    if problems.count == before:
        _note_places(rows, bad, order, problems)


def _note_missing(
    rows: Sequence[RecordRead], bad: AbstractSet[int], order: Sequence[RecordRole], problems: FileProblems, *, last: int
) -> None:
    roles = {row.type.role for row in rows}
    behind = [role for role in (RecordRole.TRAILER, RecordRole.END) if role in order]
    closing_unread = any(number in bad for number in range(last - len(behind) + 1, last + 1))
    if RecordRole.HEADER in order and RecordRole.HEADER not in roles and 1 not in bad:
        problems.add("header_missing", "no header record", f"the beginning is missing: {_AGAIN}", record=1)
    if RecordRole.TRAILER in behind and RecordRole.TRAILER not in roles and not closing_unread:
        problems.add("trailer_missing", "no trailer record", f"the file may be cut short: {_AGAIN}", record=last)
    if RecordRole.END in behind and RecordRole.END not in roles and not closing_unread:
        problems.add("end_missing", "no end record", f"the file may be cut short: {_AGAIN}", record=last)


def _note_twice(rows: Sequence[RecordRead], problems: FileProblems) -> None:
    places = {role: [row.number for row in rows if row.type.role is role] for role in RecordRole}
    headers, trailers, ends = places[RecordRole.HEADER], places[RecordRole.TRAILER], places[RecordRole.END]
    if len(headers) > 1:
        advice = "ask for one file for each header, or for whole groups of header, data and trailer"
        problems.add("several_files", f"{len(headers)} header records", advice, record=headers[1])
    elif len(trailers) > 1:
        advice = f"its totals stand once, behind the data: {_AGAIN}"
        problems.add("trailer_twice", f"{len(trailers)} trailer records", advice, record=trailers[1])
    elif len(ends) > 1:
        advice = "a file ends once: ask the sender whether two files were put together"
        problems.add("end_twice", f"{len(ends)} end records", advice, record=ends[1])


def _note_places(
    rows: Sequence[RecordRead], bad: AbstractSet[int], order: Sequence[RecordRole], problems: FileProblems
) -> None:
    end = min((row.number for row in rows if row.type.role is RecordRole.END), default=0)
    trailer = min((row.number for row in rows if row.type.role is RecordRole.TRAILER), default=0)
    numbers = [row.number for row in rows] + sorted(bad)
    behind_end = min((number for number in numbers if end and number > end), default=0)
    behind_trailer = min(
        (row.number for row in rows if trailer and row.number > trailer and row.type.role is RecordRole.DATA), default=0
    )
    if behind_end:
        advice = "a file is over with its end record: ask the sender what the rest is"
        problems.add("behind_end", "a record behind the end record", advice, record=behind_end)
    elif behind_trailer:
        advice = f"the trailer's totals close the data: {_AGAIN}"
        problems.add("behind_trailer", "a data record behind the trailer", advice, record=behind_trailer)
    elif not _in_order([row.type.role for row in rows], order):
        words = ", ".join(role.value for role in order)
        first = rows[0] if rows else None
        found = f"a {first.type.japanese} first" if first else "no records"
        problems.add(
            "wrong_order", found, f"records stand in this order: {words}", record=first.number if first else None
        )


def _in_order(roles: Sequence[RecordRole], order: Sequence[RecordRole]) -> bool:
    places = [order.index(role) for role in roles]
    return places == sorted(places)
