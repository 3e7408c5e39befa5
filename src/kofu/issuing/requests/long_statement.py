"""Statements too long for psycopg to remember how their values are named: it would read them anew at each execution.

Beyond 4,096 characters psycopg takes a statement for one that a program made up and that never comes again. Ours come
for every certificate, so the names are numbered once, and the statement is sent as the database knows it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import psycopg

from kofu.core.errors import ensure

_NAMED = re.compile(r"%\(([a-z_]+)\)s")


class LongStatement:
    """A statement whose values are named as in psycopg, `%(name)s`; `words` is that text."""

    def __init__(self, words: str) -> None:
        """Give each name a number, in their order; the same name is the same value."""
        self.words = words
        self._names = tuple(dict.fromkeys(_NAMED.findall(words)))
        numbered = _NAMED.sub(lambda found: f"${self._names.index(found[1]) + 1}", words)
        ensure("%" not in numbered, "every value of a long statement has a name")
        self._numbered = numbered.encode("utf-8")

    def execute(self, connection: psycopg.Connection[Any], values: Mapping[str, object]) -> psycopg.Cursor[Any]:
        """Execute it, prepared on the server at first use. Raises `KeyError` for a value that is not given."""
        cursor = psycopg.RawCursor(connection)
        return cursor.execute(self._numbered, [values[name] for name in self._names], prepare=True)
