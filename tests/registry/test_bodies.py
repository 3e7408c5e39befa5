"""What the registry is asked: too long, no UTF-8, a NUL in it: the peer's fault at every address."""

from __future__ import annotations

import json

import pytest
from tests.center.cards import authority
from tests.registry.calls import call

from kofu.registry.app import BODY_BYTES_MAX, create_app

PERSON = {"municipality_code": "139998", "addressee_number": "1"}
LOOK_UP = {
    "look_up_id": "0" * 32,
    "clerk": "clerk",
    "office": "課税課",
    "purpose": "課税",
    "name": "見本 花子",
    "birthday": "1970-01-01",
}
CARD = {"serial": "aa01", "public_key": "AAAA" * 32}
ADDRESSES = [
    ("/v1/standing-holds", "ledger", PERSON, "addressee_number"),
    ("/v1/look-ups", "ledger", LOOK_UP, "name"),
    ("/v1/specimen-cards", "kiosk-0001", CARD, "serial"),
]


@pytest.fixture(scope="module")
def ask(system_database):
    url = system_database("registry").app_url

    def asking(path, peer, content):
        app = create_app(url, authority=authority(), specimens=True)
        return call(app, "POST", path, peer=peer, content=content)

    return asking


@pytest.mark.storage
@pytest.mark.parametrize(("path", "peer", "good", "field"), ADDRESSES, ids=[address[0] for address in ADDRESSES])
@pytest.mark.parametrize("bad", [b"\xff", b"\\u0000", b"\\ud800"], ids=["no UTF-8", "NUL", "half a character"])
def test_what_no_database_holds_is_the_peers_fault(ask, path, peer, good, field, bad):
    sent = json.dumps(good | {field: "MARK"}).encode().replace(b"MARK", good[field][:1].encode() + bad)
    answer = ask(path, peer, sent)
    assert (answer.status_code, answer.json()["code"], answer.json()["blame"]) == (400, "bad_request", "peer")
    assert good[field] not in answer.text


@pytest.mark.storage
@pytest.mark.parametrize(
    ("path", "peer"), [("/v1/ocsp", "center"), *((address[0], address[1]) for address in ADDRESSES)]
)
def test_a_body_too_large_is_refused_at_every_address(ask, path, peer):
    answer = ask(path, peer, b" " * (BODY_BYTES_MAX + 1))
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")
