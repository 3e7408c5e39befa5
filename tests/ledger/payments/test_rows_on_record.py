"""「アクセスログ」 (the assessment, III-7⑥): a row that names a 通知書番号 alone names a person all the same."""

from __future__ import annotations

from datetime import date

import psycopg
import pytest
from tests.ledger.overpayments.refunds import WARD, overpaid
from tests.ledger.small_ledger import DAY, by

from kofu.ledger.books.domain.claims import Channel
from kofu.ledger.payments.batches import receive
from kofu.ledger.payments.domain.batches import FileContent, PaymentRow, RowEvent

pytestmark = pytest.mark.storage


@pytest.fixture(scope="module")
def batch_page(ledger_screens) -> str:
    """Receive a file with a row for a notice of the ledger and one for a notice nobody has; give its page."""
    rows = tuple(
        PaymentRow(
            line=line, event=RowEvent.PAY, key=f"row/{line}", received_on=date(2026, 6, 25), amount=10_000,
            notice_number=notice, installment="2",
        )
        for line, notice in ((1, "Nrow1"), (2, "Nnobody"))
    )  # fmt: skip
    with psycopg.connect(ledger_screens.database.app_url, autocommit=True) as connection:
        overpaid(connection, "row1", paid=50_000, reduced=10_000, owed=30_000)
        batch = receive(
            connection, municipality_code=WARD, channel=Channel.DIRECT_DEBIT, kind="test", name="result.txt",
            content=b"rows on record", booked_on=DAY, read=lambda _: FileContent(rows), acting=by("first"),
        )  # fmt: skip
    return f"/payments/batch/{batch.id}/"


def looked(ledger_screens, login: str, page: str) -> set[str | None]:
    answer = ledger_screens.client("clerk", login=login).get(page)
    assert answer.status_code == 200
    assert "Nrow1" in answer.content.decode()
    return set().union(*(who for what, who in ledger_screens.people_of(login) if what != "login"))


def test_whoever_stands_behind_a_notice_of_a_row_is_in_the_entry(ledger_screens, batch_page) -> None:
    from kofu.staff.work import pseudonym_of

    assert looked(ledger_screens, "reads-rows", batch_page) == {pseudonym_of("row1")}


def test_its_twin_that_reads_numbers_alone_names_nobody(ledger_screens, batch_page, monkeypatch) -> None:
    monkeypatch.setattr("kofu.staff.shown_people.notices_in", lambda _: ())
    assert looked(ledger_screens, "reads-numbers", batch_page) == set()
