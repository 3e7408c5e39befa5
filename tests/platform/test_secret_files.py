"""Nothing secret may be read by every account: a process that finds such a file does not serve, and names it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from kofu.core.errors import OperatorFault
from kofu.platform.made_once import make_once, replace_whole
from kofu.platform.secret_files import SECRET_FOLDERS, SECRET_SETTINGS, close_to_others, open_secrets, require_closed

SOURCE = Path(__file__).parents[2] / "src" / "kofu"


@pytest.fixture
def var(tmp_path, monkeypatch) -> Path:
    for name in (*SECRET_SETTINGS, "KOFU_TLS_DIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("KOFU_VAR", str(tmp_path))
    return tmp_path


def lay(path: Path, mode: int) -> Path:
    for folder in reversed(path.parents):
        if not folder.exists():
            folder.mkdir(mode=0o700)
    path.write_text("secret", encoding="utf-8")
    path.chmod(mode)
    return path


@pytest.mark.parametrize("name", [*(f"{folder}/one" for folder in SECRET_FOLDERS), "operator.sh", "tls/center.key"])
def test_a_secret_that_every_account_may_read_is_named(var, name):
    path = lay(var / name, 0o600)
    require_closed()
    path.chmod(0o604)
    with pytest.raises(OperatorFault, match=f"{name} can be reached by every account"):
        require_closed()


@pytest.mark.parametrize("setting", SECRET_SETTINGS)
def test_one_that_lies_elsewhere_is_found_by_its_setting(var, tmp_path_factory, monkeypatch, setting):
    elsewhere = lay(tmp_path_factory.mktemp("elsewhere") / "one.key", 0o644)
    assert list(open_secrets()) == []
    monkeypatch.setenv(setting, str(elsewhere))
    assert list(open_secrets()) == [elsewhere]


def test_a_link_is_as_open_as_what_it_leads_to(var, tmp_path_factory):
    elsewhere = lay(tmp_path_factory.mktemp("elsewhere") / "one.key", 0o644)
    (var / "keys").mkdir(mode=0o700)
    (var / "keys" / "ledger-sessions.key").symlink_to(elsewhere)
    assert list(open_secrets()) == [var / "keys" / "ledger-sessions.key"]
    elsewhere.chmod(0o600)
    assert list(open_secrets()) == []


def test_a_folder_others_may_enter_and_a_certificate_everybody_may_read(var):
    lay(var / "ward" / "deep" / "people.csv", 0o600)
    lay(var / "tls" / "center.pem", 0o644)
    lay(var / "signing-keys" / "2026.pub.pem", 0o644)
    assert list(open_secrets()) == []
    (var / "ward" / "deep").chmod(0o755)
    assert list(open_secrets()) == [var / "ward" / "deep"]
    close_to_others(var)
    assert list(open_secrets()) == []


def test_a_process_does_not_serve_beside_an_open_secret_and_what_it_makes_is_closed(var):
    """The whole program: it ends with words, exit code 2 and the file's name; nothing was listened at."""
    leaked = lay(var / "ward" / "cards.json", 0o644)
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": "src", "KOFU_VAR": str(var), "KOFU_VERIFICATION_PORT": "1"}
    words = [sys.executable, "-m", "kofu", "serve", "verification"]
    done = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, str(leaked) in done.stderr) == (2, True)
    made = "from kofu.platform.secret_files import closed_mask; closed_mask(); import sys, pathlib;"
    made += "pathlib.Path(sys.argv[1]).write_text('x')"
    file = var / "made"
    subprocess.run(
        [sys.executable, "-c", f"import os; os.umask(0o022); {made}", str(file)], env=environment, check=True
    )
    assert file.stat().st_mode & 0o777 == 0o640


def test_a_file_is_as_open_as_it_was_asked_for_whatever_the_mask(tmp_path):
    """Anchors and certificates are for others to read; a mask that closes all else must not close them."""
    before = os.umask(0o077)
    try:
        make_once(tmp_path / "anchor", b"x", mode=0o644)
        replace_whole(tmp_path / "ca.crl", b"x", mode=0o644)
    finally:
        os.umask(before)
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o644}


def test_every_setting_that_names_a_key_is_looked_at():
    """A setting called …KEY, …KEYS, …SIGNING or …PIN_FILE that the list does not know would never be looked at."""
    import re

    text = "".join(path.read_text(encoding="utf-8") for path in SOURCE.rglob("*.py"))
    named = set(re.findall(r"\bKOFU_[A-Z0-9_]*(?:KEYS?|SIGNING|PIN_FILE)\b", text))
    assert named - set(SECRET_SETTINGS) == {"KOFU_SCREENS_KEY"} & named
