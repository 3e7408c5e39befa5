"""The demo's cards, and the reader they are laid on."""

from __future__ import annotations

import pytest
from tests.kiosk.doubles import CARDS, QuickCard

from kofu.core.errors import OperatorFault, ResidentFault
from kofu.kiosk.card.reader import TRIES_MAX
from kofu.kiosk.cards import Reader, read_cards


def test_the_reader_knows_of_a_lock_once_the_card_was_laid() -> None:
    reader, card = Reader(CARDS, QuickCard), CARDS[0]
    assert (reader.locked(card), reader.tries_left(card)) == (False, TRIES_MAX)
    for _ in range(TRIES_MAX):
        reader.lay(card).verify_pin("0000")
    assert reader.locked(card)
    assert not reader.locked(CARDS[1])


def test_a_card_taken_off_wants_its_pin_again() -> None:
    reader, card = Reader(CARDS, QuickCard), CARDS[0]
    reader.lay(card).verify_pin(card.pin)
    reader.take_off(card)
    with pytest.raises(ResidentFault, match="PIN"):
        reader.lay(card).sign(b"")


@pytest.mark.parametrize(
    ("content", "code"), [(None, "no_cards"), ("[]", "no_cards"), ("{", "bad_cards"), ('[{"pin": 1}]', "bad_cards")]
)
def test_a_file_without_cards_says_what_is_wrong(tmp_path, content, code) -> None:
    path = tmp_path / "cards.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(OperatorFault) as caught:
        read_cards(path, QuickCard)
    assert caught.value.code == code
    assert str(path) in str(caught.value)
    for way in ("kofu ward make", "KOFU_CARDS", "KOFU_CARD_READER"):
        assert way in str(caught.value)


def test_a_folder_in_the_place_of_the_cards_is_told_too(tmp_path) -> None:
    with pytest.raises(OperatorFault, match="cannot be read: Is a directory; `kofu ward make`"):
        read_cards(tmp_path, QuickCard)
