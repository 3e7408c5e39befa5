"""What is made at first use is made once, and nobody ever reads half of it."""

from __future__ import annotations

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from kofu.platform import made_once
from kofu.platform.made_once import make_once, secret_file

AT_ONCE = 8


def test_the_first_file_stays(tmp_path) -> None:
    path = tmp_path / "keys" / "a.key"
    assert make_once(path, b"first") is True
    assert make_once(path, b"second") is False
    assert path.read_bytes() == b"first"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in path.parent.iterdir()] == ["a.key"]


def test_processes_that_start_together_read_one_whole_secret(tmp_path) -> None:
    together = Barrier(AT_ONCE)

    def start(_) -> bytes:
        together.wait()
        return secret_file(tmp_path / "keys" / "roles.key")

    with ThreadPoolExecutor(AT_ONCE) as pool:
        read = set(pool.map(start, range(AT_ONCE)))
    assert [len(secret) for secret in read] == [32]


def test_nothing_is_under_the_name_before_everything_is_written(tmp_path, monkeypatch) -> None:
    path = tmp_path / "roles.key"
    seen = []

    def fsync(handle: int) -> None:
        seen.append((path.exists(), os.fstat(handle).st_size if not stat.S_ISDIR(os.fstat(handle).st_mode) else None))

    monkeypatch.setattr(made_once.os, "fsync", fsync)
    make_once(path, b"x" * 32)
    assert seen == [(False, 32), (True, None)]  # the file, then the folder that bears its name


def test_a_write_that_fails_leaves_nothing(tmp_path, monkeypatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(made_once.os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        make_once(tmp_path / "roles.key", b"x" * 32)
    assert list(tmp_path.iterdir()) == []
