"""What became of the paper (印刷結果): taken once per request; repeats change nothing, contradictions become cases.

A repeat is the same report whole: outcome, copies, fee, instant. It gets the answer the first one got, a case's id too.

足立区 2023: the centre's warnings were answered with "it printed on the second try". Here a report that does not
fit what we know is kept as it came and opens a case, and no later success closes it (P9).
"""

from __future__ import annotations

from dataclasses import dataclass

import psycopg

from kofu.contracts.issuing import PrintResult
from kofu.core.errors import PeerFault
from kofu.issuing.acting.who_acts import Acting
from kofu.issuing.cases import cases
from kofu.issuing.cases.domain.kinds import CaseKind
from kofu.issuing.requests import journal_store
from kofu.issuing.requests.domain.release_rules import (
    ReportedPrint,
    ReportStanding,
    RequestStanding,
    deviations,
    kept_before,
    says_nothing,
    standing_of_report,
)
from kofu.issuing.requests.domain.states import RequestState, report_event
from kofu.issuing.requests.journal_store import JournalRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportTaken:
    """How a print result was taken. `case_id` names the case it opened, if any."""

    standing: ReportStanding
    case_id: str | None


def take_print_result(
    connection: psycopg.Connection, acting: Acting, result: PrintResult, *, municipality_code: str
) -> ReportTaken:
    """Take a print result in one transaction. Raises `PeerFault` where nobody asked for it here."""
    report = ReportedPrint(
        outcome=RequestState(result.outcome.value),
        copies_printed=result.copies_printed,
        fee_paid=result.fee_paid,
        occurred_at=result.occurred_at,
    )
    with connection.transaction():
        journal_store.lock_reports(connection, result.request_id)
        stored = journal_store.read_request(connection, result.request_id, lock=True)
        kept = journal_store.reports_of(connection, result.request_id)
        standing = ReportStanding.UNREQUESTED if stored is None else standing_of_report(stored.state, report, kept)
        same = kept_before(kept, report)
        if same is not None and standing in {ReportStanding.REPEATED, same.standing}:
            case_id: str | None = same.case_id or None
        else:
            case_id = _take(
                connection,
                acting,
                stored,
                result,
                report=report,
                standing=standing,
                municipality_code=municipality_code,
            )
    if stored is None:
        raise PeerFault("request_unknown", f"nobody asked for this certificate here; case {case_id or 'none needed'}")
    return ReportTaken(standing=standing, case_id=case_id)


def _take(
    connection: psycopg.Connection,
    acting: Acting,
    stored: JournalRequest | None,
    result: PrintResult,
    *,
    report: ReportedPrint,
    standing: ReportStanding,
    municipality_code: str,
) -> str | None:
    """Write a report that was not taken before; give the case it opened, if any."""
    if stored is not None and standing is ReportStanding.ACCEPTED and stored.state is not report.outcome:
        journal_store.apply_report(connection, stored, report_event(report.outcome), report, acting.clock())
    case_id = _open_case(
        connection,
        acting,
        stored,
        report,
        request_id=result.request_id,
        municipality_code=municipality_code,
        standing=standing,
    )
    journal_store.record_report(connection, result, standing, acting.clock(), case_id or "")
    acting.record(
        connection,
        "print.result",
        standing.value,
        actor="center",
        detail={
            "request": result.request_id,
            "outcome": result.outcome.value,
            "copies": result.copies_printed,
            "fee": result.fee_paid,
            "case": case_id or "",
        },
    )
    return case_id


def _what_is_odd(
    stored: JournalRequest | None, report: ReportedPrint, standing: ReportStanding
) -> tuple[CaseKind, str, tuple[str, ...]] | None:
    """Name the case a report asks for: kind, summary, what does not fit. None where all is as it should be."""
    if standing is ReportStanding.CONTRADICTION:
        return CaseKind.PRINT_CONTRADICTION, "両立しない2つの印刷結果が届いた", ()
    if standing is ReportStanding.UNREQUESTED or stored is None:
        if says_nothing(report):
            return None
        return CaseKind.PRINT_UNREQUESTED, "証明書のない申請について印刷結果が届いた", ()
    if standing is ReportStanding.REPEATED:
        return None
    odd = deviations(
        RequestStanding(
            state=stored.state,
            copies=stored.copies,
            fee_per_copy=stored.fee_per_copy,
            received_at=stored.received_at,
        ),
        report,
    )
    if report.outcome is RequestState.UNKNOWN:
        return CaseKind.PRINT_UNKNOWN, "印刷の結果を、端末も交付センターも確かめられない", odd
    return (CaseKind.PRINT_INCONSISTENT, "印刷結果が申請の内容と合わない", odd) if odd else None


#: How a case names what was reported, and the state that was known before.
_WORDS = {
    RequestState.MADE: "作成済",
    RequestState.SENT: "送付済",
    RequestState.PRINTED: "印刷完了",
    RequestState.FAILED: "印刷失敗",
    RequestState.CANCELLED: "取消",
    RequestState.UNKNOWN: "印刷不明",
}


def _outcome_in_words(state: RequestState) -> str:
    return _WORDS.get(state, state.value)


def _open_case(
    connection: psycopg.Connection,
    acting: Acting,
    stored: JournalRequest | None,
    report: ReportedPrint,
    *,
    request_id: str,
    municipality_code: str,
    standing: ReportStanding,
) -> str | None:
    found = _what_is_odd(stored, report, standing)
    if found is None:
        return None
    kind, summary, odd = found
    known = (
        "この申請の受付はない"
        if stored is None
        else f"報告前の状態: {_outcome_in_words(stored.state)}、申請 {stored.copies}部"
    )
    said = (
        f"報告の内容: {_outcome_in_words(report.outcome)}、印刷 {report.copies_printed}部、収納 {report.fee_paid:,}円"
    )
    return cases.open_case(
        connection,
        acting,
        municipality_code=municipality_code,
        kind=kind,
        summary=summary,
        request_id=request_id,
        evidence=(said, known, *odd),
    )
