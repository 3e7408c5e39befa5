"""Looking for texts in the files of a database, as they are written plainly or inside a compressed value.

PostgreSQL compresses long values in place (pglz): of a text that stands there for the first time, at least every eight
bytes in a row stay as they are, since one byte of control precedes eight literals. So a text is found by its pieces.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

PIECE_BYTES = 7


def pieces(text: str) -> set[bytes]:
    """Give every run of seven bytes of a text: one of them stands unbroken wherever the text is kept."""
    data = text.encode()
    return {data[at : at + PIECE_BYTES] for at in range(len(data) - PIECE_BYTES + 1)}


def files_with(folder: Path, texts: Iterable[str], *, compressed: bool = False) -> dict[str, int]:
    """Count, by file under `folder`, how many of the texts it holds; files without any are left out.

    `compressed`: texts count that stand there in pieces.
    """
    wanted = [pieces(text) if compressed else {text.encode()} for text in texts]
    found: dict[str, int] = {}
    for path in sorted(folder.rglob("*")):
        if not path.is_file():
            continue
        content = path.read_bytes()
        hits = sum(any(piece in content for piece in one) for one in wanted)
        if hits:
            found[path.relative_to(folder).as_posix()] = hits
    return found
