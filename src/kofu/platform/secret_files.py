"""Nothing secret may be read by every account of the machine: looked at before a process serves.

What is made under `KOFU_VAR` is made closed (`closed_mask`); a file that was copied there, or made by a build before,
may be open. A process that finds one does not serve: a key that others could read is no longer a secret, and whoever
closes it should ask whether to make another.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from kofu.core.errors import OperatorFault
from kofu.platform.settings import var_dir

#: Folders under `KOFU_VAR` that hold keys or people. The look of the evidence (`files.private`) goes by them too.
SECRET_FOLDERS: tuple[str, ...] = (
    "keys", "ward", "demo", "jpki", "kiosk", "center-keys", "signing-keys", "digital-signing", "feeds", "samples",
    "uploads", "archive", "secrets",
)  # fmt: skip
TLS_FOLDER = "tls"
#: Of those, what the group of the account has no business with either: feeds go to another system through a group.
OWN_FOLDERS = frozenset({"keys", "signing-keys", "digital-signing", "archive", "secrets", TLS_FOLDER})
SECRET_FILES: tuple[str, ...] = ("operator.sh",)
#: Settings that name a secret file, or a folder of them.
SECRET_SETTINGS: tuple[str, ...] = (
    "KOFU_LEDGER_KEY", "KOFU_CONSOLE_KEY", "KOFU_SERVICE_KEY", "KOFU_CENTER_KEYS", "KOFU_SIGNING_KEYS",
    "KOFU_DIGITAL_SIGNING", "KOFU_PKCS11_PIN_FILE", "KOFU_AUDIT_ARCHIVE",
)  # fmt: skip
GROUP = stat.S_IRGRP | stat.S_IWGRP
OTHERS = stat.S_IROTH | stat.S_IWOTH | stat.S_IXOTH
#: Folders of what is published anyway, and of a server under an account of its own.
_NOT_OURS = ("postgres", "anchors")


def closed_mask() -> None:
    """Let nothing this process makes be open to other accounts; a group keeps what the mask of the unit gives it."""
    os.umask(os.umask(0o077) | OTHERS)


def open_secrets() -> Iterator[Path]:
    """List secret files and folders that every account of this machine may read, write or enter."""
    from kofu.platform.tls import tls_dir  # every command sets its mask; few look at certificates

    var = var_dir()
    roots = [var / name for name in SECRET_FOLDERS + SECRET_FILES]
    roots += [Path(os.environ[name]) for name in SECRET_SETTINGS if os.environ.get(name)]
    roots += sorted(tls_dir().glob("*.key"))
    for root in roots:
        for path in (root, *_below(root)):
            if path.exists() and path.stat().st_mode & OTHERS and not is_published(path):  # of a link, where it leads
                yield path


def _below(root: Path) -> Iterator[Path]:
    for folder, folders, files in os.walk(root):
        for name in (*folders, *files):
            yield Path(folder, name)


def is_published(path: Path) -> bool:
    """Whether it is a public key or a certificate: it may be closed, it need not."""
    of_tls = path.parent.name == TLS_FOLDER and path.suffix in {".pem", ".crl"}
    return of_tls or path.name.endswith((".pub.pem", ".chain.pem", "ca.pem", ".pub", ".vkey"))


def require_closed() -> None:
    """Raise `OperatorFault` `secret_open` for the first file of `open_secrets`, and say how many there are."""
    found = list(open_secrets())
    if found:
        more = f" and {len(found) - 1} more" if len(found) > 1 else ""
        raise OperatorFault(
            "secret_open",
            f"{found[0]}{more} can be reached by every account of this machine; close it (chmod -R o-rwx), and ask"
            " whether it must be made anew",
        )


def close_to_others(var: Path) -> None:
    """Close everything of a demonstration to other accounts, as a build before may have left it open."""
    for folder, folders, files in os.walk(var):
        here = Path(folder)
        if here == var:
            folders[:] = [name for name in folders if not name.startswith(_NOT_OURS)]
        for name in (*folders, *files):
            path = here / name
            if not path.is_symlink():
                path.chmod(stat.S_IMODE(path.stat().st_mode) & ~(stat.S_IRWXO | stat.S_IRWXG))
