"""Every file that goes out is kept sealed and can be had again, byte for byte, on record, until its time is over."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql
from tests.ledger.overpayments.refunds import ACCOUNT, CHIEF, CLERK, RULES, overpaid, proposed
from tests.ledger.small_ledger import DUE, WARD, by, new_ledger
from tests.older_schema import begin_at

from kofu.core.errors import OperatorFault, OurFault
from kofu.ledger.debit.mandates import register_mandate
from kofu.ledger.debit.request_debits import content_of, request_debits
from kofu.ledger.deliveries.deliveries import Bundle, DeliveryKind, make_delivery, slips_of
from kofu.ledger.formats.layouts_in_use import Layouts
from kofu.ledger.keyed.codecs.punched import slips_layout
from kofu.ledger.overpayments import refund
from kofu.ledger.overpayments.pay import MadeTransfers, pay_refunds
from kofu.ledger.profile.ledger_profile import ledger_profile
from kofu.ledger.sent_files import stored_files
from kofu.ledger.sent_files.answers import outgoing_files
from kofu.ledger.sent_files.stored_files import erase_old_files, have_again, store_file
from kofu.ledger.slips.codecs.convenience import barcode_profile
from kofu.platform.migrate import migrate
from kofu.platform.sealing import Seal

pytestmark = pytest.mark.storage
PROFILE = ledger_profile(WARD)
ON = date(2026, 12, 15)
PAYEE = replace(ACCOUNT, holder="ﾐﾎﾝ ﾀﾛｳ")


@pytest.fixture
def connection(system_database) -> Iterator[psycopg.Connection]:
    with psycopg.connect(system_database("ledger").app_url, autocommit=True) as opened:
        yield opened


def transfers(connection: psycopg.Connection) -> MadeTransfers:
    """Pay a refund of one person: the file of 総合振込, as its maker had it once."""
    overpaid(connection, "1", paid=500_000, reduced=400_000, owed=30_000)
    case = proposed(connection, "1")
    refund.approve(connection, case, rules=RULES, acting=CHIEF)
    refund.notify(connection, case, papers=["還付通知書"], acting=CLERK)
    refund.claim(
        connection, case, PAYEE, claimed_on=date(2026, 11, 20), source="請求書", rules=RULES, acting=CLERK,
        holder_confirmed="本人の口座",
    )  # fmt: skip
    return pay_refunds(connection, WARD, PROFILE.transfer, on=ON, answers=PROFILE.answer_rules, acting=CHIEF)


def everything_in(connection: psycopg.Connection) -> Iterator[tuple[str, bytes]]:
    """Every value of every table, as bytes, with its table's name."""
    columns = connection.execute(
        "SELECT table_name, column_name, data_type FROM information_schema.columns WHERE table_schema = 'public'"
    ).fetchall()
    for table, column, kind in columns:
        cast = sql.SQL("{}") if kind == "bytea" else sql.SQL("convert_to({}::text, 'UTF8')")
        statement = sql.SQL("SELECT {} FROM {} WHERE {} IS NOT NULL").format(
            cast.format(sql.Identifier(column)), sql.Identifier(table), sql.Identifier(column)
        )
        for (value,) in connection.execute(statement):
            yield table, bytes(value)


def test_a_transfer_file_that_was_lost_is_had_again_byte_for_byte_and_on_record(connection) -> None:
    made = transfers(connection)
    (file,) = outgoing_files(connection, WARD, waiting=True)
    stored = stored_files.stored_files(connection, WARD)[file.id]
    assert (stored.name, stored.size, stored.sha256) == (
        made.name, len(made.content), hashlib.sha256(made.content).hexdigest(),
    )  # fmt: skip
    assert have_again(connection, WARD, file.id, acting=by("chief")) == (made.name, made.content)
    recorded = [str(body) for (body,) in connection.execute("SELECT body FROM audit_entry")]
    assert [str(file.id) in body for body in recorded if "outgoing.again" in body] == [True]
    with pytest.raises(OperatorFault) as refused:
        have_again(connection, "131041", file.id, acting=by("chief"))
    assert refused.value.code == "file_unknown"


def test_the_database_holds_no_plain_text_of_a_file_that_went_out(system_database) -> None:
    database = system_database("ledger")
    with psycopg.connect(database.app_url, autocommit=True) as connection:
        made = transfers(connection)
    record = next(line for line in made.content.split(b"\r\n") if line.startswith(b"2"))
    parts = (made.content, record, record[:60], record.decode("shift_jis").encode())
    with psycopg.connect(database.owner_url) as owner:
        assert [table for table, value in everything_in(owner) if any(part in value for part in parts)] == []


def test_the_look_for_plain_text_would_see_it(system_database) -> None:
    """The twin: the same look finds what is stored as it is."""
    with psycopg.connect(system_database("ledger").owner_url, autocommit=True) as owner:
        owner.execute(
            "INSERT INTO sealed_content (file_id, key_id, sealed) VALUES (%s, '', %s)",
            [stored_plain(owner), b"29900xyz"],
        )
        assert [table for table, value in everything_in(owner) if b"29900xyz" in value] == ["sealed_content"]


def stored_plain(connection: psycopg.Connection):
    file_id = uuid4()
    connection.execute(
        "INSERT INTO stored_file (id, municipality_code, kind, name, size, sha256, keep_until, made_by, made_at)"
        " VALUES (%s, %s, 'other', 'x', 1, '', '2026-01-01', 'x', now())",
        [file_id, WARD],
    )
    return file_id


def stored(connection: psycopg.Connection, content: bytes = b"2" * 120, keep_days: int = 366):
    file_id = uuid4()
    store_file(
        connection, WARD, file_id=file_id, kind="other", name="x.txt", content=content, reference=None,
        keep_days=keep_days, acting=CLERK,
    )  # fmt: skip
    return file_id


def test_without_its_key_a_file_does_not_open_and_says_which_key_is_missing(connection, monkeypatch) -> None:
    file = stored(connection)
    monkeypatch.setattr(stored_files, "seal_of_files", lambda: Seal(b"x" * 32))
    with pytest.raises(OperatorFault) as refused:
        have_again(connection, WARD, file, acting=CHIEF)
    assert refused.value.code == "other_key"


def test_what_was_altered_or_put_in_another_place_does_not_open() -> None:
    seal = Seal(b"k" * 32)
    sealed = seal.seal(b"content", "a")
    assert seal.open(sealed, "a", key_id=seal.key_id) == b"content"
    assert sealed != seal.seal(b"content", "a")
    for broken, place in ((sealed, "b"), (sealed[:-1] + bytes([sealed[-1] ^ 1]), "a"), (b"", "a")):
        with pytest.raises(OurFault):
            seal.open(broken, place, key_id=seal.key_id)


def test_its_content_is_erased_when_its_time_is_over_and_its_digest_stays(connection) -> None:
    file = stored(connection, keep_days=366)
    last = replace(CLERK, now=CLERK.now + timedelta(days=366))
    assert erase_old_files(connection, WARD, acting=last) == 0
    assert erase_old_files(connection, WARD, acting=replace(last, now=last.now + timedelta(days=1))) == 1
    left = stored_files.stored_files(connection, WARD)[file]
    assert (left.there, left.size, len(left.sha256)) == (False, 120, 64)
    with pytest.raises(OperatorFault) as refused:
        have_again(connection, WARD, file, acting=CHIEF)
    assert refused.value.code == "file_erased"


def test_nobody_changes_what_is_stored(connection) -> None:
    stored(connection)
    for statement in (
        "UPDATE stored_file SET sha256 = ''", "DELETE FROM stored_file", "UPDATE sealed_content SET sealed = ''",
    ):  # fmt: skip
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(statement)


def test_slips_of_a_delivery_are_sealed_and_go_out_the_same_again(connection) -> None:
    slips = slips_layout(Layouts(None, specimen=True))
    made = make_delivery(
        connection, WARD, DeliveryKind.PAYMENTS, [Bundle(1, 1_000)], slips, answers=PROFILE.answer_rules, acting=CLERK
    )
    _, content = slips_of(connection, WARD, made)
    (file,) = outgoing_files(connection, WARD, waiting=True)
    assert have_again(connection, WARD, file.id, acting=CHIEF)[1] == content


def test_a_request_of_debits_is_sealed_and_goes_out_the_same_again(system_database) -> None:
    clerk = by("clerk")
    with psycopg.connect(new_ledger(system_database).app_url, autocommit=True) as connection:
        register_mandate(
            connection, WARD, "3", PAYEE, applied_on=date(2026, 4, 1), starts_on=date(2026, 4, 1), acting=clerk
        )
        made = request_debits(
            connection, WARD, PROFILE.debit, barcode_profile(Layouts(None, specimen=True)), debit_on=DUE,
            answers=PROFILE.answer_rules, acting=clerk,
        )  # fmt: skip
        assert content_of(connection, WARD, made.request_id) == (made.name, made.content)
        (file,) = outgoing_files(connection, WARD, waiting=True)
        assert have_again(connection, WARD, file.id, acting=clerk) == (made.name, made.content)


def test_what_was_kept_in_the_clear_is_sealed_when_the_program_is_renewed(system_database) -> None:
    database, made, content = system_database("ledger"), uuid4(), b"1910" + b"x" * 116
    begin_at(database, "ledger", "0029")
    with psycopg.connect(database.owner_url) as owner:
        owner.execute(
            "INSERT INTO debit_request (id, municipality_code, number, debit_on, name, sha256, content, rows, total,"
            " made_by, made_at) VALUES (%s, %s, 1, '2026-06-30', 'kouza.txt', '', %s, 1, 1, 'clerk', now())",
            [made, WARD, content],
        )
    migrate("ledger", database.owner_url)
    with psycopg.connect(database.app_url, autocommit=True) as connection:
        assert content_of(connection, WARD, made) == ("kouza.txt", content)
    with psycopg.connect(database.owner_url) as owner:
        assert [table for table, value in everything_in(owner) if content in value] == []
