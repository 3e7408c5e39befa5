"""保守モード: what the maintenance worker may do, behind a password. It shows the machine's state and no person's data.

The password's hash stands in the configuration (`KOFU_KIOSK_PASSWORD_HASH`); without one there is no maintenance mode.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING

import structlog
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response

from kofu.core.errors import OperatorFault
from kofu.kiosk.machine import SHEETS_MAX

if TYPE_CHECKING:
    from kofu.kiosk.desk import KioskDesk
    from kofu.kiosk.visit import Visits

log = structlog.get_logger()

COOKIE = "kofu_maintenance"
IDLE_SECONDS_MAX = 300.0
TRIES_MAX = 5
LOCKED_SECONDS = 300.0
#: scrypt: 16 MB and about 50 ms for one guess (RFC 7914; OWASP's least is N = 2^14 with r = 8 and p = 5).
_N, _R, _P = 2**14, 8, 5


def hash_password(password: str, salt: bytes) -> str:
    """Give the hash for the configuration: `scrypt:<salt>:<hash>`, hexadecimal. `salt`: 16 random bytes."""
    digest = hashlib.scrypt(password.encode(), salt=salt, n=_N, r=_R, p=_P)
    return f"scrypt:{salt.hex()}:{digest.hex()}"


def password_is(password: str, stored: str) -> bool:
    """Compare with the hash of the configuration. Raises `OperatorFault` where that is none."""
    method, _, rest = stored.partition(":")
    salt, _, _ = rest.partition(":")
    try:
        wanted = hash_password(password, bytes.fromhex(salt))
    except ValueError as error:
        raise OperatorFault("bad_password_hash", "KOFU_KIOSK_PASSWORD_HASH: the salt is not hexadecimal") from error
    if method != "scrypt" or not salt:
        raise OperatorFault("bad_password_hash", "KOFU_KIOSK_PASSWORD_HASH is not of `kofu kiosk-password`")
    return hmac.compare_digest(wanted.encode(), stored.encode())


@dataclass(slots=True)
class Maintenance:
    """The maintenance page of one kiosk: one worker at a time, left by itself when nobody touches it."""

    desk: KioskDesk
    visits: Visits
    password_hash: str
    _cookie: str = ""
    _token: str = ""
    _touched_at: float = 0.0
    _wrong: int = 0
    _locked_until: float = 0.0
    _door: AbstractContextManager[object] = field(default_factory=Lock)
    _pages: Environment = field(
        default_factory=lambda: Environment(
            loader=PackageLoader("kofu.kiosk"), autoescape=select_autoescape(), undefined=StrictUndefined
        )
    )

    def show(self, request: Request) -> Response:
        """Show the state of the machine, or the question for the password."""
        if not self.password_hash:
            return PlainTextResponse("", status_code=404)
        if self._inside(request):
            return self._state()
        return self._login("")

    async def act(self, request: Request) -> Response:
        """Take the password, or one act of the worker."""
        if not self.password_hash:
            return PlainTextResponse("", status_code=404)
        async with request.form(max_files=0, max_fields=6) as form:
            if not self._inside(request):
                return await run_in_threadpool(self._enter, _text(form, "password"))
            if not hmac.compare_digest(_text(form, "token").encode(), self._token.encode()):
                return self._state("この画面は古くなっています。もう一度操作してください。")
            self._touched_at = self.visits.now()
            return self._do(_text(form, "act"), _text(form, "sheets"))

    def _inside(self, request: Request) -> bool:
        given = request.cookies.get(COOKIE, "")
        recent = self.visits.now() - self._touched_at <= IDLE_SECONDS_MAX
        return bool(self._cookie) and recent and hmac.compare_digest(given.encode(), self._cookie.encode())

    def _enter(self, password: str) -> Response:
        """Take guesses one after the other: of many at once, none is looked at past the one that closes the door."""
        with self._door:
            return self._guess(password)

    def _guess(self, password: str) -> Response:
        now = self.visits.now()
        if now < self._locked_until:
            return self._login("続けてまちがえたため、しばらく入力できません。")
        if not password_is(password, self.password_hash):
            self._wrong += 1
            log.warning("kiosk.maintenance_refused", tries=self._wrong)
            if self._wrong >= TRIES_MAX:
                self._wrong, self._locked_until = 0, now + LOCKED_SECONDS
            return self._login("パスワードがちがいます。")
        self._wrong = 0
        self._cookie, self._token, self._touched_at = secrets.token_urlsafe(24), secrets.token_urlsafe(24), now
        log.info("kiosk.maintenance_entered")
        response = RedirectResponse("/maintenance", status_code=303)
        response.set_cookie(COOKIE, self._cookie, httponly=True, samesite="strict", path="/maintenance")
        return response

    def _do(self, act: str, sheets: str) -> Response:
        machine = self.desk.machine
        try:
            if act == "paper":
                machine.load(int(sheets) if sheets.isascii() and sheets.isdigit() else -1)
            elif act in {"in_service", "out_of_service"}:
                machine.serve(in_service=act == "in_service")
            elif act == "leave":
                self._cookie = ""
            else:
                return self._state("その操作はありません。")
        except OperatorFault:
            return self._state(f"用紙の枚数は0から{SHEETS_MAX}までで入力してください。")
        log.info("kiosk.maintenance", act=act, sheets=machine.note.sheets)
        return RedirectResponse("/" if act == "leave" else "/maintenance", status_code=303)

    def _login(self, said: str) -> Response:
        page = self._pages.get_template("maintenance_login.html").render(said=said)
        return HTMLResponse(page, status_code=403 if said else 200)

    def _state(self, said: str = "") -> Response:
        page = self._pages.get_template("maintenance.html").render(
            said=said,
            token=self._token,
            note=self.desk.machine.note,
            counts=self.desk.machine.counts,
            kiosk_id=self.desk.kiosk_id,
            visits=self.visits.underway(),
            unreported=len(self.desk.journal.left()),
            sheets_max=SHEETS_MAX,
        )
        return HTMLResponse(page, status_code=400 if said else 200)


def _text(form: FormData, name: str) -> str:
    value = form.get(name, "")
    return value if isinstance(value, str) else ""
