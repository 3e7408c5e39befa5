"""Read an uploaded scan in a process of its own: what strangers send is never decoded beside the keys.

    python -m kofu.center.scan < upload > what was found (MessagePack)

The process has a limit of memory, and of processor time for each page and for all; it was given no key and, where the
system lets it, opens no file and no line and runs under another account than the keys' (`platform.confine`). What it
holds is gone with it.
"""

from __future__ import annotations

import io
import resource
import signal
import sys
from collections.abc import Callable, Iterator

import msgspec
import pypdfium2
from PIL import Image

from kofu.center.back.symbols import FoundSymbols, find_sheets
from kofu.platform.confine import confine

UPLOAD_BYTES_MAX = 20 * 1024 * 1024
PIXELS_MAX = 45_000_000  # A4 at 600 dots an inch has 35
PAGES_MAX = 6
PAGE_POINTS_MAX = 1300
MEMORY_BYTES_MAX = 1536 * 1024 * 1024
PROCESSOR_SECONDS_MAX = 15
PAGE_SECONDS_MAX = 5.0
"""Processor time of one page: a good one at 600 dots an inch takes one. Beyond it the process ends (`SIGPROF`)."""
SCAN_DPI = 300
LONG_SIDE_MAX = 5300
FORMATS = ("PNG", "JPEG", "TIFF", "WEBP")


class SheetRead(msgspec.Struct, frozen=True, array_like=True):
    """A sheet whose symbols were found: how many, how many are needed, and what they carry where they are enough."""

    nonce: bytes
    found: int
    needed: int
    sealed: bytes


class ScanRead(msgspec.Struct, frozen=True, array_like=True):
    """What a scan held. `problem`: "" or `not_a_picture` or `too_large`."""

    problem: str
    sheets: tuple[SheetRead, ...]


def read_scan(upload: bytes, begin_page: Callable[[], None] = lambda: None) -> ScanRead:
    """Find the backs in a picture (PNG, JPEG, TIFF, WebP) or in the pages of a PDF.

    `begin_page` is called before each page: a process made for reading winds its clock there, nobody else does.
    """
    sheets: list[SheetRead] = []
    try:
        begin_page()
        for page in _pages(upload):
            sheets.extend(_read(found) for found in find_sheets(page).values())
            begin_page()
    except _TooLargeError:
        return ScanRead("too_large", ())
    except (OSError, ValueError, SyntaxError, EOFError, pypdfium2.PdfiumError, Image.DecompressionBombError):
        return ScanRead("not_a_picture", ())
    return ScanRead("", tuple(sheets))


class _TooLargeError(Exception):
    pass


def _wind_clock() -> None:
    """Give a page its processor time: nobody catches the signal, so that a library's code ends with the process."""
    signal.setitimer(signal.ITIMER_PROF, PAGE_SECONDS_MAX)


def _pages(upload: bytes) -> Iterator[Image.Image]:
    if upload.startswith(b"%PDF-"):
        yield from _pdf_pages(upload)
        return
    with Image.open(io.BytesIO(upload), formats=FORMATS) as picture:
        if picture.width * picture.height > PIXELS_MAX:
            raise _TooLargeError
        picture.draft("L", (LONG_SIDE_MAX, LONG_SIDE_MAX))
        page = picture.convert("L")
    page.thumbnail((LONG_SIDE_MAX, LONG_SIDE_MAX), Image.Resampling.BICUBIC)
    yield page


def _pdf_pages(upload: bytes) -> Iterator[Image.Image]:
    document = pypdfium2.PdfDocument(upload)
    try:
        for index in range(min(len(document), PAGES_MAX)):
            page = document[index]
            if max(page.get_size()) > PAGE_POINTS_MAX:
                raise _TooLargeError
            yield page.render(scale=SCAN_DPI / 72, grayscale=True).to_pil().convert("L")
    finally:
        document.close()


def _read(found: FoundSymbols) -> SheetRead:
    return SheetRead(found.nonce, len(found.parts), found.needed, found.sealed() if found.whole else b"")


def main() -> None:
    """Read from standard input what was uploaded and write what was found."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES_MAX, MEMORY_BYTES_MAX))
    resource.setrlimit(resource.RLIMIT_CPU, (PROCESSOR_SECONDS_MAX, PROCESSOR_SECONDS_MAX))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    Image.init()  # whatever is opened later is refused: the readers of all formats come in now
    confine()
    try:
        read = read_scan(sys.stdin.buffer.read(UPLOAD_BYTES_MAX + 1), _wind_clock)
    except MemoryError:
        read = ScanRead("too_large", ())
    sys.stdout.buffer.write(msgspec.msgpack.encode(read))


if __name__ == "__main__":
    main()
