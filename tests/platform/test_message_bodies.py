"""Bodies between systems: nothing past the limit is read, and what cannot be read is the peer's fault."""

from __future__ import annotations

import asyncio

import msgspec
import pytest
from starlette.requests import Request
from structlog.testing import capture_logs

from kofu.core.errors import PeerFault
from kofu.platform.message_bodies import decode_message, read_body


class Said(msgspec.Struct, forbid_unknown_fields=True):
    text: str


def arriving(chunks, *, length=None):
    """A request whose body comes in chunks, and the list of those that were taken."""
    taken = []

    async def receive():
        taken.append(chunks[len(taken)])
        return {"type": "http.request", "body": taken[-1], "more_body": len(taken) < len(chunks)}

    headers = [] if length is None else [(b"content-length", length)]
    return Request({"type": "http", "method": "POST", "headers": headers}, receive), taken


def test_a_body_up_to_the_limit_is_read_whole():
    request, _ = arriving([b"12", b"345"], length=b"5")
    assert asyncio.run(read_body(request, 5)) == b"12345"


@pytest.mark.parametrize("length", [b"6", b"9" * 5000, b"-1", b"five", "５".encode()])
def test_a_body_that_says_it_is_too_long_is_refused_before_its_first_byte(length):
    request, taken = arriving([b"1"], length=length)
    with pytest.raises(PeerFault, match="body_too_large"):
        asyncio.run(read_body(request, 5))
    assert taken == []


@pytest.mark.parametrize("length", [None, b"5"])
def test_a_body_that_turns_out_too_long_is_refused_at_the_chunk_that_goes_beyond(length):
    request, taken = arriving([b"123", b"456", b"789"], length=length)
    with pytest.raises(PeerFault, match="body_too_large"):
        asyncio.run(read_body(request, 5))
    assert taken == [b"123", b"456"]


def test_who_hangs_up_while_it_sends_is_the_peers_fault_and_is_counted_without_a_traceback():
    """No fault of ours: the line is logged as what it was, each with its number, and nothing of what came is."""

    def broken_off():
        sent = [{"type": "http.disconnect"}, {"type": "http.request", "body": b'{"text": "se', "more_body": True}]

        async def receive():
            return sent.pop()

        return Request({"type": "http", "method": "POST", "headers": []}, receive)

    with capture_logs() as said:
        for _ in range(2):
            with pytest.raises(PeerFault, match="hung_up") as fault:
                asyncio.run(read_body(broken_off(), 100))
            assert fault.value.__suppress_context__
    assert [(one["event"], one["log_level"], one["bytes"]) for one in said] == [("peer.hung_up", "info", 12)] * 2
    assert said[1]["since_start"] == said[0]["since_start"] + 1


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "not_json"),
        (b"{]", "not_json"),
        (b"\xff\xfe", "not_json"),
        (b'{"text": "\xff"}', "not_json"),
        (b'{"\xff": "a"}', "not_json"),
        (b'{"text": "\\ud800"}', "not_json"),
        (b'{"text": ' + b"[" * 5000, "malformed"),
        (b'{"text": 1}', "malformed"),
        (b'{"text": "a", "more": 1}', "malformed"),
    ],
)
def test_what_cannot_be_read_is_the_peers_fault(body, code):
    with pytest.raises(PeerFault, match=code):
        decode_message(body, Said)


def test_bytes_that_are_no_utf_8_are_no_error_of_the_reader_of_json():
    """The twin: caught as such errors alone, they would pass by, and end as a fault of ours."""
    with pytest.raises(UnicodeDecodeError) as error:
        msgspec.json.decode(b'{"text": "\xff"}', type=Said)
    assert not isinstance(error.value, msgspec.MsgspecError)
