"""The file an operator's session lies in on their side: one per system, for nobody else's eyes.

It stands in the folder the system gives each user who is logged in (`XDG_RUNTIME_DIR`, gone when they leave), or, where
there is none, in a folder of the user's own below the temporary one. A file or folder that others may read, or that is
somebody else's, is refused: a token that was lying open has to be taken for known.
"""

from __future__ import annotations

import hashlib
import os
import stat
import tempfile
from pathlib import Path

from kofu.core.errors import OperatorFault
from kofu.platform.made_once import replace_whole

TOKEN_BYTES = 32
OTHERS = stat.S_IRWXG | stat.S_IRWXO


def runtime_folder() -> Path:
    """Give the folder of this user's sessions, made with mode 0700. Raises `OperatorFault` `token_folder_open`."""
    named = os.environ.get("XDG_RUNTIME_DIR", "")
    folder = Path(named) / "kofu" if named else Path(tempfile.gettempdir()) / f"kofu-{os.getuid()}"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    _ensure_own(folder, "token_folder_open", stat.S_ISDIR)
    return folder


def token_file(system: str) -> Path:
    """Give the place of this user's session with a system."""
    return runtime_folder() / f"{system}.session"


def write_token(system: str, token: str) -> Path:
    """Keep a session's token, readable by its owner only, in the place of an earlier one."""
    path = token_file(system)
    replace_whole(path, token.encode("ascii"), mode=0o600)
    return path


def read_token(system: str) -> str | None:
    """Read this user's token; None where there is none. Raises `OperatorFault` `token_open` for one others may read."""
    path = token_file(system)
    if not path.is_symlink() and not path.exists():
        return None
    _ensure_own(path, "token_open", stat.S_ISREG)
    return path.read_text(encoding="ascii", errors="replace").strip()


def forget_token(system: str) -> None:
    """Remove this user's token."""
    token_file(system).unlink(missing_ok=True)


def hash_of(token: str) -> bytes:
    """Give what the database keeps of a token: SHA-256 of 256 random bits."""
    return hashlib.sha256(token.encode("utf-8")).digest()


def read_secret(path: Path, code: str) -> str:
    """Read a secret of one line that only its owner may read. Raises `OperatorFault` under `code`."""
    _ensure_own(path, code, stat.S_ISREG)
    return path.read_text(encoding="ascii", errors="replace").strip()


def _ensure_own(path: Path, code: str, is_kind: object) -> None:
    """Refuse what is somebody else's, what others may read, and what only points elsewhere."""
    found = path.lstat()
    right_kind = callable(is_kind) and is_kind(found.st_mode)
    if not right_kind or found.st_uid not in {os.getuid(), 0} or found.st_mode & OTHERS:
        raise OperatorFault(
            code,
            f"{path} must be yours, readable by nobody else (mode 0600, its folder 0700), and no link: remove it and"
            " log in again",
        )
