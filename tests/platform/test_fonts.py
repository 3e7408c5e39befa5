"""The font is looked for where it may be, fetched where it is not, and named by its digest."""

from __future__ import annotations

import hashlib

import pytest

from kofu.core.errors import OperatorFault
from kofu.platform import fonts


@pytest.fixture
def nowhere(monkeypatch, tmp_path):
    monkeypatch.delenv("KOFU_FONT_DIR", raising=False)
    monkeypatch.setenv("KOFU_VAR", str(tmp_path / "var"))
    monkeypatch.setattr(fonts, "DEBIAN_DIRS", (tmp_path / "debian",))
    return tmp_path


def lay(folder):
    folder.mkdir(parents=True)
    (folder / fonts.FILE_NAME).write_bytes(b"a font")
    return folder / fonts.FILE_NAME


def test_the_folder_that_is_named_is_the_only_one_looked_in(nowhere, monkeypatch):
    lay(nowhere / "debian")
    monkeypatch.setenv("KOFU_FONT_DIR", str(nowhere / "named"))
    with pytest.raises(OperatorFault, match="named"):
        fonts.ensure_font()
    assert fonts.known_dirs() == (nowhere / "named",)
    named = lay(nowhere / "named")
    assert fonts.find_font() == named


def test_debians_folder_comes_before_the_fetched_one(nowhere):
    fetched = lay(nowhere / "var" / "fonts")
    assert fonts.find_font() == fetched
    assert fonts.find_font() != lay(nowhere / "debian")
    assert fonts.find_font() == nowhere / "debian" / fonts.FILE_NAME


def test_without_apt_the_advice_says_what_to_do(nowhere, monkeypatch):
    monkeypatch.setattr("shutil.which", lambda _: None)
    with pytest.raises(OperatorFault, match=r"no apt-get.*install Debian's package fonts-ipamj-mincho.*KOFU_FONT_DIR"):
        fonts.ensure_font()


def test_a_package_that_cannot_be_fetched_is_said_and_leaves_nothing(nowhere, monkeypatch, tmp_path):
    """A stand-in apt-get that fails, as without a network."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("apt-get", "dpkg-deb"):
        (programs / name).write_text("#!/bin/sh\necho 'E: no network' >&2\nexit 100\n")
        (programs / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:/usr/bin:/bin")
    with pytest.raises(OperatorFault, match="E: no network"):
        fonts.ensure_font()
    assert not (nowhere / "var" / "fonts" / fonts.FILE_NAME).exists()


def test_a_font_is_read_once_and_known_by_the_digest_of_what_was_read(nowhere):
    """C4: what is laid over the file afterwards is neither drawn with nor attested."""
    path = lay(nowhere / "any")
    held = fonts.read_font(path)
    path.write_bytes(b"another")
    assert fonts.read_font(path) is held
    assert (held.data, held.sha256) == (b"a font", hashlib.sha256(b"a font").hexdigest())


def test_a_font_that_cannot_be_read_is_the_operators_fault(nowhere):
    with pytest.raises(OperatorFault, match="KOFU_FONT_DIR"):
        fonts.read_font(nowhere / "gone.ttf")
