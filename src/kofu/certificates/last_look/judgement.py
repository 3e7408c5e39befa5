"""Whom a mismatch is about: one person, whose text cannot be read back, or the machine, which is then suspect.

A paper that shows anything else than the facts is never a single mishap: another outline, another page, another seal
would be on the next paper too, so issuing stops for everybody. But where the outlines are those of the facts and only
the setting of this one person's own text is beyond what the look can follow, or no certified font has the character,
no other paper is in doubt: this person is refused, with a case, and issuing goes on. What the table does not name is
the machine's.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from kofu.certificates.last_look.mismatch import MismatchKind, PaperDifference


class MismatchCause(StrEnum):
    """Whom a mismatch is about. Stable codes."""

    PERSON = "person"  # refuse this person, open a case
    MACHINE = "machine"  # stop the municipality


class Written(StrEnum):
    """Who wrote the text of a field."""

    PERSON = "person"  # names, addresses, plates: as long and as strange as life makes them
    PROGRAM = "program"  # amounts, dates, labels, numbers: out of a few characters and words


_OF_THE_PERSON = frozenset({"name", "address", "plate"})
_COLUMNS_OF_THE_PERSON = ("_plate",)

TABLE: dict[tuple[MismatchKind, Written], MismatchCause] = {
    (MismatchKind.NOT_IN_FONT, Written.PERSON): MismatchCause.PERSON,
    (MismatchKind.TEXT_MISPLACED, Written.PERSON): MismatchCause.PERSON,
    (MismatchKind.TEXT_SIZE, Written.PERSON): MismatchCause.MACHINE,
    (MismatchKind.TEXT_LAYER, Written.PERSON): MismatchCause.PERSON,
    (MismatchKind.SECOND_WITNESS, Written.PERSON): MismatchCause.PERSON,
    (MismatchKind.TEXT_DIFFERS, Written.PERSON): MismatchCause.MACHINE,
    (MismatchKind.TEXT_MISSING, Written.PERSON): MismatchCause.MACHINE,
    (MismatchKind.TEXT_NOT_EXPECTED, Written.PERSON): MismatchCause.MACHINE,
    (MismatchKind.HIDDEN_TEXT, Written.PERSON): MismatchCause.MACHINE,
}
"""By kind of difference and who wrote the field's text; every other pair is `MismatchCause.MACHINE`."""


def written_by(field: str) -> Written:
    """Say who wrote the text of a field."""
    of_person = field in _OF_THE_PERSON or field.endswith(_COLUMNS_OF_THE_PERSON)
    return Written.PERSON if of_person else Written.PROGRAM


def judge(differences: Iterable[PaperDifference]) -> MismatchCause:
    """Say whom a mismatch is about: the person where all of it is, else the machine. None at all: the machine."""
    blames = {TABLE.get((one.fault, written_by(one.field)), MismatchCause.MACHINE) for one in differences}
    return MismatchCause.PERSON if blames == {MismatchCause.PERSON} else MismatchCause.MACHINE
