"""Looks at the files a system keeps beside its database."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path

from kofu.evidence.domain.standing import EvidenceFinding, broken, holds, not_seen
from kofu.evidence.ground import EvidenceGround

#: Folders below KOFU_VAR with secrets or with data of people, and who must not read them. Feeds are handed over through
#: the group that two systems' accounts share.
_GROUP, _ALL = stat.S_IRGRP | stat.S_IWGRP, stat.S_IROTH | stat.S_IWOTH
FOLDERS = {
    "archive": _GROUP | _ALL,
    "feeds": _ALL,
    "keys": _GROUP | _ALL,
    "secrets": _GROUP | _ALL,
    "tls": _GROUP | _ALL,
    "ward": _ALL,
}
PUBLIC_SUFFIXES = frozenset({".pub", ".vkey"})
PUBLIC_OF_TLS = ".pem"


def _kept(var: Path) -> Iterator[Path]:
    for name in FOLDERS:
        for path in (var / name).rglob("*"):
            public = path.suffix in PUBLIC_SUFFIXES or (name == "tls" and path.suffix == PUBLIC_OF_TLS)
            if path.is_file() and not public:
                yield path


def _loose(path: Path, var: Path) -> bool:
    """Whether an account that must not reads or writes the file, and gets there through the folders up to KOFU_VAR."""
    shut = FOLDERS[path.relative_to(var).parts[0]]
    passing = stat.S_IXOTH | (stat.S_IXGRP if shut & _GROUP else 0)
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
