"""One number has one text, whoever writes it: the centre from a certificate, the registry from an OCSP question."""

from __future__ import annotations

import msgspec
import pytest
from tests.center.published import NONCE, Holder, taken

from kofu.contracts.issuing import Serial, serial_text
from kofu.registry.jpki.status import read_request


@pytest.mark.parametrize(
    ("number", "text"),
    [(1, "0" * 31 + "1"), (0x0A1B2C, "0" * 26 + "0a1b2c"), (0xFF << 120, "ff" + "0" * 30), (1 << 152, "1" + "0" * 38)],
    ids=["one digit", "six digits", "a first bit that is set", "longer than 32 digits"],
)
def test_centre_and_registry_write_a_serial_alike(number: int, text: str) -> None:
    proven = taken(Holder(serial=number))
    _, asked = read_request(proven.question(NONCE))
    assert (serial_text(number), proven.serial, asked) == (text, text, text)
    assert msgspec.convert(text, Serial) == text
    assert int(text, 16) == number
