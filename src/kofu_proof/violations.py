"""What a rule says when it is broken."""

from __future__ import annotations

import re
from dataclasses import dataclass

_ID = re.compile(r"[A-Za-z0-9 _.,:;=#>+()/-]*")


@dataclass(frozen=True, slots=True, order=True)
class Violation:
    """A rule that is broken, where, and the shortest evidence: ids, states and counts, never a person's words."""

    rule: str
    where: str
    what: str
    evidence: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Keep a person's words out: evidence is ASCII. Raises `ValueError`."""
        for text in (self.where, *self.evidence):
            if not _ID.fullmatch(text):
                raise ValueError("evidence holds ids, states and counts, nothing else")

    def line(self) -> str:
        """Say it in one line."""
        return f"{self.rule}: {self.where}: {self.what}" + (f" [{'; '.join(self.evidence)}]" if self.evidence else "")
