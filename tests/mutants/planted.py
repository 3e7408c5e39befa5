"""Bugs to plant, one file each in `planted/`: what is wrong, where, good text and bad, and the test that must fail."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDER = Path(__file__).resolve().parent / "planted"


@dataclass(frozen=True)
class Mutant:
    """One bug. `invariant`: which of P1…P12 it breaks. `test`: file and function.

    `played`: the rule of the judge that `kofu simulate` must find broken; where there is none, it is not asked.
    """

    name: str
    invariant: str
    what: str
    file: str
    test: str
    good: str
    bad: str
    played: str = ""

    def plant(self, tree: Path) -> str:
        """Put it into a copy of the tree; give the file as it was. Raises `ValueError` where it does not fit."""
        path = tree / self.file
        source = path.read_text(encoding="utf-8")
        if source.count(self.good) != 1:
            raise ValueError(f"{self.name}: the text to change stands {source.count(self.good)} times in {self.file}")
        path.write_text(source.replace(self.good, self.bad), encoding="utf-8")
        return source


def mutants() -> tuple[Mutant, ...]:
    """Read all, in the order of their names."""
    return tuple(
        Mutant(name=path.stem, **tomllib.loads(path.read_text(encoding="utf-8")))
        for path in sorted(FOLDER.glob("*.toml"))
    )
