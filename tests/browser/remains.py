"""Look for what is left of a certificate: in a process's memory, in files, in databases.

Every search is told the needles once and says where it found one; `tests/browser/test_kiosk_erasure.py` also looks
while the certificate is there, so that a search that finds nothing is known to be able to find something.
"""

from __future__ import annotations

import base64
import re
import resource
import zlib
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import psycopg
from psycopg import sql

from kofu.platform.fonts import find_font

PIECE = 48
PIECES = 12
BLOCK = 32 * 1024 * 1024
PAGE = resource.getpagesize()


@dataclass(frozen=True, slots=True)
class Needle:
    """Bytes to look for, and what they are."""

    what: str
    data: bytes


def needles(pdf: bytes, texts: dict[str, str]) -> list[Needle]:
    """Give pieces of the ward's own PDF (as it is, as JSON carries it, unpacked) and texts in three encodings.

    The backs follow the ward's document and are left out: their form is the same for everybody and stays at the centre.
    So are outlines of the font, which the centre holds whole for its own sheets: whose name they drew they do not say.
    """
    found = []
    front = pdf[: pdf.index(b"%%EOF")]
    for part in range(1, PIECES):
        at = len(front) * part // PIECES
        at -= at % 3
        if pdf[at : at + PIECE] in the_font():
            continue
        found.append(Needle(f"PDF at {at}", pdf[at : at + PIECE]))
        found.append(Needle(f"base64 of PDF at {at}", base64.b64encode(pdf[at : at + PIECE])))
    for number, stream in enumerate(content_streams(front)):
        found.append(Needle(f"content {number}", stream[len(stream) // 2 : len(stream) // 2 + PIECE]))
    encodings = ("utf-8", "utf-16-le", "utf-32-le")
    return found + [
        Needle(f"{what} in {encoding}", text.encode(encoding)) for what, text in texts.items() for encoding in encodings
    ]


@cache
def the_font() -> bytes:
    """Give the bytes of the font all papers are set in: public, and the same for everybody."""
    return find_font().read_bytes()


def content_streams(pdf: bytes) -> list[bytes]:
    """Give the streams that draw text (`BT` … `ET`) as a printer's or a viewer's program reads them."""
    unpacked = []
    for match in re.finditer(rb">>\r?\nstream\r?\n", pdf):
        try:
            data = zlib.decompressobj().decompress(pdf[match.end() :])
        except zlib.error:
            data = pdf[match.end() : pdf.index(b"endstream", match.end())]
        if b"\nBT\n" in data or b" Tf" in data:
            unpacked.append(data)
    return unpacked


def in_memory(pid: int, wanted: list[Needle]) -> list[str]:
    """Search all a process can write to or has read: every map but those of a file's unchanged content."""
    found: set[str] = set()
    with Path(f"/proc/{pid}/maps").open(encoding="ascii", errors="replace") as maps:
        regions = [line.split(maxsplit=5) for line in maps]
    with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory:
        for region in regions:
            span, rights = region[0], region[1]
            name = region[5].strip() if len(region) > 5 else ""
            a_files_own_text = name.startswith("/") and "w" not in rights
            if not rights.startswith("r") or a_files_own_text or name in {"[vvar]", "[vsyscall]", "[vdso]"}:
                continue
            low, high = (int(end, 16) for end in span.split("-"))
            nobodys = rights.endswith("p") and name in {"", "[heap]"}  # of no file and no other process
            for begin, end in _touched(pid, low, high) if nobodys else [(low, high)]:
                found |= _in_region(memory, begin, end, name, wanted)
    return sorted(found)


def _touched(pid: int, low: int, high: int) -> list[tuple[int, int]]:
    """Give the parts of memory of nobody's file that were ever written: the kernel has no page for the others.

    A page counts as written where /proc/PID/pagemap says it is in memory or in the swap space.
    """
    entries = b""
    with suppress(OSError), Path(f"/proc/{pid}/pagemap").open("rb", buffering=0) as pagemap:
        pagemap.seek(low // PAGE * 8)
        entries = pagemap.read((high - low) // PAGE * 8)
    if len(entries) != (high - low) // PAGE * 8:
        return [(low, high)]  # what the kernel says nothing of is searched
    there = bytes(entry >> 6 and 1 for entry in entries[7::8])  # bits 63 and 62: in memory, in the swap space
    return [(low + run.start() * PAGE, low + run.end() * PAGE) for run in re.finditer(rb"\x01+", there)]


def _in_region(memory: object, low: int, high: int, name: str, wanted: list[Needle]) -> set[str]:
    found = set()
    overlap = max(len(needle.data) for needle in wanted)
    at = low
    while at < high:
        try:
            memory.seek(at)  # type: ignore[attr-defined]
            block = memory.read(min(BLOCK, high - at))  # type: ignore[attr-defined]
        except (OSError, ValueError):
            break  # a hole the kernel gives to nobody
        if not block:
            break
        found |= {f"{needle.what} in {name or 'heap'}" for needle in wanted if needle.data in block}
        at += len(block) if at + len(block) >= high else max(1, len(block) - overlap)
    return found


def in_files(folder: Path, wanted: list[Needle]) -> list[str]:
    """Search every file under a folder."""
    found = []
    for path in sorted(one for one in folder.rglob("*") if one.is_file()):
        data = path.read_bytes()
        found += [f"{needle.what} in {path.relative_to(folder)}" for needle in wanted if needle.data in data]
    return found


def in_database(url: str, wanted: list[Needle]) -> list[str]:
    """Search every column of every table: as text, and as bytes shown in hexadecimal."""
    found = []
    with psycopg.connect(url) as connection:
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        for (table,) in tables:
            query = sql.SQL("SELECT coalesce(string_agg(t::text, ''), '') FROM {} t").format(sql.Identifier(table))
            row = connection.execute(query).fetchone()
            said = row[0] if row is not None else ""
            found += [
                f"{needle.what} in {table}"
                for needle in wanted
                if needle.data in said.encode() or needle.data.hex() in said
            ]
    return found
