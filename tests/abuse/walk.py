"""Walk the whole URL map of a system's staff screens as everybody who should not, and as who may but sends nonsense.

    python -m tests.abuse.walk SYSTEM OUT.json [GUARD,GUARD…]

In a process of its own (one Django for each), on a database that is there already. Guards that are named are taken
away: what the walk finds then is the proof that it can find something. What it found is written as JSON: `Walked`.
"""

from __future__ import annotations

import dataclasses
import os
import random
import re
import sys
import traceback
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec
import psycopg
from tests.abuse.pages import Form, Page
from tests.staff_screens import hashed_password

PAGES_OF_A_VIEW = 2
#: The first role follows links far; the others add the forms and addresses of their own.
PAGES_CRAWLED_MAX, PAGES_CRAWLED_MAX_MORE = 120, 9
FUZZED = 220
DRAWN_ODD = 0.4
ROLES_MAX = 99
ROLES_WITHOUT_GUARDS = 2
SEED = 20261130
UUID = "0123abcd-0123-4abc-8abc-0123456789ab"
#: What changes by being looked at: the record itself, sessions, counters of attempts.
LIVES = re.compile(r"audit_.*|django_session|staff_cache|axes_.*|staff_(operator_session|operator_attempt).*|lane.*")
NASTY = (
    "", " ", "\x00", "a\x00b", "\ud800", "٣", "１２", "-1", "0", "9223372036854775808", "1e400", "NaN", "true", "[]",
    "' OR 1=1 --", "<script>alert(1)</script>", "../../../etc/passwd", "{{ 7*7 }}", "%s%s%n", "𠮷" * 40, "あ" * 5000,
    "令和99年99月99日", "0000-00-00", "99991231", "2026-02-30", "\r\nSet-Cookie: a=b", "\u202eabc", "\ufeff", UUID,
)  # fmt: skip
FILE_NAMES = ("x" * 300 + ".csv", "a\x00b.csv", "../../x.csv", "名" * 200, "\u202excs.a", "", ".", "a\nb.csv", "con")


class Finding(msgspec.Struct, frozen=True, order=True):
    """Something that must not be: what kind, by whom, at which address, and how it showed."""

    kind: str
    who: str
    method: str
    url: str
    detail: str


class Walked(msgspec.Struct):
    """What a walk did and found.

    `seen`: addresses that show people under their own profile; `refused`: visits of roles to what is not theirs;
    `not_set_up`: screens that said what the other municipality has not set up; `every_value`: each field of each form
    held each odd value; `answered`: the addresses each role's links led to and that answered; `who_saw`: roles
    whose pages showed people.
    """

    requests: int = 0
    views: int = 0
    forms: int = 0
    fuzzed: int = 0
    seen: int = 0
    refused: int = 0
    foreign: int = 0
    not_set_up: int = 0
    every_value: bool = False
    answered: dict[str, list[str]] = msgspec.field(default_factory=dict)
    who_saw: list[str] = msgspec.field(default_factory=list)
    urls: list[str] = msgspec.field(default_factory=list)
    findings: list[Finding] = msgspec.field(default_factory=list)


class Walk:
    """One walk of one system."""

    def __init__(self, system: str, names: list[str], roles_max: int) -> None:
        from django.conf import settings
        from django.core.signals import got_request_exception
        from django.urls import get_resolver

        from kofu.staff.permissions import PERMISSIONS
        from kofu.staff.registry import declared_screens

        self.system, self.names, self.done = system, names, Walked()
        self.permissions, self.resolver = PERMISSIONS, get_resolver()
        self.declared = {screen.name: screen.declared for screen in declared_screens()}
        self.roles = sorted((role.code for role in PERMISSIONS.roles), key=self._refused_to)[:roles_max]
        self.database = settings.DATABASES["default"]
        self.random = random.Random(SEED)  # noqa: S311 - the same nonsense every time
        self.found: dict[str, list[str]] = {}
        self.forms: dict[tuple[str, str], tuple[str, Form]] = {}
        self.clients: dict[str, Any] = {}
        self.shown: list[tuple[str, str]] = []
        self.fault, self.tried = "", set[tuple[str, str, str]]()
        got_request_exception.connect(self.remember)

    def _refused_to(self, role: str) -> int:
        """How many screens a role may not see: who may see most walks first, and far."""
        return sum(
            not self.permissions.allows(role, action, self.system)
            for action in self.declared.values()
            if action != "public"
        )

    def remember(self, **_: object) -> None:
        """Keep where a fault came from; its words could quote what was sent."""
        kind, _error, trace = sys.exc_info()
        frames = [frame for frame in traceback.extract_tb(trace) if "/kofu/" in frame.filename]
        at = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
        self.fault = f"{kind.__name__ if kind else ''}{at}"

    # -- who asks -----------------------------------------------------------------------------------------------------

    def client(self, role: str, *, factor: bool = True, csrf: bool = False) -> Any:
        """Give a browser's stand-in logged in as a role; without `factor` it has shown a password alone."""
        from django.test import Client

        from kofu.staff.gate import PURPOSES_KEY
        from kofu.staff.models import StaffAccount
        from kofu.staff.signals import SECOND_FACTOR_KEY

        login = f"walk-{role}".replace("_", "")
        account, made = StaffAccount.objects.get_or_create(
            login=login,
            defaults={
                "display_name": "歩 行", "office_id": "shunou", "role": role, "active_from": date(2020, 1, 1),
                "created_by": "test", "password_is_initial": False,
            },
        )  # fmt: skip
        if made:
            account.password = hashed_password()
            account.save()
            if account.of_a_contractor:
                _put_on_roster(login)
        client = Client(raise_request_exception=False, enforce_csrf_checks=csrf)
        client.force_login(account, "allauth.account.auth_backends.AuthenticationBackend")
        session = client.session
        if factor:
            session[SECOND_FACTOR_KEY] = True
        session[PURPOSES_KEY] = {"*": self.permissions.purposes[0].code}
        session.save()
        return client

    def ask(self, client: Any, method: str, url: str, data: dict[str, Any] | None = None) -> Any:
        """Ask, and once more where the purpose is asked for first."""
        self.done.requests += 1
        send = client.get if method == "GET" else client.post
        answer = send(url, data or {})
        if answer.status_code == 302 and answer["Location"].startswith("/staff/purpose/"):
            client.post("/staff/purpose/", {"purpose": self.permissions.purposes[0].code})
            answer = send(url, data or {})
        return answer

    def note(self, kind: str, who: str, method: str, url: str, detail: object) -> None:
        """Note a finding."""
        self.done.findings.append(Finding(kind, who, method, url[:200], str(detail)[:200]))

    # -- what there is ------------------------------------------------------------------------------------------------

    def crawl(self) -> None:
        """Follow every link as each role and keep some addresses of each view, and every form."""
        from django.urls import Resolver404, resolve

        for role in self.roles:
            left = PAGES_CRAWLED_MAX_MORE if self.clients else PAGES_CRAWLED_MAX
            client = self.clients[role] = self.client(role)
            waiting, taken = ["/"], set()
            while waiting and left > 0:
                url = waiting.pop(0)
                try:
                    name = resolve(urlsplit(url).path).view_name
                except Resolver404:
                    continue
                if (name, role) in taken and len(self.found.get(name, [])) >= PAGES_OF_A_VIEW:
                    continue
                if name == "account_logout" or url in taken:
                    continue
                taken |= {(name, role), url}
                if url not in self.found.setdefault(name, []) and len(self.found[name]) < PAGES_OF_A_VIEW:
                    self.found[name].append(url)
                answer = self.ask(client, "GET", url)
                left -= 1
                if answer.status_code >= 500:
                    self.note("fault", role, "GET", url, self.fault)
                if answer.status_code != 200 or not answer["Content-Type"].startswith("text/html"):
                    continue
                waiting += [link for link in self.read(role, url, answer) if link not in waiting]

    def read(self, role: str, url: str, answer: Any) -> list[str]:
        """Give the links of a page; keep its forms, and that it shows people."""
        self.done.answered.setdefault(role, []).append(urlsplit(url).path)
        if self._people_in(answer):
            self.done.who_saw = sorted({*self.done.who_saw, role})
            if url not in {known for _, known in self.shown}:
                self.shown.append((role, url))
        page = Page(url)
        page.feed(answer.content.decode())
        for form in page.forms:
            self.keep(role, form)
        return page.links

    def keep(self, role: str, form: Form) -> None:
        """Keep a form once for each view it goes to and role, and its address."""
        from django.urls import Resolver404, resolve

        try:
            name = resolve(urlsplit(form.action).path).view_name
        except Resolver404:
            return
        self.forms.setdefault((name, role), (role, form))
        known = self.found.setdefault(name, [])
        if form.action not in known and len(known) < PAGES_OF_A_VIEW:
            known.append(form.action)

    def complete(self) -> None:
        """Give each view no page led to an address with invented objects."""
        for name, route, converters in _views(self.resolver.url_patterns, "", ""):
            if not self.found.get(name):
                filled = {one: _invented(type(kind).__name__) for one, kind in converters.items()}
                self.found[name] = ["/" + re.sub(r"<(?:\w+:)?(\w+)>", lambda found, f=filled: f[found[1]], route)]
        self.done.views = len(self.found)
        self.done.forms = len(self.forms)
        self.done.urls = sorted({url for urls in self.found.values() for url in urls})

    def actions(self) -> Iterator[tuple[str, str, list[str]]]:
        """Each view with a declared action, and its addresses."""
        for name, urls in sorted(self.found.items()):
            declared = self.declared.get(name, "none")
            if declared not in {"public", "none"} and name != "account_logout":
                yield name, declared, urls

    def state(self) -> dict[str, tuple[int, int]]:
        """How many rows each table has and what they hold, without what changes by being looked at."""
        with psycopg.connect(os.environ["KOFU_WALK_OWNER_URL"], autocommit=True) as owner:
            tables = owner.execute(
                "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace"
                " WHERE relkind IN ('r', 'p') AND NOT relispartition AND nspname = 'public' ORDER BY 1"
            ).fetchall()
            return {
                table: owner.execute(
                    "SELECT count(*), coalesce(sum(hashtext((to_jsonb(t) - %s::text[])::text)::bigint), 0)::bigint"
                    f' FROM "{table}" t',
                    [["last_login", "session_mark"]],
                ).fetchone()  # type: ignore[misc]
                for (table,) in tables
                if not LIVES.fullmatch(table)
            }

    def unchanged(self, before: dict[str, tuple[int, int]], kind: str, who: str) -> None:
        """Note each table that is not as it was."""
        for table, rows in self.state().items():
            if rows != before.get(table):
                self.note(kind, who, "POST", table, f"{before.get(table)} -> {rows}")

    # -- who should not -----------------------------------------------------------------------------------------------

    def strangers(self) -> None:
        """Nobody, and who has shown a password alone: every address sends them to the door, and nothing is written."""
        from django.test import Client

        from kofu.staff.gate import BEFORE_SECOND_FACTOR

        before = self.state()
        for who, client, door in (
            ("nobody", Client(raise_request_exception=False), "/account/login/"),
            ("password alone", self.client(self.roles[0], factor=False), "/account/own/code/"),
        ):
            for name, _, urls in self.actions():
                if who == "password alone" and name in BEFORE_SECOND_FACTOR:
                    continue
                for method in ("GET", "POST"):
                    answer = self.ask(client, method, urls[0], {"a": "1"})
                    if answer.status_code != 302 or not answer["Location"].startswith(door):
                        self.note("stranger", who, method, urls[0], answer.status_code)
        self.unchanged(before, "stranger wrote", "strangers")

    def unauthorised(self) -> None:
        """Each role at each address that is not its own, by GET or POST as the seed says: refused, nothing written."""
        before = self.state()
        for role in self.roles:
            for _, action, urls in self.actions():
                if self.permissions.allows(role, action, self.system):
                    continue
                method = self.random.choice(("GET", "POST"))
                answer = self.ask(self.clients[role], method, urls[0], {"a": "1"})
                self.done.refused += answer.status_code == 403
                if answer.status_code != 403:
                    self.note("unauthorised", role, method, urls[0], answer.status_code)
        self.unchanged(before, "unauthorised wrote", "roles")

    def forged(self) -> None:
        """A page from elsewhere that sends a form in the name of who is logged in: refused, and nothing is written."""
        before = self.state()
        for (name, role), (_, form) in sorted(self.forms.items()):
            if form.method != "post" or self.declared.get(name) == "public":
                continue
            client = self.client(role, csrf=True)
            fields = {key: value for key, value in form.fields.items() if key != "csrfmiddlewaretoken"}
            self.done.requests += 1
            answer = client.post(form.action, fields, HTTP_ORIGIN="https://evil.example")
            if answer.status_code != 403:
                self.note("forged", role, "POST", form.action, answer.status_code)
        self.unchanged(before, "forged wrote", "roles")

    def of_another_municipality(self) -> None:
        """The same addresses where the screens serve another municipality: nobody of the first one is shown.

        It has written no rules for its ledger: each screen of the whole map answers, and says so where it wants them.
        """
        self.done.seen = len(self.shown)
        own, os.environ["KOFU_PROFILE"] = os.environ["KOFU_PROFILE"], os.environ["KOFU_WALK_OTHER_PROFILE"]
        try:
            before = self.state()
            for role, url in self.shown:
                self._abroad(role, "GET", url)
            for _, action, urls in self.actions():
                role = next((one for one in self.roles if self.permissions.allows(one, action, self.system)), None)
                for url in urls if role is not None else ():
                    self._abroad(role, "GET", url)
            for (_, role), (_, form) in sorted(self.forms.items()):
                if form.method == "post" and re.search(r"\d|[0-9a-f-]{36}", form.action):
                    self._abroad(role, "POST", form.action, form.fields)
            self.unchanged(before, "another's object changed", "roles")
        finally:
            os.environ["KOFU_PROFILE"] = own

    def _abroad(self, role: str, method: str, url: str, fields: dict[str, str] | None = None) -> None:
        self.fault = ""
        answer = self.ask(self.clients[role], method, url, fields)
        self.done.foreign += 1
        not_set_up = answer.status_code == 503 and "設定がありません" in answer.content.decode()
        self.done.not_set_up += not_set_up
        if answer.status_code >= 500 and not not_set_up:
            self.note("fault abroad", role, method, url, self.fault or answer.status_code)
        elif any(word not in url for word in self._people_in(answer)):  # the page may repeat what it was asked for
            self.note("another's person", role, method, url, answer.status_code)

    def _people_in(self, answer: Any) -> list[str]:
        if not answer.get("Content-Type", "").startswith("text/"):
            return []
        text = answer.content.decode(errors="replace")
        return [name for name in self.names if name in text]

    # -- who may, and sends nonsense ----------------------------------------------------------------------------------

    def fuzz(self) -> None:
        """Every form with fields that hold nonsense: refused in words or done, never a fault of ours.

        First each field of each form holds each odd value once, beside others that are odd too; then fields are drawn
        to be odd or left as the page gave them, so that what lies behind the first refusal is reached.
        """
        forms: dict[str, tuple[str, Form]] = {}
        for (name, _), found in sorted(self.forms.items()):
            if name not in {"account_logout", "account_login"} and "password" not in name:
                forms.setdefault(name, found)
        for name, (role, form) in forms.items():
            for turn in range(len(NASTY)):
                odd = {key: NASTY[(turn + place) % len(NASTY)] for place, key in enumerate(form.fields)}
                named = {key: FILE_NAMES[(turn + place) % len(FILE_NAMES)] for place, key in enumerate(form.files)}
                self.tried |= {(name, *pair) for pair in odd.items()}
                self._nonsense(role, form, odd, named)
        wanted = {(name, key, value) for name, (_, form) in forms.items() for key in form.fields for value in NASTY}
        self.done.every_value = wanted <= self.tried
        every = list(self.forms.values())
        for turn in range(FUZZED):
            role, form = every[turn % len(every)]
            drawn = {key: self.random.choice(NASTY) for key in form.fields if self.random.random() < DRAWN_ODD}
            self._nonsense(role, form, drawn, {key: self.random.choice(FILE_NAMES) for key in form.files})

    def _nonsense(self, role: str, form: Form, odd: dict[str, str], named: dict[str, str]) -> None:
        from django.core.files.uploadedfile import SimpleUploadedFile

        if form.action.startswith(("/account/logout", "/account/login")) or "password" in form.action:
            return
        sent: dict[str, Any] = {key: _sendable(value) for key, value in {**form.fields, **odd}.items()}
        for key, file_name in named.items():
            sent[key] = SimpleUploadedFile("x", self.random.choice((b"", b"\x00\xff" * 50, b"a,b\n1,2\n")))
            sent[key].__dict__["_name"] = file_name or "x"
        answer = self.ask(self.clients[role], form.method.upper(), form.action, sent)
        self.done.fuzzed += 1
        if answer.status_code >= 500:
            self.note("fault", role, form.method.upper(), form.action, self.fault)


def _sendable(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


def _put_on_roster(login: str) -> None:
    """Let a contractor's worker work: without a line of the roster the account is none."""
    from kofu.staff.models import Contractor, RosterWorker, ServiceContract

    long_ago, now = date(2020, 1, 1), datetime.now(UTC)
    contract = ServiceContract.objects.create(
        contractor=Contractor.objects.create(name="見本保守"), title="保守", work="maintenance", starts_on=long_ago,
        ends_on=date(2999, 12, 31), responsible="見本 責", recorded_by="one", recorded_at=now,
    )  # fmt: skip
    RosterWorker.objects.create(
        contract=contract, name="見本 業", login=login, starts_on=long_ago, trained_on=long_ago, pledged_on=long_ago,
        recorded_by="one", recorded_at=now, confirmed_by="two", confirmed_at=now,
    )  # fmt: skip


def _views(patterns: list[Any], route: str, space: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    from django.urls import URLResolver

    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{space}{pattern.namespace}:" if pattern.namespace else space
            yield from _views(pattern.url_patterns, f"{route}{pattern.pattern}", inner)
        else:
            yield f"{space}{pattern.name}", f"{route}{pattern.pattern}", pattern.pattern.converters


def _invented(converter: str) -> str:
    return {"UUIDConverter": UUID, "IntConverter": "1"}.get(converter, "999")


def _open(guards: list[str]) -> None:
    """Take guards away."""
    from django.conf import settings

    from kofu.staff import gate

    class Everything:
        @staticmethod
        def allows(*_: object) -> bool:
            return True

    if "permissions" in guards:
        gate.PERMISSIONS = Everything  # type: ignore[assignment, misc]
    if "second factor" in guards:
        gate._unready = lambda *_: None  # type: ignore[assignment]
    if "forms" in guards:
        settings.MIDDLEWARE = [one for one in settings.MIDDLEWARE if "Csrf" not in one]
    if "posted text" in guards:  # what was posted reaches the use cases as it came
        from django import forms

        def unlooked(form: Any) -> None:
            form._errors, form.cleaned_data = {}, dict(form.data.items())

        settings.MIDDLEWARE = [one for one in settings.MIDDLEWARE if "PostedText" not in one]
        forms.Form.full_clean = unlooked  # type: ignore[method-assign]
    if "municipality" in guards:
        from kofu.staff import work

        read = work._profile_at
        own = read(Path(os.environ["KOFU_PROFILE"])).code
        work._profile_at = lambda path: dataclasses.replace(read(path), code=own)  # type: ignore[assignment]


def main(system: str, out: Path, guard: str = "") -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = f"kofu.{system}.settings"
    import django
    from django.conf import settings

    settings.ALLOWED_HOSTS = ["testserver"]
    settings.SECRET_KEY = "tests only"
    django.setup()
    _open(guard.split(","))
    names = msgspec.json.decode(Path(os.environ["KOFU_WALK_NAMES"]).read_bytes(), type=list[str])
    walk = Walk(system, names, ROLES_MAX if guard in {"", "posted text"} else ROLES_WITHOUT_GUARDS)
    steps = [walk.crawl, walk.complete]
    if guard not in {"posted text", "municipality"}:
        steps += [walk.strangers, walk.forged, walk.unauthorised]
    if guard in {"", "municipality"}:
        steps.append(walk.of_another_municipality)
    if guard in {"", "posted text"}:
        steps.append(walk.fuzz)
    for step in steps:
        step()
    out.write_bytes(msgspec.json.encode(walk.done))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), *sys.argv[3:])
