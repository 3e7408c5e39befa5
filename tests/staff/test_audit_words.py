"""Whatever is recorded can be read: every word the program writes into the record of operations has one in Japanese."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from kofu.certificates.domain.refusals import Reason
from kofu.contracts.feed import FeedMode
from kofu.contracts.issuing import HoldKind, PrintOutcome
from kofu.issuing.cases.domain.kinds import CaseKind
from kofu.issuing.requests.domain.release_rules import ReportStanding
from kofu.issuing.requests.domain.states import RequestState
from kofu.issuing.requests.domain.technical import Technical
from kofu.ledger.addressees.domain.addressees import MergeEvent, Source
from kofu.ledger.arrears.domain.dunning_runs import DunningRunState
from kofu.ledger.arrears.domain.proposals import DecisionKind, ProposalState
from kofu.ledger.assessments.domain.received_files import FileState
from kofu.ledger.books.domain.day_decisions import DayDecision, DecisionState
from kofu.ledger.books.domain.prescription import Happening
from kofu.ledger.counter.domain.states import CounterEvent, CounterState
from kofu.ledger.glyphs.domain.states import GlyphEvent
from kofu.ledger.overpayments.domain.refunds import RefundEvent, RefundState
from kofu.ledger.payments.domain.batches import BatchState
from kofu.ledger.payments.domain.convenience import AdviceFinding, AdviceState
from kofu.ledger.payments.domain.corrections import CorrectionKind, CorrectionState
from kofu.ledger.payments.domain.matching import MatchOutcome
from kofu.ledger.payments.domain.receipt_cases import ReceiptCaseAnswer
from kofu.ledger.payments.domain.till import TillState
from kofu.ledger.profile.domain.answer_rules import OutgoingKind
from kofu.ledger.recipients.domain.agents import AgentState
from kofu.ledger.recipients.domain.heirs import Basis, HeirsState
from kofu.staff.account_names import name_of_machine
from kofu.staff.audit_words import (
    DETAILS,
    NOT_SHOWN,
    OTHER_ACTIONS,
    RESULTS,
    action_words,
    detail_words,
    result_words,
)
from kofu.staff.domain.account_changes import AccountChangeEvent
from kofu.staff.domain.emergency_access import EmergencyEvent
from kofu.staff.domain.incidents import IncidentReportKind
from kofu.staff.operators.domain.operator_sessions import WhyNot
from kofu.staff.permissions import PERMISSIONS

SOURCE = Path(__file__).parents[2] / "src/kofu"
#: Functions that append an entry: the place of action and result among what they are given.
RECORDERS = {"record": (2, 3), "record_with_change": (1, 2), "record_alone": (1, 2), "entry": (1, 2)}
SYSTEMS = ("ledger", "issuing", "staff", "platform")


def recorded(source: str) -> Iterator[tuple[str, str]]:
    """Give what a module records in plain words: its actions, results and the names of what it notes."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        if name in {"note", "record"}:
            yield from (("detail", word.arg) for word in node.keywords if word.arg and name == "note")
        if name not in RECORDERS:
            continue
        places = RECORDERS[name]
        if name == "record" and len(node.args) > 1 and isinstance(node.args[1], ast.Constant):
            places = (1, 2)  # issuing's asks for the clock last
        for what, place in zip(("action", "result"), places, strict=True):
            given = node.args[place] if len(node.args) > place else None
            if isinstance(given, ast.Constant) and isinstance(given.value, str):
                yield what, given.value
        for given in [*node.args, *(word.value for word in node.keywords)]:
            if isinstance(given, ast.Dict):
                keys = [key.value for key in given.keys if isinstance(key, ast.Constant)]
                yield from (("detail", key) for key in keys if isinstance(key, str))


def test_every_word_of_the_record_can_be_read() -> None:
    known = {
        "action": {action.code for action in PERMISSIONS.actions} | set(OTHER_ACTIONS),
        "result": set(RESULTS),
        "detail": set(DETAILS) | NOT_SHOWN,
    }
    found = {
        (what, word)
        for system in SYSTEMS
        for path in (SOURCE / system).rglob("*.py")
        for what, word in recorded(path.read_text())
    }
    assert len(found) > 150, "the search finds what is recorded"
    assert sorted(f"{what} {word}" for what, word in found if word not in known[what]) == []


#: Lists of words that are recorded as results, and so stand in no call as text.
RESULT_LISTS = (
    AccountChangeEvent, AdviceFinding, AdviceState, AgentState, Basis, BatchState, CaseKind, CounterState,
    DecisionState,
    DunningRunState, EmergencyEvent, FeedMode, FileState, GlyphEvent, HeirsState, HoldKind, IncidentReportKind,
    MatchOutcome, MergeEvent, OutgoingKind, PrintOutcome, ProposalState, Reason, ReceiptCaseAnswer, RefundState,
    ReportStanding, RequestState, Source, Technical, TillState, WhyNot,
)  # fmt: skip
#: What the gate before commands records, and other words that are chosen between.
CHOSEN = {"allowed", "refused", "first", "done", "concerned", "signed_beside", "clean", "mismatch", "kept", "discarded"}
ACTION_LISTS = {
    "arrears": Happening, "counter_certificate": CounterEvent, "day": DayDecision, "refund": RefundEvent,
    "assessments": ("receive", "post", "reject"), "statements": ("receive", "post", "reject"),
    "tax_agent": ("apply", "declare", "approve", "reject", "dismiss", "confirm"),
    "dunning": ("draw", "approve", "take-out", "send", "withdraw"),
    **{kind.value: ("propose", *ProposalState) for kind in DecisionKind},
}  # fmt: skip


def test_words_of_life_cycles_and_other_lists_can_be_read_too() -> None:
    """The record of a day in progress said seized, drawn, undeclared and allowed to the auditor."""
    words = {str(word) for words in RESULT_LISTS for word in words} | CHOSEN
    words |= {f"{kind} {state}" for kind in CorrectionKind for state in CorrectionState}
    assert sorted(word for word in words if not result_words(word)) == []
    codes = [f"{family}.{word}" for family, words in ACTION_LISTS.items() for word in words]
    codes += [f"arrears.{word}.{after}" for word in Happening for after in ("end", "take_back")]
    labels = {action.code: action.label for action in PERMISSIONS.actions}
    assert [code for code in codes if action_words(code, labels)[1]] == []


SIGNED = re.compile(
    r"\{\{ [a-z_.]*(?:proposed|signed|decided|confirmed|approved|recorded|set|added|closed)_by[^}]*\}\}"
)


def test_whoever_signed_stands_on_a_page_by_name() -> None:
    """The page of the erasure said that `service:purge` proposed it, and who signed by login alone."""
    found = {
        f"{path.name}: {hit[0]}"
        for path in SOURCE.rglob("*.html")
        for hit in SIGNED.finditer(path.read_text("utf-8"))
        if "|staff_name" not in hit[0]
    }
    assert found == set()
    assert name_of_machine("service:purge") == "無人処理（年度更新時の消去）"
    assert name_of_machine("owner:root") == "データベースの所有者（root）"


def test_a_word_is_of_its_action() -> None:
    assert action_words("arrears.seized.end", {}) == ("滞納整理の記録（差押・終わり）", "")
    assert action_words("arrears.spilt", {}) == ("滞納整理の記録", "spilt")
    assert result_words("closed") == "完結"
    assert result_words("closed", "certificate.refuse") == "時間外", "the kiosk's hours"
    assert result_words("move spilt") == ""


def test_the_search_finds_a_word_that_is_new() -> None:
    source = 'record(connection, acting, "tea.make", "spilt", x=1)\nnote(request, cups=2)\nentry(a, "b", "c", {"d": 1})'
    assert set(recorded(source)) == {
        ("action", "tea.make"), ("result", "spilt"), ("detail", "cups"), ("action", "b"), ("result", "c"),
        ("detail", "d"),
    }  # fmt: skip


def test_an_identity_is_shown_by_its_beginning_and_what_says_nothing_is_left_out() -> None:
    detail = {"case": "c9f9b449-b7c1-4e39-be11-4eaa35425a4c", "rows": 3, "method": "POST", "role_given": "clerk"}
    assert [(one.label, one.value) for one in detail_words(detail, {"clerk": "収納係員"})] == [
        ("調査票・事案", "c9f9b449…"),
        ("役割", "収納係員"),
        ("件数", "3"),
    ]
