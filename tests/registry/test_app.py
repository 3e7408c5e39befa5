"""registry.app: the validity of serials, answered to the centre alone, from the real PostgreSQL."""

from __future__ import annotations

import asyncio
from datetime import date

import httpx
import psycopg
import pytest

from kofu.core.errors import OperatorFault
from kofu.registry import app as registry_app
from kofu.registry.app import create_app
from kofu.registry.domain.validity import SerialRecord, validity_on
from kofu.registry.send_hold import SendReport
from kofu.registry.serials import load_serials, revoke

DAY = date(2026, 11, 23)
FILE = """serial,valid_from,valid_to,status
aa01,2024-01-01,2026-11-23,valid
aa02,2021-01-01,2026-11-22,valid
aa03,2024-01-01,2029-01-01,revoked
aa04,2024-01-01,2029-01-01,suspended
aa05,2026-11-24,2031-01-01,valid
"""


def call(app, method, path, *, peer=None, json=None) -> httpx.Response:
    """Call the app as the server runs it: the peer's common name comes from the verified client certificate."""

    async def with_peer(scope, receive, send):
        extensions = {"kofu.peer": peer} if peer else {}
        await app({**scope, "extensions": extensions}, receive, send)

    async def calling():
        transport = httpx.ASGITransport(with_peer)
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=transport, base_url="https://registry") as client,
        ):
            return await client.request(method, path, json=json)

    return asyncio.run(calling())


@pytest.fixture(scope="module")
def database(system_database, tmp_path_factory):
    made = system_database("registry")
    path = tmp_path_factory.mktemp("serials") / "serials.csv"
    path.write_text(FILE, encoding="utf-8")
    with psycopg.connect(made.owner_url) as connection:
        assert load_serials(connection, path) == 5
    return made


@pytest.fixture
def ask(database):
    def asking(json, *, peer="center", today=DAY):
        app = create_app(database.app_url, today=lambda: today)
        return call(app, "POST", "/v1/certificate-validity", peer=peer, json=json)

    return asking


@pytest.mark.storage
@pytest.mark.parametrize(
    ("serial", "status"),
    [
        ("aa01", "good"),
        ("aa02", "expired"),
        ("aa03", "revoked"),
        ("aa04", "revoked"),
        ("aa05", "unknown"),
        ("ffff", "unknown"),
    ],
)
def test_only_a_known_valid_serial_within_its_period_is_good(ask, serial, status) -> None:
    answer = ask({"serial": serial})
    assert answer.status_code == 200
    assert answer.json() == {"serial": serial, "status": status}


@pytest.mark.storage
@pytest.mark.parametrize("peer", [None, "kiosk", "issuing"])
def test_nobody_but_the_centre_is_answered(ask, peer) -> None:
    answer = ask({"serial": "aa01"}, peer=peer)
    assert (answer.status_code, answer.json()["code"]) == (403, "peer_not_allowed")


@pytest.mark.storage
@pytest.mark.parametrize("body", [{}, {"serial": "AA01"}, {"serial": "aa01", "more": 1}, [], {"serial": "a" * 5000}])
def test_what_is_not_a_question_is_refused(ask, body) -> None:
    answer = ask(body)
    assert answer.status_code in (400, 413)
    assert answer.json()["blame"] == "peer"


@pytest.mark.parametrize(("method", "path"), [("POST", "/v1/certificate-validity"), ("GET", "/healthz")])
def test_without_a_database_the_answer_is_no_answer(method, path) -> None:
    """P3: the centre takes anything but `good` as a no."""
    app = create_app("postgresql://nobody@127.0.0.1:1/none?connect_timeout=1")
    assert call(app, method, path, peer="center", json={"serial": "aa01"}).status_code == 503


@pytest.mark.storage
def test_health_is_told_to_anybody(database) -> None:
    assert call(create_app(database.app_url), "GET", "/healthz").json() == {"status": "ok"}


@pytest.mark.storage
@pytest.mark.parametrize(
    "text",
    [
        "serial;valid_from\n",
        FILE + "aa06,2024-01-01,never,valid\n",
        FILE + "aa01,2024-01-01,2029-01-01,valid\n",
        FILE + "aa06,2024-01-01,2029-01-01,perhaps\n",
        FILE + "aa06,2024-01-01\n",
    ],
    ids=["header", "date", "twice", "status", "short"],
)
def test_a_broken_file_of_serials_changes_nothing(database, tmp_path, text) -> None:
    path = tmp_path / "serials.csv"
    path.write_text(text, encoding="utf-8")
    with psycopg.connect(database.owner_url) as connection:
        with pytest.raises(OperatorFault, match=r"serials\.csv"):
            load_serials(connection, path)
        assert connection.execute("SELECT count(*) FROM card_serial").fetchone() == (5,)


@pytest.mark.storage
def test_a_revocation_counts_from_the_next_question_on(database, ask, tmp_path) -> None:
    with psycopg.connect(database.app_url) as connection:
        assert revoke(connection, "aa01")
        assert not revoke(connection, "ffff")
    assert ask({"serial": "aa01"}).json()["status"] == "revoked"


@pytest.mark.storage
def test_the_running_role_can_neither_add_serials_nor_revive_their_period(database) -> None:
    for statement in (
        "INSERT INTO card_serial VALUES ('bb', '2024-01-01', '2029-01-01', 'valid')",
        "UPDATE card_serial SET valid_to = '2099-01-01'",
        "DELETE FROM card_serial",
        "DELETE FROM hold_outbox",
        "UPDATE hold_outbox SET body = ''",
    ):
        with psycopg.connect(database.app_url) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(statement)


def test_a_certificate_is_good_on_its_first_and_its_last_day() -> None:
    record = SerialRecord(date(2024, 1, 1), date(2029, 1, 1), "valid")
    answers = [
        validity_on(record, day) for day in (date(2023, 12, 31), record.valid_from, record.valid_to, date(2029, 1, 2))
    ]
    assert answers == ["unknown", "good", "good", "expired"]


@pytest.mark.storage
def test_holds_that_wait_are_sent_again_and_again_while_the_registry_runs(database, monkeypatch) -> None:
    """P7: whoever put the hold need not come back when `issuing` was down."""
    rounds: list[int] = []
    monkeypatch.setattr(registry_app, "SECONDS_BETWEEN_ROUNDS", 0.01)

    def send() -> SendReport:
        rounds.append(1)
        if len(rounds) == 1:
            raise psycopg.OperationalError("the database was restarted")
        return SendReport(delivered=0, waiting=1, failures=("unreachable",))

    async def run_for_a_moment(app):
        async with app.router.lifespan_context(app):
            for _ in range(500):
                if len(rounds) > 2:
                    return
                await asyncio.sleep(0.01)

    asyncio.run(run_for_a_moment(create_app(database.app_url, send_holds=send)))
    assert len(rounds) > 2
