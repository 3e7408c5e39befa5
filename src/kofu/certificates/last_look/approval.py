"""Approving a form version: writing down its labels, once its values stand in their boxes.

Whoever approves a form looks at the paper with their eyes, then keeps the list of labels this module reads from it.
From then on the last look holds every paper of this form version to the list.
"""

from __future__ import annotations

import json
from dataclasses import replace

from kofu.certificates.facts import CertificateOrder
from kofu.certificates.last_look import compare
from kofu.certificates.last_look.comparison import slot_of, slots_by_height, slots_by_page
from kofu.certificates.last_look.layout import Layout
from kofu.certificates.last_look.mismatch import Fault, LastLookMismatch
from kofu.certificates.last_look.reading import read_pages
from kofu.certificates.last_look.wording import expected_texts

Labels = list[tuple[str, float, float]]


def labels_of(order: CertificateOrder, pdf: bytes, layout: Layout) -> tuple[Labels, Labels]:
    """Read the labels off a paper of two or more pages or one: (of its first page unless it is the last, of its last).

    `layout` is that of fields.toml alone. Raises `LastLookMismatch` where anything but the labels differs from the
    facts.
    """
    bare = replace(layout, labels_more=(), labels_last=())
    wrong = tuple(one for one in compare(order, pdf, bare) if one.fault is not Fault.TEXT_OUTSIDE)
    if wrong:
        raise LastLookMismatch(wrong)
    slots, _ = slots_by_page(bare, expected_texts(order))
    pages = [
        sorted(
            (
                (text.text.strip(" "), round(text.box.left, 2), round(text.box.bottom, 2))
                for text in page.texts
                if slot_of(text.box, of_page, slots_by_height(of_page)) is None
            ),
            key=lambda label: (label[2], label[1]),
        )
        for page, of_page in zip(read_pages(pdf, {}), slots, strict=True)
    ]
    return (pages[0] if len(pages) > 1 else []), pages[-1]


def labels_file(more: Labels, last: Labels) -> str:
    """Write the content of a labels file, one label per line: text, mm from the left, mm from the top."""
    parts = []
    for name, labels in (("more", more), ("last", last)):
        lines = ",\n  ".join(json.dumps(label, ensure_ascii=False) for label in labels)
        parts.append(f'"{name}": [\n  {lines}\n]' if labels else f'"{name}": []')
    return "{" + ",\n".join(parts) + "}\n"
