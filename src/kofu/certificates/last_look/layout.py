"""Where each value stands on a form, and which labels stand around the values: read by the last look's own code.

The boxes are those of the form version's `fields.toml` (docs/adr/0004). The labels are a list of their own, beside this
module under `labels/<form>/<version>.json`: every text of the approved form that is no value, with its place. It is
written when a form version is approved and reviewed with it; a test holds it to the form. So a label that moved, a text
that was added, or a form changed without approval is a mismatch.

Places are mm from the top left corner of the page.
"""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from kofu.core.errors import OperatorFault

FORMS = Path(__file__).parent.parent / "forms"
LABELS = Path(__file__).parent / "labels"
SPECIMEN_DRAWING = FORMS / "specimen.svg"
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


@dataclass(frozen=True, slots=True)
class Place:
    """A field's box. `page` is every, last, each or row, as in fields.toml."""

    page: str
    box: Box


@dataclass(frozen=True, slots=True)
class Label:
    """A text of the form itself and the bottom left corner of its ink, mm."""

    text: str
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Layout:
    """One form version. `labels_more` belong to all pages but the last, `labels_last` to the last."""

    width: float
    height: float
    rows_per_page: int
    row_pitch: float
    seal_x: float
    seal_y: float
    code: Box | None  # of the signed code, where the form has a place for it
    places: dict[str, Place]
    labels_more: tuple[Label, ...]
    labels_last: tuple[Label, ...]


@lru_cache(maxsize=64)
def load_layout(form: str, version: str) -> Layout:
    """Read the layout of a form version. Raises `OperatorFault` where it is unknown or its labels are not approved."""
    if not (_NAME.fullmatch(form) and _NAME.fullmatch(version)):
        raise OperatorFault("unknown_form", "names of forms and versions are lower case")
    return parse_layout(FORMS / form / version / "fields.toml", LABELS / form / f"{version}.json")


def parse_layout(fields: Path, labels: Path | None) -> Layout:
    """Read a layout from its files; without `labels` (before the form is approved) it has no labels."""
    try:
        data = tomllib.loads(fields.read_text(encoding="utf-8"))
        approved = json.loads(labels.read_text(encoding="utf-8")) if labels else {"more": [], "last": []}
    except OSError as error:
        raise OperatorFault(
            "form_not_approved", "a form version needs its fields.toml and its approved labels"
        ) from error
    form = data["form"]
    places = {}
    for name, one in data["fields"].items():
        box = Box(
            float(one["x"]), float(one["y"]), float(one["x"]) + float(one["w"]), float(one["y"]) + float(one["h"])
        )
        places[name] = Place(one["page"], box)
    return Layout(
        width=float(form["width_mm"]),
        height=float(form["height_mm"]),
        rows_per_page=int(form.get("rows_per_page", 0)),
        row_pitch=float(form.get("row_pitch_mm", 0)),
        seal_x=float(data["seal"]["x"]),
        seal_y=float(data["seal"]["y"]),
        code=_code_box(data.get("code")),
        places=places,
        labels_more=tuple(Label(text, x, y) for text, x, y in approved["more"]),
        labels_last=tuple(Label(text, x, y) for text, x, y in approved["last"]),
    )


def _code_box(code: dict[str, float] | None) -> Box | None:
    if code is None:
        return None
    return Box(float(code["x"]), float(code["y"]), float(code["x"] + code["side"]), float(code["y"] + code["side"]))
