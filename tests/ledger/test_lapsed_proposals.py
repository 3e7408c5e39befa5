"""What an account proposed and nobody decided lapses at its reset, its end or another role: of every kind there is.

Issue 12 §1: 「a reset account can do nothing that was its own pending decision」. The rule is one (`require_decider`,
`as_they_count`); the table below names every place that asks it, and plays each of the ledger's on its tables.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import msgspec
import psycopg
import pytest
from tests.ledger.worked_ledger import ledger_of
from tests.resets import account_until, another_role, reset

from kofu.cli.up.day_in_progress.desk import Desk
from kofu.cli.up.day_in_progress.story import leave_stories
from kofu.core.errors import KofuError, OperatorFault
from kofu.ledger.acting.who_acts import Acting
from kofu.ledger.addressees.domain.addressees import MergeEvent
from kofu.ledger.addressees.merge_people import decide_merge
from kofu.ledger.arrears import decide_claims, reallocate, reverse_write_off
from kofu.ledger.arrears.dunning_runs import approve_run
from kofu.ledger.assessments.received import file_to_post
from kofu.ledger.counter import cases, steps
from kofu.ledger.feed.held_nights import release_figures
from kofu.ledger.glyphs.domain.states import GlyphEvent
from kofu.ledger.glyphs.glyphs import decide_glyph
from kofu.ledger.openings import openings
from kofu.ledger.overpayments import refund
from kofu.ledger.payments import batches, day_decisions, decide_receipt_cases, suspense
from kofu.ledger.rates.rates import decide_rates
from kofu.ledger.recipients import agents, heirs
from kofu.platform.hold_discards import decide_discard

pytestmark = pytest.mark.storage
SOURCE = Path(__file__).parents[2] / "src" / "kofu"
DAY, NOW = date(2026, 11, 29), datetime(2026, 11, 29, 3, tzinfo=UTC)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
BEFORE, RESET_AT = datetime(2026, 11, 29, 1, tzinfo=UTC), datetime(2026, 11, 29, 2, tzinfo=UTC)
WARD = "139998"
DECIDER = Acting("third", "test-work", NOW)
FINDING = "looked at it and found nothing amiss"

#: Every place of the product that asks whether a proposal stands: by what it is played, or where else.
ASKED = {
    "platform.standing_proposals.require_decider": "the rule",
    "certificates.stored_signatures.signatures_in": "the rule",
    "ledger.overpayments.refund.approve": "refund",
    "ledger.openings.openings.approve": "opening",
    "ledger.glyphs.glyphs.decide_glyph": "glyph",
    "ledger.arrears.dunning_runs.approve_run": "dunning",
    "ledger.arrears.decide_claims.waiting_proposal": "claim, reallocation, reversal",
    "ledger.assessments.received.file_to_post": "file",
    "ledger.addressees.merge_people.decide_merge": "merge",
    "ledger.counter.steps.approve": "application",
    "ledger.counter.cases.signatures_of": "counter case",
    "ledger.feed.held_nights.signatures_of": "held night",
    "ledger.payments.decide_receipt_cases.approve": "receipt case",
    "ledger.payments.suspense.decide_correction": "correction",
    "ledger.payments.batches.accept": "batch",
    "ledger.payments.day_decisions.decide": "day",
    "ledger.rates.rates.decide_rates": "rates",
    "ledger.recipients.agents.approve_agent": "agent",
    "ledger.recipients.heirs.approve_designation": "heirs",
    "platform.hold_discards.decide_discard": "hold",
    "issuing.cases.case_store.case_signatures": "tests/issuing/cases/test_cases.py",
    "issuing.cases.case_store.stop_signatures": "tests/issuing/cases/test_stop.py",
    "issuing.feeds.judged_feed_store.signatures_of": "tests/issuing/feeds/test_judge.py",
    "issuing.feeds.row_findings.signatures_of": "tests/issuing/feeds/test_held_rows.py",
    "registry.release_holds.decide_release": "tests/cli/registry/test_hold.py",
    "staff.emergency.decide": "tests/ledger/person/test_emergency.py",
    "staff.contractors.confirm_worker": "tests/staff/test_contractors.py",
}
#: Where a second person decides and nothing can lapse, each with its reason.
NOTHING_WAITS = {
    "platform.standing_proposals.require_decider": "the rule itself",
    "ledger.overpayments.answers._answer": "turns a refund down",
    "ledger.arrears.decide_claims.decline": "turns a proposal down",
    "ledger.recipients.agents.reject_agent": "turns an application down",
    "ledger.banks.doubtful_accounts.confirm_account": "an entry, no proposal: it is looked at in the owner's paper",
    "staff.emergency.decide": "refusing one turns it down; granting asks the rule",
    "staff.emergency.take_report": "a report that was read, no proposal",
    "staff.account_reviews.sign": "one administrator signs for the account of another",
    "staff.account_changes.confirm": "a reset lapses what the account proposed in its own transaction",
    "staff.account_changes.send_back": "turns a change down",
    "staff.contractors.confirm_worker": "of the worker; who recorded the line is asked of the rule",
    "staff.domain.month_review.check_word": "asked of the words that count (tests/staff/domain)",
    "cli.shared.accounts.second_person": "both are there at once, nothing waits",
}


@dataclass(frozen=True)
class Kind:
    """A proposal that waits: by whom it was made, and how somebody approves it."""

    by: str
    approve: Callable[[], object]


@pytest.fixture(scope="module")
def desk(system_database, tmp_path_factory) -> Iterator[Desk]:
    """A ledger with something at every step of its work."""
    folder, database = tmp_path_factory.mktemp("ward"), system_database("ledger")
    with pytest.MonkeyPatch.context() as patch, psycopg.connect(database.owner_url, autocommit=True) as connection:
        patch.setenv("KOFU_VAR", str(folder / "var"))
        made = ledger_of(connection, folder / "ward", DAY)
        assert leave_stories(made, folder / "day.json") == []
        yield made


def found(connection: psycopg.Connection, by: str, table: str, where: str) -> tuple[Any, str]:
    """Give a row of the day in progress: its id, and by whom it was proposed."""
    row = connection.execute(f"SELECT id, {by} FROM {table} WHERE {where} LIMIT 1").fetchone()
    assert row is not None, f"no {table} waits"
    return row


def put(connection: psycopg.Connection, table: str, **columns: object) -> Any:
    """Add a row and give its id."""
    names, marks = ", ".join(columns), ", ".join(["%s"] * len(columns))
    row = connection.execute(f"INSERT INTO {table} ({names}) VALUES ({marks}) RETURNING id", list(columns.values()))
    return row.fetchone()[0]  # type: ignore[index]


def refund_case(desk: Desk) -> Kind:
    case, by = found(desk.connection, "proposed_by", "refund_case", "state = 'proposed'")
    return Kind(by, partial(refund.approve, desk.connection, case, rules=desk.rules, acting=DECIDER))


def opening(desk: Desk) -> Kind:
    (claim,) = desk.connection.execute("SELECT min(id) FROM claim").fetchone()  # type: ignore[misc]
    made = put(desk.connection, "record_opening", id=uuid4(), claim_id=claim, reason="照会", minutes=10,
               proposed_by="clerk", proposed_at=BEFORE)  # fmt: skip
    return Kind("clerk", partial(openings.approve, desk.connection, made, acting=DECIDER))


def glyph(desk: Desk) -> Kind:
    made = put(desk.connection, "glyph_registration", id=uuid4(), municipality_code=WARD, code_points="9089 E0110",
               svg=b"<svg/>", sha256="0" * 64, evidence="戸籍", document_number="1", document_sha256="0" * 64,
               proposed_by="clerk", proposed_at=BEFORE)  # fmt: skip
    return Kind("clerk", partial(decide_glyph, desk.connection, WARD, made, GlyphEvent.APPROVE, acting=DECIDER))


def dunning(desk: Desk) -> Kind:
    run, by = found(desk.connection, "drawn_by", "dunning_run", "state = 'drawn'")
    channels, rules = desk.ledger.channel_rules, desk.ledger.dunning_rules
    return Kind(by, partial(approve_run, desk.connection, run, channels=channels, rules=rules, acting=DECIDER))


def claim(desk: Desk) -> Kind:
    decision, by = found(desk.connection, "proposed_by", "claim_decision", "state = 'proposed'")
    return Kind(by, partial(decide_claims.approve, desk.connection, decision, acting=DECIDER))


def decided_elsewhere(desk: Desk, module: Any, kind: str) -> Kind:
    decision, by = found(desk.connection, "proposed_by", "claim_decision", "state = 'proposed'")
    desk.connection.execute("UPDATE claim_decision SET kind = %s WHERE id = %s", [kind, decision])
    return Kind(by, partial(module.approve, desk.connection, decision, rules=desk.rules, acting=DECIDER))


def file(desk: Desk) -> Kind:
    made, by = found(desk.connection, "received_by", "received_file", "state = 'checked'")
    desk.connection.execute("UPDATE received_file SET state = 'held' WHERE id = %s", [made])
    post = partial(file_to_post, desk.connection, "assessments", made, acting=DECIDER, without_bad_rows="二重の行")
    return Kind(by, post)


def merge(desk: Desk) -> Kind:
    made, by = found(desk.connection, "proposed_by", "addressee_merge m",
                     "NOT EXISTS (SELECT FROM addressee_merge_event e WHERE e.merge_id = m.id)")  # fmt: skip
    event = MergeEvent.APPROVED
    return Kind(
        by, partial(decide_merge, desk.connection, WARD, made, event, reason="", confirmed=True, acting=DECIDER)
    )


def application(desk: Desk) -> Kind:
    (number,) = desk.connection.execute("SELECT min(addressee_number) FROM taxpayer").fetchone()  # type: ignore[misc]
    made = put(desk.connection, "counter_application", id=uuid4(), municipality_code=WARD, addressee_number=number,
               body_digest="0" * 64, applicant="self", applicant_name="x", right_shown=True, identity="[]",
               purpose="other", kind="taxation", years="[2026]", copies=1, plate_number="", free_reason="",
               unpaid_accepted=False, office="shunou", applied_by="clerk", applied_at=BEFORE)  # fmt: skip
    for place, (event, state) in enumerate((("apply", "applied"), ("ask_approval", "waiting"))):
        put(desk.connection, "counter_event", application_id=made, position=place, event=event, state=state,
            actor="clerk", office="shunou", occurred_at=BEFORE, reason="", fee=0, detail="{}")  # fmt: skip
    return Kind("clerk", partial(steps.approve, desk.connection, made, reason="x", office="shunou", acting=DECIDER))


def receipt_case(desk: Desk) -> Kind:
    (owed,) = desk.connection.execute("SELECT min(id) FROM claim").fetchone()  # type: ignore[misc]
    made = put(desk.connection, "receipt_case", id=uuid4(), obstacle="unclear", state="proposed", answer="keep",
               found='{"claims": [], "left": []}', reason="x", opened_at=BEFORE, proposed_by="clerk",
               proposed_at=BEFORE, decided_by="", claim_id=owed)  # fmt: skip
    return Kind("clerk", partial(decide_receipt_cases.approve, desk.connection, made, rules=desk.rules, acting=DECIDER))


def correction(desk: Desk) -> Kind:
    made, by = found(desk.connection, "proposed_by", "payment_correction", "state = 'proposed'")
    decide = suspense.decide_correction
    return Kind(by, partial(decide, desk.connection, made, approve=True, rules=desk.rules, acting=DECIDER))


def batch(desk: Desk) -> Kind:
    made, by = found(desk.connection, "received_by", "batch", "state = 'held'")
    return Kind(by, partial(batches.accept, desk.connection, made, reason="原符と照合した", acting=DECIDER))


def day(desk: Desk) -> Kind:
    made = put(desk.connection, "accounting_decision", id=uuid4(), municipality_code=WARD, kind="nothing_paid",
               channel="bank", day=DAY, reach=DAY, reason="x", state="proposed", proposed_by="clerk",
               proposed_at=BEFORE, decided_by="")  # fmt: skip
    return Kind("clerk", partial(day_decisions.decide, desk.connection, made, approve=True, acting=DECIDER))


def rates(desk: Desk) -> Kind:
    made = put(desk.connection, "rate_year", municipality_code=WARD, year=2027, first_month=24, after=87, refund=9,
               grace=9, source="告示", proposed_by="clerk", proposed_at=BEFORE)  # fmt: skip
    return Kind("clerk", partial(decide_rates, desk.connection, WARD, made, approve=True, acting=DECIDER))


def agent(desk: Desk) -> Kind:
    (number,) = desk.connection.execute("SELECT min(addressee_number) FROM taxpayer").fetchone()  # type: ignore[misc]
    made = put(desk.connection, "tax_agent", id=uuid4(), municipality_code=WARD, addressee_number=number, name="見本",
               postal_code="1000001", address="東京都", inside=False, taxes='["resident"]', may_certify=False,
               confirmed=True, filed_on=DAY, valid_from=DAY, registered_by="clerk", registered_at=BEFORE)  # fmt: skip
    put(desk.connection, "tax_agent_event", event="apply", state="applied", effective_on=DAY, actor="clerk",
        occurred_at=BEFORE, reason="", agent_id=made)  # fmt: skip
    return Kind("clerk", partial(agents.approve_agent, desk.connection, WARD, made, acting=DECIDER))


def designation(desk: Desk) -> Kind:
    row = desk.connection.execute(
        "SELECT inheritance_id, actor FROM inheritance_event WHERE event = 'propose' LIMIT 1"
    ).fetchone()
    assert row is not None
    return Kind(row[1], partial(heirs.approve_designation, desk.connection, WARD, row[0], acting=DECIDER))


def hold(desk: Desk) -> Kind:
    (hold_id,) = desk.connection.execute("SELECT min(hold_id) FROM hold_outbox").fetchone()  # type: ignore[misc]
    desk.connection.execute(
        "UPDATE hold_outbox SET delivered_at = NULL, last_failure = 'http_422', discard_proposed_by = 'clerk',"
        " discard_proposed_at = %s, discard_reason = 'x' WHERE hold_id = %s",
        [BEFORE, hold_id],
    )
    return Kind("clerk", partial(decide_discard, desk.connection, hold_id, approve=True, actor="third", now=NOW))


PROPOSALS: dict[str, Callable[[Desk], Kind]] = {
    "refund": refund_case,
    "opening": opening,
    "glyph": glyph,
    "dunning": dunning,
    "claim": claim,
    "reallocation": partial(decided_elsewhere, module=reallocate, kind="reallocate"),
    "reversal": partial(decided_elsewhere, module=reverse_write_off, kind="undo_write_off"),
    "file": file,
    "merge": merge,
    "application": application,
    "receipt case": receipt_case,
    "correction": correction,
    "batch": batch,
    "day": day,
    "rates": rates,
    "agent": agent,
    "heirs": designation,
    "hold": hold,
}


def refusal(connection: psycopg.Connection, approve: Callable[[], object]) -> str:
    """Approve, and take it back again; give why it was refused."""
    with connection.transaction(force_rollback=True):
        try:
            approve()
        except KofuError as fault:
            return fault.code
        except msgspec.ValidationError as fault:  # the basis is of another kind of decision
            return str(fault)
    return ""


@pytest.mark.parametrize("kind", PROPOSALS)
def test_what_an_account_proposed_before_its_reset_its_end_or_another_role_is_not_approved_any_more(desk, kind):
    """The decider is refused with a word that says the way out; before that the same step asks other things."""
    connection = desk.connection
    with connection.transaction(force_rollback=True):
        made = PROPOSALS[kind](desk)
        assert refusal(connection, made.approve) != "proposal_lapsed", "the twin: nobody was reset"
        reset(connection, made.by, LONG_AGO, known_at=LONG_AGO)
        another_role(connection, made.by, LONG_AGO, known_at=LONG_AGO)
        reset(connection, "another", RESET_AT)
        account_until(connection, made.by, date(9999, 12, 31))
        assert refusal(connection, made.approve) != "proposal_lapsed", "before it was proposed, of another, or to come"
        for lapses in (reset, another_role, lambda *_: account_until(connection, made.by, date(2020, 1, 1))):
            with connection.transaction(force_rollback=True):
                lapses(connection, made.by, datetime.now(UTC))
                assert refusal(connection, made.approve) == "proposal_lapsed"


def test_what_lapsed_can_be_turned_down_and_taken_back(desk):
    """The way out: somebody else sends it back, and it is proposed anew."""
    connection = desk.connection
    with connection.transaction(force_rollback=True):
        made, by = found(connection, "proposed_by", "claim_decision", "state = 'proposed'")
        reset(connection, by, datetime.now(UTC))
        decide_claims.decline(connection, made, acting=DECIDER)


def test_a_signature_of_a_reset_account_does_not_close_a_case_or_release_a_night(desk):
    """Two others sign; the case that was closed before the reset stays closed."""
    connection = desk.connection

    def acting(who: str, hour: int) -> Acting:
        return Acting(who, "test-work", datetime(2026, 11, 29, hour, tzinfo=UTC))

    with connection.transaction(force_rollback=True):
        closed, opened = (
            cases.stop_by_hand(connection, WARD, reason="試験", acting=acting("clerk", 1)) for _ in range(2)
        )
        for case, who, hour in ((closed, "one", 1), (closed, "two", 2), (opened, "one", 1)):
            cases.sign_case(connection, case, f"{FINDING} {who}", acting=acting(who, hour))
        reset(connection, "one", datetime(2026, 11, 29, 3, tzinfo=UTC))
        assert not cases.sign_case(connection, opened, f"{FINDING} two", acting=acting("two", 4))
        assert [case for case, _ in cases.stops_standing(connection, WARD)] == [opened]
        with pytest.raises(OperatorFault, match="same person"):
            cases.sign_case(connection, opened, f"{FINDING} again", acting=acting("one", 5))
        assert cases.sign_case(connection, opened, f"{FINDING} three", acting=acting("three", 5))
        assert cases.stops_standing(connection, WARD) == []
        with pytest.raises(OperatorFault):
            cases.sign_case(connection, closed, f"{FINDING} three", acting=acting("three", 5))

        held = put(connection, "held_night", municipality_code=WARD, figures_sha256="0" * 64, business_date=DAY,
                   mode="full", before=0, report="{}", state="held", held_at=BEFORE)  # fmt: skip
        assert not release_figures(connection, WARD, held, f"{FINDING} one", acting("one", 1))
        assert not release_figures(connection, WARD, held, f"{FINDING} two", acting("two", 4))
        assert release_figures(connection, WARD, held, f"{FINDING} three", acting("three", 5))


def test_every_place_that_asks_for_a_second_person_asks_whether_the_proposal_stands():
    """A new decision by two is in the table, or this fails."""
    rule, plain = set(), set()
    for path in sorted(SOURCE.rglob("*.py")):
        module = ".".join(path.relative_to(SOURCE).with_suffix("").parts)
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef):
                called = {
                    one.func.id
                    for one in ast.walk(node)
                    if isinstance(one, ast.Call) and isinstance(one.func, ast.Name)
                }
                if called & {"require_decider", "require_not_lapsed", "as_they_count", "signatures_in"}:
                    rule.add(f"{module}.{node.name}")
                if "require_second_person" in called:
                    plain.add(f"{module}.{node.name}")
    assert rule == set(ASKED)
    assert plain == set(NOTHING_WAITS)
    for places in ASKED.values():
        if places.startswith("tests/"):
            assert "reset(" in (SOURCE.parents[1] / places).read_text("utf-8"), places
    played = {one for places in ASKED.values() for one in places.split(", ")}
    assert set(PROPOSALS) <= played


def test_its_twin_without_the_rule_approves(desk, monkeypatch):
    """With the rule gone the lapsed proposal of rates is approved, so that the refusal is the rule's."""
    monkeypatch.setattr("kofu.platform.standing_proposals.lapsed_at", lambda *_: None)
    with desk.connection.transaction(force_rollback=True):
        made = rates(desk)
        reset(desk.connection, made.by, RESET_AT)
        assert refusal(desk.connection, made.approve) == ""
