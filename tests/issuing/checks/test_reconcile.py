"""The centre's month against the journal: what the ward took is what it compares."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest
from tests.issuing.requests.made_papers import made
from tests.issuing.world import NOON
from tests.operators import log_in
from typer.testing import CliRunner

from kofu.cli import build
from kofu.contracts.issuing import PrintOutcome
from kofu.contracts.statement import EntryKind, MonthlyStatement, StatementEntry, totals_of
from kofu.core.errors import PeerFault
from kofu.issuing.checks.domain.statement_check import StatementFinding
from kofu.issuing.checks.reconcile import reconcile
from kofu.issuing.requests.report_print import take_print_result

pytestmark = pytest.mark.storage
WARD = "139998"


@pytest.fixture
def database(system_database):
    return system_database("issuing")


def entry(request, kind=EntryKind.PRINTED, **fields) -> StatementEntry:
    counted = kind is EntryKind.PRINTED
    return StatementEntry(
        **{
            "entry": kind,
            "request_id": request.request_id,
            "occurred_at": NOON,
            "kind": request.kind,
            "fiscal_year": request.fiscal_year,
            "kiosk_id": request.kiosk_id,
            "copies": request.copies if counted else 0,
            "sheets": request.copies if counted else 0,
            "fee_per_copy": 200,
            "yen": request.copies * 200 if counted else 0,
        }
        | fields
    )


def statement(*entries, **fields) -> MonthlyStatement:
    return MonthlyStatement(
        **{
            "municipality_code": WARD,
            "month": f"{NOON:%Y-%m}",
            "made_at": NOON,
            "entries": entries,
            "totals": totals_of(entries),
        }
        | fields
    )


def told(connection, world, request, outcome, **fields):
    take_print_result(connection, world.acting(), world.result(request, outcome, **fields), municipality_code=WARD)


def test_printed_jammed_reprinted_and_unknown_papers_agree(connection, world):
    jam, again, lost, two = (made(connection, world, copies=copies) for copies in (1, 1, 1, 2))
    told(connection, world, jam, PrintOutcome.FAILED)
    told(connection, world, again, PrintOutcome.PRINTED)
    told(connection, world, lost, PrintOutcome.UNKNOWN)
    told(connection, world, two, PrintOutcome.PRINTED)
    refund = entry(again, EntryKind.REFUND, yen=-200)
    done = reconcile(
        connection,
        statement(entry(jam, EntryKind.FAILED), entry(again), entry(lost, EntryKind.UNKNOWN), entry(two), refund),
        municipality_code=WARD,
    )
    assert done.agrees
    assert (done.center.copies, done.center.yen, done.refunded) == (3, 600, 200)
    ((request_id, numbers),) = done.unknown
    assert (request_id, len(numbers)) == (lost.request_id, 1)


def test_differences_name_the_certificate_number_the_sheets_and_the_yen(connection, world):
    less, missing = made(connection, world, copies=2), made(connection, world)
    told(connection, world, less, PrintOutcome.PRINTED)
    told(connection, world, missing, PrintOutcome.PRINTED)
    done = reconcile(connection, statement(entry(less, copies=1, sheets=1, yen=200)), municipality_code=WARD)
    by_finding = {found.finding: found for found in done.differences}
    assert by_finding[StatementFinding.AMOUNTS_DIFFER].amounts.yen == -200
    assert len(by_finding[StatementFinding.AMOUNTS_DIFFER].numbers) == 2
    assert by_finding[StatementFinding.NOT_IN_STATEMENT].request_id == missing.request_id
    assert by_finding[StatementFinding.NOT_IN_STATEMENT].amounts.sheets == -1


def test_a_late_word_of_the_next_month_is_no_difference_of_this_one(connection, world):
    late = made(connection, world)
    told(connection, world, late, PrintOutcome.UNKNOWN)
    told(connection, world, late, PrintOutcome.PRINTED, occurred_at=NOON + timedelta(days=31))
    assert reconcile(connection, statement(entry(late, EntryKind.UNKNOWN)), municipality_code=WARD).agrees


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"municipality_code": "131041"}, "statement_of_another"),
        ({"totals": totals_of(())}, "statement_sums_wrong"),
        ({"month": "2020-01"}, "statement_month_wrong"),
    ],
)
def test_a_statement_that_does_not_hold_together_is_not_compared(connection, world, changes, code):
    request = made(connection, world)
    with pytest.raises(PeerFault) as refused:
        reconcile(connection, statement(entry(request), **changes), municipality_code=WARD)
    assert refused.value.code == code


def test_the_command_says_what_agrees_and_what_does_not(connection, world, database, tmp_path, monkeypatch):
    monkeypatch.setenv("KOFU_ISSUING_DATABASE_URL", database.app_url)
    log_in("issuing", database, tmp_path, hanako="certificate_operator").be(monkeypatch, "hanako")
    request = made(connection, world)
    file = tmp_path / "statement.json"
    file.write_bytes(msgspec.json.encode(statement(entry(request))))
    runner = CliRunner()
    differs = runner.invoke(build(), ["reconcile", str(file)])
    assert (differs.exit_code, "区に印刷結果が届いていない" in differs.output) == (1, True)
    told(connection, world, request, PrintOutcome.PRINTED)
    agrees = runner.invoke(build(), ["reconcile", str(file)])
    assert (agrees.exit_code, "一致しました" in agrees.output) == (0, True)
    file.write_text("{}")
    assert runner.invoke(build(), ["reconcile", str(file)]).exit_code == 2
