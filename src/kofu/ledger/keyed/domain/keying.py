"""Double keying (二重打鍵): when what a contractor keyed may be taken in.

Two keyings of the same papers are compared field by field; a person may mistype, two people rarely mistype alike. What
both leave out or add shows in the bundle's slip: how many papers, and what they come to. A paper the two keyings have
differently is wrong by itself; a bundle that does not come out at its slip, whatever its differing papers really say,
is wrong as a whole.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date
from enum import StrEnum
from typing import Generic, TypeVar


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchSlip:
    """バッチ票 of one bundle: how many papers, what they come to in yen."""

    batch_number: str  # 束番号
    count: int
    total: int
    made_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyedPayment:
    """One 納付済通知書. `received_on` 領収日; `interest` 延滞金 in yen; `fiscal_year` 0 where it is not keyed."""

    batch_number: str
    sequence: int  # place in the bundle
    notice_number: str
    installment: str
    amount: int
    received_on: date
    interest: int = 0
    fiscal_year: int = 0
    tax: str = ""
    place: str = ""  # 収納場所

    @property
    def total(self) -> int:
        """What the paper adds to its bundle, in yen."""
        return self.amount + self.interest


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyedClaim:
    """One 還付請求書. The account is a bank's, or ゆうちょ by 記号 and 番号; the other is ""."""

    batch_number: str
    sequence: int
    claim_number: str
    claimed_on: date
    amount: int
    holder_kana: str
    bank_code: str = ""
    branch_code: str = ""
    deposit: str = ""
    account_number: str = ""
    post_symbol: str = ""
    post_number: str = ""

    @property
    def total(self) -> int:
        """What the paper adds to its bundle, in yen."""
        return self.amount


Keyed = TypeVar("Keyed", KeyedPayment, KeyedClaim)
UNSURE_MAX = 12  # papers of a bundle that may be one thing or another; with more of them only the slip's word counts


class KeyingFault(StrEnum):
    """Why a bundle does not come out."""

    NO_SLIP = "no_slip"  # keyed, but no slip went out
    NOT_KEYED = "not_keyed"  # a slip went out, nothing came back
    SLIP_TWICE = "slip_twice"
    COUNT = "count"  # 件数不一致
    TOTAL = "total"  # 金額不一致
    SEQUENCE_TWICE = "sequence_twice"


@dataclass(frozen=True, slots=True)
class KeyingDifference:
    """A field the two keyings have differently, shown to the person who looks at the paper; "" where one has none.

    `field` is the field's name, or "" where one keying lacks the paper altogether.
    """

    batch_number: str
    sequence: int
    field: str
    first: str
    second: str


@dataclass(frozen=True, slots=True)
class ControlFault:
    """A bundle that does not come out: what its slip says and what was keyed (papers or yen)."""

    batch_number: str
    fault: KeyingFault
    stated: int
    keyed: int


@dataclass(frozen=True, slots=True)
class KeyingVerdict(Generic[Keyed]):
    """What becomes of a delivery: taken in whole (`accepted`), or held for the faults listed."""

    accepted: tuple[Keyed, ...]
    differences: tuple[KeyingDifference, ...]
    faults: tuple[ControlFault, ...]


def judge(slips: Sequence[BatchSlip], first: Sequence[Keyed], second: Sequence[Keyed]) -> KeyingVerdict[Keyed]:
    """Compare both keyings with each other and the first with the slips; accept everything or nothing."""
    differences = compare(first, second)
    faults = check_controls(slips, first, second)
    accepted = () if differences or faults else tuple(first)
    return KeyingVerdict(accepted, differences, faults)


def compare(first: Sequence[Keyed], second: Sequence[Keyed]) -> tuple[KeyingDifference, ...]:
    """List what two keyings have differently, by bundle and place. The order of the papers in the files is free."""
    one = {(item.batch_number, item.sequence): item for item in first}
    other = {(item.batch_number, item.sequence): item for item in second}
    found: list[KeyingDifference] = []
    for place in sorted(one.keys() | other.keys()):
        mine, theirs = one.get(place), other.get(place)
        if mine is None or theirs is None:
            found.append(
                KeyingDifference(*place, "", "" if mine is None else "打鍵あり", "" if theirs is None else "打鍵あり")
            )
        elif mine != theirs:
            found += [
                KeyingDifference(*place, field.name, str(getattr(mine, field.name)), str(getattr(theirs, field.name)))
                for field in fields(mine)
                if getattr(mine, field.name) != getattr(theirs, field.name)
            ]
    # a place keyed twice hides one of two papers above; as many papers as places, or it is a difference
    if len(first) != len(second) and not found:
        found.append(KeyingDifference("", 0, "", f"{len(first)}件", f"{len(second)}件"))
    return tuple(found)


def check_controls(
    slips: Sequence[BatchSlip], first: Sequence[Keyed], second: Sequence[Keyed] = ()
) -> tuple[ControlFault, ...]:
    """List the bundles that do not come out at their slips.

    A paper that only the second keying has, or has with another amount, is a difference by itself: its bundle comes
    out where it would with that paper as the one or the other has it.
    """
    places = Counter((item.batch_number, item.sequence) for item in first)
    other = {(item.batch_number, item.sequence): item for item in second}
    papers: defaultdict[str, list[int]] = defaultdict(list)
    unsure: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)
    for item in first:
        papers[item.batch_number].append(item.total)
        its = other.get((item.batch_number, item.sequence))
        if second and (its is None or its.total != item.total):
            unsure[item.batch_number].append((-1, -item.total) if its is None else (0, its.total - item.total))
    for place, item in other.items():
        if place not in places:
            papers[item.batch_number].append(item.total)
            unsure[item.batch_number].append((-1, -item.total))
    found: list[ControlFault] = []
    stated = Counter(slip.batch_number for slip in slips)
    found += [ControlFault(number, KeyingFault.SLIP_TWICE, times, 1) for number, times in stated.items() if times > 1]
    found += [
        ControlFault(number, KeyingFault.NO_SLIP, 0, len(totals))
        for number, totals in papers.items()
        if number not in stated
    ]
    for slip in slips:
        totals = papers.get(slip.batch_number, [])
        if not totals and slip.count:
            found.append(ControlFault(slip.batch_number, KeyingFault.NOT_KEYED, slip.count, 0))
            continue
        if (slip.count, slip.total) in _may_come_to(len(totals), sum(totals), unsure[slip.batch_number]):
            continue
        if len(totals) != slip.count:
            found.append(ControlFault(slip.batch_number, KeyingFault.COUNT, slip.count, len(totals)))
        if sum(totals) != slip.total:
            found.append(ControlFault(slip.batch_number, KeyingFault.TOTAL, slip.total, sum(totals)))
    found += [
        ControlFault(number, KeyingFault.SEQUENCE_TWICE, 1, times) for (number, _), times in places.items() if times > 1
    ]
    return tuple(found)


def _may_come_to(count: int, total: int, unsure: Sequence[tuple[int, int]]) -> set[tuple[int, int]]:
    """Give what a bundle may come to, papers and yen, with each unsure paper as the one keying has it or the other."""
    reached = {(count, total)}
    if len(unsure) <= UNSURE_MAX:
        for papers, yen in unsure:
            reached |= {(some + papers, sums + yen) for some, sums in reached}
    return reached


def sound(verdict: KeyingVerdict[Keyed], keyed: Sequence[Keyed]) -> tuple[Keyed, ...]:
    """Give the papers both keyings have alike in bundles that come out: what may be taken in without the others."""
    differing = {(difference.batch_number, difference.sequence) for difference in verdict.differences}
    bundles = {fault.batch_number for fault in verdict.faults}
    return tuple(
        item
        for item in keyed
        if item.batch_number not in bundles and (item.batch_number, item.sequence) not in differing
    )
