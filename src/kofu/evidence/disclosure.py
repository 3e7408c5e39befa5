"""開示の回答: everything every system's record has about one person, in one paper for the resident who asks.

Each system answers under its own right and puts it on its own record; here the answers are only laid side by side. A
system that did not answer is on the paper as such: it is never taken for one where nobody looked.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from itertools import chain
from pathlib import Path

import msgspec

from kofu.core.calendar import in_japan
from kofu.core.errors import OperatorFault, OurFault
from kofu.core.system_names import SYSTEM_NAMES
from kofu.core.wareki import format_short
from kofu.platform.fonts import read_font
from kofu.press.engine import Press
from kofu.press.glyphs import GlyphCoverage
from kofu.staff.answered_looks import AnsweredLook

FORMS_ROOT = Path(__file__).resolve().parent / "forms"
FORM, VERSION = "disclosure", "v1"
TITLE = "あなたの情報を見た記録"
#: Of somebody the system does not have now. The record outlives them: who was erased stands in it still.
NOT_HERE = "この番号の方の情報は、いまこのシステムにありません（番号の誤りか、消去された方です）。"


#: Who merges the numbers of one person (宛名の統合): asked first, since the others are asked by all of them.
MERGES = "ledger"
MERGES_UNKNOWN = "ほかの宛名番号と統合されているかも、まだ分かりません。"


class SystemAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What one system's record has. `outside`: months that are not in its database, each with what became of it.

    `known`: whether the system has such a person now; None where it cannot tell (the centre keeps nobody). `named`:
    its record may name them by more than the asking for answers like this one. `numbers`: every 宛名番号 it knows the
    person under, where it merges them. `not_asked_by`: what else the record of the system names people by, that was not
    given.
    """

    system: str
    known: bool | None = None
    named: bool = False
    looks: tuple[AnsweredLook, ...] = ()
    outside: tuple[tuple[str, bool], ...] = ()
    cut: bool = False
    missing: bool = False
    numbers: tuple[str, ...] = ()
    not_asked_by: tuple[str, ...] = ()


def disclosure_pdf(
    answers: tuple[SystemAnswer, ...],
    font: Path,
    *,
    municipality: str,
    person: str,
    first: date,
    last: date,
    made_at: datetime,
    specimen: bool,
) -> bytes:
    """Press the answers. Raises `OurFault` `cannot_draw` naming no text."""
    certified = read_font(font)
    made_on = format_short(in_japan(made_at).date())
    texts = {
        "title": TITLE,
        "municipality": municipality,
        "person": person,
        "days": f"{format_short(first)} から {format_short(last)} まで",
        "made_on": made_on,
        "foot": f"{municipality}　{made_on}",
    }
    shown = [[_look(look) for look in one.looks] for one in answers]
    systems = [
        {"name": SYSTEM_NAMES[one.system].full, "remarks": _remarks(one), "looks": looks}
        for one, looks in zip(answers, shown, strict=True)
    ]
    coverage = GlyphCoverage(certified)
    drawn = chain(texts.values(), *(look.values() for looks in shown for look in looks))
    if any(coverage.check(text) for text in drawn):
        raise OurFault("cannot_draw", "the font does not draw a character of the answers")
    return Press(certified, FORMS_ROOT).render(
        FORM, VERSION, texts, {"systems": systems, "specimen": specimen}, made_at
    )


def require_somebody(answers: Iterable[SystemAnswer]) -> None:
    """Let no paper be made about nobody. Raises `OperatorFault` `person_unknown` where no system knows or names them.

    A system that cannot tell, or did not answer, says nothing of it.
    """
    told = [one for one in answers if not one.missing and one.known is not None]
    if told and not any(one.known or one.named for one in told):
        said = ", ".join(one.system for one in told)
        raise OperatorFault(
            "person_unknown", f"nobody has this number in {said}, and no record names them: check the number"
        )


def _remarks(answer: SystemAnswer) -> list[str]:
    if answer.missing:
        more = [MERGES_UNKNOWN] * (answer.system == MERGES)
        return ["このシステムからの回答は、まだ得られていません。", *more]
    found = [NOT_HERE] if answer.known is False else []
    if answer.not_asked_by:
        words = "・".join(answer.not_asked_by)
        found.append(f"{words}で呼ばれた記録は、その番号が示されなかったため、この回答に含まれません。")
    if not answer.looks:
        found.append("この期間に、この方の情報を見た記録はありません。")
    for month, expired in answer.outside:
        what = (
            "保存期間（７年）が過ぎたため削除されています。"
            if expired
            else "保管ファイルにあり、この回答に含まれません。"
        )
        found.append(f"{month} の記録は、{what}")
    return found + ["件数が多いため、新しい順に一部だけを載せています。"] * answer.cut


def _look(look: AnsweredLook) -> dict[str, str]:
    at = in_japan(look.at)
    more = f"（ほかに {look.others} 人が載る一覧）" if look.others else ""
    return {
        "at": f"{format_short(at.date())} {at:%H:%M}",
        "office": look.office,
        "who": look.who,
        "what": f"{look.what}{more}",
        "purpose": look.purpose,
    }
