"""What of a page no clerk or auditor can read: English words, words of the code, bare identities, years of the West.

A page may show a word that is a name of its own (a file, a login, a number) where its markup
says so: `code`, `kbd`, `login`.
A digest or an identity must say that it is one (`digest`), since it means nothing by itself.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser

#: Names of things that have no other in Japanese, as staff know them.
KNOWN = frozenset(
    [
        "CSV",
        "PDF",
        "JPKI",
        "PIN",
        "TLS",
        "SSL",
        "LGWAN",
        "UTM",
        "OCR",
        "ID",
        "UTF",
        "SHA",
        "SVG",
        "JIS",
        "Excel",
        "Ctrl",
        "Alt",
        "MT",
        "QR",
        "CD",
        "DVD",
        "USB",
        "VPN",
        "IP",
        "LAN",
        "PC",
        "OS",
        "No",
        "Shift",
        "JIS",
        "DB",
        "Web",
        "URL",
        "A4",
        "MPN",
        "IC",
        "JUKI",
        "GS1",
        "AM",
        "PM",
        "Wi",
        "Fi",
    ]
)
OWN_NAME = {"code", "login", "digest", "secret"}
SILENT = {"script", "style", "head", "title"}
WITHOUT_END = {"input", "br", "hr", "img", "meta", "link", "wbr", "path", "rect", "line", "circle"}
WORD = re.compile(r"[A-Za-z][A-Za-z_]+")
OF_THE_CODE = re.compile(r"\b[a-z]+_[a-z_]+\b|\b[a-z]+:[a-z]+\b")
IDENTITY = re.compile(r"\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b|\b(?=[0-9]*[a-f])[0-9a-f]{20,}\b")
FILE_NAME = re.compile(r"[\w-]+\.(?:txt|csv|pdf|zip|json|gz)\b|[\w.-]+\.jsonl\.gz", re.ASCII)
CODE_POINT = re.compile(r"U\+[0-9A-F]{4,6}")
WESTERN = re.compile(r"(?<![0-9])(?:19|20)\d\d(?:年|-\d\d-\d\d)")


class _Reader(HTMLParser):
    """Reads what a page shows, and under which marks."""

    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()
        self._marks: list[tuple[str, frozenset[str]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        classes = frozenset(given.get("class", "").split()) | ({"code"} if tag in {"code", "kbd"} else set())
        if tag not in WITHOUT_END:
            self._marks.append((tag, classes))
        for name in ("title", "aria-label", "placeholder", "alt"):
            if given.get(name) and tag not in {"svg", "input", "span"}:
                self._look(given[name], frozenset())

    def handle_endtag(self, tag: str) -> None:
        while self._marks and tag in {name for name, _ in self._marks}:
            if self._marks.pop()[0] == tag:
                return

    def handle_data(self, data: str) -> None:
        if any(tag in SILENT for tag, _ in self._marks):
            return
        self._look(data, frozenset().union(*(classes for _, classes in self._marks)))

    def _look(self, text: str, classes: frozenset[str]) -> None:
        if "digest" not in classes:
            self.found.update(IDENTITY.findall(text))
        if classes & OWN_NAME:
            return
        rest = CODE_POINT.sub(" ", FILE_NAME.sub(" ", IDENTITY.sub(" ", text)))
        self.found.update(OF_THE_CODE.findall(rest))
        self.found.update(word for word in WORD.findall(rest) if word not in KNOWN)
        if "hint" not in classes and "のように" not in text:  # how a day can be written
            self.found.update(WESTERN.findall(rest))


def foreign_words(page: str) -> set[str]:
    """Give what of a page (HTML) is no Japanese, no known name and not marked as a name of its own."""
    reader = _Reader()
    reader.feed(page)
    return reader.found
