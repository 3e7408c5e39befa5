"""A virtual card behaves like a card: its key stays in it, its PIN is its own business."""

from __future__ import annotations

import copy
import pickle
from pathlib import Path

import msgspec
import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from kofu.core.errors import ResidentFault
from kofu.kiosk.card.reader import TRIES_MAX, PinAnswer
from kofu.kiosk.card.virtual import VirtualCard

PIN = "1234"


class Office:
    """Keeps the public key a card asked a certificate for."""

    public: rsa.RSAPublicKey

    def __call__(self, public_key: bytes) -> bytes:
        key = serialization.load_der_public_key(public_key)
        assert isinstance(key, rsa.RSAPublicKey)
        self.public = key
        return b"certificate"


@pytest.fixture
def office() -> Office:
    return Office()


def card_of(office: Office, path: Path | None = None, *, needs_pin: bool = True) -> VirtualCard:
    return VirtualCard(path, pin=PIN, needs_pin=needs_pin, personalise=office)


def test_it_signs_after_its_pin_and_only_until_it_is_taken_off(office: Office) -> None:
    card = card_of(office)
    with pytest.raises(ResidentFault, match="PIN"):
        card.sign(b"challenge")
    assert card.verify_pin(PIN) is PinAnswer.RIGHT
    office.public.verify(card.sign(b"challenge"), b"challenge", padding.PKCS1v15(), hashes.SHA256())
    card.take_off()
    with pytest.raises(ResidentFault):
        card.sign(b"challenge")


def test_a_phone_that_checks_the_face_signs_without_a_pin(office: Office) -> None:
    assert card_of(office, needs_pin=False).sign(b"challenge")


def test_three_wrong_pins_in_a_row_lock_it_even_for_the_right_one(office: Office) -> None:
    card = card_of(office)
    answers = [card.verify_pin("0000") for _ in range(TRIES_MAX)]
    assert answers == [PinAnswer.WRONG, PinAnswer.WRONG, PinAnswer.LOCKED]
    assert card.verify_pin(PIN) is PinAnswer.LOCKED
    with pytest.raises(ResidentFault):
        card.sign(b"challenge")


def test_a_right_pin_clears_the_count(office: Office) -> None:
    card = card_of(office)
    card.verify_pin("0000")
    assert card.tries_left == TRIES_MAX - 1
    card.verify_pin(PIN)
    assert card.tries_left == TRIES_MAX


@pytest.mark.parametrize("pin", ["", "１２３４", "12345", "abcd", "\0"])
def test_what_is_not_its_pin_is_wrong_and_no_failure(office: Office, pin: str) -> None:
    assert card_of(office).verify_pin(pin) is PinAnswer.WRONG


def test_it_remembers_key_and_tries_when_it_is_laid_again(office: Office, tmp_path: Path) -> None:
    path = tmp_path / "chips" / "a.chip"
    first = card_of(office, path)
    key = office.public
    for _ in range(TRIES_MAX):
        first.verify_pin("0000")
    again = card_of(office, path)
    assert again.tries_left == 0
    assert (office.public, again.certificate) == (key, b"certificate")
    assert path.stat().st_mode & 0o077 == 0


def test_a_chip_of_an_earlier_making_is_made_anew(office: Office, tmp_path: Path) -> None:
    """It carries a certificate without a policy, which the centre does not take any more."""
    path = tmp_path / "a.chip"
    old = {"key": b"k", "certificate": b"old", "pin_salt": b"s", "pin_hash": b"h", "wrong_tries": 0}
    path.write_bytes(msgspec.msgpack.encode(old))
    card = card_of(office, path)
    assert card.certificate == b"certificate"
    assert card.verify_pin(PIN) is PinAnswer.RIGHT
    assert card_of(office, path).certificate == b"certificate"


def test_a_pull_before_the_answer_gives_no_free_try(office: Office, tmp_path: Path) -> None:
    """The count is stored before the comparison: a card pulled out in between has still counted."""
    path = tmp_path / "a.chip"
    card = card_of(office, path)
    original = VirtualCard._VirtualCard__remember
    calls = []

    def pulled(self) -> None:
        original(self)
        calls.append(1)
        raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(VirtualCard, "_VirtualCard__remember", pulled)
        with pytest.raises(KeyboardInterrupt):
            card.verify_pin("0000")
    assert card_of(office, path).tries_left == TRIES_MAX - 1


def test_nothing_gives_the_key_away(office: Office) -> None:
    card = card_of(office)
    assert repr(card) == "<a card>"
    for way in (copy.copy, copy.deepcopy, pickle.dumps):
        with pytest.raises(TypeError):
            way(card)
    public = [name for name in dir(card) if not name.startswith("_")]
    assert sorted(public) == ["certificate", "sign", "take_off", "tries_left", "verify_pin"]
