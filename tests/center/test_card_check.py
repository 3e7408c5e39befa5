"""The holder of a card is proven by signature, chain, period and revocation; anything else is a no, with a code."""

from __future__ import annotations

import base64
from datetime import date, timedelta

import httpx
import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.x509 import ocsp
from tests.center.bench import CITY, NOON, Bench, asking, challenged, code_of, opened, post
from tests.center.cards import SERIAL, certificate_of, ocsp_answer, opening, signature

from kofu.contracts.center import AskChallenge

pytestmark = [pytest.mark.storage, pytest.mark.font]
OTHER = "0e".zfill(32)
NEIGHBOUR = "011002"
NOT_SIGNED = bytes(256)


@pytest.fixture
def bench(system_database) -> Bench:
    return Bench(system_database("center").app_url)


def refused(bench: Bench, **changes: object) -> tuple[int, str]:
    """What the centre says to a session opened with something else than the card's own proof."""

    async def scenario(kiosk, _):
        return code_of(await opened(kiosk, **changes))

    return bench.run(scenario)


def test_the_ward_is_asked_for_the_serial_the_certificate_carries(bench: Bench) -> None:
    async def scenario(kiosk, _):
        session = (await opened(kiosk)).json()["session_id"]
        await post(kiosk, f"/v1/sessions/{session}/certificate", asking())

    bench.run(scenario)
    assert [question.serial for question in bench.ward.asked] == [SERIAL]


def test_a_signature_of_another_key_proves_nothing(bench: Bench) -> None:
    assert refused(bench, certificate=certificate_of(OTHER)) == (403, "signature_wrong")


def test_a_certificate_of_another_authority_is_foreign(bench: Bench) -> None:
    assert refused(bench, certificate=certificate_of(issuer="another")) == (403, "certificate_foreign")


@pytest.mark.parametrize(
    ("first", "last", "code"),
    [
        (date(2020, 1, 1), date(2026, 11, 23), "certificate_expired"),
        (date(2026, 11, 25), date(2030, 1, 1), "certificate_not_yet_valid"),
    ],
)
def test_a_certificate_outside_its_period_is_refused(bench: Bench, first: date, last: date, code: str) -> None:
    assert refused(bench, certificate=certificate_of(first=first, last=last)) == (403, code)


def test_a_certificate_with_somebody_elses_serial_written_into_it_is_tampered(bench: Bench) -> None:
    genuine = certificate_of()
    assert genuine.count(SERIAL.encode()) == 1
    changed = genuine.replace(SERIAL.encode(), OTHER.encode())
    assert refused(bench, certificate=changed) == (403, "certificate_tampered")


def test_a_changed_certificate_is_no_certificate(bench: Bench) -> None:
    changed = bytearray(certificate_of())
    changed[len(changed) // 3] ^= 1
    status, code = refused(bench, certificate=bytes(changed))
    assert status == 403
    assert code in {"certificate_foreign", "certificate_tampered", "certificate_unreadable"}


def test_noise_is_no_certificate(bench: Bench) -> None:
    assert refused(bench, certificate=b"x" * 200) == (403, "certificate_unreadable")


def test_a_signature_counts_once(bench: Bench) -> None:
    """Replay: the challenge is used up by whoever brings it first, right or wrong."""

    async def scenario(kiosk, _):
        given = await challenged(kiosk)
        begin = opening(given, kiosk="kiosk-0001", municipality=CITY)
        assert (await post(kiosk, "/v1/sessions", begin)).status_code == 200
        return code_of(await post(kiosk, "/v1/sessions", begin))

    assert bench.run(scenario) == (403, "challenge_over")


def test_a_signature_over_another_challenge_is_refused(bench: Bench) -> None:
    async def scenario(kiosk, _):
        first, second = await challenged(kiosk), await challenged(kiosk)
        begin = opening(second, kiosk="kiosk-0001", municipality=CITY, signature=signature(first, "kiosk-0001", CITY))
        return code_of(await post(kiosk, "/v1/sessions", begin))

    assert bench.run(scenario) == (403, "signature_wrong")


def test_a_signature_made_for_another_kiosk_is_refused(bench: Bench) -> None:
    async def scenario(kiosk, _):
        given = await challenged(kiosk)
        bench.kiosk = "kiosk-0002"
        begin = opening(given, kiosk="kiosk-0002", municipality=CITY)
        return code_of(await post(kiosk, "/v1/sessions", begin))

    assert bench.run(scenario) == (403, "challenge_over")


@pytest.mark.parametrize("whose", [("kiosk-0002", CITY), ("kiosk-0001", NEIGHBOUR)], ids=["kiosk", "municipality"])
def test_a_card_signs_for_one_kiosk_and_one_municipality(bench: Bench, whose: tuple[str, str]) -> None:
    async def scenario(kiosk, _):
        given = await challenged(kiosk)
        begin = opening(given, kiosk="kiosk-0001", municipality=CITY, signature=signature(given, *whose))
        return code_of(await post(kiosk, "/v1/sessions", begin))

    assert bench.run(scenario) == (403, "signature_wrong")


def test_a_challenge_for_one_municipality_opens_no_session_with_another(bench: Bench) -> None:
    async def scenario(kiosk, center):
        center.neighbours.routes[NEIGHBOUR] = "https://ward"
        begin = opening(await challenged(kiosk), kiosk="kiosk-0001", municipality=NEIGHBOUR)
        return code_of(await post(kiosk, "/v1/sessions", begin))

    assert bench.run(scenario) == (403, "challenge_over")


def test_a_wrong_proof_uses_the_challenge_up_too(bench: Bench) -> None:
    async def scenario(kiosk, _):
        given = await challenged(kiosk)
        wrong = opening(given, kiosk="kiosk-0001", municipality=CITY, signature=NOT_SIGNED)
        right = opening(given, kiosk="kiosk-0001", municipality=CITY)
        return [code_of(await post(kiosk, "/v1/sessions", begin)) for begin in (wrong, right)]

    assert bench.run(scenario) == [(403, "signature_wrong"), (403, "challenge_over")]


@pytest.mark.parametrize(("seconds", "status"), [(59, 200), (60, 403)])
def test_a_challenge_is_over_after_a_minute(bench: Bench, seconds: int, status: int) -> None:
    async def scenario(kiosk, _):
        given = await challenged(kiosk)
        bench.now = NOON + timedelta(seconds=seconds)
        return await post(kiosk, "/v1/sessions", opening(given, kiosk="kiosk-0001", municipality=CITY))

    answer = bench.run(scenario)
    assert answer.status_code == status
    assert status == 200 or code_of(answer) == (403, "challenge_over")


def test_no_challenge_is_like_another(bench: Bench) -> None:
    async def scenario(kiosk, _):
        return [(await challenged(kiosk)).nonce for _ in range(8)]

    assert {len(nonce) for nonce in bench.run(scenario)} == {32}
    assert len(set(bench.run(scenario))) == 8


def test_a_kiosk_has_a_limited_number_of_challenges(bench: Bench) -> None:
    async def scenario(kiosk, _):
        asked = AskChallenge(kiosk_id="kiosk-0001", municipality_code=CITY)
        answers = [await post(kiosk, "/v1/challenges", asked) for _ in range(17)]
        return [answer.status_code for answer in answers][-2:]

    assert bench.run(scenario) == [200, 429]


def test_a_validity_service_that_does_not_answer_is_no_yes(bench: Bench) -> None:
    """P3: fail closed."""

    def silent(question: bytes) -> bytes:
        raise httpx.ConnectError("down")

    bench.ward.ocsp = silent
    assert refused(bench) == (504, "validity_unproven")


def test_the_authority_is_asked_last_and_before_it_says_good_no_serial_is_kept(bench: Bench) -> None:
    asked: list[bytes] = []

    def revoked(question: bytes) -> bytes:
        asked.append(question)
        return ocsp_answer(question, "revoked", NOON)

    bench.ward.ocsp = revoked
    assert refused(bench, signature=NOT_SIGNED) == (403, "signature_wrong")
    assert asked == []
    assert refused(bench) == (403, "certificate_revoked")
    assert len(asked) == 1
    assert bench.rows("SELECT serial FROM center_session") == []


@pytest.mark.parametrize(("status", "said"), [("suspended", "certificate_hold"), ("unknown", "unknown")])
def test_a_no_of_the_authority_is_handed_on_with_its_reason(bench: Bench, status: str, said: str) -> None:
    bench.ward.validity = status

    async def scenario(kiosk, _):
        return (await opened(kiosk)).json()["message"]

    assert said in bench.run(scenario)


def test_an_answer_of_somebody_else_proves_nothing(bench: Bench) -> None:
    bench.ward.ocsp = lambda question: ocsp_answer(question, "valid", NOON, issuer="another")
    assert refused(bench) == (502, "validity_unproven")


def test_an_old_answer_proves_nothing(bench: Bench) -> None:
    """Replay of yesterday's good: the nonce is another, and so is the day."""
    bench.ward.ocsp = lambda question: ocsp_answer(question, "valid", NOON - timedelta(days=1))
    assert refused(bench) == (502, "validity_unproven")


def test_an_answer_to_another_question_proves_nothing(bench: Bench) -> None:
    def another(question: bytes) -> bytes:
        asked = ocsp.load_der_ocsp_request(question)
        builder = ocsp.OCSPRequestBuilder().add_certificate_by_hash(
            asked.issuer_name_hash, asked.issuer_key_hash, int(OTHER, 16), asked.hash_algorithm
        )
        nonce = asked.extensions.get_extension_for_class(x509.OCSPNonce).value
        other = builder.add_extension(nonce, critical=False).build()
        return ocsp_answer(other.public_bytes(serialization.Encoding.DER), "valid", NOON)

    bench.ward.ocsp = another
    assert refused(bench) == (502, "validity_unproven")


def test_the_serial_is_gone_from_the_centre_after_the_session(bench: Bench) -> None:
    async def scenario(kiosk, _):
        session = (await opened(kiosk)).json()["session_id"]
        await kiosk.delete(f"/v1/sessions/{session}")

    bench.run(scenario)
    assert bench.rows("SELECT serial FROM center_session") == [(None,)]
    assert bench.rows("SELECT count(*) FROM center_challenge") == [(0,)]


def test_the_messages_travel_as_base64(bench: Bench) -> None:
    async def scenario(kiosk, _):
        answer = await post(kiosk, "/v1/challenges", AskChallenge(kiosk_id="kiosk-0001", municipality_code=CITY))
        return msgspec.json.decode(answer.content)

    assert len(base64.b64decode(bench.run(scenario)["nonce"])) == 32
