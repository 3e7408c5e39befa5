"""宛名: changes with history, persons the register does not have, merges with trace."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import httpx
import msgspec
import psycopg
import pytest
from tests.ledger.small_ledger import WARD, by, new_ledger

from kofu.contracts.issuing import ErrorBody
from kofu.contracts.registry import LookedUp, LookUp
from kofu.core.errors import OperatorFault, PeerFault
from kofu.ledger.addressees import addressees, merge_people
from kofu.ledger.addressees.addressees import Facts
from kofu.ledger.addressees.domain.addressees import MergeEvent, Source
from kofu.ledger.addressees.look_up import look_up_over
from kofu.ledger.people import numbers
from kofu.ledger.people.find import find_people, person
from kofu.ledger.person.page import read_person

pytestmark = pytest.mark.storage

TOO_LITTLE = ErrorBody(code="says_too_little", blame="peer", message="m")
CLERK, CHIEF = by("clerk"), by("chief")
HANAKO = Facts(
    name="見本　花子", kana="ミホン　ハナコ", birthday="1980-04-01", address="見本区一丁目1番1号", status="moved_out"
)


@pytest.fixture
def connection(system_database) -> Iterator[psycopg.Connection]:
    made = new_ledger(system_database)
    with psycopg.connect(made.app_url, autocommit=True) as opened:
        for number in ("3", "7"):
            opened.execute(
                "INSERT INTO taxpayer (municipality_code, addressee_number, name, kana, search_kana, search_name,"
                " birthday, postal_code, address, status, protected)"
                " VALUES (%s, %s, '見本　花子', 'ミホン　ハナコ', 'ミホンハナコ', '見本花子', '1980-04-01', '',"
                " '見本区一丁目1番1号', 'moved_out', false)",
                [WARD, number],
            )
        yield opened


def found(connection, number: str):
    (one,) = [one for one in find_people(connection, WARD, number) if one.addressee_number == number]
    return one


def changed(connection, facts: Facts, number: str = "3", **how) -> None:
    given = {"source": Source.LOOK_UP, "reason": "照会の結果", "acting": CLERK} | how
    addressees.change(connection, WARD, number, facts, **given)


def test_what_is_learned_stands_now_and_what_stood_before_is_kept(connection) -> None:
    changed(connection, replace(HANAKO, name="例示　花子", kana="レイジ　ハナコ", address="架空市2番地"))
    now, before = addressees.versions_of(connection, WARD, "3")
    assert (now.name, now.source, now.recorded_by) == ("例示　花子", "look_up", "clerk")
    assert (before.name, before.address, before.source) == ("見本　花子", "見本区一丁目1番1号", "first")
    assert found(connection, "3").address == "架空市2番地"


def test_a_person_is_found_by_the_name_before(connection) -> None:
    changed(connection, replace(HANAKO, name="例示　花子", kana="レイジ　ハナコ"))
    for words in ("例示", "見本", "ミホン"):
        assert "3" in {one.addressee_number for one in find_people(connection, WARD, words)}


def test_a_change_says_why_and_changes_something(connection) -> None:
    with pytest.raises(OperatorFault, match="says why"):
        changed(connection, HANAKO, reason=" ")
    with pytest.raises(OperatorFault, match="the same already"):
        changed(connection, HANAKO)
    with pytest.raises(OperatorFault, match="no person"):
        changed(connection, HANAKO, number="404")
    assert addressees.versions_of(connection, WARD, "3") == []


def test_history_is_never_changed(connection) -> None:
    changed(connection, replace(HANAKO, address="架空市2番地"))
    for table in ("addressee_version", "addressee_merge", "addressee_merge_event"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(f"DELETE FROM {table}")


def test_a_person_outside_the_register_gets_a_number_of_its_own_series(connection) -> None:
    similar = addressees.similar_to(connection, WARD, HANAKO)
    assert {one.addressee_number for one in similar} == {"3", "7"}
    kept = {"prefix": "99", "digits": 12, "reason": "軽自動車の所有者", "acting": CLERK}
    first = addressees.register_unregistered(connection, WARD, Facts(name="架空商事株式会社"), **kept)
    second = addressees.register_unregistered(connection, WARD, Facts(name="架空商事株式会社"), **kept)
    assert (len(first), first[:2], first == second) == (12, "99", False)
    assert addressees.similar_to(connection, WARD, Facts(name="別人")) == []


def test_merged_numbers_are_one_person_and_nothing_is_moved(connection) -> None:
    merge = merge_people.propose_merge(connection, WARD, "7", "3", reason="同一人", acting=CLERK)
    with pytest.raises(OperatorFault, match="second_person_needed"):
        merge_people.decide_merge(connection, WARD, merge, MergeEvent.APPROVED, reason="", acting=CLERK)
    assert numbers.numbers_of(connection, WARD, "7") == ("7",)
    merge_people.decide_merge(connection, WARD, merge, MergeEvent.APPROVED, reason="", acting=CHIEF)
    assert numbers.numbers_of(connection, WARD, "7") == numbers.numbers_of(connection, WARD, "3") == ("3", "7")
    page = read_person(connection, WARD, found(connection, "3"))
    assert {claim.notice_number for claim in page.claims} == {f"{3:017d}", f"{7:017d}"}
    assert connection.execute("SELECT count(*) FROM notice WHERE addressee_number = '7'").fetchone() == (1,)


def test_a_merge_is_undone_by_a_record_of_its_own(connection) -> None:
    merge = merge_people.propose_merge(connection, WARD, "7", "3", reason="同一人", acting=CLERK)
    merge_people.decide_merge(connection, WARD, merge, MergeEvent.APPROVED, reason="", acting=CHIEF)
    with pytest.raises(OperatorFault, match="says why"):
        merge_people.decide_merge(connection, WARD, merge, MergeEvent.UNDONE, reason="", acting=CHIEF)
    merge_people.decide_merge(connection, WARD, merge, MergeEvent.UNDONE, reason="別人と判明", acting=CHIEF)
    assert numbers.numbers_of(connection, WARD, "3") == ("3",)
    (one,) = merge_people.merges(connection, WARD)
    assert (one.state, one.decided_by) == ("undone", "chief")
    again = merge_people.propose_merge(connection, WARD, "7", "3", reason="やはり同一人", acting=CLERK)
    merge_people.decide_merge(connection, WARD, again, MergeEvent.REFUSED, reason="資料が足りない", acting=CHIEF)


def test_what_would_close_a_circle_is_refused_even_when_proposed_before(connection) -> None:
    one = merge_people.propose_merge(connection, WARD, "7", "3", reason="同一人", acting=CLERK)
    other = merge_people.propose_merge(connection, WARD, "3", "7", reason="同一人", acting=CLERK)
    merge_people.decide_merge(connection, WARD, one, MergeEvent.APPROVED, reason="", acting=CHIEF)
    with pytest.raises(OperatorFault, match="circle"):
        merge_people.decide_merge(connection, WARD, other, MergeEvent.APPROVED, reason="", acting=CHIEF)


def asked() -> LookUp:
    return LookUp(look_up_id="1" * 32, clerk="c", office="o", purpose="p", resident_code="90000000001")


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (httpx.Response(200, content=b"{"), "registry_silent"),
        (httpx.Response(200, content=msgspec.json.encode(LookedUp(look_up_id="2" * 32, count=0))), "registry_silent"),
        (
            httpx.Response(422, content=msgspec.json.encode(TOO_LITTLE)),
            "says_too_little",
        ),
        (httpx.ConnectError("dead"), "registry_silent"),
    ],
)
def test_a_registry_that_gives_no_right_answer_is_told_by_a_code(answer, code) -> None:
    def handler(_: httpx.Request) -> httpx.Response:
        if isinstance(answer, Exception):
            raise answer
        return answer

    client = httpx.Client(base_url="https://registry", transport=httpx.MockTransport(handler))
    with pytest.raises(PeerFault) as raised:
        look_up_over(client, asked())
    assert raised.value.code == code


def test_people_are_shown_by_their_screens_number(connection) -> None:
    assert person(connection, WARD, found(connection, "3").id).addressee_number == "3"


def known_as(connection, number: str, **facts: str) -> None:
    for column, value in facts.items():
        connection.execute(f"UPDATE taxpayer SET {column} = %s WHERE addressee_number = %s", [value, number])


def test_two_living_residents_are_not_merged_however_like_they_are(connection) -> None:
    """新潟市 (2025-06)."""
    for number in ("3", "7"):
        known_as(connection, number, status="resident")
    known_as(connection, "7", birthday="1981-05-02")
    with pytest.raises(OperatorFault) as refused:
        merge_people.propose_merge(connection, WARD, "7", "3", reason="同一人", confirmed=True, acting=CLERK)
    assert refused.value.code == "two_residents"


def test_who_became_a_resident_since_the_proposal_is_not_merged_by_the_approval(connection) -> None:
    known_as(connection, "3", status="resident")
    merge = merge_people.propose_merge(connection, WARD, "7", "3", reason="同一人", acting=CLERK)
    known_as(connection, "7", status="resident")
    with pytest.raises(OperatorFault) as refused:
        merge_people.decide_merge(connection, WARD, merge, MergeEvent.APPROVED, reason="", acting=CHIEF)
    assert refused.value.code == "two_residents"


def test_a_resident_behind_a_number_merged_before_counts_too(connection) -> None:
    """3 ← 7 stands; a third number of another living resident cannot be merged into either."""
    known_as(connection, "7", status="resident")
    merge = merge_people.propose_merge(connection, WARD, "7", "3", reason="同一人", acting=CLERK)
    merge_people.decide_merge(connection, WARD, merge, MergeEvent.APPROVED, reason="", acting=CHIEF)
    connection.execute(
        "INSERT INTO taxpayer (municipality_code, addressee_number, name, kana, search_kana, search_name, birthday,"
        " postal_code, address, status, protected) VALUES (%s, '9', '見本　花子', 'ミホン　ハナコ', '', '',"
        " '1980-04-01', '', '見本区一丁目1番1号', 'resident', false)",
        [WARD],
    )
    with pytest.raises(OperatorFault) as refused:
        merge_people.propose_merge(connection, WARD, "9", "3", reason="同一人", acting=CLERK)
    assert refused.value.code == "two_residents"


def test_a_namesake_at_another_address_is_merged_only_when_both_have_looked(connection) -> None:
    """伊勢崎市 (2024): same name, same birthday, another person."""
    known_as(connection, "7", address="架空市2番地")
    with pytest.raises(OperatorFault, match="side by side"):
        merge_people.propose_merge(connection, WARD, "7", "3", reason="戸籍の附票", acting=CLERK)
    merge = merge_people.propose_merge(connection, WARD, "7", "3", reason="戸籍の附票", confirmed=True, acting=CLERK)
    with pytest.raises(OperatorFault, match="side by side"):
        merge_people.decide_merge(connection, WARD, merge, MergeEvent.APPROVED, reason="", acting=CHIEF)
    merge_people.decide_merge(connection, WARD, merge, MergeEvent.APPROVED, reason="", confirmed=True, acting=CHIEF)
    assert numbers.numbers_of(connection, WARD, "7") == ("3", "7")
