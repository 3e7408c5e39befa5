"""Where real cards are laid, one after the other: each is another resident's, and none is there before."""

from __future__ import annotations

import html
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from tests.center.published import Holder
from tests.kiosk.card.chip import Chip, Line
from tests.kiosk.card.chips import PIN, chip
from tests.kiosk.doubles import Clock, FakeCenter, desk_of
from tests.kiosk.touching import Browser, hidden

from kofu.core.errors import OperatorFault, ResidentFault
from kofu.kiosk.app import build, reader_of
from kofu.kiosk.card.reader import TRIES_MAX, PinAnswer
from kofu.kiosk.card.slot import ANY_CARD, CardSlot
from kofu.kiosk.desk import KioskDesk
from kofu.kiosk.domain.screens import Screen
from kofu.kiosk.domain.told_numbers import told_number
from kofu.kiosk.visit import KioskVisit, Visits
from kofu.kiosk.wording import load_wordings


class Table:
    """What lies on the reader: one line after the other, and then nothing."""

    def __init__(self, *lines: Line) -> None:
        self.lines = list(lines)

    def __call__(self) -> Line:
        if not self.lines:
            raise ResidentFault("no_card", "no card lies on the reader")
        return self.lines.pop(0)


def test_a_card_is_opened_once_for_as_long_as_it_lies() -> None:
    slot = CardSlot(Table(Line(chip())))
    assert slot.lay(ANY_CARD) is slot.lay(ANY_CARD)


def test_after_one_card_is_taken_off_the_next_is_another() -> None:
    mine, yours = Line(chip()), Line(chip(Holder(serial=2)))
    slot = CardSlot(Table(mine, yours))
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
    slot = CardSlot(Table(pulled, Line(chip())))
    first = slot.lay(ANY_CARD)
    pulled.cut_after = len(pulled.sent)
    with pytest.raises(ResidentFault):
        first.verify_pin(PIN)
    assert slot.lay(ANY_CARD).verify_pin(PIN) is PinAnswer.RIGHT


def test_without_a_card_nothing_is_known_of_one() -> None:
    slot = CardSlot(Table())
    assert (slot.locked(ANY_CARD), slot.tries_left(ANY_CARD)) == (False, TRIES_MAX)
    with pytest.raises(ResidentFault) as caught:
        slot.lay(ANY_CARD)
    assert caught.value.code == "no_card"
    slot.take_off(ANY_CARD)


def visit_at(desk, screen: Screen = Screen.CARDS) -> KioskVisit:
    visit = KioskVisit(entered_at=desk.clock())
    visit.screen = screen
    return visit


def desk_with(folder: Path, *lines: Line):
    return desk_of(FakeCenter(), Clock(), folder, reader=CardSlot(Table(*lines)))


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


def pulled_at_the_pin(folder: Path, *laid_after: Line) -> tuple[KioskDesk, KioskVisit]:
    line = Line(chip())
    desk = desk_with(folder, line, *laid_after)
    visit = visit_at(desk)
    desk.touch(visit, "card", "0")
    line.cut_after = len(line.sent)
    desk.touch(visit, "pin", PIN)
    return desk, visit


def test_a_card_pulled_at_the_pin_is_not_waited_for_and_may_be_laid_again(tmp_path: Path) -> None:
    desk, visit = pulled_at_the_pin(tmp_path)
    assert (visit.screen, visit.trouble, visit.card) == (Screen.TROUBLE, "card_removed", None)
    desk.touch(visit, "again", "")
    assert (visit.screen, visit.trouble) == (Screen.CARDS, "")


def test_a_card_that_only_moved_still_lies_there_and_is_waited_for_on_the_way_out(tmp_path: Path) -> None:
    """D3. The reader is asked: a line that broke does not say that the card is gone."""
    desk, visit = pulled_at_the_pin(tmp_path, Line(chip()))
    assert (visit.screen, visit.card) == (Screen.TROUBLE, ANY_CARD)
    desk.touch(visit, "cancel", "")
    assert visit.screen is Screen.LEFT_CARD


@pytest.mark.parametrize("traits", [{"application": b"\xa0\x00"}, {"certificate": b"\xff" * 32}])
def test_a_card_of_another_kind_is_waited_for_on_the_way_out_too(tmp_path: Path, traits: dict[str, bytes]) -> None:
    desk = desk_with(tmp_path, Line(replace(chip(), **traits)))
    visit = visit_at(desk)
    desk.touch(visit, "card", "0")
    desk.touch(visit, "timeout", "")
    assert visit.screen is Screen.LEFT_CARD
    desk.touch(visit, "taken", "")
    assert visit.screen is Screen.ERASED


def test_another_card_may_be_laid_after_one_that_cannot_be_used(tmp_path: Path) -> None:
    desk = desk_with(tmp_path, Line(chip(application=b"\xa0\x00")), Line(chip()))
    visit = visit_at(desk)
    for event, value in (("card", "0"), ("again", ""), ("card", "0")):
        desk.touch(visit, event, value)
    assert visit.screen is Screen.PIN


def test_the_touch_that_says_the_card_is_off_is_believed_only_where_the_reader_is_empty(tmp_path: Path) -> None:
    """個人番号カードの取り忘れ防止. Twin: once nothing lies there the same touch leads on."""
    desk = desk_with(tmp_path, Line(chip()), Line(chip()))
    visit = visit_at(desk)
    for event, value in (("card", "0"), ("pin", PIN)):
        desk.touch(visit, event, value)
    with pytest.raises(ResidentFault) as still:
        desk.touch(visit, "taken", "")
    assert (still.value.code, visit.screen) == ("card_still_there", Screen.TAKE_CARD)
    desk.touch(visit, "taken", "")
    assert (visit.screen, visit.card) == (Screen.KIND, None)


def test_a_reader_that_broke_holds_nobody_back(tmp_path: Path) -> None:
    """It cannot be asked any more: the touch is believed, or the visit would never end."""

    def broken() -> Line:
        raise OperatorFault("no_card_reader", "0 readers")

    desk = desk_with(tmp_path, Line(chip()))
    visit = visit_at(desk)
    for event, value in (("card", "0"), ("pin", PIN)):
        desk.touch(visit, event, value)
    desk.reader.connect = broken
    desk.touch(visit, "taken", "")
    assert visit.screen is Screen.KIND


def test_an_empty_reader_is_said_on_the_screen_that_asks_for_a_card(tmp_path: Path) -> None:
    desk = desk_with(tmp_path)
    visit = visit_at(desk)
    desk.touch(visit, "card", "0")
    assert (visit.screen, visit.card_missing, visit.card) == (Screen.CARDS, True, None)
    desk.reader.connect = Table(Line(chip()))
    desk.touch(visit, "card", "0")
    assert (visit.screen, visit.card_missing) == (Screen.PIN, False)


def test_a_reader_that_is_gone_is_no_fault_of_the_resident(tmp_path: Path) -> None:
    def gone() -> Line:
        raise OperatorFault("no_card_reader", "0 readers")

    desk = desk_of(FakeCenter(), Clock(), tmp_path, reader=CardSlot(gone))
    visit = visit_at(desk)
    desk.touch(visit, "card", "0")
    assert (visit.screen, visit.trouble) == (Screen.TROUBLE, "no_card_reader")
    with pytest.raises(ResidentFault):
        desk.touch(visit, "again", "")  # laying the card anew mends no reader


def test_a_kiosk_told_of_a_reader_offers_the_card_on_it_and_none_of_the_demo(tmp_path: Path) -> None:
    assert reader_of("ACS", tmp_path / "there is no such file", "kiosk-0001").cards == (ANY_CARD,)


def test_the_screen_of_a_real_reader_speaks_of_no_sample_cards(tmp_path: Path) -> None:
    desk = desk_with(tmp_path, Line(chip()))
    browser = Browser(build(desk, Visits(desk.clock)))
    token = hidden(browser.get("/").text, "token")
    touch = {"token": token, "screen": "welcome", "event": "start", "value": ""}
    page = browser.post("/touch", data=touch).text
    assert "カードを置きました" in page
    assert "見本カード" not in page


@pytest.mark.parametrize("language", load_wordings())
@pytest.mark.parametrize(
    ("line", "code"),
    [
        (lambda: Line(chip(application=b"\xa0\x00")), "card_unknown"),
        (lambda: Line(chip(), cut_after=3), "card_removed"),
        (lambda: Line(replace(chip(), certificate=chip().certificate[:-50])), "card_fault"),
    ],
)
def test_each_trouble_of_a_card_is_said_in_its_own_words_and_leads_back_to_the_reader(
    tmp_path: Path, line: Callable[[], Line], code: str, language: str
) -> None:
    """Japanese title beside every translation; the button that the text quotes stands on the screen."""
    desk = desk_with(tmp_path, line())
    browser = Browser(build(desk, Visits(desk.clock)))
    token = hidden(browser.get("/").text, "token")
    page = ""
    for screen, event, value in (("welcome", "language", language), ("welcome", "start", ""), ("cards", "card", "0")):
        page = browser.post("/touch", data={"token": token, "screen": screen, "event": event, "value": value}).text
    texts, japanese = (load_wordings()[one].texts for one in (language, "ja"))
    part = texts[code]
    for text in (part["title"], japanese[code]["title"], part["lead"], part["next"], texts["cards"]["again"]):
        assert text in html.unescape(page)
    assert f"<code>{told_number(code)}</code>" in page
    assert texts["cards"]["again"] in part["next"]
    back = browser.post("/touch", data={"token": token, "screen": "trouble", "event": "again", "value": ""}).text
    assert 'data-screen="cards"' in back


def test_a_broken_reader_offers_no_way_back_to_it(tmp_path: Path) -> None:
    def gone() -> Line:
        raise OperatorFault("no_card_reader", "0 readers")

    desk = desk_of(FakeCenter(), Clock(), tmp_path, reader=CardSlot(gone))
    browser = Browser(build(desk, Visits(desk.clock)))
    token = hidden(browser.get("/").text, "token")
    page = ""
    for screen, event in (("welcome", "start"), ("cards", "card")):
        page = browser.post("/touch", data={"token": token, "screen": screen, "event": event, "value": "0"}).text
    assert "お客さまのカードの故障ではありません" in page
    assert 'value="again"' not in page
