"""Feeds that lie in a folder and are not taken in yet, in the order in which they are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import psycopg
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from kofu.contracts.feed import MANIFEST_NAME, FeedKind, FeedMode, Manifest
from kofu.issuing.feeds import feed_store
from kofu.platform.signed_manifests import read_signed_manifest


def waiting_feeds(
    connect: Callable[[], psycopg.Connection],
    folder: Path,
    *,
    kind: FeedKind,
    keys: Mapping[FeedKind, Ed25519PublicKey],
    municipality_code: str,
) -> tuple[Path, ...]:
    """List the feeds of a kind directly under `folder` that are newer than the active one, the oldest first.

    A full feed states everything: what lies before the newest full one is passed over. Raises
    `kofu.platform.signed_manifests.FeedNotVouchedFor` for a folder whose manifest is not what its sender signed.
    """
    with connect() as connection:
        active = feed_store.position_of(connection, municipality_code, kind).generation
    found: list[tuple[Manifest, Path]] = []
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if path.name.startswith(".") or not (path / MANIFEST_NAME).is_file():
            continue
        manifest = read_signed_manifest(path, keys[kind])
        if manifest.kind is kind and manifest.generation > active:
            found.append((manifest, path))
    found.sort(key=lambda one: one[0].generation)
    full = [place for place, (manifest, _) in enumerate(found) if manifest.mode is FeedMode.FULL]
    return tuple(path for _, path in found[full[-1] if full else 0 :])
