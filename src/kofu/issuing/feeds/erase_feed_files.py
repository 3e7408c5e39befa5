"""Erasing the row files of feeds that were taken in: what was loaded needs no second copy on the disk.

A folder keeps its signed manifest, which names no person and says what was there; the CSV files go. Feeds that are not
taken in yet stay whole, held ones among them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import psycopg
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from kofu.contracts.feed import MANIFEST_NAME, FeedKind, decode_manifest
from kofu.contracts.feed_tables import tables_of
from kofu.issuing.feeds import feed_store
from kofu.platform.signed_manifests import read_signed_manifest


def erase_feed_files(
    connect: Callable[[], psycopg.Connection],
    folder: Path,
    *,
    keys: Mapping[FeedKind, Ed25519PublicKey],
    municipality_code: str,
) -> int:
    """Delete the row files of every feed directly under `folder` that is as old as the active one, or older.

    Gives how many files went. A folder that does not exist holds none. Raises `FeedNotVouchedFor` for a manifest that
    its sender did not sign, and `OSError` where a file cannot be deleted.
    """
    with connect() as connection:
        active = {kind: feed_store.position_of(connection, municipality_code, kind).generation for kind in FeedKind}
    erased = 0
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if not (path / MANIFEST_NAME).is_file():
            continue
        kind = decode_manifest((path / MANIFEST_NAME).read_bytes()).kind
        manifest = read_signed_manifest(path, keys[kind])
        if manifest.municipality_code != municipality_code or manifest.generation > active[kind]:
            continue
        for table in tables_of(kind):
            rows = path / table.file_name
            if rows.exists():
                rows.unlink()
                erased += 1
    return erased
