"""Where documents go: one rule decides recipient and address of every document, and says why.

In this order:

1. The person is dead: the 相続人代表者 receives (法9条の2); without one the document is held. A mandate of a 納税管理人
   ended with the death (民法653条). 滞納処分 is against each heir for their share: never through the representative.
2. A 納税管理人 in force for every tax of the document receives it, but for 滞納処分 (法20条1項ただし書).
3. 送付先変更 the person asked for, but for 滞納処分, which goes to the person's own address.
4. The person, at their own address.

支援措置: a way to another address (2, 3) that the protected person has not confirmed may lead to whom they fled from;
the document is held until they have. A paper that goes to another never bears the person's own address.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from kofu.core.errors import OperatorFault
from kofu.core.labelled import LabelledEnum
from kofu.core.life_cycle import LifeCycle
from kofu.ledger.books.domain.claims import Tax
from kofu.ledger.papers.domain.paper_words import Addressee
from kofu.ledger.recipients.domain.agents import TaxAgent, agent_for
from kofu.ledger.recipients.domain.heirs import Representation


class DocumentKind(StrEnum):
    """What goes out."""

    TAX_NOTICE = "tax_notice"  # 納税通知書
    PAYMENT_SLIP = "payment_slip"  # 納付書
    DUNNING_LETTER = "dunning_letter"  # 督促状
    REFUND_NOTICE = "refund_notice"  # 還付通知書
    OFFSET_NOTICE = "offset_notice"  # 充当通知書
    SEIZURE = "seizure"  # 滞納処分に関する書類


class RecipientRole(StrEnum):
    """In what capacity somebody receives."""

    PERSON = "person"  # 本人
    REPRESENTATIVE = "representative"  # 相続人代表者
    AGENT = "agent"  # 納税管理人
    HEIR = "heir"  # 相続人の一人 (指定通知書)


class RecipientReason(StrEnum):
    """Why a document goes where it goes."""

    OWN_ADDRESS = "own_address"
    FORWARDED = "forwarded"
    AGENT = "agent"
    REPRESENTATIVE = "representative"
    SEIZURE_TO_PERSON = "seizure_to_person"
    NOTICE_TO_HEIR = "notice_to_heir"  # 指定通知書 goes to each heir


class HeldReason(StrEnum):
    """Why a document goes nowhere yet."""

    NO_REPRESENTATIVE = "no_representative"
    SEIZURE_EACH_HEIR = "seizure_each_heir"
    AGENT_UNCONFIRMED = "agent_unconfirmed"
    FORWARDING_UNCONFIRMED = "forwarding_unconfirmed"
    NO_ADDRESS = "no_address"


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentSubject:
    """Whose document it is. `protected`: 支援措置 is in force."""

    name: str
    postal_code: str
    address: str
    dead: bool = False
    protected: bool = False


class ForwardingState(LabelledEnum):
    """Where a 送付先変更 stands."""

    REGISTERED = "registered", "登録"
    ENDED = "ended", "解除"  # it holds until its last day


class ForwardingEvent(LabelledEnum):
    """What happens to it."""

    CONFIRM = "confirm", "本人の確認"  # the person knows and wants this address
    END = "end", "解除"  # once more, to an earlier last day
    REPLACE = "replace", "次の送付先変更"  # another one begins


FORWARDING_LIFE = LifeCycle(
    title="送付先変更",
    thing="a 送付先変更",
    reason="forwarding_ended",
    states=ForwardingState,
    events=ForwardingEvent,
    begins=frozenset({ForwardingState.REGISTERED}),
    ends=frozenset({ForwardingState.ENDED}),
    table={
        (ForwardingState.REGISTERED, ForwardingEvent.CONFIRM): ForwardingState.REGISTERED,
        (ForwardingState.REGISTERED, ForwardingEvent.END): ForwardingState.ENDED,
        (ForwardingState.REGISTERED, ForwardingEvent.REPLACE): ForwardingState.ENDED,
        (ForwardingState.ENDED, ForwardingEvent.CONFIRM): ForwardingState.ENDED,
        (ForwardingState.ENDED, ForwardingEvent.END): ForwardingState.ENDED,
        (ForwardingState.ENDED, ForwardingEvent.REPLACE): ForwardingState.ENDED,
    },
)


def after_forwarding(state: ForwardingState, event: ForwardingEvent, *, last: date | None, on: date) -> ForwardingState:
    """State after an event on a day; `last`: the last day before it.

    Raises `OperatorFault` `forwarding_ended`: one that ended is ended once more only before its last day.
    """
    late = state is ForwardingState.ENDED and event is not ForwardingEvent.CONFIRM and last is not None and on >= last
    if late:
        raise OperatorFault("forwarding_ended", f"this 送付先変更 ends on {last} already")
    return FORWARDING_LIFE.after(state, event)


@dataclass(frozen=True, slots=True, kw_only=True)
class Forwarding:
    """送付先変更 from `valid_from` to `valid_until`, both included. `care_of`: 様方. `confirmed`: as for an agent."""

    postal_code: str
    address: str
    care_of: str
    valid_from: date
    valid_until: date | None = None
    confirmed: bool = False

    def holds_on(self, on: date) -> bool:
        """Whether it is in force on a day."""
        return self.valid_from <= on and (self.valid_until is None or on <= self.valid_until)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """Who receives a document, where, and why. `name`: whom it is addressed to; `capacity`: the line below, or "".

    `taxpayer`: whose tax it is, as papers name them.
    """

    name: str
    capacity: str
    taxpayer: str
    postal_code: str
    address: str
    role: RecipientRole
    why: RecipientReason

    @property
    def name_lines(self) -> tuple[str, ...]:
        """Lines of the address block below the address."""
        return (f"{self.name}　様", self.capacity) if self.capacity else (f"{self.name}　様",)


@dataclass(frozen=True, slots=True)
class Held:
    """A document that is not sent, and why."""

    why: HeldReason


def recipient_of(
    document: DocumentKind,
    person: DocumentSubject,
    on: date,
    *,
    taxes: frozenset[Tax],
    representation: Representation | None = None,
    agents: Iterable[TaxAgent] = (),
    forwardings: Iterable[Forwarding] = (),
) -> Recipient | Held:
    """Decide who receives a document about `taxes` on a day, at which address, and why; or why nobody does yet."""
    seizure = document is DocumentKind.SEIZURE
    if person.dead:
        return Held(HeldReason.SEIZURE_EACH_HEIR) if seizure else _of_the_dead(person, on, representation)
    agent = agent_for(agents, taxes, on)
    forwarding = next((one for one in forwardings if one.holds_on(on)), None)
    if seizure:
        past_another = agent is not None or forwarding is not None
        return _own(person, RecipientReason.SEIZURE_TO_PERSON if past_another else RecipientReason.OWN_ADDRESS)
    if agent is not None:
        return _of_agent(person, agent)
    if forwarding is not None:
        return _forwarded(person, forwarding)
    return _own(person, RecipientReason.OWN_ADDRESS)


def _of_agent(person: DocumentSubject, agent: TaxAgent) -> Recipient | Held:
    if person.protected and not agent.confirmed:
        return Held(HeldReason.AGENT_UNCONFIRMED)
    return Recipient(
        name=agent.name,
        capacity=f"（{person.name}　様　納税管理人）",
        taxpayer=person.name,
        postal_code=agent.postal_code,
        address=agent.address,
        role=RecipientRole.AGENT,
        why=RecipientReason.AGENT,
    )


def _forwarded(person: DocumentSubject, forwarding: Forwarding) -> Recipient | Held:
    if person.protected and not forwarding.confirmed:
        return Held(HeldReason.FORWARDING_UNCONFIRMED)
    care_of = f"　{forwarding.care_of}様方" if forwarding.care_of else ""
    return Recipient(
        name=person.name,
        capacity="",
        taxpayer=person.name,
        postal_code=forwarding.postal_code,
        address=f"{forwarding.address}{care_of}",
        role=RecipientRole.PERSON,
        why=RecipientReason.FORWARDED,
    )


def _own(person: DocumentSubject, why: RecipientReason) -> Recipient | Held:
    if not person.address:
        return Held(HeldReason.NO_ADDRESS)
    return Recipient(
        name=person.name,
        capacity="",
        taxpayer=person.name,
        postal_code=person.postal_code,
        address=person.address,
        role=RecipientRole.PERSON,
        why=why,
    )


def _of_the_dead(person: DocumentSubject, on: date, representation: Representation | None) -> Recipient | Held:
    heir = representation.receives_on(on) if representation is not None else None
    if heir is None:
        return Held(HeldReason.NO_REPRESENTATIVE)
    return Recipient(
        name=heir.name,
        capacity=f"（亡　{person.name}　様　相続人代表者）",
        taxpayer=f"亡　{person.name}",
        postal_code=heir.postal_code,
        address=heir.address,
        role=RecipientRole.REPRESENTATIVE,
        why=RecipientReason.REPRESENTATIVE,
    )


def addressee_for(recipient: Recipient) -> Addressee:
    """Give the window for who receives. A refund is claimed in the taxpayer's name, or for the heirs."""
    claimants = {
        RecipientRole.PERSON: "",
        RecipientRole.HEIR: "",
        RecipientRole.AGENT: f"{recipient.taxpayer}（納税管理人　{recipient.name}）",
        RecipientRole.REPRESENTATIVE: f"{recipient.taxpayer}　相続人代表者　{recipient.name}",
    }
    return Addressee(
        postal_code=recipient.postal_code,
        address=recipient.address,
        name=recipient.name,
        capacity=recipient.capacity,
        claimant=claimants[recipient.role],
    )
