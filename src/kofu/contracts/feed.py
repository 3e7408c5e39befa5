"""The feed: files one system hands to another at night, and the manifest that vouches for them.

A feed is a folder::

    manifest.json   what is in it, encoded canonically (the bytes are signed)
    manifest.sig    Ed25519 signature over the bytes of manifest.json, base64
    *.csv           one file per table: UTF-8 without BOM, comma, header row, LF, RFC 4180 quoting

There are two kinds. The *tax feed* (賦課・収納) comes from the ledger, the *resident feed* from the registry. Each kind
has its own row of generations. A full feed (全件) states everything; a difference (差分) states what changed against
`base_generation`. A certificate is made from exactly one committed data generation (P6), so nothing here is ever
applied by halves: a feed is accepted whole or refused whole.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Literal

import msgspec
from msgspec import UNSET, UnsetType

MANIFEST_NAME = "manifest.json"
SIGNATURE_NAME = "manifest.sig"


class FeedKind(StrEnum):
    """Which neighbour speaks."""

    TAX = "tax"
    RESIDENT = "resident"


class FeedMode(StrEnum):
    """Everything, or what changed."""

    FULL = "full"
    DIFFERENCE = "difference"


class ColumnType(StrEnum):
    """How a cell is written. Empty cells are allowed only where the column is optional."""

    TEXT = "text"  # code points and variation selectors exactly as received, never normalised
    CODE = "code"  # one of the column's `codes`
    DIGITS = "digits"  # a number kept as a string: leading zeros matter
    YEN = "yen"  # integer yen, may be negative only where the column says so
    COUNT = "count"  # integer ≥ 0
    YEAR = "year"  # fiscal year (会計年度), four digits
    DATE = "date"  # YYYY-MM-DD in Asia/Tokyo
    INSTANT = "instant"  # RFC 3339 in UTC, ending in Z
    FLAG = "flag"  # 0 or 1
    BIRTHDAY = "birthday"  # YYYY-MM-DD with ?? for unknown parts: 1950-??-??, ????-??-??
    YEN_LIST = "yen_list"  # amounts joined by |, one per installment
    DATE_LIST = "date_list"  # dates joined by |, one per installment
    LABEL_LIST = "label_list"  # installment labels joined by |


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """One column of a feed table.

    `japanese` is the field's term. `codes` maps each allowed code to its Japanese meaning. `max_length` counts
    code points. `total` marks a column whose sum stands in the manifest's control totals.
    """

    name: str
    japanese: str
    type: ColumnType
    optional: bool = False
    negative: bool = False
    total: bool = False
    max_length: int = 0
    codes: dict[str, str] = {}
    note: str = ""


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """One file. `key` names the columns that identify a row: each key stands once in a file.

    `feed`: the feed it is a file of; None for a file that comes by itself.
    """

    name: str
    japanese: str
    feed: FeedKind | None
    key: tuple[str, ...]
    columns: tuple[Column, ...]

    @property
    def file_name(self) -> str:
        """The file's name inside the feed's folder."""
        return f"{self.name}.csv"

    @property
    def column_names(self) -> tuple[str, ...]:
        """The header row."""
        return tuple(column.name for column in self.columns)

    @property
    def fact_columns(self) -> tuple[Column, ...]:
        """The columns that are facts: all but 異動区分, which tells what to do with the row."""
        return tuple(column for column in self.columns if column.name != "change")

    @property
    def total_columns(self) -> tuple[str, ...]:
        """The columns whose sums are control totals."""
        return tuple(column.name for column in self.columns if column.total)


class ManifestFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the manifest says of one file: data rows (without the header), bytes, SHA-256 (hex) and control totals."""

    name: str
    rows: int
    bytes: int
    sha256: str
    control_totals: dict[str, int]


class GlyphSetStated(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The set of drawn glyphs (外字の組) the sender draws with: it lies beside the feed as `glyphs-VERSION/`."""

    version: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The signed table of contents of a feed.

    `generation` counts up by one per feed of a kind; `base_generation` is the generation a difference builds on and is
    null in a full feed. `business_date` is the day whose close the data shows (基準日). `extracted_at` is the instant
    at which the sender read its data: a feed extracted before the one already taken is held as stale. Manifests of
    kofu-feed/1 do not say it; there `created_at` stands for it. kofu-feed/3 is kofu-feed/2 that also names the
    sender's glyph set. `base_sha256` is the SHA-256 of the manifest a difference builds on: where a feed was taken in
    by hand two may bear one number. It is left out where the sender does not say.
    """

    format: Literal["kofu-feed/1", "kofu-feed/2", "kofu-feed/3"] = "kofu-feed/2"
    kind: FeedKind
    municipality_code: str
    generation: int
    mode: FeedMode
    base_generation: int | None
    base_sha256: str | UnsetType = UNSET
    business_date: date
    created_at: datetime
    extracted_at: datetime | None = None
    files: tuple[ManifestFile, ...]
    glyph_set: GlyphSetStated | UnsetType = UNSET

    @property
    def extracted(self) -> datetime:
        """When the data were read out of the sender's system."""
        return self.extracted_at or self.created_at


def encode_manifest(manifest: Manifest) -> bytes:
    """Give the canonical bytes that are written to manifest.json and signed."""
    return msgspec.json.format(msgspec.json.encode(manifest, order="sorted"), indent=2) + b"\n"


def decode_manifest(data: bytes) -> Manifest:
    """Read a manifest. Raises `msgspec.ValidationError` or `msgspec.DecodeError` naming the place."""
    return msgspec.json.decode(data, type=Manifest)
