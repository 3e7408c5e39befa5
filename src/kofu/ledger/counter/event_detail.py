"""What an event of the counter keeps beside its columns, as values; read from and written to JSON only here.

Keys and words in the database are those of the values. Only a print and an issue keep anything.
"""

from __future__ import annotations

import msgspec

from kofu.ledger.counter.domain.states import CounterEvent


class PrintDetail(msgspec.Struct, frozen=True):
    """Which copy was printed, counted from one, and the SHA-256 of its bytes (hex)."""

    position: int
    sha256: str


class IssueDetail(msgspec.Struct, frozen=True):
    """How many copies were issued. `refused`: of each year that got none, the year and the reason."""

    copies: int
    refused: dict[str, str]


EventDetail = PrintDetail | IssueDetail
_KEPT_BY: dict[str, type[PrintDetail | IssueDetail]] = {
    CounterEvent.PRINT.value: PrintDetail,
    CounterEvent.ISSUE.value: IssueDetail,
}


def detail_to_json(detail: EventDetail | None) -> object:
    """Give the JSON of what an event keeps: an empty object where it keeps nothing."""
    return {} if detail is None else msgspec.to_builtins(detail)


def detail_from_json(event: str, kept: object) -> EventDetail | None:
    """Read what an event keeps. Raises `msgspec.ValidationError` where it is not what such an event keeps."""
    value = _KEPT_BY.get(event)
    return None if value is None else msgspec.convert(kept, value)
