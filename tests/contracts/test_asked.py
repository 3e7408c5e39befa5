"""What a peer asks holds no control character: its own fault, told as such, not as a database to try again."""

from __future__ import annotations

import msgspec
import pytest

from kofu.contracts.center import AskChallenge
from kofu.contracts.issuing import CertificateRequest

REQUEST = {
    "request_id": "a" * 32,
    "municipality_code": "139998",
    "serial": "00a1",
    "kind": "vehicle_inspection",
    "fiscal_year": 2026,
    "copies": 1,
    "kiosk_id": "K1",
    "deadline": "2026-11-29T00:00:00Z",
    "plate_number": "見本 580 あ 12-34",
}


def read(**changed: str) -> CertificateRequest:
    return msgspec.json.decode(msgspec.json.encode(REQUEST | changed), type=CertificateRequest)


@pytest.mark.parametrize("name", ["request_id", "municipality_code", "serial", "kiosk_id", "plate_number"])
@pytest.mark.parametrize("character", ["\n", "\0", "\x1f"], ids=["line feed", "null", "separator"])
def test_a_control_character_at_the_end_is_refused_in_every_text(name, character) -> None:
    assert read() is not None
    with pytest.raises(msgspec.ValidationError):
        read(**{name: f"{REQUEST[name]}{character}"})


def test_the_centre_is_asked_by_the_same_rule() -> None:
    right = b'{"kiosk_id": "K1", "municipality_code": "139998"}'
    assert msgspec.json.decode(right, type=AskChallenge).kiosk_id == "K1"
    with pytest.raises(msgspec.ValidationError, match="control character"):
        msgspec.json.decode(right.replace(b"K1", b"K1\\n"), type=AskChallenge)
