"""registry.app: whether card certificates are good, answered to the centre alone (OCSP, CRL), from PostgreSQL."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime

import httpx
import msgspec
import psycopg
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.x509 import ocsp
from tests.center.cards import authority, certificate_of, key_of
from tests.registry.calls import call

from kofu.contracts.registry import SpecimenCard, SpecimenCertificate
from kofu.core.errors import OperatorFault
from kofu.platform.outbox import SendReport
from kofu.registry import app as registry_app
from kofu.registry.app import create_app
from kofu.registry.domain.validity import SerialRecord, validity_on
from kofu.registry.serials import load_serials, revoke

DAY = date(2026, 11, 23)
FILE = """serial,valid_from,valid_to,status
0000000000000000000000000000aa01,2024-01-01,2026-11-23,valid
0000000000000000000000000000aa02,2021-01-01,2026-11-22,valid
0000000000000000000000000000aa03,2024-01-01,2029-01-01,revoked
0000000000000000000000000000aa04,2024-01-01,2029-01-01,suspended
0000000000000000000000000000aa05,2026-11-24,2031-01-01,valid
"""


@pytest.fixture(scope="module")
def database(system_database, tmp_path_factory):
    made = system_database("registry")
    path = tmp_path_factory.mktemp("serials") / "serials.csv"
    path.write_text(FILE, encoding="utf-8")
    with psycopg.connect(made.owner_url) as connection:
        assert load_serials(connection, path) == 5
    return made


def question(serial: str, issuer: str = "ours") -> bytes:
    """An OCSP question about a serial, as the centre writes it."""
    card = x509.load_der_x509_certificate(certificate_of(serial.zfill(32), issuer))
    builder = ocsp.OCSPRequestBuilder().add_certificate(card, authority(issuer).certificate, hashes.SHA256())
    nonce = x509.OCSPNonce(b"n" * 16)
    return builder.add_extension(nonce, critical=False).build().public_bytes(serialization.Encoding.DER)


@pytest.fixture
def ask(database):
    def asking(content: bytes, *, peer="center", today=DAY) -> httpx.Response:
        app = create_app(database.app_url, authority=authority(), today=lambda: today)
        return call(app, "POST", "/v1/ocsp", peer=peer, content=content)

    return asking


def status(answer: httpx.Response) -> str:
    """Read an answer, its signature checked."""
    read = ocsp.load_der_ocsp_response(answer.content)
    key = authority().certificate.public_key()
    key.verify(read.signature, read.tbs_response_bytes, padding.PKCS1v15(), read.signature_hash_algorithm)
    assert read.extensions.get_extension_for_class(x509.OCSPNonce).value.nonce == b"n" * 16
    return read.certificate_status.name


@pytest.mark.storage
@pytest.mark.parametrize(
    ("serial", "expected"),
    [
        ("aa01", "GOOD"),
        ("aa02", "UNKNOWN"),
        ("aa03", "REVOKED"),
        ("aa04", "REVOKED"),
        ("aa05", "UNKNOWN"),
        ("ffff", "UNKNOWN"),
    ],
)
def test_only_a_known_valid_serial_within_its_period_is_good(ask, serial, expected) -> None:
    answer = ask(question(serial))
    assert answer.headers["content-type"] == "application/ocsp-response"
    assert status(answer) == expected


@pytest.mark.storage
def test_another_authoritys_certificate_is_unknown(ask) -> None:
    assert status(ask(question("aa01", "another"))) == "UNKNOWN"


@pytest.mark.storage
@pytest.mark.parametrize("peer", [None, "kiosk-0001", "issuing"])
def test_nobody_but_the_centre_is_answered(ask, peer) -> None:
    answer = ask(question("aa01"), peer=peer)
    assert (answer.status_code, answer.json()["code"]) == (403, "peer_not_allowed")


@pytest.mark.storage
@pytest.mark.parametrize("body", [b"", b"{}", b"0" * 200])
def test_what_is_not_a_question_is_refused(ask, body) -> None:
    answer = ask(body)
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_ocsp_request")


@pytest.mark.storage
def test_the_list_of_revoked_certificates_is_signed_and_holds_no_good_one(database) -> None:
    def ask_for_it(peer: str) -> httpx.Response:
        return call(create_app(database.app_url, authority=authority()), "GET", "/v1/crl", peer=peer)

    crl = x509.load_der_x509_crl(ask_for_it("center").content)
    assert crl.is_signature_valid(authority().certificate.public_key())
    assert crl.get_revoked_certificate_by_serial_number(0xAA03) is not None
    assert crl.get_revoked_certificate_by_serial_number(0xAA01) is None
    assert ask_for_it("kiosk-0001").status_code == 403
    suspended = crl.get_revoked_certificate_by_serial_number(0xAA04)
    reason = suspended.extensions.get_extension_for_class(x509.CRLReason).value.reason
    assert reason is x509.ReasonFlags.certificate_hold


@pytest.mark.storage
def test_a_revocation_is_dated_when_it_happened_in_the_list_and_in_the_answer(database, ask) -> None:
    """RFC 5280 5.1.2.6, RFC 6960 4.2.1: the time of the revocation, not of the answer about it."""
    with psycopg.connect(database.owner_url) as connection:
        since = connection.execute("SELECT status_since FROM card_serial WHERE serial LIKE '%aa03'").fetchone()[0]
    since = since.replace(microsecond=0)
    app = create_app(database.app_url, authority=authority())
    crl = x509.load_der_x509_crl(call(app, "GET", "/v1/crl", peer="center").content)
    assert crl.get_revoked_certificate_by_serial_number(0xAA03).revocation_date_utc == since
    assert ocsp.load_der_ocsp_response(ask(question("aa03")).content).revocation_time_utc == since


@pytest.mark.storage
def test_the_list_is_made_anew_with_each_change_and_not_for_each_question(database) -> None:
    app = create_app(database.app_url, authority=authority())

    async def both():
        async def with_peer(scope, receive, send):
            await app({**scope, "extensions": {"kofu.peer": "center"}}, receive, send)

        transport = httpx.ASGITransport(with_peer)
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=transport, base_url="https://registry") as client,
        ):
            first, second = [(await client.get("/v1/crl")).content for _ in range(2)]
            with psycopg.connect(database.app_url) as connection:
                assert revoke(connection, "aa05".zfill(32))
            return first, second, (await client.get("/v1/crl")).content

    first, second, third = asyncio.run(both())
    assert first == second
    assert x509.load_der_x509_crl(first).get_revoked_certificate_by_serial_number(0xAA05) is None
    assert x509.load_der_x509_crl(third).get_revoked_certificate_by_serial_number(0xAA05) is not None


@pytest.mark.storage
def test_a_virtual_card_gets_a_certificate_without_a_name(database) -> None:
    def ask_for(content: bytes, peer: str = "kiosk-0001") -> httpx.Response:
        app = create_app(database.app_url, authority=authority())
        return call(app, "POST", "/v1/specimen-cards", peer=peer, content=content)

    public = key_of("aa01".zfill(32)).public_key()
    der = public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    wanted = msgspec.json.encode(SpecimenCard(serial="aa01".zfill(32), public_key=der))
    given = ask_for(wanted)
    card = x509.load_der_x509_certificate(msgspec.json.decode(given.content, type=SpecimenCertificate).certificate)
    card.verify_directly_issued_by(authority().certificate)
    assert card.serial_number == 0xAA01
    assert [one.value for one in card.subject] == ["JP", "KOFU SPECIMEN", f"SPECIMEN {'aa01'.zfill(32)}"]
    assert card.not_valid_after_utc == datetime(2026, 11, 23, 14, 59, 59, tzinfo=UTC)
    unknown = msgspec.json.encode(SpecimenCard(serial="ff" * 16, public_key=der))
    assert ask_for(unknown).status_code == 404
    assert ask_for(wanted, "center").status_code == 403
    weak = msgspec.json.encode(SpecimenCard(serial="aa01".zfill(32), public_key=b"k" * 100))
    assert ask_for(weak).status_code == 400


def test_where_papers_are_real_no_virtual_card_gets_a_certificate() -> None:
    """A kiosk that could have a certificate for any serial would need nobody's card."""
    app = create_app("postgresql://nobody@127.0.0.1:1/none", authority=authority(), specimens=False)
    assert "/v1/specimen-cards" not in {route.path for route in app.routes}
    shown = create_app("postgresql://nobody@127.0.0.1:1/none", authority=authority(), specimens=True)
    assert "/v1/specimen-cards" in {route.path for route in shown.routes}


@pytest.mark.parametrize(("method", "path"), [("POST", "/v1/ocsp"), ("GET", "/v1/crl"), ("GET", "/healthz")])
def test_without_a_database_the_answer_is_no_answer(method, path) -> None:
    """P3: the centre takes anything but `good` as a no."""
    app = create_app("postgresql://nobody@127.0.0.1:1/none?connect_timeout=1", authority=authority())
    assert call(app, method, path, peer="center", content=question("aa01")).status_code == 503


@pytest.mark.storage
def test_health_is_told_to_anybody(database) -> None:
    assert call(create_app(database.app_url, authority=authority()), "GET", "/healthz").json() == {"status": "ok"}


@pytest.mark.storage
@pytest.mark.parametrize(
    "text",
    [
        "serial;valid_from\n",
        FILE + "aa06,2024-01-01,never,valid\n",
        FILE + "0000000000000000000000000000aa01,2024-01-01,2029-01-01,valid\n",
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
        assert revoke(connection, "aa01".zfill(32))
        assert not revoke(connection, "ffff")
    assert status(ask(question("aa01"))) == "REVOKED"


@pytest.mark.storage
def test_what_is_revoked_stays_revoked_whatever_an_older_file_says(database, ask, tmp_path) -> None:
    """P7: a negative fact is never lost."""
    path = tmp_path / "serials.csv"
    path.write_text(FILE.replace("2029-01-01,revoked", "2029-01-01,valid"), encoding="utf-8")
    with psycopg.connect(database.owner_url) as connection:
        before = connection.execute("SELECT status_since FROM card_serial WHERE serial LIKE '%aa03'").fetchone()
        load_serials(connection, path)
        assert connection.execute("SELECT status_since FROM card_serial WHERE serial LIKE '%aa03'").fetchone() == before
    assert status(ask(question("aa03"))) == "REVOKED"


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
    record = SerialRecord(date(2024, 1, 1), date(2029, 1, 1), "valid", datetime(2024, 1, 1, tzinfo=UTC))
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

    asyncio.run(run_for_a_moment(create_app(database.app_url, authority=authority(), send_holds=send)))
    assert len(rounds) > 2
