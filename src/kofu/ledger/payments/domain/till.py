"""The day's batch of a counter (区役所税務課, 特別出張所): what was taken in, entered, counted and closed.

An entry never changes; a wrong one is cancelled and stands. A batch closes only when what was counted, cash and papers,
is what was entered; closed, it takes nothing more.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from kofu.core.errors import OperatorFault

ENTRIES_MAX = 10_000
ENTRY_YEN_MAX = 999_999_999


class TillState(StrEnum):
    """Where a batch stands."""

    OPEN = "open"
    CLOSED = "closed"  # 締め済


@dataclass(frozen=True, slots=True, kw_only=True)
class CounterEntry:
    """One payment taken at the counter. `amount` and `interest` (延滞金) in yen; `number` counts up in the batch."""

    number: int
    notice_number: str
    installment: str
    amount: int
    received_on: date
    interest: int = 0
    cancelled: bool = False

    @property
    def total(self) -> int:
        """What was taken, in yen; nothing where cancelled."""
        return 0 if self.cancelled else self.amount + self.interest


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """What was counted at closing, apart from what was entered: papers and yen."""

    papers: int
    cash: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CounterBatch:
    """One office's batch of one day."""

    office: str
    day: date
    opened_by: str
    entries: tuple[CounterEntry, ...] = ()
    state: TillState = TillState.OPEN
    counted: Count | None = None
    closed_by: str = ""

    @property
    def live(self) -> tuple[CounterEntry, ...]:
        """The entries that count."""
        return tuple(entry for entry in self.entries if not entry.cancelled)

    @property
    def total(self) -> int:
        """Sum of what was taken, in yen."""
        return sum(entry.total for entry in self.entries)

    @property
    def possible_duplicates(self) -> tuple[tuple[int, int], ...]:
        """Pairs of live entries of the same installment and amount: perhaps typed twice, perhaps paid twice."""
        seen: dict[tuple[str, str, int, int], int] = {}
        pairs = []
        for entry in self.live:
            key = (entry.notice_number, entry.installment, entry.amount, entry.interest)
            if key in seen:
                pairs.append((seen[key], entry.number))
            seen[key] = entry.number
        return tuple(pairs)


def enter(
    batch: CounterBatch, *, notice_number: str, installment: str, amount: int, interest: int, received_on: date
) -> CounterBatch:
    """Add an entry. Raises `OperatorFault` where the batch is closed or the entry cannot be."""
    _must_be_open(batch)
    if len(batch.entries) >= ENTRIES_MAX:
        raise OperatorFault("batch_full", f"a batch holds at most {ENTRIES_MAX} entries; close it and open another")
    if not notice_number or not installment:
        raise OperatorFault("entry_incomplete", "an entry names 通知書番号 and 期別; look at the paper")
    if amount < 0 or interest < 0 or not 0 < amount + interest <= ENTRY_YEN_MAX:
        raise OperatorFault("entry_amount", "an entry is above zero yen; a repayment is no entry of this batch")
    if received_on > batch.day:
        raise OperatorFault("entry_day", f"領収日 {received_on} lies after the batch's day {batch.day}")
    entry = CounterEntry(
        number=len(batch.entries) + 1,
        notice_number=notice_number,
        installment=installment,
        amount=amount,
        interest=interest,
        received_on=received_on,
    )
    return replace(batch, entries=(*batch.entries, entry))


def cancel(batch: CounterBatch, number: int) -> CounterBatch:
    """Cancel an entry; it stands, marked. Raises `OperatorFault` where there is none or it is cancelled already."""
    _must_be_open(batch)
    if not 1 <= number <= len(batch.entries) or batch.entries[number - 1].cancelled:
        raise OperatorFault("entry_unknown", f"the batch has no live entry {number}")
    entries = tuple(replace(entry, cancelled=True) if entry.number == number else entry for entry in batch.entries)
    return replace(batch, entries=entries)


def close(batch: CounterBatch, count: Count, *, closed_by: str) -> CounterBatch:
    """Close a batch. Raises `OperatorFault` ("count_differs") where the count is not what was entered."""
    _must_be_open(batch)
    papers = len(batch.live)
    if (count.papers, count.cash) != (papers, batch.total):
        message = (
            f"counted {count.papers} papers and {count.cash} yen, entered {papers} and {batch.total} yen; "
            "find the difference and enter or cancel"
        )
        raise OperatorFault("count_differs", message)
    return replace(batch, state=TillState.CLOSED, counted=count, closed_by=closed_by)


def _must_be_open(batch: CounterBatch) -> None:
    if batch.state is not TillState.OPEN:
        raise OperatorFault("batch_closed", f"the batch of {batch.day} is closed; enter it in the next one")
