"""Print results: once per request, repeats change nothing, contradictions are cases (P9, P11)."""

from __future__ import annotations

import re
from datetime import timedelta

import psycopg
import pytest
from tests.issuing.requests.made_papers import made, stored
from tests.issuing.world import NOON

from kofu.contracts.issuing import PrintOutcome
from kofu.core.errors import PeerFault
from kofu.issuing.cases import case_store, cases
from kofu.issuing.cases.domain.kinds import CaseKind
from kofu.issuing.requests import journal_store
from kofu.issuing.requests.domain.release_rules import ReportStanding
from kofu.issuing.requests.domain.states import RequestEvent, RequestState
from kofu.issuing.requests.report_print import take_print_result
from kofu.issuing.requests.sweep import sweep

pytestmark = pytest.mark.storage
WARD = "139998"


def state_of(connection, request):
    return journal_store.read_request(connection, request.request_id).state


def take(connection, world, result):
    return take_print_result(connection, world.acting(), result, municipality_code=WARD)


def test_a_printed_certificate_is_printed(connection, world):
    request = made(connection, world, copies=2)
    taken = take(connection, world, world.result(request, PrintOutcome.PRINTED))
    assert (taken.standing, taken.case_id) == (ReportStanding.ACCEPTED, None)
    assert state_of(connection, request) is RequestState.PRINTED


def test_the_same_report_again_changes_nothing(connection, world):
    request = made(connection, world)
    result = world.result(request, PrintOutcome.PRINTED)
    take(connection, world, result)
    assert take(connection, world, result).standing is ReportStanding.REPEATED
    assert state_of(connection, request) is RequestState.PRINTED
    rows = connection.execute(
        "SELECT count(*) FROM issuing_print_report WHERE request_id = %s", [request.request_id]
    ).fetchone()
    assert rows == (1,)


def test_a_report_that_contradicts_the_first_is_kept_and_opens_a_case(connection, world):
    """Pass: the state stays as first reported, both reports are evidence, somebody must look."""
    request = made(connection, world)
    take(connection, world, world.result(request, PrintOutcome.PRINTED))
    taken = take(connection, world, world.result(request, PrintOutcome.FAILED))
    assert taken.standing is ReportStanding.CONTRADICTION
    assert cases.show(connection, taken.case_id).case.kind is CaseKind.PRINT_CONTRADICTION
    assert state_of(connection, request) is RequestState.PRINTED


@pytest.mark.parametrize(
    "other",
    [
        {"copies_printed": 5},
        {"copies_printed": 1},
        {"fee_paid": 200},
        {"occurred_at": NOON - timedelta(seconds=1)},
    ],
)
def test_a_report_with_other_copies_fee_or_instant_is_a_contradiction_told_the_same_each_time(connection, world, other):
    """D2, A4: results are compared whole. The first one stands; the same word again gets the same case."""
    request = made(connection, world, copies=2)
    first = world.result(request, PrintOutcome.PRINTED)
    second = world.result(request, PrintOutcome.PRINTED, **other)
    take(connection, world, first)
    taken = take(connection, world, second)
    assert taken.standing is ReportStanding.CONTRADICTION
    assert [take(connection, world, second) for _ in range(2)] == [taken, taken]
    assert take(connection, world, first).standing is ReportStanding.REPEATED
    kept = connection.execute(
        "SELECT r.copies_printed, r.fee_paid, c.occurrences FROM issuing_request r"
        " JOIN issuing_case c USING (request_id) WHERE r.request_id = %s",
        [request.request_id],
    ).fetchall()
    assert kept == [(2, 400, 1)]


def test_an_unknown_that_a_definite_word_overtook_adds_nothing(connection, world):
    request = made(connection, world)
    take(connection, world, world.result(request, PrintOutcome.PRINTED))
    assert take(connection, world, world.result(request, PrintOutcome.UNKNOWN)).standing is ReportStanding.REPEATED


def test_the_centres_unknown_after_the_wards_own_is_kept_with_the_case_there_is(connection, world):
    request = made(connection, world)
    world.clock.turn(minutes=20)
    sweep(connection, world.acting(), result_within=timedelta(minutes=10))
    taken = take(connection, world, world.result(request, PrintOutcome.UNKNOWN))
    assert taken.standing is ReportStanding.ACCEPTED
    assert cases.show(connection, taken.case_id).case.occurrences == 2


def test_an_unknown_result_opens_a_case_and_a_later_word_does_not_close_it(connection, world):
    request = made(connection, world)
    taken = take(connection, world, world.result(request, PrintOutcome.UNKNOWN))
    assert cases.show(connection, taken.case_id).case.kind is CaseKind.PRINT_UNKNOWN
    take(connection, world, world.result(request, PrintOutcome.PRINTED))
    assert state_of(connection, request) is RequestState.PRINTED
    assert cases.show(connection, taken.case_id).case.closed_at is None


@pytest.mark.parametrize(
    ("outcome", "fields"),
    [
        (PrintOutcome.PRINTED, {"copies_printed": 0}),
        (PrintOutcome.PRINTED, {"fee_paid": 0}),
        (PrintOutcome.CANCELLED, {"fee_paid": 200}),
        (PrintOutcome.FAILED, {"copies_printed": 1}),
        (PrintOutcome.PRINTED, {"occurred_at": NOON - timedelta(hours=1)}),
    ],
)
def test_a_report_that_does_not_fit_its_request_opens_a_case(connection, world, outcome, fields):
    request = made(connection, world)
    taken = take(connection, world, world.result(request, outcome, **fields))
    assert taken.standing is ReportStanding.ACCEPTED
    assert cases.show(connection, taken.case_id).case.kind is CaseKind.PRINT_INCONSISTENT


def test_a_partial_jam_is_ordinary_and_asks_nobody_to_look(connection, world):
    """D5: two copies asked for, the paper jams at the second. One is out and paid for: no case for two people."""
    request = made(connection, world, copies=2)
    taken = take(connection, world, world.result(request, PrintOutcome.FAILED, copies_printed=1, fee_paid=200))
    assert (taken.standing, taken.case_id) == (ReportStanding.ACCEPTED, None)


@pytest.mark.parametrize(("printed", "fee"), [(1, 0), (1, 400), (0, 200), (2, 400)])
def test_a_partial_jam_with_another_fee_or_nothing_missing_is_a_case_in_japanese(connection, world, printed, fee):
    """Twin: what the kiosk kept is not what the copies cost, or nothing failed at all."""
    request = made(connection, world, copies=2)
    taken = take(connection, world, world.result(request, PrintOutcome.FAILED, copies_printed=printed, fee_paid=fee))
    shown = cases.show(connection, taken.case_id)
    assert shown.case.kind is CaseKind.PRINT_INCONSISTENT
    said = shown.case.summary + "".join(one.text for one in shown.evidence)
    assert re.search("[ぁ-ん]", shown.case.summary)
    assert not re.search(r"[a-z]{3,} [a-z]{2,}", said), "English sentences in a case Japanese staff read"


def test_a_report_on_a_request_without_paper_opens_a_case(connection, world):
    request = stored(connection, world)
    with connection.transaction():
        locked = journal_store.read_request(connection, request.request_id, lock=True)
        journal_store.move(connection, locked, RequestEvent.REFUSE, world.clock.now, refusal_code="closed")
    taken = take(connection, world, world.result(request, PrintOutcome.PRINTED))
    assert taken.standing is ReportStanding.UNREQUESTED
    assert state_of(connection, request) is RequestState.REFUSED


def test_that_the_centre_does_not_know_of_a_request_without_paper_is_no_case(connection, world):
    """It did not hear our refusal, or a request never reached us: ordinary, and there is no paper to look for."""
    refused, never_came = stored(connection, world), world.request()
    with connection.transaction():
        locked = journal_store.read_request(connection, refused.request_id, lock=True)
        journal_store.move(connection, locked, RequestEvent.REFUSE, world.clock.now, refusal_code="closed")
    assert take(connection, world, world.result(refused, PrintOutcome.UNKNOWN)).case_id is None
    with pytest.raises(PeerFault, match="request_unknown"):
        take(connection, world, world.result(never_came, PrintOutcome.UNKNOWN))
    about = {refused.request_id, never_came.request_id}
    assert not [c for c in case_store.list_cases(connection, WARD, only_open=True) if c.request_id in about]
    paid = world.result(refused, PrintOutcome.UNKNOWN, fee_paid=200)
    assert take(connection, world, paid).case_id is not None


def test_a_report_on_a_request_nobody_made_is_the_peers_fault_and_a_case(connection, world):
    request = world.request()
    with pytest.raises(PeerFault, match="request_unknown"):
        take(connection, world, world.result(request, PrintOutcome.PRINTED))
    found = [c for c in case_store.list_cases(connection, WARD, only_open=True) if c.request_id == request.request_id]
    assert [case.kind for case in found] == [CaseKind.PRINT_UNREQUESTED]


def test_a_paper_nobody_reported_on_becomes_unknown_with_a_case(connection, world):
    request = made(connection, world)
    world.clock.turn(minutes=5)
    sweep(connection, world.acting(), result_within=timedelta(minutes=10))
    assert state_of(connection, request) is RequestState.MADE
    world.clock.turn(minutes=10)
    assert sweep(connection, world.acting(), result_within=timedelta(minutes=10)).unknown >= 1
    assert state_of(connection, request) is RequestState.UNKNOWN


def test_the_sweep_leaves_a_request_to_a_worker_that_lives(connection, world):
    """P3: no lock is released by a timeout while its holder lives; the dead worker's request is aborted."""
    held, lost = stored(connection, world), stored(connection, world)
    world.clock.turn(minutes=5)
    with world.connect() as worker, worker.transaction():
        journal_store.read_request(worker, held.request_id, lock=True)
        sweep(connection, world.acting(), result_within=timedelta(hours=1))
        assert state_of(connection, held) is RequestState.RECEIVED
        assert state_of(connection, lost) is RequestState.ABORTED


def test_the_database_refuses_an_arrow_that_is_not_drawn(connection, world):
    """Twin of the table: another program with the same rights cannot do it either."""
    request = stored(connection, world)
    with pytest.raises(psycopg.errors.RaiseException, match="from received to printed"):
        connection.execute("UPDATE issuing_request SET state = 'printed' WHERE request_id = %s", [request.request_id])


@pytest.mark.parametrize("table", ["issuing_print_report", "issuing_case_evidence", "issuing_copy"])
def test_evidence_is_never_changed_by_the_running_system(connection, table):
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(f"DELETE FROM {table}")
