"""⑲ 証明データを自動交付へ連携: the nightly tax feed from the ledger to `issuing`, signed with the ledger's key."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kofu.contracts.feed import FeedKind, FeedMode, Manifest
from kofu.platform.feeds import Row, open_feed, read_signed_manifest


@dataclass(frozen=True, slots=True, kw_only=True)
class Night:
    """Which feed this is: `base_generation` None makes a full feed, a generation makes the difference to it."""

    municipality_code: str
    generation: int
    base_generation: int | None
    business_date: date
    created_at: datetime


def write_daily_feed(
    folder: Path, night: Night, *, assessments: Iterable[Row], collections: Iterable[Row], key: Ed25519PrivateKey
) -> Manifest:
    """Write the tax feed of one night into `folder`, whole or not at all, and give its manifest.

    Rows come in the order of the columns of the contract's tables and are streamed: they may be generators over the
    ledger's cursors. Raises `FileExistsError`, `kofu.platform.feeds.FeedWriteError`, and whatever the rows raise; the
    folder then does not exist.
    """
    with open_feed(
        folder,
        FeedKind.TAX,
        municipality_code=night.municipality_code,
        generation=night.generation,
        mode=FeedMode.FULL if night.base_generation is None else FeedMode.DIFFERENCE,
        base_generation=night.base_generation,
        business_date=night.business_date,
        created_at=night.created_at,
        signing_key=key,
    ) as feed:
        feed.table("assessments").write_rows(assessments)
        feed.table("collections").write_rows(collections)
    return read_signed_manifest(folder, key.public_key())
