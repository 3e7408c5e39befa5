"""Keys of the scrambled images: one file each, named by the first day it is used and by its own fingerprint.

    <folder>/2026-11-23-1a2b3c4d.key    64 hexadecimal digits, mode 0600

The newest key whose day has come seals; every key opens what it sealed. A key is changed by laying the next one with
the day it begins on. As long as papers of an old key shall be looked at, its file stays; taking it away ends that.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from kofu.core.errors import OperatorFault
from kofu.platform.settings import var_dir

KEY_BYTES = 32
ID_BYTES = 4
_NAME = re.compile(r"(\d{4}-\d{2}-\d{2})-([0-9a-f]{8})\.key")


@dataclass(frozen=True, slots=True)
class BackKey:
    """A key of AES-256-GCM and the day it begins on. Its id, part of each sheet, is a fingerprint of it."""

    begins: date
    secret: bytes

    @property
    def key_id(self) -> bytes:
        """Four bytes that name the key on paper and say nothing of it."""
        return hashlib.sha256(b"kofu back page key\0" + self.secret).digest()[:ID_BYTES]

    def __repr__(self) -> str:
        return f"BackKey({self.begins}, {self.key_id.hex()})"


@dataclass(frozen=True, slots=True)
class BackKeys:
    """All keys of the centre, by id."""

    by_id: Mapping[bytes, BackKey]

    def sealing_on(self, day: date) -> BackKey:
        """Key that seals on `day`. Raises `OperatorFault` where none has begun."""
        begun = [key for key in self.by_id.values() if key.begins <= day]
        if not begun:
            raise OperatorFault(
                "no_back_key", f"no key of the back page has begun by {day}; make one by `kofu center new-key`"
            )
        return max(begun, key=lambda key: (key.begins, key.key_id))


def keys_dir() -> Path:
    """Folder of the keys: `KOFU_CENTER_KEYS`, else `center-keys` under `KOFU_VAR`."""
    named = os.environ.get("KOFU_CENTER_KEYS")
    return Path(named).resolve() if named else var_dir() / "center-keys"


def read_keys(folder: Path) -> BackKeys:
    """Read every key. Raises `OperatorFault` for a file that is none, or is open to others, and for no key at all."""
    found = [_read(path) for path in sorted(folder.glob("*.key"))]
    if not found:
        raise OperatorFault("no_back_key", f"there is no key in {folder}; make one by `kofu center new-key`")
    return BackKeys({key.key_id: key for key in found})


def make_key(folder: Path, begins: date) -> BackKey:
    """Make a key that seals from `begins` on, and store it."""
    key = BackKey(begins, secrets.token_bytes(KEY_BYTES))
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / f"{begins.isoformat()}-{key.key_id.hex()}.key"
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
        file.write(key.secret.hex() + "\n")
    return key


def _read(path: Path) -> BackKey:
    name = _NAME.fullmatch(path.name)
    if path.stat().st_mode & 0o077:
        raise OperatorFault("back_key_open", f"{path} can be read by others; chmod 600 it, or make another key")
    try:
        begins = date.fromisoformat(name[1] if name else "")
        key = BackKey(begins, bytes.fromhex(path.read_text(encoding="ascii").strip()))
    except ValueError as error:
        raise OperatorFault("bad_back_key", f"{path} is no key: its name or content is not as made") from error
    if len(key.secret) != KEY_BYTES or name is None or key.key_id.hex() != name[2]:
        raise OperatorFault("bad_back_key", f"{path} does not hold the key its name says")
    return key
