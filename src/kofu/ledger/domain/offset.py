"""充当 (地方税法17条の2, 施行令6条の14): money owed back pays what is owed, before anything is refunded.

It must, where anything is due; 本税 before the 延滞金 on it; with effect from the day both existed (適状日), so that
延滞金 stops there. What is not due yet is left alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from kofu.ledger.domain.posting import Excess, Part


@dataclass(frozen=True, slots=True)
class Credit:
    """Money owed back: of which payment, at which claim, how many yen, and since when (過誤納金が生じた日)."""

    payment_id: UUID
    claim_id: int
    amount: int
    excess: Excess
    arose_on: date


@dataclass(frozen=True, slots=True)
class Debt:
    """What is owed: a claim with 納期限, 法定納期限, and its 本税 and 延滞金 in yen."""

    claim_id: int
    due_date: date
    statutory_due_date: date
    principal: int
    interest: int


@dataclass(frozen=True, slots=True)
class Appropriation:
    """One step of an 充当: `amount` yen of a credit to a part of a debt, with effect from `effective_on` (適状日)."""

    credit: Credit
    claim_id: int
    part: Part
    amount: int
    effective_on: date


def offset_day(due_date: date, arose_on: date) -> date:
    """適状日: the later of the 納期限 and the day the money was owed back (令6条の14)."""
    return max(due_date, arose_on)


def appropriate_all(credits_: Sequence[Credit], debts: Sequence[Debt], today: date) -> tuple[Appropriation, ...]:
    """Plan the 充当 of everything owed back, oldest first, onto everything due by `today`, oldest 法定納期限 first.

    A debt whose 納期限 has not passed is left alone. 延滞金 of a debt is paid only where its 本税 is.
    """
    steps: list[Appropriation] = []
    open_debts = [debt for debt in sorted(debts, key=_order_of_debt) if debt.due_date < today]
    for credit in sorted(credits_, key=lambda credit: (credit.arose_on, credit.payment_id.int, credit.claim_id)):
        money = credit.amount
        for place, debt in enumerate(open_debts):
            to_principal = min(money, debt.principal)
            to_interest = min(money - to_principal, debt.interest)
            money -= to_principal + to_interest
            open_debts[place] = replace(
                debt, principal=debt.principal - to_principal, interest=debt.interest - to_interest
            )
            day = offset_day(debt.due_date, credit.arose_on)
            steps += [
                Appropriation(credit, debt.claim_id, part, amount, day)
                for part, amount in ((Part.PRINCIPAL, to_principal), (Part.INTEREST, to_interest))
                if amount
            ]
    return tuple(steps)


def _order_of_debt(debt: Debt) -> tuple[date, date, int]:
    return debt.statutory_due_date, debt.due_date, debt.claim_id
