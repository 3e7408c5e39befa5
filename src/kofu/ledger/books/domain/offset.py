"""充当 (地方税法17条の2, 施行令6条の14), and the order of the law in which money goes to several claims.

Money owed back pays what is owed before anything is refunded: it must, where anything is due; 本税 before the 延滞金 on
it; with effect from the day both existed (適状日), so that 延滞金 stops there. What is not due yet is left alone.
`kofu.ledger.overpayments.domain.refunds` posts it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from uuid import UUID

from kofu.core.errors import ensure
from kofu.ledger.books.domain.posting import ClaimPart, Excess


@dataclass(frozen=True, slots=True)
class Credit:
    """Money owed back: of which payment, at which claim, how many yen, and since when (過誤納金が生じた日)."""

    payment_id: UUID
    claim_id: int
    amount: int
    excess: Excess
    arose_on: date


def offset_day(due_date: date, arose_on: date) -> date:
    """適状日: the later of the day the debt could be paid and the day the money was owed back (令6条の14).

    `due_date`: the 納期限 of the 期別; for a tax fixed after its 法定納期限 (随時, 過年度) the law takes the day its
    納付告知書 was sent, which the caller gives instead.
    """
    return max(due_date, arose_on)


@dataclass(frozen=True, slots=True)
class OpenClaim:
    """A claim money can go to: 納期限, 本税 and 延滞金 in yen, and the rate at which 延滞金 runs now (per mille)."""

    claim_id: int
    due_date: date
    principal: int
    interest: int
    rate: int

    @property
    def owed(self) -> int:
        """Yen of both."""
        return self.principal + self.interest


@dataclass(frozen=True, slots=True)
class Allocated:
    """Yen of a payment that go to a part of a claim."""

    claim_id: int
    part: ClaimPart
    amount: int


def allocation_order(amount: int, claims: Sequence[OpenClaim], on: date) -> tuple[Allocated, ...]:
    """Give the yen of a payment made `on` a day to claims in the order of the law (法定充当); what is left stays.

    What is due comes before what is not; of these what serves the debtor most when settled, which is the one that
    bears the higher 延滞金; of equals the one due earlier; of equals all, in proportion to what is owed, odd yen to the
    lower claim ids. Within a claim 本税 comes before 延滞金. 民法488条4項 (489条 before 2020); 最判令和3年6月22日 for
    the money of a seizure whose claim falls away later.
    """
    ensure(amount >= 0, "what is allocated is 0 yen or more")
    found: list[Allocated] = []
    in_order = sorted(claims, key=lambda claim: (_rank(claim, on), claim.claim_id))
    for _, group in groupby(in_order, key=lambda claim: _rank(claim, on)):
        equals = list(group)
        for claim, yen in zip(equals, _shares(amount, [claim.owed for claim in equals]), strict=True):
            amount -= yen
            principal = min(yen, claim.principal)
            parts = ((ClaimPart.PRINCIPAL, principal), (ClaimPart.INTEREST, yen - principal))
            found += [Allocated(claim.claim_id, part, given) for part, given in parts if given]
    return tuple(found)


def _rank(claim: OpenClaim, on: date) -> tuple[bool, int, date]:
    return claim.due_date >= on, -claim.rate, claim.due_date


def _shares(amount: int, owed: Sequence[int]) -> list[int]:
    """Cut an amount in proportion to what is owed, never more than that; odd yen to the first that can take them."""
    whole = sum(owed)
    if amount >= whole:
        return list(owed)
    shares = [amount * each // whole for each in owed]
    odd = amount - sum(shares)
    for place, each in enumerate(owed):
        if odd and shares[place] < each:
            shares[place] += 1
            odd -= 1
    return shares
