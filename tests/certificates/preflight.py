"""PDFBox Preflight: an independent validator of PDF/A-1b, as a test uses it.

Debian splits it over several packages. Those that are not installed are downloaded and unpacked under var/java, without
root; where that cannot be done the test is skipped and says what to install.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from kofu.platform.settings import var_dir

PACKAGES = ("libpdfbox2-java", "libactivation-java", "libjaxb-api-java", "libcommons-logging-java")
JARS = (
    "pdfbox2.jar",
    "fontbox2.jar",
    "preflight.jar",
    "xmpbox.jar",
    "commons-logging.jar",
    "javax.activation.jar",
    "jaxb-api.jar",
)


def class_path() -> str:
    """Find the jars, fetching what is missing."""
    if shutil.which("java") is None:
        pytest.skip("no Java runtime: install Debian's default-jre-headless")
    unpacked = var_dir() / "java"
    folders = (Path("/usr/share/java"), unpacked / "usr" / "share" / "java")
    if _missing(folders):
        _fetch(unpacked)
    if _missing(folders):
        pytest.skip(f"PDFBox Preflight is not complete: install Debian's {' '.join(PACKAGES)}")
    return ":".join(str(next(path for folder in folders if (path := folder / jar).exists())) for jar in JARS)


def complaints(pdfs: dict[str, bytes]) -> dict[str, str]:
    """Validate each PDF in one run; give what Preflight says of those that are not valid PDF/A-1b."""
    classes = class_path()
    with tempfile.TemporaryDirectory(prefix="kofu-preflight-") as name:
        folder = Path(name)
        for label, pdf in pdfs.items():
            (folder / f"{label}.pdf").write_bytes(pdf)
        program = ["java", "-cp", classes, "org.apache.pdfbox.preflight.Validator_A1b", "batch", str(folder)]
        run = subprocess.run(program, capture_output=True, text=True, check=False, timeout=300)
        said = run.stdout + run.stderr
        return {label: said for label in pdfs if f"The file {label}.pdf is a valid PDF/A-1b file" not in said}


def _missing(folders: tuple[Path, ...]) -> list[str]:
    return [jar for jar in JARS if not any((folder / jar).exists() for folder in folders)]


def _fetch(target: Path) -> None:
    if shutil.which("apt-get") is None or shutil.which("dpkg-deb") is None:
        return
    with tempfile.TemporaryDirectory(prefix="kofu-java-") as name:
        Path(name).chmod(0o755)  # apt downloads under an account of its own
        subprocess.run(["apt-get", "download", *PACKAGES], cwd=name, capture_output=True, check=False, timeout=120)
        for package in Path(name).glob("*.deb"):
            subprocess.run(["dpkg-deb", "-x", str(package), str(target)], capture_output=True, check=True, timeout=60)
