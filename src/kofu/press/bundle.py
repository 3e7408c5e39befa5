"""Many papers as one file to be printed: pages appended, each paper on a sheet of its own, said how to print.

Printed on both sides, a paper of an odd number of pages is followed by an empty page: nobody's letter begins on the
back of another's.
"""

from __future__ import annotations

import io
from collections.abc import Sequence

import pikepdf

from kofu.core.errors import ensure

FILE_BYTES_MAX = 200_000_000


class PdfBundle:
    """A file that grows by papers. What was added is written down at once, so that only its bytes are held."""

    def __init__(self, *, both_sides: bool) -> None:
        """Begin an empty file."""
        self.pages = 0
        self._both_sides = both_sides
        self._parts: list[bytes] = []
        self._bytes = 0

    def add(self, pdf: bytes, lengths: Sequence[int]) -> None:
        """Append papers that stand one behind the other in a file. `lengths`: pages of each of them."""
        ensure(all(length > 0 for length in lengths), "a paper has pages")
        with pikepdf.open(io.BytesIO(pdf)) as papers:
            ensure(len(papers.pages) == sum(lengths), "the pages of a file are the pages of its papers")
            if self._both_sides:
                _pad(papers, lengths)
            self.pages += len(papers.pages)
            part = io.BytesIO()
            papers.save(part)
        self._parts.append(part.getvalue())
        self._bytes += len(self._parts[-1])
        ensure(self._bytes <= FILE_BYTES_MAX, "the size of a batch of papers is limited; print it in parts")

    def finish(self) -> bytes:
        """Give the whole file; it says whether it is printed on one side or on both."""
        ensure(self._parts, "a batch of papers holds one")
        with pikepdf.Pdf.new() as whole:
            for number, part in enumerate(self._parts):
                with pikepdf.open(io.BytesIO(part)) as papers:
                    whole.pages.extend(papers.pages)
                self._parts[number] = b""
            whole.Root.ViewerPreferences = pikepdf.Dictionary(
                Duplex=pikepdf.Name.DuplexFlipLongEdge if self._both_sides else pikepdf.Name.Simplex
            )
            out = io.BytesIO()
            whole.save(out, deterministic_id=True)
        self._parts = []
        return out.getvalue()


def _pad(papers: pikepdf.Pdf, lengths: Sequence[int]) -> None:
    """Put an empty page behind every paper that ends on the front of a sheet."""
    at = 0
    for length in lengths:
        at += length
        if length % 2:
            empty = pikepdf.Page(
                pikepdf.Dictionary(
                    Type=pikepdf.Name.Page,
                    MediaBox=papers.pages[at - 1].mediabox,
                    Resources=pikepdf.Dictionary(),
                    Contents=papers.make_stream(b""),
                )
            )
            papers.pages.insert(at, empty)
            at += 1
