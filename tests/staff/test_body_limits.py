"""What a body may hold is decided by its head, over real sockets: not a byte of one too large is read."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
import uvicorn
from django.test import override_settings

from kofu.platform.serve import TimedProtocol
from kofu.staff.body_limits import (
    BEFORE_LOGIN_BYTES_MAX,
    FILE_NAME_MAX,
    FORM_BYTES_MAX,
    BodyLimits,
    file_folder,
)

pytestmark = pytest.mark.storage
MEGABYTE = 1024 * 1024


@dataclass
class Door:
    """The ledger's screens behind a real server; `read` says how many bytes of bodies the screens were given."""

    port: int
    read: list[int] = field(default_factory=list)

    def post(self, path: str, size: int, cookie: str = "", *, stated: int | None = None) -> int:
        """Send a form of `size` bytes and give the status; the rest of a body nobody reads is not sent."""
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        line.putrequest("POST", path)
        line.putheader("Content-Type", "application/x-www-form-urlencoded")
        line.putheader("Content-Length", str(size if stated is None else stated))
        if cookie:
            line.putheader("Cookie", cookie)
        line.endheaders()
        with contextlib.suppress(OSError):
            line.send(b"a=" + b"x" * (size - 2))
        try:
            return line.getresponse().status
        finally:
            line.close()


@contextlib.contextmanager
def serving(app, **limits: object) -> Iterator[int]:
    protocol = type("Protocol", (TimedProtocol,), limits)
    server = uvicorn.Server(
        uvicorn.Config(app, port=0, http=protocol, ws="none", lifespan="off", log_level="error", access_log=False)
    )
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        thread.join()


@pytest.fixture(scope="module")
def door(ledger_screens) -> Iterator[Door]:
    """The screens' URLs, sessions and accounts are the real ones; behind the limits stands a counter of bytes."""
    read: list[int] = []

    async def counting(scope, receive, send) -> None:
        got, more = 0, True
        while more:
            message = await receive()
            got, more = got + len(message.get("body", b"")), message.get("more_body", False)
        read.append(got)
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body"})

    with serving(BodyLimits(counting)) as port:
        yield Door(port, read)


@pytest.fixture(scope="module")
def cookies(ledger_screens) -> dict[str, str]:
    """A session of each role that matters here, and one that has shown a password alone."""
    from django.conf import settings

    from kofu.staff.signals import SECOND_FACTOR_KEY

    name = settings.SESSION_COOKIE_NAME
    made = {}
    for role in ("clerk", "auditor"):
        made[role] = f"{name}={ledger_screens.client(role).session.session_key}"
    half = ledger_screens.client("clerk")
    session = half.session
    del session[SECOND_FACTOR_KEY]
    session.save()
    return made | {"password alone": f"{name}={session.session_key}", "nobody": "", "invented": f"{name}=abc123"}


@pytest.mark.parametrize("who", ["nobody", "invented", "password alone"])
def test_before_the_second_factor_64_kilobytes_are_the_most_and_nothing_more_is_read(door, cookies, who):
    assert door.post("/account/login/", BEFORE_LOGIN_BYTES_MAX, cookies[who]) == 204
    read = list(door.read)
    for path in ("/account/login/", "/payments/receive/", "/no/such/page/"):
        assert door.post(path, BEFORE_LOGIN_BYTES_MAX + 1, cookies[who]) == 413, path
    assert door.read == read


def test_a_file_is_taken_only_where_one_is_taken_and_by_who_may(door, cookies):
    from django.urls import reverse

    files, forms = reverse("payments:receive"), reverse("home:index")
    assert door.post(files, 3 * MEGABYTE, cookies["clerk"]) == 204
    assert door.post(forms, FORM_BYTES_MAX, cookies["clerk"]) == 204
    read = list(door.read)
    assert door.post(forms, FORM_BYTES_MAX + 1, cookies["clerk"]) == 413
    assert door.post(files, 3 * MEGABYTE, cookies["auditor"]) == 413
    assert door.post(files, 3 * MEGABYTE, cookies["clerk"], stated=700 * MEGABYTE) == 413
    assert door.read == read


def test_a_body_whose_size_is_not_stated_is_not_read(door):
    with socket.create_connection(("127.0.0.1", door.port), 10) as line:
        line.sendall(b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")
        assert b" 411 " in line.recv(4096)
    for size in (b"-1", b"1_0", b"9" * 40):
        with socket.create_connection(("127.0.0.1", door.port), 10) as line:
            line.sendall(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: " + size + b"\r\n\r\n")
            assert b" 400 " in line.recv(4096)


def test_files_under_way_together_have_a_limit():
    """Without the sum, as many clerks as like could fill the disk together."""

    async def go() -> list[int]:
        said: list[int] = []
        begun = asyncio.Event()

        async def slow(scope, receive, send) -> None:
            begun.set()
            await asyncio.sleep(3600)

        async def hear(message) -> None:
            if message["type"] == "http.response.start":
                said.append(message["status"])

        limits = BodyLimits(slow, lambda _scope: 2048 * MEGABYTE)
        scope = {"type": "http", "headers": [(b"content-length", str(600 * MEGABYTE).encode())], "path": "/"}
        first = asyncio.create_task(limits(scope, asyncio.Event().wait, hear))
        await begun.wait()
        await limits(scope, asyncio.Event().wait, hear)
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
        second = asyncio.create_task(limits(scope, asyncio.Event().wait, hear))
        await asyncio.sleep(0)
        second.cancel()
        return said

    assert asyncio.run(go()) == [503]


def test_every_screen_whose_form_takes_a_file_says_how_much(ledger_screens):
    """A screen with a `FileField` that says nothing could not take a file of more than a megabyte."""
    import sys

    from django import forms
    from django.urls import URLPattern, URLResolver, get_resolver

    from kofu.staff.actions import bytes_taken_by

    def views_of(resolver: URLResolver) -> list:
        return [
            view
            for one in resolver.url_patterns
            for view in ([one.callback] if isinstance(one, URLPattern) else views_of(one))
        ]

    nameless = [
        (name, field)
        for name, module in list(sys.modules.items())
        if name.startswith("kofu.ledger.")
        for thing in vars(module).values()
        if isinstance(thing, type) and issubclass(thing, forms.Form)
        for field, one in thing.base_fields.items()
        if isinstance(one, forms.FileField) and one.max_length != FILE_NAME_MAX
    ]
    assert nameless == [], "a file's name is as long as its sender likes, a column is not"
    modules = {
        name
        for name, module in list(sys.modules.items())
        if name.startswith("kofu.ledger.")
        for thing in vars(module).values()
        if isinstance(thing, type) and issubclass(thing, forms.Form) and thing.__module__ == name
        if any(isinstance(one, forms.FileField) for one in thing.base_fields.values())
    }
    declaring = {view.__module__ for view in views_of(get_resolver()) if bytes_taken_by(view)}
    assert modules
    assert declaring == modules


def test_files_stand_in_a_folder_of_our_own_and_what_a_killed_process_left_is_erased(tmp_path):
    left = tmp_path / "uploads" / "ledger" / "999999999"
    left.mkdir(parents=True)
    (left / "payments.csv").write_text("a person", encoding="utf-8")
    folder = file_folder(tmp_path, "ledger")
    assert (folder.stat().st_mode & 0o777, left.exists()) == (0o700, False)
    with override_settings(FILE_UPLOAD_TEMP_DIR=str(folder)):
        from django.core.files.uploadedfile import TemporaryUploadedFile

        with TemporaryUploadedFile("payments.csv", "text/csv", 3, None) as file:
            assert str(folder) in file.temporary_file_path()


@pytest.mark.parametrize("guarded", [True, False], ids=["as it is", "its twin without the limit"])
def test_one_peer_holds_no_more_lines_than_its_share(guarded):
    """The twin shows that the lines would stay open without the limit."""

    async def app(scope, receive, send) -> None:
        raise AssertionError

    with serving(app, lines_max=5 if guarded else 1000) as port:
        lines = [socket.create_connection(("127.0.0.1", port), 10) for _ in range(9)]
        closed = 0
        for line in lines:
            line.settimeout(0.5 if closed < 4 else 0.1)
            with contextlib.suppress(TimeoutError):
                try:
                    closed += line.recv(1) == b""
                except ConnectionError:
                    closed += 1
        for line in lines:
            line.close()
    assert closed == (4 if guarded else 0)


def test_a_peer_that_does_not_take_its_answer_is_let_go(monkeypatch):
    """It would hold the answer's memory for ever: nothing else ends a line on which we wait to write."""
    monkeypatch.setattr("kofu.platform.serve.TAKING_SECONDS_MAX", 0.3)
    ended = threading.Event()

    async def app(scope, receive, send) -> None:
        await receive()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"400000000")]})
        await send({"type": "http.response.body", "body": bytes(200_000_000), "more_body": True})
        await send({"type": "http.response.body", "body": bytes(200_000_000)})  # waits until the line has ended
        ended.set()

    with serving(app) as port, socket.create_connection(("127.0.0.1", port), 10) as line:
        line.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        assert ended.wait(20)
