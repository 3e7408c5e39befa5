"""No resident is sent in a circle: what a kiosk cannot print, the counter prints, or says who does what and when."""

from __future__ import annotations

import polars as pl
import pytest
from tests.certificates.drawings import CROSSED, set_of
from tests.ledger.counter.domain.counter_requests import ASKED, LIVING, PROFILE, RULES, TODAY, WELL

from kofu.certificates.domain.eligibility import Eligible
from kofu.certificates.domain.refusals import REFUSALS, Reason
from kofu.certificates.render import CertificatePress
from kofu.contracts.feed_tables import RESIDENTS
from kofu.core.names import read_code_points
from kofu.judgement.marks import mark_rules
from kofu.ledger.counter.desk import look_at_texts
from kofu.ledger.counter.domain.rules import CounterFailure, CounterObstacle, decide_year
from kofu.platform.fonts import ensure_font, read_font
from kofu.press.glyph_font import registrable

pytestmark = pytest.mark.font
ADDRESS = "東京都見本区一丁目1番1号"

PRINTED = {
    "half-width kana": "ﾐﾎﾝ ｶﾞ",
    "a compatibility ideograph": "\ufa19　一",
    "plane 2": "𠮷野　一",
    "a registered sequence": "葛\U000e0102　一",
    "the zero of addresses, 々": "佐々木　〇一",
    "Latin with a mark in one code point": "Ñandú",
}
REGISTERED = {
    "another collection's selector": "辻\U000e0100　一",
    "private use": "\ue123　一",
    "private use, plane 15": "\U000f0000　一",
    "private use, plane 16": "\U0010f001　一",
    "plane 3": "\U00030000　一",
    "a standardised variant": "田\ufe0f　一",
    "a script the font lacks": "\ud55c　一",
}
CORRECTED = {
    "geta": "〓田　一",
    "a clerk's circle": "●田　一",
    "a description": "⿰木木　一",
    "a variation indicator": "〾田　一",
    "a code page's question mark": "?田　一",
    "a replacement character": "\ufffd田　一",
    "nothing but spaces": "\u3000\u3000",
    "a combining mark": "か\u309a　一",
    "Latin with a mark of its own": "N\u0303andu",
    "a no-break space": "Nguyen\u00a0An",
    "a joiner": "田\u200d中　一",
    "a turned direction": "\u202e一　田",
    "a selector without a base": "\ufe00田　一",
    "two selectors": "葛\U000e0102\U000e0103　一",
    "a picture": "😀　一",
    "an unassigned code point": "\U0003fff0　一",
}


@pytest.fixture(scope="module")
def press() -> CertificatePress:
    return CertificatePress(read_font(ensure_font()))


def at_kiosk(press: CertificatePress, name: str) -> Reason | None:
    """Why the kiosk does not print: a held row goes before what cannot be drawn."""
    row = pl.DataFrame({"name": [name], "address": [ADDRESS]})
    if any(row.select(rule.broken).item() for rule in mark_rules(RESIDENTS)):
        return Reason.ROW_HELD
    return Reason.UNDRAWABLE if press.undrawable((("name", name), ("address", ADDRESS))) else None


def at_counter(press: CertificatePress, name: str) -> Eligible | tuple[CounterFailure, ...]:
    undrawable, unregistrable, lost = look_at_texts((("name", name), ("address", ADDRESS)), press.undrawable)
    standing = WELL.__class__(
        assessment=WELL.assessment,
        collections=WELL.collections,
        undrawable=undrawable,
        unregistrable=unregistrable,
        lost=lost,
    )
    return decide_year(ASKED, 2026, LIVING, standing, profile=PROFILE, rules=RULES, today=TODAY)


@pytest.mark.parametrize("name", PRINTED.values(), ids=PRINTED)
def test_what_the_font_draws_is_printed_at_both(press: CertificatePress, name: str) -> None:
    assert at_kiosk(press, name) is None
    assert isinstance(at_counter(press, name), Eligible)


@pytest.mark.parametrize("name", REGISTERED.values(), ids=REGISTERED)
def test_what_can_be_drawn_is_registered_and_then_printed_at_both(press: CertificatePress, name: str) -> None:
    """The kiosk says counter; the counter says: register, at once here, at kiosks the next morning. And so it is."""
    reason = at_kiosk(press, name)
    assert reason is Reason.UNDRAWABLE
    assert "窓口で文字の形を確かめて登録すると" in REFUSALS[reason].resident.ja
    failures = at_counter(press, name)
    assert isinstance(failures, tuple)
    assert {failure.reason for failure in failures} == {Reason.UNDRAWABLE}
    helps = failures[0].words.helps
    assert all(word in helps for word in ("外字の登録を起案", "決裁の後すぐに窓口", "翌朝の連携の後はキオスク端末"))
    clusters = [read_code_points(failure.detail.split(": ")[1]) or "" for failure in failures]
    assert all(map(registrable, clusters)), "the way the counter is sent is open"
    drawn = CertificatePress(read_font(ensure_font()), drawn=set_of(*((cluster, CROSSED) for cluster in clusters)))
    assert at_kiosk(drawn, name) is None
    assert isinstance(at_counter(drawn, name), Eligible)


@pytest.mark.parametrize("name", CORRECTED.values(), ids=CORRECTED)
def test_what_no_drawing_helps_is_corrected_where_it_is_kept(press: CertificatePress, name: str) -> None:
    """Neither prints; the counter does not send to a registration that would be refused, nor back to the kiosk."""
    reason = at_kiosk(press, name)
    assert reason in {Reason.UNDRAWABLE, Reason.ROW_HELD}
    assert "窓口" in REFUSALS[reason].next_step.ja
    failures = at_counter(press, name)
    assert isinstance(failures, tuple)
    assert {failure.reason for failure in failures} <= {CounterObstacle.NOT_REGISTRABLE, CounterObstacle.CHARACTER_LOST}
    helps = failures[0].words.helps
    assert all(word in helps for word in ("訂正を依頼", "収納管理に届くと窓口", "翌朝の連携の後はキオスク端末"))


def test_a_building_with_a_star_keeps_its_address_at_the_counter(press: CertificatePress) -> None:
    """The kiosk holds the row until two people accept it; the clerk at the counter sees the paper."""
    undrawable, unregistrable, lost = look_at_texts((("address", "見本区1番1号　★ハイツ"),), press.undrawable)
    assert (undrawable, unregistrable, lost) == ((), (), ())
    assert look_at_texts((("address", "見本区〓町1番1号"),), press.undrawable)[2] == ("address",)
