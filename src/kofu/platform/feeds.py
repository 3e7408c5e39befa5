"""Writing a feed: the folder of `kofu.contracts.feed`, streamed in batches, signed, and there as a whole or not at all.

The folder is built beside its place under a name that no reader looks for and is renamed when the signature is written.
A crash, a full disk or an error of the caller leaves nothing behind that could be mistaken for a feed (P6).

A sender with a memory of what it sent (the ledger) gives `seal`: it is called when everything is on the disk and
signed, and commits that memory. What was sealed is never thrown away: if the process dies before the folder has its
name, `publish_sealed` gives it.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import TypeAlias

import msgspec
import polars as pl
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from msgspec import UNSET

from kofu.contracts.announcement import (
    ANNOUNCEMENT_SIGNATURE_SUFFIX,
    ANNOUNCEMENT_SUFFIX,
    Announcement,
    decode_announcement,
    encode_announcement,
)
from kofu.contracts.feed import (
    MANIFEST_NAME,
    SIGNATURE_NAME,
    FeedKind,
    FeedMode,
    GlyphSetStated,
    Manifest,
    ManifestFile,
    Table,
    decode_manifest,
    encode_manifest,
)
from kofu.contracts.feed_tables import tables_of
from kofu.core.errors import OurFault
from kofu.platform.made_once import make_once
from kofu.platform.message_keys import MessageKey, message_key
from kofu.platform.signed_manifests import FeedNotVouchedFor

Cell: TypeAlias = "str | int | date | None"
Row: TypeAlias = Sequence[Cell]

ROWS_PER_BATCH = 4096
BYTES_PER_BATCH = 1024 * 1024


class FeedWriteError(OurFault):
    """What was to be written does not fit the contract: wrong columns, wrong number of cells, an unknown table."""

    def __init__(self, message: str) -> None:
        super().__init__("feed_write", message)


class TableWriter:
    """Streams one table of a feed to its CSV file; counts rows and bytes, hashes, and sums the control totals."""

    def __init__(self, table: Table, folder: Path) -> None:
        self._table = table
        self._file = (folder / table.file_name).open("xb")
        self._digest = hashlib.sha256()
        self._rows = 0
        self._bytes = 0
        names = table.column_names
        self._total_positions = {name: names.index(name) for name in table.total_columns}
        self._totals = dict.fromkeys(table.total_columns, 0)
        self._append(",".join(names).encode() + b"\n")

    def write_row(self, row: Row) -> None:
        """Write one row; for many, `write_rows` is the quicker way."""
        self._write_batch([row])

    def write_rows(self, rows: Iterable[Row]) -> None:
        """Write rows of cells in the order of the table's columns. Dates become YYYY-MM-DD, None an empty cell.

        Raises `FeedWriteError` for a row with another number of cells than the table has columns.
        """
        batch: list[Row] = []
        for row in rows:
            batch.append(row)
            if len(batch) == ROWS_PER_BATCH:
                self._write_batch(batch)
                batch = []
        if batch:
            self._write_batch(batch)

    def write_frame(self, frame: pl.DataFrame) -> None:
        """Write a whole data frame whose columns are exactly the table's columns, in their order.

        Raises `FeedWriteError` where they are not.
        """
        if tuple(frame.columns) != self._table.column_names:
            raise FeedWriteError(f"{self._table.name}: the frame has other columns than the table")
        buffer = io.BytesIO()
        frame.write_csv(buffer, include_header=False, line_terminator="\n", date_format="%Y-%m-%d")
        self._append(buffer.getvalue())
        self._rows += frame.height
        for name in self._totals:
            self._totals[name] += int(frame[name].sum())

    def write_lines(self, lines: Iterable[bytes | bytearray | memoryview]) -> int:
        """Write rows that are CSV already: each item whole lines, each line ended by LF, as a COPY of PostgreSQL gives.

        Rows and control totals are read from the very bytes that are written. Gives how many rows these were. Raises
        `FeedWriteError` for a line with another number of cells than the table has columns.
        """
        before = self._rows
        batch: list[bytes | bytearray | memoryview] = []
        waiting = 0
        for line in lines:
            batch.append(line)
            waiting += len(line)
            if waiting >= BYTES_PER_BATCH:
                self._write_lines(b"".join(batch))
                batch, waiting = [], 0
        if batch:
            self._write_lines(b"".join(batch))
        return self._rows - before

    def _write_lines(self, data: bytes) -> None:
        last = len(self._table.columns) - 1
        wanted = sorted({0, last, *self._total_positions.values()})
        try:
            frame = pl.read_csv(data, has_header=False, infer_schema=False, columns=wanted)
        except pl.exceptions.PolarsError as error:
            raise FeedWriteError(f"{self._table.name}: no rows of the table ({type(error).__name__})") from None
        # a line that is too short reads as empty cells at its end; no table of a feed ends in an optional column
        if frame.to_series(-1).null_count():
            raise FeedWriteError(f"{self._table.name}: a row has not {last + 1} cells (after row {self._rows})")
        self._append(data)
        self._rows += frame.height
        for name, position in self._total_positions.items():
            self._totals[name] += int(frame.to_series(wanted.index(position)).cast(pl.Int64).sum())

    def close(self) -> ManifestFile:
        """Flush to the disk and give what the manifest says of this file."""
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        return ManifestFile(
            name=self._table.file_name,
            rows=self._rows,
            bytes=self._bytes,
            sha256=self._digest.hexdigest(),
            control_totals=dict(self._totals),
        )

    def abandon(self) -> None:
        """Close the file; the folder around it is about to be deleted."""
        self._file.close()

    def _write_batch(self, batch: list[Row]) -> None:
        width = len(self._table.columns)
        if any(len(row) != width for row in batch):
            raise FeedWriteError(f"{self._table.name}: a row has not {width} cells (after row {self._rows})")
        buffer = io.StringIO(newline="")
        csv.writer(buffer, lineterminator="\n").writerows(batch)
        self._append(buffer.getvalue().encode())
        self._rows += len(batch)
        for name, position in self._total_positions.items():
            self._totals[name] += sum(int(row[position]) for row in batch)  # type: ignore[arg-type, misc] # yen cells are int

    def _append(self, data: bytes) -> None:
        self._file.write(data)
        self._digest.update(data)
        self._bytes += len(data)


class FeedWriter:
    """A feed being written: one `TableWriter` per table of its kind. Tables nobody wrote to are there, empty."""

    def __init__(self, folder: Path, kind: FeedKind) -> None:
        self._tables = {table.name: TableWriter(table, folder) for table in tables_of(kind)}

    def table(self, name: str) -> TableWriter:
        """Give the writer of one table. Raises `FeedWriteError` for a table this kind of feed does not hold."""
        try:
            return self._tables[name]
        except KeyError:
            raise FeedWriteError(f"this feed has no table {name}") from None

    def close(self) -> tuple[ManifestFile, ...]:
        """Close all tables; their descriptions in the contract's order."""
        return tuple(writer.close() for writer in self._tables.values())

    def abandon(self) -> None:
        """Close all files without looking at them again."""
        for writer in self._tables.values():
            writer.abandon()


@contextmanager
def open_feed(
    folder: Path,
    kind: FeedKind,
    *,
    municipality_code: str,
    generation: int,
    mode: FeedMode,
    base_generation: int | None,
    business_date: date,
    created_at: datetime,
    signing_key: MessageKey,
    extracted_at: datetime | None = None,
    glyph_set: GlyphSetStated | None = None,
    base_sha256: str | None = None,
    seal: Callable[[Manifest, bytes], None] = lambda _manifest, _bytes: None,
) -> Iterator[FeedWriter]:
    """Write a feed into `folder`, which must not exist yet. It appears when the block ends without an error.

    `base_generation` is given for a difference and only then, with the `base_sha256` of that feed's manifest;
    `created_at` and `extracted_at` (None: the same) are aware. `glyph_set`: the set of drawn glyphs that lies beside
    the feed. `seal` is called with the manifest and its bytes when the feed lies whole on the disk under another name;
    where it raises, the feed is deleted, where it returns, the feed is never deleted again. Raises `FileExistsError`
    for a folder that is there, `FeedWriteError` for arguments that contradict each other.
    """
    if (mode is FeedMode.DIFFERENCE) != (base_generation is not None):
        raise FeedWriteError("a difference has a base generation, a full feed has none")
    if created_at.tzinfo is None:
        raise FeedWriteError("created_at has no time zone")
    if folder.exists():
        raise FileExistsError(f"{folder} is there already: a feed is never written over")
    folder.parent.mkdir(parents=True, exist_ok=True)
    unfinished = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", suffix=".unfinished", dir=folder.parent))
    writer = FeedWriter(unfinished, kind)
    try:
        yield writer
        manifest = Manifest(
            format="kofu-feed/2" if glyph_set is None else "kofu-feed/3",
            kind=kind,
            municipality_code=municipality_code,
            generation=generation,
            mode=mode,
            base_generation=base_generation,
            base_sha256=UNSET if base_sha256 is None else base_sha256,
            business_date=business_date,
            created_at=created_at,
            extracted_at=extracted_at or created_at,
            files=writer.close(),
            glyph_set=UNSET if glyph_set is None else glyph_set,
        )
        data = encode_manifest(manifest)
        _write_durably(unfinished / MANIFEST_NAME, data)
        _write_durably(unfinished / SIGNATURE_NAME, base64.b64encode(signing_key.sign(data)))
        unfinished.chmod(0o750)
        _sync_folder(unfinished)
        seal(manifest, data)
    except BaseException:
        writer.abandon()
        shutil.rmtree(unfinished)
        raise
    unfinished.rename(folder)
    _sync_folder(folder.parent)


def write_announcement(folder: Path, announcement: Announcement, *, key: MessageKey) -> None:
    """Write beside the folder of a feed what it will hold, signed. What was announced of it before is replaced.

    What is announced comes from the data, not from the feed.
    """
    data = encode_announcement(announcement)
    folder.parent.mkdir(parents=True, exist_ok=True)
    _replace_durably(folder.with_name(folder.name + ANNOUNCEMENT_SUFFIX), data)
    _replace_durably(folder.with_name(folder.name + ANNOUNCEMENT_SIGNATURE_SUFFIX), base64.b64encode(key.sign(data)))
    _sync_folder(folder.parent)


def own_announcement(folder: Path, key: Ed25519PublicKey) -> Announcement | None:
    """Read what the sender itself announced of a feed, its signature checked first; None where it announced nothing.

    Raises `FeedNotVouchedFor` where the signature is not the sender's or the file is no announcement.
    """
    path = folder.with_name(folder.name + ANNOUNCEMENT_SUFFIX)
    if not path.is_file():
        return None
    try:
        data = path.read_bytes()
        sealed = folder.with_name(folder.name + ANNOUNCEMENT_SIGNATURE_SUFFIX).read_bytes()
        key.verify(base64.b64decode(sealed.strip(), validate=True), data)
        return decode_announcement(data)
    except (FileNotFoundError, InvalidSignature, ValueError, msgspec.MsgspecError) as error:
        raise FeedNotVouchedFor(f"{path.name}: {type(error).__name__}; announce the feed again") from error


def publish_sealed(folder: Path, manifest_sha256: str) -> bool:
    """Give a sealed feed its name after a crash; tell whether it lies there now, whole.

    It is known by the SHA-256 (hex) of its manifest, and each of its files by what the manifest says. False: it is
    gone, or not what was sealed.
    """
    if folder.exists():
        return _is_sealed(folder, manifest_sha256)
    for unfinished in sorted(folder.parent.glob(f".{folder.name}.*.unfinished")):
        if _is_sealed(unfinished, manifest_sha256):
            unfinished.rename(folder)
            _sync_folder(folder.parent)
            return True
    return False


def discard_unfinished(parent: Path, prefix: str) -> int:
    """Delete what broken runs left of feeds whose folders begin with `prefix`; give how many. Nobody may be writing."""
    left = sorted(parent.glob(f".{prefix}*.unfinished"))
    for unfinished in left:
        shutil.rmtree(unfinished)
    return len(left)


def _is_sealed(folder: Path, manifest_sha256: str) -> bool:
    path = folder / MANIFEST_NAME
    if not path.is_file() or not (folder / SIGNATURE_NAME).is_file():
        return False
    data = path.read_bytes()
    if hashlib.sha256(data).hexdigest() != manifest_sha256:
        return False
    return all(_is_file(folder / file.name, file) for file in decode_manifest(data).files)


def _is_file(path: Path, stated: ManifestFile) -> bool:
    if not path.is_file() or path.stat().st_size != stated.bytes:
        return False
    with path.open("rb") as data:
        return hashlib.file_digest(data, "sha256").hexdigest() == stated.sha256


def signing_key(keys: Path, kind: FeedKind) -> MessageKey:
    """Give the key that signs feeds of this kind: `keys/feed-KIND.pem`, made at the first call, or in a token.

    Beside it lies `feed-KIND.pub.pem` for the receiver. Raises as `message_key`.
    """
    key = message_key(keys / f"feed-{kind}.pem")
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    make_once(keys / f"feed-{kind}.pub.pem", public, mode=0o644)  # of the key that stays, whoever made it
    return key


def public_key(keys: Path, kind: FeedKind) -> Ed25519PublicKey:
    """Read the key that verifies feeds of this kind: `keys/feed-KIND.pub.pem`.

    Raises `FileNotFoundError`, `FeedNotVouchedFor`.
    """
    path = keys / f"feed-{kind}.pub.pem"
    key = serialization.load_pem_public_key(path.read_bytes())
    if not isinstance(key, Ed25519PublicKey):
        raise FeedNotVouchedFor(f"{path.name} holds no Ed25519 key")
    return key


def _write_durably(path: Path, data: bytes) -> None:
    with path.open("xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _replace_durably(path: Path, data: bytes) -> None:
    """Put a whole file in the place of another: a reader sees the one or the other, never a part."""
    new = path.with_name(f".{path.name}.new")
    new.unlink(missing_ok=True)
    _write_durably(new, data)
    new.replace(path)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
