"""The file of a session is for its owner's eyes alone; one that lay open is refused."""

from __future__ import annotations

import pytest

from kofu.core.errors import OperatorFault
from kofu.staff.operators.tokens import forget_token, read_token, token_file, write_token


@pytest.fixture(autouse=True)
def runtime(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    return tmp_path / "kofu"


def test_a_token_is_written_for_its_owner_alone_and_forgotten(runtime) -> None:
    assert read_token("issuing") is None
    path = write_token("issuing", "abc")
    assert (path.stat().st_mode & 0o777, runtime.stat().st_mode & 0o777) == (0o600, 0o700)
    assert read_token("issuing") == "abc"
    assert read_token("ledger") is None
    forget_token("issuing")
    assert read_token("issuing") is None


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_a_token_others_may_read_is_refused(mode) -> None:
    write_token("issuing", "abc").chmod(mode)
    with pytest.raises(OperatorFault, match="token_open"):
        read_token("issuing")


def test_a_folder_others_may_enter_is_refused(runtime) -> None:
    write_token("issuing", "abc")
    runtime.chmod(0o755)
    with pytest.raises(OperatorFault, match="token_folder_open"):
        read_token("issuing")


def test_a_link_to_another_file_is_refused(tmp_path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text("abc")
    elsewhere.chmod(0o600)
    token_file("issuing").symlink_to(elsewhere)
    with pytest.raises(OperatorFault, match="token_open"):
        read_token("issuing")


def test_without_a_runtime_folder_each_user_has_one_of_their_own(tmp_path, monkeypatch) -> None:
    monkeypatch.delenv("XDG_RUNTIME_DIR")
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(tmp_path))
    write_token("issuing", "abc")
    (folder,) = tmp_path.glob("kofu-*")
    assert folder.stat().st_mode & 0o777 == 0o700
