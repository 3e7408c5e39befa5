"""P1: a paper is a function of what is given to the call, and nothing of it stays behind."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pypdfium2
import pytest
import typst

from kofu.core.errors import InvariantBroken, OperatorFault
from kofu.core.font_file import FontFile
from kofu.platform.fonts import read_font
from kofu.press import engine
from kofu.press.engine import DoesNotFit, NoSuchField, Press, PressFault

pytestmark = pytest.mark.font
CREATED = datetime(2026, 11, 23, tzinfo=UTC)


@pytest.fixture(scope="module")
def press(font, forms_root) -> Press:
    return Press(read_font(font), forms_root)


def text_of(pdf: bytes) -> str:
    return pypdfium2.PdfDocument(pdf)[0].get_textpage().get_text_range().strip()


def slip(press: Press, name: str, mark: str = "A", form: str = "slip", **texts: str) -> bytes:
    return press.render(form, "v1", {"name": name, **texts}, {"mark": mark}, CREATED)


def test_the_same_input_gives_the_same_bytes_from_any_press(press, font, forms_root):
    first = slip(press, "渡邉󠄏")
    slip(press, "別人")
    assert slip(press, "渡邉󠄏") == first
    assert slip(Press(read_font(font), forms_root), "渡邉󠄏") == first


def test_the_date_of_the_document_is_the_one_given(press):
    other = press.render("slip", "v1", {"name": "見本"}, {"mark": "A"}, datetime(2026, 11, 24, tzinfo=UTC))
    assert other != slip(press, "見本")
    assert b"D:20261124" in other


def test_a_variation_selector_can_be_read_back(press):
    assert text_of(slip(press, "渡邉󠄏")) == "渡邉󠄏 A"


def test_nothing_of_one_call_is_in_the_next(press):
    """A compilation without an input fails: it does not fall back on the person before."""
    slip(press, "前の人")
    with pytest.raises(PressFault):
        press.render("slip", "v1", {}, {"mark": "A"}, CREATED)
    with pytest.raises(PressFault):
        press.render("slip", "v1", {"name": "見本"}, {}, CREATED)


def test_typst_keeps_no_main_file_that_could_be_taken_for_the_next(font, forms_root):
    """What the press relies on: a compiler asked without a main file fails rather than print the one before again."""
    compiler = typst.Compiler(root=str(forms_root), font_paths=[str(font.parent)])
    main = '#import "/slip/v1/form.typ": paper\n#paper((name: "前の人"), (mark: "A"))'
    compiler.compile(input=main.encode(), format="pdf")
    with pytest.raises(typst.TypstError):
        compiler.compile(format="pdf")


@pytest.mark.parametrize(
    "text", ['")) #panic("x")', "\\", '\\"', "#texts", "*太字*", "$x$", r"\u{41}", "// 注", "</script>"]
)
def test_a_text_is_never_taken_for_markup(press, text):
    assert text_of(slip(press, text)) == f"{text} A"


def test_two_forms_and_many_threads_never_mix(press):
    """One compiler per form version behind a lock: 400 papers from eight threads, each its own."""

    def one(number: int) -> tuple[str, bytes]:
        form = "slip" if number % 2 else "note"
        return f"第{number}号 {form}", slip(press, f"第{number}号", form, form)

    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(one, range(400)))
    assert [text_of(pdf) for _, pdf in made] == [wanted for wanted, _ in made]


def test_a_renewed_compiler_makes_the_same_paper(press, monkeypatch):
    first = slip(press, "見本")
    monkeypatch.setattr(engine, "COMPILATIONS_BEFORE_RENEWAL", 1)
    assert slip(press, "見本") == first


def test_a_text_that_does_not_fit_is_named_by_its_field_only(press):
    with pytest.raises(DoesNotFit) as caught:
        slip(press, "長" * 40)
    assert caught.value.field == "name"
    assert "長" not in str(caught.value)


def test_a_text_without_a_box_is_named_by_its_field(press):
    with pytest.raises(NoSuchField) as caught:
        slip(press, "見本", stray="x")
    assert caught.value.field == "stray"


def test_what_typst_says_never_travels_with_the_error(press):
    """typst quotes its input; an error that carried it would put a name into a log."""
    with pytest.raises(PressFault) as caught:
        slip(press, "見本", broken="秘密")
    assert "秘密" not in repr(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


def test_a_warning_of_typst_is_an_error(press):
    with pytest.raises(PressFault, match="warnings"):
        slip(press, "見本", warned="x")


@pytest.mark.parametrize(
    ("form", "version"), [("slip", "v2"), ("none", "v1"), ("../slip", "v1"), ("slip", "../slip/v1")]
)
def test_an_unknown_form_is_the_operators_fault(press, form, version):
    with pytest.raises(OperatorFault):
        press.render(form, version, {"name": "x"}, {"mark": "A"}, CREATED)


def test_a_file_that_is_no_font_is_the_operators_fault(forms_root):
    with pytest.raises(OperatorFault, match="KOFU_FONT_DIR"):
        Press(FontFile.of("font.ttf", b"no font"), forms_root)


def test_a_font_laid_over_the_file_while_papers_are_made_changes_nothing(font, forms_root, tmp_path):
    """C4: `cp new.ttf ipamjm.ttf` in place. The font is in memory, and typst reads no file again."""
    path = tmp_path / font.name
    shutil.copyfile(font, path)
    press = Press(read_font(path), forms_root)
    path.write_bytes(b"\0" * 4096)
    first = slip(press, "渡邉󠄏")
    path.unlink()
    engine_of_later_forms = Press(read_font(path), forms_root)
    assert slip(press, "渡邉󠄏", form="note") == slip(engine_of_later_forms, "渡邉󠄏", form="note")
    assert text_of(first) == "渡邉󠄏 A"


def test_limits_are_kept(press):
    with pytest.raises(InvariantBroken):
        press.render("slip", "v1", {f"f{number}": "" for number in range(2000)}, {"mark": "A"}, CREATED)
    with pytest.raises(InvariantBroken):
        slip(press, "x" * 3_000_000)
    with pytest.raises(InvariantBroken):
        press.render("slip", "v1", {"name": "x"}, {"mark": "A"}, CREATED.replace(tzinfo=None))


def test_no_file_is_written(press, forms_root, tmp_path, monkeypatch):
    """P1: no spool, no temporary file."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    before = sorted(forms_root.rglob("*"))
    slip(press, "見本")
    assert sorted(forms_root.rglob("*")) == before
    assert list(tmp_path.iterdir()) == []
