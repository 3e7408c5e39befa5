"""Files soon thrown away are kept in memory only where the system has a folder for them, and room."""

from __future__ import annotations

from pathlib import Path

import pytest

from kofu.platform import memory_folder as folders
from kofu.platform.memory_folder import memory_folder

GIGABYTE_IN_KB = 1_000_000


def found(folder: Path, *, kind: str = "tmpfs", options: str = "rw,relatime", spare: str = "") -> Path | None:
    mounts, memory = folder / "mounts", folder / "meminfo"
    mounts.write_text(f"/dev/vda / ext4 rw 0 0\nshm {folder} {kind} {options} 0 0\n")
    memory.write_text(f"MemTotal: 1 kB\n{spare or f'MemAvailable: {20 * GIGABYTE_IN_KB} kB'}\n")
    return memory_folder(folder, mounts=mounts, memory=memory, groups=folder)


@pytest.fixture(autouse=True)
def _room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folders, "ROOM_BYTES_MIN", 1)


def test_a_folder_in_memory_with_room_is_taken(tmp_path: Path) -> None:
    assert found(tmp_path) == tmp_path


@pytest.mark.parametrize("spare", [f"MemAvailable: {9 * GIGABYTE_IN_KB} kB", "MemFree: 99999999 kB"])
def test_without_memory_to_spare_files_lie_on_the_disk(tmp_path: Path, spare: str) -> None:
    assert found(tmp_path, spare=spare) is None


@pytest.mark.parametrize(("limit", "taken"), [("max", True), ("30000000000", True), ("12000000000", False)])
@pytest.mark.parametrize(("most", "used"), folders.GROUP_LIMITS)
def test_what_a_container_may_use_counts_not_what_the_machine_has(
    tmp_path: Path, most: str, used: str, limit: str, *, taken: bool
) -> None:
    (tmp_path / most).parent.mkdir(exist_ok=True)
    (tmp_path / most).write_text(f"{limit}\n")
    (tmp_path / used).write_text("4000000000\n")
    assert (found(tmp_path) == tmp_path) is taken


@pytest.mark.parametrize(
    "how", [{"kind": "ext4"}, {"options": "rw,noexec"}, {"options": "ro"}], ids=["a disk", "no programs", "read only"]
)
def test_a_folder_of_another_kind_is_not_taken(tmp_path: Path, how: dict[str, str]) -> None:
    assert found(tmp_path, **how) is None


def test_a_folder_without_room_is_not_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folders, "ROOM_BYTES_MIN", 10**18)  # as a container's 64 MB are too small
    assert found(tmp_path) is None


def test_a_system_that_does_not_say_has_none(tmp_path: Path) -> None:
    assert memory_folder(tmp_path, mounts=tmp_path / "none", memory=tmp_path / "none") is None
