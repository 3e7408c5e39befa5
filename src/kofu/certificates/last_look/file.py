"""The structure of a file (ISO 32000-1, 7.5): one revision, every byte accounted for.

Header, objects one behind the other without a gap, one cross-reference table of one section, trailer, end. Each entry
of the table leads to the object of its number and each object has one entry; so no object stands twice, none is
replaced by a later one, nothing lies between or behind them. Streams say their length themselves and are stored as
they are or deflated, nothing else.
"""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from kofu.certificates.last_look.syntax import Reference, Unreadable, Value, read_value

BYTES_MAX = 8_000_000
STREAM_BYTES_MAX = 16_000_000
OBJECTS_MAX = 10_000
SMALL_BYTES_MAX = 256
IDENTIFIER_BYTES = range(16, 25)  # a digest as it is, or in base64
_HEADER = re.compile(rb"%PDF-1\.4\n(?:%[\x80-\xff]{4}\r?\n(?:\n)?)?")
_END = re.compile(rb"startxref\r?\n([0-9]{1,10})\r?\n%%EOF\r?\n?\Z")
_END_BYTES_MAX = 48
_TABLE = re.compile(rb"xref\r?\n0 ([0-9]{1,6})\r?\n0000000000 65535 f[ \r]\n")
_ENTRIES = re.compile(rb"(?:[0-9]{10} 00000 n[ \r]\n)*")
_ENTRY_BYTES = 20
_TRAILER = re.compile(rb"trailer[ \r\n]*")
_OBJECT = re.compile(rb"([0-9]{1,7}) 0 obj[ \r\n]+")
_OBJECT_END = re.compile(rb"[ \r\n]*endobj[ \r\n]{1,4}\Z")
_STREAM = re.compile(rb"[ \r\n]*stream\r?\n")
_STREAM_END = re.compile(rb"\r?\n?endstream[ \r\n]+endobj[ \r\n]{1,4}\Z")
_HEAD = b"%d 0 obj"
_HEADS = tuple(map(_HEAD.__mod__, range(1, 257)))
_GAP = re.compile(rb"[ \r\n]*")


class Stream(NamedTuple):
    """A stream: what its dictionary says (but for length and filter), and its bytes as they are meant to be read."""

    entries: dict[str, Value]
    data: bytes


class Trailer(NamedTuple):
    """What the trailer names."""

    root: int
    info: int
    identifiers: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class PdfFile:
    """A file, its objects found but not yet read. `spans` by number, from 1: where each object begins and ends."""

    data: bytes
    spans: dict[int, tuple[int, int]]
    trailer: Trailer

    def read(self, number: int) -> Value | Stream:
        """Read an object. Raises `Unreadable` where there is none of this number, or it is written otherwise."""
        if number not in self.spans:
            raise Unreadable("a reference leads to no object")
        start, end = self.spans[number]
        return read_object(self.data[start:end])


def read_object(data: bytes) -> Value | Stream:
    """Read the bytes of one object, from its number to its end."""
    if len(data) <= SMALL_BYTES_MAX:
        small = _small(data)
        if small is not None:
            return small.copy() if isinstance(small, dict) else small
    value, at = _value(data)
    if _OBJECT_END.match(data, at):
        return value
    begin = _STREAM.match(data, at)
    if begin is None or not isinstance(value, dict):
        raise Unreadable("an object does not end where its value ends")
    length = value.pop("Length", None)
    if not isinstance(length, int) or not 0 <= length <= len(data):
        raise Unreadable("a stream says its length itself")
    if _STREAM_END.match(data, begin.end() + length) is None:
        raise Unreadable("a stream is not as long as it says")
    raw = data[begin.end() : begin.end() + length]
    how = value.pop("Filter", None)
    if how is None:
        return Stream(value, raw)
    if how != "FlateDecode":
        raise Unreadable("a stream is stored as it is or deflated")
    return Stream(value, _inflated(raw))


def _value(data: bytes) -> tuple[Value, int]:
    """Read the value an object begins with, and where it ends."""
    head = _OBJECT.match(data)
    if head is None:
        raise Unreadable("an object does not begin with its number")
    return read_value(data, head.end())


@lru_cache(maxsize=256)  # what every paper of a form says in the same bytes; no list of anything is as short
def _small(data: bytes) -> Value | None:
    """Read a small object; None where it is a stream."""
    value, at = _value(data)
    return value if _OBJECT_END.match(data, at) else None


def _inflated(raw: bytes) -> bytes:
    inflate = zlib.decompressobj()
    try:
        data = inflate.decompress(raw, STREAM_BYTES_MAX)
    except zlib.error as error:
        raise Unreadable("a stream is not deflated as it says") from error
    if not inflate.eof or inflate.unused_data or inflate.unconsumed_tail:
        raise Unreadable("a stream ends where it says, and has a limited size")
    return data


def read_file(pdf: bytes) -> PdfFile:
    """Find the objects of a file. Raises `Unreadable` for a file built otherwise."""
    head = _HEADER.match(pdf)
    end = _END.search(pdf, max(0, len(pdf) - _END_BYTES_MAX))
    table = _TABLE.match(pdf, int(end[1])) if end else None
    if head is None or end is None or table is None or len(pdf) > BYTES_MAX:
        raise Unreadable("a paper is a PDF 1.4 with one cross-reference table at its end")
    count = int(table[1])
    entries = _ENTRIES.match(pdf, table.end())
    if entries is None or not 1 < count <= OBJECTS_MAX or len(entries[0]) != (count - 1) * _ENTRY_BYTES:
        raise Unreadable("the cross-reference table has one entry for each object")
    start = _TRAILER.match(pdf, entries.end())
    if start is None:
        raise Unreadable("a trailer stands behind the table")
    trailer, at = read_value(pdf, start.end())
    gap = _GAP.match(pdf, at)
    if gap is None or gap.end() != end.start():
        raise Unreadable("nothing stands between trailer and end")
    spans = _spans(pdf, head.end(), table.start(), entries[0])
    return PdfFile(pdf, spans, _trailer(trailer, count))


def _spans(pdf: bytes, begin: int, stop: int, entries: bytes) -> dict[int, tuple[int, int]]:
    starts = [int(entries[at : at + 10]) for at in range(0, len(entries), _ENTRY_BYTES)]
    in_order = sorted([*starts, stop])
    if in_order[0] != begin:
        raise Unreadable("the objects begin behind the header")
    ends = dict(pairwise(in_order))
    heads = _HEADS if len(starts) <= len(_HEADS) else map(_HEAD.__mod__, range(1, len(starts) + 1))
    if len(ends) != len(starts) or in_order[-1] != stop or not all(map(pdf.startswith, heads, starts)):
        raise Unreadable("an entry of the table does not lead to its object")
    return {number: (start, ends[start]) for number, start in enumerate(starts, start=1)}


def _trailer(value: Value, count: int) -> Trailer:
    if not isinstance(value, dict) or set(value) != {"Size", "Root", "Info", "ID"} or value["Size"] != count:
        raise Unreadable("a trailer names size, catalog, information and identifier, and nothing else")
    root, info, identifiers = value["Root"], value["Info"], value["ID"]
    if (
        isinstance(root, Reference)
        and isinstance(info, Reference)
        and isinstance(identifiers, tuple)
        and len(identifiers) == 2  # noqa: PLR2004 - of the file, and of this revision
        and identifiers[0] == identifiers[1]
        and isinstance(identifiers[0], bytes)
        and len(identifiers[0]) in IDENTIFIER_BYTES
    ):
        return Trailer(root.number, info.number, tuple(one for one in identifiers if isinstance(one, bytes)))
    raise Unreadable("a file has one revision: its two identifiers are the same")
