"""Walks the console of issuing in a process of its own, each answer held against the audit log.

    python -m tests.issuing.console_walk OWNER_URL SCREENS_URL PEOPLE.json [silent]

One process can hold the Django of one system; that of the tests is the ledger's. Prints which addresses answered.
`silent`: with the recording off.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import psycopg
from tests.staff.screen_walk import ScreenWalk
from tests.staff.whom_answers_show import WhomAnswersShow
from tests.staff_screens import OFFICES, LedgerScreens

from kofu.platform.postgres import SystemDatabase

SEARCHES = [
    "/requests/?day=2026-11-23",
    "/requests/?day=令和8年11月1日&until=R8.11.30&kind=taxation&state=printed&reason=&kiosk=",
    "/requests/?until=2026-11-23",
]


class PlantedPeople(WhomAnswersShow):
    """Knows people by the words it was given."""

    words: dict[str, set[str]]

    def _people(self) -> dict[str, set[str]]:
        return self.words


def main(owner_url: str, screens_url: str, people: Path, *, silent: bool) -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "kofu.issuing.settings"
    os.environ["KOFU_ISSUING_DATABASE_URL"] = screens_url
    import django
    from django.conf import settings

    settings.ALLOWED_HOSTS = ["testserver"]
    settings.SECRET_KEY = "tests only"
    django.setup()
    from kofu.staff import work
    from kofu.staff.models import StaffAccount
    from kofu.staff.registry import declared_screens

    if silent:
        work.note_people = lambda *_: None
    with psycopg.connect(owner_url) as owner:
        owner.cursor().executemany(
            "INSERT INTO staff_office (code, name, is_branch) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING", OFFICES
        )
    shown = PlantedPeople(owner_url)
    shown.words = {word: {number} for word, number in json.loads(people.read_text(encoding="utf-8")).items()}
    screens = LedgerScreens(SystemDatabase(owner_url, screens_url, screens_url), shown)
    login = "silent" if silent else "seen"
    client = screens.client("certificate_operator", login=login)
    StaffAccount.objects.update(display_name="見本 花子")
    walk = ScreenWalk(client, each=2)
    walk.look([one.route for one in declared_screens() if "<" not in one.route] + SEARCHES)
    shown.close()
    foreign = {where: sorted(words) for where, words in walk.foreign.items()}
    sys.stdout.write(json.dumps({"answered": walk.answered, "foreign": foreign}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]), silent=sys.argv[4:] == ["silent"])
