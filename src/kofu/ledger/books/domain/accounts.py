"""勘定科目 of the collection ledger, and the movements between them that can happen at all.

Every yen moves as a *transfer*: one account is debited, another credited, with one amount above zero. A transfer cannot
be out of balance, so no entry made of transfers can (P12). What balances are kept follows from `MOVEMENTS`: a pair of
accounts that does not stand there, in this order or reversed, is no movement of this ledger.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Account(StrEnum):
    """The accounts. `claim` accounts are kept per 期別, `payment` accounts per payment, `share` ones per both."""

    DUE = "due"  # 収入未済額 (本税): what is still to be paid; claim
    ASSESSED = "assessed"  # 調定額; claim
    WAIVED = "waived"  # 減免額; claim
    WRITTEN_OFF = "written_off"  # 不納欠損額; claim
    INTEREST_DUE = "interest_due"  # 延滞金 (未収); claim
    INTEREST_ASSESSED = "interest_assessed"  # 延滞金調定額; claim
    INTEREST_WAIVED = "interest_waived"  # 延滞金減免額; claim
    INTEREST_WRITTEN_OFF = "interest_written_off"  # 延滞金の不納欠損額; claim
    RECEIVED = "received"  # 収納額: money that came in; payment
    UNALLOCATED = "unallocated"  # 未充当: money of a payment on its way from one place to another; payment
    SUSPENSE = "suspense"  # 仮受金: a payment nobody can be credited with yet (消込不能); payment
    OVERPAID = "overpaid"  # 過納金: rightly paid, too much since a later reduction; share
    IN_ERROR = "in_error"  # 誤納金: never owed (二重納付, 誤った額, 時効完成後); share
    REFUNDABLE = "refundable"  # 還付未済金: refund decided, not paid out; share
    REFUNDED = "refunded"  # 還付済額; share
    LAPSED = "lapsed"  # 還付請求権の時効による雑入; share
    REFUND_INTEREST = "refund_interest"  # 還付加算金 (費用); share
    REFUND_INTEREST_DUE = "refund_interest_due"  # 還付加算金 (未払); share
    REFUND_INTEREST_PAID = "refund_interest_paid"  # 還付加算金 (支払済); share


class Book(StrEnum):
    """Where a balance is kept."""

    CLAIM = "claim"
    PAYMENT = "payment"
    SHARE = "share"  # of one payment at one claim


@dataclass(frozen=True, slots=True)
class Effect:
    """What a movement does to a balance: adds the amount (`sign` 1) or takes it away (-1)."""

    book: Book
    field: str
    sign: int

    def reversed(self) -> Effect:
        """Give the effect of the same movement taken back."""
        return Effect(self.book, self.field, -self.sign)


def _effect(book: Book, field: str, sign: int = 1) -> Effect:
    return Effect(book, field, sign)


_FORWARD: dict[tuple[Account, Account], tuple[Effect, ...]] = {
    # what is owed
    (Account.DUE, Account.ASSESSED): (_effect(Book.CLAIM, "assessed"),),
    (Account.WAIVED, Account.DUE): (_effect(Book.CLAIM, "waived"),),
    (Account.WRITTEN_OFF, Account.DUE): (_effect(Book.CLAIM, "written_off"),),
    (Account.INTEREST_DUE, Account.INTEREST_ASSESSED): (_effect(Book.CLAIM, "interest_assessed"),),
    (Account.INTEREST_WAIVED, Account.INTEREST_DUE): (_effect(Book.CLAIM, "interest_waived"),),
    (Account.INTEREST_WRITTEN_OFF, Account.INTEREST_DUE): (_effect(Book.CLAIM, "interest_written_off"),),
    # what came in, and where it went
    (Account.RECEIVED, Account.UNALLOCATED): (_effect(Book.PAYMENT, "received"),),
    (Account.UNALLOCATED, Account.SUSPENSE): (_effect(Book.PAYMENT, "suspense"),),
    (Account.UNALLOCATED, Account.DUE): (
        _effect(Book.CLAIM, "paid"),
        _effect(Book.SHARE, "principal"),
        _effect(Book.PAYMENT, "allocated"),
    ),
    (Account.UNALLOCATED, Account.INTEREST_DUE): (
        _effect(Book.CLAIM, "interest_paid"),
        _effect(Book.SHARE, "interest"),
        _effect(Book.PAYMENT, "allocated"),
    ),
    (Account.UNALLOCATED, Account.OVERPAID): (_effect(Book.SHARE, "overpaid"), _effect(Book.PAYMENT, "overpaid")),
    (Account.UNALLOCATED, Account.IN_ERROR): (_effect(Book.SHARE, "in_error"), _effect(Book.PAYMENT, "in_error")),
    # what goes back
    (Account.OVERPAID, Account.REFUNDABLE): (
        _effect(Book.SHARE, "overpaid", -1),
        _effect(Book.PAYMENT, "overpaid", -1),
        _effect(Book.SHARE, "refundable"),
        _effect(Book.PAYMENT, "refundable"),
    ),
    (Account.IN_ERROR, Account.REFUNDABLE): (
        _effect(Book.SHARE, "in_error", -1),
        _effect(Book.PAYMENT, "in_error", -1),
        _effect(Book.SHARE, "refundable"),
        _effect(Book.PAYMENT, "refundable"),
    ),
    (Account.REFUNDABLE, Account.REFUNDED): (
        _effect(Book.SHARE, "refundable", -1),
        _effect(Book.PAYMENT, "refundable", -1),
        _effect(Book.SHARE, "refunded"),
        _effect(Book.PAYMENT, "refunded"),
    ),
    (Account.REFUNDABLE, Account.LAPSED): (
        _effect(Book.SHARE, "refundable", -1),
        _effect(Book.PAYMENT, "refundable", -1),
        _effect(Book.SHARE, "lapsed"),
        _effect(Book.PAYMENT, "lapsed"),
    ),
    (Account.REFUND_INTEREST, Account.REFUND_INTEREST_DUE): (_effect(Book.SHARE, "refund_interest"),),
    (Account.REFUND_INTEREST_DUE, Account.REFUND_INTEREST_PAID): (_effect(Book.SHARE, "refund_interest_paid"),),
    (Account.REFUND_INTEREST_DUE, Account.UNALLOCATED): (
        _effect(Book.SHARE, "refund_interest_applied"),
        _effect(Book.PAYMENT, "added"),
    ),
}

#: (debited, credited) → what it does to the balances. A movement and its reversal, nothing else.
MOVEMENTS: dict[tuple[Account, Account], tuple[Effect, ...]] = {
    **_FORWARD,
    **{
        (credit, debit): tuple(effect.reversed() for effect in effects) for (debit, credit), effects in _FORWARD.items()
    },
}

CLAIM_ACCOUNTS = frozenset(
    {
        Account.DUE,
        Account.ASSESSED,
        Account.WAIVED,
        Account.WRITTEN_OFF,
        Account.INTEREST_DUE,
        Account.INTEREST_ASSESSED,
        Account.INTEREST_WAIVED,
        Account.INTEREST_WRITTEN_OFF,
    }
)
PAYMENT_ACCOUNTS = frozenset({Account.RECEIVED, Account.UNALLOCATED, Account.SUSPENSE})
