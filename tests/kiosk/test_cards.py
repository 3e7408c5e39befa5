"""The demo's reader counts as a card does."""

from __future__ import annotations

import pytest
from tests.kiosk.doubles import CARDS

from kofu.core.errors import OperatorFault
from kofu.kiosk.cards import TRIES_MAX, PinAnswer, Reader, read_cards


def test_three_wrong_pins_in_a_row_lock_the_card_even_for_the_right_one() -> None:
    """利用者証明用電子証明書: locked after three, unlocked at the counter only."""
    reader, card = Reader(CARDS), CARDS[0]
    answers = [reader.check_pin(card, "0000") for _ in range(TRIES_MAX)]
    assert answers == [PinAnswer.WRONG, PinAnswer.WRONG, PinAnswer.LOCKED]
    assert reader.check_pin(card, card.pin) is PinAnswer.LOCKED
    assert reader.locked(card)


def test_a_right_pin_clears_the_count() -> None:
    reader, card = Reader(CARDS), CARDS[0]
    reader.check_pin(card, "0000")
    assert reader.tries_left(card) == 2
    assert reader.check_pin(card, card.pin) is PinAnswer.RIGHT
    assert reader.tries_left(card) == 3


def test_one_cards_mistakes_do_not_lock_another() -> None:
    reader = Reader(CARDS)
    for _ in range(3):
        reader.check_pin(CARDS[0], "0000")
    assert not reader.locked(CARDS[1])


def test_a_pin_of_other_characters_is_wrong_and_no_failure() -> None:
    assert Reader(CARDS).check_pin(CARDS[0], "１２３４") is PinAnswer.WRONG


@pytest.mark.parametrize(
    ("content", "code"), [(None, "no_cards"), ("[]", "no_cards"), ("{", "bad_cards"), ('[{"pin": 1}]', "bad_cards")]
)
def test_a_file_without_cards_says_what_is_wrong(tmp_path, content, code) -> None:
    path = tmp_path / "cards.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(OperatorFault) as caught:
        read_cards(path)
    assert caught.value.code == code
    assert str(path) in str(caught.value)
