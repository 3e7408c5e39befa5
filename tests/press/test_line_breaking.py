"""Where a line may end, and how punctuation is set closer (UAX 14; JLREQ 3.1)."""

from __future__ import annotations

import pytest

from kofu.core.names import clusters
from kofu.press.line_breaking import Item, class_of, may_break, press_together


def broken(text: str) -> str:
    """Show every place where a line may end."""
    items = [Item((one,), class_of(one) or "") for one in clusters(text)]
    return "".join(("|" if at and may_break(items, at) else "") + one.clusters[0] for at, one in enumerate(items))


@pytest.mark.parametrize(
    ("shown", "rule"),
    [
        ("見|本", "LB31: ideographs part anywhere"),
        ("見|（本", "LB14: not behind an opening bracket"),
        ("見、|本", "LB13: not before a stop"),
        ("佐々|木", "LB21: not before a repeat mark"),
        ("ヨッ|ト", "LB21: not before small kana"),
        ("LEE |SUN", "LB18: behind a blank"),
        ("見　|本", "LB21: the wide blank stays with what is before it"),
        ("3|番|4-5|号", "LB25: digits stay together"),
        ("12F", "LB23: digits and letters"),
        ("100%|引", "LB25: a number and its sign"),
        ("邉\U000e010f|田", "LB9: a selector stays with its base"),
    ],
)
def test_a_line_ends_where_the_annex_lets_it(shown, rule) -> None:
    assert broken(shown.replace("|", "")) == shown, rule


def test_a_character_of_another_script_has_no_rule() -> None:
    assert class_of("Ω") is None
    assert class_of("見") == "ID"


@pytest.mark.parametrize(
    ("text", "advances"),
    [
        ("）（", (0.5, 1)),
        ("、」", (0.5, 1)),
        ("（（", (1, 0.5)),
        ("・（", (0.75, 0.75)),
        ("（）", (1, 1)),
        ("見（", (1, 1)),
    ],
)
def test_brackets_and_stops_share_half_an_em(text, advances) -> None:
    assert tuple(one.advance for one in press_together(text, [1.0] * len(text))) == advances
