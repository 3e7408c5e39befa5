"""全銀カナ: which characters banks take, and how a フリガナ becomes one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kofu.core.errors import OperatorFault
from kofu.ledger.formats.charsets import Charset
from kofu.ledger.formats.zengin_kana import NAME_CHARACTERS, to_zengin, unfit_at


@pytest.mark.parametrize(
    ("kana", "written"),
    [
        ("ミホン　タロウ", "ﾐﾎﾝ ﾀﾛｳ"),
        ("ジャック・ワトソン", "ｼﾞﾔﾂｸ.ﾜﾄｿﾝ"),
        ("ヴァーシャ", "ｳﾞｱ-ｼﾔ"),
        ("ぱんだ", "ﾊﾟﾝﾀﾞ"),
        ("ｶﾌﾞｼｷｶﾞｲｼｬ", "ｶﾌﾞｼｷｶﾞｲｼﾔ"),
        ("ＡＢＣ－１", "ABC-1"),
        ("kofu (1)", "KOFU (1)"),
        ("カ\u3099", "ｶﾞ"),
        ("カヲル", "ｶｵﾙ"),
        ("ミサヲ", "ﾐｻｵ"),
        ("ヱビス", "ｴﾋﾞｽ"),
        ("ヰセキ", "ｲｾｷ"),
        ("ゐゑを ｦ", "ｲｴｵ ｵ"),
        ("ヵヶヮゎゕ", "ｶｹﾜﾜｶ"),
        ("ｬｭｮｯｧ", "ﾔﾕﾖﾂｱ"),
        ("オ―オ゠オ〜オ～オ~オ—オ‐オ−オｰ", "ｵ-ｵ-ｵ-ｵ-ｵ-ｵ-ｵ-ｵ-ｵ-"),
        ("ゔぁ ヴ", "ｳﾞｱ ｳﾞ"),
        ("ﾊﾟﾊﾞ ハ゜", "ﾊﾟﾊﾞ ﾊﾟ"),
    ],
)
def test_a_furigana_becomes_half_width_capital_kana_with_marks_of_their_own(kana, written) -> None:
    """Small ャュョッ are written large, voiced marks stand apart, the long vowel is a hyphen."""
    assert to_zengin(kana) == written
    assert unfit_at(written) is None


@pytest.mark.parametrize("name", ["山田", "ミホン①", "ミホン㍿", "é", "ß", "\n", "🐈"])
def test_what_has_no_kana_is_refused_by_its_place_and_not_by_its_name(name) -> None:
    with pytest.raises(OperatorFault) as refusal:
        to_zengin(name)
    assert refusal.value.code == "no_zengin_kana"
    assert name not in refusal.value.message


@pytest.mark.parametrize(
    "name", ["ﾜﾞ", "ｱﾞ", "ｶﾟ", "ﾞｷ", "ヷ", "ヺ", "ガ゛", "ナ\u3099", "ー゛", "ン゜", "A゛", "ウ゜", "ｶﾞﾞ"]
)
def test_a_voiced_mark_that_makes_no_kana_is_refused(name) -> None:
    """zengin4j ADR-0028: a bank keeps no such name, so the フリガナ is wrong."""
    with pytest.raises(OperatorFault) as refusal:
        to_zengin(name)
    assert refusal.value.code == "no_voiced_kana"
    assert name not in refusal.value.message


@pytest.mark.parametrize(("name", "place"), [("ﾜﾞ", 1), ("ﾞｷ", 0), ("ｷﾞｶﾟ", 3), ("ｶﾞﾊﾟｳﾞ", None)])
def test_a_name_to_be_sent_is_looked_at_for_marks_that_make_no_kana_too(name, place) -> None:
    assert unfit_at(name) == place


@given(st.text(max_size=20))
def test_whatever_is_converted_fits_the_banks_and_any_text_is_converted_or_refused(text) -> None:
    try:
        written = to_zengin(text)
    except OperatorFault:
        return
    assert set(written) <= NAME_CHARACTERS
    assert unfit_at(written) is None
    assert len(Charset.JIS_X_0201.to_bytes(written)) == len(written)
    assert to_zengin(written) == written


@given(st.binary(max_size=20))
def test_bytes_of_jis_x_0201_are_text_that_gives_the_same_bytes(data) -> None:
    try:
        text = Charset.JIS_X_0201.to_text(data)
    except UnicodeDecodeError:
        return
    assert Charset.JIS_X_0201.to_bytes(text) == data


def test_the_yen_sign_and_the_overline_stand_where_ascii_has_backslash_and_tilde() -> None:
    """JIS X 0201, table of the Latin set."""
    assert Charset.JIS_X_0201.to_text(b"\x5c\x7e\xb1") == "¥‾ｱ"
