"""What is wrong with a file of a neighbour, place by place.

A problem names the file, the record, the byte (or the column), the field, what was found there and what to do. Files of
payment channels are full of personal data and reports travel, so `found` never quotes more than a code, a date, a count
or one byte.
"""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from kofu.core.errors import PeerFault, ensure

FIRST_PROBLEMS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class FileProblem:
    """One thing wrong. `record` counts from 1; `position` is the byte in the record, or the column of a CSV, from 1.

    `field` is the Japanese term. `reason` is stable, for programs; `advice` says what to do.
    """

    file: str
    reason: str
    found: str
    advice: str
    record: int | None = None
    position: int | None = None
    field: str = ""

    def __str__(self) -> str:
        place = "".join(
            (
                self.file,
                f", record {self.record}" if self.record is not None else "",
                f", position {self.position}" if self.position is not None else "",
                f", {self.field}" if self.field else "",
            )
        )
        return f"{place}: {self.found}; {self.advice} [{self.reason}]"


class FileRefused(PeerFault):
    """The file as a whole is refused: `problems` holds the first hundred, `count` how many there are."""

    def __init__(self, file: str, problems: tuple[FileProblem, ...], count: int) -> None:
        """Build the refusal from what was found."""
        super().__init__("file_refused", f"{file}: {count} problem(s), nothing was taken in; the first: {problems[0]}")
        self.file = file
        self.problems = problems
        self.count = count


class FileProblems:
    """Collects what is wrong with one file: the first hundred in full, the rest counted."""

    def __init__(self, file: str) -> None:
        """Start with none. `file`: the name people know it by."""
        self.file = file
        self.count = 0
        self._kept: list[FileProblem] = []

    def __iter__(self) -> Iterator[FileProblem]:
        return iter(self._kept)

    def __bool__(self) -> bool:
        return self.count > 0

    def add(
        self,
        reason: str,
        found: str,
        advice: str,
        *,
        record: int | None = None,
        position: int | None = None,
        field: str = "",
    ) -> None:
        """Note one."""
        self.count += 1
        if len(self._kept) < FIRST_PROBLEMS:
            self._kept.append(
                FileProblem(
                    file=self.file,
                    reason=reason,
                    found=found,
                    advice=advice,
                    record=record,
                    position=position,
                    field=field,
                )
            )

    def are_within(self, records: AbstractSet[int]) -> bool:
        """Whether all of the first hundred are about these records, and none about the file."""
        return all(problem.record in records for problem in self._kept)

    def refusal(self) -> FileRefused:
        """Give the error to raise. To ask for it without a problem is a defect."""
        ensure(self.count, "a refusal has at least one problem")
        return FileRefused(self.file, tuple(self._kept), self.count)

    def refuse(self) -> None:
        """Raise `FileRefused` where anything was noted."""
        if self.count:
            raise self.refusal()
