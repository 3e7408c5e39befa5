"""Who runs this process, as the operating system says."""

from __future__ import annotations

import os
import pwd

from kofu.staff.operators.sessions import OsUser


def os_user() -> OsUser:
    """Give the OS user of this process; where the system has no name for the number, the number."""
    uid = os.getuid()
    try:
        return OsUser(uid=uid, name=pwd.getpwuid(uid).pw_name)
    except KeyError:
        return OsUser(uid=uid, name=str(uid))
