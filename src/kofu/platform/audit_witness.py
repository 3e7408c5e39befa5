"""A witness: it co-signs the head of a log only where the log it saw before goes on (c2sp.org/tlog-witness).

Small on purpose, for tests and for a second body that wants to run one: its own key, one file per log with the newest
head it co-signed. It keeps no entry of any log. Whoever runs it must not be who runs the log.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from kofu.core.errors import OperatorFault, PeerFault
from kofu.platform.audit_note import (
    LOG_KEY,
    WITNESS_KEY,
    Checkpoint,
    Note,
    NoteError,
    NoteKey,
    cosign,
    decimal,
    read_checkpoint,
    read_hash,
    read_note,
)
from kofu.platform.audit_tree import EMPTY_ROOT, proves_consistency
from kofu.platform.made_once import replace_whole
from kofu.platform.message_bodies import HUNG_UP, read_body
from kofu.platform.message_keys import MessageKey, message_key

BODY_BYTES_MAX = 16 * 1024
PROOF_LINES_MAX = 63


class Seen(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The newest head this witness co-signed of a log; `root` hexadecimal."""

    size: int = 0
    root: str = EMPTY_ROOT.hex()


@dataclass(frozen=True, slots=True)
class AnswerOf:
    """What the witness answers: an HTTP status, and a body (signature lines, or a size)."""

    status: int
    body: str = ""
    kind: str = "text/plain"


@dataclass(frozen=True, slots=True)
class Witness:
    """A witness: its name and key, the logs it knows by their keys, its folder, its clock."""

    name: str
    key: MessageKey
    logs: tuple[NoteKey, ...]
    folder: Path
    clock: Callable[[], datetime]

    def add_checkpoint(self, body: bytes) -> AnswerOf:
        """Co-sign the checkpoint in `body`, or say why not. What was seen is on the disk before the answer leaves."""
        try:
            old, proof, note = _read(body)
            checkpoint = read_checkpoint(note.text)
        except NoteError as error:
            return AnswerOf(400, f"{error}\n")
        known = [key for key in self.logs if key.name == checkpoint.origin]
        if not any(note.signed_by(key) for key in known):
            return AnswerOf(403 if known else 404)
        if old > checkpoint.size:
            return AnswerOf(400, "the old size is larger than the new one\n")
        with self._alone(checkpoint.origin) as file:
            seen = msgspec.json.decode(file.read_bytes(), type=Seen) if file.exists() else Seen()
            refused = _refused(seen, old, checkpoint, proof)
            if refused is not None:
                return refused
            new = Seen(size=checkpoint.size, root=checkpoint.root.hex())
            replace_whole(file, msgspec.json.encode(new))
        line = cosign(note.text, self.name, self.key, self.clock())
        return AnswerOf(200, Note("", (line,)).data().decode().removeprefix("\n"))

    @contextmanager
    def _alone(self, origin: str) -> Iterator[Path]:
        """Hold the log's file against every other request and process of this witness."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        file = self.folder / f"{hashlib.sha256(origin.encode()).hexdigest()}.json"
        handle = os.open(file.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield file
        finally:
            os.close(handle)


def _refused(seen: Seen, old: int, checkpoint: Checkpoint, proof: list[bytes]) -> AnswerOf | None:
    root = bytes.fromhex(seen.root)
    if old != seen.size or (old == checkpoint.size and root != checkpoint.root):
        return AnswerOf(409, f"{seen.size}\n", "text/x.tlog.size")
    if not proves_consistency(seen.size, checkpoint.size, root, checkpoint.root, proof):
        return AnswerOf(422)
    return None


def _read(body: bytes) -> tuple[int, list[bytes], Note]:
    """Read a request: old size, proof, note. Raises `NoteError`."""
    head, gap, note = body.partition(b"\n\n")
    try:
        first, *lines = head.decode("ascii").split("\n")
    except UnicodeDecodeError as error:
        raise NoteError("a request begins with the old size and a proof") from error
    if not gap or not first.startswith("old ") or len(lines) > PROOF_LINES_MAX:
        raise NoteError("a request begins with the old size and a proof")
    return decimal(first.removeprefix("old ")), [read_hash(line) for line in lines], read_note(note)


def build(witness: Witness) -> Starlette:
    """Build the ASGI app: `POST /add-checkpoint`."""

    async def add_checkpoint(request: Request) -> Response:
        try:
            body = await read_body(request, BODY_BYTES_MAX)
        except PeerFault as fault:
            if fault.code == "hung_up":
                return Response(status_code=HUNG_UP)
            return PlainTextResponse("a request has at most 16 KiB\n", 413)
        answer = await run_in_threadpool(witness.add_checkpoint, body)
        return Response(answer.body, answer.status, headers={"content-type": answer.kind})

    return Starlette(routes=[Route("/add-checkpoint", add_checkpoint, methods=["POST"])])


def create_app() -> Starlette:
    """Build the app from the environment: `KOFU_WITNESS_NAME`, `KOFU_WITNESS_DIR`.

    The folder holds `witness.key` (made at first use) and `logs`: the verifier keys of the logs it knows, one a line.
    `witness.vkey` is written beside them: the verifier key that the logs' owners name by `KOFU_WITNESS`.
    Raises `OperatorFault` where something is missing.
    """
    folder = Path(os.environ.get("KOFU_WITNESS_DIR", "witness")).resolve()
    logs = folder / "logs"
    if not logs.is_file():
        raise OperatorFault(
            "no_logs", f"{logs} is missing: write the verifier key of each log into it, one a line (`kofu audit key`)"
        )
    keys = tuple(NoteKey.read(line) for line in logs.read_text("ascii").splitlines() if line.strip())
    if any(key.kind != LOG_KEY for key in keys):
        raise OperatorFault("bad_logs", f"{logs} holds the key of a witness; it takes keys of logs")
    name = os.environ.get("KOFU_WITNESS_NAME", "kofu.local/witness")
    own = message_key(folder / "witness.key")
    replace_whole(folder / "witness.vkey", f"{NoteKey.of(name, WITNESS_KEY, own.public_key()).text()}\n".encode())
    return build(Witness(name, own, keys, folder / "seen", lambda: datetime.now(UTC)))
