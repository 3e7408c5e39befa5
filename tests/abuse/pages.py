"""What a page of the staff screens offers to who walks it: its links, and its forms with their fields."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser


@dataclass
class Form:
    """A form on a page: where it goes, how, which fields it has with the values they bear."""

    action: str
    method: str = "get"
    fields: dict[str, str] = field(default_factory=dict)
    files: list[str] = field(default_factory=list)


class Page(HTMLParser):
    """Where a page leads, and what can be sent from it."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.url = url
        self.links: list[str] = []
        self.forms: list[Form] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attributes}
        if tag == "a" and given.get("href", "").startswith("/"):
            self.links.append(given["href"].partition("#")[0])
        elif tag == "form":
            self.forms.append(Form(given.get("action") or self.url, given.get("method", "get").lower()))
        elif tag in {"input", "select", "textarea", "button"} and given.get("name") and self.forms:
            if given.get("type") == "file":
                self.forms[-1].files.append(given["name"])
            else:
                self.forms[-1].fields.setdefault(given["name"], given.get("value", ""))
