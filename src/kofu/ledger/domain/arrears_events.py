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

from kofu.core.errors import OperatorFault, ensure
from kofu.ledger.domain.claims import payable_to
from kofu.ledger.domain.prescription import Event, Ground, Happening


class StayState(StrEnum):
    """Where something that lasts (差押, 交付要求, 猶予, 執行停止, 審査請求) stands."""

    LASTING = "lasting"  # 継続中
    END_PROPOSED = "end_proposed"  # 解除・取消の決裁待ち
    ENDED = "ended"  # 終了
    TAKEN_BACK = "taken_back"  # 取消: recorded in error


class StayEvent(StrEnum):
    """What happens to it."""

    NOTE_END = "note_end"  # it came to its end by itself (換価・配当の終了, 裁決)
    PROPOSE_END = "propose_end"
    WITHDRAW_END = "withdraw_end"  # 差戻し・取下げ of the proposal
    APPROVE_END = "approve_end"
    TAKE_BACK = "take_back"  # of the record, or of its end: then it goes on


STAYS: dict[tuple[StayState, StayEvent], StayState] = {
    (StayState.LASTING, StayEvent.NOTE_END): StayState.ENDED,
    (StayState.LASTING, StayEvent.PROPOSE_END): StayState.END_PROPOSED,
    (StayState.LASTING, StayEvent.TAKE_BACK): StayState.TAKEN_BACK,
    (StayState.END_PROPOSED, StayEvent.NOTE_END): StayState.ENDED,
    (StayState.END_PROPOSED, StayEvent.WITHDRAW_END): StayState.LASTING,
    (StayState.END_PROPOSED, StayEvent.APPROVE_END): StayState.ENDED,
    (StayState.END_PROPOSED, StayEvent.TAKE_BACK): StayState.TAKEN_BACK,
    (StayState.ENDED, StayEvent.TAKE_BACK): StayState.LASTING,
}


def after_stay(state: StayState, event: StayEvent) -> StayState:
    """State after an event. Raises `OperatorFault` `proposed_already`, `event_ended` where it cannot happen."""
    try:
        return STAYS[state, event]
    except KeyError:
        if (state, event) == (StayState.END_PROPOSED, StayEvent.PROPOSE_END):
            raise OperatorFault("proposed_already", "its end waits for approval; decide that first") from None
        raise OperatorFault(
            "event_ended", f"the event has ended or was taken back; it cannot be: {event.value}"
        ) from None


class From(StrEnum):
    """Earliest day of an event."""

    CLAIM = "claim"  # the day the claim arose (調定): 繰上徴収, 猶予 and 延長 come before the 納期限
    OVERDUE = "overdue"  # the day after the 納期限: only who is late is reminded, or spared 滞納処分


class Until(StrEnum):
    """What an event says of its end."""

    NEVER = "never"  # it is of one day
    PAST = "past"  # where it has ended, the day; no day ahead
    ANY = "any"  # the end may be set ahead (猶予期間)
    SET = "set"  # the end is what it is about (延長後の納期限)


@dataclass(frozen=True, slots=True)
class EventLaw:
    """What an event needs. `within`: something that must be in force on its day; `once`: not while one is in force."""

    earliest: From
    until: Until
    law: str
    _: KW_ONLY
    two_people: bool
    within: Happening | None = None
    once: bool = False
    grounds: frozenset[Ground] = frozenset()


GRACE_GROUNDS = frozenset({Ground.DISASTER, Ground.BUSINESS, Ground.LATE_ASSESSMENT, Ground.CONVERSION})

#: Every event a person puts on record. 督促 is recorded by its letter, 取消 by what it takes back.
LAWS: dict[Happening, EventLaw] = {
    Happening.DEMANDED: EventLaw(From.OVERDUE, Until.NEVER, "法18条3項・民法150条", two_people=False),
    Happening.ACKNOWLEDGED: EventLaw(From.CLAIM, Until.NEVER, "法18条3項・民法152条", two_people=False),
    Happening.NOT_ACKNOWLEDGED: EventLaw(From.CLAIM, Until.NEVER, "民法152条", two_people=True),
    Happening.SEIZED: EventLaw(From.CLAIM, Until.PAST, "法331条", two_people=True),
    Happening.PARTICIPATED: EventLaw(From.CLAIM, Until.PAST, "法331条4項", two_people=False),
    Happening.GRACE: EventLaw(
        From.CLAIM, Until.ANY, "法15条・15条の5・15条の6", two_people=True, once=True, grounds=GRACE_GROUNDS
    ),
    Happening.SUSPENDED: EventLaw(From.OVERDUE, Until.PAST, "法15条の7第1項", two_people=True, once=True),
    Happening.GIVEN_UP: EventLaw(
        From.OVERDUE, Until.NEVER, "法15条の7第5項", two_people=True, within=Happening.SUSPENDED
    ),
    Happening.EXTENDED: EventLaw(From.CLAIM, Until.SET, "法20条の5の2", two_people=True),
    Happening.OBJECTED: EventLaw(From.CLAIM, Until.PAST, "行政不服審査法2条・法19条の7", two_people=False, once=True),
}
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
    standing: Sequence[Event] = ()

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


def check_event(event: Event, claim: ClaimThen, *, today: date) -> EventLaw:
    """Refuse an event that cannot be; give its law.

    Raises `OperatorFault`: `special_collection` (nothing of it is asked of the person), `event_ahead`,
    `before_the_claim`, `not_overdue`, `claim_ended`, `nothing_due`, `end_not_said`, `end_of_a_day`, `end_ahead`,
    `ground_missing`, `not_in_force`, `in_force_already`, and what `law_of` raises.
    """
    law = law_of(event.happening)
    if claim.special:
        raise OperatorFault("special_collection", "特別徴収 is owed by who holds it back, never by the person")
    _check_day(event, claim, law, today)
    _check_end(event, claim, law, today)
    if claim.ended_on is not None and claim.ended_on <= event.on:
        raise OperatorFault("claim_ended", f"the claim was extinguished on {claim.ended_on}; nothing changes it after")
    if not claim.owed and event.happening in {Happening.SUSPENDED, Happening.GIVEN_UP, Happening.DEMANDED}:
        raise OperatorFault("nothing_due", "nothing is due of this claim")
    if (event.ground in law.grounds) is not bool(law.grounds) or (event.ground is not None and not law.grounds):
        raise OperatorFault("ground_missing", "a 猶予 names what it rests on, and nothing else does")
    if law.within is not None and not _in_force(claim.standing, law.within, event.on):
        raise OperatorFault("not_in_force", f"{law.law} needs a {law.within.value} in force on {event.on}")
    if law.once and _in_force(claim.standing, event.happening, event.on):
        raise OperatorFault("in_force_already", "one is in force on that day; end it or take it back first")
    return law


def _check_day(event: Event, claim: ClaimThen, law: EventLaw, today: date) -> None:
    if event.on > today:
        raise OperatorFault("event_ahead", "an event is recorded when it has come, not ahead")
    if event.on < claim.arose_on:
        raise OperatorFault("before_the_claim", f"the claim arose on {claim.arose_on}; nothing happened to it before")
    if law.earliest is From.OVERDUE and event.on <= claim.payable_to:
        raise OperatorFault("not_overdue", f"the 納期限 is {claim.payable_to}; until then nobody is late")


def _check_end(event: Event, claim: ClaimThen, law: EventLaw, today: date) -> None:
    ensure(not event.withdrawn, "what is withdrawn is recorded as the end of what stood")
    match law.until:
        case Until.NEVER if event.until is not None:
            raise OperatorFault("end_of_a_day", "this is of one day and has no end")
        case Until.PAST if event.until is not None and event.until > today:
            raise OperatorFault("end_ahead", "an end is recorded when it has come, not ahead")
        case Until.SET if event.until is None or event.until <= claim.due_date:
            raise OperatorFault("end_not_said", f"an extension names a 納期限 after {claim.due_date}")


def _in_force(standing: Sequence[Event], happening: Happening, on: date) -> bool:
    return any(
        one.happening is happening and one.on <= on and (one.until is None or on <= one.until) for one in standing
    )
