"""What a paper says, laid out for a screen: its titles, values and labels, without being a paper.

The labels are those of the form version's `fields.toml`, so that a clerk reads on the screen what will be printed.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from kofu.certificates.content import CertificateContent
from kofu.certificates.content.assessment import (
    BASES,
    COUNTS,
    CREDITS,
    DEDUCTIONS,
    INCOMES,
    OWN_CIRCUMSTANCES,
    TAXES,
)
from kofu.certificates.content.wording import REMARKS

NOTHING = ("", "0")
FORMS = Path(__file__).parent / "forms"
HEAD = ("year", "address", "name", "birthday", "tax", "as_of")
_NOT_SHOWN = ("certificate_number", "statement", "issued_on", "office", "authority_name", "title")
GROUPS = (
    ("収入・所得", INCOMES),
    ("所得控除", (*DEDUCTIONS, "spouse_status")),
    ("人数", COUNTS),
    ("本人該当", OWN_CIRCUMSTANCES),
    ("課税標準額", BASES),
    ("税額控除等", CREDITS),
    ("税額", TAXES),
)
_PREFIXES = (
    ("ward_", "municipal_tax"),
    ("metro_", "prefectural_tax"),
)
_SUBJECTS = (("dependents_", "扶養　"), ("disabled_", "障害者　"))


@dataclass(frozen=True, slots=True)
class PreviewLine:
    """One value under its label."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Group:
    """Lines that belong together. The paper shows them all; a screen may gather those that say nothing."""

    heading: str
    lines: tuple[PreviewLine, ...]

    @property
    def stated(self) -> tuple[PreviewLine, ...]:
        """Lines that say something."""
        return tuple(line for line in self.lines if line.value not in NOTHING)

    @property
    def nothing(self) -> tuple[PreviewLine, ...]:
        """Lines that read 0 or are empty."""
        return tuple(line for line in self.lines if line.value in NOTHING)

    @property
    def nothing_word(self) -> str:
        """Say what those lines read."""
        return "空欄" if any(not line.value for line in self.nothing) else "0"


@dataclass(frozen=True, slots=True)
class PaperPreview:
    """A paper's content for a screen. `columns`, `rows` and `total` are there for the payment kinds."""

    title: str
    head: tuple[PreviewLine, ...]
    groups: tuple[Group, ...]
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    total: tuple[str, ...]
    remarks: tuple[str, ...]
    foot: str


def preview_of(content: CertificateContent) -> PaperPreview:
    """Lay a content out. Every value of it is shown, but for the number, which is not given yet."""
    labels = _labels(content.form, content.version)
    fields = content.fields
    columns = [name for name in labels if name.startswith("row_")]
    grouped = {name for _, names in GROUPS for name in names}
    head = [name for name in fields if name in HEAD]
    others = [
        name
        for name in fields
        if name in labels
        and name not in grouped
        and name not in (*HEAD, *_NOT_SHOWN, "municipal_tax", "prefectural_tax")
        and not name.startswith(("remark_", "row_", "total_"))
    ]
    return PaperPreview(
        title=content.title,
        head=tuple(PreviewLine(labels[name], fields[name]) for name in (*head, *others)),
        groups=tuple(_groups(content, labels)),
        columns=tuple(labels[name] for name in columns),
        rows=tuple(_rows(content, columns)),
        total=tuple(fields.get(name.replace("row_", "total_"), "") for name in columns)
        if any(name.startswith("total_") for name in fields)
        else (),
        remarks=tuple(text for number in range(1, REMARKS + 1) if (text := fields.get(f"remark_{number}", ""))),
        foot=f"{fields['statement']}　{fields['issued_on']}　{fields['office']}　{fields['authority_name']}",
    )


@cache
def _labels(form: str, version: str) -> dict[str, str]:
    """Read the labels of a form version by field, in the order they stand on it."""
    text = (FORMS / form / version / "fields.toml").read_text(encoding="utf-8")
    return {name: str(box["japanese"]) for name, box in tomllib.loads(text)["fields"].items()}


def _groups(content: CertificateContent, labels: dict[str, str]) -> Iterator[Group]:
    for heading, names in GROUPS:
        lines = tuple(
            PreviewLine(_label(content, labels, name), content.fields[name]) for name in names if name in content.fields
        )
        if lines:
            yield Group(heading, lines)


def _label(content: CertificateContent, labels: dict[str, str], name: str) -> str:
    """Say of whom or which tax a value is, where the form says it by its place."""
    for prefix, tax in _PREFIXES:
        if name.startswith(prefix):
            return f"{content.fields[tax]}　{labels[name]}"
    if name == "dependents_under16":
        return labels[name]
    return next((word for prefix, word in _SUBJECTS if name.startswith(prefix)), "") + labels[name]


def _rows(content: CertificateContent, columns: Sequence[str]) -> Iterator[tuple[str, ...]]:
    number = 1
    while f"row_{number}_payable" in content.fields:
        yield tuple(content.fields.get(name.replace("row_", f"row_{number}_"), "") for name in columns)
        number += 1
