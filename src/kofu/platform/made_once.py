"""Files made at first use: keys and secrets that several processes may ask for in the same moment.

Whoever comes second finds a whole file or none: the name appears only when everything is in it and on the disk.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path


def make_once(path: Path, data: bytes, *, mode: int = 0o600) -> bool:
    """Write `data` to `path`, whole, readable as `mode` says. False: another process was first, its file stays."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    beside = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        _write_to_disk(beside, data, mode)
        os.link(beside, path)
        _sync_folder(path.parent)
    except FileExistsError:
        return False
    finally:
        beside.unlink(missing_ok=True)
    return True


def replace_whole(path: Path, data: bytes, *, mode: int = 0o600) -> None:
    """Write `data` to `path`, in the place of what was there: a reader sees the old file or the new one, whole."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    beside = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        _write_to_disk(beside, data, mode)
        beside.replace(path)
        _sync_folder(path.parent)
    finally:
        beside.unlink(missing_ok=True)


def _write_to_disk(path: Path, data: bytes, mode: int) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        os.fchmod(file.fileno(), mode)  # as asked for, whatever the mask of the process
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    """Bring a folder's names to the disk: a file whose name is lost is lost."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def secret_file(path: Path, length: int = 32) -> bytes:
    """Read a secret, made at first use with mode 0600. `length` in bytes."""
    if not path.exists():
        make_once(path, secrets.token_bytes(length))
    return path.read_bytes()
