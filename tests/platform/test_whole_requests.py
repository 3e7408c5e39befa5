"""Requests of machines, read by one pattern: exactly what h11 reads, and everything else is left to it."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
import time
from collections.abc import Iterator

import h11
import pytest
import uvicorn
from hypothesis import example, given
from hypothesis import strategies as st

from kofu.platform.serve import PeerProtocol
from kofu.platform.whole_requests import BODY_BYTES_MAX, read_head, write_head

PLAIN = b"POST /v1/x?a=b HTTP/1.1\r\nHost: localhost:1\r\nConnection: keep-alive\r\nContent-Length: 3\r\n\r\nabc"
PARTS = (
    b"POST", b"GET", b"PUT", b" ", b"/a", b"/%41?b", b"*", b" HTTP/1.1", b" HTTP/1.0", b"\r\n", b"\n", b"\r", b"\t",
    b"Host: a", b"host:a", b"Host : a", b"Host:", b"Content-Length: 3", b"content-length:3", b"Content-Length: +3",
    b"Content-Length: 3, 3", b"Content-Length: 03", b"Content-Length: 99999999999", b"Transfer-Encoding: chunked",
    b"Transfer-Encoding : chunked", b"Expect: 100-continue", b"Connection: close", b"Connection: keep-alive",
    b"Upgrade: h2c", b" folded", b"X-A: b ", b"X-A:  b", b"X-\x00: b", b"X-A: \xe8", b"X-A: b\x00c", b"abc",
    b"3\r\nabc",
)  # fmt: skip


def by_h11(data: bytes) -> tuple[h11.Request, bytes, bytes] | None:
    """Read one request with h11: its head, its body, and what is left behind it; None where it is not whole, or bad."""
    line = h11.Connection(h11.SERVER)
    line.receive_data(data)
    body, head = b"", None
    try:
        while not isinstance(event := line.next_event(), h11.EndOfMessage):
            if event is h11.NEED_DATA:
                return None
            if isinstance(event, h11.Request):
                head = event
            elif isinstance(event, h11.Data):
                body += event.data
    except h11.RemoteProtocolError:
        return None
    return None if head is None else (head, body, line.trailing_data[0])


def near_a_request(*, lines: st.SearchStrategy[bytes]) -> st.SearchStrategy[bytes]:
    heads = st.lists(lines, max_size=5).map(lambda found: b"\r\n".join([b"POST /a HTTP/1.1", b"Host: a", *found]))
    return st.one_of(
        st.lists(st.sampled_from(PARTS), max_size=14).map(b"".join), heads.map(lambda one: one + b"\r\n\r\nabc")
    )


@example(PLAIN)
@given(near_a_request(lines=st.sampled_from(PARTS)))
def test_whatever_is_read_at_once_h11_reads_the_same(data) -> None:
    head = read_head(data)
    if head is None or len(data) < head.ends:
        return
    found = by_h11(data)
    assert found is not None
    request, body, behind = found
    assert (head.method, head.target, head.headers) == (request.method, request.target, list(request.headers))
    assert (data[head.begins : head.ends], data[head.ends :]) == (body, behind)


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param((b"Host: localhost:1\r\n", b""), id="no host"),
        pytest.param((b"Content-Length: 3", b"Content-Length: 3\r\nContent-Length: 3"), id="its length said twice"),
        pytest.param(
            (b"Content-Length: 3", b"Content-Length: 3\r\nTransfer-Encoding: chunked"), id="length and coding"
        ),
        pytest.param((b"Content-Length: 3", b"Transfer-Encoding: chunked"), id="a coding"),
        pytest.param((b"Content-Length: 3", b"Content-Length: -3"), id="a length that is none"),
        pytest.param((b"Content-Length: 3\r\n", b""), id="no length"),
        pytest.param((b"Content-Length: 3", b"Content-Length: %d" % (BODY_BYTES_MAX + 1)), id="a long body"),
        pytest.param((b"keep-alive", b"close"), id="a line that ends"),
        pytest.param((b"Connection: keep-alive", b"Expect: 100-continue"), id="an expectation"),
        pytest.param((b"HTTP/1.1", b"HTTP/1.0"), id="an old version"),
        pytest.param((b"Host: localhost", b"Host : localhost"), id="a space behind a name"),
        pytest.param((b"Connection: keep-alive", b"X-A: b\r\n c"), id="a folded line"),
    ],
)
def test_what_is_not_plain_is_left_to_h11(changed) -> None:
    assert read_head(PLAIN) is not None
    assert read_head(PLAIN.replace(*changed)) is None


@pytest.mark.parametrize(
    ("status", "headers", "body"),
    [
        pytest.param(200, [(b"content-length", b"4")], b"abc", id="another length"),
        pytest.param(200, [], b"abc", id="no length"),
        pytest.param(200, [(b"content-length", b"3"), (b"x", b"a\r\nb: c")], b"abc", id="a header in a header"),
        pytest.param(200, [(b"content-length", b"3"), (b"connection", b"close")], b"abc", id="the end of the line"),
        pytest.param(204, [(b"content-length", b"0")], b"", id="a length of nothing"),
    ],
)
def test_an_answer_that_is_not_plain_is_left_to_h11(status, headers, body) -> None:
    assert write_head(200, [(b"content-length", b"3")], b"abc") == b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\n"
    assert write_head(204, [], b"") == b"HTTP/1.1 204 No Content\r\n\r\n"
    assert write_head(status, headers, body) is None


async def answers(scope, receive, send) -> None:
    """Say what was asked, by the way its path names."""
    body, more = b"", True
    while more:
        message = await receive()
        body, more = body + message.get("body", b""), message.get("more_body", False)
    said = scope["path"].encode() + b" " + body
    length = [(b"content-length", str(len(said)).encode())]
    if scope["path"] == "/slow":
        await asyncio.sleep(0.2)
    if scope["path"] == "/fault":
        raise RuntimeError
    if scope["path"] == "/nothing":
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body"})
        return
    await send({"type": "http.response.start", "status": 200, "headers": [] if scope["path"] == "/parts" else length})
    for part in (said[:4], said[4:]) if scope["path"] in {"/parts", "/two"} else ():
        await send({"type": "http.response.body", "body": part, "more_body": True})
    last = b"" if scope["path"] in {"/parts", "/two"} else said
    await send({"type": "http.response.body", "body": last})


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    server = uvicorn.Server(
        uvicorn.Config(answers, port=0, http=PeerProtocol, ws="none", lifespan="off", log_level="critical")
    )
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    thread.join()


def asked(path: str, body: bytes = b"abc", *more: bytes) -> bytes:
    lines = (b"POST %b HTTP/1.1" % path.encode(), b"Host: a", b"Content-Length: %d" % len(body), *more)
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def talk(port: int, *pieces: bytes, answers: int) -> list[tuple[int, bytes]]:
    """Send pieces one after another on one line; statuses and bodies of so many answers."""
    found: list[tuple[int, bytes]] = []
    with contextlib.closing(socket.create_connection(("127.0.0.1", port), 10)) as line:
        for piece in pieces:
            line.sendall(piece)
            time.sleep(0.05)
        reader, status, body = h11.Connection(h11.CLIENT), 0, b""
        for _ in range(answers):
            reader.send(h11.Request(method="POST", target="/", headers=[("Host", "a"), ("Content-Length", "0")]))
            reader.send(h11.EndOfMessage())
            while not isinstance(event := reader.next_event(), h11.EndOfMessage):
                if event is h11.NEED_DATA:
                    reader.receive_data(line.recv(65536))
                elif isinstance(event, h11.Response):
                    status, body = event.status_code, b""
                elif isinstance(event, h11.Data):
                    body += event.data
            found.append((status, body))
            if reader.our_state is h11.DONE and reader.their_state is h11.DONE:
                reader.start_next_cycle()
    return found


@pytest.mark.parametrize("path", ["/whole", "/parts", "/two"])
def test_an_answer_is_the_same_whether_it_is_written_in_one_piece_or_in_parts(port, path) -> None:
    assert talk(port, asked(path), answers=1) == [(200, path.encode() + b" abc")]


def test_a_body_behind_its_head_a_byte_at_a_time_is_taken_whole(port) -> None:
    whole = asked("/whole")
    pieces = [whole[:20], whole[20:-3], *(whole[at : at + 1] for at in range(len(whole) - 3, len(whole)))]
    assert talk(port, *pieces, answers=1) == [(200, b"/whole abc")]


def test_a_line_goes_on_after_every_kind_of_request_and_answer(port) -> None:
    pieces = [
        asked("/whole", b"1"), asked("/nothing"), asked("/parts", b"2"), asked("/whole", b"3", b"X-A: \xe8"),
        asked("/whole", b"4"),
    ]  # fmt: skip
    said = [(200, b"/whole 1"), (204, b""), (200, b"/parts 2"), (200, b"/whole 3"), (200, b"/whole 4")]
    assert talk(port, *pieces, answers=5) == said


@pytest.mark.parametrize("apart", [True, False], ids=["in pieces of their own", "in one piece"])
def test_requests_that_come_before_the_answer_are_answered_in_their_order(port, apart) -> None:
    pieces = [asked("/slow", b"1"), asked("/whole", b"2"), asked("/parts", b"3"), asked("/whole", b"4")]
    said = [(200, b"/slow 1"), (200, b"/whole 2"), (200, b"/parts 3"), (200, b"/whole 4")]
    assert talk(port, *(pieces if apart else [b"".join(pieces)]), answers=4) == said


def test_a_fault_of_the_app_is_told_as_such(port) -> None:
    assert talk(port, asked("/fault"), answers=1)[0][0] == 500
