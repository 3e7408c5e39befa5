"""Two people's findings: how a case is closed and what was stopped starts again (P9). Kiosk and counter alike."""

from __future__ import annotations

from dataclasses import dataclass

from kofu.core.errors import OperatorFault
from kofu.core.four_eyes import person_key, same_person
from kofu.core.labelled import LabelledEnum
from kofu.core.life_cycle import LifeCycle

FINDING_LENGTH_MIN = 10  # code points; "ok" is a shrug, not a finding


class FindingState(LabelledEnum):
    """Where what two people must find out stands (調査票)."""

    OPEN = "open", "未処理"
    SIGNED = "signed", "一人が署名"  # by one person
    CLOSED = "closed", "完結"


class FindingEvent(LabelledEnum):
    """What happens to it."""

    SIGN = "sign", "別の職員の署名"


FINDING_LIFE = LifeCycle(
    title="調査票",
    thing="a case",
    reason="case_closed",
    states=FindingState,
    events=FindingEvent,
    begins=frozenset({FindingState.OPEN}),
    ends=frozenset({FindingState.CLOSED}),
    table={
        (FindingState.OPEN, FindingEvent.SIGN): FindingState.SIGNED,
        (FindingState.SIGNED, FindingEvent.SIGN): FindingState.CLOSED,
    },
)


@dataclass(frozen=True, slots=True)
class Signature:
    """One person's finding on a case."""

    by: str
    finding: str


def finding_problem(signatures: tuple[Signature, ...], new: Signature) -> str | None:
    """Why this signature cannot be taken, or None. Two different people, each with words of their own (P9)."""
    words = new.finding.strip()
    if not new.by.strip():
        return "a finding needs the name of the person who found it"
    if len(words) < FINDING_LENGTH_MIN:
        return f"a finding needs at least {FINDING_LENGTH_MIN} characters: what was looked at, what was found"
    for signature in signatures:
        if same_person(signature.by, new.by):
            return "the same person cannot sign twice: the second signature is another person's"
        if signature.finding.strip() == words:
            return "the second finding repeats the first word for word"
    return None


def require_finding(signatures: tuple[Signature, ...], new: Signature) -> None:
    """Take a signature only where it can be (`finding_problem`). Raises `OperatorFault` `finding_refused`."""
    problem = finding_problem(signatures, new)
    if problem is not None:
        raise OperatorFault("finding_refused", problem)


def is_closed(signatures: tuple[Signature, ...]) -> bool:
    """Whether enough different people have signed."""
    return state_of(signatures) is FindingState.CLOSED


def state_of(signatures: tuple[Signature, ...]) -> FindingState:
    """Where it stands after these signatures: each different person's is one step of the table, while there is one."""
    state = FindingState.OPEN
    for _ in {person_key(signature.by) for signature in signatures}:
        state = FINDING_LIFE.following(state, FindingEvent.SIGN) or state
    return state
