"""A walk over every screen of a system: every address of its map, every link, and every form as it stands."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from tests.staff.foreign_words import foreign_words

if TYPE_CHECKING:
    from django.test import Client

#: Where a form would end the walk or change who walks.
LEFT_ALONE = frozenset(
    {
        "account_logout", "account_login", "account_change_password", "account_reauthenticate", "mfa_authenticate",
        "mfa_reauthenticate", "mfa_activate_totp", "mfa_view_recovery_codes", "mfa_generate_recovery_codes",
        "mfa_index", "staff:account_new", "staff:account_change", "staff:account_reset", "staff:printed",
    }
)  # fmt: skip


@dataclass
class FoundForm:
    """A form of a page: where it goes, what it holds as it stands."""

    action: str
    method: str
    fields: list[tuple[str, str]] = field(default_factory=list)


class PageReader(HTMLParser):
    """Reads the links and forms of a page."""

    def __init__(self, base: str) -> None:
        super().__init__()
        self.base, self.links, self.forms = base, [], []
        self._form: FoundForm | None = None
        self._select = ""
        self._chosen: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "a" and given.get("href"):
            self.links.append(urljoin(self.base, given["href"]))
        if tag == "form":
            self._form = FoundForm(urljoin(self.base, given.get("action", "")), given.get("method", "get").lower())
            self.forms.append(self._form)
            self._chosen = set()
        if self._form is not None:
            self._take_field(tag, given)

    def _take_field(self, tag: str, given: dict[str, str]) -> None:
        name = given.get("name", "")
        kind = given.get("type", "text")
        if tag == "button" and name and name not in self._chosen:
            self._add(name, given.get("value", ""))
        if tag == "input" and name and kind not in {"submit", "button", "file", "csrfmiddlewaretoken"}:
            if kind in {"radio", "checkbox"}:
                if name not in self._chosen:
                    self._add(name, given.get("value", "on"))
            else:
                self._add(name, given.get("value", "") or ("見本" if "required" in given else ""))
        if tag == "textarea" and name:
            self._add(name, "確認のため")
        if tag == "select":
            self._select = name
        if tag == "option" and self._select and given.get("value") and self._select not in self._chosen:
            self._add(self._select, given["value"])

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        if tag == "select":
            self._select = ""

    def _add(self, name: str, value: str) -> None:
        self._chosen.add(name)
        if self._form is not None:
            self._form.fields.append((name, value))


@dataclass
class ScreenWalk:
    """One person's walk: `answered` counts addresses of the map that gave a page, `broken` names those that failed.

    `foreign`: by address, what of its pages is no Japanese (`foreign_words`).
    """

    client: Client
    each: int = 2
    seen: Counter[str] = field(default_factory=Counter)
    answered: Counter[str] = field(default_factory=Counter)
    broken: set[str] = field(default_factory=set)
    foreign: dict[str, set[str]] = field(default_factory=dict)
    _forms: list[FoundForm] = field(default_factory=list)
    _known: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.client.raise_request_exception = False

    def look(self, starts: Iterable[str]) -> None:
        """Open every start and every link, `each` times an address of the map."""
        waiting = deque(starts)
        while waiting:
            url = waiting.popleft()
            where = self._name(url)
            if where is None or where in LEFT_ALONE or url in self._known or self.seen[where] >= self.each:
                continue
            self._known.add(url)
            self.seen[where] += 1
            waiting.extend(self._ask(where, url))

    def fill_in(self) -> None:
        """Send every form as it stands, `each` times an address of the map; then open what came of it."""
        sent: Counter[str] = Counter()
        links: list[str] = []
        forms, self._forms = self._forms, []
        for form in forms:
            where = self._name(form.action)
            if where is None or where in LEFT_ALONE or sent[where] >= self.each:
                continue
            sent[where] += 1
            links.extend(self._ask(where, form.action, form.fields))
        self.look(links)

    def _name(self, url: str) -> str | None:
        from django.urls import Resolver404, resolve

        parts = urlsplit(url)
        if parts.netloc not in {"", "testserver"}:
            return None
        try:
            return resolve(parts.path).view_name
        except Resolver404:
            return None

    def _ask(self, where: str, url: str, fields: list[tuple[str, str]] | None = None) -> list[str]:
        answer = self._answer(url, fields)
        for _ in range(3):
            if answer.status_code not in {301, 302}:
                break
            where_to = urljoin(url, answer.headers["Location"])
            if self._name(where_to) == "staff:purpose":
                answer = self.client.post(where_to, {"purpose": "inquiry"})
                continue
            url = where_to
            answer = self.client.get(url)
            where = self._name(url) or where
        if fields is None:
            self.answered[where] += answer.status_code == 200
        if answer.status_code >= 500:
            self.broken.add(where)
        if "html" not in answer.headers.get("Content-Type", ""):
            return []
        shown = answer.content.decode()
        if found := foreign_words(shown):
            self.foreign.setdefault(where, set()).update(found)
        page = PageReader(url)
        page.feed(shown)
        self._forms.extend(form for form in page.forms if form.method == "post")
        return page.links

    def _answer(self, url: str, fields: list[tuple[str, str]] | None) -> Any:
        if fields is None:
            return self.client.get(url)
        data: dict[str, list[str]] = {}
        for name, value in fields:
            data.setdefault(name, []).append(value)
        return self.client.post(url, data)
