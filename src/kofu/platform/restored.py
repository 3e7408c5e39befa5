"""A database that came back from a backup proves itself before anything is served from it (P8, P10).

Whoever restores gives the restored server one setting more, before it starts for the first time (`mark_as_restored`
does): `kofu.restored`, the moment it was restored. Every session sees it. As long as the database holds no proof for
that very mark, no process serves from it; `kofu restore prove` looks, and puts the proof there.

What tells that a database went back in time lies outside it (`Witnesses`): the newest anchor of its record, and the
heads of all lanes as they were seen last, under `KOFU_VAR/fence`. `issuing` has besides a fence of its own, for numbers
alone. The key of pseudonyms is told by a fingerprint in the database: under another key the record would know nobody
again.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from dataclasses import dataclass
from pathlib import Path

import msgspec
import psycopg

from kofu.contracts.unreadable import UNREADABLE
from kofu.core.errors import OperatorFault
from kofu.platform.audit_anchor import newest_anchor
from kofu.platform.audit_heads import Anchor, Head, anchors_in, is_torn
from kofu.platform.made_once import replace_whole
from kofu.platform.pseudonym import Pseudonyms, pseudonyms_of
from kofu.platform.settings import anchors_dir, database_url, var_dir

SETTING = "kofu.restored"
_FINGERPRINT_OF = b"kofu: which key is this?"

SCHEMA = """
CREATE TABLE IF NOT EXISTS restore_proof (
    restored text PRIMARY KEY CHECK (restored <> ''),
    proven_by text NOT NULL CHECK (proven_by <> ''),
    proven_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE TABLE IF NOT EXISTS pseudonym_key (
    fingerprint text PRIMARY KEY,
    since timestamptz NOT NULL DEFAULT clock_timestamp()
);
"""
GRANTS: tuple[str, ...] = (
    "REVOKE ALL ON restore_proof, pseudonym_key FROM PUBLIC, {app}, {screens}",
    "GRANT SELECT ON restore_proof, pseudonym_key TO {app}, {screens}",
    "GRANT INSERT ON pseudonym_key TO {app}, {screens}",
)
_HEADS = """
WITH RECURSIVE lanes(lane) AS (
    SELECT min(lane) FROM audit_entry
    UNION ALL
    SELECT (SELECT min(entry.lane) FROM audit_entry AS entry WHERE entry.lane > lanes.lane) FROM lanes
    WHERE lanes.lane IS NOT NULL
)
SELECT head.lane, head.sequence, encode(head.hash, 'hex') FROM lanes CROSS JOIN LATERAL (
    SELECT lane, sequence, hash FROM audit_entry AS entry WHERE entry.lane = lanes.lane ORDER BY sequence DESC LIMIT 1
) AS head
"""


# the restored server ----------------------------------------------------------------------------------------------


def mark_as_restored(data: Path, mark: str, *, log: Path, target: str = "") -> None:
    """Let a restored data folder recover from `log`, and be known as restored by `mark` from its first session on.

    `target`: further lines of its settings, such as a `recovery_target_name`. Raises `OperatorFault` for a folder that
    is none of a server, or of one that runs.
    """
    if not (data / "PG_VERSION").exists() or (data / "postmaster.pid").exists():
        raise OperatorFault(
            "no_restored_folder", f"{data} is no data folder of a server that is down; copy the base backup there first"
        )
    lines = f"restore_command = 'cp \"{log}/%f\" \"%p\"'\n{target}{SETTING} = '{mark}'\n"
    owner = data.stat()
    for path, text in ((data / "postgresql.auto.conf", lines), (data / "recovery.signal", "")):
        with path.open("a", encoding="utf-8") as file:
            file.write(text)
        os.chown(path, owner.st_uid, owner.st_gid)


def unproven(connection: psycopg.Connection) -> str:
    """Give the mark of a restored database that has not proven itself; "" where nothing is to be proven."""
    row = connection.execute("SELECT current_setting(%s, true)", [SETTING]).fetchone()
    mark = str(row[0] or "") if row else ""
    if not mark:
        return ""
    row = connection.execute("SELECT to_regclass('restore_proof')").fetchone()
    if row is None or row[0] is None:
        return mark  # a backup of a version before this one
    proof = connection.execute("SELECT FROM restore_proof WHERE restored = %s", [mark]).fetchone()
    return mark if proof is None else ""


def note_proven(connection: psycopg.Connection, mark: str, by: str) -> None:
    """Put on record that the database restored by `mark` has proven itself. Needs the schema owner's rights."""
    connection.execute("INSERT INTO restore_proof (restored, proven_by) VALUES (%s, %s)", [mark, by])


def require_proven(connection: psycopg.Connection, system: str) -> None:
    """Raise `OperatorFault` `restored_unproven` where this database was restored and has not proven itself."""
    mark = unproven(connection)
    if mark:
        raise OperatorFault(
            "restored_unproven",
            f"this database was restored ({mark}) and has not proven itself; run `kofu restore prove {system}`:"
            " see docs/how-to/back-up-and-restore.md",
        )


# what is known outside --------------------------------------------------------------------------------------------


class HeadsSeen(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The head of every lane as it was seen last, and the newest anchor that was passed by a person's word."""

    heads: tuple[Head, ...] = ()
    passed_anchor: str = ""


@dataclass(frozen=True, slots=True)
class AnchorFound:
    """An anchor: its file's name, the entries the log must have, and the digest it is remembered by when passed."""

    name: str
    heads: tuple[Head, ...]
    digest: str


def newest_anchor_in(folder: Path) -> AnchorFound | None:
    """Give the newest checkpoint of a folder, or else the newest whole anchor of before there were checkpoints.

    None where there is neither.
    """
    found = newest_anchor(folder)
    if found is not None:
        path, head = found
        return AnchorFound(path.name, (head,), hashlib.sha256(msgspec.json.encode(head)).hexdigest())
    whole = [path for path in anchors_in(folder) if not is_torn(path)]
    if not whole:
        return None
    data = whole[-1].read_bytes()
    heads = msgspec.json.decode(data, type=Anchor).heads
    return AnchorFound(whole[-1].name, heads, hashlib.sha256(data).hexdigest())


def unknown_head(connection: psycopg.Connection, heads: tuple[Head, ...]) -> Head | None:
    """Give the first entry of `heads` the log does not have; months that left the database count as had."""
    for head in heads:
        row = connection.execute(
            "SELECT encode(hash, 'hex') = %s FROM audit_entry WHERE lane = %s AND sequence = %s",
            [head.hash, head.lane, head.sequence],
        ).fetchone()
        if row is None:
            row = connection.execute(
                "SELECT true FROM audit_segment_lane WHERE lane = %s AND %s BETWEEN first AND last",
                [head.lane, head.sequence],
            ).fetchone()
        if row is None or not row[0]:
            return head
    return None


@dataclass(frozen=True, slots=True)
class Witnesses:
    """What lies outside a system's database: the file of the heads seen last, and the folder of its anchors."""

    heads_file: Path
    anchors: Path

    def read(self) -> HeadsSeen:
        """Read what was seen; nothing yet is nothing. Raises `OperatorFault` for a file that is none."""
        try:
            return msgspec.json.decode(self.heads_file.read_bytes(), type=HeadsSeen)
        except FileNotFoundError:
            return HeadsSeen()
        except UNREADABLE as error:
            raise OperatorFault(
                "bad_heads_file", f"{self.heads_file} does not say which entries were seen; restore it from its copy"
            ) from error

    def advance(self, connection: psycopg.Connection) -> None:
        """Note what this database has now, unless it lacks what was seen before."""
        seen = self.read()
        if unknown_head(connection, seen.heads) is None:
            self._write(connection, seen.passed_anchor)

    def went_back(self, connection: psycopg.Connection) -> str | None:
        """Say in which point the database is older than what is known outside it; None where it is not."""
        seen, anchor = self.read(), newest_anchor_in(self.anchors)
        lost = unknown_head(connection, seen.heads)
        if lost is not None:
            return f"entry {lost.sequence} of lane {lost.lane} was seen, and this database does not know it"
        if anchor is not None and anchor.digest != seen.passed_anchor:
            lost = unknown_head(connection, anchor.heads)
            if lost is not None:
                return (
                    f"the anchor {anchor.name} knows entry {lost.sequence} of lane {lost.lane}, this database does not"
                )
        return None

    def let_pass(self, connection: psycopg.Connection) -> None:
        """Take the database as it is now for what is known, by a person's word."""
        anchor = newest_anchor_in(self.anchors)
        self._write(connection, anchor.digest if anchor is not None else "")

    def _write(self, connection: psycopg.Connection, passed_anchor: str) -> None:
        heads = tuple(Head(lane=lane, sequence=at, hash=digest) for lane, at, digest in connection.execute(_HEADS))
        replace_whole(self.heads_file, msgspec.json.encode(HeadsSeen(heads=heads, passed_anchor=passed_anchor)))


def witnesses_of(system: str) -> Witnesses:
    """Find what lies outside the database of a system."""
    return Witnesses(var_dir() / "fence" / f"{system}-heads.json", anchors_dir(system))


# keys -------------------------------------------------------------------------------------------------------------


def _fingerprint(names: Pseudonyms) -> str:
    return hmac.new(names.key, _FINGERPRINT_OF, hashlib.sha256).hexdigest()


def note_key(connection: psycopg.Connection, names: Pseudonyms, *, beside_others: bool = False) -> None:
    """Note which key pseudonyms are made under, where none is noted: a restored one is compared with it.

    `beside_others`: note it where the one before is lost, by a person's word.
    """
    connection.execute(
        "INSERT INTO pseudonym_key (fingerprint) SELECT %s WHERE %s OR NOT EXISTS (SELECT FROM pseudonym_key)"
        " ON CONFLICT DO NOTHING",
        [_fingerprint(names), beside_others],
    )


def other_key(connection: psycopg.Connection, names: Pseudonyms) -> bool:
    """Whether the record was written under another key of pseudonyms than this one."""
    known = {fingerprint for (fingerprint,) in connection.execute("SELECT fingerprint FROM pseudonym_key")}
    return bool(known) and _fingerprint(names) not in known


# a process --------------------------------------------------------------------------------------------------------


def require_whole(system: str) -> None:
    """Raise `OperatorFault` where the database of a system went back in time, or was restored and not proven.

    A database that does not answer says nothing: whoever serves finds that out.
    """
    try:
        connection = psycopg.connect(database_url(system), autocommit=True)
    except psycopg.OperationalError:
        return
    with connection:
        require_proven(connection, system)
        point = witnesses_of(system).went_back(connection)
    if point is not None:
        raise OperatorFault(
            "database_went_back",
            f"this database is older than what was done in it: {point}. Was a backup restored? Restore a newer one, or"
            f" run `kofu restore prove {system} --went-back`: see docs/how-to/back-up-and-restore.md",
        )


def note_outside(connection: psycopg.Connection, system: str) -> None:
    """Note outside the database what it has now, and inside which key it is written under."""
    witnesses_of(system).advance(connection)
    note_key(connection, pseudonyms_of(system))
