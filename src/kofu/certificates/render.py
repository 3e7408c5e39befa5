"""Facts and form to the paper's bytes: compose, check every character, press.

The same order gives the same bytes, on any machine with the same font and the same version of typst: the date written
into the file is the certificate's own, not the clock's.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from kofu.certificates.authenticity import to_text
from kofu.certificates.content import CertificateContent, compose
from kofu.certificates.domain.standing import UndrawableCharacter
from kofu.certificates.facts import Authority, CertificateOrder
from kofu.certificates.formes import Formes
from kofu.certificates.last_look.certified import CertifiedFonts
from kofu.certificates.signed_code import CodeSigner
from kofu.core.calendar import begin_of
from kofu.core.errors import OperatorFault
from kofu.core.font_file import FontFile
from kofu.core.profile_rules import SEAL_MM_MAX
from kofu.press.codes import CodeDrawing, draw_code
from kofu.press.engine import Press
from kofu.press.glyphs import CannotDraw, GlyphCoverage, Undrawable

FORMS_ROOT = Path(__file__).resolve().parent / "forms"
"""電子公印: at most 25 mm square, black (住民記録システム標準仕様書 5.6, which the tax systems follow)."""
_NOT_IN_A_SEAL = (b"<text", b"<image", b"opacity", b"filter", b"<style", b"href", b"Gradient")


class FieldCannotBeDrawn(CannotDraw):
    """The font does not draw the text of `field` exactly. `undrawable` names the characters, for staff only."""

    def __init__(self, field: str, undrawable: tuple[Undrawable, ...]) -> None:
        """Name the field and what of it cannot be drawn."""
        super().__init__(undrawable)
        self.field = field


class CertificatePress:
    """The press of the certificates' forms, and what its font draws exactly. One serves all threads of a process.

    `certified`: the same fonts as the last look reads them, by code of its own.
    """

    def __init__(
        self,
        font: FontFile,
        forms_root: Path = FORMS_ROOT,
        *,
        signer: CodeSigner | None = None,
        drawn: FontFile | None = None,
    ) -> None:
        """Take the font, and the set of registered glyphs (外字) where there is one.

        With a `signer` papers bear a signed code. Raises `OperatorFault`.
        """
        self.signer = signer
        self.certified = CertifiedFonts.of((font,) if drawn is None else (font, drawn))
        self.engine = Press(font, forms_root, drawn)
        self.glyphs = GlyphCoverage(font, drawn)
        self.formes = Formes(self.engine, self.glyphs, font, forms_root)

    def undrawable(self, texts: tuple[tuple[str, str], ...]) -> tuple[UndrawableCharacter, ...]:
        """Name what of some texts, each with its field, the font does not draw exactly."""
        return tuple(
            UndrawableCharacter(field=field, code_points=found.character, reason=found.reason.value)
            for field, text in texts
            for found in self.glyphs.check(text)
        )


def render(order: CertificateOrder, press: CertificatePress) -> bytes:
    """Make the PDF/A-1b of one copy; nothing but the last look may hand it out.

    Raises `NotCertifiable` (the facts allow no paper), `FieldCannotBeDrawn` (a character the font does not draw
    exactly), `press.engine.DoesNotFit` (a text too long even at the smallest type; never cut), `OperatorFault` (no such
    form, a seal that is none).
    """
    content = compose(order)
    check_glyphs(content, press.glyphs)
    seal_svg, seal_mm = checked_seal(order.authority), order.authority.seal_mm
    created = begin_of(order.as_of)
    code = None if press.signer is None else draw_code(to_text(press.signer.code(order, content)))
    paper = press.formes.set(content, specimen=order.specimen, seal=(seal_svg, seal_mm), created=created, code=code)
    if paper is not None:
        return paper
    return lay_out(order, content, press, code)


def lay_out(
    order: CertificateOrder, content: CertificateContent, press: CertificatePress, code: CodeDrawing | None = None
) -> bytes:
    """Lay the whole paper out by typst: for the few that cannot be set from a forme, and to compare with."""
    extra: dict[str, object] = {
        "specimen": order.specimen,
        "seal_svg": checked_seal(order.authority),
        "seal_mm": order.authority.seal_mm,
    }
    if code is not None:
        extra["code_svg"] = code.svg
    created = begin_of(order.as_of)
    return press.engine.render(content.form, content.version, content.fields, extra, created)


def check_glyphs(content: CertificateContent, glyphs: GlyphCoverage) -> None:
    """Raise `FieldCannotBeDrawn` for the first field with a character that would not be drawn exactly."""
    if glyphs.is_plain("".join(content.fields.values())):
        return
    for field, text in content.fields.items():
        undrawable = glyphs.check(text)
        if undrawable:
            raise FieldCannotBeDrawn(field, undrawable)


def checked_seal(authority: Authority) -> str:
    """Return the drawing of the seal. Raises `OperatorFault` where it is not what PDF/A-1b and the standard allow."""
    if not 0 < authority.seal_mm <= SEAL_MM_MAX:
        raise OperatorFault("bad_seal", f"a seal is at most {SEAL_MM_MAX:g} mm square; change seal_mm in the profile")
    return _checked_drawing(authority.seal_svg)


@lru_cache(maxsize=16)  # a municipality has a few seals, and all its papers bear the one of the day
def _checked_drawing(seal_svg: bytes) -> str:
    if not seal_svg.lstrip().startswith(b"<svg"):
        raise OperatorFault("bad_seal", "the seal is not an SVG drawing; see docs/how-to/change-the-seal.md")
    for part in _NOT_IN_A_SEAL:
        if part in seal_svg:
            raise OperatorFault("bad_seal", f"a seal has opaque black paths only, this one has {part.decode()}")
    return seal_svg.decode("utf-8")
