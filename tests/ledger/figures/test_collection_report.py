"""収納率 counted from a ledger, kept, shown as a chart with its numbers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from uuid import uuid4

import psycopg
import pytest
from tests.ledger.overpayments.refunds import RULES, overpaid
from tests.ledger.posted_payments import post_payments
from tests.ledger.small_ledger import NOW, WARD, by

from kofu.ledger.books.domain.claims import Channel, Payment
from kofu.ledger.figures.collection_report import count_collections, latest_report

pytestmark = pytest.mark.storage


@pytest.fixture
def connection(ledger_screens) -> Iterator[psycopg.Connection]:
    with psycopg.connect(ledger_screens.database.app_url, autocommit=True) as opened:
        yield opened


def test_what_is_collected_by_month_is_what_the_claims_say(connection, ledger_screens) -> None:
    """60,000 of 70,000 yen assessed: 50,000 paid in June stay after a reduction by 10,000; 10,000 of 2期 in August."""
    overpaid(connection, "r1", paid=60_000, reduced=10_000, owed=20_000)
    paid = Payment(
        payment_id=uuid4(),
        municipality_code=WARD,
        key="test/august",
        channel=Channel.CONVENIENCE,
        received_on=date(2026, 8, 3),
        booked_on=date(2026, 8, 4),
        amount=10_000,
        notice_number="Nr1",
        installment="2",
    )
    post_payments(
        connection, [paid], municipality_code=WARD, rules=RULES, actor="test", now=NOW,
        booked_on=date(2026, 8, 4),
    )  # fmt: skip
    assert latest_report(connection, WARD) is None
    empty = ledger_screens.client("auditor").get("/report/")
    assert "まだ集計していません。" in empty.content.decode()

    figures = count_collections(connection, WARD, acting=by("clerk"))
    (standing,) = figures.standings
    assert (standing.assessed, standing.collected, standing.due) == (70_000, 60_000, 10_000)
    assert [(one.month, one.amount) for one in figures.collected] == [
        (date(2026, 6, 1), 50_000),
        (date(2026, 8, 1), 10_000),
    ]
    report = latest_report(connection, WARD)
    assert report is not None
    assert report.figures == figures
    assert not report.newer
    overpaid(connection, "r2", paid=1_000, reduced=500, owed=0)
    later = latest_report(connection, WARD)
    assert later is not None
    assert later.newer


def test_the_screen_counts_and_shows_chart_and_numbers_without_inline_style(connection, ledger_screens) -> None:
    login = ledger_screens.account("clerk")
    client = ledger_screens.client("clerk", login=login)
    overpaid(connection, "r3", paid=3_000, reduced=1_000, owed=5_000)
    assert client.post("/report/count/").status_code == 302
    page = client.get("/report/").content.decode()
    report = latest_report(connection, WARD)
    assert report is not None
    assert f"{report.figures.standings[0].rate}%" in page
    assert "<polyline" in page
    assert "style=" not in page
    assert "<script>" not in page
    assert [entry[0] for entry in ledger_screens.entries(login)][-3:] == ["report.count", "report.view", "report.view"]


def test_a_count_is_kept_as_it_was(connection) -> None:
    count_collections(connection, WARD, acting=by("clerk"))
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("DELETE FROM collection_report")


def test_who_may_not_see_statistics_is_refused(ledger_screens) -> None:
    assert ledger_screens.client("branch_clerk").get("/report/").status_code == 403
