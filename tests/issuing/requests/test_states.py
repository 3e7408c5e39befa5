"""The life of a request: the table and the database's trigger say the same."""

from __future__ import annotations

import importlib
import itertools

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.older_schema import begin_at

from kofu.contracts.issuing import PrintOutcome
from kofu.core.errors import OurFault
from kofu.issuing.requests.domain.states import (
    REPORTED,
    REQUEST_LIFE,
    WITHOUT_PAPER,
    RequestEvent,
    RequestState,
    after_withholding,
    report_event,
)
from kofu.platform.migrate import migrate


def test_nothing_leads_from_an_end_without_paper_to_a_paper():
    """P3: a late or broken request has no arrow by which its result could still be used."""
    assert [pair for pair in REQUEST_LIFE.table if pair[0] in WITHOUT_PAPER] == []


def test_only_a_received_request_is_made():
    """P2, P10: the one way to a paper is the release of a request that nobody has decided yet."""
    assert [state for (state, event), after in REQUEST_LIFE.table.items() if after is RequestState.MADE] == [
        RequestState.RECEIVED
    ]


@given(st.lists(st.sampled_from(list(RequestEvent)), max_size=12))
def test_no_order_of_events_makes_a_paper_of_a_refusal(events):
    """P3, for any order in which things may happen."""
    state, seen = RequestState.RECEIVED, [RequestState.RECEIVED]
    for event in events:
        state = REQUEST_LIFE.following(state, event) or state
        seen.append(state)
    for before, after in itertools.pairwise(seen):
        assert before not in WITHOUT_PAPER or after is before
        assert before not in REPORTED - {RequestState.UNKNOWN} or after is before


WORKERS = ("A", "B", "C")


@given(st.lists(st.tuples(st.sampled_from(WORKERS), st.sampled_from(["hand out", "hold back", "repeat"])), max_size=14))
def test_whatever_is_handed_out_is_never_withheld_and_whatever_is_withheld_is_never_handed_out(history):
    """A2, P11: every order of three workers that repeat, hand out or find themselves too late, standing still between.

    A worker that may hand out does so at any later moment; nobody can see whether another one has.
    """
    state, allowed, handed_out = RequestState.MADE, {"A"}, False
    may_leave = 1
    for worker, does in history:
        if does == "repeat" and worker not in allowed and state in {RequestState.MADE, RequestState.SENT}:
            allowed.add(worker)
            may_leave += 1
        elif does == "hand out" and worker in allowed:
            assert state is not RequestState.WITHHELD, "a worker was still allowed to hand out"
            handed_out = True  # its note that it did may come much later, or never
            allowed.discard(worker)
        elif does == "hold back" and worker in allowed:
            state = after_withholding(state, may_leave)
            may_leave -= 1
            allowed.discard(worker)
        assert not (handed_out and state is RequestState.WITHHELD)


def test_twin_a_worker_that_speaks_for_all_withholds_what_was_handed_out():
    """The same rule with the count left out: B handed out, A says it did not, and the journal denies the paper."""
    assert after_withholding(RequestState.MADE, 1) is RequestState.WITHHELD
    assert after_withholding(RequestState.MADE, 2) is RequestState.MADE


@pytest.mark.parametrize("state", [state for state in RequestState if state is not RequestState.MADE])
def test_only_a_made_paper_is_withheld(state):
    assert after_withholding(state, 1) is state


def test_an_event_without_an_arrow_is_a_defect_not_a_guess():
    with pytest.raises(OurFault) as refused:
        REQUEST_LIFE.after(RequestState.REFUSED, RequestEvent.MAKE)
    assert refused.value.code == "request_step"


def test_every_outcome_the_centre_can_report_is_an_event():
    for outcome in PrintOutcome:
        assert report_event(RequestState(outcome.value)) in RequestEvent


def test_the_database_draws_the_same_arrows_as_the_table():
    """The trigger of the migration is the table written out; a new arrow is a new migration."""
    migration = importlib.import_module("kofu.issuing.migrations.0005_outcomes_for_ever")
    assert set(migration.ARROWS) == {(before.value, after.value) for before, after in REQUEST_LIFE.arrows()}


STORED = (
    "INSERT INTO issuing_request (request_id, body_digest, municipality_code, serial, kind, fiscal_year, copies,"
    " kiosk_id, deadline, received_at, state, refusal_code, public_code, addressee_number, form_version, title,"
    " fee_per_copy, may_leave, repeat_code, reference) VALUES (%(id)s, '', '139998', '', 'taxation', 2026, 1, '',"
    " now(), now(), 'received', '', '', '', '', '', 0, 0, '', %(reference)s)"
)
OPEN = {RequestState.RECEIVED, RequestState.MADE, RequestState.SENT}


@pytest.mark.storage
def test_the_database_keeps_by_itself_whether_a_request_is_open(system_database):
    """The sweep and whoever waits for papers under way look at open requests alone: none may miss there."""
    ways = {
        RequestState.REFUSED: ["refused"],
        RequestState.WITHHELD: ["made", "withheld"],
        RequestState.PRINTED: ["made", "sent", "printed"],
        RequestState.FAILED: ["made", "sent", "unknown", "failed"],
    }
    with psycopg.connect(system_database("issuing").owner_url) as connection:
        for number, way in enumerate(ways.values()):
            request = {"id": f"{number:032x}", "reference": f"{number:08}"}
            connection.execute(STORED, request)
            for state in ["received", *way]:
                moved = connection.execute(
                    "UPDATE issuing_request SET state = %s WHERE request_id = %s RETURNING open", [state, request["id"]]
                )
                assert moved.fetchone() == (RequestState(state) in OPEN,), state
            said = connection.execute("UPDATE issuing_request SET open = true RETURNING open").fetchall()
            assert {still_open for (still_open,) in said} == {False}, "nobody says otherwise"


@pytest.mark.storage
def test_moving_a_request_to_its_paper_writes_none_of_its_indexes(system_database):
    """A row's new version goes into every index once a column changes that any of them names (HOT, PostgreSQL 66.7)."""
    url = system_database("issuing").owner_url
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(STORED, {"id": "f" * 32, "reference": "0"})
        for state in ("made", "sent"):
            connection.execute(
                "UPDATE issuing_request SET state = %s, decided_at = now(), sent_at = now(), may_leave = 1", [state]
            )
        connection.execute("SELECT pg_stat_force_next_flush()")
        moved = "SELECT n_tup_upd, n_tup_hot_upd FROM pg_stat_user_tables WHERE relname = 'issuing_request'"
        assert connection.execute(moved).fetchone() == (2, 2)


@pytest.mark.storage
def test_requests_of_the_build_before_are_open_or_not_by_their_state(system_database):
    database = system_database("issuing")
    begin_at(database, "issuing", "0018")
    with psycopg.connect(database.owner_url) as connection:
        for number, way in enumerate(([], ["refused"], ["made"], ["made", "sent"], ["made", "printed"])):
            connection.execute(STORED, {"id": f"{number:032x}", "reference": f"{number}"})
            for state in way:
                connection.execute(
                    "UPDATE issuing_request SET state = %s WHERE request_id = %s", [state, f"{number:032x}"]
                )
    migrate("issuing", database.owner_url)
    with psycopg.connect(database.owner_url) as connection:
        rows = connection.execute("SELECT state, open FROM issuing_request ORDER BY request_id").fetchall()
    assert [is_open for _, is_open in rows] == [True, False, True, True, False]
    assert all(is_open == (RequestState(state) in OPEN) for state, is_open in rows)
