"""Every language says everything: on the screen, by voice, and for what the ward says by its codes."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import msgspec
import pytest
from tests.kiosk.doubles import menu

from kofu.certificates.domain.refusals import REFUSALS
from kofu.contracts.center import CenterRefused
from kofu.contracts.issuing import CertificateKind, Text
from kofu.core.errors import OurFault
from kofu.kiosk import wording
from kofu.kiosk.domain.printing import Problem
from kofu.kiosk.domain.till import Method
from kofu.kiosk.wording import WARD_SPEAKS, load_wordings

VOICES = Path(wording.__file__).parent / "static" / "voice"
LANGUAGES = load_wordings()
FURTHER = [language for language in LANGUAGES if language not in WARD_SPEAKS]


def test_the_five_languages_are_there_japanese_first() -> None:
    """Loading compares their keys: `load_wordings` refuses where one lacks a text."""
    assert next(iter(LANGUAGES)) == "ja"
    assert set(LANGUAGES) == {"ja", "en", "zh", "ko", "vi"}
    assert LANGUAGES["zh"].lang == "zh-Hans"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_problem_and_every_way_to_pay_has_a_name(language) -> None:
    texts = LANGUAGES[language].texts
    assert {problem.value for problem in Problem if problem} - {"printer_failed"} <= set(texts["printer"])
    assert {"jam", "out_of_paper", "printer_failed"} <= set(texts["print_failed"])
    assert {method.value for method in Method} <= set(texts["receipt"])


@pytest.mark.parametrize("language", FURTHER)
def test_a_further_language_says_every_kind_and_every_refusal_of_the_ward(language) -> None:
    ward = LANGUAGES[language].texts["ward"]
    assert set(ward["kinds"]) == {kind.value for kind in CertificateKind}
    assert set(ward["refusals"]) == {refusal.code for refusal in REFUSALS.values()}
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
    assert (chinese.lead, chinese.lang) == ("因没有所选年度的申报记录，无法交付。", "zh-Hans")


def test_a_refusal_unknown_to_a_language_is_said_in_english_and_marked_as_english() -> None:
    said = LANGUAGES["ko"].refusal(refused("brand_new"))
    assert (said.lead, said.next_step, said.lang) == ("No declaration.", "Counter.", "en")


def test_a_closed_ward_is_said_in_every_language() -> None:
    closed = msgspec.structs.replace(menu(is_open=False), closed_text=Text(ja="休止中です。", en="Closed."))
    assert [LANGUAGES[one].closed(closed) for one in ("ja", "en")] == ["休止中です。", "Closed."]
    assert all(LANGUAGES[one].closed(closed) == LANGUAGES[one].texts["ward"]["closed"] for one in FURTHER)
    assert [one.closed(menu()) for one in LANGUAGES.values()] == [""] * len(LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_spoken_text_has_its_sound_and_the_sound_says_this_text(language) -> None:
    """`scripts/make-voices` writes the digests: a text that was changed and not spoken anew is found here."""
    manifest = json.loads((VOICES / "manifest.json").read_text(encoding="utf-8"))
    texts = LANGUAGES[language].texts["voice"]
    assert set(manifest[language]) == set(texts) == {path.stem for path in (VOICES / language).iterdir()}
    for name, text in texts.items():
        sound = (VOICES / language / f"{name}.opus").read_bytes()
        assert sound.startswith(b"OggS")
        assert hashlib.sha256(text.encode()).hexdigest() == manifest[language][name]["text_sha256"], name
        assert hashlib.sha256(sound).hexdigest() == manifest[language][name]["audio_sha256"], name


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
