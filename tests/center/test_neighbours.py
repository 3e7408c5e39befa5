"""The centre takes a ward's papers behind the message, or in it from a ward that speaks the contract before."""

from __future__ import annotations

import asyncio
import hashlib
from datetime import UTC, datetime

import httpx
import msgspec
import pytest

from kofu.center.domain.requests import NOTHING_DONE
from kofu.center.neighbours import NO_QUEUE, Neighbours, WardSilent
from kofu.contracts.issuing import CertificateRequest, Document, Issued
from kofu.contracts.papers_beside import PAPERS_BESIDE, encode_beside
from kofu.core.errors import PeerFault
from kofu.core.kinds import CertificateKind

PDF = b"%PDF-1.4 ..."
QUESTION = CertificateRequest(
    request_id="a" * 32, municipality_code="139998", serial="a1", kind=CertificateKind.TAXATION, fiscal_year=2026,
    copies=1, kiosk_id="kiosk-0001", deadline=datetime(2026, 11, 23, 3, tzinfo=UTC),
)  # fmt: skip
ISSUED = Issued(
    request_id=QUESTION.request_id, reference="0000000" + "0", title="課税証明書", fee_per_copy=200,
    documents=(Document(certificate_number="1", pages=1, sha256=hashlib.sha256(PDF).hexdigest(), pdf=PDF),),
)  # fmt: skip


def asked(ward) -> object:
    async def asking():
        async with httpx.AsyncClient(transport=httpx.MockTransport(ward)) as client:
            return await Neighbours(client=client, routes={}, validity="").request("https://ward", QUESTION, 5)

    return asyncio.run(asking())


def ward(body: bytes, media: str):
    def answer(request: httpx.Request) -> httpx.Response:
        assert PAPERS_BESIDE in request.headers["accept"]
        return httpx.Response(200, content=body, headers={"content-type": media})

    return answer


def test_papers_behind_the_message_and_in_it_are_the_same_answer():
    assert asked(ward(encode_beside(ISSUED), PAPERS_BESIDE)) == ISSUED
    assert asked(ward(msgspec.json.encode(ISSUED), "application/json")) == ISSUED


def beside(change: bytes = b"", into: bytes = b"", **other) -> bytes:
    """Write the answer with something else in it."""
    return encode_beside(msgspec.structs.replace(ISSUED, **other)).replace(change, into, 1)


TWICE = {"documents": ISSUED.documents * 2}
OTHER = hashlib.sha256(b"%PDF-1.4 ,,,").hexdigest().encode()


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "unreadable_answer"),
        (beside()[:-1], "unreadable_answer"),
        (beside()[:40], "unreadable_answer"),
        (beside() + b".", "unreadable_answer"),
        (b"\xff\xff\xff\xff" + beside()[4:], "unreadable_answer"),
        (beside(b'"pdf_bytes":12', b'"pdf_bytes":-2'), "unreadable_answer"),
        (beside(b'"pdf_bytes":12', b'"pdf_bytes":99'), "unreadable_answer"),
        (beside(ISSUED.documents[0].sha256.encode(), OTHER), "unreadable_answer"),
        (beside("課税".encode(), b"\xff\xfe\xff\xfe\xff\xfe"), "unreadable_answer"),
        (beside(request_id="b" * 32), "answer_of_another_request"),
        (beside(documents=()), "wrong_copies"),
        (beside(**TWICE), "wrong_copies"),
    ],
    ids=[
        "nothing", "cut", "cut in the message", "longer", "a length of 4 GB", "a paper of no length",
        "a paper longer than the body", "another paper", "no UTF-8", "another's", "no paper", "a paper too many",
    ],
)  # fmt: skip
def test_what_is_not_this_answer_whole_is_dropped_and_its_outcome_stays_unknown(body, code):
    with pytest.raises(PeerFault) as caught:
        asked(ward(body, PAPERS_BESIDE))
    assert caught.value.code == code
    assert code not in NOTHING_DONE


@pytest.mark.parametrize("status", [200, 500])
def test_json_that_is_no_utf8_is_the_wards_fault_too(status):
    """Read as a failure of the centre's own it would be looked for in the wrong house."""

    def answer(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(status, content=b'{"code":"\xff"}', headers={"content-type": "application/json"})

    with pytest.raises(PeerFault, match="unreadable_answer" if status == 200 else "ward_failed"):
        asked(answer)


async def answers_after_someone_gave_up(limits: httpx.Limits, lines: int) -> bool:
    """One asks, a second waits for the only line and gives up at the moment it is its turn; does a third get it?"""

    async def ward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n")
        await body_may_come.wait()
        writer.write(b"{}")
        writer.close()

    body_may_come = asyncio.Event()
    server = await asyncio.start_server(ward, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    async with server, httpx.AsyncClient(limits=limits) as client:
        neighbours = Neighbours(client, {}, "", asyncio.Semaphore(lines))
        async with neighbours._line(1.0), client.stream("GET", url) as first:
            second = asyncio.create_task(neighbours._ask(url, None, 1.0, method="GET"))
            await asyncio.sleep(0.01)  # it stands in the queue, of ours or of httpx
            body_may_come.set()
            await first.aread()
        second.cancel()
        await asyncio.gather(second, return_exceptions=True)
        try:
            return (await neighbours._ask(url, None, 1.0, method="GET")).body == b"{}"
        except WardSilent:
            return False


def test_who_gives_up_while_waiting_for_a_line_leaves_it_to_others():
    assert asyncio.run(answers_after_someone_gave_up(NO_QUEUE, 1))


def test_twin_in_the_queue_of_the_client_itself_the_line_would_be_lost_for_ever():
    assert not asyncio.run(answers_after_someone_gave_up(httpx.Limits(max_connections=1), 100))
