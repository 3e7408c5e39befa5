"""Papers taken apart and put together wrongly, for the tests of the last look."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from dataclasses import replace
from itertools import zip_longest

import pikepdf
from tests.certificates import orders
from tests.certificates.last_look.papers import differences, release, saved

from kofu.certificates import last_look

ORDER = orders.TAXATION
OTHER_TAX = replace(ORDER, assessment=replace(orders.ASSESSMENT, annual_tax=940_500))
OTHER_NAME = replace(ORDER, assessment=replace(orders.ASSESSMENT, name_at_assessment="別人　花代"))
NAME = orders.ASSESSMENT.name_at_assessment
TAX = f"{orders.ASSESSMENT.annual_tax:,}"


def spoilt(pdf: bytes, change: Callable[[pikepdf.Pdf], object]) -> bytes:
    with pikepdf.open(io.BytesIO(pdf)) as document:
        change(document)
        return saved(document)


def spoilt_in_place(pdf: bytes, change: Callable[[pikepdf.Pdf], object]) -> bytes:
    """Spoil a paper set from a forme, and leave every object that is as it was where it is, byte for byte."""
    with pikepdf.open(io.BytesIO(pdf)) as document:
        before = [_body(one) for one in document.objects]
        change(document)
        now = [_body(one) for one in document.objects]
    bodies = objects_of(pdf)
    for number, (body, was) in enumerate(zip_longest(now, before), start=1):
        if body != was:
            bodies[number - 1 : number] = [(b"%d 0 obj\n%s\nendobj\n" % (number, body), b"")]
    return written(pdf, bodies)


def assert_refused_before_and_after(right: bytes, change: Callable[[pikepdf.Pdf], object]) -> None:
    """Plant a fault twice: before the form was read in any paper, and after a right paper of the same form."""
    spoilt_one = spoilt_in_place(right, change)
    assert spoilt_one != right
    last_look._right_fixed_parts.clear()
    assert differences(ORDER, spoilt_one) != ()
    release(ORDER, right)
    assert last_look._right_fixed_parts
    assert differences(ORDER, spoilt_one) != ()
    assert differences(ORDER, right) == ()


def _body(one: pikepdf.Object) -> bytes:
    if not isinstance(one, pikepdf.Stream):
        return one.unparse(resolved=True)
    raw = one.read_raw_bytes()
    entries = pikepdf.Dictionary({key: value for key, value in one.items() if key != "/Length"}).unparse()
    return b"%s/Length %d>>\nstream\n%s\nendstream" % (entries.removesuffix(b">>"), len(raw), raw)


def font_of(document: pikepdf.Pdf) -> pikepdf.Object:
    """The font of the page's own texts."""
    return next(iter(document.pages[0].Resources.Font.values()))


def font_name(document: pikepdf.Pdf) -> bytes:
    return str(next(iter(document.pages[0].Resources.Font.keys()))).encode("ascii")


def codes(document: pikepdf.Pdf) -> dict[str, int]:
    """Each text of the font, and its code."""
    said = font_of(document).ToUnicode.read_bytes()
    pairs = re.findall(rb"<([0-9A-F]{4})> <([0-9A-F]+)>", said)
    return {bytes.fromhex(text.decode()).decode("utf-16-be"): int(code, 16) for code, text in pairs}


def literal(numbers: list[int]) -> bytes:
    return b"<%s>" % b"".join(b"%04X" % one for one in numbers)


def with_content(change: Callable[[pikepdf.Pdf, bytes], bytes]) -> Callable[[pikepdf.Pdf], None]:
    def apply(document: pikepdf.Pdf) -> None:
        content = document.pages[0].Contents
        before = content.read_bytes()
        after = change(document, before)
        assert after != before, "nothing was planted"
        content.write(after)

    return apply


def added(drawn: bytes) -> Callable[[pikepdf.Pdf], None]:
    """Draw something more; `@` stands for the page's font."""
    return with_content(lambda document, content: content + b"\n" + drawn.replace(b"@", font_name(document)))


SHOWN = re.compile(
    rb"(/\S+) (\S+) Tf (1 0 0 -?1) (\S+) (\S+) Tm"
    rb"(\[?<(?P<hex>[0-9A-F]+)>\]?TJ?j?|\((?P<one>(?:\\.|[^\\)])*)\)Tj|\[\((?P<row>(?:\\.|[^\\)])*)\)\]TJ)",
    re.DOTALL,
)
ESCAPED = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}


def shown_codes(found: re.Match[bytes]) -> list[int]:
    if found["hex"]:
        raw = bytes.fromhex(found["hex"].decode("ascii"))
    else:
        raw = re.sub(
            rb"\\(?:([0-7]{3})|(.))",
            lambda one: bytes([int(one[1], 8)]) if one[1] else ESCAPED.get(one[2], one[2]),
            found["one"] or found["row"],
            flags=re.DOTALL,
        )
    return [raw[at] << 8 | raw[at + 1] for at in range(0, len(raw) - 1, 2)]


def text_at(document: pikepdf.Pdf, content: bytes, text: str) -> re.Match[bytes]:
    """The one text that shows `text`, from its font on; groups: font, size, matrix, x, y."""
    numbers = [codes(document)[character] for character in text]
    return next(found for found in SHOWN.finditer(content) if shown_codes(found) == numbers)


def in_place_of(text: str, become: Callable[[re.Match[bytes], pikepdf.Pdf], bytes]) -> Callable[[pikepdf.Pdf], None]:
    def change(document: pikepdf.Pdf, content: bytes) -> bytes:
        found = text_at(document, content, text)
        return content[: found.start()] + become(found, document) + content[found.end() :]

    return with_content(change)


def on_page(**entries: object) -> Callable[[pikepdf.Pdf], None]:
    def apply(document: pikepdf.Pdf) -> None:
        for key, value in entries.items():
            document.pages[0].obj[f"/{key}"] = value

    return apply


def rebuilt(pdf: bytes, change: Callable[[bytes], bytes], *, every: bool = True) -> bytes:
    """Change objects before their streams (the first one that changes, or every one) and write the table anew."""
    bodies = []
    done = False
    for head, rest in objects_of(pdf):
        changed = head if done and not every else change(head)
        done = done or changed != head
        bodies.append((changed, rest))
    assert done, "nothing was planted"
    return written(pdf, bodies)


def objects_of(pdf: bytes) -> list[tuple[bytes, bytes]]:
    """The objects of a file in their order there: what stands before the stream, and the rest."""
    end = int(re.search(rb"startxref\n(\d+)\n", pdf[-60:])[1])
    starts = sorted(int(one) for one in re.findall(rb"(\d{10}) 00000 n", pdf[end:]))
    found = []
    for start, stop in zip(starts, [*starts[1:], end], strict=True):
        head, stream, rest = pdf[start:stop].partition(b"stream\n")
        found.append((head, stream + rest))
    return found


def written(pdf: bytes, bodies: list[tuple[bytes, bytes]]) -> bytes:
    """The file with other objects, as well formed as before."""
    end = int(re.search(rb"startxref\n(\d+)\n", pdf[-60:])[1])
    out = pdf[: min(int(one) for one in re.findall(rb"(\d{10}) 00000 n", pdf[end:]))]
    places = {}
    for head, rest in bodies:
        places[int(re.match(rb"\d*", head)[0] or 0)] = len(out)
        out += head + rest
    trailer = pdf.index(b"trailer", end)
    size = len(places) + 1
    entries = b"".join(b"%010d 00000 n \n" % places[number] for number in sorted(places))
    rest = re.sub(rb"startxref\n\d+", b"startxref\n%d" % len(out), pdf[trailer:])
    rest = re.sub(rb"/Size \d+", b"/Size %d" % size, rest, count=1)
    return out + b"xref\n0 %d\n0000000000 65535 f \n" % size + entries + rest
