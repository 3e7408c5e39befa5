"""The checker finds nothing in a good history, and each rule broken once by its own name."""

from __future__ import annotations

import copy
import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest
from tests.proof.hand_made import ASSESSED, CAR_IN_ARREARS, ONE, SERIALS, TWO, VEHICLES, HandMade, Rows, notice_of

from kofu.core.kinds import CertificateKind
from kofu_proof.check import Checked, check
from kofu_proof.history import UnreadableHistoryError, read_history
from kofu_proof.violations import Violation

pytestmark = pytest.mark.font
A, B, C, D, LATER = "a" * 32, "b" * 32, "c" * 32, "d" * 32, "1" * 32
VEHICLES_PAID, INSPECTED = "2" * 32, "3" * 32


@pytest.fixture(scope="module")
def good(press, tmp_path_factory) -> HandMade:
    return HandMade(press, tmp_path_factory.mktemp("feeds"))


@dataclass
class Broken:
    """A copy of the good history to break."""

    rows: Rows
    papers: dict[str, bytes]
    good: HandMade

    def row(self, file: str, **where: object) -> dict[str, object]:
        return next(row for row in self.rows[file] if all(row.get(name) == value for name, value in where.items()))

    def drop(self, file: str, **where: object) -> None:
        self.rows[file].remove(self.row(file, **where))

    def see(self, event: str, *, before: int | None = None, **what: object) -> None:
        """Put an event at the end, or before the event of that number."""
        events = self.rows["events"]
        place = len(events) if before is None else before - 1
        events.insert(place, {"event": event} | what)
        for at, one in enumerate(events, start=1):
            one["at"] = at

    def at(self, **where: object) -> int:
        return int(str(self.row("events", **where)["at"]))

    def other_paper(self, request: str, person: str, kind: CertificateKind, **changed: object) -> None:
        """Let another paper have left and stand in the journal in the place of the first copy of a request."""
        row = self.row("copies", request_id=request)
        old = str(row["sha256"])
        new = self.good.paper(person, kind, str(row["certificate_number"]), **changed)
        self.papers[new] = self.good.papers[new]
        text = msgspec.json.encode(self.rows["copies"]).replace(old.encode(), new.encode())
        self.rows["copies"] = msgspec.json.decode(text)
        text = msgspec.json.encode(self.rows["events"]).replace(old.encode(), new.encode())
        self.rows["events"] = msgspec.json.decode(text)
        self.rows["audit"] = []


def checked(good: HandMade, folder: Path, change: Callable[[Broken], None] = lambda _: None) -> Checked:
    broken = Broken(copy.deepcopy(good.rows), dict(good.papers), good)
    change(broken)
    used = {str(row["sha256"]) for row in broken.rows["copies"]}
    papers = {name: pdf for name, pdf in broken.papers.items() if name in used}
    return check(read_history(good.write(folder / "history", broken.rows, papers)))


#: A history of certificates has no books of the ledger, and the checker says so.
BOOKS_APART = (
    "books: not wholly decided without books",
    "books.told: not wholly decided without books, told",
)


def rules(result: Checked) -> set[str]:
    return {violation.rule for violation in result.violations}


def test_a_good_history_is_sound_and_wholly_decided(good, tmp_path):
    result = checked(good, tmp_path)
    assert [violation.line() for violation in result.violations] == []
    assert result.undecided == BOOKS_APART
    assert (result.requests, result.papers) == (7, 7)


def another_persons_paper(broken: Broken) -> None:
    broken.other_paper(A, TWO, CertificateKind.TAXATION)


def another_amount(broken: Broken) -> None:
    broken.other_paper(A, ONE, CertificateKind.TAXATION, assessment=ASSESSED[ONE] | {"salary_revenue": 1})


def a_paper_of_an_older_generation(broken: Broken) -> None:
    broken.other_paper(C, TWO, CertificateKind.TAXATION)


def another_number_on_the_paper(broken: Broken) -> None:
    row = broken.row("copies", request_id=LATER)
    changed = str(row["certificate_number"])[:-1] + "9"
    text = msgspec.json.encode(broken.rows).replace(str(row["certificate_number"]).encode(), changed.encode())
    broken.rows = msgspec.json.decode(text)
    broken.rows["audit"] = []


def a_generation_that_was_over(broken: Broken) -> None:
    broken.row("journal", request_id=LATER)["generation"] = 1


def a_generation_to_come(broken: Broken) -> None:
    broken.row("journal", request_id=A)["generation"] = 3


def no_generation(broken: Broken) -> None:
    broken.row("journal", request_id=A)["generation"] = 77


def another_persons_card(broken: Broken) -> None:
    broken.row("journal", request_id=A)["serial"] = SERIALS[TWO]


def another_vehicles_paper(broken: Broken) -> None:
    other = (notice_of(VEHICLES[1]),)
    broken.other_paper(INSPECTED, ONE, CertificateKind.VEHICLE_INSPECTION, collections=other)


def a_vehicle_left_out(broken: Broken) -> None:
    fewer = tuple(map(notice_of, VEHICLES[:2]))
    broken.other_paper(VEHICLES_PAID, ONE, CertificateKind.VEHICLE_PAYMENT, collections=fewer)


def inspected_in_spite_of_arrears_under_an_older_plate(broken: Broken) -> None:
    """小樽市 2016: nothing is owed of this year, and of an older one there is."""
    broken.row("journal", request_id=INSPECTED)["plate_number"] = CAR_IN_ARREARS
    another_vehicles_paper(broken)


def a_paper_not_kept(broken: Broken) -> None:
    del broken.papers[str(broken.row("copies", request_id=A)["sha256"])]


def a_paper_of_other_bytes(broken: Broken) -> None:
    broken.papers[str(broken.row("copies", request_id=A)["sha256"])] = b"%PDF-1.4 something else"


def a_paper_nobody_can_read(broken: Broken) -> None:
    pdf = b"not a paper at all"
    new = hashlib.sha256(pdf).hexdigest()
    old = str(broken.row("copies", request_id=B)["sha256"])
    for file in ("copies", "events"):
        broken.rows[file] = msgspec.json.decode(
            msgspec.json.encode(broken.rows[file]).replace(old.encode(), new.encode())
        )
    broken.papers[new] = pdf


def a_paper_the_journal_does_not_know(broken: Broken) -> None:
    broken.row("copies", request_id=LATER)["request_id"] = B


def a_number_twice(broken: Broken) -> None:
    first, second = broken.rows["copies"][:2]
    second["certificate_number"] = first["certificate_number"]


def a_copy_missing(broken: Broken) -> None:
    broken.drop("copies", request_id=A, copy=2)


def copies_of_a_refusal(broken: Broken) -> None:
    broken.rows["copies"].append(
        broken.row("copies", request_id=A) | {"request_id": D, "certificate_number": "N", "sha256": "0" * 64}
    )


def handed_out_and_refused_in_the_journal(broken: Broken) -> None:
    broken.row("journal", request_id=B)["state"] = "expired"


def handed_out_and_not_in_the_journal(broken: Broken) -> None:
    broken.drop("journal", request_id=B)


def refused_and_then_handed_out(broken: Broken) -> None:
    left = broken.row("events", event="left", request=B)
    broken.see(
        "left", before=broken.at(event="ask", request=B), request=B, message="m-0", outcome="refused", code="too_late"
    )
    assert left["outcome"] == "issued"


def refused_and_made_in_the_journal(broken: Broken) -> None:
    broken.row("journal", request_id=D)["state"] = "made"


def two_papers_of_one_request(broken: Broken) -> None:
    left = broken.row("events", event="left", request=B)
    other = [[left["documents"][0][0], "0" * 64]]
    broken.see("left", request=B, message="m-2", outcome="issued", documents=other)


def refused_in_two_ways(broken: Broken) -> None:
    broken.see("left", request=D, message="m-2", outcome="refused", code="too_late")


def told_in_two_ways(broken: Broken) -> None:
    for number, code in enumerate(("too_late", "already_reported")):
        broken.see("left", request=B, message=f"m-{number}", outcome="answered_before", code=code)


def handed_out_after_it_was_told_it_would_not(broken: Broken) -> None:
    documents = broken.row("events", event="left", request=B)["documents"]
    broken.see("left", request=B, message="m-2", outcome="answered_before", code="too_late")
    broken.see("ask", request=B, message="m-3")
    broken.see("left", request=B, message="m-3", outcome="issued", documents=documents)


def printed_twice(broken: Broken) -> None:
    broken.see("printed", request=B, copies=1)


def never_decided(broken: Broken) -> None:
    broken.row("journal", request_id=D)["state"] = "received"


def left_before_it_was_durable(broken: Broken) -> None:
    broken.row("events", event="left", request=B)["durable"] = False


def left_after_a_hold(broken: Broken) -> None:
    broken.see("hold_acknowledged", before=1, hold="e" * 32, revision=1)


def left_after_a_hold_on_the_card(broken: Broken) -> None:
    hold = {"hold_id": "9" * 32, "revision": 1, "addressee_number": None, "serial": SERIALS[ONE], "released": False}
    broken.rows["holds"].append(hold)
    broken.see("hold_acknowledged", before=1, hold="9" * 32, revision=1)


def left_after_a_stop(broken: Broken) -> None:
    broken.see("stop_acknowledged", before=1, stop="f" * 32)


def a_hold_lost(broken: Broken) -> None:
    broken.drop("holds", revision=2)


def a_report_lost(broken: Broken) -> None:
    broken.drop("reports", request_id=A)


def a_report_twice(broken: Broken) -> None:
    broken.rows["reports"].append(dict(broken.row("reports", request_id=A)))


def a_payment_lost(broken: Broken) -> None:
    broken.drop("money", what="payment")


def a_payment_twice(broken: Broken) -> None:
    broken.rows["money"].append(dict(broken.row("money", what="payment")))


def a_refund_of_another_amount(broken: Broken) -> None:
    broken.row("money", what="refund")["yen"] = 201


def an_entry_out_of_balance(broken: Broken) -> None:
    broken.row("money", what="entry", account="cash")["yen"] = 501


def an_entry_of_the_record_gone(broken: Broken) -> None:
    broken.drop("audit", version=1, sequence=2)


def an_entry_of_the_record_rewritten(broken: Broken) -> None:
    row = broken.row("audit", version=1, sequence=1)
    row["body"] = str(row["body"]).replace("made", "mad3")


def an_instant_of_the_record_moved(broken: Broken) -> None:
    broken.row("audit", version=2, sequence=1)["recorded_at"] = "2026-11-23T02:00:00+00:00"


def a_chain_begun_anew(broken: Broken) -> None:
    broken.row("audit", version=1, sequence=2)["previous_hash"] = "00" * 32


def an_entry_recorded_before_the_one_it_follows(broken: Broken) -> None:
    broken.row("audit", version=1, sequence=2)["recorded_at"] = "2026-11-22T03:00:00+00:00"


def an_entry_of_an_unknown_version(broken: Broken) -> None:
    broken.row("audit", version=1, sequence=1)["version"] = 9


def no_entry_of_a_release(broken: Broken) -> None:
    last = broken.rows["audit"][-1]
    assert '"certificate.release"' in str(last["body"])
    broken.rows["audit"].pop()


def no_entry_of_a_refusal(broken: Broken) -> None:
    broken.row("journal", request_id=D)["refusal_code"] = "under_age"


def a_release_nobody_asked_for(broken: Broken) -> None:
    for file in ("journal", "copies"):
        broken.rows[file] = [row for row in broken.rows[file] if row["request_id"] != LATER]
    broken.rows["events"] = [row for row in broken.rows["events"] if row.get("request") != LATER]


BROKEN: tuple[tuple[str, Callable[[Broken], None]], ...] = (
    ("paper.said", another_persons_paper),
    ("paper.said", another_amount),
    ("paper.said", a_paper_of_an_older_generation),
    ("paper.said", another_vehicles_paper),
    ("paper.said", a_vehicle_left_out),
    ("paper.said", inspected_in_spite_of_arrears_under_an_older_plate),
    ("paper.said", a_paper_nobody_can_read),
    ("paper.number", another_number_on_the_paper),
    ("paper.generation", a_generation_that_was_over),
    ("paper.generation", a_generation_to_come),
    ("paper.generation", no_generation),
    ("paper.owner", another_persons_card),
    ("paper.kept", a_paper_not_kept),
    ("paper.kept", a_paper_of_other_bytes),
    ("paper.journal", a_paper_the_journal_does_not_know),
    ("numbers.once", a_number_twice),
    ("numbers.all", a_copy_missing),
    ("numbers.all", copies_of_a_refusal),
    ("outcome.handed_refused", handed_out_and_refused_in_the_journal),
    ("outcome.handed_refused", handed_out_and_not_in_the_journal),
    ("outcome.refused_handed", refused_and_then_handed_out),
    ("outcome.refused_handed", refused_and_made_in_the_journal),
    ("outcome.same", two_papers_of_one_request),
    ("outcome.same", refused_in_two_ways),
    ("outcome.same", told_in_two_ways),
    ("outcome.same", handed_out_after_it_was_told_it_would_not),
    ("outcome.printed", printed_twice),
    ("outcome.ended", never_decided),
    ("record.before", left_before_it_was_durable),
    ("hold.left", left_after_a_hold),
    ("hold.left", left_after_a_hold_on_the_card),
    ("stop.left", left_after_a_stop),
    ("kept.hold", a_hold_lost),
    ("kept.report", a_report_lost),
    ("kept.report", a_report_twice),
    ("kept.payment", a_payment_lost),
    ("kept.payment", a_payment_twice),
    ("kept.refund", a_refund_of_another_amount),
    ("money.balanced", an_entry_out_of_balance),
    ("record.gap", an_entry_of_the_record_gone),
    ("record.chain", an_entry_of_the_record_rewritten),
    ("record.chain", an_instant_of_the_record_moved),
    ("record.chain", a_chain_begun_anew),
    ("record.chain", an_entry_of_an_unknown_version),
    ("record.order", an_entry_recorded_before_the_one_it_follows),
    ("record.entry", no_entry_of_a_release),
    ("record.entry", no_entry_of_a_refusal),
    ("record.entry", a_release_nobody_asked_for),
)


@pytest.mark.parametrize(("rule", "change"), BROKEN, ids=[change.__name__ for _, change in BROKEN])
def test_a_rule_broken_once_is_found_by_its_name(good, tmp_path, rule, change):
    assert rule in rules(checked(good, tmp_path, change))


def test_the_arrears_of_an_older_plate_are_what_the_judge_finds(good, tmp_path):
    result = checked(good, tmp_path, inspected_in_spite_of_arrears_under_an_older_plate)
    assert [one.evidence[1] for one in result.violations if one.rule == "paper.said"] == [
        "values tax of the vehicle is overdue"
    ]


def test_every_rule_the_checker_knows_is_broken_by_a_history_here():
    source = "".join(path.read_text("utf-8") for path in Path(check.__code__.co_filename).parent.glob("*.py"))
    known = set(re.findall(r'Violation\(\s*"([a-z._]+)"', source))
    by_name = {"kept.payment", "kept.refund"}  # one line of the source names both
    here = {rule for rule in known | by_name if not rule.startswith("books.")}  # those: test_ledger_simulation.py
    assert here == {rule for rule, _ in BROKEN}


def test_what_a_file_short_leaves_undecided_is_said(good, tmp_path):
    rows = {name: lines for name, lines in good.rows.items() if name not in {"events", "money"}}
    result = check(read_history(good.write(tmp_path / "history", rows, good.papers)))
    assert [line.split(":")[0] for line in result.undecided] == [
        "paper", "outcome", "outcome.ended", "hold, stop", "numbers", "kept.report, kept.hold", "money",
        "books", "books.told",
    ]  # fmt: skip


def test_a_line_that_is_not_of_the_format_is_named(good, tmp_path):
    folder = good.write(tmp_path / "history", good.rows, good.papers)
    (folder / "copies.jsonl").write_bytes(b'{"certificate_number": 1}\n')
    with pytest.raises(UnreadableHistoryError, match=r"copies.jsonl, line 1"):
        read_history(folder)


def test_a_violation_takes_no_words_of_a_person():
    with pytest.raises(ValueError, match="ids, states and counts"):
        Violation("paper.said", "request 1", "differs", ("見本　太郎",))


def seen_late(change):
    """The same, seen by a client that had no processor time: all papers of the history were read late."""

    def changed(broken: Broken) -> None:
        change(broken)
        for event in broken.rows["events"]:
            if event["event"] == "left":
                event["late"] = True

    return changed


def acknowledged_between_ask_and_left(broken: Broken) -> None:
    """The hold is acknowledged when the paper was asked for and not yet seen: who sees late cannot tell the order."""
    place = broken.at(event="left", request=A)
    broken.see("hold_acknowledged", before=place, hold="e" * 32, revision=1)


def test_a_paper_seen_late_by_a_starved_client_is_undecided_and_none_that_is_sure(good, tmp_path):
    """The judge takes a client's word for when a paper left only where the client had the time to look."""
    sure = checked(good, tmp_path, acknowledged_between_ask_and_left)
    assert "hold.left" in rules(sure)
    late = checked(good, tmp_path / "history", seen_late(acknowledged_between_ask_and_left))
    assert "hold.left" not in rules(late)
    assert any(line.startswith("hold.left, stop.left: 1 not decided") for line in late.undecided)


def test_a_paper_asked_for_after_the_hold_left_after_it_however_late_it_was_seen(good, tmp_path):
    assert "hold.left" in rules(checked(good, tmp_path, seen_late(left_after_a_hold)))
