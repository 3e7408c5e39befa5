"""Random faults in finished papers: in the bytes, in an object, in the content, in the font."""

from __future__ import annotations

import random
import re
import zlib
from collections.abc import Callable

from tests.certificates.last_look.attacks import objects_of, written

OPERATORS = [
    *(b"q", b"Q", b"n", b"f", b"S", b"B", b"W", b"h", b"BT", b"ET", b"f*", b"b", b"s", b"BX", b"EX", b"EMC"),
    *(b"1 g", b"0.5 G", b"0 w", b"9 w", b"1 j", b"2 J", b"[2 2] 0 d", b"1 0 0 1 3 0 cm", b"-1 0 0 1 0 0 cm"),
    *(b"3 Tr", b"2 Tc", b"50 Tz", b"4 Ts", b"9 TL", b"1 0 0 1 100 100 Tm", b"/T 4 Tf", b"/f0 4 Tf", b"T*", b"0 -9 Td"),
    *(b"<0001>Tj", b"(\\000\\002)Tj", b"100 100 m 400 100 l S", b"90 90 300 300 re f", b"/S Do", b"/G0 gs", b"/A BMC"),
    *(b"/Span<</ActualText<FEFF0031>>>BDC", b"1 0 0 rg", b"0 0 0 1 k", b"/c0 cs 1 scn", b"9 i", b"/Perceptual ri"),
]


def in_a_byte(pdf: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(pdf))
    how = chance.randrange(4)
    if how == 0:
        return pdf[:at] + bytes([pdf[at] ^ (1 << chance.randrange(8))]) + pdf[at + 1 :]
    if how == 1:
        return pdf[:at] + chance.randbytes(1) + pdf[at + 1 :]
    if how == 2:
        return pdf[:at] + pdf[at + chance.randrange(1, 9) :]
    return pdf[:at] + pdf[chance.randrange(len(pdf)) :][: chance.randrange(1, 40)] + pdf[at:]


TOKEN = re.compile(rb"/[A-Za-z0-9+._-]+|-?[0-9]+(?:\.[0-9]+)?|<<|>>|\[|\]|R\b")


def in_an_object(pdf: bytes, chance: random.Random) -> bytes:
    """Change, drop or double one token of one object's dictionary."""
    bodies = objects_of(pdf)
    at = chance.randrange(len(bodies))
    head, rest = bodies[at]
    token = chance.choice(list(TOKEN.finditer(head, head.index(b"obj"))))
    other = chance.choice(bodies)[0]
    new = [
        b"",
        token[0] + b" " + token[0],
        b"%d" % chance.randrange(2000),
        b"%.3f" % chance.uniform(-900, 900),
        chance.choice(TOKEN.findall(other)),
        b"/Rotate 90" + token[0],
    ][chance.randrange(6)]
    bodies[at] = (head[: token.start()] + new + head[token.end() :], rest)
    return written(pdf, bodies)


def in_a_stream(
    pdf: bytes, chance: random.Random, wanted: Callable[[bytes], bool], change: Callable[[bytes], bytes]
) -> bytes:
    """Change what a stream holds, and write it with the right length."""
    bodies = objects_of(pdf)
    fitting = []
    for at, (head, rest) in enumerate(bodies):
        length = re.search(rb"/Length (\d+)", head)
        if length is not None:
            raw = rest[len(b"stream\n") :][: int(length[1])]
            data = zlib.decompress(raw) if b"/FlateDecode" in head else raw
            if wanted(data):
                fitting.append((at, data))
    at, data = chance.choice(fitting)
    changed = change(data)
    if changed == data:
        return pdf
    head = bodies[at][0]
    packed = zlib.compress(changed, 1) if b"/FlateDecode" in head else changed
    head = re.sub(rb"/Length \d+", b"/Length %d" % len(packed), head)
    head = re.sub(rb"/Length1 \d+", b"/Length1 %d" % len(changed), head)
    bodies[at] = (head, b"stream\n" + packed + b"\nendstream\nendobj\n")
    return written(pdf, bodies)


def in_the_content(pdf: bytes, chance: random.Random) -> bytes:
    def change(content: bytes) -> bytes:
        lines = content.split(b"\n")
        at, other = chance.randrange(len(lines)), chance.randrange(len(lines))
        how = chance.randrange(7)
        if how == 0:
            del lines[at]
        elif how == 1:
            lines.insert(other, lines[at])
        elif how == 2:
            lines[at], lines[other] = lines[other], lines[at]
        elif how in {3, 4}:
            lines.insert(at, chance.choice(OPERATORS))
        else:
            numbers = list(re.finditer(rb"-?\d+(?:\.\d+)?", lines[at]))
            if numbers:
                one = chance.choice(numbers)
                new = b"%.3f" % (float(one[0]) + chance.choice([0.01, 0.1, 1, -3, 40]))
                lines[at] = lines[at][: one.start()] + new + lines[at][one.end() :]
        return b"\n".join(lines)

    return in_a_stream(pdf, chance, lambda data: b"\nBT" in data or b" Tf " in data, change)


def in_the_font(pdf: bytes, chance: random.Random) -> bytes:
    def change(data: bytes) -> bytes:
        at = chance.randrange(len(data))
        size = chance.choice([1, 1, 1, 2, 4])
        return data[:at] + chance.randbytes(size) + data[at + size :]

    return in_a_stream(pdf, chance, lambda data: data.startswith(b"\0\1\0\0") or b"begincmap" in data, change)
