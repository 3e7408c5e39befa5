"""経過 of a person: one line for what a person would call one event, and nothing that only moves money in the books."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import UUID, uuid4

import pytest

from kofu.ledger.books.domain.accounts import Account
from kofu.ledger.books.domain.entries import JournalKind
from kofu.ledger.books.domain.prescription import Happening, PrescriptionEvent
from kofu.ledger.people.find import FoundPerson
from kofu.ledger.person.page import ClaimLine, EntryLine, PaymentLine, PersonPage, TransferLine

pytestmark = pytest.mark.usefixtures("ledger_screens")
JUNE, NOTICE = date(2026, 6, 10), "2600000011"
FIRST, BOTH = "令和8年度 住民税 1期", "令和8年度 住民税 1期・2期"


def claim(installment: str, due_on: date) -> ClaimLine:
    return ClaimLine(
        claim_id=int(installment), tax="resident", fiscal_year=2026, origin_year=2026, collection_method="ordinary",
        notice_number=NOTICE, plate_number="", installment=installment, due_date=due_on, assessed=25_000, paid=0,
        waived=0, written_off=0, due=25_000, interest_assessed=0, interest_paid=0, interest_written_off=0,
        interest_due=0, settled_on=None,
    )  # fmt: skip


def entry(kind: JournalKind, on: date, installment: str, amount: int, reason: str = "") -> EntryLine:
    moved = TransferLine(Account.DUE, Account.ASSESSED, amount, NOTICE, installment, None)
    now = datetime(2026, 7, 1, tzinfo=UTC)
    return EntryLine(uuid4(), 1, kind, on, on, now, "clerk", "", reason, {}, (moved,))


def payment(payment_id: UUID, *, overpaid: int = 0) -> PaymentLine:
    return PaymentLine(
        payment_id=payment_id, channel="convenience", received_on=date(2026, 7, 2), booked_on=date(2026, 7, 3),
        amount=26_000, office="", notice_number=NOTICE, installment="1", source="", allocated=25_000, suspense=0,
        overpaid=overpaid, in_error=0, refundable=0, refunded=0,
    )  # fmt: skip


def page(*entries: EntryLine, payments: tuple[PaymentLine, ...] = ()) -> PersonPage:
    person = FoundPerson.__new__(FoundPerson)
    claims = (claim("1", date(2026, 6, 30)), claim("2", date(2026, 8, 31)))
    return PersonPage(person, ("0000001",), claims, payments, entries, ())


def lines(
    shown: PersonPage, events: dict[int, list[PrescriptionEvent]] | None = None
) -> list[tuple[date, str, str, int | None]]:
    from kofu.ledger.person.web.timeline import timeline

    return [(line.on, line.what, line.about, line.amount) for line in timeline(shown, events or {})]


def test_a_levy_of_several_installments_is_one_line() -> None:
    first, second = (entry(JournalKind.ASSESSED, JUNE, number, 25_000) for number in "12")
    shown = page(replace(first, transfers=first.transfers + second.transfers))
    assert lines(shown) == [(JUNE, "課税", BOTH, 50_000)]


def test_a_payment_is_one_line_that_says_what_is_too_much_and_leads_to_where_the_money_went() -> None:
    from kofu.ledger.person.web.timeline import timeline

    known = uuid4()
    shown = page(
        entry(JournalKind.RECEIVED, date(2026, 7, 2), "1", 26_000),
        entry(JournalKind.ALLOCATED, date(2026, 7, 2), "1", 25_000),
        entry(JournalKind.OVERPAID, date(2026, 7, 2), "1", 1_000),
        payments=(payment(known, overpaid=1_000),),
    )
    assert lines(shown) == [(date(2026, 7, 2), "納付", f"コンビニ　{FIRST}　うち過誤納 1,000円", 26_000)]
    assert timeline(shown, {})[0].payment_id == known


def test_what_was_done_to_collect_stands_among_it_the_latest_first() -> None:
    dunned, grace = date(2026, 7, 15), date(2026, 9, 1)
    granted = PrescriptionEvent(Happening.GRACE, grace, date(2027, 8, 31))
    events = {2: [granted], 1: [PrescriptionEvent(Happening.DUNNED, dunned), granted]}
    told = lines(page(entry(JournalKind.ASSESSED, JUNE, "1", 1)), events)
    assert [(on, what, about) for on, what, about, _ in told] == [
        (grace, "猶予", f"{BOTH}（令和9.8.31（火）まで）"),
        (dunned, "督促", FIRST),
        (JUNE, "課税", FIRST),
    ]  # fmt: skip


def test_a_record_taken_back_says_nothing_and_what_ended_says_until_when() -> None:
    seized = date(2026, 9, 1)
    events = {
        1: [PrescriptionEvent(Happening.TAKEN_BACK, seized)],
        2: [PrescriptionEvent(Happening.SEIZED, seized, date(2026, 10, 30))],
    }
    assert [(what, about) for _, what, about, _ in lines(page(), events)] == [
        ("差押", "令和8年度 住民税 2期（令和8.10.30（金）まで）")
    ]


def test_every_kind_of_entry_is_told_or_moves_money_inside_the_books_alone() -> None:
    from kofu.ledger.person.web.timeline import TOLD

    inside = {
        JournalKind.RECEIVED, JournalKind.ALLOCATED, JournalKind.REALLOCATED, JournalKind.SUSPENDED,
        JournalKind.OVERPAID, JournalKind.PAID_IN_ERROR, JournalKind.MADE_ANEW, JournalKind.INTEREST_REVISED,
    }  # fmt: skip
    assert set(JournalKind) - TOLD.keys() == inside
