"""The words stored in the databases are those of the life cycles and no others: read from the migrated PostgreSQL."""

from __future__ import annotations

import re
from enum import StrEnum

import psycopg
import pytest

from kofu.center.domain.requests import RequestOutcome
from kofu.issuing.feeds.domain.erasure_orders import ErasureState
from kofu.issuing.feeds.domain.judged_feeds import FeedState
from kofu.issuing.requests.domain.states import RequestState
from kofu.ledger.addressees.domain.addressees import MergeEvent
from kofu.ledger.arrears.domain.dunning_runs import DunningRunState
from kofu.ledger.arrears.domain.proposals import ProposalState
from kofu.ledger.assessments.domain.received_files import FileState
from kofu.ledger.books.domain.day_decisions import DecisionState
from kofu.ledger.counter.domain.states import CounterEvent, CounterState
from kofu.ledger.feed.domain.held_nights import HeldState
from kofu.ledger.glyphs.domain.states import GlyphEvent
from kofu.ledger.overpayments.domain.refunds import RefundState
from kofu.ledger.payments.domain.batches import BatchState
from kofu.ledger.payments.domain.convenience import AdviceState
from kofu.ledger.payments.domain.corrections import CorrectionState
from kofu.ledger.payments.domain.receipt_cases import CaseState
from kofu.ledger.recipients.domain.agents import AgentState
from kofu.ledger.recipients.domain.heirs import HeirsState, PayeeEvent
from kofu.ledger.recipients.domain.recipients import ForwardingEvent
from kofu.platform.audit_months import SegmentState
from kofu.staff.domain.account_changes import AccountChangeState
from kofu.staff.domain.emergency_access import EmergencyState

pytestmark = pytest.mark.storage

STORED: dict[str, dict[str, type[StrEnum]]] = {
    "ledger": {
        "accounting_decision.state": DecisionState,
        "addressee_merge_event.event": MergeEvent,
        "advised_payment.state": AdviceState,
        "audit_segment.state": SegmentState,
        "batch.state": BatchState,
        "claim_decision.state": ProposalState,
        "counter_event.event": CounterEvent,
        "counter_event.state": CounterState,
        "dunning_run.state": DunningRunState,
        "forwarding_event.event": ForwardingEvent,
        "glyph_event.event": GlyphEvent,
        "held_night.state": HeldState,
        "inheritance_event.state": HeirsState,
        "payment_correction.state": CorrectionState,
        "receipt_case.state": CaseState,
        "received_file.state": FileState,
        "refund_case.state": RefundState,
        "refund_payee_event.event": PayeeEvent,
        "staff_account_change.state": AccountChangeState,
        "staff_emergency_access.state": EmergencyState,
        "tax_agent_event.state": AgentState,
    },
    "issuing": {
        "audit_segment.state": SegmentState,
        "issuing_erasure_order.state": ErasureState,
        "issuing_judged_feed.state": FeedState,
        "issuing_request.state": RequestState,
        "staff_account_change.state": AccountChangeState,
        "staff_emergency_access.state": EmergencyState,
    },
    "center": {"center_request.outcome": RequestOutcome},
}
#: Columns named `state` of no life cycle: how a process' run stands, for whoever looks at it.
NO_LIFE_CYCLE = {"feed_run.state"}

CHECKS = (
    "SELECT conrelid::regclass || '.' || attname, pg_get_constraintdef(pg_constraint.oid) FROM pg_constraint"
    " JOIN pg_attribute ON attrelid = conrelid AND attnum = conkey[1]"
    " WHERE contype = 'c' AND cardinality(conkey) = 1 AND connamespace = 'public'::regnamespace"
)


def checked_words(connection: psycopg.Connection) -> dict[str, set[str]]:
    """Read which words a CHECK allows in a column: `CHECK (((state)::text = ANY (… ARRAY['a'::character varying …`."""
    found = {}
    for column, definition in connection.execute(CHECKS):
        if "= ANY" in definition:
            found[column] = set(re.findall(r"'([^']*)'::", definition))
    return found


@pytest.mark.parametrize("system", STORED)
def test_the_database_allows_the_words_of_the_enumeration_and_no_others(system: str, system_database) -> None:
    with psycopg.connect(system_database(system).owner_url) as connection:
        found = checked_words(connection)
    stored = {column: {word.value for word in words} for column, words in STORED[system].items()}
    assert {column: found.get(column) for column in stored} == stored


@pytest.mark.parametrize("system", ["ledger", "issuing"])
def test_every_column_of_states_is_checked(system: str, system_database) -> None:
    with psycopg.connect(system_database(system).owner_url) as connection:
        columns = connection.execute(
            "SELECT table_name || '.' || column_name FROM information_schema.columns"
            " WHERE table_schema = 'public' AND column_name = 'state'"
        ).fetchall()
    assert {column for (column,) in columns} - NO_LIFE_CYCLE == {
        column for column in STORED[system] if column.endswith(".state")
    }


def test_a_word_of_no_state_is_refused_by_the_database_itself(system_database) -> None:
    with (
        psycopg.connect(system_database("ledger").owner_url) as connection,
        pytest.raises(psycopg.errors.CheckViolation, match="payment_correction_state_words"),
    ):
        connection.execute(
            "INSERT INTO payment_correction (id, payment_id, kind, reason, state, proposed_by, proposed_at, decided_by)"
            " VALUES (gen_random_uuid(), gen_random_uuid(), 'take_out', 'x', 'perhaps', 'a', now(), '')"
        )
