"""Names of one person and of two."""

from __future__ import annotations

import pytest

from kofu.judgement.fitting import Fit, fit


@pytest.mark.parametrize(
    ("assessed", "registry"),
    [
        ("見本　太郎", "見本　太郎"),
        ("見本太郎", "見本　太郎"),  # without the space between
        ("髙橋　花子", "高橋　花子"),  # a form of the character
        ("渡邉\U000e010f　誠", "渡辺　誠"),  # a variation selector
        ("ＡＮＤＥＲＳＥＮ　ＫＡＲＬ", "ANDERSEN KARL"),  # widths
        ("佐藤　花子", "ANDERSEN KAREN（佐藤　花子）"),  # 通称
        ("ANDERSEN KAREN", "ANDERSEN KAREN（佐藤　花子）"),
        ("田中　花子", "佐藤（田中）　花子"),  # 旧氏併記
        ("佐藤　花子", "佐藤（田中）　花子"),
    ],
)
def test_what_differs_only_in_writing_alias_or_former_name_is_the_same_person(assessed, registry) -> None:
    assert fit(assessed, (registry,)) is Fit.SAME


def test_a_name_the_registry_gave_before_fits() -> None:
    assert fit("田中　花子", ("佐藤　花江", "田中　花子")) is Fit.SAME


@pytest.mark.parametrize(("assessed", "registry"), [("田中　花子", "佐藤　花子"), ("田中花子", "佐藤　花子")])
def test_another_family_name_with_the_given_name_is_a_change_of_name(assessed, registry) -> None:
    assert fit(assessed, (registry,)) is Fit.CHANGED


@pytest.mark.parametrize(
    ("assessed", "registry"),
    [("佐藤　一郎", "佐藤　花子"), ("鈴木　茂", "佐藤　花子"), ("ANDERSEN KARL", "ANDERSEN KAREN"), ("茂", "山本　茂")],
)
def test_the_family_name_alone_makes_nobody_the_same(assessed, registry) -> None:
    assert fit(assessed, (registry,)) is Fit.NONE


def test_nobody_fits_nobody() -> None:
    assert fit("見本　太郎", ()) is Fit.NONE
