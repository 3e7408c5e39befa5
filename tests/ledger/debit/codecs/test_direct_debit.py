"""口座振替 in the banks' common format: 120-byte records, totals, years completed, answers held against requests."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.ledger.damage import damaged
from tests.ledger.whole_files import read_debit_result

from kofu.core.errors import OperatorFault
from kofu.ledger.debit.codecs.direct_debit import (
    LAYOUT,
    DebitDeposit,
    DebitFile,
    DebitHeader,
    DebitLine,
    DebitResult,
    NewCode,
    decode_readable,
    decode_request,
    encode_request,
    encode_result,
    note_differences,
    result_word,
)
from kofu.ledger.formats.bank_forms import BankForm, Peculiarity
from kofu.ledger.formats.fixed_width import Newline
from kofu.ledger.formats.problems import FileProblems, FileRefused
from kofu.ledger.formats.zengin_file import complete_year, split_groups
from kofu.ledger.formats.zengin_kana import NAME_CHARACTERS

GOLDEN = Path(__file__).parents[2] / "golden"
DAY = date(2026, 8, 31)
HEADER = DebitHeader(
    consignor_code="0000012345",
    consignor_name="ﾐﾎﾝｸ ｼﾕｳﾉｳｶﾝﾘ",
    debit_on=DAY,
    bank_code="0001",
    bank_name="ﾐﾎﾝ",
    branch_code="001",
    branch_name="ﾎﾝﾃﾝ",
    deposit=DebitDeposit.ORDINARY,
    account_number="0012345",
)


def line(number: int, amount: int, result: DebitResult | None = None) -> DebitLine:
    return DebitLine(
        bank_code="9900",
        bank_name="ﾕｳﾁﾖ",
        branch_code="058",
        branch_name="ｾﾞﾛｺﾞﾊﾁ",
        deposit=DebitDeposit.ORDINARY,
        account_number=f"{1234567 + number:07d}",
        holder_kana="ﾐﾎﾝ ﾀﾛｳ",
        amount=amount,
        new_code=NewCode.FIRST if number == 1 else NewCode.OTHER,
        customer_number=f"2026010{number:013d}",
        result=result,
    )


REQUEST = DebitFile(header=HEADER, lines=(line(1, 24_000), line(2, 31_500), line(3, 8_100)))
RESULT = replace(
    REQUEST,
    lines=(
        line(1, 24_000, DebitResult.PAID),
        line(2, 31_500, DebitResult.SHORT_OF_FUNDS),
        line(3, 8_100, DebitResult.NO_MANDATE),
    ),
)


def refusal_of(data: bytes, *, processed_on: date = DAY) -> FileRefused:
    with pytest.raises(FileRefused) as caught:
        read_debit_result(data, file="result.txt", processed_on=processed_on)
    return caught.value


def test_every_record_has_120_bytes() -> None:
    """全銀協規定フォーマット."""
    LAYOUT.check()
    assert LAYOUT.length == 120


def test_the_request_is_the_golden_file_to_the_byte() -> None:
    golden = (GOLDEN / "direct_debit_request.txt").read_bytes()
    assert encode_request(REQUEST) == golden
    assert decode_request(golden, file="golden", processed_on=date(2026, 8, 20)) == REQUEST


def test_the_answer_is_the_golden_file_to_the_byte() -> None:
    golden = (GOLDEN / "direct_debit_result.txt").read_bytes()
    assert encode_result(RESULT) == golden
    assert read_debit_result(golden, file="golden", processed_on=date(2026, 9, 4)) == RESULT
    assert [result_word(item.result) for item in RESULT.lines] == ["振替済", "資金不足", "依頼書なし"]
    assert RESULT.paid == (RESULT.lines[0],)


@pytest.mark.parametrize("newline", list(Newline))
def test_records_come_with_and_without_newlines_and_go_back_as_they_came(newline) -> None:
    data = encode_result(replace(RESULT, newline=newline))
    assert len(data) == 6 * 120 + data.count(newline.mark) * len(newline.mark) if newline.mark else len(data) == 720
    assert encode_result(read_debit_result(data, file="x", processed_on=DAY)) == data


@pytest.mark.parametrize(
    ("written", "near", "day"),
    [
        ("1227", date(2027, 1, 4), date(2026, 12, 27)),
        ("0105", date(2026, 12, 28), date(2027, 1, 5)),
        ("0831", date(2026, 9, 4), date(2026, 8, 31)),
        ("0229", date(2028, 2, 1), date(2028, 2, 29)),
        ("0229", date(2027, 2, 1), None),
        ("1301", date(2026, 12, 28), None),
        ("0301", date(2026, 9, 4), None),
    ],
)
def test_a_day_without_a_year_is_the_one_nearest_to_the_processing(written, near, day) -> None:
    assert complete_year(written, near) == day


def test_a_file_of_half_a_year_ago_is_refused() -> None:
    refusal = refusal_of(encode_result(RESULT), processed_on=date(2027, 2, 20))
    assert refusal.problems[0].reason == "day_far_off"
    assert refusal.problems[0].position == 55


def test_a_wrong_byte_is_named_by_record_byte_and_field() -> None:
    data = bytearray(encode_result(RESULT))
    amount_at = 122 * 2 + 80
    assert data[amount_at : amount_at + 10] == b"0000031500"
    data[amount_at + 3] = ord("A")
    problem = refusal_of(bytes(data)).problems[0]
    assert (problem.record, problem.position, problem.field) == (3, 84, "引落金額")
    assert "U+0041" in problem.found


@pytest.mark.parametrize(
    ("offset", "field"), [(1, "合計件数"), (7, "合計金額"), (19, "振替済件数"), (37, "振替不能件数")]
)
def test_totals_that_do_not_come_out_refuse_the_file(offset, field) -> None:
    data = bytearray(encode_result(RESULT))
    place = 122 * 4 + offset + (5 if "件数" in field else 11)
    data[place] = ord("9")
    refusal = refusal_of(bytes(data))
    assert [(p.reason, p.field) for p in refusal.problems] == [("total", field)]


def test_a_missing_record_is_noticed_by_the_totals() -> None:
    data = encode_result(RESULT)
    assert {p.reason for p in refusal_of(data[:122] + data[244:]).problems} == {"total"}


def in_ebcdic(data: bytes) -> bytes:
    """As hosts send files: no newlines, other bytes for digits."""
    return data.replace(b"\r\n", b"").decode("latin-1").encode("cp037")


def test_a_file_in_ebcdic_is_told_from_one_of_another_kind() -> None:
    assert "EBCDIC" in refusal_of(in_ebcdic(encode_result(RESULT))).problems[0].advice


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lambda _: b"", "empty_file"),
        (lambda data: data[:-3], "broken_length"),
        (lambda data: data[122:], "header_missing"),
        (lambda data: data[:122], "trailer_missing"),
        (lambda data: data[:-122], "end_missing"),
        (lambda data: data[:-124], "end_missing"),
        (lambda data: data[:-244] + data[-122:], "trailer_missing"),
        (lambda data: data + data[-122:], "end_twice"),
        (lambda data: data[:-122] + data[-244:], "trailer_twice"),
        (lambda data: data + data[122:244], "behind_end"),
        (lambda data: data + b"0" * 120, "unknown_record"),
        (lambda data: data + b"        ", "behind_end"),
        (lambda data: data[:-244] + data[-122:] + data[-244:-122], "behind_end"),
        (lambda data: data[:-366] + data[-244:-122] + data[-366:-244] + data[-122:], "behind_trailer"),
        (lambda data: data[122:244] + data[:122] + data[244:], "wrong_order"),
        (lambda data: data[:122] + data, "several_files"),
        (lambda data: b"7" + data[1:], "unknown_record"),
        (lambda data: data.replace(b"191", b"121", 1), "not_constant"),
        (lambda data: data[:3] + b"2" + data[4:], "unknown_code"),
        (lambda data: b"\xef\xbb\xbf" + data, "byte_order_mark"),
        (in_ebcdic, "unknown_record"),
        (lambda data: data[:120] + b"\n\r" + data[122:], "broken_length"),
    ],
)
def test_a_file_that_is_not_one_is_refused_with_its_reason(damage, reason) -> None:
    assert refusal_of(damage(encode_result(RESULT))).problems[0].reason == reason


@pytest.mark.parametrize(
    ("damage", "reasons"),
    [
        (lambda data: data[:-122], {"not_digits", "end_missing"}),
        (lambda data: data + data[-122:], {"not_digits", "end_twice"}),
        (lambda data: data + b"0" * 120 + b"\r\n", {"not_digits", "unknown_record", "behind_end"}),
    ],
)
def test_a_record_that_cannot_be_read_hides_nothing_of_the_order(damage, reasons) -> None:
    data = encode_result(RESULT)
    spoilt = data[:122] + data[122:244].replace(b"0000024000", b"00000X4000") + data[244:]
    assert spoilt != data
    problems = FileProblems("x")
    with pytest.raises(FileRefused):
        decode_readable(damage(spoilt), problems, processed_on=DAY)
    assert {problem.reason for problem in problems} == reasons


def test_only_the_first_hundred_problems_are_kept_and_all_are_counted() -> None:
    many = replace(RESULT, lines=tuple(line(n, 7_777_777, DebitResult.PAID) for n in range(1, 151)))
    data = encode_result(many).replace(b"0007777777", b"00077777 7")
    refusal = refusal_of(data)
    assert (len(refusal.problems), refusal.count) == (100, 150)


def test_an_error_never_quotes_a_person() -> None:
    data = encode_result(RESULT).replace("ﾐﾎﾝ ﾀﾛｳ".encode("shift_jis"), b"\x01\xd0\xce\xdd \xc0\xdb")
    text = str(refusal_of(data))
    assert "ﾐﾎﾝ" not in text
    assert "1234568" not in text


@pytest.mark.parametrize(
    "change",
    [
        {"holder_kana": "見本太郎"},
        {"holder_kana": "ﾐﾎﾝ ｼﾞｬｯｸ"},
        {"holder_kana": "ﾐ" * 31},
        {"amount": 0},
        {"amount": 10**10},
        {"account_number": "12345"},
        {"customer_number": "1" * 19},
        {"customer_number": REQUEST.lines[1].customer_number},
        {"result": DebitResult.PAID},
    ],
)
def test_what_banks_would_send_back_is_never_sent(change) -> None:
    with pytest.raises(OperatorFault):
        encode_request(replace(REQUEST, lines=(replace(REQUEST.lines[0], **change), *REQUEST.lines[1:])))


def test_an_answer_without_results_is_no_answer() -> None:
    with pytest.raises(OperatorFault):
        encode_result(REQUEST)
    with pytest.raises(FileRefused, match="total"):
        read_debit_result(encode_request(REQUEST), file="x", processed_on=DAY)


def test_an_answer_read_as_a_request_is_noticed() -> None:
    with pytest.raises(FileRefused, match="result_in_request"):
        decode_request(encode_result(RESULT), file="x", processed_on=DAY)


def compare_with_request(request: DebitFile, result: DebitFile) -> None:
    problems = FileProblems("x")
    note_differences(request, result, range(2, len(result.lines) + 2), problems)
    problems.refuse()


def test_an_answer_that_answers_each_line_once_fits_its_request() -> None:
    compare_with_request(REQUEST, RESULT)


@pytest.mark.parametrize(
    ("lines", "reasons"),
    [
        (RESULT.lines[:2], ["unanswered"]),
        ((*RESULT.lines, RESULT.lines[0]), ["answered_twice"]),
        ((*RESULT.lines, line(9, 100, DebitResult.PAID)), ["not_asked"]),
        ((replace(RESULT.lines[0], amount=2_400), *RESULT.lines[1:]), ["altered"]),
        ((replace(RESULT.lines[0], account_number="7654321"), *RESULT.lines[1:]), ["altered"]),
    ],
)
def test_an_answer_that_does_not_fit_its_request_is_refused(lines, reasons) -> None:
    with pytest.raises(FileRefused) as caught:
        compare_with_request(REQUEST, replace(RESULT, lines=lines))
    assert [problem.reason for problem in caught.value.problems] == reasons


def test_an_answer_to_another_day_is_refused() -> None:
    other = replace(RESULT, header=replace(HEADER, debit_on=date(2026, 6, 30)))
    with pytest.raises(FileRefused, match="another_request"):
        compare_with_request(REQUEST, other)


names = st.text(st.sampled_from(sorted(NAME_CHARACTERS)), max_size=15).map(lambda text: text.rstrip(" "))
lines = st.builds(
    DebitLine,
    bank_code=st.from_regex(r"[0-9]{4}", fullmatch=True),
    bank_name=names,
    branch_code=st.from_regex(r"[0-9]{3}", fullmatch=True),
    branch_name=names,
    deposit=st.sampled_from(DebitDeposit),
    account_number=st.from_regex(r"[0-9]{7}", fullmatch=True),
    holder_kana=names,
    amount=st.integers(1, 10**9),
    new_code=st.sampled_from([*NewCode, None]),
    customer_number=st.from_regex(r"[0-9]{20}", fullmatch=True),
    result=st.sampled_from(DebitResult),
)


@given(
    st.lists(lines, max_size=6),
    st.sampled_from(Newline),
    names,
    st.sampled_from(["0", "1", ""]),
    st.sampled_from([b"", b"\x1a", b"\r\n\x1a"]),
)
def test_what_is_written_is_read_back_the_same(items, newline, name, mark, tail) -> None:
    header = replace(HEADER, consignor_name=name, code_mark=mark)
    tail = b"\x1a" if tail and not newline.after_last else tail
    file = DebitFile(header=header, lines=tuple(items), newline=newline, tail=tail)
    data = encode_result(file)
    assert read_debit_result(data, file="x", processed_on=DAY) == file
    assert encode_result(read_debit_result(data, file="x", processed_on=DAY)) == data


@given(st.binary(max_size=600) | damaged(encode_result(RESULT)))
def test_any_bytes_are_read_or_refused_with_a_place_and_never_crash(data) -> None:
    try:
        file = read_debit_result(data, file="x", processed_on=DAY)
    except FileRefused:
        return
    assert read_debit_result(encode_result(file), file="x", processed_on=DAY) == file


DIFFERENT = {
    Peculiarity.END_MARK: lambda data: data + b"\x1a",
    Peculiarity.EXTRA_NEWLINE: lambda data: data + b"\r\n",
    Peculiarity.CR: lambda data: data.replace(b"\r\n", b"\r"),
    Peculiarity.CODE_MARK_EBCDIC: lambda data: b"1911" + data[4:],
    Peculiarity.CODE_MARK_BLANK: lambda data: b"191 " + data[4:],
    Peculiarity.NEW_CODE_BLANK: lambda data: b"\r\n".join(
        piece[:90] + b" " + piece[91:] if piece[:1] == b"2" else piece for piece in data.split(b"\r\n")
    ),
    Peculiarity.YUCHO_BRANCH_BLANK: lambda data: data.replace(b"058", b"   "),
}
"""What banks do: zengin4j (0x1A, CR), vain0x/zengin-edit (コード区分)."""


@pytest.mark.parametrize("peculiarity", list(DIFFERENT), ids=str)
def test_a_file_that_differs_as_banks_do_is_read_and_goes_back_as_it_came(peculiarity) -> None:
    data = DIFFERENT[peculiarity](encode_result(RESULT))
    assert data != encode_result(RESULT)
    found = read_debit_result(data, file="x", processed_on=DAY)
    assert [(one.amount, one.result) for one in found.lines] == [(one.amount, one.result) for one in RESULT.lines]
    assert encode_result(found) == data
    compare_with_request(REQUEST, found)


@pytest.mark.parametrize("peculiarity", list(DIFFERENT), ids=str)
def test_a_bank_whose_profile_does_not_say_so_is_asked_for_another_file(peculiarity) -> None:
    data = DIFFERENT[peculiarity](encode_result(RESULT))
    strict = BankForm(bank_code="0001", reads=frozenset(Peculiarity) - {peculiarity})
    with pytest.raises(FileRefused) as refused:
        read_debit_result(data, file="x", processed_on=DAY, forms=[strict])
    assert {problem.reason for problem in refused.value.problems} == {peculiarity.value}
    assert "ask the bank for" in refused.value.problems[0].advice


def test_a_form_holds_from_its_day_on_and_for_its_bank_only() -> None:
    data = encode_result(RESULT) + b"\x1a"
    strict = BankForm(bank_code="0001", since=DAY, reads=frozenset())
    before = date(2026, 8, 30)
    assert read_debit_result(data, file="x", processed_on=before, forms=[strict]).lines == RESULT.lines
    assert read_debit_result(data, file="x", processed_on=DAY, forms=[replace(strict, bank_code="0002")])
    with pytest.raises(FileRefused, match="end_mark"):
        read_debit_result(data, file="x", processed_on=DAY, forms=[strict])


def test_a_blank_branch_of_another_bank_than_the_post_bank_is_refused() -> None:
    data = DIFFERENT[Peculiarity.YUCHO_BRANCH_BLANK](encode_result(RESULT).replace(b"29900", b"20005"))
    assert refusal_of(data).problems[0].reason == "branch_missing"


def test_an_unreadable_record_leaves_the_others_readable_where_the_totals_allow_it() -> None:
    data = bytearray(encode_result(RESULT))
    data[122 * 2 + 80] = 0x80
    problems = FileProblems("x")
    read = decode_readable(bytes(data), problems, processed_on=DAY)
    assert (read.file.lines, read.records) == ((RESULT.lines[0], RESULT.lines[2]), (2, 4))
    assert [(one.record, one.reason) for one in problems] == [(3, "bad_byte")]
    data[122 * 4 + 7 : 122 * 4 + 19] = b"000000000001"  # the trailer's total: less than what can be read
    with pytest.raises(FileRefused) as refused:
        decode_readable(bytes(data), FileProblems("x"), processed_on=DAY)
    assert "total" in [problem.reason for problem in refused.value.problems]


@pytest.mark.parametrize("record", [1, 5, 6])
def test_an_unreadable_header_trailer_or_end_refuses_the_file(record) -> None:
    data = bytearray(encode_result(RESULT))
    data[122 * (record - 1)] = ord("7")
    with pytest.raises(FileRefused, match="unknown_record"):
        decode_readable(bytes(data), FileProblems("x"), processed_on=DAY)


MONDAY = replace(RESULT, header=replace(HEADER, bank_code="0005"), lines=RESULT.lines[:1])


def grouped(*files: DebitFile, ends: bool = False) -> bytes:
    """Several groups in one file: with one end record behind them all, or one behind each."""
    pieces = [encode_result(file) for file in files]
    return b"".join(pieces) if ends else b"".join(piece[:-122] for piece in pieces) + pieces[-1][-122:]


@pytest.mark.parametrize("ends", [False, True])
def test_several_groups_in_one_file_are_cut_into_a_file_each(ends) -> None:
    """持込規格 of the 信用金庫: マルチファイル."""
    parts = split_groups(grouped(RESULT, MONDAY, ends=ends))
    assert [read_debit_result(part, file="x", processed_on=DAY) for part in parts] == [RESULT, MONDAY]


def test_a_file_of_one_group_is_left_as_it_is_whatever_is_wrong_with_it() -> None:
    """Its own reader says what is wrong: a trailer twice, data behind it, no end."""
    one = encode_result(RESULT)
    twice, behind = one[:-122] + one[-244:], one[:-122] + one[122:244] + one[-122:]
    for file in (one, one[:-122], one[122:], twice, behind, b"", b"x" * 240):
        assert split_groups(file) == [file]
    with pytest.raises(FileRefused, match="several_files"):
        read_debit_result(grouped(RESULT, MONDAY), file="x", processed_on=DAY)


def why_not(part: bytes) -> str:
    """Give what the first problem of a part is, "" where it can be read."""
    try:
        read_debit_result(part, file="x", processed_on=DAY)
    except FileRefused as refused:
        return refused.problems[0].reason
    return ""


def without(record: int, *, of: bytes) -> bytes:
    """Leave out a record, counted from 1; from the end where below zero."""
    place = (record - 1) * 122 if record > 0 else len(of) + record * 122
    return of[:place] + of[place + 122 :]


WHOLE = grouped(RESULT, MONDAY)  # records: 1 header, 2-4 data, 5 trailer; 6 header, 7 data, 8 trailer; 9 end


@pytest.mark.parametrize(
    ("data", "reasons"),
    [
        (without(5, of=WHOLE), ["trailer_missing", ""]),
        (without(1, of=WHOLE), ["header_missing", ""]),
        (without(6, of=WHOLE), ["", "header_missing"]),
        (without(8, of=WHOLE), ["", "trailer_missing"]),
        (without(9, of=WHOLE), ["", "end_missing"]),
        (WHOLE[:-322], ["", "broken_length"]),  # cut short amid the trailer of the second
        (WHOLE[:400] + WHOLE[401:], ["broken_length", ""]),  # a byte lost of a data record of the first group
        (WHOLE[: 122 * 5] + b"X" + WHOLE[122 * 5 + 1 :], ["", "unknown_record"]),
        (WHOLE.replace(b"8000003", b"8000004"), ["total", ""]),
        (WHOLE[:122] + WHOLE, ["trailer_missing", "", ""]),
    ],
)
def test_a_group_that_is_not_whole_leaves_the_others_to_be_taken(data, reasons) -> None:
    """What is right in a file can be taken and what is wrong is kept, byte for byte, for its sender to be asked."""
    parts = split_groups(data)
    assert [why_not(part) for part in parts] == reasons
    assert all(record in b"".join(parts) for record in data.rstrip(b"\r\n").split(b"\r\n"))


def test_a_group_without_newlines_that_breaks_off_leaves_the_ones_before_it() -> None:
    data = WHOLE.replace(b"\r\n", b"")[:-200]
    assert [why_not(part) for part in split_groups(data)] == ["", "broken_length"]


@given(st.binary(max_size=300) | damaged(WHOLE))
def test_any_bytes_are_cut_into_groups_or_left_as_they_are_and_none_is_lost(data) -> None:
    parts = split_groups(data)
    bare = [bytes(part).translate(None, b"\r\n\x1a") for part in (data, b"".join(parts))]
    assert parts == [data] or len(bare[1]) >= len(bare[0])
