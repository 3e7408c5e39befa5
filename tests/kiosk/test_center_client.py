"""What the kiosk makes of the centre's answers, and of none."""

from __future__ import annotations

import httpx
import pytest
from msgspec.structs import replace
from tests.kiosk.doubles import SESSION, WARD, FakeCenter, body, client_of, error, issued

from kofu.contracts.center import OpenSession, SessionRequest
from kofu.contracts.issuing import CertificateKind
from kofu.core.errors import PeerFault
from kofu.kiosk import center_client
from kofu.kiosk.center_client import CenterRefusal, CenterUnavailable

OPENING = OpenSession(
    kiosk_id="kiosk-0001",
    municipality_code=WARD,
    challenge_id="7" * 32,
    certificate=b"c" * 64,
    signature=b"s" * 64,
)
MINE, ANOTHER = "1" * 32, "2" * 32


def ask(center, request_id=MINE):
    question = SessionRequest(request_id=request_id, kind=CertificateKind.TAXATION, fiscal_year=2026, copies=1)
    return client_of(center).request(SESSION, question)


def test_an_answer_about_another_request_is_dropped() -> None:
    """横浜市 2023: an answer that belongs to somebody else must never reach the printer."""
    with pytest.raises(PeerFault) as caught:
        ask(lambda _: body(issued(ANOTHER, b"%PDF somebody else's")))
    assert caught.value.code == "answer_of_another_request"


def test_the_own_answer_is_taken() -> None:
    assert ask(FakeCenter()).documents[0].pdf.startswith(b"%PDF")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda whole: replace(whole, documents=()), "wrong_copies"),
        (lambda whole: replace(whole, documents=whole.documents * 2), "wrong_copies"),
        (lambda whole: replace(whole, documents=(replace(whole.documents[0], pdf=b"%PDF ano"),)), "wrong_digest"),
        (lambda whole: replace(whole, documents=(replace(whole.documents[0], front_bytes=3),)), "wrong_digest"),
    ],
    ids=["none of them", "doubled", "broken off", "cut at another place"],
)
def test_what_is_not_each_copy_once_and_whole_is_dropped_before_anything_is_printed(change, code) -> None:
    with pytest.raises(PeerFault) as caught:
        ask(lambda _: body(change(issued(MINE, b"%PDF another"))))
    assert caught.value.code == code


def test_a_request_whose_line_breaks_is_sent_again_the_same_and_its_answer_is_taken() -> None:
    """D1: the centre may have the answer ready already; under the same id it gives the same one."""
    sent: list[bytes] = []

    def breaks_once(request: httpx.Request) -> httpx.Response:
        sent.append(request.content)
        if len(sent) == 1:
            raise httpx.ReadError("the line broke")
        return body(issued(MINE, b"%PDF mine"))

    assert ask(breaks_once).documents[0].pdf == b"%PDF mine"
    assert len(sent) == 2
    assert sent[0] == sent[1]


def test_a_centre_that_is_away_is_asked_three_times_and_one_that_is_slow_once() -> None:
    """After a time-out the request's own time is over: the resident is told, not kept waiting."""
    asked: list[str] = []

    def fails(error: httpx.TransportError):
        def answer(_: httpx.Request) -> httpx.Response:
            asked.append(type(error).__name__)
            raise error

        return answer

    for fault in (httpx.ConnectError("away"), httpx.ReadTimeout("slow")):
        with pytest.raises(CenterUnavailable):
            ask(fails(fault))
    assert asked == ["ConnectError"] * 3 + ["ReadTimeout"]


@pytest.mark.parametrize("content", [b"", b"<html>", b"{}", b'{"outcome":"issued"}', b'["\xff"]', b"null"])
@pytest.mark.parametrize("question", ["menu", "session", "request"])
def test_what_is_not_of_the_contract_is_the_peers_fault_and_not_repeated(content, question) -> None:
    client = client_of(lambda _: httpx.Response(200, content=content))
    asked = {
        "menu": lambda: client.menu(WARD),
        "session": lambda: client.open_session(OPENING),
        "request": lambda: ask(lambda _: httpx.Response(200, content=content)),
    }
    with pytest.raises(PeerFault) as caught:
        asked[question]()
    assert caught.value.code == "unreadable_answer"
    assert caught.value.__cause__ is None


def test_a_person_in_a_broken_answer_is_not_quoted() -> None:
    with pytest.raises(PeerFault) as caught:
        ask(lambda _: httpx.Response(200, content='{"outcome":"issued","山田花子":1}'.encode()))
    assert "山田" not in str(caught.value)
    assert caught.value.__suppress_context__


@pytest.mark.parametrize(
    ("failure", "code"),
    [
        (httpx.ReadTimeout("late"), "center_timeout"),
        (httpx.ConnectTimeout("late"), "center_timeout"),
        (httpx.ConnectError("dead"), "center_unreachable"),
        (httpx.RemoteProtocolError("cut"), "center_unreachable"),
    ],
)
def test_a_centre_that_does_not_answer_is_said_in_the_kiosks_words(failure, code) -> None:
    def fail(_: httpx.Request) -> httpx.Response:
        raise failure

    with pytest.raises(CenterUnavailable) as caught:
        ask(fail)
    assert caught.value.code == code


def test_an_error_of_the_contract_keeps_its_code() -> None:
    with pytest.raises(CenterRefusal) as caught:
        ask(lambda _: error(404, "session_over"))
    assert caught.value.code == "session_over"


@pytest.mark.parametrize("content", [b"", b"Bad Gateway"])
def test_an_error_without_a_reason_is_a_centre_that_failed(content) -> None:
    with pytest.raises(CenterUnavailable) as caught:
        ask(lambda _: httpx.Response(502, content=content))
    assert caught.value.code == "center_failed"


def test_an_answer_larger_than_any_certificate_is_dropped(monkeypatch) -> None:
    monkeypatch.setattr(center_client, "ANSWER_BYTES_MAX", 100)
    with pytest.raises(PeerFault) as caught:
        ask(lambda _: body(issued(MINE, b"x" * 200)))
    assert caught.value.code == "answer_too_large"


def test_an_answer_that_is_not_of_its_own_encoding_is_dropped_and_not_repeated() -> None:
    with pytest.raises(PeerFault) as caught:
        ask(lambda _: httpx.Response(200, headers={"Content-Encoding": "gzip"}, stream=httpx.ByteStream(b"a person")))
    assert caught.value.code == "unreadable_answer"
    assert caught.value.__cause__ is None
    assert "a person" not in str(caught.value)
