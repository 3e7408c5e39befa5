"""Words that are stored, and the Japanese term staff read for each."""

from __future__ import annotations

from enum import StrEnum
from typing import Self


class LabelledEnum(StrEnum):
    """A closed set of stored words. A member may carry its term of the field: `PROPOSED = "proposed", "起案"`.

    The word is what tables, files and the audit record hold; `label` is for people, "" where the field has no term.
    """

    label: str

    def __new__(cls, word: str, label: str = "") -> Self:
        """Make a member of its stored word and its term."""
        member = str.__new__(cls, word)
        member._value_ = word
        member.label = label
        return member
