"""Where real cards are laid, one after the other: each is another resident's, and none is there before."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.center.published import Holder
from tests.kiosk.card.chip import Chip, Line
from tests.kiosk.card.test_jpki import PIN, chip
from tests.kiosk.doubles import Clock, FakeCenter, desk_of
from tests.kiosk.test_app import Browser, hidden

from kofu.core.errors import OperatorFault, ResidentFault
from kofu.kiosk.app import build, reader_of
from kofu.kiosk.card.reader import TRIES_MAX, PinAnswer
from kofu.kiosk.card.slot import ANY_CARD, Slot
from kofu.kiosk.domain.screens import Screen
from kofu.kiosk.visit import Visit, Visits


class Table:
    """What lies on the reader: one line after the other, and then nothing."""

    def __init__(self, *lines: Line) -> None:
        self.lines = list(lines)

    def __call__(self) -> Line:
        if not self.lines:
            raise ResidentFault("no_card", "no card lies on the reader")
        return self.lines.pop(0)


def test_a_card_is_opened_once_for_as_long_as_it_lies() -> None:
    slot = Slot(Table(Line(chip())))
    assert slot.lay(ANY_CARD) is slot.lay(ANY_CARD)


def test_after_one_card_is_taken_off_the_next_is_another() -> None:
    mine, yours = Line(chip()), Line(chip(Holder(serial=2)))
    slot = Slot(Table(mine, yours))
    first = slot.lay(ANY_CARD)
    first.verify_pin(PIN)
    slot.take_off(ANY_CARD)
    assert mine.closed
    second = slot.lay(ANY_CARD)
    assert second.certificate != first.certificate
    with pytest.raises(ResidentFault):
        second.sign(b"")


def test_a_card_pulled_and_laid_again_is_opened_again() -> None:
    pulled = Line(chip())
    slot = Slot(Table(pulled, Line(chip())))
    first = slot.lay(ANY_CARD)
    pulled.cut_after = len(pulled.sent)
    with pytest.raises(ResidentFault):
        first.verify_pin(PIN)
    assert slot.lay(ANY_CARD).verify_pin(PIN) is PinAnswer.RIGHT


def test_without_a_card_nothing_is_known_of_one() -> None:
    slot = Slot(Table())
    assert (slot.locked(ANY_CARD), slot.tries_left(ANY_CARD)) == (False, TRIES_MAX)
    with pytest.raises(ResidentFault) as caught:
        slot.lay(ANY_CARD)
    assert caught.value.code == "no_card"
    slot.take_off(ANY_CARD)


def visit_at(desk, screen: Screen = Screen.CARDS) -> Visit:
    visit = Visit(entered_at=desk.clock())
    visit.screen = screen
    return visit


def desk_with(folder: Path, *lines: Line):
    return desk_of(FakeCenter(), Clock(), folder, reader=Slot(Table(*lines)))


def test_a_resident_with_a_real_card_comes_as_far_as_taking_it_off(tmp_path: Path) -> None:
    line = Line(chip())
    desk = desk_with(tmp_path, line)
    visit = visit_at(desk)
    seen = []
    for event, value in (("card", "0"), ("pin", "0000"), ("pin", PIN)):
        desk.touch(visit, event, value)
        seen.append((visit.screen, desk.reader.tries_left(ANY_CARD)))
    assert seen == [(Screen.PIN, 3), (Screen.PIN, 2), (Screen.TAKE_CARD, 3)]
    assert visit.session_id
    desk.touch(visit, "taken", "")
    assert line.closed


def test_a_card_that_is_locked_already_is_told_so_before_its_pin_is_asked_for(tmp_path: Path) -> None:
    desk = desk_with(tmp_path, Line(chip(tries=0)))
    visit = visit_at(desk)
    desk.touch(visit, "card", "0")
    assert visit.screen is Screen.LOCKED


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (Line(chip(application=b"\xa0\x00")), "card_unknown"),
        (Line(chip(), cut_after=3), "card_removed"),
        (Line(Chip(Holder().key, b"\xff" * 32)), "card_unknown"),
    ],
)
def test_a_card_that_cannot_be_used_ends_on_a_screen_of_its_own(tmp_path: Path, line: Line, code: str) -> None:
    desk = desk_with(tmp_path, line)
    visit = visit_at(desk)
    desk.touch(visit, "card", "0")
    assert (visit.screen, visit.trouble) == (Screen.TROUBLE, code)


def test_a_card_pulled_at_the_pin_ends_the_visit(tmp_path: Path) -> None:
    line = Line(chip())
    desk = desk_with(tmp_path, line)
    visit = visit_at(desk)
    desk.touch(visit, "card", "0")
    line.cut_after = len(line.sent)
    desk.touch(visit, "pin", PIN)
    assert (visit.screen, visit.trouble) == (Screen.TROUBLE, "card_removed")


def test_no_card_leaves_the_screen_that_asks_for_one(tmp_path: Path) -> None:
    desk = desk_with(tmp_path)
    visit = visit_at(desk)
    with pytest.raises(ResidentFault):
        desk.touch(visit, "card", "0")
    assert visit.screen is Screen.CARDS


def test_a_reader_that_is_gone_is_no_fault_of_the_resident(tmp_path: Path) -> None:
    def gone() -> Line:
        raise OperatorFault("no_card_reader", "0 readers")

    desk = desk_of(FakeCenter(), Clock(), tmp_path, reader=Slot(gone))
    visit = visit_at(desk)
    desk.touch(visit, "card", "0")
    assert (visit.screen, visit.trouble) == (Screen.TROUBLE, "no_card_reader")


def test_a_kiosk_told_of_a_reader_offers_the_card_on_it_and_none_of_the_demo(tmp_path: Path) -> None:
    assert reader_of("ACS", tmp_path / "there is no such file", "kiosk-0001").cards == (ANY_CARD,)


def test_the_screen_of_a_real_reader_speaks_of_no_sample_cards(tmp_path: Path) -> None:
    desk = desk_with(tmp_path, Line(chip()))
    browser = Browser(build(desk, Visits(desk.clock)))
    token = hidden(browser.get("/").text, "token")
    touch = {"token": token, "screen": "welcome", "event": "start", "value": ""}
    page = browser.post("/touch", data=touch).text
    assert ANY_CARD.label in page
    assert "見本カード" not in page
