"""The chip of a card as the reader meets it."""

from __future__ import annotations

from cryptography.hazmat.primitives import serialization
from tests.center.published import Holder
from tests.kiosk.card.chip import Chip

PIN = "1234"


def chip(holder: Holder | None = None, **traits: object) -> Chip:
    one = holder or Holder()
    return Chip(one.key, one.certificate.public_bytes(serialization.Encoding.DER), **traits)
