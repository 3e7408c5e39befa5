"""A real card is spoken to by its public commands, tried against a chip that answers them (OpenSC, jpki/myna)."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from tests.center.published import NOW, SIGNED, THIRD, YEAR, Holder
from tests.kiosk.card.chip import Chip, Line
from tests.kiosk.card.chips import PIN, chip

from kofu.center.card_check import CardAuthority
from kofu.center.card_profile import CardProfile
from kofu.core.errors import PeerFault, ResidentFault
from kofu.kiosk.card.jpki import JpkiCard
from kofu.kiosk.card.reader import TRIES_MAX, CardFault, PinAnswer


def laid(chip: Chip) -> JpkiCard:
    return JpkiCard(Line(chip))


def signed_with(card: JpkiCard) -> bytes:
    card.verify_pin(PIN)
    return card.sign(SIGNED)


def fault(line: Line) -> str:
    with pytest.raises(CardFault) as caught:
        JpkiCard(line)
    assert line.closed, "the card is let go of"
    return caught.value.code


@pytest.mark.parametrize(
    "traits",
    [{}, {"t0": True}, {"read_max": 17}, {"t0": True, "read_max": 100}],
    ids=["at once", "a contact card", "small answers", "a contact card, small answers"],
)
def test_what_it_reads_and_signs_is_believed_by_the_centre(traits: dict[str, object]) -> None:
    card = laid(chip(**traits))
    assert card.verify_pin(PIN) is PinAnswer.RIGHT
    authority = CardAuthority((THIRD.certificate,), CardProfile.read())
    proven = authority.check(card.certificate, card.sign(SIGNED), SIGNED, NOW)
    assert proven.certificate == Holder().certificate


def test_a_key_of_4096_bits_signs_in_two_answers() -> None:
    holder = Holder(kind="rsa4096")
    card = laid(chip(holder, t0=True))
    card.verify_pin(PIN)
    signature = card.sign(SIGNED)
    assert len(signature) == 512
    holder.key.public_key().verify(signature, SIGNED, padding.PKCS1v15(), hashes.SHA256())


def test_the_commands_are_the_public_ones() -> None:
    """SELECT by name, SELECT of files 000A, 0018, 0017, READ BINARY, VERIFY and 80 2A 00 80, and no other."""
    one = chip()
    card = laid(one)
    card.verify_pin(PIN)
    card.sign(SIGNED)
    heads = [command[:4].hex() for command in one.commands]
    assert one.commands[0].hex() == "00a4040c0a" + "d392f000260100000001"
    assert heads[0] == "00a4040c"
    assert {head for head in heads if not head.startswith("00b0")} == {"00a4040c", "00a4020c", "00200080", "802a0080"}
    files = [command[5:].hex() for command in one.commands if command.startswith(b"\x00\xa4\x02\x0c")]
    assert files == ["000a", "0018", "0018", "0017"]


@pytest.mark.parametrize(
    ("command", "status"),
    [("00a4020c020001", "6a82"), ("00a4020c02001a", "6a82"), ("00240080", "6d00"), ("802a0080", "6d00")],
    ids=["the certificate for signatures", "the key for signatures", "change a PIN", "sign without a key's file"],
)
def test_twin_the_chip_refuses_what_is_not_among_them(command: str, status: str) -> None:
    """Else the commands would prove nothing: the chip would answer whatever it is asked."""
    one = chip()
    laid(one)
    assert one.answer(bytes.fromhex(command)).hex() == status


def test_a_certificate_that_has_expired_is_the_centres_to_refuse() -> None:
    card = laid(chip(Holder(last=NOW - YEAR / 2)))
    card.verify_pin(PIN)
    with pytest.raises(PeerFault) as caught:
        CardAuthority((THIRD.certificate,), CardProfile.read()).check(card.certificate, card.sign(SIGNED), SIGNED, NOW)
    assert caught.value.code == "certificate_expired"


def test_three_wrong_pins_in_a_row_lock_it_even_for_the_right_one() -> None:
    card = laid(chip())
    answers = [(card.verify_pin("0000"), card.tries_left) for _ in range(TRIES_MAX)]
    assert answers == [(PinAnswer.WRONG, 2), (PinAnswer.WRONG, 1), (PinAnswer.LOCKED, 0)]
    assert card.verify_pin(PIN) is PinAnswer.LOCKED


def test_a_right_pin_clears_the_count() -> None:
    card = laid(chip())
    card.verify_pin("0000")
    card.verify_pin(PIN)
    assert card.tries_left == TRIES_MAX


@pytest.mark.parametrize("tries", [0, 1, 3])
def test_a_card_says_how_many_tries_it_has_when_it_is_laid_and_that_costs_none(tries: int) -> None:
    one = chip(tries=tries)
    assert laid(one).tries_left == tries
    assert one.tries == tries


@pytest.mark.parametrize("says", [b"\x69\x83", b"\x69\x84", b"\x63\xc0"])
def test_a_locked_card_is_locked_however_it_says_so(says: bytes) -> None:
    card = laid(chip(tries=0, blocked_says=says))
    assert card.verify_pin(PIN) is PinAnswer.LOCKED


@pytest.mark.parametrize("pin", ["", "123", "12345", "１２３４", "abcd", "12 4"])
def test_what_cannot_be_a_pin_is_wrong_and_costs_no_try(pin: str) -> None:
    one = chip()
    assert laid(one).verify_pin(pin) is PinAnswer.WRONG
    assert one.tries == TRIES_MAX


def test_it_signs_only_after_its_pin() -> None:
    card = laid(chip())
    with pytest.raises(ResidentFault) as caught:
        card.sign(SIGNED)
    assert caught.value.code == "pin_needed"


def test_a_card_taken_off_forgets_its_pin_and_answers_nothing() -> None:
    one = chip()
    card = laid(one)
    card.verify_pin(PIN)
    card.take_off()
    assert not one.verified
    with pytest.raises(CardFault) as caught:
        card.sign(SIGNED)
    assert caught.value.code == "card_removed"


@pytest.mark.parametrize("pin", [PIN, "0000"], ids=["right", "wrong"])
def test_the_bytes_of_the_pin_are_wiped_whatever_the_card_says(pin: str) -> None:
    line = Line(chip())
    JpkiCard(line).verify_pin(pin)
    wiped = [command for command in line.sent if isinstance(command, bytearray)]
    assert [bytes(command) for command in wiped] == [bytes(9)]
    assert not any(pin.encode() in bytes(command) for command in line.sent)


def test_the_bytes_of_the_pin_are_wiped_where_the_card_is_pulled() -> None:
    line = Line(chip())
    card = JpkiCard(line)
    line.cut_after = len(line.sent) + 1
    with pytest.raises(CardFault):
        card.verify_pin(PIN)
    assert isinstance(line.sent[-1], bytearray)
    assert not any(line.sent[-1])


def test_a_pin_is_sent_once_even_where_a_card_asks_for_it_in_another_length() -> None:
    class Odd(Chip):
        def _verify(self, body: bytes) -> bytes:
            return b"\x6c\x10" if body else b"\x63\xc3"

    line = Line(Odd(Holder().key, Holder().certificate.public_bytes(serialization.Encoding.DER)))
    card = JpkiCard(line)
    before = len(line.sent)
    with pytest.raises(CardFault) as caught:
        card.verify_pin(PIN)
    assert caught.value.code == "card_fault"
    assert len(line.sent) == before + 2  # the file, and the PIN


def test_wherever_it_is_pulled_it_says_so_and_lets_go() -> None:
    whole = Line(chip())
    card = JpkiCard(whole)
    laying = len(whole.sent)
    card.verify_pin(PIN)
    card.sign(SIGNED)
    for commands in range(laying):
        assert fault(Line(chip(), cut_after=commands)) == "card_removed"
    for commands in range(laying, len(whole.sent)):
        line = Line(chip(), cut_after=commands)
        card = JpkiCard(line)
        with pytest.raises(CardFault) as caught:
            signed_with(card)
        assert caught.value.code == "card_removed"
        assert line.closed
        assert not card.lies_there


def test_another_card_is_unknown() -> None:
    assert fault(Line(chip(application=b"\xa0\x00\x00\x00\x03"))) == "card_unknown"


@pytest.mark.parametrize("content", [b"\xff" * 64, b"\x30\x82\xff\xff" + b"x" * 64, b"\x30\x10" + b"x" * 16])
def test_a_card_without_a_certificate_is_unknown(content: bytes) -> None:
    """A file that was never written reads FF; one that claims 64 KiB is none of this card's."""
    assert fault(Line(Chip(Holder().key, content))) == "card_unknown"


def test_a_certificate_shorter_than_its_head_says_is_a_fault() -> None:
    whole = Holder().certificate.public_bytes(serialization.Encoding.DER)
    assert fault(Line(Chip(Holder().key, whole[:-50]))) == "card_fault"


def test_an_answer_without_a_status_opens_nothing() -> None:
    class Mute(Line):
        def transmit(self, _command: bytes | bytearray) -> bytes:
            return b""

    assert fault(Mute(chip())) == "card_unknown"


def test_nothing_of_it_shows_in_a_log() -> None:
    card = laid(chip())
    card.verify_pin(PIN)
    assert repr(card) == "<a card>"
