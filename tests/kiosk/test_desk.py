"""What the kiosk does at each touch, against a centre that answers well, badly, or not at all."""

from __future__ import annotations

import dataclasses
import threading
from datetime import UTC, datetime

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.kiosk.desks import TO_PAY
from tests.kiosk.doubles import Clock, FakeCenter, body, desk_of, error, issued, menu

from kofu.contracts.issuing import PrintOutcome
from kofu.core.errors import ResidentFault
from kofu.kiosk.domain.printing import PrintFailure
from kofu.kiosk.domain.screens import SECONDS, Screen
from kofu.kiosk.printing import PrinterFault, SimulatedPrinter
from kofu.kiosk.underway import report_left
from kofu.kiosk.visit import GRACE_SECONDS, KioskVisit


def walk(desk, visit, touches) -> None:
    for event, value in touches:
        desk.touch(visit, event, value)


PAY = (("insert", "500"),)


@pytest.fixture
def to_pay(tmp_path):
    def go(center, **parts):
        clock = Clock()
        desk, visit = desk_of(center, clock, tmp_path, **parts), KioskVisit(entered_at=clock())
        walk(desk, visit, TO_PAY)
        return desk, visit, clock

    return go


def left_of(visit: KioskVisit) -> dict[str, object]:
    """What a visit still knows of a resident: everything but how the screens look, and money handed back."""
    looks = {"large", "contrast", "reach", "by_voice"}
    kept = {"token", "language", "screen", "entered_at", "fault", "lock", "returned", *looks}
    values = {field.name: getattr(visit, field.name) for field in dataclasses.fields(visit) if field.name not in kept}
    return {name: value for name, value in values.items() if value}


def test_the_whole_path_is_reported_as_printed_and_the_session_ended(to_pay) -> None:
    center = FakeCenter()
    desk, visit, _ = to_pay(center)
    assert (visit.screen, visit.fee, visit.card) == (Screen.PAY, 400, None)
    walk(desk, visit, PAY)
    assert visit.screen is Screen.PAPER
    assert (visit.receipt.till.taken, visit.receipt.till.change, visit.receipt.returned) == (500, 100, 0)
    assert desk.journal.left() == []
    assert [(r.outcome, r.copies_printed, r.fee_paid) for r in center.reports] == [(PrintOutcome.PRINTED, 2, 400)]
    desk.touch(visit, "taken", "")
    assert visit.screen is Screen.ERASED
    assert left_of(visit) == {}
    assert center.ended == 1


@pytest.mark.parametrize("event", ["cancel", "timeout"])
def test_giving_up_at_the_payment_is_reported_as_cancelled(to_pay, event) -> None:
    center = FakeCenter()
    desk, visit, _ = to_pay(center)
    desk.touch(visit, event, "")
    assert [(r.outcome, r.fee_paid) for r in center.reports] == [(PrintOutcome.CANCELLED, 0)]
    assert left_of(visit) == {}
    assert center.ended == 1


@pytest.mark.parametrize(
    ("fault", "outcome", "copies", "fee"),
    [
        (PrinterFault(PrintFailure.JAM, 1), PrintOutcome.FAILED, 0, 0),
        (PrinterFault(PrintFailure.OUT_OF_PAPER, 2), PrintOutcome.FAILED, 0, 0),
        (PrinterFault(PrintFailure.JAM, 3), PrintOutcome.FAILED, 1, 200),
        (PrinterFault(PrintFailure.JAM, 4), PrintOutcome.FAILED, 1, 200),
        (PrinterFault(PrintFailure.POWER_CUT, 1), PrintOutcome.UNKNOWN, 0, 400),
        (PrinterFault(PrintFailure.POWER_CUT, 4), PrintOutcome.UNKNOWN, 1, 400),
    ],
)
def test_a_printer_that_fails_leaves_no_document_and_only_whole_copies_are_paid(
    to_pay, fault, outcome, copies, fee
) -> None:
    """Two copies of two pages: what stopped halfway is paid back; after a power cut somebody has to look first."""
    center = FakeCenter()
    desk, visit, _ = to_pay(center)
    visit.fault = fault
    walk(desk, visit, [("emoney", "emoney")])
    assert visit.screen is Screen.PRINT_FAILED
    assert visit.answer is None
    assert [(r.outcome, r.copies_printed, r.fee_paid) for r in center.reports] == [(outcome, copies, fee)]
    assert visit.receipt.returned == 400 - fee
    assert desk.journal.left() == []


def test_paper_that_runs_out_fails_and_takes_the_kiosk_out_of_service(tmp_path) -> None:
    """Two copies were promised while two sheets lay in the tray; somebody took one."""
    center = FakeCenter()
    desk, visit = desk_of(center, Clock(), tmp_path, sheets=2), KioskVisit()
    walk(desk, visit, TO_PAY)
    desk.machine.load(1)
    walk(desk, visit, PAY)
    assert (visit.screen, visit.ended.copies, visit.ended.problem) == (
        Screen.PRINT_FAILED,
        1,
        PrintFailure.OUT_OF_PAPER,
    )
    assert [(r.outcome, r.copies_printed, r.fee_paid) for r in center.reports] == [(PrintOutcome.FAILED, 1, 200)]
    with pytest.raises(ResidentFault):
        desk.touch(KioskVisit(), "start", "")
    desk.machine.load(5)
    desk.touch(KioskVisit(), "start", "")


def test_no_more_copies_are_offered_than_there_is_paper(tmp_path) -> None:
    desk, visit = desk_of(FakeCenter(), Clock(), tmp_path, sheets=1), KioskVisit()
    walk(desk, visit, TO_PAY[:6])
    assert desk.copies_max(visit) == 1
    with pytest.raises(ResidentFault):
        desk.touch(visit, "choose", "2")


def test_coins_add_up_and_come_back_when_the_resident_gives_up(to_pay) -> None:
    center = FakeCenter()
    desk, visit, _ = to_pay(center)
    walk(desk, visit, [("insert", "100"), ("insert", "50")])
    assert (visit.screen, visit.till.remaining, center.reports) == (Screen.PAY, 250, [])
    desk.touch(visit, "cancel", "")
    assert (visit.screen, visit.returned) == (Screen.ERASED, 150)
    assert [(r.outcome, r.fee_paid) for r in center.reports] == [(PrintOutcome.CANCELLED, 0)]
    desk.touch(visit, "timeout", "")
    assert visit.returned == 0


def test_e_money_without_enough_on_it_takes_nothing_and_prints_nothing(to_pay) -> None:
    center = FakeCenter()
    desk, visit, _ = to_pay(center)
    desk.touch(visit, "emoney", "empty_card")
    assert (visit.screen, visit.till.emoney_short, center.reports) == (Screen.PAY, True, [])
    walk(desk, visit, [("insert", "100"), ("emoney", "emoney")])
    assert (visit.screen, visit.receipt.till.taken, visit.receipt.till.change) == (Screen.PAPER, 400, 100)


def test_money_that_is_stuck_is_named_to_the_resident_and_reported_to_the_ward(to_pay) -> None:
    """Cancelled, and yet money stays: the ward opens a case about the sum in the machine."""
    center = FakeCenter()
    desk, visit, _ = to_pay(center)
    walk(desk, visit, [("insert", "100"), ("jam", "")])
    assert (visit.screen, visit.answer, visit.receipt.till.inserted) == (Screen.STUCK, None, 200)
    assert [(r.outcome, r.copies_printed, r.fee_paid) for r in center.reports] == [(PrintOutcome.CANCELLED, 0, 200)]
    desk.touch(visit, "cancel", "")
    assert left_of(visit) == {}


def test_nothing_that_is_no_payment_prints(to_pay) -> None:
    desk, visit, _ = to_pay(FakeCenter())
    for event, value in (("print", ""), ("insert", "5"), ("insert", "-500"), ("insert", "５００"), ("emoney", "gold")):
        with pytest.raises(ResidentFault):
            desk.touch(visit, event, value)
    assert (visit.screen, visit.till.inserted) == (Screen.PAY, 0)


def test_nobody_can_cancel_while_it_prints_and_progress_is_told_page_by_page(to_pay) -> None:
    """The printer's thread stands still at its second page until the test lets it go on."""
    at_two, go_on = threading.Event(), threading.Event()
    pages: list[int] = []

    def sleep(_: float) -> None:
        pages.append(len(pages) + 1)
        if len(pages) == 2:
            at_two.set()
            assert go_on.wait(10)

    threads: list[threading.Thread] = []

    def run(work) -> None:
        threads.append(threading.Thread(target=work))
        threads[0].start()

    desk, visit, _ = to_pay(FakeCenter(), run=run)
    desk = dataclasses.replace(desk, printer=SimulatedPrinter(desk.machine, page_seconds=0, sleep=sleep))
    walk(desk, visit, PAY)
    assert at_two.wait(10)
    assert (visit.screen, visit.page, visit.job.pages) == (Screen.PRINTING, 2, 4)
    for event in ("cancel", "timeout", "back", "taken", "insert"):
        with pytest.raises(ResidentFault):
            desk.touch(visit, event, "")
    assert [job.request_id for job in desk.journal.left()] == [visit.request_id]
    go_on.set()
    threads[0].join(10)
    assert (visit.screen, pages) == (Screen.PAPER, [1, 2, 3, 4])
    assert desk.journal.left() == []


def test_a_result_the_centre_does_not_hear_is_kept_and_told_when_it_answers(to_pay) -> None:
    center = FakeCenter(instead={"print-result": lambda _: error(503, "database_unavailable")})
    desk, visit, _ = to_pay(center)
    walk(desk, visit, PAY)
    assert visit.screen is Screen.PAPER  # the paper is not kept from its resident
    kept = desk.journal.concluded()
    assert [(job.request_id, job.result.outcome, job.result.copies_printed) for job in kept] == [
        (visit.request_id, "printed", visit.copies)
    ]
    center.instead.clear()
    assert report_left(desk.journal, desk.center, kept, datetime.now(UTC)) == []
    assert [report.outcome for report in center.reports] == ["printed"]
    assert desk.journal.left() == []


def test_a_program_of_the_printer_that_breaks_leaves_the_outcome_unknown(to_pay) -> None:
    class Broken:
        shows_paper = False

        def print(self, *_: object) -> object:
            raise OSError("the cable")

    center = FakeCenter()
    desk, visit, _ = to_pay(center, printer=Broken())
    walk(desk, visit, PAY)
    assert (visit.screen, visit.ended.known, visit.answer) == (Screen.PRINT_FAILED, False, None)
    assert [r.outcome for r in center.reports] == [PrintOutcome.UNKNOWN]


def test_a_paper_nobody_takes_is_erased_and_warned_of_until_somebody_does(to_pay) -> None:
    """取り忘れ: the data go when the time is over; the screen and the voice go on."""
    center = FakeCenter()
    desk, visit, clock = to_pay(center)
    walk(desk, visit, PAY)
    with pytest.raises(ResidentFault):
        desk.touch(visit, "cancel", "")  # it lies in the tray: it has to be taken
    desk.touch(visit, "timeout", "")
    assert (visit.screen, visit.answer, center.ended) == (Screen.LEFT_PAPER, None, 1)
    clock.seconds += 10_000
    assert not visit.overdue(clock())
    desk.touch(visit, "taken", "")
    assert visit.screen is Screen.ERASED
    assert left_of(visit) == {}


def test_a_refusal_is_shown_before_paying_and_forgotten_with_the_next_choice(to_pay) -> None:
    center = FakeCenter(refuse=True)
    desk, visit, _ = to_pay(center)
    assert visit.screen is Screen.REFUSED
    assert visit.refusal is not None
    with pytest.raises(ResidentFault):
        desk.touch(visit, "insert", "500")
    desk.touch(visit, "back", "")
    assert (visit.screen, visit.refusal, visit.kind, visit.request_id) == (Screen.KIND, None, None, "")
    assert center.reports == []


def test_another_persons_answer_is_dropped_and_never_shown(to_pay) -> None:
    """横浜市 2023: the answer of another request is not printed, whatever it holds."""
    center = FakeCenter(instead={"certificate": lambda _: body(issued("f" * 32, b"%PDF another person"))})
    _, visit, _ = to_pay(center)
    assert (visit.screen, visit.trouble) == (Screen.TROUBLE, "answer_of_another_request")
    assert visit.answer is None


def late(_: httpx.Request) -> httpx.Response:
    raise httpx.ReadTimeout("late")


def dead(_: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("dead")


BROKEN = {
    "center_timeout": late,
    "center_unreachable": dead,
    "unreadable_answer": lambda _: httpx.Response(200, content=b"<html>"),
    "center_failed": lambda _: httpx.Response(502, content=b"Bad Gateway"),
    "session_over": lambda _: error(404, "session_over"),
}


@pytest.mark.parametrize("code", BROKEN)
@pytest.mark.parametrize("word", ["sessions", "menu", "certificate"])
def test_whatever_the_centre_fails_at_leads_to_the_trouble_screen_unpaid(tmp_path, word, code) -> None:
    center = FakeCenter()
    desk, visit = desk_of(center, Clock(), tmp_path), KioskVisit()
    for event, value in TO_PAY:
        desk.touch(visit, event, value)
        center.instead[word] = BROKEN[code]  # once the visit began
        if visit.screen is Screen.TROUBLE:
            break
    assert (visit.screen, visit.trouble, visit.till) == (Screen.TROUBLE, code, None)
    desk.touch(visit, "cancel", "")
    if word == "sessions":  # the card lies there
        assert visit.screen is Screen.LEFT_CARD
        desk.touch(visit, "taken", "")
    assert visit.screen is Screen.ERASED
    assert left_of(visit) == {}


@pytest.mark.parametrize("code", BROKEN)
def test_no_visit_begins_while_the_centre_does_not_say_what_there_is(tmp_path, code) -> None:
    """D6: before card and PIN."""
    desk, visit = desk_of(FakeCenter(instead={"menu": BROKEN[code]}), Clock(), tmp_path), KioskVisit()
    with pytest.raises(ResidentFault, match="closed or cannot be reached"):
        desk.touch(visit, "start", "")
    assert visit.screen is Screen.WELCOME
    assert desk.service.now().trouble == code


LYING = {  # where a card lies on the reader: how one gets there
    "cards again": [("start", ""), ("card", "0"), ("back", "")],
    "pin": [("start", ""), ("card", "0")],
    "locked": [("start", ""), ("card", "0"), *[("pin", "0000")] * 3],
    "take_card": [("start", ""), ("card", "0"), ("pin", "1234")],
    "expired": [("start", ""), ("card", "1"), ("pin", "5678")],
}


@pytest.mark.parametrize("event", ["cancel", "timeout"])
@pytest.mark.parametrize("where", LYING)
def test_a_card_on_the_reader_is_watched_on_every_way_out(tmp_path, where, event) -> None:
    """D3: at the lock, with an expired certificate, after giving up, when the time is over."""
    instead = {"sessions": lambda _: error(403, "certificate_expired")} if where == "expired" else {}
    center = FakeCenter(instead=instead)
    clock = Clock()
    desk, visit = desk_of(center, clock, tmp_path), KioskVisit(entered_at=clock())
    walk(desk, visit, LYING[where])
    desk.touch(visit, event, "")
    assert visit.screen is Screen.LEFT_CARD
    assert left_of(visit).keys() == {"card"}  # which card it is; everything else is gone
    clock.seconds += 3600
    desk.abandon(visit)
    for touched in ("cancel", "timeout", "back", "start"):
        with pytest.raises(ResidentFault):
            desk.touch(visit, touched, "")
    assert visit.screen is Screen.LEFT_CARD
    desk.touch(visit, "taken", "")
    assert (visit.screen, left_of(visit)) == (Screen.ERASED, {})


def test_a_card_left_by_somebody_who_walked_away_is_watched_too(tmp_path) -> None:
    """The browser is gone, the clock ends the visit: the card still lies there."""
    clock = Clock()
    desk, visit = desk_of(FakeCenter(), clock, tmp_path), KioskVisit(entered_at=clock())
    walk(desk, visit, LYING["pin"])
    clock.seconds += SECONDS[Screen.PIN] + GRACE_SECONDS + 1
    desk.abandon(visit)
    assert visit.screen is Screen.LEFT_CARD


@pytest.mark.parametrize("code", BROKEN)
def test_a_report_that_does_not_arrive_keeps_nobody_from_the_paper(to_pay, code) -> None:
    """The centre itself reports `unknown` to the ward when the session ends without a result."""
    center = FakeCenter(instead={"print-result": BROKEN[code], "end": BROKEN[code]})
    desk, visit, _ = to_pay(center)
    walk(desk, visit, [*PAY, ("taken", "")])
    assert visit.screen is Screen.ERASED
    assert left_of(visit) == {}


@pytest.mark.parametrize("offered", [menu(is_open=False), menu(max_copies=1)])
def test_a_closed_ward_offers_nothing_and_no_more_copies_than_it_says(tmp_path, offered) -> None:
    center = FakeCenter()
    desk, visit = desk_of(center, Clock(), tmp_path), KioskVisit()
    walk(desk, visit, TO_PAY[:3])
    center.menu = offered
    walk(desk, visit, TO_PAY[3:4])
    if not offered.open:
        assert (visit.screen, visit.trouble) == (Screen.TROUBLE, "closed")
        return
    walk(desk, visit, TO_PAY[4:6])
    with pytest.raises(ResidentFault):
        desk.touch(visit, "choose", "2")


@pytest.mark.parametrize(
    ("upto", "event", "value"),
    [
        (1, "card", "3"),
        (1, "card", "-1"),
        (1, "card", "０"),
        (4, "choose", "passport"),
        (5, "choose", "1999"),
        (6, "choose", "0"),
        (6, "choose", "４"),
        (2, "insert", "500"),
        (0, "erase", ""),
    ],
)
def test_what_was_not_offered_changes_nothing(tmp_path, upto, event, value) -> None:
    desk, visit = desk_of(FakeCenter(), Clock(), tmp_path), KioskVisit()
    walk(desk, visit, TO_PAY[:upto])
    before = (visit.screen, left_of(visit))
    with pytest.raises(ResidentFault):
        desk.touch(visit, event, value)
    assert (visit.screen, left_of(visit)) == before


def test_the_certificate_for_inspection_asks_with_the_plate_and_others_without(tmp_path, to_pay) -> None:
    center = FakeCenter()
    desk, visit = desk_of(center, Clock(), tmp_path), KioskVisit()
    walk(desk, visit, [*TO_PAY[:4], ("choose", "vehicle_inspection"), ("choose", "2026")])
    assert visit.screen is Screen.PLATE
    walk(desk, visit, [("plate", "見本 580 あ １２－３４"), ("choose", "1"), ("request", "")])
    assert center.requests[0].plate_number == "見本 580 あ 12-34"
    to_pay(center)
    assert center.requests[1].plate_number is None


def test_an_iphone_needs_no_pin_and_a_wrong_pin_opens_no_session(tmp_path) -> None:
    center = FakeCenter(instead={"sessions": late})
    desk, visit = desk_of(center, Clock(), tmp_path), KioskVisit()
    walk(desk, visit, [("start", ""), ("card", "0"), ("pin", "0000")])
    assert (visit.screen, visit.pin_was_wrong) == (Screen.PIN, True)  # the centre was not asked
    phone = KioskVisit()
    walk(desk_of(FakeCenter(), Clock(), tmp_path), phone, [("start", ""), ("card", "2")])
    assert phone.screen is Screen.TAKE_CARD


def test_every_request_has_an_id_of_its_own(to_pay) -> None:
    center = FakeCenter()
    to_pay(center)
    to_pay(center)
    first, second = center.requests
    assert first.request_id != second.request_id


def test_a_visit_whose_browser_is_gone_is_reported_and_erased(to_pay) -> None:
    center = FakeCenter()
    desk, visit, clock = to_pay(center)
    desk.abandon(visit)
    assert visit.screen is Screen.PAY  # its time is not over
    clock.seconds += SECONDS[Screen.PAY] + GRACE_SECONDS + 1
    desk.abandon(visit)
    assert visit.screen is Screen.ERASED
    assert [r.outcome for r in center.reports] == [PrintOutcome.CANCELLED]
    assert left_of(visit) == {}


def test_a_kiosk_out_of_service_begins_no_visit_and_ends_those_underway(to_pay) -> None:
    desk, visit, _ = to_pay(FakeCenter())
    desk.machine.serve(in_service=False)
    with pytest.raises(ResidentFault):
        desk.touch(KioskVisit(), "start", "")
    walk(desk, visit, PAY)
    assert visit.screen is Screen.PAPER


EVENTS = [
    *("start", "card", "pin", "taken", "choose", "plate", "request", "insert", "emoney", "print", "jam"),
    *("back", "cancel", "timeout", "more_time"),
]
VALUES = [
    *("", "0", "1", "2", "1234", "0000", "taxation", "vehicle_inspection", "2026", "見本 580 あ 12-34"),
    *("100", "500", "emoney", "empty_card"),
]


@settings(max_examples=120, deadline=None)
@given(
    touches=st.lists(st.tuples(st.sampled_from(EVENTS), st.sampled_from(VALUES)), max_size=40),
    onward=st.integers(0, len(TO_PAY)),
    refuse=st.booleans(),
    fault=st.builds(PrinterFault, st.sampled_from(list(PrintFailure)), st.integers(1, 4)),
)
def test_wherever_somebody_wanders_nothing_is_left_after_the_end(
    tmp_path_factory, touches, onward, refuse, fault
) -> None:
    center = FakeCenter(refuse=refuse)
    desk, visit = desk_of(center, Clock(), tmp_path_factory.mktemp("kiosk")), KioskVisit()
    visit.fault = fault
    for event, value in (*TO_PAY[:onward], *touches):
        try:
            desk.touch(visit, event, value)
        except ResidentFault:
            continue
        if visit.screen in {Screen.ERASED, Screen.WELCOME}:
            assert left_of(visit) == {}
        if visit.screen in {Screen.KIND, Screen.CONFIRM, Screen.PAY, Screen.PAPER}:
            assert visit.card is None
        assert (visit.answer is not None) == (visit.screen in {Screen.PAY, Screen.PRINTING, Screen.PAPER})
    assert len({report.request_id for report in center.reports}) == len(center.reports)  # each reported once
