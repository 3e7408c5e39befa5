"""Anchors as they were written before there were checkpoints: `YYYY-MM-DD.json` and a signature beside."""

from __future__ import annotations

import hashlib
from datetime import date
from pathlib import Path

import msgspec
import psycopg
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kofu.platform.audit_heads import Anchor, Head, anchors_in


def write_old_anchor(
    connection: psycopg.Connection, folder: Path, *, system: str, day: date, key: Ed25519PrivateKey
) -> Path:
    """Write the anchor of a day."""
    folder.mkdir(parents=True, exist_ok=True)
    older = anchors_in(folder)
    rows = connection.execute(
        "SELECT DISTINCT ON (lane) lane, sequence, hash FROM audit_entry ORDER BY lane, sequence DESC"
    ).fetchall()
    anchor = Anchor(
        system=system,
        day=day,
        previous=hashlib.sha256(older[-1].read_bytes()).hexdigest() if older else "",
        heads=tuple(Head(lane=lane, sequence=number, hash=bytes(digest).hex()) for lane, number, digest in rows),
    )
    path = folder / f"{day.isoformat()}.json"
    data = msgspec.json.encode(anchor, order="sorted")
    path.with_suffix(".sig").write_bytes(key.sign(data))
    path.write_bytes(data)
    return path
