"""Make accounts and open their sessions for tests of commands, in a process of its own (one Django per process).

    python -m tests.operator_accounts SYSTEM FOLDER LOGIN=ROLE …

By the use cases people use, no other: an account is made with an initial password, its owner registers a second factor,
chooses a password, and opens a session, whose token lies in FOLDER/LOGIN. Prints password and secret of each, as JSON.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

OFFICE = "shomei"
PASSWORD = "a-long-enough-word-2026"


@contextmanager
def hashed_cheaply() -> Iterator[None]:
    """Hash a password that lives for a moment in a moment: what its owner chooses is hashed as everybody's is."""
    from django.contrib.auth.hashers import ScryptPasswordHasher

    real = ScryptPasswordHasher.work_factor
    ScryptPasswordHasher.work_factor = 2
    try:
        yield
    finally:
        ScryptPasswordHasher.work_factor = real


def main(system: str, folder: Path, people: dict[str, str]) -> None:
    from kofu.cli.shared.accounts import set_up
    from kofu.cli.shared.databases import Rights

    set_up(system, rights=Rights.SCREENS)
    from kofu.staff import accounts
    from kofu.staff.one_time import one_time_code
    from kofu.staff.operators import login as entrance
    from kofu.staff.operators.tokens import write_token
    from kofu.staff.work import StaffActor

    made = {}
    for login, role in people.items():
        details = accounts.AccountDetails(
            display_name="見本 職員", office=OFFICE, role=role, active_from=date(2020, 1, 1), active_to=None
        )
        initial = accounts.initial_half() + accounts.initial_half()
        with hashed_cheaply():
            accounts.make_account(StaffActor(login="tests", office="", role=""), login, details, initial)
            account = entrance.check_password(login, initial)
        secret = entrance.new_factor_secret()
        entrance.register_factor(account, secret, one_time_code(secret, time.time()))
        entrance.choose_password(account, PASSWORD)
        os.environ["XDG_RUNTIME_DIR"] = str(folder / login)
        write_token(system, entrance.open_session(account).token)
        made[login] = {"password": PASSWORD, "secret": secret}
    sys.stdout.write(json.dumps(made))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), dict(word.split("=") for word in sys.argv[3:]))
