"""Whoever stands on a screen stands in the audit log: a walk over the whole map of addresses, role by role.

「アクセスログ」 (the assessment, III-7⑥): who looked at whom can be told of lists too. That an answer shows nobody
without an entry is asked of every answer, here and in every other test of a screen (`tests.staff.whom_answers_show`).
"""

from __future__ import annotations

import html
import importlib
import pkgutil
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime

import psycopg
import pytest
from tests.ledger.worked_ledger import ledger_of
from tests.staff.foreign_words import foreign_words
from tests.staff.screen_walk import ScreenWalk

import kofu.ledger
from kofu.cli.up.day_in_progress.story import leave_stories
from kofu.core.calendar import day_in_japan

pytestmark = pytest.mark.storage

#: How far each goes: instances of an address, and whether every form is sent as it stands.
WALKS = {
    "clerk": (1, True),
    "approver": (1, False),
    "auditor": (1, False),
    "certificate_approver": (1, False),
    "branch_clerk": (1, False),
    "administrator": (1, False),
}
#: Pages about people that the walk must have come to; those that need more than a day's work have tests of their own.
ABOUT_PEOPLE = {
    "addressees:merges", "addressees:person", "arrears:end", "arrears:overdue", "arrears:run", "arrears:stays",
    "arrears:unremitted", "certificates:apply", "debit:one", "debit:person", "issuance:list", "payments:suspended",
    "person:claim", "person:page", "person:payment", "refund:batch", "refund:list", "refund:one", "refund:propose",
    "refund:transfers", "representatives:agent", "representatives:forwarding", "representatives:heirs",
    "representatives:list", "representatives:page",
}  # fmt: skip
#: Lists that `staff.lists` shows.
LISTS = (
    "/refund/", "/refund/transfers/", "/payments/", "/payments/suspense/", "/payments/corrections/",
    "/payments/orders/", "/payments/advised/", "/arrears/", "/arrears/overdue/", "/arrears/ended/", "/arrears/stays/",
    "/arrears/unremitted/", "/issuance/", "/assessments/", "/debit/", "/representatives/", "/certificates/",
)  # fmt: skip
#: What cannot answer here: its neighbour is another system.
NO_NEIGHBOUR = {"addressees:find"}
#: Values with a person's address on the screens that say by other means whom they name, or are of no page.
SAYS_OTHERWISE = {"Envelope", "NotSent", "InstallmentFound"}


@pytest.fixture(scope="module")
def people(ledger_screens, tmp_path_factory):
    """A ledger with a day's work on its desks; gives the addresses of a few people in it."""
    folder = tmp_path_factory.mktemp("ward")
    with psycopg.connect(ledger_screens.database.owner_url, autocommit=True) as connection:
        desk = ledger_of(connection, folder / "ward", day_in_japan(datetime.now(UTC)))
        leave_stories(desk, folder / "day.json")
        owing = connection.execute(
            "SELECT DISTINCT taxpayer.id FROM taxpayer JOIN notice USING (municipality_code, addressee_number)"
            " JOIN claim ON notice_id = notice.id JOIN claim_balance ON claim_id = claim.id WHERE due > 0"
            " ORDER BY 1 LIMIT 2"
        ).fetchall()
        (dead,) = connection.execute("SELECT id FROM taxpayer WHERE status = 'dead' ORDER BY id LIMIT 1").fetchone()
    return [*(f"/person/{number}/" for number in (1, *(one for (one,) in owing))), f"/representatives/{dead}/heirs/"]


@dataclass
class Walked:
    """What the walks of all roles came to."""

    reached: set[str] = field(default_factory=set)
    broken: set[str] = field(default_factory=set)
    foreign: dict[str, set[str]] = field(default_factory=dict)


@pytest.fixture(scope="module")
def walked(ledger_screens, people) -> Walked:
    """Every role walks the map; whoever an answer shows must stand in the record of it, or the walk fails."""
    from kofu.staff.models import StaffAccount
    from kofu.staff.registry import declared_screens

    all_of_it = Walked()
    starts = [one.route for one in declared_screens() if "<" not in one.route] + people
    walks = {role: ScreenWalk(ledger_screens.client(role), each=each) for role, (each, _) in WALKS.items()}
    StaffAccount.objects.update(display_name="見本 花子")
    for role, walk in walks.items():
        walk.look(starts)
        if WALKS[role][1]:
            walk.fill_in()
        all_of_it.reached |= {where for where, pages in walk.answered.items() if pages}
        all_of_it.broken |= walk.broken
        for where, words in walk.foreign.items():
            all_of_it.foreign.setdefault(where, set()).update(words)
    return all_of_it


def test_nobody_is_on_a_screen_without_being_in_the_record(walked: Walked) -> None:
    assert walked.broken <= NO_NEIGHBOUR
    assert ABOUT_PEOPLE - walked.reached == set()


def test_no_screen_shows_english_words_of_the_code_or_a_bare_identity(walked: Walked) -> None:
    told = "\n".join(f"{where}: {' '.join(sorted(words))}" for where, words in sorted(walked.foreign.items()))
    assert not told, f"\n{told}\n"


def test_payments_and_people_are_found_by_amount_day_plate_and_address_on_record(ledger_screens, people) -> None:
    """Nothing of it stands in an address of a page, and whoever a search shows is on record (the client holds it)."""
    with psycopg.connect(ledger_screens.database.owner_url) as owner:
        paid = owner.execute(
            "SELECT amount, received_on, channel, plate_number, address, taxpayer.name FROM payment"
            " JOIN notice USING (municipality_code, notice_number) JOIN taxpayer USING (municipality_code,"
            " addressee_number) WHERE plate_number <> '' AND address <> '' ORDER BY payment.id LIMIT 1"
        ).fetchone()
    amount, on, channel, plate, address, name = paid
    client = ledger_screens.client("clerk", login="seeker")

    def found(where: str, **words: str) -> str:
        return client.post(where, words).content.decode().partition("<tbody>")[2]

    wide = str.maketrans("0123456789-", "０１２３４５６７８９－")
    for words in (
        {"yen_from": f"{amount:,}円".translate(wide), "yen_to": str(amount), "first": f"{on}", "last": f"{on}"},
        {"plate_number": plate, "channel": channel},
        {"plate_number": plate.replace(" ", "").replace("　", "")},
    ):
        assert name in found("/payments/search/", **words), words
    assert name not in found("/payments/search/", plate_number=plate, yen_from=str(amount + 1), yen_to=str(amount + 1))
    assert "どれかを記入" in client.post("/payments/search/", {}).content.decode()
    assert name in found("/person/", address=address[3:].translate(wide))
    assert name in found("/person/", plate_number=plate)
    assert name not in found("/person/", plate_number=plate, address="どこにもない町")
    assert [action for action, *_ in ledger_screens.entries("seeker")] == ["login", *["person.search"] * 8]


@pytest.mark.parametrize(
    "shown",
    [
        "<p>drawn_by: 見本</p>", "<td>payments:one</td>", "<p>01a22a65-15db-70b6-99f2-0d68032e3519</p>",
        '<td class="code">c9f9b449b7c14e39be114eaa35425a4c</td>', "<h1>Dunning</h1>", "<td>2026-11-30</td>",
        "<p>2026年度</p>", '<button aria-label="Close">×</button>',
    ],
)  # fmt: skip
def test_the_look_for_foreign_words_finds_them(shown: str) -> None:
    assert foreign_words(f"<body>{shown}</body>")


def test_names_of_their_own_are_no_foreign_words() -> None:
    page = """<p>CSVで出力 kakuho-20261130.txt</p><td class="login">shunou1</td><td class="digest code">
    cf368882fb2fcb5cc00c3da750d4d1b75a7b57c0aa8c515ba670d61fef0ab43f</td>
    <kbd>Alt</kbd><p class="hint">例 1980-04-01</p>"""
    assert foreign_words(page) == set()


def test_the_walk_fails_where_pages_do_not_say_whom_they_show(ledger_screens, people, monkeypatch) -> None:
    """The twin: the recording off."""
    monkeypatch.setattr("kofu.staff.shown_people.people_in", lambda _: ())
    with pytest.raises(AssertionError, match="showed people the audit log does not name"):
        ScreenWalk(ledger_screens.client("auditor")).look(["/refund/"])


def test_every_list_can_be_ordered_by_each_column_and_given_out_on_record(ledger_screens, people) -> None:
    """A file names everybody in it, as a page does those on it; no column asks its rows for what they do not have."""
    client = ledger_screens.client("clerk", login="lister")
    given: set[str] = set()
    for address in LISTS:
        for head in re.findall(r'class="by" href="([^"#]+)', client.get(address).content.decode()):
            assert client.get(address + html.unescape(head)).status_code == 200, (address, head)
        for name in re.findall(r'name="(\w+)\.file"', client.get(address).content.decode()):
            answer = client.get(f"{address}?{name}.file=csv&purpose=posting")
            assert "csv" in answer["Content-Type"], (address, name)
            given.add(f"{address}{name}")
    assert {"/refund/people", "/refund/cases", "/payments/page", "/arrears/overdue/page", "/issuance/page"} <= given
    results = [result for _, result, *_ in ledger_screens.entries("lister")]
    assert results.count("exported") == len(given) >= 10


def test_a_row_that_leads_to_a_person_says_which() -> None:
    """A list is recorded by the 宛名番号 in its rows: a row with `person_id` and without the number would go unseen."""
    silent = set()
    for module in pkgutil.walk_packages(kofu.ledger.__path__, "kofu.ledger."):
        if ".migrations" in module.name or ".web" in module.name:
            continue
        for value in vars(importlib.import_module(module.name)).values():
            fields = getattr(value, "__dataclass_fields__", None) or getattr(value, "_fields", ())
            if isinstance(value, type) and "person_id" in fields and "addressee_number" not in fields:
                silent.add(value.__name__)
    assert silent == SAYS_OTHERWISE
