"""住基ネットの照会: one person or none, never a list of strangers; every look-up on record."""

from __future__ import annotations

import csv
import json

import msgspec
import psycopg
import pytest
from tests.center.cards import authority
from tests.registry.calls import call

from kofu.contracts.registry import LookedUp
from kofu.core.errors import OperatorFault
from kofu.platform.answer_record import KnownBy, record_of_answers
from kofu.registry.app import create_app
from kofu.registry.look_ups import COLUMNS, load_outside

pytestmark = pytest.mark.storage

NAME = ("見本　花子", "ミホン ハナコ")
NORTH = "北見本県架空市雛形町2番地3"
HANAKO = ("90000000001", *NAME, "1980-04-01", "female", "0001111", NORTH, "架空市", "resident", "2025-03-01")
OTHER = ("90000000002", *NAME, "1991-12-24", "female", "0002222", "例示町1番地", "例示町", "dead", "2026-01-05")
ASKED = {"look_up_id": "1" * 32, "clerk": "shunou1", "office": "shunou", "purpose": "dunning"}


@pytest.fixture(scope="module")
def database(system_database, tmp_path_factory):
    made = system_database("registry")
    path = tmp_path_factory.mktemp("outside") / "outside.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([COLUMNS, HANAKO, OTHER])
    with psycopg.connect(made.owner_url) as connection:
        assert load_outside(connection, path) == 2
    return made


@pytest.fixture
def ask(database):
    numbers = iter(range(1, 100))

    def asking(peer="ledger", **parts):
        app = create_app(database.app_url, authority=authority(), specimens=False)
        body = ASKED | {"look_up_id": f"{next(numbers) + abs(hash(str(parts))) % 10**9:032x}"} | parts
        return call(app, "POST", "/v1/look-ups", peer=peer, content=msgspec.json.encode(body))

    return asking


def person_of(answer) -> tuple[int, str | None]:
    found = msgspec.json.decode(answer.content, type=LookedUp)
    return found.count, found.person.resident_code if found.person else None


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ({"resident_code": "90000000001"}, (1, "90000000001")),
        ({"name": "見本　花子", "birthday": "1991-12-24"}, (1, "90000000002")),
        ({"name": "見本　花子", "address": "北見本県架空市"}, (1, "90000000001")),
        ({"name": "見本　花子", "address": "%"}, (0, None)),
        ({"name": "見本　太郎", "birthday": "1980-04-01"}, (0, None)),
        ({"resident_code": "90000000001", "sex": "male"}, (0, None)),
    ],
)
def test_one_person_is_named_by_what_is_known(ask, question, expected) -> None:
    assert person_of(ask(**question)) == expected


def test_several_who_fit_are_counted_and_not_named(ask, database) -> None:
    with psycopg.connect(database.owner_url, autocommit=True) as owner:
        owner.execute("UPDATE outside_person SET birthday = '1980-04-01'")
        assert person_of(ask(name="見本　花子", birthday="1980-04-01")) == (2, None)
        owner.execute("UPDATE outside_person SET birthday = '1991-12-24' WHERE resident_code = '90000000002'")


@pytest.mark.parametrize(
    "question", [{}, {"name": "見本　花子"}, {"birthday": "1980-04-01"}, {"name": "見本　花子", "sex": "female"}]
)
def test_a_question_that_says_too_little_is_refused(ask, question) -> None:
    answer = ask(**question)
    assert (answer.status_code, answer.json()["code"]) == (422, "says_too_little")


@pytest.mark.parametrize("peer", [None, "center", "issuing", "kiosk-0001"])
def test_nobody_but_the_ledger_looks_for_people(ask, peer) -> None:
    assert ask(peer=peer, resident_code="90000000001").status_code == 403


def test_every_look_up_is_on_record_and_stays_there(ask, database) -> None:
    ask(resident_code="90000000001", clerk="shunou2", office="b05", purpose="refund")
    with psycopg.connect(database.app_url, autocommit=True) as connection:
        row = connection.execute(
            "SELECT clerk, office, purpose, asked_by, found, resident_code FROM look_up WHERE clerk = 'shunou2'"
        ).fetchone()
        assert row == ("shunou2", "b05", "refund", "resident_code", 1, "90000000001")
        for statement in ("DELETE FROM look_up", "UPDATE look_up SET clerk = ''", "DELETE FROM outside_person"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement)


def test_the_same_look_up_is_answered_once(ask) -> None:
    assert ask(look_up_id="a" * 32, resident_code="90000000001").status_code == 200
    assert ask(look_up_id="a" * 32, resident_code="90000000002").status_code == 409


@pytest.mark.parametrize("text", ["name\n", ",".join(COLUMNS) + "\n9,a,b,c,d,e,f,g,h,never\n"])
def test_a_file_that_does_not_fit_changes_nothing(database, tmp_path, text) -> None:
    (tmp_path / "outside.csv").write_text(text, encoding="utf-8")
    with psycopg.connect(database.owner_url) as connection:
        with pytest.raises(OperatorFault, match=r"outside\.csv"):
            load_outside(connection, tmp_path / "outside.csv")
        assert connection.execute("SELECT count(*) FROM outside_person").fetchone() == (2,)


def test_a_look_up_stands_in_the_audit_log_with_whom_it_named(ask, database) -> None:
    """P10: who asked and what for, and the person by pseudonym; the 住民票コード itself stands nowhere in it."""
    assert person_of(ask(resident_code="90000000001", clerk="suzuki")) == (1, "90000000001")
    with psycopg.connect(database.app_url) as connection:
        body = connection.execute("SELECT body FROM audit_entry ORDER BY recorded_at DESC LIMIT 1").fetchone()[0]
    entry = json.loads(body)
    assert (entry["actor"], entry["action"], entry["result"]) == ("ledger", "person.look_up", "told")
    assert entry["subject"] == record_of_answers("registry").names.of(KnownBy.RESIDENT_CODE, "90000000001")
    assert entry["detail"]["purpose"]
    assert "90000000001" not in body


def test_nobody_is_told_of_where_the_record_cannot_be_written(ask, database) -> None:
    """P3, P10; twin: the test above, with the right given."""
    with psycopg.connect(database.owner_url, autocommit=True) as owner:
        owner.execute("REVOKE EXECUTE ON FUNCTION audit_append(text, text) FROM kofu_registry")
        try:
            answer = ask(resident_code="90000000001", clerk="tanaka")
        finally:
            owner.execute("GRANT EXECUTE ON FUNCTION audit_append(text, text) TO kofu_registry")
    assert answer.status_code == 503
    assert "見本" not in answer.text
