"""The press: a form and its texts become a PDF/A-1b, in memory, and nothing of it stays behind (P1).

A form is a folder `<forms_root>/<form>/<version>/` with a `form.typ` that defines `paper(texts, extra)`: the texts by
field name, and what else it needs. The press writes a main file of one call of it for every compilation. (Typst's own
`sys.inputs` belong to its library: a new one for every paper, and no layout of the form could be kept from one paper to
the next. So it takes a third of the time.)

A form says what it cannot do by ending the compilation with a marker: `text_overflow:<field>` where the text does not
fit at the smallest type allowed, `field_without_box:<field>` where a text has no place on the form. The press makes
typed errors of these; every other complaint of typst, warnings included, is a `PressFault`: nothing half right leaves.

What typst says about a form can quote its input, so no message of typst is passed on: it could hold a name.
"""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import chain
from pathlib import Path
from threading import Lock

import typst

from kofu.core.errors import OperatorFault, OurFault, ensure
from kofu.core.font_file import FontFile
from kofu.press.glyph_font import FAMILY
from kofu.press.glyphs import GlyphCoverage

FIELDS_MAX = 1_000
FILE_PAPERS_MAX = 50
FILE_PAPERS_MAX = 50
INPUT_CHARACTERS_MAX = 2_000_000
PDF_BYTES_MAX = 8_000_000
COMPILATIONS_BEFORE_RENEWAL = 5_000
_FONT_OF_DRAWN = f"+{FAMILY}".encode("ascii")
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_MARKER = re.compile(r"(text_overflow|field_without_box):([a-z][a-z0-9_]*)")


class DoesNotFit(OurFault):
    """The text of `field` is too long for its box even at the smallest type; it is never cut."""

    def __init__(self, field: str) -> None:
        """Name the field, never the text."""
        super().__init__("text_does_not_fit", f"the text of field {field} does not fit its box at the smallest type")
        self.field = field


class NoSuchField(OurFault):
    """The form has no box for `field`: form version and content do not belong together."""

    def __init__(self, field: str) -> None:
        """Name the field."""
        super().__init__("field_without_box", f"the form has no box for field {field}")
        self.field = field


class PressFault(OurFault):
    """The form did not compile without a complaint, or the paper is out of every measure."""

    def __init__(self, message: str) -> None:
        """Build the error from a sentence without any text of the certificate."""
        super().__init__("press_fault", message)


#: The texts of a paper by field, and what else its form needs.
Paper = tuple[Mapping[str, str], Mapping[str, object]]


@dataclass(slots=True)
class _Warm:
    """A compiler with one form version parsed. typst compilers are not for two threads at once: hence the lock."""

    compiler: typst.Compiler
    lock: Lock
    compilations: int = 0


class Press:
    """Renders forms below `forms_root` with one font, held in memory, and with no other font or file.

    `drawn`: the registered glyphs (外字), a font of their own, for the clusters `GlyphCoverage.drawn_in` names of a
    paper's texts: by itself typst would draw the base of a sequence that the main font does not have, silently.

    One press serves all threads of a process: the font (46 MB) is read once, each form version keeps one warm
    compiler behind a lock of its own. The lock is no promise of correctness, which does not depend on it: inputs are
    given to every single compilation and the bytes come back as its return value.
    """

    def __init__(self, font: FontFile, forms_root: Path, drawn: FontFile | None = None) -> None:
        """Give typst the font. Raises `OperatorFault` where it is none."""
        self._root = forms_root.resolve()
        self._fonts = _as_typst_fonts(font) if drawn is None else _as_typst_fonts(font, drawn)
        self._coverage = None if drawn is None else GlyphCoverage(font, drawn)
        self._warm: dict[tuple[str, str], _Warm] = {}
        self._warming = Lock()

    def render(
        self, form: str, version: str, fields: Mapping[str, str], extra: Mapping[str, object], created: datetime
    ) -> bytes:
        """Render one document and return its bytes; the same arguments give the same bytes.

        `created` (aware) is written into the file as its date. Raises `DoesNotFit`, `NoSuchField`, `OperatorFault` for
        an unknown form version and `PressFault` for everything else.
        """
        return self.render_many(form, version, ((fields, extra),), created)

    def render_many(self, form: str, version: str, papers: Sequence[Paper], created: datetime) -> bytes:
        """Render papers of one form one behind the other, each begun on a page of its own: one file, one font.

        For batches of letters, `FILE_PAPERS_MAX` at most. Raises as `render` does, for the first that cannot be made.
        """
        ensure(created.tzinfo is not None, "the date of a document carries its zone")
        ensure(0 < len(papers) <= FILE_PAPERS_MAX, "a file holds a limited number of papers")
        ensure(all(len(fields) <= FIELDS_MAX for fields, _ in papers), "a form has a limited number of fields")
        warm = self._compiler(form, version)
        texts = chain.from_iterable(_texts(*paper) for paper in papers)
        drawn = frozenset() if self._coverage is None else self._coverage.drawn_in(texts)
        main = _main_file(form, version, papers, drawn)
        ensure(len(main) <= INPUT_CHARACTERS_MAX, "the input of a form is limited")
        with warm.lock:
            if warm.compilations >= COMPILATIONS_BEFORE_RENEWAL:
                warm.compiler, warm.compilations = self._new_compiler(form, version), 0
            warm.compilations += 1
            pdf, complaints = _compile(warm.compiler, main, created)
        if complaints:
            raise PressFault(f"typst gave {complaints} warnings for {form}/{version}; the first one is an error here")
        ensure(pdf.startswith(b"%PDF-1.4"), "the press made a PDF 1.4")
        ensure(len(pdf) <= PDF_BYTES_MAX, "the size of a paper is limited")
        ensure(not drawn or _FONT_OF_DRAWN in pdf, "what is registered was drawn with its own font")
        return pdf

    def picture(
        self, form: str, version: str, fields: Mapping[str, str], extra: Mapping[str, object], *, dots_per_inch: int
    ) -> bytes:
        """Draw a form of one page as a PNG to be looked at on a screen. Raises what `render` raises."""
        warm = self._compiler(form, version)
        drawn = frozenset() if self._coverage is None else self._coverage.drawn_in(_texts(fields, extra))
        main = _main_file(form, version, ((fields, extra),), drawn)
        with warm.lock:
            try:
                png = warm.compiler.compile(input=main, format="png", ppi=float(dots_per_inch), sys_inputs={})
            except typst.TypstError:
                png = None
        if not isinstance(png, bytes):
            raise PressFault("the form gave no picture of one page; render its sample to see why")
        return png

    def _compiler(self, form: str, version: str) -> _Warm:
        with self._warming:
            if (form, version) not in self._warm:
                self._warm[form, version] = _Warm(self._new_compiler(form, version), Lock())
            return self._warm[form, version]

    def _new_compiler(self, form: str, version: str) -> typst.Compiler:
        path = self._root / form / version / "form.typ"
        if not (_NAME.fullmatch(form) and _NAME.fullmatch(version) and path.is_file()):
            raise OperatorFault("unknown_form", "there is no such form version; see form versions in the profile")
        return typst.Compiler(root=str(self._root), font_paths=self._fonts)


@lru_cache(maxsize=4)
def _as_typst_fonts(*files: FontFile) -> typst.Fonts:
    """Give typst the fonts as they are in memory, so that no file can be laid over one while papers are made.

    Typst takes fonts from a folder only, and reads one when it is first drawn with; from then on it holds it. So the
    bytes are laid into a folder of this call's own, drawn with once, and taken away.
    """
    with tempfile.TemporaryDirectory(prefix="kofu-font-") as folder:
        for font in files:
            (Path(folder) / font.name).write_bytes(font.data)
        fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[folder])
        families = fonts.families()
        if len(families) != len(files):
            raise OperatorFault("no_font", f"{files[0].name} is no font; name the folder of one by KOFU_FONT_DIR")
        sheet = "\n".join(f"#text(font: {json.dumps(family)}, fallback: false)[-]" for family in families)
        typst.Compiler(root=folder, font_paths=fonts).compile(input=sheet.encode(), format="pdf", sys_inputs={})
    return fonts


def _texts(fields: Mapping[str, str], extra: Mapping[str, object]) -> Iterator[str]:
    """Every text given to a form, also inside the lists of its other arguments."""
    waiting: list[object] = [*fields.values(), *extra.values()]
    while waiting:
        one = waiting.pop()
        if isinstance(one, str):
            yield one
        elif isinstance(one, Mapping):
            waiting += one.values()
        elif isinstance(one, Sequence):
            waiting += one


def _main_file(form: str, version: str, papers: Sequence[Paper], drawn: frozenset[str]) -> bytes:
    """Write one call of the form for each paper. Texts travel as ASCII JSON in a string: nothing in them is markup.

    `drawn`: what of the texts the font of the registered glyphs draws. Where nothing is, the file does not speak of it.
    """
    calls = "".join(
        "#paper(" + ", ".join(f"json(bytes({_literal(dict(value))}))" for value in paper) + ")\n" for paper in papers
    )
    pattern = "|".join("".join(f"\\u{{{ord(one):x}}}" for one in cluster) for cluster in sorted(drawn))
    rule = f'#show regex("{pattern}"): set text(font: "{FAMILY}")\n' if drawn else ""
    return f'#import "/{form}/{version}/form.typ": paper\n{rule}{calls}'.encode("ascii")


def _literal(value: dict[str, object]) -> str:
    text = json.dumps(value, ensure_ascii=True, sort_keys=True)
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _compile(compiler: typst.Compiler, main: bytes, created: datetime) -> tuple[bytes, int]:
    """Compile once. `input` and `sys_inputs` are always given: left out, typst keeps those of the call before (P1)."""
    failure: OurFault
    try:
        pdf, warnings = compiler.compile_with_warnings(
            input=main,
            format="pdf",
            pdf_standards="a-1b",
            timestamp=int(created.timestamp()),
            pdf_tags=False,
            sys_inputs={},
        )
    except typst.TypstError as error:
        marker = _MARKER.search(error.message)
        if marker is None:
            failure = PressFault("the form did not compile; render its sample to see why")
        elif marker[1] == "text_overflow":
            failure = DoesNotFit(marker[2])
        else:
            failure = NoSuchField(marker[2])
    else:
        if not isinstance(pdf, bytes):
            raise PressFault("typst returned no bytes")
        return pdf, len(warnings)
    # Raised outside the handler: the error of typst may quote the input and must not travel along as its cause.
    raise failure
