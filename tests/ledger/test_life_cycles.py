"""Every life cycle of the ledger has a way on that a person can take on a screen: there is no dead end.

That each table is whole is walked in tests/cli/test_life_cycles.py. A state enum or a row of events that no cycle here
names fails, so a new life cycle has its screens from its first day.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import pytest
from django.db.models import ForeignKey, Model, OneToOneField

import kofu.ledger
from kofu.certificates.domain import findings
from kofu.core.life_cycle import LifeCycle
from kofu.ledger.addressees.domain import addressees
from kofu.ledger.arrears.domain import dunning_runs, events, proposals
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
from kofu.ledger.payments.domain.till import TillState
from kofu.ledger.recipients.domain import agents, heirs, recipients
from kofu.ledger.sent_files.domain import outgoing_files
from kofu.platform import hold_discards


@dataclass(frozen=True)
class Cycle:
    """A life cycle, and the screens on which a person takes a step of it.

    `screens`: event → name of the address a clerk or approver posts to. What is not there happens by itself (a file
    comes, the night runs) or with another step.
    """

    life: LifeCycle[Any, Any]
    screens: Mapping[str, str]


def cycle(life: LifeCycle[Any, Any], **screens: str) -> Cycle:
    return Cycle(life, screens)


CYCLES = {
    "収納のバッチ": cycle(
        batches.BATCH_LIFE,
        close="payments:close_batch", close_with_difference="payments:close_batch", accept="payments:accept",
        reject="payments:reject", post="payments:post",
    ),
    "賦課情報のファイル": cycle(
        received_files.RECEIVED_FILE_LIFE,
        post="assessments:post", post_without="assessments:accept", reject="assessments:reject",
    ),
    "過誤納の事案": cycle(
        refunds.REFUND_LIFE,
        approve="refund:approve", send_back="refund:answer", decline="refund:answer", withdraw="refund:withdraw",
        propose_again="refund:propose", notify="refund:notify", claim="refund:claim", transfer="refund:make",
        correct_account="refund:correct_account", transfer_failed="refund:failed", revoke="refund:revoke",
    ),
    "還付の受取人": cycle(
        heirs.PAYEE_LIFE,
        paid="refund:make", returned="payees:failed", replaced="payees:list",
    ),
    "収納の訂正": cycle(
        corrections.CORRECTION_LIFE,
        approve="payments:decide", decline="payments:decide",
    ),
    "領収日順の事案": cycle(
        receipt_cases.RECEIPT_CASE_LIFE,
        propose="payments:propose_order", decline="payments:decide_order", approve="payments:decide_order",
    ),
    "会計日・ファイルの決裁": cycle(
        day_decisions.DECISION_LIFE,
        approve="payments:decide_day", decline="payments:decide_day",
    ),
    "率の登録": cycle(
        day_decisions.DECISION_LIFE,
        approve="rates:decide", decline="rates:decide",
    ),
    "請求権についての起案": cycle(
        proposals.PROPOSAL_LIFE,
        approve="arrears:decide", decline="arrears:decide", withdraw="arrears:withdraw-proposal",
    ),
    "督促の抽出": cycle(
        dunning_runs.DUNNING_RUN_LIFE,
        approve="arrears:approve", withdraw="arrears:withdraw", send="arrears:sent",
    ),
    "宛名の統合": cycle(
        addressees.MERGE_LIFE,
        approved="addressees:decide", refused="addressees:decide", undone="addressees:decide",
    ),
    "納税管理人": cycle(
        agents.AGENT_LIFE,
        approve="representatives:agent_approve", reject="representatives:agent_reject",
        replace="representatives:agent", dismiss="representatives:agent_dismiss",
    ),
    "相続人代表者": cycle(
        heirs.HEIRS_LIFE,
        declare="representatives:heirs", propose="representatives:propose", approve="representatives:approve",
        withdraw="representatives:withdraw", replace="representatives:heirs", end="representatives:end",
    ),
    "窓口の申請": cycle(
        counter_states.COUNTER_LIFE,
        approve="certificates:approve", deny="certificates:deny", refuse="certificates:refuse",
        withdraw="certificates:withdraw", issue="certificates:issue", hand_over="certificates:hand-over",
        void="certificates:void", print="certificates:print",
    ),
    "コンビニの速報": cycle(
        convenience.CONVENIENCE_LIFE,
        confirm="payments:post", cancel="payments:post", advise="payments:post",
    ),
    "外字の登録": cycle(
        glyph_states.GLYPH_LIFE,
        approve="glyphs:decide", decline="glyphs:decide", propose_end="glyphs:end", withdraw="glyphs:decide",
        keep="glyphs:decide",
    ),
    "保留した夜間連携": cycle(
        held_nights.HELD_NIGHT_LIFE,
        release="night:release", send_back="night:send_back", write="night:start",
    ),
    "発行停止の送信": cycle(
        hold_discards.HOLD_MESSAGE_LIFE,
        propose_discard="issuance:propose_discard", keep="issuance:decide_discard", discard="issuance:decide_discard",
    ),
    "口座振替の登録": cycle(
        direct_debit.MANDATE_LIFE,
        replace="debit:person", end="debit:end",
    ),
    "パンチ委託の送付": cycle(
        delivery_states.DELIVERY_LIFE,
        come="deliveries:return", take="payments:post", send_back="payments:reject", give_up="deliveries:give-up",
    ),
    "送付先変更": cycle(
        recipients.FORWARDING_LIFE,
        confirm="representatives:forwarding_confirm", end="representatives:forwarding_end",
        replace="representatives:forwarding",
    ),
    "差押・猶予・停止": cycle(
        events.STAY_LIFE,
        note_end="arrears:end", propose_end="arrears:end", withdraw_end="arrears:decide",
        approve_end="arrears:decide", take_back="arrears:decide",
    ),
    "送ったファイルの回答": cycle(
        outgoing_files.ANSWER_LIFE,
        record="answers:answer",
    ),
    "窓口の調査票": cycle(
        findings.FINDING_LIFE,
        sign="certificates:sign",
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
NO_CYCLE = {NightState, TillState}


@pytest.mark.parametrize("name", CYCLES)
def test_an_end_is_left_only_where_something_comes_back(name: str) -> None:
    life = CYCLES[name].life
    left = {before.value for before, after in life.arrows() if before in life.ends and after is not before}
    assert left == {state for cycle_name, state in REOPENED if cycle_name == name}


@pytest.mark.parametrize("name", CYCLES)
def test_a_clerk_or_an_approver_can_take_a_way_on_from_every_state(name: str) -> None:
    one = CYCLES[name]
    for state in one.life.states:
        if state in one.life.ends or (name, state.value) in BY_ITSELF:
            continue
        assert {event.value for event in one.life.events_from(state)} & set(one.screens), f"nobody moves {state}"


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
    assert not set(one.screens) - {event.value for _, event in one.life.table}


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
    assert found - NO_CYCLE == {one.life.states for one in CYCLES.values()} - elsewhere


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
