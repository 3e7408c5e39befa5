"""The registered glyphs (外字) papers of kiosks are drawn with: the sets the ledger delivered, and how they come.

::

    the ledger's night: glyphs-000003/ beside tax-000012/, whose signed manifest names version and digest
        ─► `kofu feed take | import`: signature, digest, municipality, version ─► one row ─► registered (P8)
        ─► processes that run see it within seconds, build their press anew and state it

A set that is missing, older, or not what was signed changes nothing: the one that is held stays, the delivery is on
record for the console, and of all persons only those who need the new glyphs are refused, as before. The feed itself is
taken all the same: amounts do not wait for a drawing. The next import that names the set tries again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

import psycopg
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from msgspec import UNSET

from kofu.contracts.feed import GlyphSetStated
from kofu.contracts.glyph_set import GLYPH_SET_FONT, decode_glyph_set
from kofu.core.errors import OperatorFault, OurFault, PeerFault
from kofu.core.font_file import FontFile
from kofu.issuing.acting.who_acts import Acting
from kofu.issuing.checks.attest import register_glyphs
from kofu.platform.glyph_sets import KeptGlyphSet, read_glyph_set, set_folder
from kofu.platform.signed_manifests import FeedNotVouchedFor, read_signed_manifest
from kofu.press.glyph_font import clusters_of


class GlyphSetIntake(StrEnum):
    """What came of a set a feed named."""

    TAKEN = "taken"
    HELD = "held"  # the very set is held already
    MISSING = "missing"
    OLDER = "older"
    REFUSED = "refused"

    @property
    def is_current(self) -> bool:
        """Whether papers are drawn with what the ledger has."""
        return self in {GlyphSetIntake.TAKEN, GlyphSetIntake.HELD}


@dataclass(frozen=True, slots=True)
class Delivered:
    """What came of the delivery named by a feed: the set's version, and the reason where it was not taken."""

    outcome: GlyphSetIntake
    version: int
    reason: str
    feed_generation: int
    at: datetime


def kept_set(connection: psycopg.Connection, municipality_code: str) -> KeptGlyphSet | None:
    """Give the set in force, None where none was taken. Raises `OurFault` for one that is not as it was signed."""
    sets = _sets(connection, municipality_code, "ORDER BY version DESC LIMIT 1")
    return sets[0] if sets else None


def kept_fonts(connection: psycopg.Connection, municipality_code: str) -> tuple[FontFile, ...]:
    """Give the fonts of every set that was taken, the one in force first."""
    return tuple(one.font for one in _sets(connection, municipality_code, "ORDER BY version DESC"))


def drawn_glyphs(connection: psycopg.Connection, municipality_code: str) -> FontFile | None:
    """Give the registered glyphs papers are drawn with now."""
    kept = kept_set(connection, municipality_code)
    return None if kept is None else kept.font


def take_set(
    connection: psycopg.Connection, acting: Acting, folder: Path, key: Ed25519PublicKey, municipality_code: str
) -> KeptGlyphSet:
    """Verify a set, hold it and register it: from now on papers are drawn with it, and with no other. Owner's rights.

    The same one again changes nothing. What vouches for it are the two people who approved each glyph and the ledger's
    signature; nobody registers a process anew for it. Raises `PeerFault` `glyph_set_refused`, which says what is wrong.
    """
    delivered = read_glyph_set(folder, key, municipality_code=municipality_code, characters_of=clusters_of)
    taken = delivered.kept
    with connection.transaction():
        connection.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended('glyph sets ' || %s, 0))", [municipality_code]
        )
        kept = kept_set(connection, municipality_code)
        if kept is not None and kept.manifest.version >= taken.manifest.version:
            if kept.manifest == taken.manifest:
                return kept
            raise PeerFault(
                "glyph_set_refused",
                f"the glyph set is not taken: version {kept.manifest.version} is held already, an older set never comes"
                " back; ask who sent it for the newest one",
            )
        connection.execute(
            "INSERT INTO issuing_glyph_set (municipality_code, version, sha256, manifest, signature, font, taken_at,"
            " taken_by) VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
            (
                municipality_code, taken.manifest.version, taken.font.sha256, delivered.manifest_bytes,
                delivered.signature, taken.font.data, acting.clock(), acting.actor,
            ),
        )  # fmt: skip
        register_glyphs(connection, acting, taken.font.sha256, by=f"glyph set {taken.manifest.version}")
        acting.record(
            connection,
            "glyph_set.take",
            "taken",
            detail={"version": taken.manifest.version, "sha256": taken.font.sha256},
        )
    return taken


def take_beside(
    connection: psycopg.Connection, acting: Acting, feed: Path, key: Ed25519PublicKey, municipality_code: str
) -> Delivered | None:
    """Take the set a tax feed names from beside it; None where the feed names none, or vouches for nothing.

    Whatever is wrong with the set is put on record and keeps the set that is held; it never keeps the feed.
    """
    try:
        manifest = read_signed_manifest(feed, key)
    except FeedNotVouchedFor:
        return None  # the import of the feed itself says so
    stated = manifest.glyph_set
    if stated is UNSET or manifest.municipality_code != municipality_code:
        return None
    outcome, reason = _outcome(connection, acting, feed.parent, key, municipality_code, stated)
    delivered = Delivered(outcome, stated.version, reason, manifest.generation, acting.clock())
    before = last_delivery(connection, municipality_code)
    if outcome is not GlyphSetIntake.HELD or (before is not None and not before.outcome.is_current):
        connection.execute(
            "INSERT INTO issuing_glyph_delivery (municipality_code, feed_generation, version, outcome, reason, at)"
            " VALUES (%s, %s, %s, %s, %s, %s)",
            (municipality_code, manifest.generation, stated.version, outcome.value, reason, delivered.at),
        )
    return delivered


def last_delivery(connection: psycopg.Connection, municipality_code: str) -> Delivered | None:
    """Give what came of the newest delivery on record."""
    row = connection.execute(
        "SELECT outcome, version, reason, feed_generation, at FROM issuing_glyph_delivery WHERE municipality_code = %s"
        " ORDER BY id DESC LIMIT 1",
        (municipality_code,),
    ).fetchone()
    return None if row is None else Delivered(GlyphSetIntake(row[0]), *row[1:])


def _outcome(  # noqa: PLR0917 - what a delivery is
    connection: psycopg.Connection,
    acting: Acting,
    parent: Path,
    key: Ed25519PublicKey,
    municipality_code: str,
    stated: GlyphSetStated,
) -> tuple[GlyphSetIntake, str]:
    kept = kept_set(connection, municipality_code)
    if kept is not None and kept.manifest.version > stated.version:
        return GlyphSetIntake.OLDER, f"version {kept.manifest.version} is held, the feed names {stated.version}"
    if kept is not None and kept.manifest.version == stated.version:
        same = kept.font.sha256 == stated.sha256
        return (
            (GlyphSetIntake.HELD, "")
            if same
            else (GlyphSetIntake.REFUSED, f"version {stated.version} is held with another font")
        )
    folder = set_folder(parent, stated.version)
    if not folder.is_dir():
        return GlyphSetIntake.MISSING, f"{folder.name} does not lie beside the feed"
    try:
        delivered = read_glyph_set(folder, key, municipality_code=municipality_code, characters_of=clusters_of)
        if (delivered.kept.manifest.version, delivered.kept.font.sha256) != (stated.version, stated.sha256):
            return GlyphSetIntake.REFUSED, f"{folder.name} is not the set the feed names"
        take_set(connection, acting, folder, key, municipality_code)
    except (OperatorFault, PeerFault) as fault:  # its font is none, or it is not what was signed
        return GlyphSetIntake.REFUSED, fault.message
    return GlyphSetIntake.TAKEN, ""


def _sets(connection: psycopg.Connection, municipality_code: str, order: str) -> tuple[KeptGlyphSet, ...]:
    rows = connection.execute(
        f"SELECT manifest, font, sha256 FROM issuing_glyph_set WHERE municipality_code = %s {order}",
        (municipality_code,),
    ).fetchall()
    found = []
    for manifest, font, sha256 in rows:
        kept = KeptGlyphSet(decode_glyph_set(bytes(manifest)), FontFile.of(GLYPH_SET_FONT, bytes(font)))
        if not kept.font.sha256 == kept.manifest.sha256 == sha256:
            raise OurFault("glyph_set_damaged", "a glyph set in the database is not as it was signed; restore it")
        found.append(kept)
    return tuple(found)
