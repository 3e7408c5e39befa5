"""Every language says everything: on the screen, by voice, and for what the ward says by its codes."""

from __future__ import annotations

import re
import tomllib

import msgspec
import pytest
from tests.kiosk.doubles import menu

from kofu.center.app import STOPPED
from kofu.certificates.domain.refusals import REFUSALS
from kofu.contracts.center import CenterRefused
from kofu.contracts.issuing import CertificateKind, Text
from kofu.core.errors import OurFault
from kofu.issuing.requests.domain.technical import TECHNICAL
from kofu.kiosk import wording
from kofu.kiosk.domain.printing import PrintFailure
from kofu.kiosk.domain.till import Method
from kofu.kiosk.wording import WARD_SPEAKS, load_wordings

LANGUAGES = load_wordings()
FURTHER = [language for language in LANGUAGES if language not in WARD_SPEAKS]


def test_japanese_comes_first_and_every_language_names_itself() -> None:
    """Loading compares their keys: `load_wordings` refuses where one lacks a text."""
    assert next(iter(LANGUAGES)) == "ja"
    assert set(WARD_SPEAKS) <= set(LANGUAGES)
    assert len({one.texts["language"] for one in LANGUAGES.values()}) == len(LANGUAGES)
    assert all(one.lang.partition("-")[0] == code for code, one in LANGUAGES.items())


def leaves(texts, prefix: str = "") -> dict[str, str]:
    found: dict[str, str] = {}
    for key, value in texts.items():
        found |= leaves(value, f"{prefix}{key}.") if isinstance(value, dict) else {prefix + key: str(value)}
    return found


def test_every_text_has_a_note_for_its_translators_and_every_note_a_text() -> None:
    """Who translates 「次へ」 must know that it is a button. `[made]` and the refusals' `next` are no texts."""
    notes = leaves(tomllib.loads((wording.FOLDER / "notes.toml").read_text(encoding="utf-8")))
    texts = {
        key.removesuffix(".lead") if key.startswith("ward.refusals.") else key
        for one in LANGUAGES.values()
        for key in leaves(one.texts)
        if not key.startswith("made.") and not (key.startswith("ward.refusals.") and key.endswith(".next"))
    }
    assert set(notes) == texts
    assert [key for key, note in notes.items() if len(note) < 10 or not note.endswith(".")] == []


def test_no_text_is_named_like_a_method_of_a_mapping() -> None:
    """A page that asks for `text.keys` would show the method, not the text."""
    names = {part for one in LANGUAGES.values() for key in leaves(one.texts) for part in key.split(".")}
    assert names & {name for name in dir(dict) if not name.startswith("_")} <= {"keys"}
    assert "keys" not in {key for one in LANGUAGES.values() for key in one.texts}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_placeholder_of_the_japanese_text_stands_in_the_translation(language) -> None:
    """「{yen}円をお返しします」 without its amount would be a promise of nothing. Years are said by number."""
    japanese, own = leaves(LANGUAGES["ja"].texts), leaves(LANGUAGES[language].texts)
    fields = re.compile(r"\{(\w+)\}")
    differing = [key for key, text in japanese.items() if set(fields.findall(text)) != set(fields.findall(own[key]))]
    assert differing == ([] if language == "ja" else ["year.income"])


@pytest.mark.parametrize(
    ("language", "wrong", "right"),
    [
        ("zh", "交付", "发放"),  # 交付 is handing over goods or money; an office 发放 its certificates
        ("zh", "発行", "发放"),
        ("ko", "지불", "결제"),  # a fee is paid by 결제
        ("ko", "교부", "발급"),
        ("vi", "trả tiền", "thanh toán"),
    ],
)
def test_a_word_of_office_is_the_languages_own_and_not_the_japanese_one_in_its_letters(language, wrong, right) -> None:
    said = " ".join(str(text) for text in leaves(LANGUAGES[language].texts).values())
    assert wrong not in said
    assert right in said


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_problem_and_every_way_to_pay_has_a_name(language) -> None:
    texts = LANGUAGES[language].texts
    assert {problem.value for problem in PrintFailure if problem} - {"printer_failed"} <= set(texts["printer"])
    assert {"jam", "out_of_paper", "printer_failed"} <= set(texts["print_failed"])
    assert {method.value for method in Method} <= set(texts["receipt"])


@pytest.mark.parametrize("language", FURTHER)
def test_a_further_language_says_every_kind_and_every_refusal_of_the_ward(language) -> None:
    ward = LANGUAGES[language].texts["ward"]
    assert set(ward["kinds"]) == {kind.value for kind in CertificateKind}
    by_the_ward = {refusal.code for refusal in (*REFUSALS.values(), *TECHNICAL.values())}
    assert set(ward["refusals"]) == {*by_the_ward, STOPPED}
    assert {refusal["next"] for refusal in ward["refusals"].values()} == set(ward["next"])


def refused(code: str) -> CenterRefused:
    said = Text(ja="申告がありません。", en="No declaration.")
    return CenterRefused(
        request_id="1" * 32,
        reference=None,
        code=code,
        resident_text=said,
        next_step=Text(ja="窓口へ", en="Counter."),
    )


def test_a_refusal_is_said_in_the_residents_language() -> None:
    assert LANGUAGES["ja"].refusal(refused("undeclared")).lead == "申告がありません。"
    assert LANGUAGES["en"].refusal(refused("undeclared")).next_step == "Counter."
    chinese = LANGUAGES["zh"].refusal(refused("undeclared"))
    assert (chinese.lead, chinese.lang) == ("因没有所选年度的申报记录，无法发放。", "zh-Hans")


def test_a_refusal_unknown_to_a_language_is_said_in_english_and_marked_as_english() -> None:
    said = LANGUAGES["ko"].refusal(refused("brand_new"))
    assert (said.lead, said.next_step, said.lang) == ("No declaration.", "Counter.", "en")


def test_a_closed_ward_is_said_in_every_language() -> None:
    closed = msgspec.structs.replace(menu(is_open=False), closed_text=Text(ja="休止中です。", en="Closed."))
    assert [LANGUAGES[one].closed(closed) for one in ("ja", "en")] == ["休止中です。", "Closed."]
    assert all(LANGUAGES[one].closed(closed) == LANGUAGES[one].texts["ward"]["closed"] for one in FURTHER)
    assert [one.closed(menu()) for one in LANGUAGES.values()] == [""] * len(LANGUAGES)


def test_a_language_that_lacks_a_text_is_refused_at_the_start(tmp_path, monkeypatch) -> None:
    (tmp_path / "ja.toml").write_text('a = "あ"\n[b]\nc = "い"\n', encoding="utf-8")
    (tmp_path / "en.toml").write_text('a = "x"\n[b]\n', encoding="utf-8")
    monkeypatch.setattr(wording, "FOLDER", tmp_path)
    with pytest.raises(OurFault, match=r"en.toml .* b\.c"):
        load_wordings.__wrapped__()


def test_a_further_language_that_lacks_a_text_of_the_ward_is_refused_at_the_start(tmp_path, monkeypatch) -> None:
    for language, ward in (("ja", ""), ("ko", '[ward]\nclosed = "k"\n'), ("vi", "[ward]\n")):
        (tmp_path / f"{language}.toml").write_text(f'a = "x"\n{ward}', encoding="utf-8")
    monkeypatch.setattr(wording, "FOLDER", tmp_path)
    with pytest.raises(OurFault, match=r"vi.toml .* closed"):
        load_wordings.__wrapped__()
