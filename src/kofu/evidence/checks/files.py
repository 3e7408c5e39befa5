"""Looks at the files a system keeps beside its database."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path

from kofu.evidence.domain.standing import EvidenceFinding, broken, holds, not_seen
from kofu.evidence.ground import EvidenceGround
from kofu.platform.secret_files import GROUP, OTHERS, OWN_FOLDERS, SECRET_FOLDERS, TLS_FOLDER, is_published


def _kept(var: Path) -> Iterator[Path]:
    for name in (*SECRET_FOLDERS, TLS_FOLDER):
        for path in (var / name).rglob("*"):
            if path.is_file() and not is_published(path):
                yield path


def _loose(path: Path, var: Path) -> bool:
    """Whether an account that must not reads or writes the file, and gets there through the folders up to KOFU_VAR."""
    own = path.relative_to(var).parts[0] in OWN_FOLDERS
    shut = OTHERS | GROUP if own else OTHERS
    passing = stat.S_IXOTH | (stat.S_IXGRP if own else 0)
    above = [path.parent, *path.parent.parents]
    inside = above[: above.index(var) + 1]
    return bool(path.stat().st_mode & shut) and all(folder.stat().st_mode & passing for folder in inside)


def private(ground: EvidenceGround) -> EvidenceFinding:
    """No other account of the machine reads or writes them."""
    files = list(_kept(ground.var))
    if not files:
        return not_seen("ここには鍵も連携ファイルもありません。保管場所（KOFU_VAR）を確かめてください。")
    loose = [path for path in files if _loose(path, ground.var)]
    if loose:
        folders = sorted({path.relative_to(ground.var).parts[0] for path in loose})
        return broken(f"ほかの利用者が読めるファイルが {len(loose)} あります（{'、'.join(folders)}）。")
    return holds(f"鍵・連携ファイル・控え {len(files)} は、このシステムの利用者だけが読めます。")
