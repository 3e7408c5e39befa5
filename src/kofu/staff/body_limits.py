"""What a body sent to staff screens may hold, decided by its head: not a byte of one too large is read.

==============================  =======================================================================================
who sends, and where to         how much
==============================  =======================================================================================
nobody we know yet              64 KB: a login is far smaller
who has shown a second factor   1 MB: the longest form
the same, at a screen that      what the screen declares (`actions.takes_files`), where the role may do its action, and
takes files                     as long as all files under way in this process stay below `UNDER_WAY_BYTES_MAX`
==============================  =======================================================================================

Django alone would read every body whole, onto the disk, before it looks whose it is. A file stands in the folder of
`file_folder` while it is taken: one of our own, closed to others, emptied at start, bounded by the quota above.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Awaitable, Callable, MutableMapping
from http import HTTPStatus
from http.cookies import CookieError, SimpleCookie
from importlib import import_module
from pathlib import Path
from typing import Any

from asgiref.sync import sync_to_async

BEFORE_LOGIN_BYTES_MAX = 64 * 1024
FORM_BYTES_MAX = 1024 * 1024
FORM_AROUND_FILES_BYTES = 64 * 1024
UNDER_WAY_BYTES_MAX = 1024 * 1024 * 1024
DIGITS_MAX = 15
FILE_NAME_MAX = 100
"""Characters in the name of a file: a longer one is refused in words, before a table has to."""

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]
App = Callable[[Any, Any, Any], Awaitable[None]]  # Django names its own kinds of messages

_WORDS = {
    HTTPStatus.BAD_REQUEST: "送信された内容の大きさが分かりません。",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "送信された内容が大きすぎます。",
    HTTPStatus.LENGTH_REQUIRED: "送信された内容の大きさが分かりません。",
    HTTPStatus.SERVICE_UNAVAILABLE: "ほかのファイルを受け付けています。しばらくしてからもう一度お試しください。",
}


def file_folder(var: Path, screens: str) -> Path:
    """Make the folder where this process's files stand while they are taken, closed to others.

    What processes left that are gone, killed in the middle of a file, is erased.
    """
    above = var / "uploads" / screens
    above.mkdir(parents=True, exist_ok=True, mode=0o700)
    for left in above.iterdir():
        if not Path("/proc", left.name).is_dir():
            shutil.rmtree(left, ignore_errors=True)
    folder = above / str(os.getpid())
    folder.mkdir(exist_ok=True, mode=0o700)
    return folder


class BodyLimits:
    """The ASGI app behind the limits of this module."""

    def __init__(self, app: App, may_send: Callable[[Scope], int] | None = None) -> None:
        """Stand before `app`. `may_send`: how much a request may send, asked only where it is more than 64 KB."""
        self._app = app
        self._may_send = may_send or bytes_allowed
        self._under_way = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand over what is small enough; answer anything else without reading it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        stated = _stated_length(scope)
        refused = await self._refused(scope, stated)
        if refused is not None:
            await _answer(send, refused)
            return
        counted = stated if stated > FORM_BYTES_MAX else 0
        self._under_way += counted
        try:
            await self._app(scope, receive, send)
        finally:
            self._under_way -= counted

    async def _refused(self, scope: Scope, stated: int) -> HTTPStatus | None:
        if _header(scope, b"transfer-encoding"):
            return HTTPStatus.LENGTH_REQUIRED
        if stated < 0:
            return HTTPStatus.BAD_REQUEST
        if stated <= BEFORE_LOGIN_BYTES_MAX:
            return None
        if stated > await sync_to_async(self._may_send)(scope):
            return HTTPStatus.REQUEST_ENTITY_TOO_LARGE
        if stated > FORM_BYTES_MAX and self._under_way + stated > UNDER_WAY_BYTES_MAX:
            return HTTPStatus.SERVICE_UNAVAILABLE
        return None


def bytes_allowed(scope: Scope) -> int:
    """How large a body the session of a request may send to its address, in bytes."""
    from django.conf import settings
    from django.contrib.auth import get_user
    from django.http import HttpRequest
    from django.urls import Resolver404, resolve

    from kofu.staff.actions import bytes_taken_by, declared_of
    from kofu.staff.models import StaffAccount
    from kofu.staff.permissions import PERMISSIONS
    from kofu.staff.signals import SECOND_FACTOR_KEY

    cookie = _cookie(scope, settings.SESSION_COOKIE_NAME)
    if not cookie:
        return BEFORE_LOGIN_BYTES_MAX
    request = HttpRequest()
    request.session = import_module(settings.SESSION_ENGINE).SessionStore(cookie)
    account = get_user(request)
    if not isinstance(account, StaffAccount) or not request.session.get(SECOND_FACTOR_KEY):
        return BEFORE_LOGIN_BYTES_MAX
    try:
        view = resolve(scope["path"]).func
    except Resolver404:
        return BEFORE_LOGIN_BYTES_MAX
    taken, declared = bytes_taken_by(view), declared_of(view)
    if not taken or declared is None or declared.action is None:
        return FORM_BYTES_MAX
    if not PERMISSIONS.allows(account.role, declared.action.code, settings.KOFU_SYSTEM):
        return FORM_BYTES_MAX
    return max(taken + FORM_AROUND_FILES_BYTES, FORM_BYTES_MAX)


def _header(scope: Scope, name: bytes) -> bytes:
    return next((bytes(value) for key, value in scope["headers"] if key == name), b"")


def _stated_length(scope: Scope) -> int:
    """Content-Length in bytes; 0 where none is stated, -1 where it is no number."""
    text = _header(scope, b"content-length") or b"0"
    return int(text) if text.isdigit() and len(text) <= DIGITS_MAX else -1


def _cookie(scope: Scope, name: str) -> str:
    try:
        found = SimpleCookie(_header(scope, b"cookie").decode("latin-1")).get(name)
    except CookieError:
        return ""
    return found.value if found else ""


async def _answer(send: Send, status: HTTPStatus) -> None:
    headers = [
        (b"content-type", b"text/html; charset=utf-8"),
        (b"cache-control", b"no-store"),
        (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
        (b"connection", b"close"),
    ]
    if status is HTTPStatus.SERVICE_UNAVAILABLE:
        headers.append((b"retry-after", b"30"))
    await send({"type": "http.response.start", "status": int(status), "headers": headers})
    page = (
        '<!doctype html><html lang="ja"><meta charset="utf-8"><title>受け付けられません</title>'
        f"<p>{_WORDS[status]}</p></html>"
    )
    await send({"type": "http.response.body", "body": page.encode()})
