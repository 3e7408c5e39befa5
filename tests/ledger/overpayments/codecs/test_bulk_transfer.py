"""総合振込 in the banks' common format: refunds to accounts."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.ledger.damage import damaged

from kofu.core.errors import OperatorFault
from kofu.ledger.formats.fixed_width import Newline
from kofu.ledger.formats.problems import FileRefused
from kofu.ledger.formats.zengin_kana import EDI_CHARACTERS, NAME_CHARACTERS, unfit_at
from kofu.ledger.overpayments.codecs.bulk_transfer import (
    LAYOUT,
    OwnDeposit,
    TransferDeposit,
    TransferDesignation,
    TransferFile,
    TransferHeader,
    TransferNewCode,
    TransferRecord,
    decode,
    encode,
)

GOLDEN = Path(__file__).parents[2] / "golden" / "bulk_transfer.txt"
DAY = date(2026, 12, 28)
FILE = TransferFile(
    header=TransferHeader(
        consignor_code="0000054321",
        consignor_name="ﾐﾎﾝｸ ｶｲｹｲｶﾝﾘｼﾔ",
        transfer_on=date(2027, 1, 5),
        bank_code="0001",
        bank_name="ﾐﾎﾝ",
        branch_code="001",
        branch_name="ﾎﾝﾃﾝ",
        deposit=OwnDeposit.CURRENT,
        account_number="0000001",
    ),
    lines=(
        TransferRecord(
            bank_code="9900",
            bank_name="ﾕｳﾁﾖ",
            branch_code="058",
            branch_name="ｾﾞﾛｺﾞﾊﾁ",
            deposit=TransferDeposit.ORDINARY,
            account_number="1234567",
            recipient_kana="ﾐﾎﾝ ﾀﾛｳ",
            amount=3_400,
            new_code=TransferNewCode.FIRST,
            reference="00000000000000000017",
        ),
        TransferRecord(
            bank_code="0005",
            bank_name="",
            branch_code="123",
            branch_name="",
            deposit=TransferDeposit.SAVINGS,
            account_number="0000042",
            recipient_kana="ﾐﾎﾝ ﾊﾅｺ",
            amount=120_000,
            new_code=TransferNewCode.OTHER,
            reference="R8 ｶﾝﾌﾟ/18",
            edi=True,
            designation=TransferDesignation.DOCUMENT,
        ),
    ),
)


def test_every_record_has_120_bytes() -> None:
    LAYOUT.check()
    assert LAYOUT.length == 120


def test_the_file_is_the_golden_one_to_the_byte_and_its_day_lies_in_the_new_year() -> None:
    golden = GOLDEN.read_bytes()
    assert encode(FILE) == golden
    assert decode(golden, file="golden", processed_on=DAY) == FILE
    assert FILE.total == 123_400


@pytest.mark.parametrize(
    "change",
    [
        {"recipient_kana": ""},
        {"recipient_kana": "見本"},
        {"amount": 0},
        {"amount": -1},
        {"amount": 10**10},
        {"reference": "17"},
        {"edi": True, "reference": "小"},
        {"branch_code": "58"},
        {"account_number": "12345678"},
    ],
)
def test_a_transfer_the_bank_would_send_back_is_not_sent(change) -> None:
    with pytest.raises(OperatorFault, match="data record 1"):
        encode(replace(FILE, lines=(replace(FILE.lines[0], **change),)))


def test_a_reference_that_is_neither_digits_nor_marked_edi_is_refused() -> None:
    data = encode(FILE).replace(b"00000000000000000017", b"0000000000000000001X")
    with pytest.raises(FileRefused, match="position 92, 顧客コード"):
        decode(data, file="x", processed_on=DAY)


def test_totals_that_do_not_come_out_refuse_the_file() -> None:
    data = encode(FILE).replace(b"000000123400", b"000000123401")
    with pytest.raises(FileRefused, match="合計金額"):
        decode(data, file="x", processed_on=DAY)


names = (
    st.text(st.sampled_from(sorted(NAME_CHARACTERS)), max_size=15)
    .map(lambda text: text.rstrip(" "))
    .filter(lambda text: unfit_at(text) is None)
)
plain = st.builds(
    TransferRecord,
    bank_code=st.from_regex(r"[0-9]{4}", fullmatch=True),
    bank_name=names,
    branch_code=st.from_regex(r"[0-9]{3}", fullmatch=True),
    branch_name=names,
    deposit=st.sampled_from(TransferDeposit),
    account_number=st.from_regex(r"[0-9]{7}", fullmatch=True),
    recipient_kana=names.filter(bool),
    amount=st.integers(1, 10**9),
    new_code=st.sampled_from(TransferNewCode),
    reference=st.from_regex(r"[0-9]{20}", fullmatch=True),
    designation=st.sampled_from(TransferDesignation),
)
edi_texts = (
    st.text(st.sampled_from(sorted(EDI_CHARACTERS)), max_size=20)
    .map(lambda text: text.rstrip(" "))
    .filter(lambda text: unfit_at(text, EDI_CHARACTERS) is None)
)
lines = plain | st.builds(lambda line, text: replace(line, edi=True, reference=text), plain, edi_texts)


@given(st.lists(lines, max_size=5), st.sampled_from(Newline))
def test_what_is_written_is_read_back_the_same(items, newline) -> None:
    file = replace(FILE, lines=tuple(items), newline=newline)
    data = encode(file)
    assert decode(data, file="x", processed_on=DAY) == file


@given(st.binary(max_size=600) | damaged(encode(FILE)))
def test_any_bytes_are_read_or_refused_and_never_crash(data) -> None:
    try:
        file = decode(data, file="x", processed_on=DAY)
    except FileRefused:
        return
    assert file.total == sum(line.amount for line in file.lines)
