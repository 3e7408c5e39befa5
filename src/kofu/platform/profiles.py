"""A municipality's profile from its TOML file: read strictly, refused whole, every mistake named.

A mistake is reported as `file: key: what is wrong; what to do`. Nothing has a default: a rule that nobody wrote down
is a rule nobody decided. docs/how-to/municipality-profile.md describes the file.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Callable
from datetime import date, datetime, time
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from kofu.core.audit_rules import USUAL_AUDIT, AuditRules, PatternLimits
from kofu.core.bilingual import Bilingual
from kofu.core.calendar import JST
from kofu.core.errors import OperatorFault
from kofu.core.gates import Bound, FeedGates
from kofu.core.kinds import CertificateKind, MunicipalTax, PrefecturalTax
from kofu.core.names import name_text_fault
from kofu.core.profile import (
    AuthorityPeriod,
    AuthorityRole,
    Fee,
    FormVersion,
    KeyStore,
    KindRules,
    KnownMachines,
    PlannedStop,
    Profile,
    Publication,
    RevocationRule,
)
from kofu.core.profile_rules import ProfileProblem, problems_of
from kofu.core.resident_tax import Grade, ResidentTax, Surcharge
from kofu.core.transposition import BadTables, TranspositionTables, read_tables
from kofu.platform.audit_note import WITNESS_KEY, NoteError, NoteKey

FORMAT = "kofu-profile/1"
SEAL_BYTES_MAX = 1_000_000
SAMPLE_MAX = 500
TABLE_BYTES_MAX = 10_000_000
_SYSTEM, _KIOSK = re.compile("[a-z]{1,40}"), re.compile("kiosk-[0-9a-z-]{1,40}")

T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)


class ProfileInvalid(OperatorFault):
    """The profile cannot be used. `problems` lists every mistake found."""

    def __init__(self, path: Path, problems: tuple[ProfileProblem, ...]) -> None:
        """Build the error; the message has one line for each problem."""
        super().__init__("profile_invalid", "\n".join(f"{path}: {problem}" for problem in problems))
        self.path = path
        self.problems = problems


class _Unreadable(Exception):  # noqa: N818 - an inner signal: the value is wrong and has been reported
    """Raised by a reader after it reported the problem."""


class _Section:
    """One TOML table being read. Collects what is wrong; `finish` reports the keys nobody asked for."""

    def __init__(self, path: str, table: dict[str, object], problems: list[ProfileProblem]) -> None:
        self.path = path
        self.problems = problems
        self._table = table
        self._asked: set[str] = set()

    def key(self, name: str) -> str:
        return f"{self.path}.{name}" if self.path else name

    def fail(self, name: str, wrong: str, remedy: str) -> _Unreadable:
        self.problems.append(ProfileProblem(self.key(name), wrong, remedy))
        return _Unreadable()

    def take(self, name: str, wanted: type[T], described: str) -> T:
        self._asked.add(name)
        if name not in self._table:
            raise self.fail(name, "is missing", f"write {described}")
        value = self._table[name]
        # bool is an int and datetime a date for Python, but not for whoever writes a profile.
        if type(value) is not wanted:
            raise self.fail(name, f"is {_described(value)}", f"write {described}")
        return value

    def has(self, name: str) -> bool:
        self._asked.add(name)
        return name in self._table

    def text(self, name: str) -> str:
        value = self.take(name, str, 'text in quotes, such as "…"')
        if not value.strip():
            raise self.fail(name, "is empty", "write the text")
        fault = name_text_fault(value)
        if fault is not None:
            raise self.fail(name, f"holds {fault}", "remove it")
        return value

    def integer(self, name: str, lowest: int, highest: int) -> int:
        value = self.take(name, int, f"a whole number from {lowest} to {highest}")
        if not lowest <= value <= highest:
            raise self.fail(name, f"is {value}", f"write a whole number from {lowest} to {highest}")
        return value

    def number(self, name: str) -> float:
        self._asked.add(name)
        value = self._table.get(name)
        if isinstance(value, int) and not isinstance(value, bool):
            return float(value)
        return self.take(name, float, "a number, such as 21.0")

    def flag(self, name: str) -> bool:
        return self.take(name, bool, "true or false")

    def day(self, name: str) -> date:
        return self.take(name, date, "a day without quotes, such as 2026-04-01")

    def clock(self, name: str) -> time:
        return self.take(name, time, "a time without quotes, such as 06:30:00")

    def instant(self, name: str) -> datetime:
        value = self.take(name, datetime, "a day and time of Japan without quotes, such as 2026-12-01T06:30:00")
        if value.tzinfo is not None:
            raise self.fail(name, "carries an offset", "write the time of Japan without one, as 2026-12-01T06:30:00")
        return value.replace(tzinfo=JST)

    def choice(self, name: str, choices: type[E]) -> E:
        known = ", ".join(item.value for item in choices)
        value = self.take(name, str, f"one of {known}")
        try:
            return choices(value)
        except ValueError:
            raise self.fail(name, f'"{value}" is not known', f"write one of {known}") from None

    def bilingual(self, name: str) -> Bilingual:
        section = self.section(name, '{ ja = "…", en = "…" }')
        return section.build(lambda: Bilingual(section.text("ja"), section.text("en")))

    def section(self, name: str, described: str) -> _Section:
        # TOML tables have text keys; tomllib gives plain dicts.
        table: dict[str, object] = self.take(name, dict, described)
        return _Section(self.key(name), table, self.problems)

    def sections(self, name: str, build: Callable[[_Section], T]) -> tuple[T, ...]:
        self._asked.add(name)
        if name not in self._table:
            return ()
        rows: list[object] = self.take(name, list, f"[[{name}]] tables")
        built: list[T] = []
        for number, row in enumerate(rows):
            if not isinstance(row, dict):
                self.fail(f"{name}[{number}]", f"is {_described(row)}", f"write [[{name}]] tables")
                continue
            section = _Section(f"{self.key(name)}[{number}]", row, self.problems)
            try:
                built.append(section.build(lambda section=section: build(section)))  # type: ignore[misc]  # a lambda carries no types
            except _Unreadable:
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


def _described(value: object) -> str:
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


def load_profile(path: Path) -> Profile:
    """Read and check the profile at `path`. Seal drawings are files beside it.

    Raises `ProfileInvalid` naming every mistake found with file, key and remedy.
    """
    try:
        table: dict[str, object] = tomllib.loads(path.read_bytes().decode("utf-8"))
    except OSError as error:
        reason = error.strerror or "cannot be read"
        raise ProfileInvalid(
            path, (ProfileProblem("file", reason, "name the profile's TOML file (KOFU_PROFILE)"),)
        ) from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ProfileInvalid(
            path, (ProfileProblem("file", f"is not TOML in UTF-8 ({error})", "correct it there"),)
        ) from error
    problems: list[ProfileProblem] = []
    root = _Section("", table, problems)
    try:
        profile = root.build(lambda: _profile(root, path.parent))
    except _Unreadable:
        profile = None
    if profile is not None and not problems:
        problems.extend(problems_of(profile))
    if profile is None or problems:
        raise ProfileInvalid(path, tuple(problems))
    return profile


def _profile(root: _Section, folder: Path) -> Profile:
    if root.text("format") != FORMAT:
        raise root.fail("format", "is a format this program does not read", f'write "{FORMAT}"')
    feeds = root.section("feeds", "a [feeds] table")
    tax_days, resident_days = feeds.build(
        lambda: (feeds.integer("tax_max_age_days", 0, 31), feeds.integer("resident_max_age_days", 0, 31))
    )
    deadline = root.section("deadline", "a [deadline] table")
    shortest, longest = deadline.build(
        lambda: (deadline.integer("shortest_seconds", 1, 600), deadline.integer("longest_seconds", 1, 600))
    )
    return Profile(
        code=root.text("code"),
        name=root.text("name"),
        name_en=root.text("name_en"),
        counter=root.bilingual("counter"),
        era_change="start" if root.choice("era_change", EraChangeChoice) is EraChangeChoice.START else "end",
        municipal_tax=root.choice("municipal_tax", MunicipalTax),
        prefectural_tax=root.choice("prefectural_tax", PrefecturalTax),
        specimen=root.flag("specimen"),
        minimum_age=root.integer("minimum_age", 0, 150),
        max_copies=root.integer("max_copies", 1, 10),
        unpaid_refuses_payment=root.flag("unpaid_refuses_payment"),
        tax_feed_max_age_days=tax_days,
        resident_feed_max_age_days=resident_days,
        deadline_shortest_seconds=float(shortest),
        deadline_longest_seconds=float(longest),
        kinds=root.sections("kind", _kind),
        publications=root.sections("publication", _publication),
        authorities=root.sections("authority", lambda section: _authority(section, folder)),
        stops=root.sections("stop", _stop),
        signed_code=root.flag("signed_code"),
        gates=_gates(root),
        transposition=_transposition(root, folder),
        resident_tax=_resident_tax(root),
        machines=_machines(root),
        signing_keys=root.choice("signing_keys", KeyStore),
        audit=_audit(root) if root.has("audit") else USUAL_AUDIT,
        one_session=_one_session(root) if root.has("staff") else True,
    )


def _one_session(root: _Section) -> bool:
    section = root.section("staff", "a [staff] table")
    return section.build(lambda: section.flag("one_session"))


def _audit(root: _Section) -> AuditRules:
    section, usual = root.section("audit", "an [audit] table"), USUAL_AUDIT.limits

    def limit(name: str, otherwise: int) -> int:
        return section.integer(name, 1, 1_000_000) if section.has(name) else otherwise

    return section.build(
        lambda: AuditRules(
            witness=_witness(section) if section.has("witness") else "",
            staff_by_name=section.flag("staff_by_name") if section.has("staff_by_name") else False,
            limits=PatternLimits(
                day_begins=section.clock("day_begins") if section.has("day_begins") else usual.day_begins,
                day_ends=section.clock("day_ends") if section.has("day_ends") else usual.day_ends,
                searches_a_day=limit("searches_a_day", usual.searches_a_day),
                looks_at_one=limit("looks_at_one", usual.looks_at_one),
                exports_a_month=limit("exports_a_month", usual.exports_a_month),
                people_an_export=limit("people_an_export", usual.people_an_export),
            ),
        )
    )


def _witness(section: _Section) -> str:
    text, remedy = section.text("witness"), "write what the witness gives: name+id+key"
    try:
        kind = NoteKey.read(text).kind
    except NoteError as error:
        raise section.fail("witness", f"is no verifier key ({error.message})", remedy) from error
    if kind != WITNESS_KEY:
        raise section.fail("witness", "is the key of a log, not of a witness", remedy)
    return text


def _machines(root: _Section) -> KnownMachines:
    section = root.section("machines", "a [machines] table")
    return section.build(
        lambda: KnownMachines(
            systems=_machine_names(section, "systems", _SYSTEM, '["issuing", "center", "registry", "ledger"]'),
            kiosks=_machine_names(section, "kiosks", _KIOSK, '["kiosk-0001"]'),
            revocation=(
                section.choice("revocation", RevocationRule) if section.has("revocation") else RevocationRule.WARNED
            ),
        )
    )


def _machine_names(section: _Section, name: str, shape: re.Pattern[str], example: str) -> tuple[str, ...]:
    found = section.take(name, list, f"a list such as {example}")
    for one in found:
        if not isinstance(one, str) or not shape.fullmatch(one):
            raise section.fail(name, f"holds {one!r}", f"write names of certificates such as {example}")
    if len(set(found)) != len(found):
        raise section.fail(name, "names a machine twice", "name each once")
    return tuple(found)


def _transposition(root: _Section, folder: Path) -> TranspositionTables:
    """Read the 外字 tables beside the profile: each the file whose digest the profile names, all free of faults."""
    files = root.sections("transposition", lambda section: _table(section, folder))
    try:
        return read_tables(files)
    except BadTables as fault:
        root.problems += [ProfileProblem("transposition", one, "correct the table") for one in fault.problems]
        raise _Unreadable from fault


def _table(section: _Section, folder: Path) -> tuple[str, bytes]:
    name, stated = section.text("table"), section.text("sha256")
    path = (folder / name).resolve()
    if not path.is_relative_to(folder.resolve()) or path.suffix != ".csv":
        raise section.fail("table", f'"{name}" is no .csv file in the profile\'s folder', "keep it beside the profile")
    try:
        data = path.read_bytes()
    except OSError as error:
        reason = error.strerror or "cannot be read"
        raise section.fail("table", f'"{name}": {reason}', f"put the table at {path}") from error
    if len(data) > TABLE_BYTES_MAX:
        raise section.fail("table", f'"{name}" is longer than {TABLE_BYTES_MAX:,} bytes', "keep what your data bear")
    found = hashlib.sha256(data).hexdigest()
    if found != stated:
        raise section.fail(
            "sha256", f'is not that of "{name}"', f"find out who changed the table; if it is right, write {found}"
        )
    return name, data


def _gates(root: _Section) -> FeedGates:
    section = root.section("gates", "a [gates] table")
    return section.build(
        lambda: FeedGates(
            rows=_bound(section, "rows"),
            sums=_bound(section, "sums"),
            states=_bound(section, "states"),
            events=_bound(section, "events"),
            corrections=_bound(section, "corrections"),
            gone=_bound(section, "gone"),
            holds=_bound(section, "holds"),
            misfits=_bound(section, "misfits"),
            misfits_refused=_bound(section, "misfits_refused"),
            warnings=_bound(section, "warnings"),
            sample=section.integer("sample", 0, SAMPLE_MAX),
            announced=section.flag("announced"),
        )
    )


def _resident_tax(root: _Section) -> ResidentTax:
    section = root.section("resident_tax", "a [resident_tax] table")
    return section.build(
        lambda: ResidentTax(
            designated_city=section.flag("designated_city"),
            grade=Grade(section.integer("grade", Grade.FIRST, Grade.THIRD)),
            surcharges=section.sections("surcharge", _surcharge),
        )
    )


def _surcharge(section: _Section) -> Surcharge:
    return Surcharge(
        since=section.integer("since", 1950, 2999),
        municipal_per_capita=section.integer("municipal_per_capita", -3_000, 100_000),
        prefectural_per_capita=section.integer("prefectural_per_capita", -1_000, 100_000),
        municipal_rate=section.integer("municipal_rate", -6_000, 10_000),
        prefectural_rate=section.integer("prefectural_rate", -2_000, 10_000),
    )


def _bound(gates: _Section, name: str) -> Bound:
    section = gates.section(name, "{ permille = …, absolute = … }")
    return section.build(
        lambda: Bound(
            permille=section.integer("permille", 0, 1_000_000_000),
            absolute=section.integer("absolute", 0, 1_000_000_000_000),
        )
    )


class EraChangeChoice(StrEnum):
    """Which end of a fiscal year names it: 平成31年度 by its start, 令和元年度 by its end."""

    START = "start"
    END = "end"


def _kind(section: _Section) -> KindRules:
    return KindRules(
        kind=section.choice("kind", CertificateKind),
        label=section.bilingual("label"),
        kiosk=section.flag("kiosk"),
        years=section.integer("years", 1, 20),
        opens=section.clock("opens"),
        closes=section.clock("closes"),
        closed_year_end=section.flag("closed_year_end"),
        closed_weekends=section.flag("closed_weekends"),
        fees=section.sections(
            "fee",
            lambda fee: Fee(
                valid_from=fee.day("valid_from"),
                kiosk=fee.integer("kiosk", 0, 10_000),
                counter=fee.integer("counter", 0, 10_000),
            ),
        ),
        forms=section.sections(
            "form", lambda form: FormVersion(version=form.text("version"), valid_from=form.day("valid_from"))
        ),
    )


def _publication(section: _Section) -> Publication:
    return Publication(
        fiscal_year=section.integer("fiscal_year", 1950, 2999),
        salary=section.day("salary"),
        others=section.day("others"),
        light_vehicle=section.day("light_vehicle"),
    )


def _authority(section: _Section, folder: Path) -> AuthorityPeriod:
    return AuthorityPeriod(
        role=section.choice("role", AuthorityRole),
        office=section.text("office"),
        name=section.text("name"),
        valid_from=section.day("valid_from"),
        valid_to=section.day("valid_to") if section.has("valid_to") else None,
        seal_svg=_seal(section, folder),
        seal_mm=section.number("seal_mm"),
    )


def _seal(section: _Section, folder: Path) -> bytes:
    name = section.text("seal")
    path = (folder / name).resolve()
    if not path.is_relative_to(folder.resolve()):
        raise section.fail(
            "seal", f'"{name}" lies outside the profile\'s folder', "keep seal drawings beside the profile"
        )
    if path.suffix != ".svg":
        raise section.fail("seal", f'"{name}" is not an .svg file', "name an SVG drawing")
    try:
        drawing = path.read_bytes()
    except OSError as error:
        reason = error.strerror or "cannot be read"
        raise section.fail("seal", f'"{name}": {reason}', f"put the drawing at {path}") from error
    if not 0 < len(drawing) <= SEAL_BYTES_MAX or b"<svg" not in drawing:
        raise section.fail("seal", f'"{name}" is not an SVG drawing', f"use an SVG of at most {SEAL_BYTES_MAX:,} bytes")
    return drawing


def _stop(section: _Section) -> PlannedStop:
    return PlannedStop(
        begins=section.instant("begins"),
        ends=section.instant("ends"),
        kinds=frozenset(_kinds_of(section)),
        reason=section.bilingual("reason"),
    )


def _kinds_of(section: _Section) -> list[CertificateKind]:
    if not section.has("kinds"):
        return []
    known = {kind.value for kind in CertificateKind}
    names: list[object] = section.take("kinds", list, "a list of kinds")
    strangers = [name for name in names if name not in known]
    if strangers:
        raise section.fail("kinds", f"{strangers[0]!r} is not known", f"write some of {', '.join(sorted(known))}")
    return [CertificateKind(str(name)) for name in names]
