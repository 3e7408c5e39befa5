"""The life of a batch of payments, a received file or a counter's entries of a day, as one table of states.

Nothing of a batch is posted before all of it is decided: rows with problems hold the whole batch, until it is sent back
or a second person accepts it without them. It is posted in groups of rows: from the first on its money is in the
ledger and it cannot be sent back any more; what is wrong in it is corrected, payment by payment. The diagram in
docs/how-to/receive-payments.md is drawn from it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from kofu.core.fiscal_year import fiscal_year_of
from kofu.core.labelled import LabelledEnum
from kofu.core.life_cycle import LifeCycle

YEAR_FIRST = 1950  # 地方税法 is of 1950: no claim under it is older


class BatchState(LabelledEnum):
    """Where a batch stands."""

    OPEN = "open", "入力中"  # at the counter
    RECEIVED = "received", "受領"
    CHECKED = "checked", "検査済"
    HELD = "held", "保留"
    ACCEPTED = "accepted", "不備を除いて受入"
    POSTING = "posting", "登録中"  # some of its rows are in the ledger
    POSTED = "posted", "登録済"
    REJECTED = "rejected", "返戻"

    @property
    def is_final(self) -> bool:
        """Whether nothing more happens to it."""
        return self in BATCH_LIFE.ends

    @property
    def keeps_its_day(self) -> bool:
        """Whether its 会計日 can be moved no more: money of it is in the ledger, or it was sent back."""
        return self.is_final or self is BatchState.POSTING


class BatchEvent(LabelledEnum):
    """What is done with a batch."""

    CLOSE = "close", "締め"  # the counter's totals agree with the cash
    CLOSE_WITH_DIFFERENCE = "close_with_difference", "差異のある締め"  # they do not, and somebody says why
    PASS = "pass", "検査の合格"
    HOLD = "hold", "保留"  # rows have problems
    ACCEPT = "accept", "受入の決裁"  # a second person decides: without those rows, or with that difference
    REJECT = "reject", "返戻"  # it goes back to its sender
    BEGIN = "begin", "登録の開始"
    POST = "post", "登録"  # of the last row, or where there is none to post


BATCH_LIFE = LifeCycle(
    title="収納のバッチ",
    thing="a batch of payments",
    reason="batch_state",
    states=BatchState,
    events=BatchEvent,
    begins=frozenset({BatchState.OPEN, BatchState.RECEIVED}),
    ends=frozenset({BatchState.POSTED, BatchState.REJECTED}),
    table={
        (BatchState.OPEN, BatchEvent.CLOSE): BatchState.CHECKED,
        (BatchState.OPEN, BatchEvent.CLOSE_WITH_DIFFERENCE): BatchState.HELD,
        (BatchState.OPEN, BatchEvent.REJECT): BatchState.REJECTED,
        (BatchState.RECEIVED, BatchEvent.PASS): BatchState.CHECKED,
        (BatchState.RECEIVED, BatchEvent.HOLD): BatchState.HELD,
        (BatchState.RECEIVED, BatchEvent.REJECT): BatchState.REJECTED,
        (BatchState.HELD, BatchEvent.ACCEPT): BatchState.ACCEPTED,
        (BatchState.HELD, BatchEvent.REJECT): BatchState.REJECTED,
        (BatchState.CHECKED, BatchEvent.BEGIN): BatchState.POSTING,
        (BatchState.CHECKED, BatchEvent.POST): BatchState.POSTED,
        (BatchState.CHECKED, BatchEvent.REJECT): BatchState.REJECTED,
        (BatchState.ACCEPTED, BatchEvent.BEGIN): BatchState.POSTING,
        (BatchState.ACCEPTED, BatchEvent.POST): BatchState.POSTED,
        (BatchState.POSTING, BatchEvent.POST): BatchState.POSTED,
    },
)


class RowEvent(StrEnum):
    """What a row says."""

    PAY = "pay"  # 収納, 確報: money
    ADVISE = "advise"  # 速報: money is on its way
    CANCEL = "cancel"  # 速報取消
    FAIL = "fail"  # 振替不能: no money, and why stands in `result`
    VOID = "void"  # a mistake of the counter: the row it names is taken back


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentRow:
    """One row of a batch. `line` counts from 1 in the file or the day's entries.

    `key` names one event of paying within the channel, the same in whichever file it comes (顧客番号 and 引落日; or
    barcode, till and moment). `amount` in yen, `interest` the part of it the payer paid as 延滞金, 0 where the slip
    does not say. `voids`: the line taken back by a `VOID`. `result`: 振替結果コード of a `FAIL`. `fiscal_year` and
    `tax` as the file states them beside the notice, 0 and "" where it does not.
    """

    line: int
    event: RowEvent
    key: str
    received_on: date
    amount: int
    interest: int = 0
    notice_number: str = ""
    installment: str = ""
    office: str = ""
    voids: int | None = None
    result: str = ""
    fiscal_year: int = 0
    tax: str = ""

    @property
    def counts(self) -> bool:
        """Whether it adds to the batch's control totals."""
        return self.event in (RowEvent.PAY, RowEvent.ADVISE, RowEvent.CANCEL)


@dataclass(frozen=True, slots=True)
class RowProblem:
    """What is wrong with a row: line, 項目, a stable code, a sentence with what to do. Never a name."""

    line: int
    field: str
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class FileContent:
    """What a file says: its rows, what is wrong with others, and the control totals it states, if any."""

    rows: tuple[PaymentRow, ...]
    problems: tuple[RowProblem, ...] = ()
    stated_rows: int | None = None
    stated_total: int | None = None


def check_rows(reading: FileContent, *, today: date) -> tuple[RowProblem, ...]:
    """Check rows that could be read: one key twice, no money, a day to come, control totals. Line 0 is the file."""
    found = list(reading.problems)
    first_line: dict[tuple[str, RowEvent], int] = {}
    for row in reading.rows:
        if row.amount <= 0 or row.interest > row.amount:
            found.append(RowProblem(row.line, "金額", "amount_wrong", "the amount is not one that can be paid"))
        if row.received_on > today:
            found.append(RowProblem(row.line, "領収日", "day_to_come", "the day of payment is still to come"))
        if row.fiscal_year and not YEAR_FIRST <= row.fiscal_year <= fiscal_year_of(row.received_on):
            message = f"no tax of {row.fiscal_year} can be paid on {row.received_on}; look at the paper"
            found.append(RowProblem(row.line, "年度", "year_cannot_be", message))
        before = first_line.setdefault((row.key, row.event), row.line)
        if before != row.line:
            found.append(
                RowProblem(row.line, "収納の識別", "row_twice", f"line {before} of this file is the same payment")
            )
    counted = [row for row in reading.rows if row.counts]
    unread = {problem.line for problem in reading.problems} - {row.line for row in reading.rows}
    count = len(counted) + len(unread)
    total = sum(row.amount for row in counted)
    if reading.stated_rows is not None and reading.stated_rows != count:
        found.append(
            RowProblem(0, "件数", "count_differs", f"the file states {reading.stated_rows} rows and has {count}")
        )
    if reading.stated_total is not None and reading.stated_total != total and not reading.problems:
        found.append(
            RowProblem(0, "金額合計", "total_differs", f"the file states {reading.stated_total} yen, its rows {total}")
        )
    return tuple(sorted(found, key=lambda problem: problem.line))


@dataclass(frozen=True, slots=True)
class KnownNotice:
    """What the ledger knows of a notice a row names. `decided_on`: the day of the 決定, None where it is not known."""

    fiscal_year: int
    tax: str
    decided_on: date | None = None


def check_notice(row: PaymentRow, notice: KnownNotice) -> Iterator[RowProblem]:
    """Say where a row contradicts the notice it names: one of the two was keyed or printed wrong.

    Nobody can have paid by a notice before its tax was decided.
    """
    if row.fiscal_year and row.fiscal_year != notice.fiscal_year:
        message = f"the row says {row.fiscal_year}, the notice is of {notice.fiscal_year}; look at the paper"
        yield RowProblem(row.line, "年度", "year_contradicts", message)
    if row.tax and row.tax != notice.tax:
        message = f"the row says {row.tax}, the notice is of {notice.tax}; look at the paper"
        yield RowProblem(row.line, "税目", "tax_contradicts", message)
    if row.counts and notice.decided_on is not None and row.received_on < notice.decided_on:
        message = f"paid on {row.received_on}, but the tax was decided on {notice.decided_on}; look at day and number"
        yield RowProblem(row.line, "領収日", "day_before_notice", message)
