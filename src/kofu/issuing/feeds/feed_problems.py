"""What is wrong with a feed, as it is reported: file, line, column and reason, never the value.

A feed is full of personal data, and reports travel.
"""

from __future__ import annotations

from dataclasses import dataclass

FIRST_PROBLEMS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedProblem:
    """One thing wrong with a feed. `line` counts from 1 (the header); None where the file as a whole is meant."""

    file: str
    line: int | None
    column: str | None
    reason: str
    sentence: str

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        return f"{place}{f' {self.column}' if self.column else ''}: {self.sentence} [{self.reason}]"


class FeedProblems:
    """Collects problems: the first hundred are kept in full, the rest are counted."""

    def __init__(self) -> None:
        self._kept: list[FeedProblem] = []
        self.count = 0

    def add(self, file: str, reason: str, sentence: str, *, line: int | None = None, column: str | None = None) -> None:
        """Note a problem."""
        self.count += 1
        if len(self._kept) < FIRST_PROBLEMS:
            self._kept.append(FeedProblem(file=file, line=line, column=column, reason=reason, sentence=sentence))

    @property
    def first(self) -> tuple[FeedProblem, ...]:
        """The first hundred, in the order they were found."""
        return tuple(self._kept)
