"""Anchors made by themselves: where they lie, who signs, and the round a serving process or a timer makes."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from os import environ
from pathlib import Path

import httpx
import psycopg
import structlog

from kofu.core.errors import KofuError, OperatorFault
from kofu.platform.audit_anchor import (
    AnchorPlace,
    WitnessAddress,
    ask_witness,
    checkpoints_in,
    complete,
    make_anchor,
    witness_key,
)
from kofu.platform.audit_manifest import ANCHORS_LANE
from kofu.platform.audit_note import NoteKey, read_note
from kofu.platform.audit_verify import AnchorRules
from kofu.platform.message_keys import MessageKey, message_key
from kofu.platform.profiles import load_profile
from kofu.platform.restored import note_outside
from kofu.platform.settings import anchors_dir, archive_dir, database_url, profile_path, var_dir, whole_number

SECONDS_BETWEEN_LOOKS = 60.0
WITNESS_SECONDS_MAX = 20.0

log = structlog.get_logger()


def origin_of(system: str) -> str:
    """Name of a system's log in its anchors."""
    return f"{environ.get('KOFU_ANCHOR_ORIGIN', 'kofu.local')}/{system}"


def key_file() -> Path:
    """Where the key of the anchors lies unless told otherwise."""
    return var_dir() / "keys" / "anchor.key"


def place_of(system: str, *, folder: Path | None = None, key: Path | None = None) -> AnchorPlace:
    """Say where a system's anchors lie and who signs them; the key is made at first use, one that is named is not."""
    return AnchorPlace(folder or anchors_dir(system), origin_of(system), _key(key))


def _key(named: Path | None) -> MessageKey:
    """Read the key of the anchors. Raises `OperatorFault` `no_anchor_key` where one is named that is not there.

    A key made at a path that was mistyped would sign what nobody can verify, and accuse every anchor that stands.
    """
    if named is not None and not named.is_file():
        raise OperatorFault("no_anchor_key", f"{named}: there is no key of anchors; look at the path")
    return message_key(named or key_file())


def witness_asked() -> NoteKey | None:
    """Give the key of the witness who must co-sign; None where none must.

    The profile names it (`[audit] witness`), or the file KOFU_WITNESS; where both do they name the same. What the
    profile asks for no process can leave out. Raises `OperatorFault`, `NoteError`.
    """
    named, asked = environ.get("KOFU_WITNESS", ""), load_profile(profile_path()).audit.witness
    if named and not Path(named).is_file():
        raise OperatorFault("no_witness_key", "KOFU_WITNESS must name the file of the witness's verifier key")
    keys = [witness_key(text) for text in (asked, Path(named).read_text("utf-8") if named else "") if text]
    if len(keys) > 1 and keys[0] != keys[1]:
        raise OperatorFault("other_witness", "KOFU_WITNESS names another witness than the profile")
    return keys[0] if keys else None


def witness() -> WitnessAddress | None:
    """Give the witness and its address; None where none is asked for, or its address is not told."""
    key, url = witness_asked(), environ.get("KOFU_WITNESS_URL", "")
    return WitnessAddress(key, url) if key is not None and url else None


def rules_of(system: str, *, now: datetime, key: Path | None = None, seen: int | None = None) -> AnchorRules:
    """Say what this system's anchors must be, by the settings of this process."""
    return AnchorRules(
        log_key=_key(key).public_key(),
        origin=origin_of(system),
        now=now,
        segments=archive_dir(system),
        age_max=timedelta(hours=whole_number("KOFU_ANCHOR_HOURS_MAX", 26)),
        witness=witness_asked(),
        seen=seen,
    )


@dataclass(frozen=True, slots=True)
class Round:
    """What a round did: the checkpoint it wrote, None where none was due; whether a witness co-signed it."""

    path: Path | None
    witnessed: bool = False


def anchor_now(connection: psycopg.Connection, place: AnchorPlace, by: WitnessAddress | None) -> Round:
    """Make an anchor and have it co-signed. Raises `WitnessRefusedError` and `httpx.HTTPError`; the anchor stands then.

    `connection` is in autocommit mode.
    """
    path = make_anchor(connection, place)
    if by is None:
        return Round(path)
    with httpx.Client(timeout=WITNESS_SECONDS_MAX) as client:
        ask_witness(connection, place, path, by, client)
    return Round(path, witnessed=True)


def anchor_when_due(
    connection: psycopg.Connection, place: AnchorPlace, by: WitnessAddress | None, every: timedelta
) -> Round:
    """Make an anchor where the newest is older than `every` and no other process is at it."""
    held = connection.execute("SELECT pg_try_advisory_lock(hashtextextended('audit anchor round', 0))").fetchone()
    if held is None or not held[0]:
        return Round(None)
    try:
        complete(connection, place)
        due = connection.execute(
            "SELECT recorded_at <= clock_timestamp() - %s FROM audit_entry WHERE lane = %s"
            " ORDER BY sequence DESC LIMIT 1",
            [every, ANCHORS_LANE],
        ).fetchone()
        if due is None or due[0]:
            return anchor_now(connection, place, by)
        return _ask_again(connection, place, by)
    finally:
        connection.execute("SELECT pg_advisory_unlock(hashtextextended('audit anchor round', 0))")


def _ask_again(connection: psycopg.Connection, place: AnchorPlace, by: WitnessAddress | None) -> Round:
    """Have the newest anchor co-signed that no witness has seen: it did not answer then."""
    paths = checkpoints_in(place.folder)
    if by is None or not paths or read_note(paths[-1].read_bytes()).witnessed_at(by.key) is not None:
        return Round(None)
    with httpx.Client(timeout=WITNESS_SECONDS_MAX) as client:
        ask_witness(connection, place, paths[-1], by, client)
    return Round(None, witnessed=True)


def anchor_round(system: str) -> Round:
    """Do the round of a serving process, by its settings, on one connection.

    What the database has now is noted outside it first, so that one restored from a backup is known
    (`platform.restored`); then an anchor is made where one is due.
    """
    minutes = whole_number("KOFU_ANCHOR_MINUTES", 60)
    with psycopg.connect(database_url(system), autocommit=True) as connection:
        note_outside(connection, system)
        if not minutes:
            return Round(None)
        return anchor_when_due(connection, place_of(system), witness(), timedelta(minutes=minutes))


def start_anchoring(system: str) -> None:
    """Do rounds beside what this process serves, in a thread that ends with it.

    A round that fails is logged by its class, and the next one comes: an anchor that is missing too long is found by
    `kofu audit verify`, whoever let it be.
    """

    def rounds() -> None:
        while True:
            try:
                anchor_round(system)
            except (psycopg.Error, httpx.HTTPError, KofuError, OSError) as error:
                log.error("anchor.failed", system=system, kind=type(error).__name__)  # noqa: TRY400 - a driver's traceback may hold data
            time.sleep(SECONDS_BETWEEN_LOOKS)

    threading.Thread(target=rounds, name="anchors", daemon=True).start()
