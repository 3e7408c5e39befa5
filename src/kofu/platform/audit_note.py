"""Signed notes and checkpoints as C2SP specifies them, so that any witness and any other program can read our anchors.

https://c2sp.org/signed-note, https://c2sp.org/tlog-checkpoint, https://c2sp.org/tlog-cosignature (Ed25519, version 1).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from kofu.core.errors import PeerFault, ensure
from kofu.platform.message_keys import MessageKey

LOG_KEY = 1
WITNESS_KEY = 4
HASH_BYTES = 32
_KEY_ID_BYTES = 4
_TIME_BYTES = 8
_SIGNATURE_BYTES = 64
_LINE = "— "
_LINES_MAX = 100


class NoteError(PeerFault):
    """What was given is no note, no checkpoint or no key of one."""

    def __init__(self, what: str) -> None:
        """Say what is wrong with it."""
        super().__init__("bad_note", what)


@dataclass(frozen=True, slots=True)
class NoteKey:
    """Who may sign notes: a name without spaces, the public key, and the kind (`LOG_KEY` or `WITNESS_KEY`)."""

    name: str
    kind: int
    public: bytes

    @property
    def id(self) -> bytes:
        """The four bytes a signature line begins with."""
        head = self.name.encode() + b"\n" + bytes([self.kind])
        return hashlib.sha256(head + self.public).digest()[:_KEY_ID_BYTES]

    def text(self) -> str:
        """Write it as a verifier key: `name+id+key`."""
        return f"{self.name}+{self.id.hex()}+{base64.b64encode(bytes([self.kind]) + self.public).decode()}"

    @staticmethod
    def of(name: str, kind: int, key: Ed25519PublicKey) -> NoteKey:
        """Give a key its name."""
        ensure(bool(name) and "+" not in name and not any(map(str.isspace, name)), "a key's name has no space and no +")
        return NoteKey(name, kind, key.public_bytes_raw())

    @staticmethod
    def read(text: str) -> NoteKey:
        """Read a verifier key. Raises `NoteError`."""
        try:
            name, key_id, encoded = text.strip().split("+", 2)
            raw = base64.b64decode(encoded, validate=True)
        except (ValueError, binascii.Error) as error:
            raise NoteError("a verifier key has the form name+id+key") from error
        if len(raw) != 1 + HASH_BYTES or raw[0] not in {LOG_KEY, WITNESS_KEY}:
            raise NoteError("a verifier key is one of Ed25519, of a log or of a witness")
        key = NoteKey(name, raw[0], raw[1:])
        if key.id.hex() != key_id:
            raise NoteError("a verifier key does not fit its id")
        return key


@dataclass(frozen=True, slots=True)
class Note:
    """A text and its signature lines, each `(name, key id and signature)`."""

    text: str
    lines: tuple[tuple[str, bytes], ...]

    def data(self) -> bytes:
        """Write the note."""
        lines = "".join(f"{_LINE}{name} {base64.b64encode(raw).decode()}\n" for name, raw in self.lines)
        return f"{self.text}\n{lines}".encode()

    def signed_by(self, key: NoteKey) -> bool:
        """Whether a log's key signed it."""
        return any(_verifies(key, raw, self.text.encode()) for raw in self._of(key, _SIGNATURE_BYTES))

    def witnessed_at(self, key: NoteKey) -> datetime | None:
        """Tell when the witness saw it as the newest of its log, the latest time; None where it did not sign."""
        times: list[datetime] = []
        for raw in self._of(key, _TIME_BYTES + _SIGNATURE_BYTES):
            seconds = int.from_bytes(raw[:_TIME_BYTES], "big")
            if _verifies(key, raw[_TIME_BYTES:], _cosigned(self.text, seconds)):
                try:
                    times.append(datetime.fromtimestamp(seconds, UTC))
                except (OverflowError, ValueError, OSError):
                    continue  # a time no clock can give is no time it was seen at
        return max(times, default=None)

    def _of(self, key: NoteKey, length: int) -> list[bytes]:
        found = [raw for name, raw in self.lines if name == key.name and raw[:_KEY_ID_BYTES] == key.id]
        return [raw[_KEY_ID_BYTES:] for raw in found if len(raw) == _KEY_ID_BYTES + length]


def _verifies(key: NoteKey, signature: bytes, message: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(key.public).verify(signature, message)
    except InvalidSignature:
        return False
    return True


def _cosigned(text: str, seconds: int) -> bytes:
    return f"cosignature/v1\ntime {seconds}\n{text}".encode()


def sign(text: str, name: str, key: MessageKey) -> tuple[str, bytes]:
    """Make the signature line of a log."""
    return name, NoteKey.of(name, LOG_KEY, key.public_key()).id + key.sign(text.encode())


def cosign(text: str, name: str, key: MessageKey, at: datetime) -> tuple[str, bytes]:
    """Make the signature line of a witness: at this aware instant this was the newest it had seen of the log."""
    seconds = int(at.timestamp())
    signature = key.sign(_cosigned(text, seconds))
    return name, NoteKey.of(name, WITNESS_KEY, key.public_key()).id + seconds.to_bytes(_TIME_BYTES, "big") + signature


def read_note(data: bytes) -> Note:
    """Read a note. Nothing in it is to be believed before a signature was verified. Raises `NoteError`."""
    try:
        whole = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise NoteError("a note is UTF-8") from error
    text, gap, lines = whole.rpartition("\n\n")
    if not gap or any(letter < " " and letter != "\n" for letter in whole):
        raise NoteError("a note is a text, an empty line and signature lines")
    return Note(text + "\n", read_lines(lines))


def read_lines(text: str) -> tuple[tuple[str, bytes], ...]:
    """Read signature lines. Raises `NoteError`."""
    lines = text.split("\n")
    if lines.pop() != "" or not lines or len(lines) > _LINES_MAX:
        raise NoteError("a note has signature lines, each ended by a newline")
    found: list[tuple[str, bytes]] = []
    for line in lines:
        name, gap, encoded = line.removeprefix(_LINE).partition(" ")
        if not line.startswith(_LINE) or not name or not gap:
            raise NoteError("a signature line is a dash, a name and a signature")
        found.append((name, _bytes(encoded)))
    return tuple(found)


def _bytes(encoded: str) -> bytes:
    try:
        return base64.b64decode(encoded, validate=True)
    except binascii.Error as error:
        raise NoteError("a signature or hash is not base64") from error


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The head of a log's tree: whose (`origin`), how many leaves, the root."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        """Write the note's text."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


def decimal(text: str) -> int:
    """Read a number without sign or leading zero, of at most eighteen digits. Raises `NoteError`."""
    if not (text.isascii() and text.isdigit()) or (text != "0" and text.startswith("0")) or len(text) > 18:  # noqa: PLR2004 - within 63 bits
        raise NoteError("a size is a number without leading zero")
    return int(text)


def read_hash(text: str) -> bytes:
    """Read a hash in base64. Raises `NoteError`."""
    found = _bytes(text)
    if len(found) != HASH_BYTES:
        raise NoteError("a hash has 32 bytes")
    return found


def read_checkpoint(text: str) -> Checkpoint:
    """Read the text of a checkpoint. Extension lines, which we write none of, are allowed. Raises `NoteError`."""
    lines = text.split("\n")
    if len(lines) < 4 or lines[-1] != "" or not all(lines[:-1]):  # noqa: PLR2004 - origin, size, root, end
        raise NoteError("a checkpoint is origin, size and root")
    return Checkpoint(lines[0], decimal(lines[1]), read_hash(lines[2]))
