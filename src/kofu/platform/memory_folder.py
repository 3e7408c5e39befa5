"""Where files that are soon thrown away can be kept in memory: the databases of simulations and tests.

On a virtual machine a file costs more to write to the disk than what is written took to make.
"""

from __future__ import annotations

import shutil
from pathlib import Path

IN_MEMORY = Path("/dev/shm")  # noqa: S108 - the system's own; what is made in it has names nobody can guess
ROOM_BYTES_MIN = 6_000_000_000
SPARE_BYTES_MIN = 10_000_000_000
"""How much memory must be free: what is kept in memory is taken from those who work."""
GROUPS = Path("/sys/fs/cgroup")
GROUP_LIMITS = (("memory.max", "memory.current"), ("memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes"))
"""Of a container: the files that say what it may use and what it uses, in bytes (cgroups(7), version 2 and 1)."""


def memory_folder(
    place: Path = IN_MEMORY,
    *,
    mounts: Path = Path("/proc/mounts"),
    memory: Path = Path("/proc/meminfo"),
    groups: Path = GROUPS,
) -> Path | None:
    """Give the folder whose files the system keeps in memory, where it has room and runs programs; None where not.

    None stands for the folder of temporary files, as for `tempfile`. `mounts`, `memory` and `groups` say what the
    system has and the container may use (proc(5)).
    """
    try:
        mounted = [line.split() for line in mounts.read_text("ascii", "replace").splitlines()]
        room, spare = shutil.disk_usage(place).free, _spare_bytes(memory, groups)
    except (OSError, KeyError):
        return None
    options = [words[3].split(",") for words in mounted if words[1:3] == [str(place), "tmpfs"]]
    if not options or not {"ro", "noexec"}.isdisjoint(options[-1]):
        return None
    return place if room >= ROOM_BYTES_MIN and spare >= SPARE_BYTES_MIN else None


def _spare_bytes(memory: Path, groups: Path) -> int:
    said = dict(line.split(":", 1) for line in memory.read_text("ascii").splitlines())
    spare = int(said["MemAvailable"].split()[0]) * 1024
    for most, used in GROUP_LIMITS:
        if (groups / most).exists() and (limit := (groups / most).read_text("ascii").strip()).isdigit():
            spare = min(spare, int(limit) - int((groups / used).read_text("ascii")))
    return spare
