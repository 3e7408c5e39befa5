"""What a proposal on a claim rests on: one kind of value for each kind of decision, as JSON here and nowhere else.

The keys and words in the database are those of the values; a key that came later has its meaning where it is absent.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

import msgspec

from kofu.ledger.arrears.domain.proposals import DecisionKind
from kofu.ledger.arrears.domain.reallocate import Displaced, Reallocated, ReallocationPlan
from kofu.ledger.books.domain.prescription import Extinction, Happening, PrescriptionEvent


class ExtinctionStep(msgspec.Struct, frozen=True, omit_defaults=True):
    """A step by which a claim ended, as it stays with a 不納欠損. Days as YYYY-MM-DD, "" where there is none."""

    what: str
    day: str
    basis: str | None = None
    last_day: str | None = None


@dataclass(frozen=True, slots=True)
class ExtinctionBasis:
    """不納欠損: why the claim had ended."""

    steps: tuple[ExtinctionStep, ...]


@dataclass(frozen=True, slots=True)
class ReasonAlone:
    """延滞金減免: nothing but the reason of the proposal."""


@dataclass(frozen=True, slots=True)
class EventEnd:
    """The end of the event `event` on a day. `fact_on`: the day of the fact a 猶予 or 停止 is revoked for."""

    event: int
    on: date
    withdrawn: bool
    fact_on: date | None = None


class RecordedEvent(msgspec.Struct, frozen=True):
    """A record made in error: its number, what it says, of which day."""

    event: int
    what: Happening
    on: date


@dataclass(frozen=True, slots=True)
class WrongRecords:
    """The records that are taken back: the one of a 記録の取消, all that a 不納欠損 rested on wrongly."""

    records: tuple[RecordedEvent, ...]


@dataclass(frozen=True, slots=True)
class InterestChange:
    """延滞金 fixed at a claim before and after, in yen."""

    claim_id: int
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class KeptReallocation:
    """A 再充当 as it was proposed: what moves, what no longer finds room, whose 延滞金 changes."""

    moved: tuple[Reallocated, ...]
    displaced: tuple[Displaced, ...]
    interest: tuple[InterestChange, ...]


ProposalBasis: TypeAlias = (
    ExtinctionBasis | ReasonAlone | EventEnd | PrescriptionEvent | WrongRecords | KeptReallocation
)


class _EventEndLine(msgspec.Struct, frozen=True):
    event: int
    on: date
    withdrawn: bool
    fact_on: str = ""


def extinction_basis(ended: Extinction) -> ExtinctionBasis:
    """Give the steps that ended a claim, in words that stay with the decision."""
    return ExtinctionBasis(
        (
            ExtinctionStep("counted_from", _text(ended.counted_from)),
            *(
                ExtinctionStep(step.event.happening.value, _text(step.event.on), step.basis, _text(step.last_day))
                for step in ended.steps
            ),
            ExtinctionStep(ended.cause.value, _text(ended.on)),
        )
    )


def kept_reallocation(plan: ReallocationPlan) -> KeptReallocation:
    """Give the plan of a 再充当 as it is kept and shown."""
    changes = (InterestChange(claim_id, *amounts) for claim_id, amounts in sorted(plan.interest.items()))
    return KeptReallocation(plan.moved, plan.displaced, tuple(changes))


def basis_to_json(basis: ProposalBasis) -> list[object]:
    """Give the JSON of what a proposal rests on."""
    match basis:
        case ExtinctionBasis(steps):
            kept: tuple[object, ...] = steps
        case WrongRecords(records):
            kept = records
        case ReasonAlone():
            kept = ()
        case EventEnd(event, on, withdrawn, fact_on):
            kept = (_EventEndLine(event, on, withdrawn, _text(fact_on)),)
        case PrescriptionEvent() | KeptReallocation():
            kept = (basis,)
    return [msgspec.to_builtins(one) for one in kept]


def basis_from_json(kind: DecisionKind, kept: list[object]) -> ProposalBasis:
    """Read what a proposal of a kind rests on. Raises `msgspec.ValidationError` where what is kept is none."""
    match kind:
        case DecisionKind.WRITE_OFF:
            return ExtinctionBasis(msgspec.convert(kept, tuple[ExtinctionStep, ...]))
        case DecisionKind.WAIVE_INTEREST:
            return ReasonAlone()
        case DecisionKind.EVENT:
            return msgspec.convert(kept, tuple[PrescriptionEvent])[0]
        case DecisionKind.END_EVENT:
            (line,) = msgspec.convert(kept, tuple[_EventEndLine])
            fact_on = date.fromisoformat(line.fact_on) if line.fact_on else None
            return EventEnd(line.event, line.on, line.withdrawn, fact_on)
        case DecisionKind.TAKE_BACK | DecisionKind.UNDO_WRITE_OFF:
            return WrongRecords(msgspec.convert(kept, tuple[RecordedEvent, ...]))
        case DecisionKind.REALLOCATE:
            return reallocation_from_json(kept)


def reallocation_from_json(kept: list[object]) -> KeptReallocation:
    """Read the plan of a 再充当. Raises `msgspec.ValidationError` where what is kept is none."""
    return msgspec.convert(kept, tuple[KeptReallocation])[0]


def _text(day: date | None) -> str:
    return day.isoformat() if day is not None else ""
