"""What the kiosk does at each touch, against a centre that answers well, badly, or not at all."""

from __future__ import annotations

import dataclasses

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.kiosk.doubles import Clock, FakeCenter, body, desk_of, error, issued, menu

from kofu.contracts.issuing import PrintOutcome
from kofu.core.errors import ResidentFault
from kofu.kiosk.desk import PRINTER
from kofu.kiosk.domain.screens import SECONDS, Screen
from kofu.kiosk.visit import GRACE_SECONDS, Visit

TO_PAY = (
    ("start", ""),
    ("card", "0"),
    ("pin", "1234"),
    ("taken", ""),
    ("choose", "taxation"),
    ("choose", "2026"),
    ("choose", "2"),
    ("request", ""),
)


def walk(desk, visit, touches) -> None:
    for event, value in touches:
        desk.touch(visit, event, value)


def to_pay(center):
    clock = Clock()
    desk, visit = desk_of(center, clock), Visit(entered_at=clock())
    walk(desk, visit, TO_PAY)
    return desk, visit, clock


def left_of(visit: Visit) -> dict[str, object]:
    """What a visit still knows of a resident: everything but language, screen and the forms' token."""
    kept = {"token", "language", "screen", "entered_at", "printer", "lock"}
    values = {field.name: getattr(visit, field.name) for field in dataclasses.fields(visit) if field.name not in kept}
    return {name: value for name, value in values.items() if value}


def test_the_whole_path_is_reported_as_printed_and_the_session_ended() -> None:
    center = FakeCenter()
    desk, visit, _ = to_pay(center)
    assert (visit.screen, visit.fee, visit.card) == (Screen.PAY, 400, None)
    walk(desk, visit, [("pay", "coins"), ("finish", "")])
    assert visit.screen is Screen.PAPER
    assert [(r.outcome, r.copies_printed, r.fee_paid) for r in center.reports] == [(PrintOutcome.PRINTED, 2, 400)]
    desk.touch(visit, "taken", "")
    assert visit.screen is Screen.ERASED
    assert left_of(visit) == {}
    assert center.ended == 1


@pytest.mark.parametrize("event", ["cancel", "timeout"])
def test_giving_up_at_the_payment_is_reported_as_cancelled(event) -> None:
    center = FakeCenter()
    desk, visit, _ = to_pay(center)
    desk.touch(visit, event, "")
    assert [(r.outcome, r.fee_paid) for r in center.reports] == [(PrintOutcome.CANCELLED, 0)]
    assert left_of(visit) == {}
    assert center.ended == 1


@pytest.mark.parametrize("printer", [name for name, end in PRINTER.items() if end is not PrintOutcome.PRINTED])
def test_a_printer_that_fails_costs_nothing_and_leaves_no_document(printer) -> None:
    center = FakeCenter()
    desk, visit, _ = to_pay(center)
    visit.printer = printer
    walk(desk, visit, [("pay", "emoney"), ("finish", "")])
    assert visit.screen is Screen.PRINT_FAILED
    assert visit.answer is None
    assert [(r.outcome, r.copies_printed, r.fee_paid) for r in center.reports] == [(PRINTER[printer], 0, 0)]


def test_nobody_can_cancel_while_it_prints() -> None:
    desk, visit, _ = to_pay(FakeCenter())
    desk.touch(visit, "pay", "coins")
    for event in ("cancel", "timeout", "back", "taken", "pay"):
        with pytest.raises(ResidentFault):
            desk.touch(visit, event, "")
    assert visit.screen is Screen.PRINTING
    assert visit.answer is not None


def test_a_refusal_is_shown_before_paying_and_forgotten_with_the_next_choice() -> None:
    center = FakeCenter(refuse=True)
    desk, visit, _ = to_pay(center)
    assert visit.screen is Screen.REFUSED
    assert visit.refusal is not None
    with pytest.raises(ResidentFault):
        desk.touch(visit, "pay", "coins")
    desk.touch(visit, "back", "")
    assert (visit.screen, visit.refusal, visit.kind, visit.request_id) == (Screen.KIND, None, None, "")
    assert center.reports == []


def test_another_persons_answer_is_dropped_and_never_shown() -> None:
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
def test_whatever_the_centre_fails_at_leads_to_the_trouble_screen_unpaid(word, code) -> None:
    center = FakeCenter(instead={word: BROKEN[code]})
    desk, visit = desk_of(center, Clock()), Visit()
    for event, value in TO_PAY:
        desk.touch(visit, event, value)
        if visit.screen is Screen.TROUBLE:
            break
    assert (visit.screen, visit.trouble, visit.paid) == (Screen.TROUBLE, code, 0)
    desk.touch(visit, "cancel", "")
    assert left_of(visit) == {}


@pytest.mark.parametrize("code", BROKEN)
def test_a_report_that_does_not_arrive_keeps_nobody_from_the_paper(code) -> None:
    """The centre itself reports `unknown` to the ward when the session ends without a result."""
    center = FakeCenter(instead={"print-result": BROKEN[code], "end": BROKEN[code]})
    desk, visit, _ = to_pay(center)
    walk(desk, visit, [("pay", "coins"), ("finish", ""), ("taken", "")])
    assert visit.screen is Screen.ERASED
    assert left_of(visit) == {}


@pytest.mark.parametrize("offered", [menu(is_open=False), menu(max_copies=1)])
def test_a_closed_ward_offers_nothing_and_no_more_copies_than_it_says(offered) -> None:
    desk, visit = desk_of(FakeCenter(menu=offered), Clock()), Visit()
    walk(desk, visit, TO_PAY[:4])
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
        (2, "pay", ""),
        (0, "erase", ""),
    ],
)
def test_what_was_not_offered_changes_nothing(upto, event, value) -> None:
    desk, visit = desk_of(FakeCenter(), Clock()), Visit()
    walk(desk, visit, TO_PAY[:upto])
    before = (visit.screen, left_of(visit))
    with pytest.raises(ResidentFault):
        desk.touch(visit, event, value)
    assert (visit.screen, left_of(visit)) == before


def test_the_certificate_for_inspection_asks_with_the_plate_and_others_without() -> None:
    center = FakeCenter()
    desk, visit = desk_of(center, Clock()), Visit()
    walk(desk, visit, [*TO_PAY[:4], ("choose", "vehicle_inspection"), ("choose", "2026")])
    assert visit.screen is Screen.PLATE
    walk(desk, visit, [("plate", "見本 580 あ １２－３４"), ("choose", "1"), ("request", "")])
    assert center.requests[0].plate_number == "見本 580 あ 12-34"
    to_pay(center)
    assert center.requests[1].plate_number is None


def test_an_iphone_needs_no_pin_and_a_wrong_pin_opens_no_session() -> None:
    center = FakeCenter(instead={"sessions": late})
    desk, visit = desk_of(center, Clock()), Visit()
    walk(desk, visit, [("start", ""), ("card", "0"), ("pin", "0000")])
    assert (visit.screen, visit.pin_was_wrong) == (Screen.PIN, True)  # the centre was not asked
    phone = Visit()
    walk(desk_of(FakeCenter(), Clock()), phone, [("start", ""), ("card", "2")])
    assert phone.screen is Screen.TAKE_CARD


def test_every_request_has_an_id_of_its_own() -> None:
    center = FakeCenter()
    to_pay(center)
    to_pay(center)
    first, second = center.requests
    assert first.request_id != second.request_id


def test_a_visit_whose_browser_is_gone_is_reported_and_erased() -> None:
    center = FakeCenter()
    desk, visit, clock = to_pay(center)
    desk.abandon(visit)
    assert visit.screen is Screen.PAY  # its time is not over
    clock.seconds += SECONDS[Screen.PAY] + GRACE_SECONDS + 1
    desk.abandon(visit)
    assert visit.screen is Screen.ERASED
    assert [r.outcome for r in center.reports] == [PrintOutcome.CANCELLED]
    assert left_of(visit) == {}


def test_a_printer_that_never_ends_is_left_unknown() -> None:
    """The centre reports `unknown` for what was issued and never reported: the ward opens a case."""
    center = FakeCenter()
    desk, visit, clock = to_pay(center)
    desk.touch(visit, "pay", "coins")
    clock.seconds += 700
    desk.abandon(visit)
    assert visit.screen is Screen.WELCOME
    assert left_of(visit) == {}
    assert (center.reports, center.ended) == ([], 1)


EVENTS = ["start", "card", "pin", "taken", "choose", "plate", "request", "pay", "finish", "back", "cancel", "timeout"]
VALUES = ["", "0", "1", "2", "1234", "0000", "taxation", "vehicle_inspection", "2026", "見本 580 あ 12-34"]


@settings(max_examples=120, deadline=None)
@given(
    touches=st.lists(st.tuples(st.sampled_from([*EVENTS, "more_time"]), st.sampled_from(VALUES)), max_size=40),
    onward=st.integers(0, len(TO_PAY)),
    refuse=st.booleans(),
)
def test_wherever_somebody_wanders_nothing_is_left_after_the_end(touches, onward, refuse) -> None:
    center = FakeCenter(refuse=refuse)
    desk, visit = desk_of(center, Clock()), Visit()
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
