"""Every life cycle of the ledger has a way on from every state, and a person can take it (issue: no dead end).

The tables are walked as they are used. A state enum or a state column that no cycle here names fails, so a new machine
is walked from its first day.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

import pytest
from django.db.models import ForeignKey, Model, OneToOneField

import kofu.ledger
from kofu.certificates.domain import findings
from kofu.ledger.addressees.domain import addressees
from kofu.ledger.arrears import dunning_runs
from kofu.ledger.arrears.domain import events, proposals
from kofu.ledger.assessments.domain import received_files
from kofu.ledger.books.domain import day_decisions
from kofu.ledger.counter.domain import states as counter_states
from kofu.ledger.debit.domain import direct_debit
from kofu.ledger.deliveries.domain import states as delivery_states
from kofu.ledger.feed.domain import held_nights
from kofu.ledger.feed.night import NightRunState as NightState
from kofu.ledger.glyphs.domain import states as glyph_states
from kofu.ledger.overpayments.domain import refunds
from kofu.ledger.payments.domain import batches, convenience, corrections, receipt_cases
from kofu.ledger.recipients.domain import agents, heirs, recipients
from kofu.ledger.sent_files.domain import outgoing_files
from kofu.platform import hold_discards

Table = Mapping[tuple[Any, Any], Any]


@dataclass(frozen=True, kw_only=True)
class Cycle:
    """A life cycle: its table, where it begins, its declared ends, and the screens on which a person takes a step.

    `screens`: event → name of the address a clerk or approver posts to. What is not there happens by itself (a file
    comes, the night runs) or with another step.
    """

    states: type[StrEnum]
    table: Table
    begins: frozenset[str]
    ends: frozenset[str]
    screens: Mapping[str, str] = field(default_factory=dict)


def cycle(states: type[StrEnum], table: Table, begins: str, ends: str, **screens: str) -> Cycle:
    return Cycle(
        states=states,
        table={(str(state), str(event)): str(following) for (state, event), following in table.items()},
        begins=frozenset(begins.split()),
        ends=frozenset(ends.split()),
        screens=screens,
    )


CYCLES = {
    "収納のバッチ": cycle(
        batches.BatchState, batches.NEXT, "open received", "posted rejected",
        close="payments:close_batch", close_with_difference="payments:close_batch", accept="payments:accept",
        reject="payments:reject", post="payments:post",
    ),
    "賦課情報のファイル": cycle(
        received_files.FileState, received_files.NEXT, "held checked", "posted rejected",
        post="assessments:post", post_without="assessments:accept", reject="assessments:reject",
    ),
    "過誤納の事案": cycle(
        refunds.RefundState, refunds.NEXT, "proposed", "paid closed lapsed withdrawn declined revoked",
        approve="refund:approve", send_back="refund:answer", decline="refund:answer", withdraw="refund:withdraw",
        propose_again="refund:propose", notify="refund:notify", claim="refund:claim", transfer="refund:make",
        correct_account="refund:correct_account", transfer_failed="refund:failed", revoke="refund:revoke",
    ),
    "還付の受取人": cycle(
        heirs.PayeeState, heirs.PAYEES, "waiting", "paid replaced",
        paid="refund:make", returned="payees:failed", replaced="payees:list",
    ),
    "収納の訂正": cycle(
        corrections.CorrectionState, corrections.NEXT, "proposed", "approved declined",
        approve="payments:decide", decline="payments:decide",
    ),
    "領収日順の事案": cycle(
        receipt_cases.CaseState, receipt_cases.NEXT, "open", "decided",
        propose="payments:propose_order", decline="payments:decide_order", approve="payments:decide_order",
    ),
    "会計日・ファイルの決裁": cycle(
        day_decisions.DecisionState,
        {(state, "approve" if yes else "decline"): after for (state, yes), after in day_decisions.NEXT.items()},
        "proposed", "approved declined", approve="payments:decide_day", decline="payments:decide_day",
    ),
    "率の登録": cycle(
        day_decisions.DecisionState,
        {(state, "approve" if yes else "decline"): after for (state, yes), after in day_decisions.NEXT.items()},
        "proposed", "approved declined", approve="rates:decide", decline="rates:decide",
    ),
    "請求権についての起案": cycle(
        proposals.ProposalState, proposals.NEXT, "proposed", "approved withdrawn declined",
        approve="arrears:decide", decline="arrears:decide", withdraw="arrears:withdraw-proposal",
    ),
    "督促の抽出": cycle(
        dunning_runs.DunningRunState, dunning_runs.NEXT, "drawn", "sent withdrawn",
        approve="arrears:approve", withdraw="arrears:withdraw", send="arrears:sent",
    ),
    "宛名の統合": cycle(
        addressees.MergeState, addressees.MERGES, "proposed", "refused undone",
        approved="addressees:decide", refused="addressees:decide", undone="addressees:decide",
    ),
    "納税管理人": cycle(
        agents.AgentState, agents.NEXT, "declared applied", "rejected replaced dismissed",
        approve="representatives:agent_approve", reject="representatives:agent_reject",
        replace="representatives:agent", dismiss="representatives:agent_dismiss",
    ),
    "相続人代表者": cycle(
        heirs.HeirsState, heirs.NEXT, "registered", "replaced ended",
        declare="representatives:heirs", propose="representatives:propose", approve="representatives:approve",
        withdraw="representatives:withdraw", replace="representatives:heirs", end="representatives:end",
    ),
    "窓口の申請": cycle(
        counter_states.CounterState, counter_states.TRANSITIONS, "applied",
        "refused withdrawn aborted handed_over voided",
        approve="certificates:approve", deny="certificates:deny", refuse="certificates:refuse",
        withdraw="certificates:withdraw", issue="certificates:issue", hand_over="certificates:hand-over",
        void="certificates:void", print="certificates:print",
    ),
    "コンビニの速報": cycle(
        convenience.AdviceState, {at: step.state for at, step in convenience.TRANSITIONS.items()}, "none", "confirmed",
        confirm="payments:post", cancel="payments:post", advise="payments:post",
    ),
    "外字の登録": cycle(
        glyph_states.GlyphState, glyph_states.TABLE, "proposed", "declined withdrawn",
        approve="glyphs:decide", decline="glyphs:decide", propose_end="glyphs:end", withdraw="glyphs:decide",
        keep="glyphs:decide",
    ),
    "保留した夜間連携": cycle(
        held_nights.HeldState, held_nights.TRANSITIONS, "held", "sent_back written",
        release="night:release", send_back="night:send_back", write="night:start",
    ),
    "発行停止の送信": cycle(
        hold_discards.MessageState, hold_discards.NEXT, "waiting", "delivered discarded",
        propose_discard="issuance:propose_discard", keep="issuance:decide_discard", discard="issuance:decide_discard",
    ),
    "口座振替の登録": cycle(
        direct_debit.MandateState, direct_debit.MANDATES, "registered", "replaced ended",
        replace="debit:person", end="debit:end",
    ),
    "パンチ委託の送付": cycle(
        delivery_states.DeliveryState, delivery_states.DELIVERIES, "sent", "returned given_up",
        come="deliveries:return", take="payments:post", send_back="payments:reject", give_up="deliveries:give-up",
    ),
    "送付先変更": cycle(
        recipients.ForwardingState, recipients.FORWARDINGS, "registered", "ended",
        confirm="representatives:forwarding_confirm", end="representatives:forwarding_end",
        replace="representatives:forwarding",
    ),
    "差押・猶予・停止": cycle(
        events.StayState, events.STAYS, "lasting", "ended taken_back",
        note_end="arrears:end", propose_end="arrears:end", withdraw_end="arrears:decide",
        approve_end="arrears:decide", take_back="arrears:decide",
    ),
    "送ったファイルの回答": cycle(
        outgoing_files.AnswerState, outgoing_files.ANSWERS, "waiting", "answered", record="answers:answer",
    ),
    "窓口の調査票": cycle(
        findings.FindingState, findings.NEXT, "open", "closed", sign="certificates:sign",
    ),
}  # fmt: skip
#: Ends a person can still leave by a step, where something comes back.
REOPENED = {
    ("過誤納の事案", "paid"),
    ("還付の受取人", "paid"),
    ("窓口の申請", "handed_over"),
    ("パンチ委託の送付", "given_up"),  # it came back after all
    ("差押・猶予・停止", "ended"),  # its end was recorded in error
}
#: Rows that say what happened to another row, by table, and the cycle whose steps they are.
HAPPENED = {
    "addressee_merge_event": "宛名の統合",
    "arrears_event": "差押・猶予・停止",
    "counter_event": "窓口の申請",
    "counter_finding": "窓口の調査票",
    "debit_mandate_end": "口座振替の登録",
    "delivery_batch": "パンチ委託の送付",
    "delivery_given_up": "パンチ委託の送付",
    "delivery_return": "パンチ委託の送付",
    "forwarding_event": "送付先変更",
    "glyph_event": "外字の登録",
    "held_night_word": "保留した夜間連携",
    "inheritance_event": "相続人代表者",
    "outgoing_answer": "送ったファイルの回答",
    "rate_decision": "率の登録",
    "refund_event": "過誤納の事案",
    "refund_payee_event": "還付の受取人",
    "tax_agent_event": "納税管理人",
}
#: Sums and contents beside a row: no steps.
NO_STEP = {"claim_balance", "payment_balance", "refund_file", "sealed_content"}
#: What waits for the machine: a message whose receiver is not there goes out when it is, a night that runs ends.
BY_ITSELF = {("発行停止の送信", "waiting"), ("発行停止の送信", "refused")}
#: State enums of no life cycle: a process' record of itself, and the counter's day in memory, whose batch is above.
NO_CYCLE = {NightState, importlib.import_module("kofu.ledger.payments.domain.till").BatchState}


def dead_ends(one: Cycle) -> set[str]:
    """States that are no declared end and have no step to another state."""
    with_a_way = {state for (state, _), after in one.table.items() if after != state}
    return set(map(str, one.states)) - one.ends - with_a_way


@pytest.mark.parametrize("name", CYCLES)
def test_every_state_has_a_way_on_but_the_declared_ends(name: str) -> None:
    one = CYCLES[name]
    assert not dead_ends(one)
    left = {at for (at, _), after in one.table.items() if at in one.ends and after != at}
    assert left <= {state for cycle_name, state in REOPENED if cycle_name == name}


def test_a_state_whose_ways_on_are_taken_away_is_found() -> None:
    """The twin: without 再起案 and 取下げ a case that was sent back stands for ever."""
    one = CYCLES["過誤納の事案"]
    without = {at: after for at, after in one.table.items() if at[0] != "sent_back"}
    assert dead_ends(replace(one, table=without)) == {"sent_back"}


@pytest.mark.parametrize("name", CYCLES)
def test_every_state_can_be_reached_and_leads_to_an_end(name: str) -> None:
    one = CYCLES[name]
    reached, waiting = set(one.begins), list(one.begins)
    while waiting:
        at = waiting.pop()
        for after in {after for (state, _), after in one.table.items() if state == at} - reached:
            reached.add(after)
            waiting.append(after)
    assert reached == set(map(str, one.states))
    ending = set(one.ends)
    while more := {state for (state, _), after in one.table.items() if after in ending} - ending:
        ending |= more
    assert ending == set(map(str, one.states)), "no state goes round in a ring without an end"


@pytest.mark.parametrize("name", CYCLES)
def test_a_clerk_or_an_approver_can_take_a_way_on_from_every_state(name: str) -> None:
    one = CYCLES[name]
    for state in map(str, one.states):
        if state in one.ends or (name, state) in BY_ITSELF:
            continue
        assert {event for (at, event) in one.table if at == state and event in one.screens}, f"nobody moves {state}"


def test_the_screens_that_take_a_step_are_there(ledger_screens) -> None:
    from django.urls import get_resolver

    names = set()

    def collect(resolver, space: str = "") -> None:
        for one in resolver.url_patterns:
            if hasattr(one, "url_patterns"):
                collect(one, one.namespace or space)
            elif one.name:
                names.add(f"{space}:{one.name}" if space else one.name)

    collect(get_resolver())
    wanted = {screen for one in CYCLES.values() for screen in one.screens.values()}
    assert not wanted - names


@pytest.mark.parametrize("name", CYCLES)
def test_the_screens_name_events_of_the_table(name: str) -> None:
    one = CYCLES[name]
    assert not set(one.screens) - {event for _, event in one.table}


def test_every_state_of_the_ledger_is_walked() -> None:
    found = set()
    for module in pkgutil.walk_packages(kofu.ledger.__path__, "kofu.ledger."):
        if any(part in module.name for part in (".web", ".migrations", ".settings", "models", ".apps")):
            continue
        held = vars(importlib.import_module(module.name)).values()
        found |= {
            one
            for one in held
            if isinstance(one, type) and issubclass(one, StrEnum) and one.__name__.endswith("State")
            if one.__module__.startswith("kofu.ledger.")
        }
    elsewhere = {hold_discards.MessageState, findings.FindingState}
    assert found - NO_CYCLE == {one.states for one in CYCLES.values()} - elsewhere


def _says_what_happened(model: type[Model]) -> bool:
    """A row beside another row: named for what happened, or one at most for each row it names."""
    told = model.__name__.endswith(("Event", "End", "Return", "Answer", "Finding", "WordRow"))
    once = any(isinstance(one, OneToOneField) and one.primary_key for one in model._meta.local_fields)
    return (told or once) and any(isinstance(one, ForeignKey) for one in model._meta.local_fields)


def test_every_row_that_says_what_happened_to_another_is_a_step_of_a_cycle(ledger_screens) -> None:
    """Begin and end as rows of their own are a life cycle, too: none stands outside the tables."""
    from django.apps import apps

    steps = {
        str(model._meta.db_table) for model in apps.get_app_config("ledger").get_models() if _says_what_happened(model)
    }
    assert steps == set(HAPPENED) | NO_STEP
    assert set(HAPPENED.values()) <= set(CYCLES)
