"""What the loader of a deployment judges by: the profile's bounds, and the font its papers are drawn with."""

from __future__ import annotations

from collections.abc import Iterator

from kofu.certificates.make import make
from kofu.certificates.render import CertificatePress
from kofu.core.profile import Profile
from kofu.issuing.judge import Judging
from kofu.issuing.row_judge import Coverage
from kofu.issuing.runtime import NOT_CERTIFIABLE
from kofu.issuing.sample_papers import sampler_of
from kofu.platform.fonts import find_font, read_font
from kofu.platform.glyph_sets import drawn_glyphs
from kofu.press.glyphs import GlyphCoverage


def judging_of(profile: Profile) -> Judging:
    """Judge by a profile, with the deployment's font. Raises `OperatorFault` where there is no font."""
    press = CertificatePress(
        read_font(find_font()), drawn=drawn_glyphs()
    )  # no signed code: a sample is no paper of the ward
    not_certifiable = tuple(kind for kind, _ in NOT_CERTIFIABLE)
    sampler = sampler_of(profile, lambda order: make(order, press), not_certifiable)
    return Judging(gates=profile.gates, coverage=coverage_of(press.glyphs), sampler=sampler)


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
