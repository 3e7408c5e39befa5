"""What the loader of a deployment judges by: the profile's bounds, and the font its papers are drawn with."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial

from kofu.certificates.make import make
from kofu.certificates.render import CertificatePress
from kofu.core.errors import OperatorFault
from kofu.core.font_file import FontFile
from kofu.core.names import code_points_of
from kofu.core.profile import Profile
from kofu.core.transposition import TOLD_MAX, Relation, TranspositionTables
from kofu.issuing.feeds.judge import Judging
from kofu.issuing.feeds.row_judge import Coverage
from kofu.issuing.feeds.sample_papers import sampler_of
from kofu.issuing.requests.not_certifiable import NOT_CERTIFIABLE
from kofu.judgement.row_rules import broken_by_rows
from kofu.platform.fonts import find_font, read_font
from kofu.press.glyphs import GlyphCoverage

_MJ_GLYPH = re.compile(r"mj[0-9]{6}")


def judging_of(profile: Profile, drawn: FontFile | None = None) -> Judging:
    """Judge by a profile, with the deployment's font and its `drawn` glyphs. Raises `OperatorFault` without a font."""
    press = CertificatePress(read_font(find_font()), drawn=drawn)  # no signed code: a sample is no paper of the ward
    not_certifiable = tuple(kind for kind, _ in NOT_CERTIFIABLE)
    sampler = sampler_of(profile, lambda order: make(order, press), not_certifiable)
    require_named_glyphs(profile.transposition, press.glyphs)
    return Judging(
        gates=profile.gates,
        rules=partial(broken_by_rows, tax=profile.resident_tax),
        coverage=coverage_of(press.glyphs),
        sampler=sampler,
        transposition=profile.transposition,
    )


def require_named_glyphs(tables: TranspositionTables, glyphs: GlyphCoverage) -> None:
    """Hold a table's 文字図形名 against the font's own: IPAmj names each glyph by it (mj025760 for MJ025760).

    Raises `OperatorFault` `transposition_off_font` where a row's character is drawn as another form than it names:
    one of its two words is a slip, and a name would be printed in a form nobody chose.
    """
    wrong = []
    for row in tables.rows:
        if row.relation is not Relation.SAME or not row.mj_name or row.to not in glyphs:
            continue
        drawn = glyphs.glyph_name(row.to)
        if _MJ_GLYPH.fullmatch(drawn) and drawn != row.mj_name.lower():
            wrong.append(f"{row.place} mj_name: {code_points_of(row.to)} is {drawn.upper()} in the font")
    if wrong:
        raise OperatorFault("transposition_off_font", "\n".join(wrong[:TOLD_MAX]))


def coverage_of(glyphs: GlyphCoverage) -> Coverage:
    """Turn a font's coverage into what the rows of a feed are looked at with."""
    points = sorted(ord(character) for character, _ in glyphs.single_glyphs())
    plain = "".join(_class_of(first, last) for first, last in _ranges(points))
    return Coverage(
        plain=f"^[{plain}]*$",
        undrawable=lambda text: tuple(f"{one.character} ({one.reason.value})" for one in glyphs.check(text)),
    )


def _ranges(points: list[int]) -> Iterator[tuple[int, int]]:
    first = last = points[0]
    for point in points[1:]:
        if point != last + 1:
            yield first, last
            first = point
        last = point
    yield first, last


def _class_of(first: int, last: int) -> str:
    one = f"\\x{{{first:X}}}"
    return one if first == last else f"{one}-\\x{{{last:X}}}"
