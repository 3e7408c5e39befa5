"""Holds (抑止): which message of a hold stands. Independent of the order of arrival (P7).

Time alone never ends a hold: only a later revision that says `released` does (抑止は終了日を過ぎても
自動的に終了しない, 住民記録システム標準仕様書 §3.1).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol, TypeVar

from kofu.core.errors import PeerFault, ensure
from kofu.core.kinds import HoldKind
from kofu.core.labelled import LabelledEnum
from kofu.core.life_cycle import LifeCycle


class HoldState(LabelledEnum):
    """Where a hold stands."""

    IN_FORCE = "in_force", "抑止中"
    RELEASED = "released", "解除済"


class HoldEvent(LabelledEnum):
    """What a message says of it."""

    SET = "set", "抑止"
    RELEASE = "release", "解除"


HOLD_LIFE = LifeCycle(
    title="抑止",
    thing="a hold",
    reason="hold_state",
    states=HoldState,
    events=HoldEvent,
    # a release may overtake what it releases, and be the first that is heard of a hold
    begins=frozenset({HoldState.IN_FORCE, HoldState.RELEASED}),
    ends=frozenset({HoldState.RELEASED}),
    table={
        (HoldState.IN_FORCE, HoldEvent.SET): HoldState.IN_FORCE,
        (HoldState.IN_FORCE, HoldEvent.RELEASE): HoldState.RELEASED,
        (HoldState.RELEASED, HoldEvent.SET): HoldState.IN_FORCE,
        (HoldState.RELEASED, HoldEvent.RELEASE): HoldState.RELEASED,
    },
    fault=PeerFault,
)


class HoldMessage(Protocol):
    """What is decided by of a message about a hold; the contract's `Hold` has it."""

    @property
    def hold_id(self) -> str:
        """Identity of the hold."""

    @property
    def revision(self) -> int:
        """Counts up with each change."""

    @property
    def addressee_number(self) -> str | None:
        """Whom it is on, or None where it is on a serial."""

    @property
    def serial(self) -> str | None:
        """What it is on, or None where it is on a person."""

    @property
    def released(self) -> bool:
        """Whether the message ends the hold."""

    @property
    def kind(self) -> HoldKind:
        """What stands against issuing."""


M = TypeVar("M", bound=HoldMessage)
NUMBER_DIGITS_MAX = 15
REGISTRY = "registry"
"""The name in the certificate of the system of residents."""
KINDS_OF_SEVERAL = frozenset({HoldKind.ISSUANCE_STOP, HoldKind.CORRECTING})
"""Kinds that the ledger sends, and the registry too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingHold:
    """A hold in force. `effective_from` is the day the sender names; a hold counts from the moment it arrived."""

    hold_id: str
    revision: int
    kind: HoldKind
    effective_from: date


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldOrigin:
    """What a hold is by what is known of it: its kind, its one target, and who sent it.

    `sender` is the name in the peer's certificate; None where every message was stored before senders were.
    """

    kind: HoldKind
    addressee_number: str | None
    serial: str | None
    sender: str | None

    @property
    def owner(self) -> str | None:
        """Who alone may revise it; None where nobody is known yet: whoever revises it next is.

        Of a hold whose sender was not stored, the kind tells: all but 発行停止 and 更正処理中 come from the registry.
        """
        if self.sender is None and self.kind not in KINDS_OF_SEVERAL:
            return REGISTRY
        return self.sender


def not_its_own(origin: HoldOrigin, message: HoldMessage, sender: str) -> str | None:
    """Say why a message may not revise this hold; None where it may.

    A hold belongs to its sender, and stays what it is: another one's certificate can neither lift nor turn it. No
    number of a person stands in the answer.
    """
    if origin.owner not in {None, sender}:
        return "this hold was sent by another system, which alone may revise or release it"
    if origin.kind is not message.kind:
        return "this hold is of another kind: release it and send a new one"
    if (origin.addressee_number, origin.serial) != (message.addressee_number, message.serial):
        return "this hold is on another person or card: release it and send a new one"
    return None


def check_hold(hold: HoldMessage) -> None:
    """Refuse a hold that names no target or two. Raises `PeerFault`; no number of a person stands in its message."""
    if (hold.addressee_number is None) == (hold.serial is None):
        raise PeerFault("hold_target", "a hold names exactly one of addressee_number and serial")
    number = hold.addressee_number
    if number is not None and not (number.isascii() and number.isdigit() and len(number) <= NUMBER_DIGITS_MAX):
        raise PeerFault("hold_target", f"the addressee_number of a hold is 1 to {NUMBER_DIGITS_MAX} digits")


def standing(messages: Sequence[M]) -> M:
    """Give the message that stands among all messages of one hold: the highest revision."""
    ensure(messages, "a hold has at least one message")
    return max(messages, key=lambda message: message.revision)


def state_of(messages: Sequence[HoldMessage]) -> HoldState:
    """Give where a hold stands after all its messages, in the order of their revisions, not of their arrival."""
    ensure(messages, "a hold has at least one message")
    ordered = sorted(messages, key=lambda message: message.revision)
    begins = HoldState.RELEASED if ordered[0].released else HoldState.IN_FORCE
    return HOLD_LIFE.after_all(
        begins, (HoldEvent.RELEASE if message.released else HoldEvent.SET for message in ordered[1:])
    )


def conflicts(stored: M, arrived: M) -> bool:
    """Whether two messages claim the same revision of the same hold and say different things."""
    same_revision = (stored.hold_id, stored.revision) == (arrived.hold_id, arrived.revision)
    return same_revision and stored != arrived
