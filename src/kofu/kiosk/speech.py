"""What is said on each screen, clip after clip: bundled sounds, so that no machine needs a voice of its own.

A clip is one text of a language's file, a number, a year, a character or a refusal of the ward. `clips` lists all of a
language with their texts; `scripts/make-voices` speaks them, and a test compares. `spoken` gives the clips of a screen.
A PIN is never said: only how many of its digits are there.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

from kofu.core.fiscal_year import income_year
from kofu.core.reference_number import ALPHABET
from kofu.kiosk.domain.plate import LETTERS
from kofu.kiosk.domain.screens import Screen
from kofu.kiosk.domain.troubles import Trouble
from kofu.kiosk.visit import KioskVisit
from kofu.kiosk.wording import TroubleText, Wording

FOLDER = Path(__file__).parent / "static" / "voice"
YEARS = range(2018, 2041)
CHOICES_MAX = 10
_DIGITS = range(1, 10)
NUMBERS = (0, *(digit * unit for unit in (1, 10, 100, 1000) for digit in _DIGITS))

#: The texts each screen says, in this order; what depends on the visit is put in by `spoken`.
SCREENS: dict[str, tuple[str, ...]] = {
    "welcome": ("welcome.title", "welcome.lead", "spoken.keys"),
    "closed": (),
    "out_of_service": ("out_of_service.title", "out_of_service.lead"),
    "cards": ("cards.title", "cards.lead"),
    "pin": ("pin.title", "pin.lead"),
    "locked": ("locked.title", "locked.lead"),
    "take_card": ("take_card.title", "take_card.lead"),
    "left_card": ("left_card.title", "left_card.lead"),
    "kind": ("kind.title",),
    "year": ("year.title",),
    "plate": ("plate.title", "plate.speak"),
    "copies": ("copies.title",),
    "confirm": ("confirm.title",),
    "refused": ("refused.title",),
    "pay": ("pay.title",),
    "stuck": ("stuck.title", "stuck.lead", "stuck.reported"),
    "printing": ("printing.title", "printing.lead"),
    "paper": ("paper.title", "paper.lead"),
    "left_paper": ("left_paper.title", "left_paper.lead", "left_paper.fine"),
    "print_failed": ("print_failed.title", "print_failed.lead"),
    "trouble": (),
    "erased": ("erased.title", "erased.lead"),
}
_PHONE = {"take_card": "take_phone", "left_card": "left_phone"}
#: Texts that are said beside those of `SCREENS`.
_FURTHER = (
    *(f"{part}.{key}" for part in ("take_phone", "left_phone") for key in ("title", "lead")),
    *(f"{part.value}.{key}" for part in Trouble if part is not Trouble.AWAY for key in ("title", "lead", "next")),
    "trouble.title",
    *("pin.wrong", "pay.cash", "pay.total", "pay.remaining", "pay.short", "pay_free.title", "pay_free.lead"),
    *("paper.take_change", "print_unknown.title", "print_unknown.lead", "print_failed.none", "reference", "yen"),
    *("refused.next", "refused.unpaid", "copies.unit", "confirm.fee", "confirm.copies", "confirm.request"),
    *("spoken.free", "spoken.repeat", "spoken.left", "spoken.digits", "soon", "cards.missing"),
)


def _flat(texts: Mapping[str, object], prefix: str = "") -> dict[str, str]:
    found: dict[str, str] = {}
    for key, value in texts.items():
        if isinstance(value, Mapping):
            found |= _flat(value, f"{prefix}{key}.")
        else:
            found[prefix + key] = str(value)
    return found


def clips(wording: Wording, ward: Mapping[str, tuple[str, str]]) -> dict[str, str]:
    """List every clip of a language with the text it says.

    `ward`: what the ward says where it speaks the language itself, by the refusal's code: why, and what to do.
    """
    texts = _flat(wording.texts)
    wanted = {*(key for keys in SCREENS.values() for key in keys), *_FURTHER}
    wanted |= {key for key in texts if key.startswith(("trouble_codes.", "voice.", "purpose.", "spoken.kind_"))}
    found = {key.removeprefix("voice."): texts[key] for key in wanted if texts[key]}
    said = wording.texts["spoken"]
    found |= {f"choice.{number}": said["choice"].format(number=number) for number in range(1, CHOICES_MAX + 1)}
    found |= {f"number.{number}": str(number) for number in NUMBERS}
    found |= {f"fiscal_year.{year}": said["fiscal_year"].format(year=year) for year in YEARS}
    found |= {f"income_year.{year}": said["income_year"].format(year=year) for year in YEARS}
    found |= {f"char.{character}": character for character in ALPHABET}
    for code, (lead, next_step) in {**ward, **_ward_in(wording)}.items():
        found |= {f"refused.{code}": lead, f"refused_next.{code}": next_step}
    if wording.code == "ja":  # a plate is Japanese for everybody
        found |= {f"kana.{ord(letter):x}": letter for letter in LETTERS}
    return found


def _ward_in(wording: Wording) -> dict[str, tuple[str, str]]:
    ward = wording.texts.get("ward", {})
    refusals: dict[str, dict[str, str]] = ward.get("refusals", {})
    return {code: (said["lead"], ward["next"][said["next"]]) for code, said in refusals.items()}


def number_clips(number: int) -> list[str]:
    """Say a number below 10,000 by its parts: 1350 is 1000, 300, 50."""
    parts = [int(digit) * 10**place for place, digit in enumerate(reversed(str(number))) if digit != "0"]
    return [f"number.{part}" for part in reversed(parts)] or ["number.0"]


def yen_clips(yen: int) -> list[str]:
    """Say an amount; nothing to pay is said as such."""
    return [*number_clips(yen), "yen"] if yen else ["spoken.free"]


def reference_clips(reference: str) -> list[str]:
    """Say a reference number character by character; nothing where there is none."""
    characters = [f"char.{character}" for character in reference if character in ALPHABET]
    return ["reference", *characters] if characters else []


def spoken(
    name: str, visit: KioskVisit, said: TroubleText, *, phone: bool, tries_left: int, copies_max: int
) -> list[str]:
    """Give the clips of a screen, in order."""
    start = [key.replace(name, _PHONE[name], 1) if phone and name in _PHONE else key for key in SCREENS[name]]
    return [*start, *_of_the_visit(name, visit, said, tries_left, copies_max), "spoken.repeat"]


def _of_the_visit(name: str, visit: KioskVisit, said: TroubleText, tries_left: int, copies_max: int) -> list[str]:  # noqa: PLR0911 - a table of screens
    match name:
        case "closed" | "trouble":
            next_step = [f"{said.part.value}.next"] if said.next_step else []
            return [f"{said.part.value}.title", said.lead_key, *next_step, "refused.unpaid"]
        case Screen.CARDS if visit.card_missing:
            return ["cards.missing"]
        case Screen.PIN if visit.pin_was_wrong:
            return ["pin.wrong", *number_clips(tries_left)]
        case Screen.KIND | Screen.YEAR | Screen.COPIES:
            return _choices(_offered(name, visit, copies_max))
        case Screen.CONFIRM:
            return _chosen(visit)
        case Screen.REFUSED:
            return _refused(visit)
        case Screen.PAY:
            return _to_pay(visit)
        case Screen.PAPER:
            change = ["paper.take_change"] if visit.receipt is not None and visit.receipt.till.change else []
            return [*change, *reference_clips(visit.reference)]
        case Screen.STUCK | Screen.PRINT_FAILED:
            return reference_clips(visit.reference)
        case _:
            return []


def _offered(name: str, visit: KioskVisit, copies_max: int) -> Iterable[list[str]]:
    match name:
        case Screen.KIND:
            kinds = visit.menu.kinds if visit.menu is not None else ()
            return ([f"spoken.kind_{one.kind.value}", *yen_clips(one.fee)] for one in kinds)
        case Screen.YEAR:
            return (_year(visit, year.fiscal_year) for year in (visit.kind.years if visit.kind else ()))
        case _:
            return ([*number_clips(number), "copies.unit"] for number in range(1, copies_max + 1))


def _chosen(visit: KioskVisit) -> list[str]:
    kind = [f"spoken.kind_{visit.kind.kind.value}"] if visit.kind else []
    count = ["confirm.copies", *number_clips(visit.copies), "confirm.fee", *yen_clips(visit.fee)]
    return [*kind, *_year(visit, visit.fiscal_year), *count, "confirm.request"]


def _refused(visit: KioskVisit) -> list[str]:
    code = visit.refusal.code if visit.refusal is not None else ""
    why = [f"refused.{code}", "refused.next", f"refused_next.{code}", "refused.unpaid"]
    return [*why, *reference_clips(visit.reference)]


def _to_pay(visit: KioskVisit) -> list[str]:
    till = visit.till
    if till is None or not till.fee:
        return ["pay_free.title", "pay_free.lead"]
    short = ["pay.short"] if till.emoney_short else []
    return ["pay.total", *yen_clips(till.fee), "pay.remaining", *yen_clips(till.remaining), *short, "pay.cash"]


def _year(visit: KioskVisit, fiscal_year: int) -> list[str]:
    states = {year.fiscal_year for year in (visit.kind.years if visit.kind else ()) if year.income_label}
    income = [f"income_year.{income_year(fiscal_year)}"] if fiscal_year in states else []
    return [f"fiscal_year.{fiscal_year}", *income]


def _choices(each: Iterable[list[str]]) -> list[str]:
    return [clip for number, said in enumerate(each, start=1) for clip in (f"choice.{number}", *said)]


@cache
def bundled() -> Mapping[str, frozenset[str]]:
    """Give the clips there are, by language. A clip that is not there is passed over: the screen shows its text."""
    manifest = json.loads((FOLDER / "manifest.json").read_text(encoding="utf-8"))
    return {language: frozenset(found) for language, found in manifest.items()}
