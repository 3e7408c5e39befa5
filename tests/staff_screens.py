"""Staff screens of the ledger without a browser: Django in the test's process, on a real database.

One process can hold the Django of one system; here that is the ledger's. The console is tried in the browser.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg.conninfo import conninfo_to_dict
from tests.staff.whom_answers_show import WhomAnswersShow, text_of

from kofu.platform.postgres import SystemDatabase

if TYPE_CHECKING:
    from django.test import Client

PROFILE = Path(__file__).parents[1] / "profiles" / "mihon.toml"
PASSWORD = "a-long-enough-word-2026"
OFFICES = (("shunou", "区役所税務課収納管理係", False), ("b05", "桜橋特別出張所", True))


@cache
def hashed_password() -> str:
    """Give the hash of the password all accounts of the tests have: scrypt takes its 0.3 s once, not for each."""
    from django.contrib.auth.hashers import make_password

    return make_password(PASSWORD)


@dataclass
class LedgerScreens:
    """The ledger's screens on one database. `client("clerk")` is logged in with a second factor in that role."""

    database: SystemDatabase
    shown: WhomAnswersShow
    _logins: dict[str, str] = field(default_factory=dict)

    def account(self, role: str, *, login: str = "", office: str = "shunou", on_roster: bool = True) -> str:
        """Make an account and give its login; a contractor's worker stands on a roster, if not otherwise said."""
        from kofu.staff.models import StaffAccount

        login = login or f"{role.replace('_', '')}-{len(self._logins)}"
        made = StaffAccount(
            login=login,
            display_name=f"見本 {login}",
            office_id=office,
            role=role,
            active_from=date(2020, 1, 1),
            created_by="test",
            password_is_initial=False,
        )
        made.password = hashed_password()
        made.save()
        self._logins[login] = role
        if role == "contractor" and on_roster:
            self._put_on_roster(login)
        return login

    def _put_on_roster(self, login: str) -> None:
        with psycopg.connect(self.database.owner_url) as owner:
            owner.execute(
                "WITH company AS (INSERT INTO staff_contractor (name) VALUES (%(login)s) RETURNING id), work AS ("
                "INSERT INTO staff_service_contract (contractor_id, title, work, starts_on, ends_on, responsible,"
                " recorded_by, recorded_at) SELECT id, 'x', 'maintenance', '2020-01-01', '2999-12-31', 'x', 'a', now()"
                " FROM company RETURNING id) INSERT INTO staff_roster_worker (contract_id, name, login, starts_on,"
                " trained_on, pledged_on, recorded_by, recorded_at, confirmed_by) SELECT id, 'x', %(login)s,"
                " '2020-01-01', '2020-01-01', '2020-01-01', 'a', now(), 'b' FROM work",
                {"login": login},
            )

    def client(self, role: str, *, login: str = "", office: str = "shunou") -> Client:
        """Give a browser's stand-in that is logged in with a second factor; the account is made where missing.

        Each of its answers must show nobody whom the audit log does not name for it (`whom_answers_show`).
        """
        from kofu.staff.models import StaffAccount
        from kofu.staff.signals import SECOND_FACTOR_KEY

        login = login if login in self._logins else self.account(role, login=login, office=office)
        client = recorded_client(self.shown)
        client.force_login(StaffAccount.objects.get(login=login), "allauth.account.auth_backends.AuthenticationBackend")
        session = client.session
        session[SECOND_FACTOR_KEY] = True
        session.save()
        return client

    def people_of(self, actor: str) -> list[tuple[str, frozenset[str]]]:
        """Read whom each entry of an actor names, with its action: by pseudonym, one person or many."""
        with psycopg.connect(self.database.app_url) as connection:
            rows = connection.execute(
                "SELECT body::json->>'action', body::json->>'subject', body::json->'subjects' FROM audit_entry"
                " WHERE body::json->>'actor' = %s ORDER BY recorded_at, sequence",
                [actor],
            ).fetchall()
        return [(action, frozenset(many or ([one] if one else []))) for action, one, many in rows]

    def entries(self, actor: str = "") -> list[tuple[str, str, str | None, dict[str, object]]]:
        """Read the audit log: action, result, person's pseudonym, detail; of one actor where given."""
        with psycopg.connect(self.database.app_url) as connection:
            return connection.execute(
                "SELECT body::json->>'action', body::json->>'result', body::json->>'subject', body::json->'detail'"
                " FROM audit_entry WHERE %s = '' OR body::json->>'actor' = %s ORDER BY recorded_at, sequence",
                [actor, actor],
            ).fetchall()


def recorded_client(shown: WhomAnswersShow) -> Client:
    """Give a client whose every answer is held against the audit log."""
    from django.test import Client

    class RecordedClient(Client):
        def request(self, **given: Any) -> Any:
            shown.begin()
            answer = super().request(**given)
            if not getattr(answer, "streaming", False) and (missing := shown.missing(text_of(answer))):
                raise AssertionError(f"{given['PATH_INFO']} showed people the audit log does not name: {missing}")
            return answer

    return RecordedClient(raise_request_exception=True)


def open_screens(database: SystemDatabase, var: Path) -> LedgerScreens:
    """Set Django up for the ledger on `database`; the environment must name nothing else yet."""
    os.environ["KOFU_LEDGER_DATABASE_URL"] = database.app_url
    os.environ["KOFU_VAR"] = str(var)
    os.environ["KOFU_PROFILE"] = str(PROFILE)
    os.environ["DJANGO_SETTINGS_MODULE"] = "kofu.ledger.settings"
    import django
    from django.conf import settings
    from django.db import connections

    if not settings.configured:
        settings.ALLOWED_HOSTS = ["testserver"]
        settings.SECRET_KEY = "tests only"
        django.setup()
    parts = conninfo_to_dict(database.app_url)
    connection = connections["default"]
    connection.close()
    connection.settings_dict.update(
        NAME=parts["dbname"], USER=parts["user"], PASSWORD=parts["password"], HOST=parts["host"], PORT=parts["port"]
    )
    with psycopg.connect(database.owner_url) as owner:
        owner.cursor().executemany(
            "INSERT INTO staff_office (code, name, is_branch) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING", OFFICES
        )
    return LedgerScreens(database, WhomAnswersShow(database.app_url))


def close_screens() -> None:
    """Close what the screens opened, so that the database can go."""
    from django.db import connections

    from kofu.staff.work import close_connections

    connections.close_all()
    close_connections()
