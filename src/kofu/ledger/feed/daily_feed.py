"""⑲ 証明データを自動交付へ連携: the tax feed of one night as a folder, signed with the ledger's key."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from kofu.contracts.feed import FeedKind, FeedMode, GlyphSetStated, Manifest
from kofu.contracts.feed_tables import ASSESSMENTS, COLLECTIONS
from kofu.platform.feeds import open_feed
from kofu.platform.message_keys import MessageKey

Lines = Iterable[bytes | bytearray | memoryview]


@dataclass(frozen=True, slots=True, kw_only=True)
class Night:
    """Which feed this is: `base_generation` None makes a full feed, a generation makes the difference to it.

    `glyph_set`: the drawn glyphs (外字) that lie beside the feed.
    `base_sha256` is that of the manifest of the feed it is the difference to.
    """

    municipality_code: str
    generation: int
    base_generation: int | None
    business_date: date
    created_at: datetime
    glyph_set: GlyphSetStated | None = None
    base_sha256: str | None = None


def write_daily_feed(
    folder: Path,
    night: Night,
    *,
    assessments: Lines,
    collections: Lines,
    key: MessageKey,
    seal: Callable[[Manifest, bytes], None] = lambda _manifest, _data: None,
) -> None:
    """Write the tax feed of one night into `folder`, whole or not at all.

    Rows come as CSV lines in the order of the columns of the contract's tables and are streamed. `seal` hears the
    manifest and its bytes when all is on the disk, before the folder appears; what it raises deletes the feed. Raises
    `FileExistsError`, `kofu.platform.feeds.FeedWriteError`, and whatever the lines raise.
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
        base_sha256=night.base_sha256,
        signing_key=key,
        glyph_set=night.glyph_set,
        seal=seal,
    ) as feed:
        feed.table(ASSESSMENTS.name).write_lines(assessments)
        feed.table(COLLECTIONS.name).write_lines(collections)
