"""Rules about papers: each equals the facts of one generation valid at its time, and is about the card's owner."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from kofu_proof.expected import Asked, NothingToSayError, differences, expected
from kofu_proof.feeds import Cells, Facts, play
from kofu_proof.history import Copy, History, Request
from kofu_proof.index import Index
from kofu_proof.reading import Says, read
from kofu_proof.violations import Violation
from kofu_proof.words import UnreadablePaperError


@dataclass(frozen=True, slots=True)
class _Told:
    """What papers are held against."""

    history: History
    index: Index
    facts: dict[int, Facts]


def check_papers(history: History, index: Index) -> Iterator[Violation]:
    """Hold every paper that left against the journal, the feeds and the card."""
    if history.papers is None or history.feeds is None:
        return
    told = _Told(history, index, play(history.feeds, history.generations))
    for sha256, request_id in sorted(index.left.items()):
        path = history.papers / f"{sha256}.pdf"
        where = f"request {request_id} paper {sha256[:12]}"
        if not path.exists():
            yield Violation("paper.kept", where, "a paper that left is not in the history")
            continue
        pdf = path.read_bytes()
        if hashlib.sha256(pdf).hexdigest() != sha256:
            yield Violation("paper.kept", where, "a paper's bytes are not those that left")
            continue
        request, copy = index.requests.get(request_id), index.copy_of.get(sha256)
        if request is None or copy is None or copy.request_id != request_id:
            yield Violation("paper.journal", where, "a paper left that the journal does not have for this request")
        else:
            yield from _check(told, request, copy, pdf, where)


def _check(told: _Told, request: Request, copy: Copy, pdf: bytes, where: str) -> Iterator[Violation]:
    if request.generation is None or request.generation not in told.facts or request.as_of is None:
        yield Violation("paper.generation", where, "the journal names no generation that was ever activated")
        return
    yield from _active_at_its_time(told.index, request, where)
    yield from _owner(told.facts[request.generation], request, request.as_of, where)
    try:
        says = read(pdf)
    except UnreadablePaperError as error:
        yield Violation("paper.said", where, f"the paper cannot be read: {error}")
        return
    if says.number != copy.certificate_number:
        yield Violation("paper.number", where, "the paper bears another number than its copy in the journal")
    wrong = _differs(told, request.generation, request, says)
    if wrong:
        equal = [number for number in told.facts if not _differs(told, number, request, says)]
        found = "equals generation " + " ".join(map(str, equal)) if equal else "values " + " ".join(wrong)
        what = "the paper does not say what its generation says of the card's owner"
        yield Violation("paper.said", where, what, (f"generation {request.generation}", found))


def _differs(told: _Told, generation: int, request: Request, says: Says) -> tuple[str, ...]:
    """Name what the paper says otherwise than a generation does of the owner the card had in the journal's."""
    card = told.facts[request.generation or generation].card(request.serial)
    owner = card["addressee_number"] if card is not None else ""
    asked = Asked(
        request.kind, request.fiscal_year, request.as_of or date.min, told.history.era_change, request.plate_number
    )
    try:
        return differences(says, expected(told.facts[generation], owner, asked))
    except NothingToSayError as nothing:
        return (str(nothing),)


def _owner(at: Facts, request: Request, as_of: date, where: str) -> Iterator[Violation]:
    """P1, P7: the person is the card's owner; the card was valid and the owner a resident in that generation."""
    card = at.card(request.serial)
    if card is None or card["addressee_number"] != request.addressee_number:
        yield Violation("paper.owner", where, "the journal's person is not the owner of the card")
        return
    if card["status"] != "valid" or not _within(card, as_of):
        yield Violation("paper.owner", where, "the card was not valid", (f"generation {request.generation}",))
    resident = at.resident(request.addressee_number)
    if resident is None or resident["status"] != "resident":
        yield Violation("paper.owner", where, "the owner was no resident", (f"generation {request.generation}",))


def _within(card: Cells, as_of: date) -> bool:
    return date.fromisoformat(card["valid_from"]) <= as_of <= date.fromisoformat(card["valid_to"])


def _active_at_its_time(index: Index, request: Request, where: str) -> Iterator[Violation]:
    """P6: its generation was active at some moment between the first asking and the paper's leaving."""
    if request.generation is None or request.generation not in index.active or not index.asked:
        return
    begins, ends = index.active[request.generation]
    asked, left = index.asked.get(request.request_id), index.left_at.get(request.request_id)
    if asked is None or left is None:
        return
    if left < begins or asked > ends:
        evidence = (f"generation {request.generation} active {begins} to {ends}", f"asked {asked} left {left}")
        yield Violation("paper.generation", where, "its generation was not active at its time", evidence)
