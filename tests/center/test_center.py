"""The centre passes certificates on and keeps none; whatever a ward or a kiosk does wrong has a clear code."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import httpx
import msgspec
import psycopg
import pytest
from tests.center.back.sheets import drawn, front_of
from tests.center.bench import (
    CITY,
    REFERENCE,
    Bench,
    Ward,
    asking,
    code_of,
    error_body,
    issue_once,
    opened,
    post,
    result,
    timeout,
)
from tests.center.cards import SERIAL
from tests.center.papers import SECRET_NAME, document

from kofu.center import store
from kofu.center.answers import BODY_BYTES_MAX
from kofu.center.app import read_routes
from kofu.center.neighbours import ANSWER_BYTES_MAX
from kofu.contracts.center import CenterIssued
from kofu.contracts.issuing import (
    CertificateRequest,
    PrintOutcome,
    Refused,
    Text,
)
from kofu.core.errors import OperatorFault

pytestmark = [pytest.mark.storage, pytest.mark.font]
PDF = document().pdf


@pytest.fixture
def bench(system_database) -> Bench:
    return Bench(system_database("center").app_url)


def test_a_certificate_passes_through_and_nothing_of_it_stays(bench):
    """The seed: 証明書交付センターでは証明書データを保持しない."""

    async def scenario(kiosk, _):
        session, answer = await issue_once(kiosk)
        assert answer.json()["outcome"] == "issued"
        assert answer.headers["Cache-Control"] == "no-store"
        printed = msgspec.json.decode(answer.content, type=CenterIssued).documents[0]
        assert printed.pdf[: printed.front_bytes] == PDF
        assert front_of(drawn(printed.pdf, 1)).certificate_number == printed.certificate_number
        done = await post(kiosk, f"/v1/sessions/{session}/print-result", result())
        assert done.status_code == 204

    bench.run(scenario)
    assert [question.serial for question in bench.ward.asked] == [SERIAL]
    assert [told.outcome for told in bench.ward.results] == [PrintOutcome.PRINTED]
    kept = "".join(
        str(row)
        for table in ("center_session", "center_request", "center_print_report")
        for row in bench.rows(f"SELECT {table}::text, encode({table}::text::bytea, 'base64') FROM {table}")
    )
    assert "00000000000000000000000000000001" in kept
    for secret in (SECRET_NAME, "JVBERi0x", "255044462d312e", "%PDF"):
        assert secret not in kept


def wrong_request(request: CertificateRequest) -> httpx.Response:
    return Ward().issue(msgspec.structs.replace(request, request_id="f" * 32))


def wrong_copies(request: CertificateRequest) -> httpx.Response:
    return Ward().issue(msgspec.structs.replace(request, copies=2))


def undecodable(_: CertificateRequest) -> httpx.Response:
    return httpx.Response(200, headers={"Content-Encoding": "gzip"}, stream=httpx.ByteStream(PDF))


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (wrong_request, (502, "answer_of_another_request")),
        (wrong_copies, (502, "wrong_copies")),
        (timeout, (504, "ward_timeout")),
        (error_body, (502, "busy")),
        (lambda _: httpx.Response(500, content=b"oops"), (502, "ward_failed")),
        (lambda _: httpx.Response(200, content=b"{]"), (502, "unreadable_answer")),
        (undecodable, (502, "unreadable_answer")),
        (lambda _: httpx.Response(200, content=b" " * (ANSWER_BYTES_MAX + 1)), (502, "answer_too_large")),
    ],
)
def test_a_ward_that_answers_wrongly_never_reaches_the_kiosk(bench, answer, expected):
    bench.ward.answer = answer

    async def scenario(kiosk, _):
        _, response = await issue_once(kiosk)
        assert code_of(response) == expected
        assert PDF not in response.content

    bench.run(scenario)


def test_a_refusal_is_passed_on_with_its_words(bench):
    text = Text(ja="窓口へ", en="Please ask at the counter")
    bench.ward.answer = lambda request: httpx.Response(
        200,
        content=msgspec.json.encode(
            Refused(
                request_id=request.request_id,
                reference=REFERENCE,
                code="ask_at_counter",
                resident_text=text,
                next_step=text,
            )
        ),
    )

    async def scenario(kiosk, _):
        _, response = await issue_once(kiosk)
        assert (response.status_code, response.json()["code"]) == (200, "ask_at_counter")

    bench.run(scenario)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"municipality_code": "011002"}, (404, "unknown_municipality")),
        ({"kiosk_id": "kiosk-0002"}, (403, "another_kiosk")),
    ],
)
def test_a_session_needs_a_known_municipality_and_its_own_kiosk(bench, changes, expected):
    async def scenario(kiosk, _):
        assert code_of(await opened(kiosk, **changes)) == expected

    bench.run(scenario)


@pytest.mark.parametrize(
    ("status", "code"),
    [
        ("revoked", "certificate_revoked"),
        ("suspended", "certificate_revoked"),
        ("unknown", "certificate_unknown"),
    ],
)
def test_a_certificate_that_is_not_good_opens_no_session(bench, status, code):
    """P7: unknown is refused like revoked."""
    bench.ward.validity = status

    async def scenario(kiosk, _):
        assert code_of(await opened(kiosk)) == (403, code)

    bench.run(scenario)


def test_only_kiosks_are_served(bench):
    bench.kiosk = "issuing"

    async def scenario(kiosk, _):
        assert code_of(await opened(kiosk)) == (403, "not_a_kiosk")

    bench.run(scenario)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"{]", (400, "not_json")),
        (b'{"kiosk_id":"\xff"}', (400, "not_json")),
        (b"{}", (422, "not_of_the_contract")),
        (
            b'{"kiosk_id":"kiosk-0001","municipality_code":"139998","serial":"0a","more":1}',
            (422, "not_of_the_contract"),
        ),
        (b" " * (BODY_BYTES_MAX + 1), (413, "body_too_large")),
    ],
)
def test_a_body_outside_the_contract_is_told_so(bench, body, expected):
    async def scenario(kiosk, _):
        assert code_of(await post(kiosk, "/v1/sessions", body)) == expected

    bench.run(scenario)


def test_outside_the_service_hours_no_session_opens(bench):
    bench.now = datetime(2026, 11, 24, 14, 0, tzinfo=UTC)  # 23:00 in Japan

    async def scenario(kiosk, _):
        assert code_of(await opened(kiosk)) == (503, "center_closed")

    bench.run(scenario)


def test_a_session_belongs_to_its_kiosk_and_its_time(bench):
    async def scenario(kiosk, _):
        session = (await opened(kiosk)).json()["session_id"]
        bench.kiosk = "kiosk-0002"
        assert code_of(await post(kiosk, f"/v1/sessions/{session}/certificate", asking())) == (404, "session_over")
        bench.kiosk = "kiosk-0001"
        bench.now += timedelta(minutes=13)
        assert code_of(await post(kiosk, f"/v1/sessions/{session}/certificate", asking())) == (404, "session_over")

    bench.run(scenario)
    assert bench.ward.asked == []


def test_a_request_id_of_another_session_is_not_taken(bench):
    async def scenario(kiosk, _):
        await issue_once(kiosk, 7)
        _, response = await issue_once(kiosk, 7)
        assert code_of(response) == (409, "request_not_taken")

    bench.run(scenario)


def test_a_kiosk_has_a_limited_number_of_sessions(bench):
    async def scenario(kiosk, _):
        for _ in range(store.OPEN_PER_KIOSK_MAX):
            assert (await opened(kiosk)).status_code == 200
        assert code_of(await opened(kiosk)) == (429, "too_many_sessions")

    bench.run(scenario)


def test_a_print_result_the_ward_cannot_take_now_is_delivered_later_once(bench):
    async def scenario(kiosk, center):
        session, _ = await issue_once(kiosk)
        bench.ward.deliverable = False
        for _ in range(2):
            done = await post(kiosk, f"/v1/sessions/{session}/print-result", result())
            assert done.status_code == 204
        assert bench.ward.results == []
        bench.ward.deliverable = True
        await center.deliver_waiting()
        await center.deliver_waiting()

    bench.run(scenario)
    assert [told.outcome for told in bench.ward.results] == [PrintOutcome.PRINTED]


def test_a_result_of_something_never_issued_is_refused(bench):
    async def scenario(kiosk, _):
        session = (await opened(kiosk)).json()["session_id"]
        response = await post(kiosk, f"/v1/sessions/{session}/print-result", result())
        assert code_of(response) == (409, "nothing_was_issued")

    bench.run(scenario)


def test_the_end_of_a_session_erases_the_serial_and_tells_the_ward_unknown_exactly_once(bench):
    """P9: no word about the paper is a case at the ward, not a shrug. Two sweepers at once tell it once."""

    async def scenario(kiosk, center):
        await issue_once(kiosk)
        bench.now += timedelta(minutes=13)

        async def sweep() -> None:
            async with center.pool.connection() as connection:
                await store.end_expired(connection, bench.now)

        await asyncio.gather(sweep(), sweep())
        await center.deliver_waiting()

    bench.run(scenario)
    assert [told.outcome for told in bench.ward.results] == [PrintOutcome.UNKNOWN]
    assert bench.rows("SELECT serial, ended_at IS NOT NULL FROM center_session") == [(None, True)]


def test_neither_serial_nor_token_can_be_read_from_the_database_while_the_session_is_open(bench):
    """II-7: what stays behind in pages, log and backups after the end says no more than this."""

    async def scenario(kiosk, center):
        token = (await opened(kiosk)).json()["session_id"]
        async with center.pool.connection() as connection:
            cursor = await connection.execute("SELECT session::text, kiosk_id FROM center_session AS session")
            ((row, kiosk_id),) = await cursor.fetchall()
            assert SERIAL not in row
            assert token not in row
            found = await store.find_session(connection, token, kiosk_id, bench.now)
            assert found is not None
            assert found.serial == SERIAL
            assert token not in repr(found)

    bench.run(scenario)


def test_the_database_itself_keeps_no_serial_past_the_end(bench):
    async def scenario(kiosk, _):
        await opened(kiosk)

    bench.run(scenario)
    with psycopg.connect(bench.url) as connection, pytest.raises(psycopg.errors.CheckViolation):
        connection.execute("UPDATE center_session SET ended_at = now()")


def test_an_unknown_address_and_a_silent_database_have_an_error_body_too(bench):
    async def scenario(kiosk, center):
        assert code_of(await kiosk.get("/v1/nothing")) == (404, "no_such_address")
        assert code_of(await kiosk.get("/v1/sessions")) == (405, "no_such_address")
        await center.pool.close()
        assert code_of(await opened(kiosk))[0] in {500, 503}

    bench.run(scenario)


def test_every_endpoint_of_the_app_is_in_its_openapi_document(bench):
    async def scenario(kiosk, _):
        published = (await kiosk.get("/v1/openapi.json")).json()
        assert set(published["paths"]) == {
            "/v1/challenges",
            "/v1/municipalities/{code}/menu",
            "/v1/sessions",
            "/v1/sessions/{session_id}",
            "/v1/sessions/{session_id}/certificate",
            "/v1/sessions/{session_id}/print-result",
        }

    bench.run(scenario)


@pytest.mark.parametrize(
    ("routes", "good"),
    [
        ({CITY: "https://ward.example"}, True),
        ({CITY: "http://ward.example"}, False),
        ({"13": "https://ward.example"}, False),
        (["https://ward.example"], False),
    ],
)
def test_routes_lead_from_six_digits_to_a_ward_over_tls(routes, good, tmp_path, monkeypatch):
    file = tmp_path / "routes.json"
    file.write_bytes(msgspec.json.encode(routes))
    monkeypatch.setenv("KOFU_ROUTES", str(file))
    if good:
        assert read_routes() == routes
    else:
        with pytest.raises(OperatorFault, match=r"KOFU_ROUTES|six digits"):
            read_routes()
