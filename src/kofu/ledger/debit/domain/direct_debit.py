"""口座振替: which claims are debited from which accounts. Pure.

Only 普通徴収 of 住民税 is debited (軽自動車税 is not, 特別徴収 is paid by others); a claim is asked for once on a day.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from kofu.core.labelled import LabelledEnum
from kofu.core.life_cycle import LifeCycle

TAX = "resident"
METHOD = "ordinary"


class EndReason(StrEnum):
    """Why a registration ends."""

    PAYER = "payer"  # 本人の申出
    BANK = "bank"  # 金融機関からの通知
    CHANGED = "changed"  # 口座の変更
    DEAD = "dead"  # 死亡


class MandateState(LabelledEnum):
    """Where a registration stands."""

    REGISTERED = "registered", "登録"
    REPLACED = "replaced", "口座の変更"
    ENDED = "ended", "終了"


class MandateEvent(LabelledEnum):
    """What happens to it."""

    REPLACE = "replace", "口座の変更"
    END = "end", "終了"


MANDATE_LIFE = LifeCycle(
    title="口座振替の登録",
    thing="a registration of 口座振替",
    reason="mandate_ended",
    states=MandateState,
    events=MandateEvent,
    begins=frozenset({MandateState.REGISTERED}),
    ends=frozenset({MandateState.REPLACED, MandateState.ENDED}),
    table={
        (MandateState.REGISTERED, MandateEvent.REPLACE): MandateState.REPLACED,
        (MandateState.REGISTERED, MandateEvent.END): MandateState.ENDED,
    },
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mandate:
    """A registration: for 納期限 from `starts_on` on, until the day before `ends_on`."""

    mandate_id: UUID
    bank_code: str
    branch_code: str
    account_type: str
    account_number: str
    holder: str
    applied_on: date
    starts_on: date
    ends_on: date | None = None
    end_reason: str = ""

    def covers(self, due_date: date) -> bool:
        """Whether a 納期限 is debited under it."""
        return self.starts_on <= due_date and (self.ends_on is None or due_date < self.ends_on)

    @property
    def state(self) -> MandateState:
        """Where it stands."""
        if self.ends_on is None:
            return MandateState.REGISTERED
        return MandateState.REPLACED if self.end_reason == EndReason.CHANGED else MandateState.ENDED

    def require(self, event: MandateEvent) -> None:
        """Raise `OperatorFault` `mandate_ended` where the event cannot happen."""
        MANDATE_LIFE.after(self.state, event)


class NotDebited(StrEnum):
    """Why a claim of a registered person is not asked for."""

    DEAD = "dead"  # the person died: the account is part of the estate, the tax is the heirs' (法9条)
    IN_GRACE = "in_grace"  # 猶予 or 期限の延長 lasts on that day: it need not be paid yet (法15条, 20条の5の2)
    ADVISED = "advised"  # a store reported it paid (速報): the confirmation is on its way
    NO_NUMBER = "no_number"  # the barcode layout has no code for its 期別, so an answer could not be read
    BANK_GONE = "bank_gone"  # bank or branch is not in the list any more
    DOUBTFUL = "doubtful"  # the account can hardly exist, and no second person has confirmed it


def overlaps(new_start: date, known: tuple[Mandate, ...]) -> Mandate | None:
    """Find the registration a new one meets: one that goes on past the day the new one begins.

    One that ended before it began debits nothing, and stands in nobody's way.
    """
    return next(
        (one for one in known if one.ends_on is None or (one.ends_on > new_start and one.ends_on > one.starts_on)), None
    )


def is_new_account(*, asked_before: bool, is_first: bool) -> str:
    """新規コード of a line: 1 the person's first account, 2 one that replaced another, 0 one asked for before."""
    if asked_before:
        return "0"
    return "1" if is_first else "2"
