"""滞納整理の出来事: what the law asks before something is put on record of a 期別, as one table. Pure.

Whoever records that a claim was seized, suspended or given up takes a right away, from the person or from the ward:
such an event is proposed by one and approved by another. What is only noted, because it happened outside (催告, 承認,
交付要求), needs one. Nothing lies in the future or before the claim. What was recorded in error is taken back by a
record of its own (`Happening.TAKEN_BACK`), by two people, whatever it was: 時効 and 延滞金 follow what then stands.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass
from datetime import date
from enum import StrEnum

from kofu.core.calendar import next_business_day
from kofu.core.errors import OperatorFault, ensure
from kofu.core.labelled import LabelledEnum
from kofu.core.life_cycle import LifeCycle
from kofu.ledger.books.domain.claims import payable_to
from kofu.ledger.books.domain.interest import months_end
from kofu.ledger.books.domain.prescription import NEVER, DeferralGround, Happening, PrescriptionEvent


class StayState(LabelledEnum):
    """Where something that lasts (差押, 交付要求, 猶予, 執行停止, 審査請求) stands."""

    LASTING = "lasting", "継続中"
    END_PROPOSED = "end_proposed", "解除・取消の決裁待ち"
    ENDED = "ended", "終了"
    TAKEN_BACK = "taken_back", "取消"  # recorded in error


class StayEvent(LabelledEnum):
    """What happens to it."""

    NOTE_END = "note_end", "終了の記録"  # it came to its end by itself (換価・配当の終了, 裁決)
    PROPOSE_END = "propose_end", "解除・取消の起案"
    WITHDRAW_END = "withdraw_end", "差戻し・取下げ"  # of the proposal
    APPROVE_END = "approve_end", "決裁"
    TAKE_BACK = "take_back", "記録の取消"  # of the record, or of its end: then it goes on


STAY_LIFE = LifeCycle(
    title="差押・交付要求・猶予・執行停止・審査請求",
    thing="what lasts on a claim",
    reason="event_ended",
    states=StayState,
    events=StayEvent,
    begins=frozenset({StayState.LASTING}),
    ends=frozenset({StayState.ENDED, StayState.TAKEN_BACK}),
    table={
        (StayState.LASTING, StayEvent.NOTE_END): StayState.ENDED,
        (StayState.LASTING, StayEvent.PROPOSE_END): StayState.END_PROPOSED,
        (StayState.LASTING, StayEvent.TAKE_BACK): StayState.TAKEN_BACK,
        (StayState.END_PROPOSED, StayEvent.NOTE_END): StayState.ENDED,
        (StayState.END_PROPOSED, StayEvent.WITHDRAW_END): StayState.LASTING,
        (StayState.END_PROPOSED, StayEvent.APPROVE_END): StayState.ENDED,
        (StayState.END_PROPOSED, StayEvent.TAKE_BACK): StayState.TAKEN_BACK,
        (StayState.ENDED, StayEvent.TAKE_BACK): StayState.LASTING,
    },
)


def after_stay(state: StayState, event: StayEvent) -> StayState:
    """State after an event. Raises `OperatorFault` `proposed_already`, `event_ended` where it cannot happen."""
    if (state, event) == (StayState.END_PROPOSED, StayEvent.PROPOSE_END):
        raise OperatorFault("proposed_already", "its end waits for approval; decide that first")
    return STAY_LIFE.after(state, event)


class EarliestDay(StrEnum):
    """Earliest day of an event."""

    CLAIM = "claim"  # the day the claim arose (調定): 繰上徴収, 猶予 and 延長 come before the 納期限
    OVERDUE = "overdue"  # the day after the 納期限: only who is late is reminded, or spared 滞納処分


class EndRule(StrEnum):
    """What an event says of its end."""

    NEVER = "never"  # it is of one day
    PAST = "past"  # where it has ended, the day; no day ahead
    GRANTED = "granted"  # 猶予期間: its last day is set when it is granted (法15条3項)
    SET = "set"  # the end is what it is about (延長後の納期限)


@dataclass(frozen=True, slots=True)
class EventLaw:
    """What an event needs. `within`: something that must be in force on its day; `once`: not over the days of another.

    `owing`: only of a claim of which something is due, where it does not lie behind already. `stopped_by`: what,
    in force on its day, forbids it; of 猶予 only 徴収の猶予 does (`spares_from_collection`).
    """

    earliest: EarliestDay
    until: EndRule
    law: str
    _: KW_ONLY
    two_people: bool
    within: Happening | None = None
    once: bool = False
    owing: bool = False
    stopped_by: frozenset[Happening] = frozenset()
    grounds: frozenset[DeferralGround] = frozenset()


GRACE_GROUNDS = frozenset(
    {DeferralGround.DISASTER, DeferralGround.BUSINESS, DeferralGround.LATE_ASSESSMENT, DeferralGround.CONVERSION}
)

#: Every event a person puts on record. 督促 is recorded by its letter, 取消 by what it takes back.
LAWS: dict[Happening, EventLaw] = {
    Happening.DEMANDED: EventLaw(
        EarliestDay.OVERDUE, EndRule.NEVER, "法18条3項・民法150条", two_people=False, owing=True
    ),
    Happening.ACKNOWLEDGED: EventLaw(EarliestDay.CLAIM, EndRule.NEVER, "法18条3項・民法152条", two_people=False),
    Happening.NOT_ACKNOWLEDGED: EventLaw(EarliestDay.CLAIM, EndRule.NEVER, "民法152条", two_people=True),
    Happening.SEIZED: EventLaw(
        EarliestDay.CLAIM,
        EndRule.PAST,
        "法331条・15条の2の3第1項・15条の7第1項",
        two_people=True,
        owing=True,
        stopped_by=frozenset({Happening.GRACE, Happening.SUSPENDED}),
    ),
    # 交付要求 is left out of what 徴収の猶予 forbids (法15条の2の3第1項かっこ書)
    Happening.PARTICIPATED: EventLaw(EarliestDay.CLAIM, EndRule.PAST, "法331条4項", two_people=False, owing=True),
    Happening.GRACE: EventLaw(
        EarliestDay.CLAIM,
        EndRule.GRANTED,
        "法15条・15条の5・15条の6",
        two_people=True,
        once=True,
        owing=True,
        grounds=GRACE_GROUNDS,
    ),
    Happening.SUSPENDED: EventLaw(
        EarliestDay.OVERDUE, EndRule.PAST, "法15条の7第1項", two_people=True, once=True, owing=True
    ),
    Happening.GIVEN_UP: EventLaw(
        EarliestDay.OVERDUE, EndRule.NEVER, "法15条の7第5項", two_people=True, within=Happening.SUSPENDED, owing=True
    ),
    Happening.EXTENDED: EventLaw(EarliestDay.CLAIM, EndRule.SET, "法20条の5の2", two_people=True),
    Happening.OBJECTED: EventLaw(
        EarliestDay.CLAIM, EndRule.PAST, "行政不服審査法2条・法19条の7", two_people=False, once=True
    ),
}
MONTHS_OF_GRACE = 12  # 法15条1項, 15条の5第1項, 15条の6第1項: 一年以内
MONTHS_OF_GRACE_IN_ALL = 24  # 法15条4項, 15条の5第2項, 15条の6第3項: 既にした猶予の期間と併せて二年
NOT_ENTERED = frozenset({Happening.DUNNED, Happening.TAKEN_BACK})


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimThen:
    """A claim as an event finds it. `arose_on`: its first 調定; `ended_on`: the first day nothing is owed by law.

    `owed`: yen of 本税 and 延滞金 still due. `standing`: what is on record and was neither ended nor taken back.
    """

    arose_on: date
    due_date: date
    owed: int
    special: bool
    ended_on: date | None
    standing: Sequence[PrescriptionEvent] = ()

    @property
    def payable_to(self) -> date:
        """The 納期限 that counts."""
        extended = [one.until for one in self.standing if one.happening is Happening.EXTENDED and one.until]
        return payable_to(self.due_date, max(extended, default=None))


def law_of(happening: Happening) -> EventLaw:
    """Give what an event needs. Raises `OperatorFault` `dunned_by_letter`, `not_entered`."""
    if happening is Happening.DUNNED:
        raise OperatorFault("dunned_by_letter", "督促 is recorded by sending its letter")
    if happening in NOT_ENTERED:
        raise OperatorFault("not_entered", "a record is taken back from its own line, with a reason")
    return LAWS[happening]


def check_event(event: PrescriptionEvent, claim: ClaimThen, *, today: date) -> EventLaw:
    """Refuse an event that cannot be; give its law.

    Raises `OperatorFault`: `special_collection` (nothing of it is asked of the person), `event_ahead`,
    `before_the_claim`, `not_overdue`, `claim_ended`, `nothing_due`, `end_not_said`, `end_of_a_day`, `end_ahead`,
    `end_on_closed_day`, `ground_missing`, `not_in_force`, `in_force_already`, `in_grace`, `suspended_then`; of a 猶予
    `grace_end_not_said`, `conversion_before_due`, `grace_too_long`, `grace_two_years`, `seized_in_grace`; of a 停止
    `seized_in_suspension`; and what `law_of` raises.
    """
    law = law_of(event.happening)
    if claim.special:
        raise OperatorFault("special_collection", "特別徴収 is owed by who holds it back, never by the person")
    _check_day(event, claim, law, today)
    _check_end(event, claim, law, today)
    if claim.ended_on is not None and claim.ended_on <= event.on:
        raise OperatorFault("claim_ended", f"the claim was extinguished on {claim.ended_on}; nothing changes it after")
    behind = event.until is not None and event.happening in {Happening.SEIZED, Happening.PARTICIPATED}
    if law.owing and not claim.owed and not behind:
        raise OperatorFault("nothing_due", "nothing is due of this claim")
    if (event.ground in law.grounds) is not bool(law.grounds) or (event.ground is not None and not law.grounds):
        raise OperatorFault("ground_missing", "a 猶予 names what it rests on, and nothing else does")
    if law.within is not None and not _in_force(claim.standing, law.within, event.on):
        raise OperatorFault("not_in_force", f"{law.law} needs a {law.within.value} in force on {event.on}")
    if law.once and any(_overlap(event, one) for one in claim.standing if one.happening is event.happening):
        raise OperatorFault("in_force_already", "one is in force on these days; end it or take it back first")
    _check_stopped(event, claim, law)
    if event.happening is Happening.GRACE:
        _check_grace(event, claim)
    _check_seized(event, claim.standing)
    return law


def spares_from_collection(event: PrescriptionEvent) -> bool:
    """Whether no new 督促 and no 差押 can come in it: 徴収の猶予 (法15条の2の3第1項). 換価の猶予 forbids neither."""
    return event.happening is Happening.GRACE and event.ground is not DeferralGround.CONVERSION


def check_goes_on(event: PrescriptionEvent, others: Sequence[PrescriptionEvent]) -> None:
    """Refuse that what had ended goes on, because its end is taken back, over what was recorded since.

    Raises `OperatorFault` `in_force_already`, `seized_in_grace`, `seized_in_suspension`.
    """
    if LAWS[event.happening].once and any(_overlap(event, one) for one in others if one.happening is event.happening):
        raise OperatorFault("in_force_already", "one is in force on these days; end it or take it back first")
    _check_seized(event, others)


def check_rests_on(event: PrescriptionEvent, others: Sequence[PrescriptionEvent]) -> None:
    """Refuse to take back what another record rests on. Raises `OperatorFault` `given_up_on_it`."""
    for one in others:
        within = LAWS[one.happening].within if one.happening in LAWS else None
        if within is event.happening and not _in_force(others, within, one.on):
            raise OperatorFault(
                "given_up_on_it", f"the {one.happening.value} of {one.on} rests on it; take that back first"
            )


def _check_stopped(event: PrescriptionEvent, claim: ClaimThen, law: EventLaw) -> None:
    for one in claim.standing:
        if one.happening not in law.stopped_by or not _is_in_force(one, event.on):
            continue
        if one.happening is Happening.SUSPENDED:
            raise OperatorFault("suspended_then", "滞納処分 is stopped on that day (法15条の7第1項)")
        if spares_from_collection(one):
            raise OperatorFault("in_grace", "in 徴収の猶予 there is no 差押 (法15条の2の3第1項)")


def _check_seized(event: PrescriptionEvent, others: Sequence[PrescriptionEvent]) -> None:
    """Refuse 徴収の猶予 or 停止 over a 差押 of their days: whichever is recorded first, the other cannot be.

    A 差押 of the first day or before lies behind: in 猶予 it stays (法15条の2の3第2項), by a 停止 it is lifted
    (法15条の7第3項).
    """
    last = event.until or NEVER
    if not any(one.happening is Happening.SEIZED and event.on < one.on <= last for one in others):
        return
    if event.happening is Happening.SUSPENDED:
        raise OperatorFault("seized_in_suspension", "a 差押 is on record in these days; a 停止 allows none")
    if spares_from_collection(event):
        raise OperatorFault("seized_in_grace", "a 差押 is on record in these days; 徴収の猶予 allows none")


def _check_grace(event: PrescriptionEvent, claim: ClaimThen) -> None:
    """Refuse a 猶予 the law does not give: too long, or too long with those before it."""
    last = event.until or event.on  # its end is set: `_check_end`
    conversion = event.ground is DeferralGround.CONVERSION
    if conversion and event.on <= claim.payable_to:
        raise OperatorFault("conversion_before_due", f"換価の猶予 is of who is late; the 納期限 is {claim.payable_to}")
    if last > months_end(event.on, MONTHS_OF_GRACE):
        raise OperatorFault("grace_too_long", f"one year at a time: to {months_end(event.on, MONTHS_OF_GRACE)} at most")
    before = [
        one
        for one in claim.standing
        if one.happening is Happening.GRACE and (one.ground is DeferralGround.CONVERSION) is conversion and one.until
    ]
    first = min([one.on for one in before] + [event.on])
    days = sum(((one.until or one.on) - one.on).days + 1 for one in [*before, event])
    if days > (months_end(first, MONTHS_OF_GRACE_IN_ALL) - first).days + 1:
        raise OperatorFault("grace_two_years", "with the 猶予 there was before it comes to more than two years")


def _check_day(event: PrescriptionEvent, claim: ClaimThen, law: EventLaw, today: date) -> None:
    if event.on > today:
        raise OperatorFault("event_ahead", "an event is recorded when it has come, not ahead")
    if event.on < claim.arose_on:
        raise OperatorFault("before_the_claim", f"the claim arose on {claim.arose_on}; nothing happened to it before")
    if law.earliest is EarliestDay.OVERDUE and event.on <= claim.payable_to:
        raise OperatorFault("not_overdue", f"the 納期限 is {claim.payable_to}; until then nobody is late")


def _check_end(event: PrescriptionEvent, claim: ClaimThen, law: EventLaw, today: date) -> None:
    ensure(not event.withdrawn, "what is withdrawn is recorded as the end of what stood")
    match law.until:
        case EndRule.NEVER if event.until is not None:
            raise OperatorFault("end_of_a_day", "this is of one day and has no end")
        case EndRule.PAST if event.until is not None and event.until > today:
            raise OperatorFault("end_ahead", "an end is recorded when it has come, not ahead")
        case EndRule.GRANTED if event.until is None:
            raise OperatorFault("grace_end_not_said", "a 猶予 is granted to a day (法15条3項)")
        case EndRule.SET if event.until is not None and next_business_day(event.until) != event.until:
            raise OperatorFault(
                "end_on_closed_day", f"a 納期限 on a closed day is {next_business_day(event.until)} (法20条の5第2項)"
            )
        case EndRule.SET if event.until is None or event.until <= claim.due_date:
            raise OperatorFault("end_not_said", f"an extension names a 納期限 after {claim.due_date}")


def _in_force(standing: Sequence[PrescriptionEvent], happening: Happening, on: date) -> bool:
    return any(one.happening is happening and _is_in_force(one, on) for one in standing)


def _is_in_force(event: PrescriptionEvent, on: date) -> bool:
    return event.on <= on and (event.until is None or on <= event.until)


def _overlap(one: PrescriptionEvent, other: PrescriptionEvent) -> bool:
    return one.on <= (other.until or NEVER) and other.on <= (one.until or NEVER)
