"""Where each document of a person goes now, as lines of a table."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import psycopg

from kofu.ledger.books.domain.claims import Tax
from kofu.ledger.recipients.domain.recipients import DocumentKind, Held, Recipient
from kofu.ledger.recipients.read_recipients import RecipientFacts
from kofu.ledger.recipients.read_waiting import count_waiting_for_approval
from kofu.ledger.recipients.web.held_words import DOCUMENTS, HELD, WHY
from kofu.ledger.recipients.web.words import SHORT_TAXES
from kofu.staff.work import profile


@dataclass(frozen=True, slots=True)
class RecipientLine:
    """Documents that go to the same place for the same reason. `recipient` None: they are held."""

    documents: str
    taxes: str
    recipient: Recipient | None
    why: str


def lines_of(standing: RecipientFacts, on: date) -> list[RecipientLine]:
    """Tell where each kind of document goes on a day. Kinds and taxes with the same answer share a line."""
    found: dict[Recipient | Held, dict[Tax, list[DocumentKind]]] = {}
    for kind in DocumentKind:
        for tax in Tax:
            answer = standing.recipient(kind, on, frozenset({tax}))
            found.setdefault(answer, {}).setdefault(tax, []).append(kind)
    lines = []
    for answer, by_tax in found.items():
        groups: dict[tuple[DocumentKind, ...], list[Tax]] = {}
        for tax, kinds in by_tax.items():
            groups.setdefault(tuple(kinds), []).append(tax)
        for alike, taxes in groups.items():
            words = "、".join(DOCUMENTS[kind] for kind in alike)
            of_taxes = "すべて" if len(taxes) == len(Tax) else "、".join(SHORT_TAXES[tax] for tax in taxes)
            if isinstance(answer, Held):
                lines.append(RecipientLine(words, of_taxes, None, HELD[answer.why]))
            else:
                lines.append(RecipientLine(words, of_taxes, answer, WHY[answer.why]))
    return lines


def count_waiting(connection: psycopg.Connection) -> int:
    """Count 指定 and 承認 that wait for a decision."""
    return count_waiting_for_approval(connection, profile().code)
