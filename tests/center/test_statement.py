"""The month's statement: every print result and refund once, in its month of Japan, and sums that are theirs."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime, timedelta

import httpx
import msgspec
import psycopg
import pytest
from tests.center.bench import CITY, NOON, Bench, asking, issue_once, opened, post, result
from tests.center.papers import document

from kofu.center import store
from kofu.center.statement import as_csv, as_text, enter_refund, month_bounds, statement_of
from kofu.contracts.issuing import Issued, PrintOutcome
from kofu.contracts.statement import EntryKind, StatementTotals, totals_of
from kofu.core.errors import OperatorFault

pytestmark = [pytest.mark.storage, pytest.mark.font]
NOVEMBER = date(2026, 11, 1)
LATER = datetime(2027, 1, 5, tzinfo=UTC)


@pytest.fixture
def database(system_database):
    return system_database("center")


@pytest.fixture
def bench(database) -> Bench:
    return Bench(database.app_url)


def drawn_up(database, first=NOVEMBER, made_at=LATER):
    with psycopg.connect(database.owner_url) as connection:
        return statement_of(connection, CITY, first, made_at)


def two_pages(request):
    issued = Issued(
        request_id=request.request_id,
        reference="7K3M9QX4",
        title="課税証明書",
        fee_per_copy=300,
        documents=tuple(
            msgspec.structs.replace(document(2), certificate_number=f"20261123-139998-00000000{number}")
            for number in range(request.copies)
        ),
    )
    return msgspec.json.encode(issued)


def test_printed_failed_cancelled_and_unknown_each_have_an_entry_and_only_paper_counts(bench, database):
    async def scenario(kiosk, center):
        for number, outcome, copies, yen in (
            (1, PrintOutcome.PRINTED, 1, 300),
            (2, PrintOutcome.FAILED, 0, 0),  # a jam, then the same again
            (3, PrintOutcome.PRINTED, 1, 300),
            (4, PrintOutcome.CANCELLED, 0, 0),
        ):
            session, _ = await issue_once(kiosk, number)
            told = msgspec.structs.replace(result(number, outcome), copies_printed=copies, fee_paid=yen)
            await post(kiosk, f"/v1/sessions/{session}/print-result", told)
        await issue_once(kiosk, 5)
        bench.now += timedelta(minutes=13)
        async with center.pool.connection() as connection:
            await store.end_expired(connection, bench.now)

    bench.run(scenario)
    statement = drawn_up(database)
    assert [entry.entry for entry in statement.entries] == [
        EntryKind.PRINTED, EntryKind.FAILED, EntryKind.PRINTED, EntryKind.CANCELLED, EntryKind.UNKNOWN,
    ]  # fmt: skip
    assert statement.totals == StatementTotals(copies=2, sheets=2, fees=600, refunds=0, unknown=1)
    assert statement.totals == totals_of(statement.entries)
    assert drawn_up(database, date(2026, 12, 1)).entries == ()


def test_sheets_are_counted_by_the_pages_of_a_copy(bench, database):
    bench.ward.answer = lambda request: httpx.Response(200, content=two_pages(request))

    async def scenario(kiosk, _):
        session = (await opened(kiosk)).json()["session_id"]
        await post(kiosk, f"/v1/sessions/{session}/certificate", asking(1, copies=3))
        told = msgspec.structs.replace(result(1), copies_printed=2, fee_paid=600)
        await post(kiosk, f"/v1/sessions/{session}/print-result", told)

    bench.run(scenario)
    totals = drawn_up(database).totals
    assert (totals.copies, totals.sheets, totals.fees) == (2, 4, 600)


def test_an_unknown_of_november_that_printed_in_december_is_in_both_months(bench, database):
    async def scenario(kiosk, center):
        bench.now = datetime(2026, 11, 30, 13, 55, tzinfo=UTC)  # 22:55 in Japan
        session, _ = await issue_once(kiosk)
        bench.now += timedelta(minutes=15)
        async with center.pool.connection() as connection:
            await store.end_expired(connection, bench.now)
        bench.now = datetime(2026, 12, 1, 1, 0, tzinfo=UTC)
        told = msgspec.structs.replace(result(), occurred_at=bench.now)
        await post(kiosk, f"/v1/sessions/{session}/print-result", told)

    bench.run(scenario)
    november, december = drawn_up(database), drawn_up(database, date(2026, 12, 1))
    assert (november.totals.unknown, november.totals.fees) == (1, 0)
    assert (december.totals.unknown, december.totals.fees) == (0, 300)


def test_a_refund_is_an_entry_of_its_own_and_never_more_than_was_paid(bench, database):
    async def scenario(kiosk, _):
        session, _ = await issue_once(kiosk)
        await post(kiosk, f"/v1/sessions/{session}/print-result", result())

    bench.run(scenario)
    with psycopg.connect(database.owner_url, autocommit=True) as connection:
        how = {"reason": "用紙の汚れ", "by": "staff", "now": NOON + timedelta(hours=1)}
        enter_refund(connection, f"{1:032x}", 200, **how)
        for request_id, yen in ((f"{1:032x}", 101), (f"{2:032x}", 1), (f"{1:032x}", -5)):
            with pytest.raises(OperatorFault):
                enter_refund(connection, request_id, yen, **how)
    statement = drawn_up(database)
    assert (statement.totals.fees, statement.totals.refunds, statement.totals.net) == (300, 200, 100)
    assert "返金　　　　　　　-200 円" in as_text(statement)


def test_the_running_month_has_no_statement_yet(database):
    with pytest.raises(OperatorFault, match="not over"):
        drawn_up(database, made_at=datetime(2026, 11, 30, 14, 59, 59, tzinfo=UTC))
    assert drawn_up(database, made_at=datetime(2026, 11, 30, 15, 0, tzinfo=UTC)).entries == ()


def test_months_are_japans_and_december_ends_in_january():
    assert month_bounds(date(2026, 12, 1))[1].isoformat() == "2027-01-01T00:00:00+09:00"


def test_the_csv_has_a_row_for_each_entry_and_nothing_of_a_certificate(bench, database):
    async def scenario(kiosk, _):
        session, _ = await issue_once(kiosk)
        await post(kiosk, f"/v1/sessions/{session}/print-result", result())

    bench.run(scenario)
    (row,) = csv.DictReader(io.StringIO(as_csv(drawn_up(database))))
    assert row == {
        "entry": "printed",
        "request_id": f"{1:032x}",
        "occurred_at": "2026-11-24T12:00:00+09:00",
        "kind": "taxation",
        "fiscal_year": "2026",
        "kiosk_id": "kiosk-0001",
        "copies": "1",
        "sheets": "1",
        "fee_per_copy": "300",
        "yen": "300",
    }
