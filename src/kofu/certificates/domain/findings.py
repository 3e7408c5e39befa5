"""Two people's findings: how a case is closed and what was stopped starts again (P9). Kiosk and counter alike."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from kofu.core.errors import OperatorFault
from kofu.core.four_eyes import person_key, same_person
from kofu.core.labelled import LabelledEnum
from kofu.core.life_cycle import LifeCycle

SIGNERS = 2
FINDING_LENGTH_MAX = 2_000
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
    """One person's finding on a case. `lapsed`: it does not count any more, and others sign (`as_they_count`)."""

    by: str
    finding: str
    lapsed: bool = False


def as_they_count(rows: Iterable[tuple[str, str, datetime, datetime | None]]) -> tuple[Signature, ...]:
    """Give signatures in the order they were given, each with whether it counts.

    `rows`: by whom, the finding, when, and when the account was first reset, ended or given another role since. By that
    a signature lapses where not enough people had signed; what was complete stays so.
    """
    found, counted = list(rows), list[int]()
    for place, (_, _, at, _) in enumerate(found):
        counted = [one for one in counted if (lapsed := found[one][3]) is None or lapsed > at] + [place]
        if len({person_key(found[one][0]) for one in counted}) >= SIGNERS:
            break
    else:
        counted = [one for one in counted if found[one][3] is None]
    return tuple(Signature(by, finding, place not in counted) for place, (by, finding, _, _) in enumerate(found))


def standing(signatures: Iterable[Signature]) -> list[Signature]:
    """Give those that count."""
    return [one for one in signatures if not one.lapsed]


def finding_problem(
    signatures: tuple[Signature, ...], new: Signature, *, length_max: int = FINDING_LENGTH_MAX
) -> str | None:
    """Why this signature cannot be taken, or None. Two different people, each with words of their own (P9)."""
    words = new.finding.strip()
    if not new.by.strip():
        return "a finding needs the name of the person who found it"
    if len(words) < FINDING_LENGTH_MIN:
        return f"a finding needs at least {FINDING_LENGTH_MIN} characters: what was looked at, what was found"
    if len(words) > length_max:  # cut, the second person would read another one
        return f"a finding has at most {length_max} characters, not {len(words)}: say it shorter"
    for signature in signatures:
        if same_person(signature.by, new.by):
            return "the same person cannot sign twice: the second signature is another person's"
        if signature.finding.strip() == words:
            return "the second finding repeats the first word for word"
    return None


def require_finding(signatures: tuple[Signature, ...], new: Signature, *, length_max: int = FINDING_LENGTH_MAX) -> None:
    """Take a signature only where it can be (`finding_problem`). Raises `OperatorFault` `finding_refused`."""
    problem = finding_problem(signatures, new, length_max=length_max)
    if problem is not None:
        raise OperatorFault("finding_refused", problem)


def is_closed(signatures: tuple[Signature, ...]) -> bool:
    """Whether enough different people have signed."""
    return state_of(signatures) is FindingState.CLOSED


def state_of(signatures: tuple[Signature, ...]) -> FindingState:
    """Where it stands after these signatures: each different person's that counts is one step of the table."""
    state = FindingState.OPEN
    for _ in {person_key(signature.by) for signature in standing(signatures)}:
        state = FINDING_LIFE.following(state, FindingEvent.SIGN) or state
    return state
