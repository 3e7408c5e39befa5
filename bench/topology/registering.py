"""Register a build as what this deployment serves, by that build's own words.

    python -m bench.topology.registering [MINUTES]

`MINUTES`: for how long processes of the build before may go on while they are replaced. The packages `kofu` it finds
are those of the build, by PYTHONPATH; the database is named by the owner's URL.
"""

from __future__ import annotations

import os
import sys
from datetime import timedelta

import psycopg

from kofu.issuing.acting.who_acts import system_acting
from kofu.issuing.checks.attest import register, state
from kofu.platform.fonts import find_font, read_font
from kofu.platform.settings import profile_path


def main() -> None:
    with psycopg.connect(os.environ["KOFU_ISSUING_OWNER_DATABASE_URL"], autocommit=True) as owner:
        statement = state(
            owner,
            font=read_font(find_font()),
            drawn=None,
            profile=profile_path(),
            topology=os.environ["KOFU_TOPOLOGY"],
        )
        acting = system_acting(lane="topology", actor="topology")
        words = {"upgrade": timedelta(minutes=float(sys.argv[1]))} if sys.argv[1:] else {}
        register(owner, acting, statement, by="topology", demonstration=True, **words)


if __name__ == "__main__":
    main()
