"""Take rights away from this process, for good: what it then reads may be as bad as it likes.

`confine()` is called by a program that has opened and imported all it needs. From then on it may open no file, connect
nowhere and start nothing new with more rights; started by root, it runs under the account `nobody`. Linux alone knows
the first two (Landlock, 5.13 and 6.7); where the system cannot, the rest holds, and `Confinement` says what does.
"""

from __future__ import annotations

import ctypes
import os
import platform
import pwd
import struct
import sys
from dataclasses import dataclass

ACCOUNT = "nobody"
#: Landlock's system calls have these numbers on every architecture; the table of rights by version of its interface.
_CREATE_RULESET, _RESTRICT_SELF = 444, 446
_GET_VERSION = 1
_FILES_OF_VERSION = {1: 0x1FFF, 2: 0x3FFF, 3: 0x7FFF, 4: 0x7FFF}
_FILES_NEWEST = 0xFFFF
_VERSION_WITH_NET = 4
_NET_BIND_AND_CONNECT = 0b11
_PR_SET_NO_NEW_PRIVS = 38


@dataclass(frozen=True, slots=True)
class Confinement:
    """What holds now: no file may be opened, no TCP line, the account is another than that which started it."""

    no_files: bool
    no_lines: bool
    other_account: bool


def confine(account: str = ACCOUNT) -> Confinement:
    """Give up the right to open files and lines, and root's account. Cannot be undone; children inherit it."""
    other = _leave_root(account)
    libc = ctypes.CDLL(None, use_errno=True)
    version = 0
    if sys.platform == "linux" and platform.machine() in {"x86_64", "aarch64", "riscv64"}:
        libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        version = max(0, libc.syscall(_CREATE_RULESET, None, 0, _GET_VERSION))
    if not version:
        return Confinement(no_files=False, no_lines=False, other_account=other)
    files = _FILES_OF_VERSION.get(version, _FILES_NEWEST)
    net = _NET_BIND_AND_CONNECT if version >= _VERSION_WITH_NET else 0
    wanted = struct.pack("<QQ", files, net) if net else struct.pack("<Q", files)
    ruleset = libc.syscall(_CREATE_RULESET, wanted, len(wanted), 0)  # it names rights and allows nothing: none is left
    held = ruleset >= 0 and libc.syscall(_RESTRICT_SELF, ruleset, 0) == 0
    if ruleset >= 0:
        os.close(ruleset)
    return Confinement(no_files=held, no_lines=held and bool(net), other_account=other)


def _leave_root(account: str) -> bool:
    if os.geteuid() != 0:
        return False
    person = pwd.getpwnam(account)
    os.setgroups([])
    os.setgid(person.pw_gid)
    os.setuid(person.pw_uid)
    return True
