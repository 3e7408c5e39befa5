"""A municipality's profile from its TOML file: read strictly, refused whole, every mistake named.

A mistake is reported as `file: key: what is wrong; what to do`. Nothing has a default: a rule that nobody wrote down
is a rule nobody decided. docs/how-to/municipality-profile.md describes the file.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from enum import StrEnum
from pathlib import Path

from kofu.core.audit_rules import USUAL_AUDIT, AuditRules, PatternLimits
from kofu.core.errors import OperatorFault
from kofu.core.gates import Bound, FeedGates
from kofu.core.kinds import CertificateKind, MunicipalTax, PrefecturalTax
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
from kofu.platform.profile_section import ProfileSection, UnreadableValue

FORMAT = "kofu-profile/1"
SEAL_BYTES_MAX = 1_000_000
SAMPLE_MAX = 500
TABLE_BYTES_MAX = 10_000_000
_SYSTEM, _KIOSK = re.compile("[a-z]{1,40}"), re.compile("kiosk-[0-9a-z-]{1,40}")


class ProfileInvalid(OperatorFault):
    """The profile cannot be used. `problems` lists every mistake found."""

    def __init__(self, path: Path, problems: tuple[ProfileProblem, ...]) -> None:
        """Build the error; the message has one line for each problem."""
        super().__init__("profile_invalid", "\n".join(f"{path}: {problem}" for problem in problems))
        self.path = path
        self.problems = problems


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
    root = ProfileSection("", table, problems)
    try:
        profile = root.build(lambda: _profile(root, path.parent))
    except UnreadableValue:
        profile = None
    if profile is not None and not problems:
        problems.extend(problems_of(profile))
    if profile is None or problems:
        raise ProfileInvalid(path, tuple(problems))
    return profile


def _profile(root: ProfileSection, folder: Path) -> Profile:
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


def _one_session(root: ProfileSection) -> bool:
    section = root.section("staff", "a [staff] table")
    return section.build(lambda: section.flag("one_session"))


def _audit(root: ProfileSection) -> AuditRules:
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


def _witness(section: ProfileSection) -> str:
    text, remedy = section.text("witness"), "write what the witness gives: name+id+key"
    try:
        kind = NoteKey.read(text).kind
    except NoteError as error:
        raise section.fail("witness", f"is no verifier key ({error.message})", remedy) from error
    if kind != WITNESS_KEY:
        raise section.fail("witness", "is the key of a log, not of a witness", remedy)
    return text


def _machines(root: ProfileSection) -> KnownMachines:
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


def _machine_names(section: ProfileSection, name: str, shape: re.Pattern[str], example: str) -> tuple[str, ...]:
    found = section.take(name, list, f"a list such as {example}")
    for one in found:
        if not isinstance(one, str) or not shape.fullmatch(one):
            raise section.fail(name, f"holds {one!r}", f"write names of certificates such as {example}")
    if len(set(found)) != len(found):
        raise section.fail(name, "names a machine twice", "name each once")
    return tuple(found)


def _transposition(root: ProfileSection, folder: Path) -> TranspositionTables:
    """Read the 外字 tables beside the profile: each the file whose digest the profile names, all free of faults."""
    files = root.sections("transposition", lambda section: _table(section, folder))
    try:
        return read_tables(files)
    except BadTables as fault:
        root.problems += [ProfileProblem("transposition", one, "correct the table") for one in fault.problems]
        raise UnreadableValue from fault


def _table(section: ProfileSection, folder: Path) -> tuple[str, bytes]:
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


def _gates(root: ProfileSection) -> FeedGates:
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


def _resident_tax(root: ProfileSection) -> ResidentTax:
    section = root.section("resident_tax", "a [resident_tax] table")
    return section.build(
        lambda: ResidentTax(
            designated_city=section.flag("designated_city"),
            grade=Grade(section.integer("grade", Grade.FIRST, Grade.THIRD)),
            surcharges=section.sections("surcharge", _surcharge),
        )
    )


def _surcharge(section: ProfileSection) -> Surcharge:
    return Surcharge(
        since=section.integer("since", 1950, 2999),
        municipal_per_capita=section.integer("municipal_per_capita", -3_000, 100_000),
        prefectural_per_capita=section.integer("prefectural_per_capita", -1_000, 100_000),
        municipal_rate=section.integer("municipal_rate", -6_000, 10_000),
        prefectural_rate=section.integer("prefectural_rate", -2_000, 10_000),
    )


def _bound(gates: ProfileSection, name: str) -> Bound:
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


def _kind(section: ProfileSection) -> KindRules:
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


def _publication(section: ProfileSection) -> Publication:
    return Publication(
        fiscal_year=section.integer("fiscal_year", 1950, 2999),
        salary=section.day("salary"),
        others=section.day("others"),
        light_vehicle=section.day("light_vehicle"),
    )


def _authority(section: ProfileSection, folder: Path) -> AuthorityPeriod:
    return AuthorityPeriod(
        role=section.choice("role", AuthorityRole),
        office=section.text("office"),
        name=section.text("name"),
        valid_from=section.day("valid_from"),
        valid_to=section.day("valid_to") if section.has("valid_to") else None,
        seal_svg=_seal(section, folder),
        seal_mm=section.number("seal_mm"),
    )


def _seal(section: ProfileSection, folder: Path) -> bytes:
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


def _stop(section: ProfileSection) -> PlannedStop:
    return PlannedStop(
        begins=section.instant("begins"),
        ends=section.instant("ends"),
        kinds=frozenset(_kinds_of(section)),
        reason=section.bilingual("reason"),
    )


def _kinds_of(section: ProfileSection) -> list[CertificateKind]:
    if not section.has("kinds"):
        return []
    known = {kind.value for kind in CertificateKind}
    names: list[object] = section.take("kinds", list, "a list of kinds")
    strangers = [name for name in names if name not in known]
    if strangers:
        raise section.fail("kinds", f"{strangers[0]!r} is not known", f"write some of {', '.join(sorted(known))}")
    return [CertificateKind(str(name)) for name in names]
