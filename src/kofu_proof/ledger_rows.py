"""What a history says of the ledger: what it was told and acknowledged, and what its books keep.

`told.jsonl`, one `Told` a line, and the books in four files, one for each of the tables they come from. Yen throughout.
"""

from __future__ import annotations

from datetime import date

import msgspec


class LedgerRow(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """A line of a file of the history."""


class Told(LedgerRow, frozen=True, gc=False):
    """Something the ledger was told and acknowledged. `at` counts up by one, in the order of the acknowledgements.

    ===================  ==========================================================================================
    `rate`               per mille of 延滞金 in a `year`: `first_month`, `after`; of 還付加算金: `refund`
    `claim`              `installment` of `notice`: `yen` assessed, due `due`
    `advised`            速報 of the payment `key`
    `cancelled`          速報取消 of it
    `paid`               payment `key`: `yen` received `on` (領収日) for `installment` of `notice`, of which `interest`
                         as 延滞金, booked on `booked_on`. The same key told again is the same payment
    `increased`          増額 of a claim by `yen`, `on` a day
    `reduced`            減額 of a claim by `yen`, `on` a day
    `taken_out`          収納取消: the payment `key` was never there
    `sent_back`          組戻し: the money of `key` went back where it came from
    `moved`, `assigned`  付替, 仮受の充当: `key` is for `installment` of `notice`
    `to_suspense`        付替 of `key` into 仮受
    `written_off`        不納欠損 of what is due of a claim
    `refund_decided`     還付・充当 of all that is owed back to whom `notice` is of, decided `on` a day
    `refund_paid`        a file of transfers states `yen` for that person
    ===================  ==========================================================================================
    """

    at: int
    what: str
    notice: str = ""
    installment: str = ""
    due: date | None = None
    key: str = ""
    yen: int = 0
    interest: int = 0
    on: date | None = None
    booked_on: date | None = None
    year: int = 0
    first_month: int = 0
    after: int = 0
    refund: int = 0


class KeptClaim(LedgerRow, frozen=True, gc=False):
    """A 期別 and its balance as the books keep them."""

    id: int
    notice: str
    installment: str
    due: date
    assessed: int
    paid: int
    waived: int
    written_off: int
    interest_assessed: int
    interest_paid: int
    interest_waived: int
    interest_written_off: int


class KeptPayment(LedgerRow, frozen=True, gc=False):
    """A payment and its balance; `batch`: what it came in. `yen`: as it came; `received`: what is left of that."""

    id: str
    key: str
    channel: str
    on: date
    booked_on: date
    batch: str
    yen: int
    received: int
    added: int
    allocated: int
    suspense: int
    overpaid: int
    in_error: int
    refundable: int
    refunded: int
    lapsed: int


class KeptShare(LedgerRow, frozen=True, gc=False):
    """What of a payment lies at a claim."""

    payment: str
    claim: int
    principal: int
    interest: int
    overpaid: int
    in_error: int
    refundable: int
    refunded: int
    lapsed: int


class KeptTransfer(LedgerRow, frozen=True, gc=False):
    """A movement of an entry. `sequence`, `kind`, `booked_on` are the entry's; `id` counts movements up."""

    id: int
    entry: str
    sequence: int
    kind: str
    booked_on: date
    debit: str
    credit: str
    yen: int
    claim: int | None
    payment: str | None


class Books(msgspec.Struct, frozen=True, kw_only=True):
    """The books as they are kept."""

    claims: tuple[KeptClaim, ...] = ()
    payments: tuple[KeptPayment, ...] = ()
    shares: tuple[KeptShare, ...] = ()
    transfers: tuple[KeptTransfer, ...] = ()
