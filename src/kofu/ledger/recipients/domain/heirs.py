"""⑮⑯ 相続人代表者 (地方税法9条の2): who receives papers for the heirs, and what is whose (9条).

A 届出 signed by every heir is in force at once (declared); a 指定 by the ward is proposed by one and
decided by another (designated). Either is replaced by a 変更届 or a later 届出.

A representative only *receives* papers about levying and refunding; 滞納処分 stays with each heir. What the dead person
owed passes to the heirs by their shares of 民法900条〜902条 (9条2項), and what was owed back to them as well.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction

from kofu.core.errors import OperatorFault, ensure
from kofu.core.labelled import LabelledEnum
from kofu.core.life_cycle import LifeCycle

HEIRS_MAX = 40


class Basis(StrEnum):
    """What the list of heirs rests on."""

    DECLARATION = "declaration"  # 相続人代表者指定届
    CHANGE = "change"  # 相続人代表者変更届
    SURVEY = "survey"  # 戸籍等による職権の調査


class HeirsState(LabelledEnum):
    """Where a list of heirs stands."""

    REGISTERED = "registered", "登録"  # heirs known, nobody represents them
    PROPOSED = "proposed", "指定の起案"
    DECLARED = "declared", "届出による代表者"
    DESIGNATED = "designated", "指定による代表者"
    REPLACED = "replaced", "変更"
    ENDED = "ended", "終了"


class HeirsEvent(LabelledEnum):
    """What happens to it."""

    DECLARE = "declare", "届出"
    PROPOSE = "propose", "指定の起案"
    APPROVE = "approve", "決裁"
    WITHDRAW = "withdraw", "取下げ"
    REPLACE = "replace", "変更"
    END = "end", "終了"


HEIRS_LIFE = LifeCycle(
    title="相続人代表者",
    thing="a list of heirs",
    reason="heirs_state",
    states=HeirsState,
    events=HeirsEvent,
    begins=frozenset({HeirsState.REGISTERED}),
    ends=frozenset({HeirsState.REPLACED, HeirsState.ENDED}),
    table={
        (HeirsState.REGISTERED, HeirsEvent.DECLARE): HeirsState.DECLARED,
        (HeirsState.REGISTERED, HeirsEvent.PROPOSE): HeirsState.PROPOSED,
        (HeirsState.REGISTERED, HeirsEvent.REPLACE): HeirsState.REPLACED,
        (HeirsState.PROPOSED, HeirsEvent.APPROVE): HeirsState.DESIGNATED,
        (HeirsState.PROPOSED, HeirsEvent.WITHDRAW): HeirsState.REGISTERED,
        (HeirsState.PROPOSED, HeirsEvent.REPLACE): HeirsState.REPLACED,
        (HeirsState.DECLARED, HeirsEvent.REPLACE): HeirsState.REPLACED,
        (HeirsState.DESIGNATED, HeirsEvent.REPLACE): HeirsState.REPLACED,
        (HeirsState.DECLARED, HeirsEvent.END): HeirsState.ENDED,
        (HeirsState.DESIGNATED, HeirsEvent.END): HeirsState.ENDED,
    },
)

IN_FORCE = frozenset({HeirsState.DECLARED, HeirsState.DESIGNATED})


class PayeeState(LabelledEnum):
    """Where the part of a refund one heir is paid stands."""

    WAITING = "waiting", "振込待ち"
    PAID = "paid", "支払済"
    RETURNED = "returned", "振込不能"
    REPLACED = "replaced", "口座の変更"  # another account took its place


class PayeeEvent(LabelledEnum):
    """What happens to it."""

    TRANSFER = "paid", "振込"
    TRANSFER_FAILED = "returned", "振込不能"
    NEW_ACCOUNT = "replaced", "新しい口座"


PAYEE_LIFE = LifeCycle(
    title="還付の受取人",
    thing="a payee",
    reason="payee_state",
    states=PayeeState,
    events=PayeeEvent,
    begins=frozenset({PayeeState.WAITING}),
    ends=frozenset({PayeeState.PAID, PayeeState.REPLACED}),
    table={
        (PayeeState.WAITING, PayeeEvent.TRANSFER): PayeeState.PAID,
        (PayeeState.WAITING, PayeeEvent.NEW_ACCOUNT): PayeeState.REPLACED,
        (PayeeState.PAID, PayeeEvent.TRANSFER_FAILED): PayeeState.RETURNED,
        (PayeeState.RETURNED, PayeeEvent.NEW_ACCOUNT): PayeeState.REPLACED,
    },
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Heir:
    """相続人 as 令2条 wants them named. `share`: 相続分 (法9条2項), exact. `signed`: took part in the 連署.

    `addressee_number`: 宛名番号 where the ward has one. `protected`: 支援措置, the address is told to nobody else.
    """

    name: str
    postal_code: str
    address: str
    relation: str
    share: Fraction
    signed: bool = False
    addressee_number: str = ""
    corporate_number: str = ""
    protected: bool = False

    def address_for(self, reader: Heir) -> str:
        """Address as a paper to another heir may state it: nothing of an heir under 支援措置."""
        return "" if self.protected and reader != self else self.address


@dataclass(frozen=True, slots=True, kw_only=True)
class Representation:
    """The heirs of a person and the one who receives their papers, by 届出 or 指定, from a day on."""

    state: HeirsState
    heirs: tuple[Heir, ...]
    representative: Heir | None
    since: date | None

    def receives_on(self, on: date) -> Heir | None:
        """Give who receives papers on a day, or None where nobody does yet."""
        if self.state not in IN_FORCE or self.since is None or on < self.since:
            return None
        return self.representative


@dataclass(frozen=True, slots=True)
class HeirShare:
    """What falls on one heir, in yen."""

    heir: Heir
    amount: int


def check_heirs(heirs: Sequence[Heir], basis: Basis, *, died_on: date, filed_on: date) -> None:
    """Refuse a list of heirs the law would not take.

    Raises `OperatorFault`: `no_heirs`, `too_many_heirs`, `heir_incomplete` (令2条), `share_not_positive`,
    `shares_not_whole`, `not_signed_by_all` (連署; register it as 調査 and designate), `filed_before_death`.
    """
    if not heirs:
        raise OperatorFault("no_heirs", "name at least one heir")
    if len(heirs) > HEIRS_MAX:
        raise OperatorFault("too_many_heirs", f"at most {HEIRS_MAX} heirs are registered; ask the section in charge")
    if filed_on < died_on:
        raise OperatorFault("filed_before_death", "heirs are declared on or after the day of death")
    for number, heir in enumerate(heirs, start=1):
        if not (heir.name and heir.address and heir.relation):
            raise OperatorFault("heir_incomplete", f"heir {number}: name, address and 続柄 are needed (令2条)")
        if heir.share <= 0:
            raise OperatorFault("share_not_positive", f"heir {number}: who has no share is no heir here")
    if sum(heir.share for heir in heirs) != 1:
        raise OperatorFault("shares_not_whole", "the shares of the heirs are one together")
    if basis is not Basis.SURVEY and not all(heir.signed for heir in heirs):
        raise OperatorFault("not_signed_by_all", "a 届出 is signed by every heir; without, register 調査 and designate")


def check_designation(*, declare_by: date | None, today: date) -> None:
    """Refuse a 指定 while a 届出 may still come in time. `declare_by`: the day the heirs were given for it.

    Raises `OperatorFault` `declaration_awaited`, `declaration_not_asked` where the heirs were given no day.
    """
    if declare_by is None:
        raise OperatorFault("declaration_not_asked", "ask the heirs for a 届出 first, and register the day they have")
    if today <= declare_by:
        raise OperatorFault("declaration_awaited", f"the heirs have until {declare_by} to declare a representative")


def suggested(heirs: Sequence[Heir], last_address: str) -> int:
    """Position of the heir a ward would look at first: spouse, same address, the larger share, the first named.

    An order as municipalities publish it (東洋町 事務取扱要綱); the clerk decides and says why.
    """
    ensure(bool(heirs), "somebody is suggested from heirs")
    order = [
        (heir.relation not in {"妻", "夫", "配偶者"}, heir.address != last_address, -heir.share, place)
        for place, heir in enumerate(heirs)
    ]
    return min(order)[-1]


def split(amount: int, heirs: Sequence[Heir]) -> tuple[HeirShare, ...]:
    """Split yen by share (法9条2項): each claim, and 本税 and 延滞金 each for itself; the parts are the whole exactly.

    Below one yen is cut; the yen then left go one each to those of whom most was cut, the first named first. The law
    names no rule for these last yen; this one is within a yen of each heir's exact share.
    """
    ensure(amount >= 0, "an amount to split is not negative")
    ensure(sum(heir.share for heir in heirs) == 1, "the shares of the heirs are one together")
    exact = [heir.share * amount for heir in heirs]
    whole = [int(part) for part in exact]
    left = amount - sum(whole)
    by_rest = sorted(range(len(heirs)), key=lambda place: (whole[place] - exact[place], place))
    for place in by_rest[:left]:
        whole[place] += 1
    return tuple(HeirShare(heir, part) for heir, part in zip(heirs, whole, strict=True))


def refund_payees(amount: int, heirs: Sequence[Heir], agreed: Mapping[int, int] | None = None) -> tuple[HeirShare, ...]:
    """Who is paid a dead person's refund, in yen: by share, or as the heirs agreed (遺産分割, yen by position).

    Raises `OperatorFault` `agreement_not_whole` where the agreed amounts are not the refund exactly, and
    `agreement_stranger` for a position no heir has. An heir who gets nothing is left out.
    """
    if agreed is None:
        parts = split(amount, heirs)
    else:
        if any(not 0 <= place < len(heirs) for place in agreed):
            raise OperatorFault("agreement_stranger", "an agreement names only heirs")
        if sum(agreed.values()) != amount or any(part < 0 for part in agreed.values()):
            raise OperatorFault("agreement_not_whole", f"the agreed amounts are {amount:,} yen together, none below 0")
        parts = tuple(HeirShare(heirs[place], part) for place, part in sorted(agreed.items()))
    return tuple(part for part in parts if part.amount)
