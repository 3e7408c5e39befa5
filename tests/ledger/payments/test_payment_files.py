"""From the bytes of each kind of file to the rows of a batch."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from tests.ledger.payments.payment_files import DAY, HEADER, LAYOUTS, debit

from kofu.core.errors import OperatorFault
from kofu.ledger.debit.codecs.direct_debit import (
    DebitFile,
    DebitResult,
    encode_result,
)
from kofu.ledger.formats.bank_forms import BankForm
from kofu.ledger.formats.layouts_in_use import Layouts
from kofu.ledger.keyed.codecs import punched
from kofu.ledger.keyed.codecs.punched import PunchFile, keyed_layout, slips_layout
from kofu.ledger.keyed.domain.keying import BatchSlip, KeyedPayment
from kofu.ledger.payments.codecs import convenience_reports, electronic
from kofu.ledger.payments.codecs.convenience_reports import ReportFile, StoreReport, reports_layout
from kofu.ledger.payments.codecs.electronic import ElectronicFile, ElectronicPayment, electronic_layout
from kofu.ledger.payments.domain.batches import RowEvent
from kofu.ledger.payments.domain.convenience import ReportEvent
from kofu.ledger.payments.files import KINDS, FilePart, Keying, kind_of, parts_of, reader_for
from kofu.ledger.slips.codecs.barcode import Barcode
from kofu.ledger.slips.codecs.convenience import Slip, SlipKey, barcode_for, barcode_profile
from kofu.ledger.slips.codecs.customer_numbers import customer_number, read_customer_number

KEY = SlipKey(fiscal_year=2026, tax="resident", notice_number="20260012345678901", installment="1")


def read(code: str, data: bytes, keying: Keying | None = None):
    return reader_for(kind_of(code), LAYOUTS, name="file", processed_on=DAY, keying=keying)(data)


def barcode(key: SlipKey = KEY, amount: int = 24_000) -> str:
    made = barcode_for(barcode_profile(LAYOUTS), Slip(key=key, amount=amount, pay_by=date(2026, 6, 30)), printed_on=DAY)
    assert isinstance(made, Barcode)
    return made.digits


def report(event: ReportEvent, **changed) -> StoreReport:
    values = {"barcode": barcode(), "received_on": DAY, "received_at": "120000", "amount": 24_000, "chain": "0001"}
    return StoreReport(event=event, **(values | changed))


def reports(*found: StoreReport) -> bytes:
    header = (("created_on", DAY), ("agency", "MIHON"))
    return convenience_reports.encode(reports_layout(LAYOUTS), ReportFile(reports=found, header=header))


NUMBER = "02026001234567890101"


def test_a_customer_number_leads_back_to_its_installment() -> None:
    assert customer_number(barcode_profile(LAYOUTS), KEY.notice_number, "1") == NUMBER
    assert read_customer_number(barcode_profile(LAYOUTS), NUMBER) == (KEY.notice_number, "1")
    assert customer_number(barcode_profile(LAYOUTS), KEY.notice_number, "99") is None
    assert customer_number(barcode_profile(LAYOUTS), "1", "1") is None
    for foreign in ("2" * 20, NUMBER[:-2] + "99", NUMBER[:-1] + "x", NUMBER[:-1]):
        assert read_customer_number(barcode_profile(LAYOUTS), foreign) is None


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
    found = read(
        "convenience", reports(report(ReportEvent.ADVISE), report(ReportEvent.CONFIRM), report(ReportEvent.CANCEL))
    ).rows
    assert [row.event for row in found] == [RowEvent.ADVISE, RowEvent.PAY, RowEvent.CANCEL]
    assert {(row.notice_number, row.installment) for row in found} == {("20260012345678901", "1")}
    assert len({row.key for row in found}) == 1


def test_a_second_payment_of_one_slip_has_a_key_of_its_own() -> None:
    first, second = read(
        "convenience", reports(report(ReportEvent.CONFIRM), report(ReportEvent.CONFIRM, received_at="120100"))
    ).rows
    assert first.key != second.key


def test_a_barcode_that_is_wrong_leaves_the_good_rows() -> None:
    """確報 with one bad barcode among good ones: a problem at its line, its money known, the others without one."""
    wrong = barcode()[:-1] + str((int(barcode()[-1]) + 1) % 10)
    reading = read("convenience", reports(report(ReportEvent.CONFIRM), report(ReportEvent.CONFIRM, barcode=wrong)))
    good, bad = reading.rows
    assert [(problem.line, problem.code) for problem in reading.problems] == [(bad.line, "barcode_wrong")]
    assert (good.notice_number, bad.notice_number, bad.amount) == ("20260012345678901", "", 24_000)


def test_a_record_that_cannot_be_read_leaves_the_good_rows() -> None:
    data = reports(report(ReportEvent.CONFIRM), report(ReportEvent.CONFIRM, received_at="120100"))
    place = data.rindex(b"120100")
    reading = read("convenience", data[:place] + b"\x8012010"[:6] + data[place + 6 :])
    (good,) = reading.rows
    (problem,) = reading.problems
    assert (good.line, problem.line) == (2, 3)


def test_an_answer_that_differs_from_its_request_in_one_line_leaves_the_others() -> None:
    other = NUMBER[:-1] + "2"
    asked = DebitFile(header=HEADER, lines=(debit(NUMBER, DebitResult.PAID), debit(other, DebitResult.PAID)))
    answer = replace(asked, lines=(replace(asked.lines[0], amount=24_001), asked.lines[1]))
    reader = reader_for(kind_of("debit_result"), LAYOUTS, name="file", processed_on=DAY, requested=lambda _: [asked])
    reading = reader(encode_result(answer))
    assert len(reading.rows) == 2
    assert [(problem.line, problem.code) for problem in reading.problems] == [(2, "altered")]


def test_each_group_of_a_bank_s_file_is_a_file_of_its_own() -> None:
    """持込規格 of the 信用金庫 (マルチファイル): each its own batch, answering a part of the request."""
    other = NUMBER[:-1] + "2"
    asked = DebitFile(header=HEADER, lines=(debit(NUMBER, DebitResult.PAID), debit(other, DebitResult.PAID)))
    groups = [encode_result(replace(asked, lines=(line,))) for line in asked.lines]
    data = groups[0][:-122] + groups[1]
    kind = kind_of("debit_result")
    parts = parts_of(kind, "kekka.txt", data, processed_on=DAY)
    assert [part.name for part in parts] == ["kekka.txt（1/2）", "kekka.txt（2/2）"]
    for part in parts:
        reader = reader_for(
            kind, LAYOUTS, name=part.name, processed_on=DAY, requested=lambda _: [asked], whole=part.whole
        )
        reading = reader(part.content)
        assert (len(reading.rows), reading.problems) == (1, ())


def test_a_group_that_is_not_whole_is_held_and_the_others_are_rows() -> None:
    """The second group lost its trailer on the way: the first is money that came in, and says nothing of the others."""
    asked = DebitFile(
        header=HEADER,
        lines=tuple(debit(NUMBER[:-1] + end, DebitResult.PAID) for end in "123"),
    )
    groups = [encode_result(replace(asked, lines=(line,))) for line in asked.lines]
    data = groups[0][:-122] + groups[1][:-244] + groups[2]
    kind = kind_of("debit_result")
    readings = [
        reader_for(kind, LAYOUTS, name=part.name, processed_on=DAY, requested=lambda _: [asked], whole=part.whole)(
            part.content
        )
        for part in parts_of(kind, "kekka.txt", data, processed_on=DAY)
    ]
    assert [(len(one.rows), [problem.code for problem in one.problems]) for one in readings] == [
        (1, []),
        (0, ["trailer_missing", "end_missing"]),
        (1, []),
    ]


def test_a_bank_that_is_to_send_one_file_for_each_header_is_asked_for_it() -> None:
    file = encode_result(DebitFile(header=HEADER, lines=(debit(NUMBER, DebitResult.PAID),)))
    strict = [BankForm(bank_code="0001", reads=frozenset())]
    kind = kind_of("debit_result")
    data = file[:-122] + file.replace(b"0000024000", b"0000024001").replace(b"000000024000", b"000000024001")
    (part,) = parts_of(kind, "x", data, forms=strict, processed_on=DAY)
    assert part == FilePart("x", data)
    (problem,) = reader_for(kind, LAYOUTS, name="x", processed_on=DAY, forms=strict)(data).problems
    assert problem.code == "several_files"


def test_a_group_that_stands_twice_is_asked_about() -> None:
    file = encode_result(DebitFile(header=HEADER, lines=(debit(NUMBER, DebitResult.PAID),)))
    with pytest.raises(OperatorFault) as refused:
        parts_of(kind_of("debit_result"), "x", file[:-122] + file, processed_on=DAY)
    assert refused.value.code == "group_twice"


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
    (row,) = read("electronic", electronic.encode(electronic_layout(LAYOUTS), ElectronicFile(payments=(payment,)))).rows
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
    return punched.encode_payments(keyed_layout(LAYOUTS), PunchFile(items=payments))


def slips(count: int, total: int) -> bytes:
    slip = BatchSlip(batch_number="000001", count=count, total=total, made_on=DAY)
    return punched.encode_slips(slips_layout(LAYOUTS), PunchFile(items=(slip,)))


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
def test_a_paper_that_does_not_agree_is_a_problem_at_its_line(second, slip, code: str) -> None:
    reading = read("keyed", keyings(keyed()), Keying(keyings(second), slips(*slip)))
    assert {(problem.line, problem.code) for problem in reading.problems} == {(reading.rows[0].line, code)}


def test_what_agrees_beside_a_paper_that_does_not_stays_without_a_problem() -> None:
    other = keyed(2, notice_number="20260012345678902")
    second = keyings(keyed(amount=42_000), other)
    reading = read("keyed", keyings(keyed(), other), Keying(second, slips(2, 50_000)))
    bad = {problem.line for problem in reading.problems}
    assert [row.notice_number for row in reading.rows if row.line not in bad] == ["20260012345678902"]


def test_no_paper_of_a_bundle_that_does_not_come_out_stays_without_a_problem() -> None:
    data = keyings(keyed(), keyed(2, notice_number="20260012345678902"))
    reading = read("keyed", data, Keying(data, slips(3, 75_000)))
    assert {row.line for row in reading.rows} == {problem.line for problem in reading.problems}


def test_a_keyed_record_that_cannot_be_read_leaves_the_others() -> None:
    data = keyings(keyed(), keyed(2, notice_number="20260012345678902"))
    broken = data.replace(b"20260012345678902", b"2026001234567890X")
    reading = read("keyed", broken, Keying(data, slips(2, 50_000)))
    (row,) = reading.rows
    assert {problem.code for problem in reading.problems} == {"not_digits", "keyings_differ"}
    assert row.line not in {problem.line for problem in reading.problems}  # with the second keying's it comes out


def test_a_record_neither_keying_has_readable_keeps_its_bundle_from_coming_out() -> None:
    data = keyings(keyed(), keyed(2, notice_number="20260012345678902"))
    broken = data.replace(b"20260012345678902", b"2026001234567890X")
    reading = read("keyed", broken, Keying(broken, slips(2, 50_000)))
    (row,) = reading.rows
    assert {problem.code for problem in reading.problems} >= {"not_digits", "bundle_count"}
    assert row.line in {problem.line for problem in reading.problems}


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
        _ = reports_layout(Layouts(None, specimen=False))
    assert refused.value.code == "no_layout"


def test_a_municipality_s_own_layouts_are_read_from_its_folder(tmp_path) -> None:
    with pytest.raises(OperatorFault) as refused:
        _ = barcode_profile(Layouts(tmp_path, specimen=False))
    assert "barcode.toml" in refused.value.message
