"""The one font of the papers: IPAmj Mincho (IPAmj明朝), with the name variants of the Moji_Joho collection.

Looked for in `KOFU_FONT_DIR`, where Debian puts it, and under `var/fonts`. `fetch_font` gets Debian's package and
unpacks it under `var/fonts`; that needs no root.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

from kofu.core.errors import OperatorFault
from kofu.core.font_file import FontFile
from kofu.platform.settings import var_dir

FILE_NAME = "ipamjm.ttf"
PACKAGE = "fonts-ipamj-mincho"
DEBIAN_DIRS = (Path("/usr/share/fonts/truetype/ipamj"), Path("/usr/share/fonts/opentype/ipamj-mincho"))
ADVICE = (
    f"install Debian's package {PACKAGE}, or download {FILE_NAME} from the publisher, "
    "and name its folder by KOFU_FONT_DIR"
)


def known_dirs() -> tuple[Path, ...]:
    """Folders the font is looked for in, in this order."""
    named = os.environ.get("KOFU_FONT_DIR")
    if named:
        return (Path(named).resolve(),)
    return (*DEBIAN_DIRS, var_dir() / "fonts")


def find_font() -> Path:
    """Path of the font file. Raises `OperatorFault` that says what to do where it is nowhere."""
    for folder in known_dirs():
        path = folder / FILE_NAME
        if path.is_file():
            return path
    looked = ", ".join(str(folder) for folder in known_dirs())
    raise OperatorFault("no_font", f"{FILE_NAME} is in none of: {looked}; {ADVICE}")


@cache
def read_font(path: Path) -> FontFile:
    """Read a font file into memory, once for the process: what is attested (P8) is what is drawn and compared with.

    Whatever is laid over the file afterwards, this process never reads. Raises `OperatorFault` where it cannot be read.
    """
    try:
        return FontFile.of(path.name, path.read_bytes())
    except OSError as error:
        raise OperatorFault("no_font", f"{path.name} cannot be read; {ADVICE}") from error


def fetch_font() -> Path:
    """Download Debian's package and unpack it under `var/fonts`. Raises `OperatorFault` where that cannot be done."""
    if shutil.which("apt-get") is None or shutil.which("dpkg-deb") is None:
        raise OperatorFault("no_font", f"this machine has no apt-get to fetch the font with; {ADVICE}")
    target = var_dir() / "fonts"
    with tempfile.TemporaryDirectory(prefix="kofu-font-") as name:
        work = Path(name)
        work.chmod(0o755)  # apt downloads under an account of its own
        _download(work)
        packages = list(work.glob("*.deb"))
        if len(packages) != 1:
            raise OperatorFault("no_font", f"apt-get did not bring {PACKAGE}; {ADVICE}")
        _run_command(["dpkg-deb", "-x", str(packages[0]), str(work / "unpacked")], work)
        found = list((work / "unpacked").rglob(FILE_NAME))
        if not found:
            raise OperatorFault("no_font", f"{PACKAGE} holds no {FILE_NAME}; {ADVICE}")
        target.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(found[0], target / FILE_NAME)
    return target / FILE_NAME


def _download(work: Path) -> None:
    """Ask apt for the package; where its lists are missing or old, read them anew (without root: elsewhere)."""
    first = subprocess.run(["apt-get", "download", PACKAGE], cwd=work, capture_output=True, text=True, check=False)
    if first.returncode == 0:
        return
    lists = work / "lists"
    (lists / "partial").mkdir(parents=True)
    own = [] if os.geteuid() == 0 else ["-o", f"Dir::State::lists={lists}", "-o", f"Dir::Cache={work}"]
    _run_command(["apt-get", *own, "update"], work)
    _run_command(["apt-get", *own, "download", PACKAGE], work)


def _run_command(words: list[str], work: Path) -> None:
    done = subprocess.run(words, cwd=work, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise OperatorFault("no_font", f"`{' '.join(words[:1])}` could not fetch {PACKAGE} ({last}); {ADVICE}")


def ensure_font() -> Path:
    """Find the font, or fetch it."""
    try:
        return find_font()
    except OperatorFault:
        if os.environ.get("KOFU_FONT_DIR"):
            raise
        return fetch_font()
