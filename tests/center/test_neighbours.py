"""The centre takes a ward's papers behind the message, or in it from a ward that speaks the contract before."""

from __future__ import annotations

import asyncio
import hashlib
from datetime import UTC, datetime

import httpx
import msgspec
import pytest

from kofu.center.neighbours import Neighbours
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


def test_a_paper_cut_short_is_dropped():
    with pytest.raises(PeerFault, match="unreadable_answer"):
        asked(ward(encode_beside(ISSUED)[:-1], PAPERS_BESIDE))
