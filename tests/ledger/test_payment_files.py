"""From the bytes of each kind of file to the rows of a batch."""

from __future__ import annotations

from datetime import date

import pytest

from kofu.core.errors import OperatorFault
from kofu.ledger.codecs import convenience_reports, electronic, punched
from kofu.ledger.codecs.barcode import Barcode
from kofu.ledger.codecs.convenience import Slip, SlipKey, barcode_for
from kofu.ledger.codecs.convenience_reports import Report, ReportFile
from kofu.ledger.codecs.customer_numbers import customer_number, read_customer_number
from kofu.ledger.codecs.direct_debit import (
    DebitDeposit,
    DebitFile,
    DebitHeader,
    DebitLine,
    DebitResult,
    NewCode,
    encode_result,
)
from kofu.ledger.codecs.electronic import ElectronicFile, ElectronicPayment
from kofu.ledger.codecs.punched import PunchFile
from kofu.ledger.domain.batches import RowEvent
from kofu.ledger.domain.convenience import Event
from kofu.ledger.domain.keying import BatchSlip, KeyedPayment
from kofu.ledger.layouts_in_use import Layouts
from kofu.ledger.payment_files import KINDS, Keying, kind_of, reader_for

DAY = date(2026, 6, 29)
LAYOUTS = Layouts(None, specimen=True)
KEY = SlipKey(fiscal_year=2026, tax="resident", notice_number="20260012345678901", installment="1")


def read(code: str, data: bytes, keying: Keying | None = None):
    return reader_for(kind_of(code), LAYOUTS, name="file", processed_on=DAY, keying=keying)(data)


def barcode(key: SlipKey = KEY, amount: int = 24_000) -> str:
    made = barcode_for(LAYOUTS.barcode, Slip(key=key, amount=amount, pay_by=date(2026, 6, 30)), printed_on=DAY)
    assert isinstance(made, Barcode)
    return made.digits


def report(event: Event, **changed) -> Report:
    values = {"barcode": barcode(), "received_on": DAY, "received_at": "120000", "amount": 24_000, "chain": "0001"}
    return Report(event=event, **(values | changed))


def reports(*found: Report) -> bytes:
    header = (("created_on", DAY), ("agency", "MIHON"))
    return convenience_reports.encode(LAYOUTS.reports, ReportFile(reports=found, header=header))


def debit(number: str, result: DebitResult) -> DebitLine:
    return DebitLine(
        bank_code="9900",
        bank_name="ﾕｳﾁﾖ",
        branch_code="058",
        branch_name="ｾﾞﾛｺﾞﾊﾁ",
        deposit=DebitDeposit.ORDINARY,
        account_number="1234567",
        holder_kana="ﾐﾎﾝ ﾀﾛｳ",
        amount=24_000,
        new_code=NewCode.OTHER,
        customer_number=number,
        result=result,
    )


HEADER = DebitHeader(
    consignor_code="0000012345", consignor_name="ﾐﾎﾝｸ", debit_on=DAY, bank_code="0001", bank_name="ﾐﾎﾝ"
)


NUMBER = "02026001234567890101"


def test_a_customer_number_leads_back_to_its_installment() -> None:
    assert customer_number(LAYOUTS.barcode, KEY.notice_number, "1") == NUMBER
    assert read_customer_number(LAYOUTS.barcode, NUMBER) == (KEY.notice_number, "1")
    assert customer_number(LAYOUTS.barcode, KEY.notice_number, "99") is None
    assert customer_number(LAYOUTS.barcode, "1", "1") is None
    for foreign in ("2" * 20, NUMBER[:-2] + "99", NUMBER[:-1] + "x", NUMBER[:-1]):
        assert read_customer_number(LAYOUTS.barcode, foreign) is None


def test_a_debit_that_was_paid_is_money_and_one_that_was_not_keeps_its_reason() -> None:
    number, other = NUMBER, NUMBER[:-1] + "2"
    file = DebitFile(header=HEADER, lines=(debit(number, DebitResult.PAID), debit(other, DebitResult.SHORT_OF_FUNDS)))
    paid, failed = read("debit_result", encode_result(file)).rows
    assert (paid.event, paid.notice_number, paid.installment, paid.amount) == (
        RowEvent.PAY,
        "20260012345678901",
        "1",
        24_000,
    )
    assert (failed.event, failed.result, failed.counts) == (RowEvent.FAIL, "1", False)


def test_a_debit_of_a_number_that_is_none_of_ours_is_money_without_a_notice() -> None:
    file = DebitFile(header=HEADER, lines=(debit("9" * 20, DebitResult.PAID),))
    (row,) = read("debit_result", encode_result(file)).rows
    assert (row.event, row.notice_number) == (RowEvent.PAY, "")


def test_reports_of_stores_name_the_installment_of_the_barcode() -> None:
    found = read("convenience", reports(report(Event.ADVISE), report(Event.CONFIRM), report(Event.CANCEL))).rows
    assert [row.event for row in found] == [RowEvent.ADVISE, RowEvent.PAY, RowEvent.CANCEL]
    assert {(row.notice_number, row.installment) for row in found} == {("20260012345678901", "1")}
    assert len({row.key for row in found}) == 1


def test_a_second_payment_of_one_slip_has_a_key_of_its_own() -> None:
    first, second = read(
        "convenience", reports(report(Event.CONFIRM), report(Event.CONFIRM, received_at="120100"))
    ).rows
    assert first.key != second.key


def test_an_electronic_payment_is_known_by_its_transaction() -> None:
    payment = ElectronicPayment(
        transaction="T1",
        method="ペイジー",
        notice_number="20260012345678901",
        installment="1",
        received_on=DAY,
        amount=24_000,
        fiscal_year=2026,
        tax="resident",
    )
    (row,) = read("electronic", electronic.encode(LAYOUTS.electronic, ElectronicFile(payments=(payment,)))).rows
    assert (row.key, row.amount, row.notice_number) == ("T1", 24_000, "20260012345678901")


def keyed(sequence: int = 1, **changed) -> KeyedPayment:
    values = {
        "batch_number": "000001",
        "notice_number": "20260012345678901",
        "installment": "1",
        "amount": 24_000,
        "interest": 1_000,
        "received_on": DAY,
        "fiscal_year": 2026,
        "tax": "resident",
        "place": "0001",
    }
    return KeyedPayment(sequence=sequence, **(values | changed))


def keyings(*payments: KeyedPayment) -> bytes:
    return punched.encode_payments(LAYOUTS.keyed, PunchFile(items=payments))


def slips(count: int, total: int) -> bytes:
    slip = BatchSlip(batch_number="000001", count=count, total=total, made_on=DAY)
    return punched.encode_slips(LAYOUTS.slips, PunchFile(items=(slip,)))


def test_papers_keyed_twice_the_same_are_taken_in() -> None:
    data = keyings(keyed(1), keyed(2, notice_number="20260012345678902"))
    reading = read("keyed", data, Keying(data, slips(2, 50_000)))
    assert reading.problems == ()
    assert [(row.amount, row.interest) for row in reading.rows] == [(25_000, 1_000)] * 2
    assert (reading.stated_rows, reading.stated_total) == (2, 50_000)


@pytest.mark.parametrize(
    ("second", "slip", "code"),
    [
        (keyed(amount=42_000), (1, 25_000), "keyings_differ"),
        (keyed(), (2, 25_000), "bundle_count"),
        (keyed(), (1, 26_000), "bundle_total"),
    ],
)
def test_papers_that_do_not_agree_are_taken_in_not_at_all(second, slip, code: str) -> None:
    reading = read("keyed", keyings(keyed()), Keying(keyings(second), slips(*slip)))
    assert reading.rows == ()
    assert {problem.code for problem in reading.problems} == {code}


def test_papers_keyed_once_only_are_refused_before_reading() -> None:
    with pytest.raises(OperatorFault) as refused:
        read("keyed", keyings(keyed()))
    assert refused.value.code == "keying_missing"


@pytest.mark.parametrize("kind", [kind for kind in KINDS if not kind.keyed_twice], ids=lambda kind: kind.code)
def test_a_file_that_is_something_else_has_problems_and_no_rows(kind) -> None:
    reading = read(kind.code, b"\x89PNG\r\n\x1a\n")
    assert reading.rows == ()
    assert reading.problems


def test_without_layouts_of_its_own_only_a_demonstration_reads_files() -> None:
    with pytest.raises(OperatorFault) as refused:
        _ = Layouts(None, specimen=False).reports
    assert refused.value.code == "no_layout"


def test_a_municipality_s_own_layouts_are_read_from_its_folder(tmp_path) -> None:
    with pytest.raises(OperatorFault) as refused:
        _ = Layouts(tmp_path, specimen=False).barcode
    assert "barcode.toml" in refused.value.message
