"""督促状 of an approved run on the real database: to whom it goes is decided as it is printed, and is on record."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from fractions import Fraction
from pathlib import Path
from uuid import UUID

import psycopg
import pytest
from tests.ledger.arrears.people_owing import CHIEF, CLERK, ISSUED, WARD, approve, draw, grown, owing
from tests.ledger.papers.read_papers import read, squeezed

from kofu.core.errors import OperatorFault
from kofu.ledger.arrears.events import add_event
from kofu.ledger.arrears.letters import print_dunning_letter
from kofu.ledger.books.domain.matching_rules import MatchingRules
from kofu.ledger.books.domain.prescription import Happening, PrescriptionEvent
from kofu.ledger.books.journal import claims_of_person
from kofu.ledger.books.rates_file import rates
from kofu.ledger.papers.press import PaperPress
from kofu.ledger.people.numbers import numbers_of
from kofu.ledger.profile.ledger_profile import ledger_profile
from kofu.ledger.recipients.domain.heirs import Basis, Heir
from kofu.ledger.recipients.domain.recipients import Forwarding
from kofu.ledger.recipients.forwarding import forward
from kofu.ledger.recipients.heirs import register_heirs
from kofu.ledger.recipients.read_recipients import documents_sent
from kofu.platform.fonts import find_font
from kofu.platform.profiles import load_profile

pytestmark = [pytest.mark.storage, pytest.mark.font]
PROFILE = load_profile(Path(__file__).parents[3] / "profiles" / "mihon.toml")


@pytest.fixture(scope="module")
def press() -> PaperPress:
    return PaperPress(find_font())


@pytest.fixture
def connection(system_database) -> Iterator[psycopg.Connection]:
    with psycopg.connect(system_database("ledger").app_url, autocommit=True) as opened:
        yield opened


@pytest.fixture
def person(connection: psycopg.Connection) -> int:
    """Who owes one 期別 of 30,000 yen."""
    owing(connection, "D1", date(2026, 8, 31))
    return connection.execute(
        "INSERT INTO taxpayer (municipality_code, addressee_number, name, kana, search_kana, search_name, birthday,"
        " postal_code, address, status, protected) VALUES (%s, '1', '見本 太郎', '', '', '', '', '1600000',"
        " '東京都見本区青葉台一丁目', 'resident', FALSE) RETURNING id",
        [WARD],
    ).fetchone()[0]


@pytest.fixture
def run(connection: psycopg.Connection, person: int) -> UUID:
    drawn = draw(connection)
    approve(connection, drawn.run_id, CHIEF)
    return drawn.run_id


def printed(connection: psycopg.Connection, press: PaperPress, run: UUID, person: int) -> str:
    rules = ledger_profile(WARD).papers
    interest = MatchingRules(rates())
    return read(
        print_dunning_letter(
            connection, run, person, profile=PROFILE, rules=rules, interest=interest, press=press, acting=CLERK
        )
    )


def test_a_letter_goes_to_the_address_the_person_asked_for(connection, press, run, person) -> None:
    assert "青葉台" in printed(connection, press, run, person)
    there = Forwarding(postal_code="1600009", address="東京都見本区病院町", care_of="", valid_from=ISSUED)
    forward(connection, WARD, "1", there, reason="入院", acting=CLERK)
    told = printed(connection, press, run, person)
    assert "病院町" in told
    assert "青葉台" not in told
    assert [sent.why for sent in documents_sent(connection, WARD, "1")] == ["forwarded", "own_address"]


def test_a_letter_words_interest_as_the_law_does_and_shows_it_to_its_own_day(connection, press, run, person) -> None:
    """法326条1項, 附則3条の2. 30,000 yen due 2026-08-31, letter of 11-20: 30 days at 2.8 %, 51 at 9.1 %: 450 → 0."""
    told = squeezed(printed(connection, press, run, person))
    for words in (
        "年14.6パーセント（納期限の翌日から1月を経過する日までの期間については、年7.3パーセント）の割合を乗じて計算した延滞金額",
        "令和8年中の割合は、地方税法附則第3条の2により、年9.1パーセント（年2.8パーセント）です。",
        "上の延滞金は、令和8年11月20日に納付する場合の額で",
    ):
        assert squeezed(words) in told


def test_who_died_since_the_run_is_not_written_to_but_their_representative_is(connection, press, run, person) -> None:
    connection.execute("UPDATE taxpayer SET status = 'dead'")
    with pytest.raises(OperatorFault) as fault:
        printed(connection, press, run, person)
    assert fault.value.code == "held_no_representative"
    assert documents_sent(connection, WARD, "1") == []
    heir = Heir(
        name="見本 花子", postal_code="", address="東京都見本区花園", relation="妻", share=Fraction(1), signed=True
    )
    register_heirs(
        connection, WARD, "1", [heir], basis=Basis.DECLARATION, representative=0, died_on=ISSUED, filed_on=ISSUED,
        declare_by=None, acting=replace(CLERK, actor="clerk 2"),
    )  # fmt: skip
    told = printed(connection, press, run, person)
    assert squeezed("見本 花子　様（亡　見本 太郎　様　相続人代表者）") in told
    assert "31,200円" in told


def test_a_letter_of_an_increase_shows_what_it_left_unpaid_with_its_own_due_date(connection, press, person) -> None:
    """法326条1項: 延滞金 of the 増額 runs from its own 納期限; 200,000 yen, 18 days at 2.8 %: 276 → 0."""
    (claim,) = claims_of_person(connection, WARD, numbers_of(connection, WARD, "1"))
    first = draw(connection)
    approve(connection, first.run_id, CHIEF)
    grown(connection, claim, 200_000, date(2026, 11, 2))
    later = draw(connection)
    approve(connection, later.run_id, CHIEF)
    told = squeezed(printed(connection, press, later.run_id, person))
    assert "令和8年11月2日" in told
    assert "200,000円" in told
    assert "令和8年8月31日" not in told
    assert "30,000円" not in told.replace("200,000円", "").replace("230,000円", "")
    assert "231,200円" not in told


def test_a_letter_names_the_due_date_that_counts(connection, press, person) -> None:
    """地方税法20条の5の2."""
    (claim,) = claims_of_person(connection, WARD, numbers_of(connection, WARD, "1"))
    extended = PrescriptionEvent(Happening.EXTENDED, date(2026, 8, 20), date(2026, 10, 30))
    add_event(connection, claim.claim_id, extended, reason="災害", acting=CLERK)
    run = draw(connection)
    approve(connection, run.run_id, CHIEF)
    told = squeezed(printed(connection, press, run.run_id, person))
    assert "令和8年10月30日" in told
    assert "令和8年8月31日" not in told
