"""The signed code says what the ward certified; whatever was changed, or was signed by nobody known, is refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from kofu.certificates.authenticity import (
    CODE_BYTES_MAX,
    CodeRefused,
    CodeStatement,
    digest_of,
    from_text,
    read_code,
    sign_code,
    to_text,
)
from kofu.certificates.revocations import RevocationList, RevokedNumber, read_list, sign_list
from kofu.certificates.signing_keys import make_signing_key, read_public_keys, read_signing_keys, signing_on
from kofu.core.errors import OperatorFault, PeerFault
from kofu.press.codes import CHARACTERS_MAX, CodeTooLarge, draw_code

DAY = date(2026, 11, 23)
FACTS = (
    ("氏名", "見本　太郎"),
    ("住所", "東京都見本区霞ヶ丘町一丁目4番1号"),
    ("合計所得金額", "4,565,400"),
    ("年税額", "238,500"),
)
STATEMENT = CodeStatement(
    certificate_number="20261123-139998-000000001",
    title="課税証明書",
    fiscal_year=2026,
    issued_on=DAY,
    office="東京都見本区長",
    facts=FACTS,
    left_out=0,
    digest=digest_of(dict(FACTS)),
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("keys")


@pytest.fixture(scope="module")
def key(folder):
    return make_signing_key(folder, date(2026, 4, 1), date(2027, 3, 31))


def refused(code, keys) -> str:
    with pytest.raises(CodeRefused) as error:
        read_code(code, keys)
    return error.value.code


def test_a_code_gives_back_what_was_certified_and_is_the_same_each_time(key):
    """P1: the nightly re-check derives the same bytes (RFC 6979)."""
    code = sign_code(STATEMENT, key)
    assert len(code) <= CODE_BYTES_MAX
    assert read_code(code, [key.published]) == STATEMENT
    assert sign_code(STATEMENT, key) == code


def test_facts_that_do_not_fit_are_counted_and_covered_by_the_digest(key):
    many = replace(STATEMENT, facts=tuple((f"所得{number}", f"{number:,}00,000") for number in range(40)))
    code = sign_code(many, key)
    read = read_code(code, [key.published])
    assert len(code) <= CODE_BYTES_MAX
    assert read.facts == many.facts[: len(read.facts)]
    assert len(read.facts) + read.left_out == 40
    assert read.left_out > 0


@settings(max_examples=150, deadline=None)
@given(place=st.integers(0, 10_000), change=st.integers(1, 255))
def test_one_byte_changed_anywhere_is_refused(key, place, change):
    code = bytearray(sign_code(STATEMENT, key))
    code[place % len(code)] ^= change
    assert refused(bytes(code), [key.published]) in {"not_a_code", "unknown_key", "not_signed"}


def test_another_wards_key_and_a_day_outside_the_keys_days_are_refused(key, tmp_path):
    other = make_signing_key(tmp_path, date(2026, 4, 1), date(2027, 3, 31))
    assert refused(sign_code(STATEMENT, other), [key.published]) == "unknown_key"
    late = replace(STATEMENT, issued_on=date(2027, 4, 1))
    assert refused(sign_code(late, key), [key.published]) == "key_not_valid"
    assert refused(b"", [key.published]) == refused(b"KFA1", [key.published]) == "not_a_code"


def test_keys_roll_over_by_their_days_and_old_papers_still_verify(tmp_path):
    old = make_signing_key(tmp_path, date(2026, 4, 1), date(2027, 4, 30))
    new = make_signing_key(tmp_path, date(2027, 4, 1), date(2028, 3, 31))
    keys = read_signing_keys(tmp_path)
    assert [signing_on(keys, day).key_id for day in (DAY, date(2027, 4, 1))] == [old.key_id, new.key_id]
    assert read_code(sign_code(STATEMENT, old), read_public_keys(tmp_path)) == STATEMENT
    with pytest.raises(OperatorFault, match="no signing key"):
        signing_on(keys, date(2030, 1, 1))


def test_a_key_others_can_read_or_under_a_false_name_is_not_used(tmp_path):
    make_signing_key(tmp_path, date(2026, 4, 1), date(2027, 3, 31))
    (file,) = (path for path in tmp_path.glob("*.pem") if ".pub." not in path.name)
    file.chmod(0o644)
    with pytest.raises(OperatorFault, match="others"):
        read_signing_keys(tmp_path)
    file.chmod(0o600)
    file.rename(file.with_name(file.name[:-12] + "00000000.pem"))
    with pytest.raises(OperatorFault, match="does not hold the key"):
        read_signing_keys(tmp_path)


def test_a_revoked_number_stands_in_a_signed_list(key):
    known = RevocationList(
        "139998", datetime(2026, 12, 1, tzinfo=UTC), (RevokedNumber(STATEMENT.certificate_number, DAY),)
    )
    file = sign_list(known, key)
    revocations = read_list(file, [key.published])
    assert revocations.revoked_on(STATEMENT.certificate_number) == DAY
    assert revocations.revoked_on("20261123-139998-000000002") is None
    with pytest.raises(PeerFault):
        read_list(file.replace(b"139998-000000001", b"139998-000000009"), [key.published])
    with pytest.raises(PeerFault):
        read_list(file, [])


def test_a_printed_code_is_read_by_a_reader_of_its_own(key):
    code = sign_code(STATEMENT, key)
    drawn = draw_code(to_text(code))
    picture = Image.new("L", (drawn.modules * 4, drawn.modules * 4), 255)
    pen = ImageDraw.Draw(picture)
    for move in drawn.svg.split('d="')[1].split('"')[0].split("z")[:-1]:
        start, width = move[1:].split("h")[:2]
        left, top = (int(part) * 4 for part in start.split())
        pen.rectangle((left, top, left + int(width.split("v")[0]) * 4 - 1, top + 3), fill=0)
    (read,) = zxingcpp.read_barcodes(picture, formats=zxingcpp.BarcodeFormat.QRCode)
    assert from_text(read.text) == code


def test_the_largest_code_fits_and_one_that_would_be_too_fine_to_print_is_refused():
    largest = to_text(b"KFA1" + bytes(CODE_BYTES_MAX - 4))
    assert draw_code(largest).modules <= 81
    with pytest.raises(CodeTooLarge):
        draw_code("A" * (CHARACTERS_MAX + 1))


@given(st.binary(max_size=80))
def test_the_text_gives_back_every_byte(data):
    assert from_text(to_text(b"KFA1" + data)) == b"KFA1" + data


def test_the_published_examples_of_base45_read_the_same():
    """RFC 9285, 4.3 and 4.4."""
    assert to_text(b"KFA1AB") == "KFA1BB8"
    assert to_text(b"KFA1Hello!!") == "KFA1%69 VD92EX0"
    assert from_text("KFA1QED8WEX0") == b"KFA1ietf!"
    for wrong in ("KFA1GGW", "KFA1A", "KFA1a12", "nothing"):
        with pytest.raises(CodeRefused):
            from_text(wrong)
