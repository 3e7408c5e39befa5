"""The kiosk's texts: one TOML file per language under `texts/`. A language is added by adding a file.

The ward's own sentences (menu, refusals, closed hours) come in Japanese and English. For every further language the
file's `[ward]` part says them by their stable codes; a code it does not know is shown in the ward's English. `[made]`
says how the language is drawn and spoken: its fonts, and the voice of `scripts/make-voices`. `notes.toml` is no
language: it tells translators where each text stands.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from kofu.contracts.center import CenterRefused
from kofu.contracts.issuing import Menu, MenuKind, MenuYear, Text
from kofu.core.errors import OurFault
from kofu.core.fiscal_year import income_year
from kofu.kiosk.domain.told_numbers import told_number
from kofu.kiosk.domain.troubles import Trouble, may_lay_again, trouble_of
from kofu.kiosk.visit import FIRST

Texts = dict[str, Any]
FOLDER = Path(__file__).parent / "texts"
#: Languages in which the ward itself speaks.
WARD_SPEAKS = ("ja", "en")
WARD = "ward"
#: What a language's file says of its making: no text, so nothing to translate.
MADE = "made"
NOTES = "notes"


@dataclass(frozen=True, slots=True)
class RefusalText:
    """What a refusal says and what the resident can do, and the language (`lang`) of both."""

    lead: str
    next_step: str
    lang: str


@dataclass(frozen=True, slots=True)
class TroubleText:
    """What is in the way, for a resident: heading, reason, what to do ("" where the reason says it), and the code.

    `lead_key` names the text that is spoken for the reason: the language's own, also where the ward uses its words.
    """

    title: str
    lead: str
    lead_key: str
    next_step: str
    code: str
    part: Trouble
    may_lay_again: bool


@dataclass(frozen=True, slots=True)
class Wording:
    """One language: its texts, and the ward's sentences in it."""

    code: str
    texts: Texts

    @property
    def lang(self) -> str:
        """Language tag of the pages (BCP 47)."""
        return str(self.texts["lang"])

    def kind(self, kind: MenuKind) -> str:
        """Name of a certificate: the ward's own where it speaks the language."""
        known: str | None = self._ward("kinds").get(kind.kind.value)
        return known or self._of_ward(kind.label)

    def refusal(self, refused: CenterRefused) -> RefusalText:
        """Say why, and what to do now."""
        known = self._ward("refusals").get(refused.code)
        if known is not None:
            return RefusalText(known["lead"], self._ward("next")[known["next"]], self.lang)
        lang = self.code if self.code in WARD_SPEAKS else "en"
        return RefusalText(self._of_ward(refused.resident_text), self._of_ward(refused.next_step), lang)

    def closed(self, menu: Menu | None) -> str:
        """Say why nothing is offered right now, in the ward's words; "" where the ward says nothing."""
        if menu is None or menu.closed_text is None:
            return ""
        return str(self.texts[WARD]["closed"]) if WARD in self.texts else self._of_ward(menu.closed_text)

    def trouble(self, code: str, menu: Menu | None) -> TroubleText:
        """Say what is in the way, each kind under its own heading; a stop in the ward's or the centre's own words."""
        part = trouble_of(code)
        own, codes = self.texts[part.value], self.texts["trouble_codes"]
        named = code if code in codes else "other"
        key = f"{part.value}.lead" if "lead" in own else f"trouble_codes.{named}"
        lead = self.closed(menu) or own.get("lead") or codes[named]
        return TroubleText(own["title"], lead, key, own.get("next", ""), code, part, may_lay_again(code))

    @staticmethod
    def number(code: str) -> int:
        """Give what a resident may tell the office of a refusal: a number, in no language a word."""
        return told_number(code)

    def year_of_income(self, year: MenuYear) -> str:
        """Say the year whose income a certificate of `year` states; "" where it states none."""
        if not year.income_label:
            return ""
        said: str = self.texts["year"]["income"]
        return said.format(year=income_year(year.fiscal_year), label=year.income_label)

    def _ward(self, part: Literal["kinds", "refusals", "next"]) -> dict[str, Any]:
        found: dict[str, Any] = self.texts.get(WARD, {}).get(part, {})
        return found

    def _of_ward(self, text: Text) -> str:
        return text.ja if self.code == "ja" else text.en


@cache
def load_wordings() -> dict[str, Wording]:
    """Read every language, Japanese first. Raises `OurFault` where one lacks a text, or has one that no other has."""
    found = {
        path.stem: tomllib.loads(path.read_text(encoding="utf-8"))
        for path in sorted(FOLDER.glob("*.toml"))
        if path.stem != NOTES
    }
    own = {language: {key: value for key, value in texts.items() if key != WARD} for language, texts in found.items()}
    wards = {language: texts.get(WARD, {}) for language, texts in found.items() if language not in WARD_SPEAKS}
    _same(own, FIRST)
    if wards:
        _same(wards, min(wards))
    return {language: Wording(language, found[language]) for language in sorted(found, key=lambda one: one != FIRST)}


def _same(languages: dict[str, Texts], first: str) -> None:
    wanted = _keys(languages[first])
    for language, texts in languages.items():
        if differing := wanted ^ _keys(texts):
            raise OurFault(
                "texts_differ", f"texts/{language}.toml and {first}.toml differ in: {', '.join(sorted(differing))}"
            )


def _keys(texts: Texts, prefix: str = "") -> set[str]:
    keys: set[str] = set()
    for key, value in texts.items():
        keys |= _keys(value, f"{prefix}{key}.") if isinstance(value, dict) else {prefix + key}
    return keys
