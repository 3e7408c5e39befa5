"""One TOML table of a profile being read: each value by its kind, each mistake named with its key and what to do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time
from enum import StrEnum
from typing import TypeVar

from kofu.core.bilingual import Bilingual
from kofu.core.calendar import JST
from kofu.core.names import name_text_fault
from kofu.core.profile_rules import ProfileProblem

T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)


class UnreadableValue(Exception):  # noqa: N818 - an inner signal: the value is wrong and has been reported
    """Raised by a reader after it reported the problem."""


class ProfileSection:
    """One TOML table being read. Collects what is wrong; `build` reports the keys nobody asked for."""

    def __init__(self, path: str, table: dict[str, object], problems: list[ProfileProblem]) -> None:
        """Begin with the table at `path`; mistakes go to `problems`."""
        self.path = path
        self.problems = problems
        self._table = table
        self._asked: set[str] = set()

    def key(self, name: str) -> str:
        """Name a key by its whole path."""
        return f"{self.path}.{name}" if self.path else name

    def fail(self, name: str, wrong: str, remedy: str) -> UnreadableValue:
        """Report a mistake; what is given back is raised."""
        self.problems.append(ProfileProblem(self.key(name), wrong, remedy))
        return UnreadableValue()

    def take(self, name: str, wanted: type[T], described: str) -> T:
        """Give the value of a key, of just the kind wanted. Raises `UnreadableValue`, as all below."""
        self._asked.add(name)
        if name not in self._table:
            raise self.fail(name, "is missing", f"write {described}")
        value = self._table[name]
        # bool is an int and datetime a date for Python, but not for whoever writes a profile.
        if type(value) is not wanted:
            raise self.fail(name, f"is {kind_in_words(value)}", f"write {described}")
        return value

    def has(self, name: str) -> bool:
        """Whether the key is there."""
        self._asked.add(name)
        return name in self._table

    def text(self, name: str) -> str:
        """Give a text that is not empty."""
        value = self.take(name, str, 'text in quotes, such as "…"')
        if not value.strip():
            raise self.fail(name, "is empty", "write the text")
        fault = name_text_fault(value)
        if fault is not None:
            raise self.fail(name, f"holds {fault}", "remove it")
        return value

    def integer(self, name: str, lowest: int, highest: int) -> int:
        """Give a whole number between two, both included."""
        value = self.take(name, int, f"a whole number from {lowest} to {highest}")
        if not lowest <= value <= highest:
            raise self.fail(name, f"is {value}", f"write a whole number from {lowest} to {highest}")
        return value

    def number(self, name: str) -> float:
        """Give a number."""
        self._asked.add(name)
        value = self._table.get(name)
        if isinstance(value, int) and not isinstance(value, bool):
            return float(value)
        return self.take(name, float, "a number, such as 21.0")

    def flag(self, name: str) -> bool:
        """Give true or false."""
        return self.take(name, bool, "true or false")

    def day(self, name: str) -> date:
        """Give a day."""
        return self.take(name, date, "a day without quotes, such as 2026-04-01")

    def clock(self, name: str) -> time:
        """Give a time of day in Japan."""
        return self.take(name, time, "a time without quotes, such as 06:30:00")

    def instant(self, name: str) -> datetime:
        """Give an instant, written as the time of Japan."""
        value = self.take(name, datetime, "a day and time of Japan without quotes, such as 2026-12-01T06:30:00")
        if value.tzinfo is not None:
            raise self.fail(name, "carries an offset", "write the time of Japan without one, as 2026-12-01T06:30:00")
        return value.replace(tzinfo=JST)

    def choice(self, name: str, choices: type[E]) -> E:
        """Give one of the words of an enum."""
        known = ", ".join(item.value for item in choices)
        value = self.take(name, str, f"one of {known}")
        try:
            return choices(value)
        except ValueError:
            raise self.fail(name, f'"{value}" is not known', f"write one of {known}") from None

    def bilingual(self, name: str) -> Bilingual:
        """Give a text in Japanese and English."""
        section = self.section(name, '{ ja = "…", en = "…" }')
        return section.build(lambda: Bilingual(section.text("ja"), section.text("en")))

    def section(self, name: str, described: str) -> ProfileSection:
        """Give the table below a key."""
        # TOML tables have text keys; tomllib gives plain dicts.
        table: dict[str, object] = self.take(name, dict, described)
        return ProfileSection(self.key(name), table, self.problems)

    def sections(self, name: str, build: Callable[[ProfileSection], T]) -> tuple[T, ...]:
        """Build a value of each table below a key; none where the key is not there."""
        self._asked.add(name)
        if name not in self._table:
            return ()
        rows: list[object] = self.take(name, list, f"[[{name}]] tables")
        built: list[T] = []
        for number, row in enumerate(rows):
            if not isinstance(row, dict):
                self.fail(f"{name}[{number}]", f"is {kind_in_words(row)}", f"write [[{name}]] tables")
                continue
            section = ProfileSection(f"{self.key(name)}[{number}]", row, self.problems)
            try:
                built.append(section.build(lambda section=section: build(section)))  # type: ignore[misc]  # a lambda carries no types
            except UnreadableValue:
                continue  # reported; go on, so that one look finds every mistake
        return tuple(built)

    def build(self, make: Callable[[], T]) -> T:
        """Make the value; report unknown keys whether that worked or not."""
        complete = False
        try:
            value = make()
            complete = True
        finally:
            # After a failure not every key has been asked for, so only a complete reading can tell strangers.
            for name in self._table:
                if complete and name not in self._asked:
                    self.fail(name, "is not a key of profiles", f"remove it or correct it ({self._known()})")
        return value

    def _known(self) -> str:
        return "known here: " + ", ".join(sorted(self._asked))


def kind_in_words(value: object) -> str:
    """Say what kind of value it is."""
    names = {
        bool: "true or false",
        int: "a whole number",
        float: "a number",
        str: "text",
        date: "a day",
        time: "a time",
        datetime: "a day with a time",
        list: "a list",
        dict: "a table",
    }
    return names.get(type(value), type(value).__name__)
