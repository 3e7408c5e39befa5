"""The values a PDF object is written with (ISO 32000-1, 7.3), in the narrow form in which all readers agree.

Comments, names with #-escapes, strings with escapes, `null`, generations other than 0 and the same key twice in a
dictionary are refused: there programs differ in what they make of a file, or hide one value behind another.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple, TypeAlias

from kofu.core.errors import OurFault

DEPTH_MAX = 8
_SPACE = rb"[ \t\r\n]*"
_ENDS = rb"(?=[ \t\r\n\[\]()<>/])"
_NAME = rb"[A-Za-z0-9+._-]{1,127}"
_VALUE = (
    rb"/(?P<name>" + _NAME + rb")" + _ENDS
    + rb"|(?P<reference>[0-9]{1,7})[ \r\n]+0[ \r\n]+R" + _ENDS
    + rb"|(?P<real>-?[0-9]{1,9}\.[0-9]{1,12})" + _ENDS
    + rb"|(?P<whole>-?[0-9]{1,9})" + _ENDS
    + rb"|\((?P<literal>[ !\x22-'*-\[\]-~]*)\)"
    + rb"|<(?P<hex>[0-9A-Fa-f]*)>"
)  # fmt: skip
_TOKEN = re.compile(_SPACE + rb"(?:(?P<open><<)|(?P<close>>>)|(?P<start>\[)|(?P<end>\])|" + _VALUE + rb")")
_ENTRY = re.compile(_SPACE + rb"/(?P<key>" + _NAME + rb")" + _ENDS + _SPACE + rb"(?:" + _VALUE + rb")")
"""A key and its value at once, where that is single: nearly every entry of a dictionary is."""
_SINGLE = frozenset({"name", "reference", "real", "whole", "literal", "hex"})
_NUMBERS = re.compile(rb"([-0-9. \r\n]+)\]")
_NUMBER = re.compile(rb"-?[0-9]{1,9}(?:\.[0-9]{1,12})?")
"""What stands in an array of nothing but numbers: read at once, the widths of a font cost a quarter."""


class Unreadable(OurFault):
    """The bytes are no PDF of the form this reader knows."""

    def __init__(self, message: str) -> None:
        """Build the error from a sentence without text of the paper."""
        super().__init__("unreadable_pdf", message)


class PdfName(str):
    """A name, without its stroke."""

    __slots__ = ()


class Reference(NamedTuple):
    """A reference to the object of a number."""

    number: int


Value: TypeAlias = "PdfName | Reference | int | float | bytes | tuple[Value, ...] | dict[str, Value]"


def read_value(data: bytes, at: int) -> tuple[Value, int]:
    """Read the value that begins at `at`, and where it ends. Raises `Unreadable`."""
    return _read(data, at, 0)


def _read(data: bytes, at: int, depth: int) -> tuple[Value, int]:
    token = _TOKEN.match(data, at)
    if token is None or depth > DEPTH_MAX:
        raise Unreadable("an object is written in a way not known here")
    kind = token.lastgroup or ""
    if kind == "open":
        return _dictionary(data, token.end(), depth)
    if kind == "start":
        return _array(data, token.end(), depth)
    if kind in {"close", "end"}:
        raise Unreadable("an object ends where a value is wanted")
    return _single(kind, token[kind]), token.end()


def _single(kind: str, text: bytes) -> Value:
    if kind == "name":
        return PdfName(text.decode("ascii"))
    if kind == "reference":
        return Reference(int(text))
    if kind == "real":
        return float(text)
    if kind == "whole":
        return int(text)
    if kind == "literal":
        return text
    if len(text) % 2:
        raise Unreadable("a string holds whole bytes")
    return bytes.fromhex(text.decode("ascii"))


def _array(data: bytes, at: int, depth: int) -> tuple[Value, int]:
    numbers = _NUMBERS.match(data, at)
    if numbers is not None:
        return tuple(map(_number, numbers[1].split())), numbers.end()
    values: list[Value] = []
    while True:
        token = _TOKEN.match(data, at)
        if token is not None and token.lastgroup == "end":
            return tuple(values), token.end()
        kind = (token and token.lastgroup) or ""
        if token is not None and kind in _SINGLE:
            values.append(_single(kind, token[kind]))
            at = token.end()
        else:
            value, at = _read(data, at, depth + 1)
            values.append(value)


@lru_cache(maxsize=1024)  # the glyphs of a font have few widths
def _number(text: bytes) -> int | float:
    if not _NUMBER.fullmatch(text):
        raise Unreadable("a number is written in a way not known here")
    return float(text) if b"." in text else int(text)


def _dictionary(data: bytes, at: int, depth: int) -> tuple[Value, int]:
    entries: dict[str, Value] = {}
    while True:
        entry = _ENTRY.match(data, at)
        token = entry or _TOKEN.match(data, at)
        if token is not None and token.lastgroup == "close":
            return entries, token.end()
        if token is None or (entry is None and token.lastgroup != "name"):
            raise Unreadable("a dictionary has a key that is no name")
        key = token["name" if entry is None else "key"].decode("ascii")
        if key in entries:
            raise Unreadable("a dictionary has the same key twice")
        if entry is None:
            entries[key], at = _read(data, token.end(), depth + 1)
        else:
            kind = entry.lastgroup or ""
            entries[key], at = _single(kind, entry[kind]), entry.end()
