"""What a look may find, and how a promise stands by its looks and by what was written down by hand."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from kofu.core.labelled import LabelledEnum

SOON = timedelta(days=30)


class EvidenceVerdict(LabelledEnum):
    """How a promise stands. What could not be looked at is a verdict of its own, never a good one."""

    HOLDS = "holds", "守られている"
    DEVIATES = "deviates", "基準と違う"
    NOT_SEEN = "not_seen", "確かめられない"
    BROKEN = "broken", "守られていない"


class KeptState(LabelledEnum):
    """How what the ward writes down itself stands."""

    KEPT = "kept", "記録あり"
    SOON = "soon", "期限が近い"
    OVERDUE = "overdue", "期限切れ"
    MISSING = "missing", "未記入"


@dataclass(frozen=True, slots=True)
class EvidenceFinding:
    """What a look found: the verdict, and one sentence in Japanese, of counts and days, of nobody."""

    verdict: EvidenceVerdict
    found: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenLook:
    """A finding on record: of which check, in which system, when (aware), on whose word."""

    code: str
    system: str
    finding: EvidenceFinding
    looked_at: datetime
    looked_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptEntry:
    """What the ward wrote down: that it was seen to, when, by whom, where the paper lies, when it is due again."""

    promise: int
    kept_on: date
    next_due: date
    person: str
    place: str
    entered_by: str


def holds(found: str) -> EvidenceFinding:
    """Find a promise kept."""
    return EvidenceFinding(EvidenceVerdict.HOLDS, found)


def deviates(found: str) -> EvidenceFinding:
    """Find it kept otherwise than the assessment says."""
    return EvidenceFinding(EvidenceVerdict.DEVIATES, found)


def broken(found: str) -> EvidenceFinding:
    """Find it not kept."""
    return EvidenceFinding(EvidenceVerdict.BROKEN, found)


def not_seen(found: str) -> EvidenceFinding:
    """Say that nobody could look: what is asked does not run, or this place has no way to it."""
    return EvidenceFinding(EvidenceVerdict.NOT_SEEN, found)


_WORST_LAST = (EvidenceVerdict.HOLDS, EvidenceVerdict.DEVIATES, EvidenceVerdict.NOT_SEEN, EvidenceVerdict.BROKEN)


def worst(verdicts: Iterable[EvidenceVerdict]) -> EvidenceVerdict:
    """Give how a promise stands by its looks: as the worst of them; without any, nobody has looked."""
    found = sorted(verdicts, key=_WORST_LAST.index)
    return found[-1] if found else EvidenceVerdict.NOT_SEEN


def kept_state(entry: KeptEntry | None, today: date) -> KeptState:
    """Say how a record kept by hand stands on a day; it is overdue from the day after it was due."""
    if entry is None:
        return KeptState.MISSING
    if entry.next_due < today:
        return KeptState.OVERDUE
    return KeptState.SOON if entry.next_due <= today + SOON else KeptState.KEPT


def fresh(at: datetime | None, now: datetime, longest: timedelta) -> bool:
    """Whether something happened, and not longer ago than `longest`."""
    return at is not None and now - at <= longest
