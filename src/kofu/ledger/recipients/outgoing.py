"""Every document that goes out: recipient and address by the one rule, on record with the reason, or held."""

from __future__ import annotations

from dataclasses import dataclass

import psycopg

from kofu.core.calendar import day_in_japan
from kofu.core.errors import OperatorFault
from kofu.ledger.acting.who_acts import Acting
from kofu.ledger.books.domain.claims import Tax
from kofu.ledger.papers.domain.paper_words import Sheet
from kofu.ledger.papers.domain.post_order import PostKey
from kofu.ledger.recipients.domain.recipients import DocumentKind, Held, HeldReason, Recipient
from kofu.ledger.recipients.read_recipients import standing_of

HELD = {
    HeldReason.NO_REPRESENTATIVE: "the person is dead and nobody receives for the heirs; register 相続人代表者 first",
    HeldReason.SEIZURE_EACH_HEIR: "滞納処分 after a death is against each heir for their share",
    HeldReason.AGENT_UNCONFIRMED: "支援措置: the person has not confirmed this 納税管理人",
    HeldReason.FORWARDING_UNCONFIRMED: "支援措置: the person has not confirmed this 送付先",
    HeldReason.NO_ADDRESS: "the person has no address on record",
}


def address_document(
    connection: psycopg.Connection,
    municipality_code: str,
    addressee_number: str,
    document: DocumentKind,
    *,
    taxes: frozenset[Tax],
    reference: str,
    acting: Acting,
) -> Recipient:
    """Decide in the caller's transaction who receives a document made now, and put it on record.

    Raises `OperatorFault` `held_<reason>` where it may not be sent, `person_unknown`.
    """
    found = recipient_now(connection, municipality_code, addressee_number, document, taxes=taxes, acting=acting)
    put_on_record(connection, municipality_code, addressee_number, document, found, reference=reference, acting=acting)
    return found


def recipient_now(
    connection: psycopg.Connection,
    municipality_code: str,
    addressee_number: str,
    document: DocumentKind,
    *,
    taxes: frozenset[Tax],
    acting: Acting,
) -> Recipient:
    """Decide who receives a document made now; nothing is on record yet. Raises as `address_document` does."""
    found = standing_of(connection, municipality_code, addressee_number).recipient(
        document, day_in_japan(acting.now), taxes
    )
    if isinstance(found, Held):
        raise OperatorFault(f"held_{found.why.value}", HELD[found.why])
    return found


def put_on_record(
    connection: psycopg.Connection,
    municipality_code: str,
    addressee_number: str,
    document: str,
    recipient: Recipient,
    *,
    reference: str,
    acting: Acting,
) -> None:
    """Record what was sent to whom, where and why."""
    connection.execute(
        "INSERT INTO outgoing_document (municipality_code, addressee_number, document, reference, role, why, name,"
        " postal_code, address, made_by, made_at) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        [
            municipality_code, addressee_number, document, reference, recipient.role, recipient.why, recipient.name,
            recipient.postal_code, recipient.address, acting.actor, acting.now,
        ],
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperToSend:
    """A paper before it is pressed and put on record: what it says, about whom, to whom it goes."""

    sheet: Sheet
    addressee_number: str
    document: DocumentKind
    recipient: Recipient
    reference: str

    @property
    def key(self) -> PostKey:
        """Its place in the order of the post."""
        to = self.recipient
        return PostKey(postal_code=to.postal_code, address=to.address, name=to.name, number=self.reference)

    def on_record(self, connection: psycopg.Connection, municipality_code: str, acting: Acting) -> None:
        """Put it on record, in the transaction in which it was pressed."""
        put_on_record(
            connection, municipality_code, self.addressee_number, self.document, self.recipient,
            reference=self.reference, acting=acting,
        )  # fmt: skip
