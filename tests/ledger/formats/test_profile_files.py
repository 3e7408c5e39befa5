"""Files whose layouts are data: punched papers, electronic payments, returned transfers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.ledger.damage import damaged
from tests.ledger.whole_files import read_electronic, read_keyed_claims, read_keyed_payments, read_returned

from kofu.core.errors import OperatorFault
from kofu.ledger.formats.fixed_width import Newline
from kofu.ledger.formats.layouts import demonstration
from kofu.ledger.formats.problems import FileRefused
from kofu.ledger.keyed.codecs import punched
from kofu.ledger.keyed.codecs.punched import PunchFile
from kofu.ledger.keyed.domain.keying import BatchSlip, KeyedClaim, KeyedPayment
from kofu.ledger.overpayments.codecs import returned_transfers
from kofu.ledger.overpayments.codecs.returned_transfers import ReturnedFile, ReturnedTransfer
from kofu.ledger.payments.codecs import electronic
from kofu.ledger.payments.codecs.electronic import ElectronicFile, ElectronicPayment

GOLDEN = Path(__file__).parents[1] / "golden"
DAY = date(2026, 6, 20)


@dataclass(frozen=True)
class Kind:
    """One kind of file: how it is loaded, read and written, and a sound example."""

    name: str
    load: Any
    decode: Any
    encode: Any
    example: Any

    @property
    def toml(self) -> bytes:
        return demonstration(f"demonstration_{self.name}")

    @property
    def layout(self):
        return self.load(self.toml, file=f"{self.name}.toml")

    @property
    def sound(self) -> bytes:
        return self.encode(self.layout, self.example)


KINDS = (
    Kind(
        "batch_slips",
        punched.load_slips,
        punched.decode_slips,
        punched.encode_slips,
        PunchFile(items=(BatchSlip(batch_number="000001", count=2, total=32_300, made_on=DAY),)),
    ),
    Kind(
        "keyed_payments",
        punched.load_payments,
        read_keyed_payments,
        punched.encode_payments,
        PunchFile(
            items=(
                KeyedPayment(
                    batch_number="000001",
                    sequence=1,
                    notice_number="0012345678",
                    installment="1",
                    amount=24_000,
                    received_on=DAY,
                    fiscal_year=2026,
                    tax="resident",
                    place="見本銀行, 本店",
                ),
                KeyedPayment(
                    batch_number="000001",
                    sequence=2,
                    notice_number="0098765432",
                    installment="全期",
                    amount=8_000,
                    interest=300,
                    received_on=DAY,
                    fiscal_year=2026,
                    tax="light_vehicle",
                    place='ゆうちょ "見本"',
                ),
            )
        ),
    ),
    Kind(
        "keyed_claims",
        punched.load_claims,
        read_keyed_claims,
        punched.encode_claims,
        PunchFile(
            items=(
                KeyedClaim(
                    batch_number="000001",
                    sequence=1,
                    claim_number="0000000017",
                    claimed_on=DAY,
                    amount=3_400,
                    holder_kana="ﾐﾎﾝ ﾀﾛｳ",
                    bank_code="0001",
                    branch_code="001",
                    deposit="1",
                    account_number="0012345",
                ),
                KeyedClaim(
                    batch_number="000001",
                    sequence=2,
                    claim_number="0000000018",
                    claimed_on=DAY,
                    amount=120_000,
                    holder_kana="ﾐﾎﾝ ﾊﾅｺ",
                    post_symbol="10530",
                    post_number="12345671",
                ),
            )
        ),
    ),
    Kind(
        "electronic_payments",
        electronic.load,
        read_electronic,
        electronic.encode,
        ElectronicFile(
            payments=(
                ElectronicPayment(
                    transaction="M-0001",
                    notice_number="0012345678",
                    installment="2",
                    received_on=DAY,
                    amount=25_000,
                    fiscal_year=2026,
                    tax="resident",
                    method="eL-QR",
                    transferred_on=date(2026, 6, 26),
                ),
                ElectronicPayment(
                    transaction="M-0002",
                    notice_number="0012345678",
                    installment="2",
                    received_on=DAY,
                    amount=25_000,
                    fiscal_year=2026,
                    tax="resident",
                    method="ペイジー",
                ),
            ),
            newline=Newline.LF,
        ),
    ),
    Kind(
        "returned_transfers",
        returned_transfers.load,
        read_returned,
        returned_transfers.encode,
        ReturnedFile(
            transfers=(
                ReturnedTransfer(
                    reference="00000000000000000017",
                    amount=3_400,
                    returned_on=DAY,
                    reason="名義相違",
                    bank_code="9900",
                    branch_code="058",
                    account_number="1234567",
                ),
            )
        ),
    ),
)
every_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)


@every_kind
def test_the_file_is_the_golden_one_to_the_byte(kind) -> None:
    golden = (GOLDEN / f"{kind.name}.txt").read_bytes()
    assert kind.sound == golden
    assert kind.decode(kind.layout, golden, file="golden") == kind.example


@every_kind
def test_a_shipped_layout_says_that_it_is_invented(kind) -> None:
    assert kind.layout.fictitious
    assert "架空" in kind.layout.name


@every_kind
@given(data=st.data())
def test_any_bytes_are_read_or_refused_and_what_is_read_is_written_the_same(kind, data) -> None:
    layout = kind.layout
    received = data.draw(st.binary(max_size=300) | damaged(kind.sound))
    try:
        file = kind.decode(layout, received, file="x")
    except FileRefused:
        return
    assert kind.decode(layout, kind.encode(layout, file), file="x") == file


@every_kind
def test_a_layout_for_another_purpose_is_refused(kind) -> None:
    other = next(item for item in KINDS if item is not kind)
    with pytest.raises(OperatorFault, match="choose another"):
        kind.load(other.toml, file="x.toml")


@every_kind
def test_a_layout_without_a_field_the_codec_needs_is_refused(kind) -> None:
    with pytest.raises(OperatorFault, match="has no field amount"):
        kind.load(kind.toml.replace(b'name = "amount"', b'name = "yen"'), file="x.toml")


def kind_of(name: str) -> Kind:
    return next(kind for kind in KINDS if kind.name == name)


@pytest.mark.parametrize(
    ("name", "old", "new", "reason"),
    [
        ("batch_slips", "束番号", "番号", "header"),
        ("batch_slips", "000001", "00001", "wrong_length"),
        ("batch_slips", "2026-06-20", "2026/06/20", "not_a_date"),
        ("batch_slips", ",2,", ",02,", "leading_zero"),
        ("batch_slips", ",2,", ",２,", "not_digits"),
        ("batch_slips", ",2,", ",", "cells"),
        ("batch_slips", ",2,", ',"2,', "quoting"),
        ("keyed_payments", ",11,", ",99,", "unknown_code"),
        ("keyed_payments", ",01,0012345678", ",09,0012345678", "unknown_code"),
        ("electronic_payments", "M-0002", "M-0001", "twice"),
        ("returned_transfers", "8000001", "8000002", "total"),
        ("returned_transfers", "20260620", "20260631", "not_a_date"),
    ],
)
def test_a_wrong_file_is_refused_with_its_reason(name, old, new, reason) -> None:
    kind = kind_of(name)
    charset = kind.layout.charset
    text = kind.sound.replace(b",01,24000", b",11,24000") if name == "keyed_payments" else kind.sound
    data = text.replace(charset.to_bytes(old), charset.to_bytes(new), 1)
    assert data != text
    with pytest.raises(FileRefused) as refusal:
        kind.decode(kind.layout, data, file="x")
    assert refusal.value.problems[0].reason == reason


def test_an_empty_file_and_other_bytes_are_refused_by_name() -> None:
    kind = kind_of("batch_slips")
    for data, reason in ((b"", "empty_file"), (b"\xff", "bad_byte")):
        with pytest.raises(FileRefused) as refusal:
            kind.decode(kind.layout, data, file="slips.csv")
        assert refusal.value.problems[0].reason == reason
        assert refusal.value.file == "slips.csv"


def test_a_claim_layout_without_any_account_is_refused() -> None:
    kind = kind_of("keyed_claims")
    toml = kind.toml.replace(b'"bank_code"', b'"b"').replace(b'"post_symbol"', b'"p"')
    with pytest.raises(OperatorFault, match="neither"):
        kind.load(toml, file="x.toml")


def test_the_same_installment_paid_twice_stays_two_payments() -> None:
    """地方税お支払サイト 2023-05: 636 slips were paid more than once; both payments must reach the ledger."""
    assert len({payment.transaction for payment in kind_of("electronic_payments").example.payments}) == 2
