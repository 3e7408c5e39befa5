"""Clauses about certificate requests: outcomes, duplicates, deadlines, and each person's own paper."""

from __future__ import annotations

import hashlib
import time
from datetime import timedelta

import msgspec
import pypdfium2

from kofu.conformance.asking import (
    REQUESTS,
    Asking,
    Broken,
    outcome_of,
    require_error,
    require_status,
    text_of,
    together,
)
from kofu.conformance.clauses import Clause, clause
from kofu.contracts.issuing import Issued, Menu, Outcome, Refused
from kofu.contracts.papers_beside import PAPERS_BESIDE, decode_beside
from kofu.contracts.unreadable import UNREADABLE

#: Two computers' clocks, and the way of the last bytes.
SLACK = timedelta(seconds=1)
NEAR_DEADLINE_SECONDS = 4.0
COPIES = 2


@clause("issue.document", "One document per copy: its page count, SHA-256 (hex) of the PDF, and the PDF itself.")
def issue_document(asking: Asking) -> None:
    """Ask for two copies and look at each."""
    answer = asking.issued(asking.request(asking.plan.subjects[0], copies=COPIES))
    if len(answer.documents) != COPIES:
        raise Broken(f"{len(answer.documents)} documents for {COPIES} copies")
    for document in answer.documents:
        if hashlib.sha256(document.pdf).hexdigest() != document.sha256:
            raise Broken("sha256 is not the digest of pdf")
        text_of(document.pdf)
        if len(pypdfium2.PdfDocument(document.pdf)) != document.pages:
            raise Broken("pages is not the number of pages of pdf")
    if answer.fee_per_copy < 0:
        raise Broken("the fee is negative")


@clause(
    "issue.papers-beside",
    "Who names application/vnd.kofu.issued in Accept gets issued papers behind the message, or in it, as JSON (1.0).",
)
def papers_beside(asking: Asking) -> None:
    """Ask for one request in both forms: the same papers, whichever form the server has."""
    question = asking.request(asking.plan.subjects[0], copies=COPIES)
    response = asking.post(REQUESTS, question, accept=f"{PAPERS_BESIDE}, application/json")
    if response.headers.get("content-type", "").partition(";")[0] != PAPERS_BESIDE:
        outcome_of(response, question.request_id)
        return
    require_status(response, 200)
    try:
        answer = decode_beside(response.content)
    except UNREADABLE as error:
        raise Broken(f"the papers behind the message are not of the contract: {error}") from error
    require_same(answer, asking.issued(question))


@clause("issue.numbers", "One document per copy: its 発行番号.")
def issue_numbers(asking: Asking) -> None:
    """Let two persons ask for two copies each; no number may come twice."""
    first, second = (asking.request(subject, copies=COPIES) for subject in asking.plan.subjects[:2])
    answers = [asking.issued(question) for question in (first, second)]
    numbers = [document.certificate_number for answer in answers for document in answer.documents]
    if len(set(numbers)) != len(numbers):
        raise Broken("two copies bear the same 発行番号")
    if not all(numbers):
        raise Broken("a copy bears no 発行番号")


@clause("issue.own-paper", "The outcome is of the request whose id it bears: each person gets the own paper.")
def own_paper(asking: Asking) -> None:
    """Let all subjects ask one after another; each paper bears its subject's mark and nobody else's."""
    for subject in asking.plan.subjects:
        require_own(asking, subject.mark, asking.issued(asking.request(subject)))


@clause("issue.same-second", "Two persons who ask at the same moment: each gets the own paper (P1, P4).")
def same_second(asking: Asking) -> None:
    """Let all subjects ask at once, several times."""
    subjects = asking.plan.subjects
    seen: list[str] = []
    for _ in range(asking.plan.rounds):
        answers = together(*(lambda subject=subject: asking.issued(asking.request(subject)) for subject in subjects))
        for subject, answer in zip(subjects, answers, strict=True):
            require_own(asking, subject.mark, answer)
            seen += [document.certificate_number for document in answer.documents]
    if len(set(seen)) != len(seen):
        raise Broken("two persons who asked at once got the same 発行番号")


@clause("refusal.unknown-serial", "A refusal decided by the ward: a stable code, text and next step in two languages.")
def unknown_serial(asking: Asking) -> None:
    """Ask for a serial nobody has."""
    question = asking.request(asking.plan.subjects[0])
    answer = asking.outcome(msgspec.structs.replace(question, serial=asking.plan.unknown_serial))
    if not isinstance(answer, Refused):
        raise Broken("a certificate was issued for a serial nobody has")
    if not all((answer.resident_text.ja, answer.resident_text.en, answer.next_step.ja, answer.next_step.en)):
        raise Broken("a text of the refusal is empty")


@clause("municipality.request", "404: another municipality.")
def wrong_municipality(asking: Asking) -> None:
    """Ask for another municipality's certificate."""
    question = asking.request(asking.plan.subjects[0])
    question = msgspec.structs.replace(question, municipality_code=asking.plan.other_municipality_code)
    require_error(asking.post(REQUESTS, question), 404)


@clause("repeat.same-body", "The same id with the same body has the same outcome (P11).")
def same_body(asking: Asking) -> None:
    """Send a request twice."""
    question = asking.request(asking.plan.subjects[0])
    require_same(asking.issued(question), asking.issued(question))


@clause("repeat.at-once", "The same id with the same body has the same outcome (P11), at the same moment too.")
def same_at_once(asking: Asking) -> None:
    """Send a request twice at once. One of the two may be told to come again (503)."""
    question = asking.request(asking.plan.subjects[0])
    first, second = together(*[lambda: asking.post(REQUESTS, question)] * 2)
    busy = 503
    answers = [
        outcome_of(response, question.request_id) for response in (first, second) if response.status_code != busy
    ]
    if not answers:
        raise Broken("both were told to come again")
    for answer in (answers[-1], asking.issued(question)):
        require_same(answers[0], answer)


@clause("repeat.other-body", "409: the same request id with another body (P11).")
def other_body(asking: Asking) -> None:
    """Send another person's request under the same id."""
    first, second = asking.plan.subjects[:2]
    question = asking.request(first)
    asking.issued(question)
    require_error(asking.post(REQUESTS, msgspec.structs.replace(question, serial=second.serial)), 409)


@clause("deadline.past", "`deadline`: past it the answer is a refusal, whatever has been made by then (P3).")
def past_deadline(asking: Asking) -> None:
    """Ask with a deadline that is over."""
    if not isinstance(asking.outcome(asking.request(asking.plan.subjects[0], seconds=-60.0)), Refused):
        raise Broken("a certificate was issued after its deadline")


@clause("deadline.kept", "`deadline`: past it the answer is a refusal, whatever has been made by then: no late paper.")
def kept_deadline(asking: Asking) -> None:
    """Ask with a near deadline; a paper comes before it or not at all."""
    question = asking.request(asking.plan.subjects[0], seconds=NEAR_DEADLINE_SECONDS)
    answer = asking.outcome(question)
    if isinstance(answer, Issued) and asking.clock() > question.deadline + SLACK:
        raise Broken("the paper came after the deadline")


@clause("menu", "What the kiosk may offer now: label, fee and years of each kind.")
def menu(asking: Asking) -> None:
    """Read the menu; it names this municipality and offers what the plan asks for."""
    began = time.monotonic()
    response = asking.send("GET", f"/v1/municipalities/{asking.plan.municipality_code}/menu")
    try:
        offered = msgspec.json.decode(response.content, type=Menu)
    except UNREADABLE as error:
        raise Broken(f"answered {response.status_code}, not a Menu: {error}") from error
    if offered.municipality_code != asking.plan.municipality_code:
        raise Broken("the menu is another municipality's")
    kinds = {kind.kind: {year.fiscal_year for year in kind.years} for kind in offered.kinds}
    if asking.plan.fiscal_year not in kinds.get(asking.plan.kind, set()):
        raise Broken(f"the menu does not offer what is issued (asked {time.monotonic() - began:.1f} s)")


@clause("municipality.menu", "404: another municipality.")
def menu_of_another(asking: Asking) -> None:
    """Ask for another municipality's menu."""
    require_error(asking.send("GET", f"/v1/municipalities/{asking.plan.other_municipality_code}/menu"), 404)


def require_own(asking: Asking, mark: str, answer: Issued) -> None:
    """Raise `Broken` unless every paper bears this mark and no other subject's."""
    others = [subject.mark for subject in asking.plan.subjects if subject.mark != mark]
    for document in answer.documents:
        text = text_of(document.pdf)
        if any("".join(other.split()) in text for other in others):
            raise Broken("the paper is another person's")
        if "".join(mark.split()) not in text:
            raise Broken("the paper does not bear its subject's mark")


def require_same(first: Outcome, second: Outcome) -> None:
    """Raise `Broken` unless both say the same: the same refusal, or the same numbers on the same papers."""
    if isinstance(first, Issued) and isinstance(second, Issued):
        papers = [[(one.certificate_number, one.sha256) for one in answer.documents] for answer in (first, second)]
        if papers[0] != papers[1]:
            raise Broken("the repeated request got other papers")
    elif first != second:
        raise Broken("the repeated request got another outcome")


CLAUSES: tuple[Clause, ...] = (
    menu,
    menu_of_another,
    issue_document,
    papers_beside,
    issue_numbers,
    own_paper,
    same_second,
    unknown_serial,
    wrong_municipality,
    same_body,
    same_at_once,
    other_body,
    past_deadline,
    kept_deadline,
)
