"""The announcement: what the sender says the evening before of the feed that will come.

A signed file and its signature beside the feed's folder, not in it::

    tax-000042/                      the feed
    tax-000042.announcement.json     rows and control totals it will have, encoded canonically
    tax-000042.announcement.sig      Ed25519 signature over those bytes by the key of the feed, base64

A row that is lost between the sender's data and the sender's manifest is counted, summed and signed without a flaw;
against what was announced from the data it shows. An announcement is optional: `issuing` shows whether there was one,
and a municipality may demand it (`announced` of `[gates]` in its profile).
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

import msgspec

from kofu.contracts.feed import FeedKind, Manifest

ANNOUNCEMENT_SUFFIX = ".announcement.json"
ANNOUNCEMENT_SIGNATURE_SUFFIX = ".announcement.sig"


class AnnouncedFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one file will hold: data rows and control totals."""

    name: str
    rows: int
    control_totals: dict[str, int]


class Announcement(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the sender counts in its own data before the feed is written."""

    format: Literal["kofu-feed-announcement/1"] = "kofu-feed-announcement/1"
    kind: FeedKind
    municipality_code: str
    generation: int
    business_date: date
    announced_at: datetime
    files: tuple[AnnouncedFile, ...]


def encode_announcement(announcement: Announcement) -> bytes:
    """Give the canonical bytes that are written and signed."""
    return msgspec.json.format(msgspec.json.encode(announcement, order="sorted"), indent=2) + b"\n"


def decode_announcement(data: bytes) -> Announcement:
    """Read an announcement. Raises `msgspec.ValidationError` or `msgspec.DecodeError` naming the place."""
    return msgspec.json.decode(data, type=Announcement)


def announces(announcement: Announcement, manifest: Manifest) -> bool:
    """Tell whether a feed is the one that was announced, to the row and the yen."""
    announced = {file.name: (file.rows, file.control_totals) for file in announcement.files}
    came = {file.name: (file.rows, file.control_totals) for file in manifest.files}
    of_it = (announcement.kind, announcement.municipality_code, announcement.generation, announcement.business_date)
    return announced == came and of_it == (
        manifest.kind,
        manifest.municipality_code,
        manifest.generation,
        manifest.business_date,
    )
