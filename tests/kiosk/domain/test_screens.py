"""The table of screens: every way leads out, and none past a rule."""

from __future__ import annotations

import pytest

from kofu.core.errors import ResidentFault
from kofu.kiosk.domain.screens import ENDS, SECONDS, VISIT_LIFE, Screen, ScreenEvent, after

PAPER_SCREENS = {Screen.PRINTING, Screen.PAPER, Screen.LEFT_PAPER}
WAITING = {*PAPER_SCREENS, Screen.LEFT_CARD}
OF_A_VISIT = [screen for screen in Screen if screen not in {*ENDS, *WAITING}]
CERTIFICATE_SCREENS = {
    Screen.KIND,
    Screen.YEAR,
    Screen.PLATE,
    Screen.COPIES,
    Screen.CONFIRM,
    Screen.PAY,
    *PAPER_SCREENS,
}


@pytest.mark.parametrize("screen", OF_A_VISIT)
@pytest.mark.parametrize("event", [ScreenEvent.CANCEL, ScreenEvent.TIMEOUT])
def test_giving_up_or_waiting_ends_in_erasure_from_every_screen(screen, event) -> None:
    assert after(screen, event, card_lies=False) is Screen.ERASED


@pytest.mark.parametrize(("screen", "event"), VISIT_LIFE.table)
def test_no_way_ends_past_a_card_on_the_reader(screen, event) -> None:
    """D3, 個人番号カードの取り忘れ防止: every way to an end, whatever screen and event, is through the card's removal.

    Twin: with the card gone the very same way does end; and off the screen of the left card leads its removal alone.
    """
    following = after(screen, event, card_lies=True)
    assert following not in ENDS
    if VISIT_LIFE.table[screen, event] in ENDS:
        assert following is Screen.LEFT_CARD
        assert after(screen, event, card_lies=False) in ENDS
    else:
        assert following is VISIT_LIFE.table[screen, event]


def test_a_left_card_is_waited_for_without_end_and_only_its_removal_leads_on() -> None:
    assert {(event, to) for (screen, event), to in VISIT_LIFE.table.items() if screen is Screen.LEFT_CARD} == {
        (ScreenEvent.CARD_TAKEN, Screen.ERASED)
    }
    assert SECONDS[Screen.LEFT_CARD] == 0


def test_what_is_paid_for_is_printed_whatever_is_touched() -> None:
    for event in (ScreenEvent.CANCEL, ScreenEvent.TIMEOUT, ScreenEvent.BACK):
        with pytest.raises(ResidentFault):
            after(Screen.PRINTING, event, card_lies=False)
    assert {screen for (left, _), screen in VISIT_LIFE.table.items() if left is Screen.PRINTING} == {
        Screen.PAPER,
        Screen.PRINT_FAILED,
    }


def test_a_paper_in_the_tray_is_warned_of_until_somebody_takes_it() -> None:
    assert after(Screen.PAPER, ScreenEvent.TIMEOUT, card_lies=False) is Screen.LEFT_PAPER
    assert {(event, to) for (screen, event), to in VISIT_LIFE.table.items() if screen is Screen.LEFT_PAPER} == {
        (ScreenEvent.PAPER_TAKEN, Screen.ERASED)
    }
    for screen in (Screen.PAPER, Screen.LEFT_PAPER):
        with pytest.raises(ResidentFault):
            after(screen, ScreenEvent.CANCEL, card_lies=False)


def test_the_card_is_off_the_reader_before_any_certificate_screen() -> None:
    """個人番号カードの取り忘れ防止: without the way through CARD_TAKEN no certificate screen can be reached."""
    without = {pair: to for pair, to in VISIT_LIFE.table.items() if pair[1] is not ScreenEvent.CARD_TAKEN}
    reached, fresh = set(), {Screen.WELCOME}
    while fresh:
        reached |= fresh
        fresh = {to for (screen, _), to in without.items() if screen in reached} - reached
    assert reached.isdisjoint(CERTIFICATE_SCREENS)


def test_there_is_no_paper_without_paying() -> None:
    assert {screen for (screen, _), to in VISIT_LIFE.table.items() if to is Screen.PRINTING} == {Screen.PAY}
    assert {screen for (screen, _), to in VISIT_LIFE.table.items() if to is Screen.PAPER} == {Screen.PRINTING}


def test_a_refusal_is_known_before_paying() -> None:
    assert {screen for (screen, _), to in VISIT_LIFE.table.items() if to is Screen.REFUSED} == {Screen.CONFIRM}
    assert (Screen.REFUSED, ScreenEvent.PAID) not in VISIT_LIFE.table


def test_every_screen_can_be_reached_and_left() -> None:
    assert set(VISIT_LIFE.table.values()) | {Screen.WELCOME, Screen.LEFT_CARD} == set(Screen)
    assert {screen for screen, _ in VISIT_LIFE.table} == set(Screen)


def test_every_screen_that_can_time_out_has_a_time() -> None:
    assert set(SECONDS) == set(Screen)
    timed = {screen for screen, seconds in SECONDS.items() if seconds}
    assert timed == {screen for screen, event in VISIT_LIFE.table if event is ScreenEvent.TIMEOUT}


def test_a_touch_of_another_screen_is_refused() -> None:
    with pytest.raises(ResidentFault, match="paid cannot happen"):
        after(Screen.WELCOME, ScreenEvent.PAID, card_lies=False)
