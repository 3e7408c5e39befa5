"""Files a command writes for whoever runs it: of people for their eyes alone, in a folder that takes them."""

from __future__ import annotations

from pathlib import Path

from kofu.core.errors import OperatorFault
from kofu.platform.made_once import replace_whole

OWNER_ONLY = 0o600


def write_for_owner(path: Path, data: bytes) -> None:
    """Write a file that shows people, whole, with mode 0600 whatever the mask. Raises `OSError`."""
    replace_whole(path.resolve(), data, mode=OWNER_ONLY)


def require_folder(folder: Path) -> None:
    """Make a folder before the work whose file will lie in it: what was asked of a bank is not asked twice.

    Raises `OperatorFault` `no_folder`, `OSError`.
    """
    if folder.exists() and not folder.is_dir():
        raise OperatorFault("no_folder", f"{folder} is a file: name a folder")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
