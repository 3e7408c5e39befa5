"""Every screen is spoken, in every language, by sounds that come with kofu and say what the screen says."""

from __future__ import annotations

import hashlib
import itertools
import json

import pytest
from tests.kiosk.doubles import CARDS, REFERENCE, issued, menu

from kofu.certificates.domain.refusals import REFUSALS
from kofu.contracts.center import CenterRefused
from kofu.contracts.issuing import CertificateKind, Text
from kofu.core.reference_number import shown_reference
from kofu.issuing.requests.domain.technical import TECHNICAL
from kofu.kiosk.domain.screens import Screen
from kofu.kiosk.domain.till import Till
from kofu.kiosk.domain.troubles import Trouble
from kofu.kiosk.speech import FOLDER, SCREENS, bundled, clips, number_clips, spoken, yen_clips
from kofu.kiosk.visit import KioskVisit
from kofu.kiosk.wording import WARD_SPEAKS, load_wordings

LANGUAGES = load_wordings()
REFUSED = {one.code: one for one in (*REFUSALS.values(), *TECHNICAL.values())}
FIRST_SCREENS = {"closed", "out_of_service"}
SAID = LANGUAGES["ja"].trouble("", None)


def wanted(language: str) -> dict[str, str]:
    by_the_ward = REFUSED if language in WARD_SPEAKS else {}
    said = {
        code: (getattr(one.resident, language), getattr(one.next_step, language)) for code, one in by_the_ward.items()
    }
    return clips(LANGUAGES[language], said)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_clip_has_its_sound_and_the_sound_says_its_text(language) -> None:
    """`scripts/make-voices` writes the digests: a text that was changed and not spoken anew is found here."""
    manifest = json.loads((FOLDER / "manifest.json").read_text(encoding="utf-8"))[language]
    texts = wanted(language)
    assert set(manifest) == set(texts) == {path.stem for path in (FOLDER / language).iterdir()}
    for name, text in texts.items():
        sound = (FOLDER / language / f"{name}.opus").read_bytes()
        assert sound.startswith(b"OggS")
        assert hashlib.sha256(text.encode()).hexdigest() == manifest[name]["text_sha256"], name
        assert hashlib.sha256(sound).hexdigest() == manifest[name]["audio_sha256"], name


def test_every_screen_has_words() -> None:
    """The PIN's digits are no words: only their number is said (`pin.typed`)."""
    assert set(SCREENS) == {screen.value for screen in Screen} | FIRST_SCREENS


def visits():
    """Give visits that stand for every screen: free and paid, short of e-money, refused by every code, each kind."""
    for kind, code in itertools.zip_longest(menu().kinds * 20, REFUSED):
        visit = KioskVisit(card=CARDS[0], menu=menu(), kind=kind, fiscal_year=2026, copies=2, pin_was_wrong=True)
        visit.reference, visit.answer = shown_reference(REFERENCE), issued("1" * 32, b"", 2)
        visit.till = Till(kind.fee * 2, emoney_short=bool(kind.fee)) if kind is not None else None
        no = Text(ja="不可", en="no")
        visit.refusal = CenterRefused(
            request_id="1" * 32, reference=REFERENCE, code=code or "unpaid", resident_text=no, next_step=no
        )
        if kind is not None:
            yield visit


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", SCREENS)
def test_every_screen_is_spoken_whole(name, language) -> None:
    """No clip that a screen asks for is missing, for phones too; the last one says how to hear it again."""
    for visit, phone in itertools.product(visits(), (False, True)):
        said = spoken(name, visit, SAID, phone=phone, tries_left=2, copies_max=10)
        assert len(said) > 1
        assert said[-1] == "spoken.repeat"
        optional = {"copies.unit"}  # English counts copies without a word
        assert {clip for clip in said if clip not in bundled()[language]} <= optional


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "code",
    [
        *("closed", "certificate_revoked", "certificate_expired", "certificate_x", "odd"),
        *("card_removed", "card_unknown", "card_fault", "no_card_reader"),
    ],
)
def test_what_is_in_the_way_is_spoken_under_its_own_heading(code, language) -> None:
    said = LANGUAGES[language].trouble(code, None)
    for name in ("closed", "trouble"):
        heard = spoken(name, KioskVisit(), said, phone=False, tries_left=0, copies_max=1)
        assert heard[0] == f"{said.part.value}.title"
        assert set(heard) <= bundled()[language]
    assert {part.value for part in Trouble} <= set(LANGUAGES[language].texts)


def test_choices_are_spoken_with_the_key_that_takes_them_and_what_they_cost() -> None:
    visit = KioskVisit(menu=menu())
    said = spoken(Screen.KIND, visit, SAID, phone=False, tries_left=0, copies_max=1)
    taxation = said[said.index("choice.1") : said.index("choice.2")]
    assert taxation == ["choice.1", "spoken.kind_taxation", "number.200", "yen"]
    assert said[said.index("choice.2") :][:3] == ["choice.2", "spoken.kind_vehicle_inspection", "spoken.free"]
    visit.kind = menu().kinds[0]
    assert "income_year.2025" in spoken(Screen.YEAR, visit, SAID, phone=False, tries_left=0, copies_max=1)


def test_an_empty_reader_is_spoken_of() -> None:
    said = spoken(Screen.CARDS, KioskVisit(card_missing=True), SAID, phone=False, tries_left=0, copies_max=1)
    assert "cards.missing" in said


def test_a_phone_is_spoken_of_as_a_phone() -> None:
    said = spoken(Screen.TAKE_CARD, KioskVisit(), SAID, phone=True, tries_left=0, copies_max=1)
    assert said[:2] == ["take_phone.title", "take_phone.lead"]


@pytest.mark.parametrize(
    ("number", "parts"),
    [(0, [0]), (7, [7]), (10, [10]), (350, [300, 50]), (1001, [1000, 1]), (9999, [9000, 900, 90, 9])],
)
def test_a_number_is_said_by_its_parts(number, parts) -> None:
    assert number_clips(number) == [f"number.{part}" for part in parts]
    assert yen_clips(300) == ["number.300", "yen"]
    assert yen_clips(0) == ["spoken.free"]


def test_every_kind_of_certificate_has_a_spoken_name_in_every_language() -> None:
    for language in LANGUAGES:
        assert {f"spoken.kind_{kind.value}" for kind in CertificateKind} <= set(wanted(language))
