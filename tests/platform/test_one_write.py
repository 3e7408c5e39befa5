"""The head of an answer goes out with its first bytes, and nothing is held back for longer than a turn of the loop."""

from __future__ import annotations

import asyncio

import pytest
from uvicorn.config import Config
from uvicorn.server import ServerState

from kofu.platform import serve
from kofu.platform.one_write import HELD_BYTES_MAX, OneWriteTransport
from kofu.platform.serve import TimedProtocol

HEAD, BODY = b"HTTP/1.1 200 OK\r\n\r\n", b"paper" * 20_000


class Line(asyncio.Transport):
    """A line that notes what is written at once, and when it is closed."""

    def __init__(self) -> None:
        super().__init__({"peername": ("127.0.0.1", 1)})
        self.wrote: list[bytes] = []
        self.closed = False

    def write(self, data: bytes) -> None:
        if data:
            self.wrote.append(data)

    def writelines(self, parts) -> None:
        self.write(b"".join(parts))

    def close(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed


def played(play) -> list[bytes]:
    async def one_turn_and_another() -> list[bytes]:
        line = Line()
        play(OneWriteTransport(line, asyncio.get_running_loop()))
        await asyncio.sleep(0)
        return line.wrote

    return asyncio.run(one_turn_and_another())


@pytest.mark.parametrize(
    ("written", "leaves"),
    [
        ([HEAD, BODY, b""], [HEAD + BODY]),
        ([HEAD], [HEAD]),
        ([HEAD, b""], [HEAD]),
        ([BODY, HEAD], [BODY, HEAD]),
        ([b"a", b"b", b"c", b"d", b"e"], [b"ab", b"cd", b"e"]),
        ([bytes(HELD_BYTES_MAX + 1)], [bytes(HELD_BYTES_MAX + 1)]),
    ],
)
def test_a_small_write_goes_with_the_next_and_at_the_end_of_the_turn_at_the_latest(written, leaves):
    assert played(lambda transport: [transport.write(data) for data in written]) == leaves


def test_what_is_held_goes_out_before_the_line_is_closed():
    assert played(lambda transport: (transport.write(HEAD), transport.close())) == [HEAD]


def test_a_line_that_was_cut_gets_nothing_more():
    assert played(lambda transport: (transport.write(HEAD), transport._transport.close())) == []


async def app(_scope, _receive, send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(BODY))]})
    await send({"type": "http.response.body", "body": BODY})


async def answered() -> list[bytes]:
    config = Config(app, log_config=None, lifespan="off")
    config.load()
    line = Line()
    protocol = TimedProtocol(config, ServerState(), {}, asyncio.get_running_loop())
    protocol.connection_made(line)
    protocol.data_received(b"GET / HTTP/1.1\r\nHost: here\r\n\r\n")
    for _ in range(5):
        await asyncio.sleep(0)
    protocol.connection_lost(None)
    return line.wrote


def test_an_answer_is_one_write_on_our_lines():
    assert len(asyncio.run(answered())) == 1


def test_by_uvicorn_alone_it_is_two(monkeypatch):
    """The twin."""
    monkeypatch.setattr(serve, "OneWriteTransport", lambda transport, _loop: transport)
    assert len(asyncio.run(answered())) == 2
