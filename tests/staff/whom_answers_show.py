"""Tells whom an answer of a screen shows, and whether the entries the audit log got meanwhile name them.

`LedgerScreens` asks it of every answer in every test: a test that reaches a screen tests its record, too.
"""

from __future__ import annotations

import html
import json
import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import psycopg
import pypdfium2

WORD_LENGTH_MIN = 4


def text_of(answer: Any) -> str:
    """Give what an answer shows, of a page, a table or a PDF."""
    kind, content = answer.headers.get("Content-Type", ""), answer.content
    if "pdf" in kind and content.startswith(b"%PDF"):
        document = pypdfium2.PdfDocument(content)
        return "\n".join(page.get_textpage().get_text_bounded() for page in document)
    if "image" in kind:
        return ""
    if "html" in kind:
        return html.unescape(content.decode())
    for encoding in ("utf-8-sig", "cp932"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return ""


@dataclass
class WhomAnswersShow:
    """Reads who is known and what was recorded, on a connection of its own.

    By name, 宛名番号 or address; one word may be several people's, then one of them is enough.
    """

    url: str
    since: datetime | None = None
    _connection: psycopg.Connection | None = None
    _words: dict[str, set[str]] = field(default_factory=dict)
    _known: int = -1

    def begin(self) -> None:
        """Look at the record from now on."""
        self.since = self._database().execute("SELECT clock_timestamp()").fetchone()[0]  # type: ignore[index]

    def missing(self, text: str) -> list[str]:
        """Give the words of a text that name people no entry since `begin` names."""
        from kofu.staff.work import pseudonym_of

        recorded = self.recorded()
        return [
            word for word, numbers in self.named(text) if not recorded & {pseudonym_of(number) for number in numbers}
        ]

    def named(self, text: str) -> list[tuple[str, set[str]]]:
        """Give each word found in a text that names people, with their numbers."""
        return [
            (word, numbers)
            for word, numbers in self._people().items()
            if word in text and re.search(rf"(?<![0-9\u4e00-\u9fff]){re.escape(word)}(?![0-9０-９])", text)
        ]

    def recorded(self) -> set[str]:
        """Give the pseudonyms in the entries since `begin`."""
        found: set[str] = set()
        for (body,) in self._database().execute("SELECT body FROM audit_entry WHERE recorded_at > %s", [self.since]):
            entry = json.loads(body)
            found |= {entry["subject"], *entry.get("subjects", ())}
        return found - {None}

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _database(self) -> psycopg.Connection:
        if self._connection is None:
            self._connection = psycopg.connect(self.url, autocommit=True)
        return self._connection

    def _people(self) -> dict[str, set[str]]:
        count = self._database().execute("SELECT count(*) FROM taxpayer").fetchone()[0]  # type: ignore[index]
        if count != self._known:
            self._known, self._words = count, {}
            for row in self._database().execute("SELECT addressee_number, name, address FROM taxpayer"):
                for word in row:
                    if len(word) >= WORD_LENGTH_MIN:
                        self._words.setdefault(word, set()).add(row[0])
        return self._words
