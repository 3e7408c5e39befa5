"""Entries (仕訳): what happened, as transfers between accounts. Nothing is ever changed: a correction is an entry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from uuid import UUID

from kofu.core.errors import ensure
from kofu.ledger.books.domain.accounts import CLAIM_ACCOUNTS, MOVEMENTS, PAYMENT_ACCOUNTS, Account

#: A value that can stand in an entry's detail, to be shown line by line: text, yen, or lists and maps of them.
Detail = str | int | bool | None | list["Detail"] | dict[str, "Detail"]


class JournalKind(StrEnum):
    """What an entry records."""

    ASSESSED = "assessed"  # 調定
    INCREASED = "increased"  # 増額更正
    REDUCED = "reduced"  # 減額更正
    CANCELLED = "cancelled"  # 賦課取消
    RECEIVED = "received"  # 収納
    VOIDED = "voided"  # 収納取消 (誤入力, 不渡り)
    ALLOCATED = "allocated"  # 消込
    REALLOCATED = "reallocated"  # 再充当 (最判令和3年6月22日)
    SUSPENDED = "suspended"  # 仮受
    OVERPAID = "overpaid"  # 過納の発生
    PAID_IN_ERROR = "paid_in_error"  # 誤納の発生
    APPROPRIATED = "appropriated"  # 充当
    APPROPRIATION_UNDONE = "appropriation_undone"  # 充当の取消
    MADE_ANEW = "made_anew"  # 充て直し (領収日の順)
    INTEREST_FIXED = "interest_fixed"  # 延滞金の確定
    INTEREST_REVISED = "interest_revised"  # 延滞金の再計算
    WAIVED = "waived"  # 減免
    INTEREST_WAIVED = "interest_waived"  # 延滞金減免
    WRITTEN_OFF = "written_off"  # 不納欠損
    WRITE_OFF_REVERSED = "write_off_reversed"  # 不納欠損の取消
    REFUND_DECIDED = "refund_decided"  # 還付決定
    REFUND_INTEREST_DECIDED = "refund_interest_decided"  # 還付加算金の決定
    REFUND_WITHDRAWN = "refund_withdrawn"  # 還付決定の取消
    REFUNDED = "refunded"  # 還付 (支払)
    REFUND_RETURNED = "refund_returned"  # 振込不能による戻り
    REFUND_LAPSED = "refund_lapsed"  # 還付請求権の時効


@dataclass(frozen=True, slots=True)
class Transfer:
    """One movement of `amount` yen (above zero) from `credit` to `debit`, at a claim (期別), a payment, or both."""

    debit: Account
    credit: Account
    amount: int
    claim_id: int | None = None
    payment_id: UUID | None = None

    def __post_init__(self) -> None:
        """Refuse what is no movement of this ledger: `InvariantBroken`."""
        ensure(self.amount > 0, "a transfer moves an amount above zero")
        ensure((self.debit, self.credit) in MOVEMENTS, f"nothing moves from {self.credit} to {self.debit}")
        for account in (self.debit, self.credit):
            ensure(account in PAYMENT_ACCOUNTS or self.claim_id is not None, f"{account} is kept per claim")
            ensure(account in CLAIM_ACCOUNTS or self.payment_id is not None, f"{account} is kept per payment")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Transfers that belong together and are posted together.

    `effective_on`: the day from which it counts (領収日, 適状日, 更正の日), which may lie before the day of posting.
    `reason`: a code or a plain word, shown to staff. `detail`: the calculation behind the amount, shown line by line.
    `source`: where it came from (file and line, slip), when that differs from the posting's own source.
    """

    kind: JournalKind
    effective_on: date
    transfers: tuple[Transfer, ...]
    reason: str = ""
    source: str = ""
    detail: Mapping[str, Detail] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse an entry that moves nothing: `InvariantBroken`."""
        ensure(self.transfers, "an entry moves something")
