"""Let go of memory for good: what a process frees is overwritten at once, so that no certificate is left in it.

CPython keeps small objects in arenas of its own and never clears what it frees; a search through a process's memory
then finds text long after the last reference is gone. Two settings change that, and both must stand before the process
begins: `PYTHONMALLOC=malloc` hands every object to the C library, and glibc's `perturb` overwrites each block as it is
freed (`mallopt(3)`, `M_PERTURB`), once its per-thread cache, which skips that, is off. `restart_wiping` sets them and
starts the program anew in the same process.

It costs time: Python's own work takes twice to three times as long (decoding, copying, encoding 2,000 small messages:
28 ms instead of 13). Kiosk and centre pay it, for they must keep nothing (docs/why/nothing-kept.md); the ward keeps the
data anyway.
"""

from __future__ import annotations

import gc
import os
import platform
import resource
import sys

import structlog

log = structlog.get_logger()

SETTINGS = {
    "PYTHONMALLOC": "malloc",
    "GLIBC_TUNABLES": "glibc.malloc.tcache_count=0:glibc.malloc.perturb=165",
}


def wiping() -> bool:
    """Whether this process overwrites what it frees."""
    return platform.libc_ver()[0] == "glibc" and all(os.environ.get(key) == value for key, value in SETTINGS.items())


def let_go() -> None:
    """Free what only reference cycles of the libraries still hold of a certificate that was dropped."""
    gc.collect()


def restart_wiping() -> None:
    """Start this program anew with memory that is overwritten when freed; return where it does so already.

    No core file is written from here on. Where the C library is not glibc it says so in the log and goes on: the
    promise then rests on what docs/why/nothing-kept.md says about such a machine.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if wiping():
        return
    if platform.libc_ver()[0] != "glibc":
        log.warning("memory.not_wiped", libc=platform.libc_ver()[0] or "unknown")
        return
    os.environ.update(SETTINGS)
    os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606 - the very program that runs already
