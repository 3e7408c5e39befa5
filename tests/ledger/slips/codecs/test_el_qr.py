"""eL-QR against the published samples of github.com/kyoshizawa/newpos_test_okica (EncodingELQRUnitTest)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kofu.core.errors import OperatorFault, PeerFault
from kofu.ledger.slips.codecs.el_qr import ElNumbers, ElQr, crc16, numbers_of, read, write

EXTENSION = "8085" + "0" * 85
SAMPLE = (
    "000201010212"
    "2796000513800018338000000000000000003950021380001270000082000002024010101043487782840440000400000000"
    "541100000039500622620242024002024053120240710" + EXTENSION + "630520201"
)
OTHER = (
    "000201010212"
    "2796000513800018381000000000000000004350021380001270000029000002024010101043476054970440000400000000"
    "541100000043500622620242024002024053120240710" + EXTENSION + "630534977"
)


def test_the_crc_is_ccitt_false_in_decimal() -> None:
    """Check value of the catalogue of CRCs, and the published sample: 20201."""
    assert crc16("123456789") == 0x29B1
    assert crc16(SAMPLE[:-5]) == 20201


def test_the_published_sample_says_what_is_published() -> None:
    code = read(SAMPLE)
    assert (code.tax_code, code.amount, code.levy_year, code.tax_year) == ("127", 39_500, 2024, 2024)
    assert (code.due_date, code.pay_by) == (date(2024, 5, 31), date(2024, 7, 10))
    assert (code.case_key, code.confirmation, code.office) == ("00000202401010104348", "778284", "44000")
    assert code.check_digits == ("38", "82")
    assert numbers_of(code) == ElNumbers(
        agency="44000", payment="00000202401010104348", confirmation="778284", division="127"
    )


@pytest.mark.parametrize("sample", [SAMPLE, OTHER])
def test_a_sample_that_is_read_is_written_the_same(sample) -> None:
    assert write(read(sample)) == sample


def test_a_code_without_its_check_digits_is_not_written() -> None:
    with pytest.raises(OperatorFault, match="two pairs of check digits"):
        write(replace(read(SAMPLE), check_digits=None))


@pytest.mark.parametrize("digits", [("3", "82"), ("38", "8x"), ("", "")])
def test_check_digits_that_are_none_are_never_written(digits) -> None:
    with pytest.raises(OperatorFault):
        write(replace(read(SAMPLE), check_digits=digits))


def with_crc(text: str) -> str:
    return f"{text}{crc16(text):05d}"


@pytest.mark.parametrize(
    "damaged",
    [
        "",
        "0002",
        SAMPLE[:-1],
        SAMPLE.replace("39500", "39501", 1),
        SAMPLE[:-5] + "20202",
        SAMPLE.replace(EXTENSION, EXTENSION + "000"),
        with_crc(SAMPLE[:-5].replace("5411000000395", "5411000000396")),
        with_crc(SAMPLE[:-5].replace("20240531", "20240532")),
        with_crc(SAMPLE[:-5].replace("000513800", "000513801")),
        with_crc(SAMPLE[:-5].replace("010212", "010211")),
        with_crc(SAMPLE[6:-5]),
        SAMPLE.replace("0", "０", 1),
    ],
)
def test_a_code_that_is_wrong_is_refused_and_not_quoted(damaged) -> None:
    with pytest.raises(PeerFault) as refused:
        read(damaged)
    assert refused.value.code == "el_qr_wrong"
    assert "00000202401010104348" not in refused.value.message


@given(st.data())
def test_no_digit_of_a_code_can_be_altered_unnoticed(data) -> None:
    place = data.draw(st.integers(0, len(SAMPLE) - 1))
    digit = data.draw(st.sampled_from("0123456789").filter(lambda one: one != SAMPLE[place]))
    with pytest.raises(PeerFault):
        read(SAMPLE[:place] + digit + SAMPLE[place + 1 :])


def digits(width: int) -> st.SearchStrategy[str]:
    return st.text(st.sampled_from("0123456789"), min_size=width, max_size=width)


codes = st.builds(
    ElQr,
    account=digits(11),
    amount=st.integers(0, 10**11 - 1),
    tax_code=digits(3),
    case_key=digits(20),
    confirmation=digits(6),
    office=digits(5),
    levy_year=st.integers(0, 9999),
    tax_year=st.integers(0, 9999),
    due_date=st.dates(min_value=date(1000, 1, 1)),
    pay_by=st.dates(min_value=date(1000, 1, 1)),
    period=digits(2),
    tax_office=digits(3),
    extension=digits(85),
    check_digits=st.tuples(digits(2), digits(2)),
)


@given(codes)
def test_what_is_written_is_read_back_the_same(code) -> None:
    assert read(write(code)) == code


@given(st.text(max_size=60) | st.text(st.sampled_from("0123456789"), max_size=60))
def test_any_text_is_read_or_refused(text) -> None:
    try:
        read(text)
    except PeerFault:
        return
    raise AssertionError("no text of sixty characters is an eL-QR")
