"""Rules about what was told and what left: by request, in the order things were seen from outside."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping

from kofu_proof.history import WITHOUT_PAPER, Event, History, Request
from kofu_proof.index import EVER, Index
from kofu_proof.violations import Violation


def check_outcomes(history: History, index: Index) -> Iterator[Violation]:
    """P11, P9: one outcome for ever, and what the journal says is what was told."""
    if "events" not in history.has:
        return
    for request_id, events in sorted(index.of_request.items()):
        if request_id:
            yield from _one_outcome(index, request_id, events)
    for event in index.events.get("left", []):
        if event.outcome == "issued" and not event.durable:
            what = "a paper left before journal and audit entry were durable"
            yield Violation("record.before", f"request {event.request}", what, (f"at {event.at}",))


def _one_outcome(index: Index, request_id: str, events: list[Event]) -> Iterator[Violation]:
    where = f"request {request_id}"
    request = index.requests.get(request_id)
    told = [event for event in events if event.event == "left" and event.outcome != "error"]
    taken = [event for event in events if event.event == "answer" and event.outcome == "issued"]
    printed = [event for event in events if event.event == "printed"]
    refused = [event for event in told if event.outcome == "refused"]
    if (taken or printed) and (request is None or request.state in WITHOUT_PAPER):
        state = "absent" if request is None else request.state
        at = (taken or printed)[0].at
        what = "handed out, and the journal says that nothing was"
        yield Violation("outcome.handed_refused", where, what, (f"at {at}", f"journal {state}"))
    if refused and (taken or printed):
        what = "refused, and handed out"
        evidence = (f"refused at {refused[0].at}", f"handed out at {(taken or printed)[0].at}")
        yield Violation("outcome.refused_handed", where, what, evidence)
    if refused and request is not None and request.state not in WITHOUT_PAPER:
        what = "refused, and the journal does not say so"
        yield Violation("outcome.refused_handed", where, what, (f"at {refused[0].at}", f"journal {request.state}"))
    yield from _same_again(where, told, events)
    handed = sum(event.copies for event in printed)
    if request is not None and (len(printed) > 1 or handed > request.copies):
        what = "more was printed than was asked for"
        yield Violation("outcome.printed", where, what, (f"{handed} of {request.copies} in {len(printed)} prints",))


def _same_again(where: str, told: list[Event], events: list[Event]) -> Iterator[Violation]:
    """Hold what is told to what was told first: the same paper, the same refusal; once "not again", never again."""
    papers = {event.documents for event in told if event.outcome == "issued"}
    codes = {event.code for event in told if event.outcome == "refused"}
    over = [event for event in told if event.outcome == "answered_before"]
    if len(papers) > 1:
        yield Violation("outcome.same", where, "two papers of one request", (f"{len(papers)} kinds of documents",))
    if len(codes) > 1:
        yield Violation("outcome.same", where, "refused in two ways", tuple(sorted(codes)))
    if len({event.code for event in over}) > 1:
        yield Violation("outcome.same", where, "told in two ways that it was answered before")
    first = min((event.at for event in over), default=EVER)
    asked_after = {event.message for event in events if event.event == "ask" and event.at > first}
    again = [event for event in told if event.outcome == "issued" and event.message in asked_after]
    if again:
        what = "handed out again after it was told that it would not be"
        yield Violation("outcome.same", where, what, (f"told at {first}", f"handed out at {again[0].at}"))


def check_holds_and_stops(history: History, index: Index) -> Iterator[Violation]:
    """P7: nothing left after a hold or a stop was acknowledged, and before somebody began to end it.

    A paper seen late is told by when it was asked for: asked for after the acknowledgement, it left after it.
    """
    yield from (violation for violation, sure in _after_hold_or_stop(history, index) if sure)


def undecided_leavings(history: History, index: Index) -> int:
    """Count the holds and stops after which a paper may have left that was seen too late to tell."""
    return sum(not sure for _, sure in _after_hold_or_stop(history, index))


def _after_hold_or_stop(history: History, index: Index) -> Iterator[tuple[Violation, bool]]:
    """Give what was seen to leave after a hold or stop, and whether it is sure that it left then."""
    if "events" not in history.has:
        return
    usable = {event.message for event in index.events.get("answer", []) if event.outcome == "issued"}
    papers = [event for event in index.events.get("left", []) if event.outcome == "issued" and event.message in usable]
    asked = {event.message: event.at for event in index.events.get("ask", [])}
    for acknowledged in index.events.get("stop_acknowledged", []):
        ends = _first_after(index, "stop_lifting", acknowledged)
        if (found := _seen_between(papers, asked, acknowledged.at, ends)) is not None:
            evidence = (f"acknowledged at {acknowledged.at}", f"request {found[0].request} left at {found[0].at}")
            where = f"stop {acknowledged.stop}"
            yield Violation("stop.left", where, "a paper left after the stop", evidence), found[1]
    yield from _left_after_hold(history, index, papers, asked)


def _seen_between(
    papers: Iterable[Event], asked: Mapping[str, int], begins: int, ends: int
) -> tuple[Event, bool] | None:
    """Find the first paper that left between two moments, one of which that is sure before any other."""
    seen = sorted((event for event in papers if begins < event.at < ends), key=lambda one: one.at)
    sure = [event for event in seen if not event.late or asked.get(event.message, 0) > begins]
    if sure:
        return sure[0], True
    return (seen[0], False) if seen else None


def _left_after_hold(
    history: History, index: Index, papers: list[Event], asked: Mapping[str, int]
) -> Iterator[tuple[Violation, bool]]:
    of_hold = {hold.hold_id: hold for hold in history.holds}
    about: dict[tuple[str, str | None], list[Event]] = defaultdict(list)
    for event in papers:
        request = index.requests.get(event.request)
        if request is not None:
            about["card", request.serial].append(event)
            about["person", request.addressee_number].append(event)
    for acknowledged in index.events.get("hold_acknowledged", []):
        hold = of_hold.get(acknowledged.hold)
        if hold is None or acknowledged.released:
            continue
        ends = _first_after(index, "hold_releasing", acknowledged)
        of_card = about.get(("card", hold.serial), []) if hold.serial is not None else []
        of_person = about.get(("person", hold.addressee_number), []) if hold.addressee_number is not None else []
        if (found := _seen_between((*of_card, *of_person), asked, acknowledged.at, ends)) is not None:
            evidence = (f"acknowledged at {acknowledged.at}", f"request {found[0].request} left at {found[0].at}")
            yield Violation("hold.left", f"hold {hold.hold_id}", "a paper left after the hold", evidence), found[1]


def _first_after(index: Index, what: str, acknowledged: Event) -> int:
    """When somebody began to end a hold or stop: before that was acknowledged, it stands for nothing."""
    return index.first.get((what, acknowledged.hold, acknowledged.stop), EVER)


def check_numbers(history: History, index: Index) -> Iterator[Violation]:
    """P4: no certificate number twice, none missing: every copy asked for has one, every paper's is in the journal."""
    if "copies" not in history.has:
        return
    for number, count in Counter(copy.certificate_number for copy in history.copies).items():
        if count > 1:
            yield Violation(
                "numbers.once", f"number {number}", "a certificate number stands twice", (f"{count} times",)
            )
    yield from (found for request in history.requests for found in _numbered(index, request))
    for event in (one for one in index.events.get("left", []) if one.outcome == "issued"):
        known = {copy.certificate_number: copy.sha256 for copy in index.copies.get(event.request, [])}
        if dict(event.documents) != known or len(event.documents) != len(known):
            what = "papers left that are not the copies of the journal"
            yield Violation("numbers.all", f"request {event.request}", what, (f"at {event.at}",))


def _numbered(index: Index, request: Request) -> Iterator[Violation]:
    copies = index.copies.get(request.request_id, [])
    where = f"request {request.request_id}"
    if request.state in WITHOUT_PAPER - {"withheld"} or request.state == "received":
        if copies:
            yield Violation("numbers.all", where, "copies of a request that made none", (f"state {request.state}",))
    elif sorted(copy.copy for copy in copies) != list(range(1, request.copies + 1)):
        evidence = (f"{len(copies)} copies of {request.copies}",)
        yield Violation("numbers.all", where, "not every copy asked for has its number", evidence)


def check_ends(history: History, index: Index) -> Iterator[Violation]:
    """Each request came to an end (faults.md A6): at the end of a history none stands as received."""
    for request in history.requests:
        if request.state == "received" and index.of_request.get(request.request_id):
            yield Violation("outcome.ended", f"request {request.request_id}", "never decided")
