"""不納欠損: taking a claim that is extinguished out of the books, for a reason code, and how long its record is open.

Writing off ends no claim: it records one that has ended by law. So a reason is accepted only with what it rests on.

保存: seven years after a claim was settled (完納), five after it was written off, its record is made inaccessible; it
is not deleted. The day each began is kept per 期別.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from kofu.core.errors import OperatorFault
from kofu.ledger.books.domain.prescription import CAUSE_WORDS, Extinction, ExtinctionCause


class WriteOffReason(StrEnum):
    """不納欠損事由."""

    PRESCRIBED = "18"  # 法18条: 時効
    SUSPENDED_THREE_YEARS = "15-7-4"  # 法15条の7第4項: 停止が3年継続
    GIVEN_UP = "15-7-5"  # 法15条の7第5項: 即時消滅
    LIMITED_ACCEPTANCE = "limited-acceptance"  # 限定承認: nothing is left of the estate


REASON_OF = {
    ExtinctionCause.PRESCRIBED: WriteOffReason.PRESCRIBED,
    ExtinctionCause.SUSPENDED_THREE_YEARS: WriteOffReason.SUSPENDED_THREE_YEARS,
    ExtinctionCause.GIVEN_UP: WriteOffReason.GIVEN_UP,
}

WORDS = {reason: CAUSE_WORDS[cause] for cause, reason in REASON_OF.items()} | {
    WriteOffReason.LIMITED_ACCEPTANCE: "限定承認"
}


def check_write_off(reason: WriteOffReason, ended: Extinction, decided_on: date) -> None:
    """Refuse a 不納欠損 whose reason is not what extinguished the claim by `decided_on` (決裁日).

    限定承認 rests on papers outside the ledger and is accepted as decided. Raises `OperatorFault`
    `write_off_not_extinguished` or `write_off_reason`.
    """
    if reason is WriteOffReason.LIMITED_ACCEPTANCE:
        return
    if ended.on is None or ended.on > decided_on:
        when = f"is extinguished on {ended.on}" if ended.on else "is stayed without an end"
        raise OperatorFault("write_off_not_extinguished", f"the claim {when}; it cannot be written off on {decided_on}")
    if REASON_OF[ended.cause] is not reason:
        raise OperatorFault(
            "write_off_reason",
            f"the claim was extinguished on {ended.on} by {REASON_OF[ended.cause].value}, not {reason.value};"
            " state that reason",
        )


def check_reversal(ended: Extinction, decided_on: date) -> None:
    """Refuse the reversal of a 不納欠損 (不納欠損の取消) where the law has ended the claim by `decided_on` (決裁日).

    `ended`: as the claim stands once what was recorded in error is taken back. What is extinguished is not owed and
    cannot be asked for again (法18条, 15条の7第4項・第5項). Raises `OperatorFault` `extinguished_by_law`, which says by
    what and since when.
    """
    if ended.on is not None and ended.on <= decided_on:
        raise OperatorFault(
            "extinguished_by_law",
            f"the claim was extinguished on {ended.on}: {WORDS[REASON_OF[ended.cause]]}; the 不納欠損 only says so",
        )
