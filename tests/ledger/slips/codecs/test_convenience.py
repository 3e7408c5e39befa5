"""The 44 digits of the convenience-store barcode, and the slips that get one."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kofu.core.errors import InvariantBroken, OperatorFault, PeerFault
from kofu.ledger.formats.layouts import demonstration
from kofu.ledger.slips.codecs.barcode import Barcode, build, check_digit, parse
from kofu.ledger.slips.codecs.convenience import (
    LIMIT_YEN,
    BarcodeProfile,
    FreeFieldPart,
    NoBarcode,
    PartKind,
    Slip,
    SlipKey,
    barcode_for,
    key_of,
    read_profile,
)

SAMPLE = "91912345000000000000004520875004013100295004"
PROFILE = read_profile(demonstration("demonstration_barcode"), file="demonstration_barcode.toml")
KEY = SlipKey(fiscal_year=2026, tax="resident", notice_number="0012345678", installment="2")
SLIP = Slip(key=KEY, amount=24_000, pay_by=date(2026, 8, 31))
PRINTED = date(2026, 6, 10)


def test_the_published_sample_reads_as_printed() -> None:
    """Published by Pao for its barcode software; its last digit is right only with the AI 91 counted."""
    barcode = parse(SAMPLE)
    assert barcode == Barcode(
        issuer="912345",
        free="000000000000004520875",
        reissued=0,
        pay_by=date(2004, 1, 31),
        stamped=False,
        amount=29_500,
    )
    assert barcode.digits == SAMPLE
    assert check_digit(SAMPLE[:-1]) == "4"
    assert check_digit(SAMPLE[2:-1]) != "4"


def test_the_sample_is_printed_in_two_lines() -> None:
    barcode = parse(SAMPLE)
    assert barcode.lines == ("(91)912345-0000000000000045208750", "040131-0-029500-4")
    assert parse("\x1d" + SAMPLE) == barcode


def test_a_short_free_field_is_filled_with_zeros_on_the_right() -> None:
    """標準料金代理収納: 不足は後ろを0埋め."""
    barcode = build(issuer="912345", free="2026", reissued=0, pay_by=date(2026, 8, 31), amount=1)
    assert barcode.free == "2026" + "0" * 17


def test_the_demonstration_slip_says_year_tax_installment_and_notice() -> None:
    barcode = barcode_for(PROFILE, SLIP, printed_on=PRINTED)
    assert isinstance(barcode, Barcode)
    assert barcode.free == "2026" + "01" + "02" + "0012345678" + check_digit("202601020012345678") + "00"
    assert key_of(PROFILE, parse(barcode.digits)) == KEY


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"amount": LIMIT_YEN + 1}, NoBarcode.ABOVE_LIMIT),
        ({"amount": 0}, NoBarcode.NOTHING_TO_PAY),
        ({"amount": -100}, NoBarcode.NOTHING_TO_PAY),
        ({"pay_by": date(2026, 6, 9)}, NoBarcode.AFTER_PAY_BY),
        ({"pay_by": date(2100, 1, 1)}, NoBarcode.DATE_OUT_OF_RANGE),
        ({"reissued": 10}, NoBarcode.REISSUED_TOO_OFTEN),
        ({"key": replace(KEY, notice_number="12345678")}, NoBarcode.KEY_DOES_NOT_FIT),
        ({"key": replace(KEY, installment="9")}, NoBarcode.KEY_DOES_NOT_FIT),
        ({"key": replace(KEY, tax="fixed_asset")}, NoBarcode.KEY_DOES_NOT_FIT),
        ({"key": replace(KEY, fiscal_year=1999)}, NoBarcode.KEY_DOES_NOT_FIT),
    ],
)
def test_a_slip_no_till_can_take_gets_a_reason_and_no_barcode(change, reason) -> None:
    assert barcode_for(PROFILE, replace(SLIP, **change), printed_on=PRINTED) is reason
    assert reason.words


@pytest.mark.parametrize("change", [{"amount": LIMIT_YEN}, {"pay_by": PRINTED}])
def test_exactly_300000_yen_and_the_last_day_itself_get_a_barcode(change) -> None:
    assert isinstance(barcode_for(PROFILE, replace(SLIP, **change), printed_on=PRINTED), Barcode)


@pytest.mark.parametrize(
    "digits",
    [
        "",
        SAMPLE[:-1],
        SAMPLE + "0",
        SAMPLE[:-1] + "5",
        "9" + SAMPLE[:-1],
        SAMPLE.replace("0", "O"),
        SAMPLE.translate({0x30 + n: 0xFF10 + n for n in range(10)}),
    ],
)
def test_what_is_no_barcode_is_refused_without_quoting_it(digits) -> None:
    with pytest.raises(PeerFault) as refusal:
        parse(digits)
    assert refusal.value.code == "barcode_wrong"
    assert "4520875" not in refusal.value.message


def with_check(body: str) -> str:
    return body + check_digit(body)


@pytest.mark.parametrize("body", [SAMPLE[:30] + "040231" + SAMPLE[36:43], SAMPLE[:36] + "2" + SAMPLE[37:43]])
def test_an_impossible_day_or_stamp_flag_is_refused_though_the_check_digit_is_right(body) -> None:
    with pytest.raises(PeerFault):
        parse(with_check(body))


@given(st.from_regex(r"91[0-9]{41}", fullmatch=True), st.integers(0, 43), st.integers(1, 9))
def test_every_single_mistyped_digit_is_found_by_the_check_digit(body, place, by) -> None:
    """Weights 1 and 3 have no common factor with 10, so no single mistake keeps the sum."""
    digits = with_check(body)
    typed = digits[:place] + str((int(digits[place]) + by) % 10) + digits[place + 1 :]
    assert check_digit(typed[:-1]) != typed[-1]


@given(st.text(max_size=60) | st.from_regex(r"91[0-9]{41}", fullmatch=True).map(with_check))
def test_any_text_is_read_or_refused_and_never_crashes(text) -> None:
    try:
        barcode = parse(text)
    except PeerFault:
        return
    assert barcode.digits == text.removeprefix("\x1d")


slips = st.builds(
    Slip,
    key=st.builds(
        SlipKey,
        fiscal_year=st.integers(2000, 2099),
        tax=st.sampled_from(sorted(PROFILE.tax_codes)),
        notice_number=st.from_regex(r"[0-9]{10}", fullmatch=True),
        installment=st.sampled_from(sorted(PROFILE.installment_codes)),
    ),
    amount=st.integers(1, LIMIT_YEN),
    pay_by=st.dates(date(2026, 6, 10), date(2099, 12, 31)),
    reissued=st.integers(0, 9),
)


@given(slips)
def test_every_printed_barcode_leads_back_to_its_installment(slip) -> None:
    """静岡市 sent 577 people a 督促状 after a change that made barcodes say something else than the slip."""
    barcode = barcode_for(PROFILE, slip, printed_on=PRINTED)
    assert isinstance(barcode, Barcode)
    read = parse(barcode.digits)
    assert (key_of(PROFILE, read), read.amount, read.pay_by) == (slip.key, slip.amount, slip.pay_by)


@pytest.mark.parametrize(
    "free",
    [
        "2026" + "01" + "02" + "0012345678" + "0" + "00",
        "2026" + "03" + "02" + "0012345678" + check_digit("202603020012345678") + "00",
        "2026" + "01" + "02" + "0012345678" + check_digit("202601020012345678") + "01",
    ],
)
def test_a_barcode_that_is_none_of_ours_is_told_apart(free) -> None:
    barcode = build(issuer="912345", free=free, reissued=0, pay_by=date(2026, 8, 31), amount=100)
    with pytest.raises(PeerFault, match="barcode_foreign"):
        key_of(PROFILE, barcode)


def test_a_barcode_of_another_issuer_is_told_apart() -> None:
    barcode = build(issuer="900000", free="2026", reissued=0, pay_by=date(2026, 8, 31), amount=100)
    with pytest.raises(PeerFault, match="another issuer"):
        key_of(PROFILE, barcode)


def test_a_profile_with_the_origin_year_carries_it() -> None:
    parts = (FreeFieldPart(kind=PartKind.ORIGIN_YEAR, width=2), *PROFILE.parts[:-1])
    profile = msgspec.structs.replace(PROFILE, parts=parts)
    profile.check()
    slip = replace(SLIP, key=replace(KEY, origin_year=2024))
    barcode = barcode_for(profile, slip, printed_on=PRINTED)
    assert isinstance(barcode, Barcode)
    assert key_of(profile, barcode).origin_year == 2024
    assert barcode_for(profile, SLIP, printed_on=PRINTED) is NoBarcode.KEY_DOES_NOT_FIT


@pytest.mark.parametrize(
    "change",
    [
        {"issuer": "12345"},
        {"notice_digits": 11},
        {"parts": PROFILE.parts[1:]},
        {"parts": (*PROFILE.parts, PROFILE.parts[0])},
        {"parts": (*PROFILE.parts, FreeFieldPart(kind=PartKind.CONSTANT, width=3, value="000"))},
        {"parts": (*PROFILE.parts, FreeFieldPart(kind=PartKind.CONSTANT, width=2, value="0"))},
        {"parts": (*PROFILE.parts, FreeFieldPart(kind=PartKind.ORIGIN_YEAR, width=1))},
        {"parts": (PROFILE.parts[-1], *PROFILE.parts[:-1])},
        {"tax_codes": {"resident": "1"}},
        {"tax_codes": {"resident": "01", "light_vehicle": "01"}},
        {"installment_codes": {}},
    ],
)
def test_a_profile_that_cannot_tell_slips_apart_is_refused(change) -> None:
    with pytest.raises(OperatorFault, match="layout_wrong"):
        msgspec.structs.replace(PROFILE, **change).check()


@pytest.mark.parametrize("data", [b"", b"\xff", b"name = 1", demonstration("demonstration_barcode") + b"\nx = 1\n"])
def test_a_profile_file_that_is_wrong_is_refused_by_name(data) -> None:
    with pytest.raises(OperatorFault, match=r"profile\.toml"):
        read_profile(data, file="profile.toml")


def test_the_shipped_profile_says_that_it_is_invented() -> None:
    assert isinstance(PROFILE, BarcodeProfile)
    assert PROFILE.fictitious
    assert "架空" in PROFILE.name


def test_parts_that_cannot_be_are_a_defect() -> None:
    with pytest.raises(InvariantBroken):
        build(issuer="912345", free="1" * 22, reissued=0, pay_by=date(2026, 8, 31), amount=1)
