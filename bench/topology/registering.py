"""Register a build as what this deployment serves, by that build's own words: `python -m bench.topology.registering`.

The packages `kofu` it finds are those of the build, by PYTHONPATH; the database is named by the owner's URL.
"""

from __future__ import annotations

import os

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
        register(owner, system_acting(lane="topology", actor="topology"), statement, by="topology", demonstration=True)


if __name__ == "__main__":
    main()
