"""Reading a feed's folder: the signed manifest, and each CSV file once, in slices, hashed over exactly the bytes read.

A slice goes through three sieves: bytes (UTF-8, no control characters), lines (as many cells as the header), cells and
rows (`feed_rules`). The file is read once only: what is hashed, what is checked and what is handed on to the
database are the same bytes, so nothing can change in between. Memory is bounded by the slice, save for the keys.
"""

from __future__ import annotations

import base64
import binascii
import csv
import hashlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
import polars as pl
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from kofu.contracts.announcement import (
    ANNOUNCEMENT_SIGNATURE_SUFFIX,
    ANNOUNCEMENT_SUFFIX,
    Announcement,
    decode_announcement,
)
from kofu.contracts.feed import (
    MANIFEST_NAME,
    SIGNATURE_NAME,
    FeedKind,
    FeedMode,
    Manifest,
    ManifestFile,
    Table,
    decode_manifest,
)
from kofu.contracts.feed_tables import tables_of
from kofu.core.errors import OperatorFault, ensure
from kofu.issuing.feeds.feed_problems import FeedProblems
from kofu.issuing.feeds.feed_rules import FROM_THE_SOURCE, ZEROS_LOST, check_rows, lines_without_zeros, padded_columns
from kofu.issuing.feeds.row_judge import RowJudge
from kofu.issuing.feeds.row_slices import RowSlice
from kofu.issuing.feeds.transpose_rows import RowTransposer
from kofu.judgement.number_rows import read_numbers, read_texts

SLICE_BYTES = 8 * 1024 * 1024
MANIFEST_BYTES_MAX = 1024 * 1024
LINE_BYTES_MAX = 64 * 1024
DIGEST_BYTES = 16

#: Control characters (C0, DEL, C1), the byte order mark and U+FFFD, the scar of a conversion that lost a character.
_UNWANTED = re.compile(rb"[\x00-\x09\x0b-\x1f\x7f]|\xc2[\x80-\x9f]|\xef\xbb\xbf|\xef\xbf\xbd")
_CONTROLS = bytes({*range(0x20), 0x7F} - {0x0A})
_MARKS = (b"\xc2", b"\xef\xbb\xbf", b"\xef\xbf\xbd")
_QUOTED_LINE = re.compile(rb'(?:"(?:[^"]|"")*"|[^",]*)(?:,(?:"(?:[^"]|"")*"|[^",]*))*')


@dataclass(frozen=True, slots=True)
class SignedManifest:
    """A manifest whose signature was good, and the SHA-256 (hex) of its bytes: the identity of the feed."""

    manifest: Manifest
    sha256: str


def read_manifest(
    folder: Path, keys: Mapping[FeedKind, Ed25519PublicKey], problems: FeedProblems
) -> SignedManifest | None:
    """Read and check manifest.json and its signature; None where they are not good, with the problems added.

    A feed is trusted for the kind whose sender's key made the signature. Raises `OperatorFault` without a folder.
    """
    if not folder.is_dir():
        raise OperatorFault("no_feed_folder", f"there is no folder {folder}")
    path = folder / MANIFEST_NAME
    missing = [name for name in (MANIFEST_NAME, SIGNATURE_NAME) if not (folder / name).is_file()]
    if missing:
        problems.add(missing[0], "missing_file", "the file is missing")
        return None
    if path.stat().st_size > MANIFEST_BYTES_MAX:
        problems.add(MANIFEST_NAME, "bad_manifest", f"longer than {MANIFEST_BYTES_MAX} bytes")
        return None
    data = path.read_bytes()
    signature = _decode_signature((folder / SIGNATURE_NAME).read_bytes())
    signer = next((kind for kind, key in keys.items() if _is_signed(key, signature, data)), None)
    if signer is None:
        problems.add(SIGNATURE_NAME, "bad_signature", "no known sender signed these bytes of the manifest")
        return None
    try:
        manifest = decode_manifest(data)
    except (msgspec.ValidationError, msgspec.DecodeError) as error:
        problems.add(MANIFEST_NAME, "bad_manifest", str(error))
        return None
    if manifest.kind is not signer:
        problems.add(SIGNATURE_NAME, "wrong_signer", f"a {manifest.kind} feed signed by the sender of {signer} feeds")
        return None
    return SignedManifest(manifest, hashlib.sha256(data).hexdigest())


def read_announcement(folder: Path, signer: Ed25519PublicKey, problems: FeedProblems) -> Announcement | None:
    """Read what the sender announced of this feed, beside its folder; None where it announced nothing.

    One that the sender did not sign is a problem: it vouches for nothing.
    """
    path = folder.with_name(folder.name + ANNOUNCEMENT_SUFFIX)
    sealed = folder.with_name(folder.name + ANNOUNCEMENT_SIGNATURE_SUFFIX)
    if not path.is_file():
        return None
    data = path.read_bytes()
    if not sealed.is_file() or not _is_signed(signer, _decode_signature(sealed.read_bytes()), data):
        problems.add(path.name, "bad_signature", "the sender of the feed did not sign this announcement")
        return None
    try:
        return decode_announcement(data)
    except (msgspec.ValidationError, msgspec.DecodeError) as error:
        problems.add(path.name, "bad_announcement", str(error))
        return None


def _decode_signature(data: bytes) -> bytes:
    """Give the signature's bytes; what is not base64 is a signature of nobody."""
    try:
        return base64.b64decode(data.strip(), validate=True)
    except binascii.Error:
        return b""


def _is_signed(key: Ed25519PublicKey, signature: bytes, data: bytes) -> bool:
    try:
        key.verify(signature, data)
    except InvalidSignature:
        return False
    return True


def check_file_list(folder: Path, manifest: Manifest, problems: FeedProblems) -> dict[str, ManifestFile]:
    """Check that the folder holds exactly the files of this kind of feed, in the lengths stated. Gives them by name."""
    stated = {file.name: file for file in manifest.files}
    if len(stated) != len(manifest.files):
        problems.add(MANIFEST_NAME, "bad_manifest", "a file is listed twice")
    expected = {table.file_name: table for table in tables_of(manifest.kind)}
    for name in sorted(stated.keys() - expected.keys()):
        problems.add(MANIFEST_NAME, "unknown_file", f"{name!a} is no file of a {manifest.kind} feed")
    for name, table in expected.items():
        if name not in stated:
            problems.add(MANIFEST_NAME, "missing_file", f"{name} is not listed")
        elif not (folder / name).is_file():
            problems.add(name, "missing_file", "the file is missing")
        else:
            if set(stated[name].control_totals) != set(table.total_columns):
                problems.add(MANIFEST_NAME, "control_totals", f"{name} has other control totals than the contract")
            size = (folder / name).stat().st_size
            if size != stated[name].bytes:
                sentence = f"{size} bytes, the manifest says {stated[name].bytes} (truncated or changed)"
                problems.add(name, "wrong_size", sentence)
    known = {*expected, MANIFEST_NAME, SIGNATURE_NAME}
    for path in sorted(folder.iterdir()):
        if path.name not in known:
            problems.add(path.name, "unknown_file", "a file the feed does not list")
    return stated


class FileReader:
    """Reads one table's file once, from the header to the end, checking everything that needs no database."""

    def __init__(
        self,
        table: Table,
        mode: FeedMode,
        stated: ManifestFile,
        problems: FeedProblems,
        *,
        judge: RowJudge | None = None,
        transposer: RowTransposer | None = None,
    ) -> None:
        self._table = table
        self._judge = judge
        self._transposer = transposer
        self._mode = mode
        self._stated = stated
        self._problems = problems
        self._separators = len(table.columns) - 1
        self._rows = 0
        self._totals = dict.fromkeys(table.total_columns, 0)
        self._totals_known = True
        self._keys: list[pl.DataFrame] = []
        self._widths: dict[str, list[pl.DataFrame]] = {name: [] for name in padded_columns(table)}

    def batches(self, path: Path, advance: Callable[[int], None]) -> Iterator[RowSlice]:
        """Yield the sound rows slice by slice; add problems; at the end compare with what the manifest states.

        `advance` is told the bytes read. After the last batch the file is known to be whole, or a problem is there.
        """
        digest = hashlib.sha256()
        line_number = 1
        rest = b""
        with path.open("rb") as file:
            header = file.readline(MANIFEST_BYTES_MAX)
            digest.update(header)
            self._check_header(header)
            while data := file.read(SLICE_BYTES):
                digest.update(data)
                advance(len(data))
                whole, newline, rest = (rest + data).rpartition(b"\n")
                if len(rest) > LINE_BYTES_MAX:
                    self._add("line_too_long", f"a line longer than {LINE_BYTES_MAX} bytes", line=line_number + 1)
                    return
                if newline:
                    lines = whole.split(b"\n")
                    if rows := self._sieve(lines, whole, line_number + 1):
                        yield rows
                    line_number += len(lines)
        if rest:
            self._add("truncated", "the last line has no line end: the file is cut off", line=line_number + 1)
        if digest.hexdigest() != self._stated.sha256:
            self._add("wrong_checksum", "SHA-256 differs from the manifest")
        self._check_totals()
        self._check_keys()
        self._check_widths()

    def _add(self, reason: str, sentence: str, *, line: int | None = None, column: str | None = None) -> None:
        self._problems.add(self._table.file_name, reason, sentence, line=line, column=column)

    def _check_header(self, header: bytes) -> None:
        if header.startswith(b"\xef\xbb\xbf"):
            self._add("byte_order_mark", "the file begins with a byte order mark", line=1)
        elif header != ",".join(self._table.column_names).encode() + b"\n":
            self._add("wrong_header", "the header row is not that of the contract", line=1)

    def _sieve(self, lines: list[bytes], whole: bytes, first_line: int) -> RowSlice | None:
        """Take out the lines that are no rows, then check the rows."""
        self._rows += len(lines)
        numbers: Sequence[int] = range(first_line, first_line + len(lines))
        separators = self._separators
        plain = not _may_hold_unwanted(whole) and b'"' not in whole
        plain = plain and all(line.count(b",") == separators for line in lines)
        frame = read_numbers(self._table, whole, len(lines)) if plain else None
        if frame is None:  # a line or a cell is not as it shall be, or quoted: each is looked at
            numbered = [(number, line) for number, line in enumerate(lines, first_line) if self._is_row(number, line)]
            numbers = [number for number, _ in numbered]
            lines = [line for _, line in numbered]
            if not lines:
                return None
            frame = read_texts(self._table, b"\n".join(lines))
        ensure(frame.height == len(lines), "polars sees as many rows as there are lines")
        frame = frame.with_columns(pl.Series("line", numbers, dtype=pl.UInt32))
        whole_lines: Sequence[bytes] = lines
        if self._transposer is not None:
            frame, whole_lines = self._transposer.transpose(self._table, frame, lines)
        before = self._problems.count
        put = check_rows(self._table, self._mode, frame, self._problems)
        marked = [] if self._judge is None else self._judge.look(self._table, put)
        self._keys.append(frame.select(pl.concat_str(self._table.key, separator="|").alias("key"), "line"))
        for name, seen in self._widths.items():
            cell = pl.col(name)
            width = cell.str.len_bytes().cast(pl.UInt8, strict=False).alias("width")
            seen.append(frame.select(width, cell.str.starts_with("0").alias("padded"), "line"))
        self._sum(frame, sound=self._problems.count == before)
        stated = [line[line.index(b",") :] for line in whole_lines]
        return RowSlice(frame, stated, [_digest(cells) for cells in stated], marked)

    def _is_row(self, number: int, line: bytes) -> bool:
        """Tell whether a line is UTF-8 without unwanted characters and has as many cells as the header."""
        if not _is_utf8(line):
            self._add("not_utf8", "not UTF-8", line=number, column=self._column_at(line, _first_bad_byte(line)))
            return False
        if unwanted := _UNWANTED.search(line):
            column = self._column_at(line, unwanted.start())
            self._add("unwanted_character", "a control, BOM or replacement character", line=number, column=column)
            return False
        if b'"' in line and not _QUOTED_LINE.fullmatch(line):
            self._add("broken_quotes", "quotation marks do not pair up inside the line", line=number)
            return False
        cells = len(next(csv.reader([line.decode()]), [])) if b'"' in line else line.count(b",") + 1
        if cells != self._separators + 1:
            sentence = f"{cells} cells, the header has {self._separators + 1}"
            self._add("wrong_number_of_cells", sentence, line=number)
            return False
        return True

    def _column_at(self, line: bytes, position: int) -> str | None:
        """Name the column a byte stands in; None where quotes make that uncertain."""
        before = line[:position]
        index = before.count(b",")
        return None if b'"' in before or index > self._separators else self._table.column_names[index]

    def _sum(self, frame: pl.DataFrame, *, sound: bool) -> None:
        if not sound:
            self._totals_known = False  # a broken cell has its own problem; a sum over the others would only add noise
            return
        for name in self._totals:
            self._totals[name] += int(frame[name].cast(pl.Int64).sum())

    def _check_totals(self) -> None:
        if self._rows != self._stated.rows:
            self._add("wrong_count", f"{self._rows} rows, the manifest says {self._stated.rows}")
        if not self._totals_known:
            return
        for name, total in self._totals.items():
            if total != self._stated.control_totals.get(name):
                self._add("control_total", "the sum differs from the manifest's control total", column=name)

    def _check_keys(self) -> None:
        if not self._keys:
            return
        keys = pl.concat(self._keys)
        repeated = keys.filter(~pl.col("key").is_first_distinct())
        for line in repeated["line"].sort():
            self._add("duplicate_key", "the key stands in an earlier line", line=line, column="+".join(self._table.key))

    def _check_widths(self) -> None:
        names = {column.name: column.japanese for column in self._table.columns}
        for name, seen in self._widths.items():
            if not seen:
                continue
            width, lines = lines_without_zeros(pl.concat(seen))
            sentence = f"{names[name]} has fewer than the {width} digits of this file's others: {FROM_THE_SOURCE}"
            for line in lines:
                self._add(ZEROS_LOST, sentence, line=line, column=name)


def _digest(stated: bytes) -> bytes:
    """Digest a row without its first cell, 異動区分: how a row came does not make it another row."""
    return hashlib.blake2b(stated, digest_size=DIGEST_BYTES).digest()


def _may_hold_unwanted(data: bytes) -> bool:
    """Tell, far quicker than the pattern could, whether a slice can hold unwanted characters at all."""
    if len(data.translate(None, _CONTROLS)) != len(data):
        return True
    return any(mark in data for mark in _MARKS) and _UNWANTED.search(data) is not None


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _first_bad_byte(line: bytes) -> int:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError as error:
        return error.start
    return 0
