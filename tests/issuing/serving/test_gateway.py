"""The machine endpoints: who may ask, what is refused, and whose fault it is; over the real ASGI app and database."""

from __future__ import annotations

import json
import secrets
import threading
import time
from datetime import timedelta

import httpx
import msgspec
import pytest
from tests.issuing.feed_maker import serial_of
from tests.issuing.serving.asked_gateway import body
from tests.relay import Relay

from kofu.contracts.issuing import Issued, PrintOutcome
from kofu.contracts.papers_beside import PAPERS_BESIDE, decode_beside
from kofu.core.errors import OperatorFault
from kofu.core.kinds import HoldKind
from kofu.issuing.checks.watch import Watch
from kofu.issuing.requests import journal_store
from kofu.issuing.requests.domain.states import RequestState
from kofu.issuing.serving import gateway
from kofu.issuing.serving.gateway import AFTER_DEADLINE_SECONDS, BODY_BYTES_MAX, READY_SECONDS_MAX

pytestmark = [pytest.mark.storage, pytest.mark.font]


class Unfit(Watch):
    """A watch that found another deployment registered."""

    def __init__(self):
        self.fault = OperatorFault("attestation_ended", "this process is no longer what is registered")

    def stop(self):
        """Nothing was started."""


def test_a_request_of_the_centre_is_answered_with_the_certificate(ask, asked_ward):
    asked = body(asked_ward)
    answer = ask("center", "POST", "/v1/certificate-requests", json=asked)
    assert answer.status_code == 200
    assert answer.json()["outcome"] == "issued"
    state = ("made",)
    with asked_ward.connect() as connection:
        for _ in range(200):  # the note is written behind the answer
            find = "SELECT state FROM issuing_request WHERE request_id = %s"
            state = connection.execute(find, [asked["request_id"]]).fetchone()
            if state != ("made",):
                break
            time.sleep(0.02)
    assert state == ("sent",)


def test_who_asks_for_papers_behind_the_message_gets_the_same_papers_so(ask, asked_ward):
    """Contract 1.1; whoever does not ask for it, and every refusal, speaks JSON as before."""
    asked, wanted = body(asked_ward), {"Accept": f"{PAPERS_BESIDE}, application/json"}
    beside = ask("center", "POST", "/v1/certificate-requests", json=asked, headers=wanted)
    plain = ask("center", "POST", "/v1/certificate-requests", json=asked)
    assert (beside.headers["content-type"], plain.headers["content-type"]) == (PAPERS_BESIDE, "application/json")
    assert decode_beside(beside.content) == msgspec.json.decode(plain.content, type=Issued)
    refused = ask("center", "POST", "/v1/certificate-requests", json=body(asked_ward, "ffff"), headers=wanted)
    assert (refused.headers["content-type"], refused.json()["outcome"]) == ("application/json", "refused")


def test_a_print_result_is_taken_once_and_a_contradiction_is_a_conflict(ask, asked_ward):
    asked = body(asked_ward)
    ask("center", "POST", "/v1/certificate-requests", json=asked)
    result = {
        "request_id": asked["request_id"],
        "outcome": PrintOutcome.PRINTED.value,
        "copies_printed": 1,
        "fee_paid": 200,
        "occurred_at": asked_ward.clock.now.isoformat(),
    }
    assert ask("center", "POST", "/v1/print-results", json=result).status_code == 204
    assert ask("center", "POST", "/v1/print-results", json=result).status_code == 204
    other = ask("center", "POST", "/v1/print-results", json=result | {"outcome": "failed"})
    assert (other.status_code, len(other.json()["case_id"])) == (409, 32)


@pytest.mark.parametrize(
    ("peer", "method", "path"),
    [
        ("registry", "POST", "/v1/certificate-requests"),
        ("kiosk-0001", "POST", "/v1/certificate-requests"),
        ("registry", "POST", "/v1/print-results"),
        ("center", "POST", "/v1/holds"),
        ("", "GET", "/healthz"),
        ("kiosk-0001", "GET", "/v1/municipalities/139998/menu"),
    ],
)
def test_a_peer_may_ask_only_what_the_contract_names_it_for(ask, peer, method, path):
    answer = ask(peer, method, path, json={} if method == "POST" else None)
    assert (answer.status_code, answer.json()["code"]) == (403, "peer_not_allowed")


@pytest.mark.parametrize(
    "change",
    [
        {"request_id": "1"},
        {"request_id": "A" * 32},
        {"request_id": "a" * 32 + "\n"},
        {"kiosk_id": "K1\n"},
        {"plate_number": "a\0b"},
        {"serial": "xyz"},
        {"copies": 0},
        {"copies": 11},
        {"kind": "koseki"},
        {"surprise": 1},
        {"deadline": "2026-11-23T12:00:00"},
        {"fiscal_year": "2026"},
    ],
)
def test_what_is_not_of_the_contract_is_the_peers_fault(ask, asked_ward, change):
    answer = ask("center", "POST", "/v1/certificate-requests", json=body(asked_ward) | change)
    assert (answer.status_code, answer.json()["blame"]) == (400, "peer")


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff\xfe", b"null"])
def test_what_is_not_json_is_the_peers_fault(ask, content):
    answer = ask("center", "POST", "/v1/certificate-requests", content=content)
    assert (answer.status_code, answer.json()["blame"]) == (400, "peer")


GOOD = {
    "/v1/certificate-requests": ("center", body),
    "/v1/print-results": (
        "center",
        lambda asked_ward: {
            "request_id": secrets.token_hex(16),
            "outcome": PrintOutcome.PRINTED.value,
            "copies_printed": 1,
            "fee_paid": 200,
            "occurred_at": asked_ward.clock.now.isoformat(),
        },
    ),
    "/v1/holds": (
        "registry",
        lambda asked_ward: {
            "hold_id": secrets.token_hex(16),
            "revision": 1,
            "municipality_code": "139998",
            "kind": HoldKind.PROTECTION.value,
            "addressee_number": "000000000000778",
            "serial": None,
            "released": False,
            "effective_from": "2026-11-23",
            "sent_at": asked_ward.clock.now.isoformat(),
        },
    ),
}
NO_INSTANTS = ("2026-11-23T12:00:00", "0001-01-01T00:00:00+23:00", "9999-12-31T23:59:59-23:00")


@pytest.mark.parametrize(
    ("path", "change"),
    [
        *(
            (path, {field: value})
            for path, field in (
                ("/v1/certificate-requests", "deadline"),
                ("/v1/print-results", "occurred_at"),
                ("/v1/holds", "sent_at"),
            )
            for value in NO_INSTANTS
        ),
        *(("/v1/holds", {"revision": number}) for number in (2**63, 2**64, 10**40, -1, 0)),
        *(("/v1/print-results", {"fee_paid": number}) for number in (2**31, 2**63, -1)),
        ("/v1/print-results", {"copies_printed": 2**63}),
        ("/v1/certificate-requests", {"fiscal_year": 2**63}),
        ("/v1/certificate-requests", {"kiosk_id": "K\0"}),
        ("/v1/holds", {"addressee_number": "1\0"}),
        ("/v1/holds", {"addressee_number": "１"}),
    ],
    ids=lambda given: str(given)[:60].replace("\0", "NUL"),
)
def test_no_instant_number_or_text_of_a_peer_becomes_a_fault_of_ours(ask, asked_ward, path, change):
    """Naive instants, the first and last moment there is, 2^63, NUL: 400, and nothing of it reaches the database."""
    peer, good = GOOD[path]
    answer = ask(peer, "POST", path, json=good(asked_ward) | change)
    assert (answer.status_code, answer.json()["blame"]) == (400, "peer")


@pytest.mark.parametrize("path", GOOD)
def test_bytes_that_are_no_utf_8_are_the_peers_fault(ask, asked_ward, path):
    peer, good = GOOD[path]
    sent = json.dumps(good(asked_ward)).encode().replace(b"139998", b"13999\xff").replace(b"printed", b"print\xff")
    assert b"\xff" in sent
    answer = ask(peer, "POST", path, content=sent)
    assert (answer.status_code, answer.json()["blame"]) == (400, "peer")


def test_a_body_too_large_is_refused(ask):
    answer = ask("center", "POST", "/v1/certificate-requests", content=b" " * (BODY_BYTES_MAX + 1))
    assert answer.status_code == 413


def test_the_same_id_with_another_body_is_a_conflict_with_a_case(ask, asked_ward):
    asked = body(asked_ward)
    ask("center", "POST", "/v1/certificate-requests", json=asked)
    answer = ask("center", "POST", "/v1/certificate-requests", json=asked | {"serial": serial_of("00a2")})
    assert (answer.status_code, answer.json()["code"]) == (409, "request_id_reused")
    assert len(answer.json()["case_id"]) == 32


def test_a_request_whose_worker_died_comes_to_its_end_by_itself_on_record(start, asked_ward, monkeypatch):
    """A6, C11: nobody asks for it, nobody sweeps by hand; the serving process does."""
    monkeypatch.setattr(gateway, "SWEEP_SECONDS", 0.05)
    with asked_ward.connect() as connection:
        lost = asked_ward.request(deadline=asked_ward.clock.now - timedelta(seconds=1))
        journal_store.insert_request(connection, lost, "0" * 64, asked_ward.clock.now - timedelta(seconds=31))
        start(slots=1)
        waiting = threading.Event()
        for _ in range(400):
            if journal_store.read_request(connection, lost.request_id).state is not RequestState.RECEIVED:
                break
            waiting.wait(0.02)
        assert journal_store.read_request(connection, lost.request_id).state is RequestState.ABORTED
        found = connection.execute(
            "SELECT c.cause FROM issuing_case c JOIN issuing_case_evidence e USING (case_id) WHERE e.request_id = %s",
            [lost.request_id],
        ).fetchall()
    assert found == [("never decided",)]


def test_the_menu_bears_the_labels_the_certificates_bear(ask):
    menu = ask("center", "GET", "/v1/municipalities/139998/menu").json()
    assert menu["open"] is True
    taxation = next(kind for kind in menu["kinds"] if kind["kind"] == "taxation")
    assert {"fiscal_year": 2026, "label": "令和8年度", "income_label": "令和7年中の所得"} in taxation["years"]
    assert ask("center", "GET", "/v1/municipalities/131041/menu").status_code == 404


def test_the_contract_is_published_where_it_is_spoken(ask):
    assert json.loads(ask("center", "GET", "/v1/openapi.json").content)["openapi"].startswith("3.1")


def test_too_much_at_once_is_told_busy_at_once(start, asked_ward):
    """A queue that is longer than the deadline helps nobody; who is refused here may come again at once."""
    gate = threading.Event()
    ask = start(slots=1, before_make=lambda _order: gate.wait(20))
    answers: list[httpx.Response] = []

    def one():
        answers.append(ask("center", "POST", "/v1/certificate-requests", json=body(asked_ward)))

    threads = [threading.Thread(target=one) for _ in range(14)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(0.2)
    gate.set()
    for thread in threads:
        thread.join(20)
    codes = sorted(answer.status_code for answer in answers)
    assert codes == [200] * 9 + [503] * 5
    assert {a.json()["code"] for a in answers if a.status_code == 503} == {"busy"}


def test_a_sender_learns_which_of_its_feeds_is_active(ask):
    data = ask("ledger", "GET", "/v1/municipalities/139998/data").json()
    assert data["municipality_code"] == "139998"
    assert data["tax_feed_generation"] >= 1
    assert len(data["tax_feed_sha256"]) == 64
    assert ask("ledger", "GET", "/v1/municipalities/131041/data").status_code == 404
    assert ask("center", "GET", "/v1/municipalities/139998/data").status_code == 403


def test_a_database_that_swallows_everything_is_told_in_time(asked_ward, start, postgres):
    """Faults C4: no answer at all, and `/healthz` hung."""
    with Relay(postgres) as relay:
        ask = start(url=relay.through(asked_ward.database.app_url))
        assert ask("center", "GET", "/readyz").status_code == 200
        relay.swallow()
        began = time.monotonic()
        asked = body(asked_ward, deadline=(asked_ward.clock.now + timedelta(seconds=5)).isoformat())
        answer = ask("center", "POST", "/v1/certificate-requests", json=asked)
        assert (answer.status_code, answer.json()["code"]) == (503, "database_unavailable")
        assert int(answer.headers["Retry-After"]) > 0
        assert time.monotonic() - began < 5 + AFTER_DEADLINE_SECONDS + 3
        assert ask("center", "GET", "/healthz").status_code == 200
        began = time.monotonic()
        assert ask("center", "GET", "/readyz").status_code == 503
        assert time.monotonic() - began < READY_SECONDS_MAX + 3
        relay.flow()
        assert ask("center", "GET", "/readyz").status_code == 200


def test_a_process_that_may_not_serve_any_more_says_so(start):
    ask = start(watch=Unfit())
    for path in ("/readyz", "/v1/municipalities/139998/menu"):
        answer = ask("center", "GET", path)
        assert (answer.status_code, answer.json()["code"]) == (503, "attestation_ended")
        assert "Retry-After" in answer.headers
    assert ask("center", "GET", "/healthz").status_code == 200
