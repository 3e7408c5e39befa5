"""Where each value stands on a form, in which type, and what the form itself marks: read by the last look's own code.

The boxes are those of the form version's `fields.toml` (docs/adr/0007). What the form marks around the values (labels,
rules, frames) is a list of its own, beside this module under `forms/<form>/<version>.json`: written when a form version
is approved, reviewed with it, held to the form by a test. So a label or rule that moved, was added or left out, or a
form changed without approval, is a mismatch.

Boxes are mm from the top left corner of the page.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from kofu.certificates.last_look.form_ink import FormInk, read_form_ink
from kofu.core.errors import OperatorFault

FORMS = Path(__file__).parent.parent / "forms"
APPROVED = Path(__file__).parent / "forms"
SPECIMEN_DRAWING = FORMS / "specimen.svg"
SPECIMEN_WIDTH = 0.82  # of the page, in its middle
_NAME = re.compile(r"[a-z][a-z0-9_]*")


class Box(NamedTuple):
    """A rectangle on the page, mm from the top left."""

    left: float
    top: float
    right: float
    bottom: float

    def moved_down(self, mm: float) -> Box:
        """Give the same box `mm` further down."""
        return Box(self.left, self.top + mm, self.right, self.bottom + mm)


class Type(NamedTuple):
    """How a field's text is set: size and smallest size in points, left, right or center, letters apart in ems."""

    size: float
    smallest: float
    align: str
    tracking: float


@dataclass(frozen=True, slots=True)
class FieldPlace:
    """A field's box and type. `page` is every, last, each or row, as in fields.toml."""

    page: str
    box: Box
    type: Type


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """One form version. `ink`: what the form itself marks, by page. Read once, so it is known by being the same one."""

    width: float
    height: float
    rows_per_page: int
    row_pitch: float
    seal_x: float
    seal_y: float
    code: Box | None  # of the signed code, where the form has a place for it
    places: Mapping[str, FieldPlace]
    ink: FormInk


@lru_cache(maxsize=64)
def load_layout(form: str, version: str) -> Layout:
    """Read the layout of a form version. Raises `OperatorFault` where it is unknown or not approved."""
    if not (_NAME.fullmatch(form) and _NAME.fullmatch(version)):
        raise OperatorFault("unknown_form", "names of forms and versions are lower case")
    return parse_layout(FORMS / form / version / "fields.toml", APPROVED / form / f"{version}.json")


def parse_layout(fields: Path, approved: Path | None) -> Layout:
    """Read a layout from its files; without `approved` (before the form is approved) its ink is empty."""
    try:
        data = tomllib.loads(fields.read_text(encoding="utf-8"))
        ink = read_form_ink(approved.read_text(encoding="utf-8")) if approved else FormInk((), MappingProxyType({}))
    except OSError as error:
        raise OperatorFault(
            "form_not_approved", "a form version needs its fields.toml and its approved marks"
        ) from error
    form = data["form"]
    places = {}
    for name, one in data["fields"].items():
        box = Box(
            float(one["x"]), float(one["y"]), float(one["x"]) + float(one["w"]), float(one["y"]) + float(one["h"])
        )
        kind = Type(float(one["size_pt"]), float(one["min_size_pt"]), one["align"], float(one.get("tracking_em", 0)))
        places[name] = FieldPlace(one["page"], box, kind)
    return Layout(
        width=float(form["width_mm"]),
        height=float(form["height_mm"]),
        rows_per_page=int(form.get("rows_per_page", 0)),
        row_pitch=float(form.get("row_pitch_mm", 0)),
        seal_x=float(data["seal"]["x"]),
        seal_y=float(data["seal"]["y"]),
        code=_code_box(data.get("code")),
        places=MappingProxyType(places),
        ink=ink,
    )


def _code_box(code: dict[str, float] | None) -> Box | None:
    if code is None:
        return None
    return Box(float(code["x"]), float(code["y"]), float(code["x"] + code["side"]), float(code["y"] + code["side"]))
