"""A history as it lies in a folder: what the databases kept, what went over the lines, what was handed over.

==================  ==============================================================================================
`history.json`      format, municipality, and which of the files below there are
`journal.jsonl`     requests as the journal of `issuing` ends up with them
`copies.jsonl`      copies the journal says were made
`reports.jsonl`     print results the journal took
`holds.jsonl`       revisions of holds as stored
`generations.jsonl` data generations, by the feed each came from
`audit.jsonl`       the audit log of each system
`events.jsonl`      what was seen from outside, in one order: asks, papers leaving, answers, acknowledgements
`feeds/`            the feeds as they were handed over
`papers/`           each paper that left, `SHA-256.pdf`
`money.jsonl`       entries of the books, payments and refunds as the ledger keeps them
`told.jsonl`        what the ledger was told and acknowledged (`ledger_rows.Told`)
`books/`            the books as they are kept: `claims`, `payments`, `shares`, `transfers`, each `.jsonl`
==================  ==============================================================================================

A file that is not there leaves the rules that need it undecided, and the report says which.
"""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import TypeVar

import msgspec

from kofu_proof.ledger_rows import Books, KeptClaim, KeptPayment, KeptShare, KeptTransfer, LedgerRow, Told

FORMAT = "kofu-history/1"
WITHOUT_PAPER = frozenset({"refused", "expired", "aborted", "withheld"})


class UnreadableHistoryError(Exception):
    """A file of the history is not what its format says: which one, which line, and what is wrong with it."""


class Row(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A line of a file of the history."""


class Request(Row, frozen=True):
    """A request as the journal ends up with it. Fee in yen. `plate_number`: where a vehicle's paper was asked for."""

    request_id: str
    municipality_code: str
    serial: str
    kind: str
    fiscal_year: int
    copies: int
    state: str
    refusal_code: str
    repeat_code: str
    addressee_number: str
    generation: int | None
    as_of: date | None
    fee_per_copy: int
    received_at: datetime
    deadline: datetime
    plate_number: str = ""


class Copy(Row, frozen=True):
    """A copy the journal says was made."""

    certificate_number: str
    request_id: str
    copy: int
    sha256: str


class Report(Row, frozen=True):
    """A print result the journal took, and as what: accepted, unrequested, a contradiction."""

    request_id: str
    outcome: str
    copies_printed: int
    fee_paid: int
    standing: str = "accepted"


class HoldRevision(Row, frozen=True):
    """One revision of a hold as stored: on a person or on a card."""

    hold_id: str
    revision: int
    addressee_number: str | None
    serial: str | None
    released: bool


class Generation(Row, frozen=True):
    """A data generation: the feed behind it."""

    number: int
    feed: str
    feed_generation: int


class AuditEntry(Row, frozen=True):
    """One entry of an audit log. Hashes in hexadecimal; `version`: by which rule it was hashed."""

    system: str
    lane: str
    sequence: int
    previous_hash: str
    hash: str
    body: str
    recorded_at: str
    version: int = 1


class Event(Row, frozen=True):
    """Something seen from outside. `at` counts all events of the history up by one.

    ====================  ========================================================================================
    `ask`                 the centre asks the ward for `request`
    `left`                the ward's answer went on the line: `outcome`, `code`, `documents`; `durable` where another
                          connection saw journal and audit entry of it at that moment; `late` where who saw it had
                          no processor time just before: when it left is then not known, only that it was asked for
    `answer`              the centre took that answer in time
    `printed`             the kiosk handed `copies` over
    `report_taken`        the ward acknowledged a print result: `outcome`, `copies`, `yen`
    `hold_acknowledged`   the ward acknowledged `revision` of `hold`; `released` where it ends
    `hold_releasing`      somebody sends the end of `hold`
    `stop_acknowledged`   whoever set `stop` was told that nothing leaves
    `stop_lifting`        the second person agrees to lift `stop`
    `activating`          a feed is offered: `feed`, `feed_generation`
    `activated`           it was taken in
    `payment_taken`       the ledger acknowledged `payment` of `yen`
    `refund_taken`        the ledger acknowledged `refund` of `yen`
    ====================  ========================================================================================
    """

    at: int
    event: str
    request: str = ""
    message: str = ""
    outcome: str = ""
    code: str = ""
    documents: tuple[tuple[str, str], ...] = ()
    durable: bool = True
    late: bool = False
    copies: int = 0
    yen: int = 0
    hold: str = ""
    revision: int = 0
    released: bool = False
    stop: str = ""
    feed: str = ""
    feed_generation: int = 0
    payment: str = ""
    refund: str = ""


class Money(Row, frozen=True):
    """A line of an entry of the books, a payment, or a refund. Yen; of an entry debit positive, credit negative."""

    what: str
    id: str
    yen: int
    account: str = ""


class Header(Row, frozen=True):
    """What a history says of itself."""

    format: str
    municipality_code: str
    files: tuple[str, ...]
    era_change: str = "end"


class History(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that is known. `has` names the files there are."""

    municipality_code: str
    has: frozenset[str]
    era_change: str = "end"
    requests: tuple[Request, ...] = ()
    copies: tuple[Copy, ...] = ()
    reports: tuple[Report, ...] = ()
    holds: tuple[HoldRevision, ...] = ()
    generations: tuple[Generation, ...] = ()
    audit: tuple[AuditEntry, ...] = ()
    events: tuple[Event, ...] = ()
    money: tuple[Money, ...] = ()
    told: tuple[Told, ...] = ()
    books: Books = Books()
    feeds: Path | None = None
    papers: Path | None = None


_R = TypeVar("_R", bound="Row | LedgerRow")


def read_history(folder: Path) -> History:
    """Read a history. Raises `UnreadableHistoryError` where a file it names is not there or not of its format."""
    try:
        header = msgspec.json.decode((folder / "history.json").read_bytes(), type=Header)
    except (OSError, msgspec.DecodeError) as error:
        raise UnreadableHistoryError(f"{folder / 'history.json'}: {error}") from error
    if header.format != FORMAT:
        raise UnreadableHistoryError(f"{folder / 'history.json'}: format {header.format!r}, this reads {FORMAT}")

    def rows(name: str, kind: type[_R]) -> tuple[_R, ...]:
        return _rows(folder / f"{name}.jsonl", kind) if name in header.files else ()

    def inner(name: str) -> Path | None:
        return folder / name if name in header.files else None

    return History(
        municipality_code=header.municipality_code,
        has=frozenset(header.files),
        era_change=header.era_change,
        requests=rows("journal", Request),
        copies=rows("copies", Copy),
        reports=rows("reports", Report),
        holds=rows("holds", HoldRevision),
        generations=rows("generations", Generation),
        audit=rows("audit", AuditEntry),
        events=rows("events", Event),
        money=rows("money", Money),
        told=rows("told", Told),
        books=_books(folder / "books") if "books" in header.files else Books(),
        feeds=inner("feeds"),
        papers=inner("papers"),
    )


def _books(folder: Path) -> Books:
    return Books(
        claims=_rows(folder / "claims.jsonl", KeptClaim),
        payments=_rows(folder / "payments.jsonl", KeptPayment),
        shares=_rows(folder / "shares.jsonl", KeptShare),
        transfers=_rows(folder / "transfers.jsonl", KeptTransfer),
    )


def _rows(path: Path, kind: type[_R]) -> tuple[_R, ...]:
    decoder = msgspec.json.Decoder(kind)
    found: list[_R] = []
    try:
        lines = path.read_bytes().splitlines()
    except OSError as error:
        raise UnreadableHistoryError(f"{path}: {error}") from error
    for number, line in enumerate(lines, start=1):
        try:
            found.append(decoder.decode(line))
        except msgspec.DecodeError as error:
            raise UnreadableHistoryError(f"{path}, line {number}: {error}") from error
    return tuple(found)


def write_history(folder: Path, history: History) -> None:
    """Write a history as its format says; its feeds and papers lie in `folder` already."""
    rows: dict[str, tuple[Row, ...] | tuple[LedgerRow, ...]] = {
        "journal": history.requests,
        "copies": history.copies,
        "reports": history.reports,
        "holds": history.holds,
        "generations": history.generations,
        "audit": history.audit,
        "events": history.events,
        "money": history.money,
        "told": history.told,
    }
    for name, lines in rows.items():
        if name in history.has:
            _write(folder / f"{name}.jsonl", lines)
    if "books" in history.has:
        (folder / "books").mkdir(exist_ok=True)
        _write(folder / "books" / "claims.jsonl", history.books.claims)
        _write(folder / "books" / "payments.jsonl", history.books.payments)
        _write(folder / "books" / "shares.jsonl", history.books.shares)
        _write(folder / "books" / "transfers.jsonl", history.books.transfers)
    header = Header(
        format=FORMAT,
        municipality_code=history.municipality_code,
        files=tuple(sorted(history.has)),
        era_change=history.era_change,
    )
    (folder / "history.json").write_bytes(msgspec.json.encode(header))


def _write(path: Path, lines: tuple[Row, ...] | tuple[LedgerRow, ...]) -> None:
    path.write_bytes(b"".join(msgspec.json.encode(line) + b"\n" for line in lines))
