"""What makes a profile impossible although each value by itself is right: gaps, overlaps, contradictions.

Each problem names the key it is found at, what is wrong, and what to do.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise

from kofu.core.fiscal_year import first_day, last_day
from kofu.core.kinds import CertificateKind
from kofu.core.numbers import is_digits, municipality_check_digit
from kofu.core.profile import PAYMENT_KINDS, KindRules, Profile

SEAL_MM_MAX = 25.0
"""電子公印 at most 25 mm square (住民記録システム標準仕様書 §5.6)."""

LAW_YEARS = 4
"""A 納税証明書 covers this fiscal year and three before (地方税法施行令6条の21第2項2号)."""

MONTH_DAYS = 31


@dataclass(frozen=True, slots=True)
class ProfileProblem:
    """One thing wrong: the key path, what it is, and what to do about it."""

    key: str
    wrong: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.key}: {self.wrong}; {self.remedy}"


def problems_of(profile: Profile) -> tuple[ProfileProblem, ...]:
    """Every contradiction in the profile, in the order of its file; empty where it is sound."""
    return tuple(
        problem
        for check in (_code, _deadlines, _kinds, _publications, _authorities, _stops, _resident_tax, _audit)
        for problem in check(profile)
    )


def _code(profile: Profile) -> Iterator[ProfileProblem]:
    code = profile.code
    if not is_digits(code, 6):
        yield ProfileProblem("code", "is not six digits", "write the 全国地方公共団体コード with its check digit")
    elif municipality_check_digit(code[:5]) != code[5]:
        right = code[:5] + municipality_check_digit(code[:5])
        yield ProfileProblem("code", f"{code} has a wrong check digit", f"write {right} if {code[:5]} is meant")


def _audit(profile: Profile) -> Iterator[ProfileProblem]:
    limits = profile.audit.limits
    if limits.day_begins >= limits.day_ends:
        yield ProfileProblem(
            "audit.day_ends",
            "is not after day_begins",
            "write office hours within one day, such as 07:30:00 and 20:00:00",
        )
    if limits.looks_at_one > MONTH_DAYS:
        yield ProfileProblem(
            "audit.looks_at_one",
            f"{limits.looks_at_one} days are never reached within a month, so that nothing is listed",
            f"write at most {MONTH_DAYS}",
        )


def _resident_tax(profile: Profile) -> Iterator[ProfileProblem]:
    years = [one.since for one in profile.resident_tax.surcharges]
    if years != sorted(set(years)):
        yield ProfileProblem(
            "resident_tax.surcharge", "is not in the order of its years, each once", "order it by since"
        )


def _deadlines(profile: Profile) -> Iterator[ProfileProblem]:
    if profile.deadline_longest_seconds < profile.deadline_shortest_seconds:
        yield ProfileProblem("deadline.longest_seconds", "is below shortest_seconds", "swap or widen the two")


def _kinds(profile: Profile) -> Iterator[ProfileProblem]:
    if not profile.kinds:
        yield ProfileProblem("kind", "no kind of certificate is offered", "add a [[kind]]")
    seen: set[CertificateKind] = set()
    for number, rules in enumerate(profile.kinds):
        key = f"kind[{number}]"
        if rules.kind in seen:
            yield ProfileProblem(f"{key}.kind", f"{rules.kind} stands twice", "keep one [[kind]] for each kind")
        seen.add(rules.kind)
        yield from _kind(key, rules)


def _kind(key: str, rules: KindRules) -> Iterator[ProfileProblem]:
    if rules.opens >= rules.closes:
        yield ProfileProblem(
            f"{key}.closes", "is not after opens", "write hours within one day, such as 06:30:00 and 23:00:00"
        )
    if rules.kind in PAYMENT_KINDS and rules.years > LAW_YEARS:
        yield ProfileProblem(
            f"{key}.years",
            f"{rules.years} years of a payment certificate are more than the law allows",
            f"write at most {LAW_YEARS} (地方税法施行令6条の21第2項2号)",
        )
    for name, days in (
        ("fee", [fee.valid_from for fee in rules.fees]),
        ("form", [form.valid_from for form in rules.forms]),
    ):
        if not days:
            yield ProfileProblem(f"{key}.{name}", "there is none", f"add a [[kind.{name}]]")
        for place, (before, after) in enumerate(pairwise(days), start=1):
            if after <= before:
                yield ProfileProblem(
                    f"{key}.{name}[{place}].valid_from", f"{after} does not come after {before}", "list oldest first"
                )


def _publications(profile: Profile) -> Iterator[ProfileProblem]:
    years = [item.fiscal_year for item in profile.publications]
    needed = max((rules.years for rules in profile.kinds), default=0)
    if not years:
        yield ProfileProblem(
            "publication", "no fiscal year has a publication date", "add a [[publication]] for each year"
        )
        return
    for number, (before, after) in enumerate(pairwise(years), start=1):
        if after != before + 1:
            yield ProfileProblem(
                f"publication[{number}].fiscal_year",
                f"{after} follows {before}",
                "list every fiscal year once, oldest first, without a gap: a missing publication date hides a year",
            )
    if len(set(years)) < needed:
        yield ProfileProblem(
            "publication",
            f"{len(set(years))} fiscal years have a publication date, but a kind offers {needed}",
            f"add the dates of the {needed - len(set(years))} missing years",
        )
    for number, item in enumerate(profile.publications):
        for name, day in (("salary", item.salary), ("others", item.others), ("light_vehicle", item.light_vehicle)):
            if not first_day(item.fiscal_year) <= day <= last_day(item.fiscal_year):
                yield ProfileProblem(
                    f"publication[{number}].{name}",
                    f"{day} lies outside the fiscal year {item.fiscal_year}",
                    "write a day from 1 April of that year to 31 March of the next",
                )


def _authorities(profile: Profile) -> Iterator[ProfileProblem]:
    if not profile.authorities:
        yield ProfileProblem("authority", "nobody certifies", "add an [[authority]]")
    for number, period in enumerate(profile.authorities):
        key = f"authority[{number}]"
        if not 0 < period.seal_mm <= SEAL_MM_MAX:
            yield ProfileProblem(
                f"{key}.seal_mm",
                f"{period.seal_mm:g} mm is not a size a seal may have",
                f"write more than 0 and at most {SEAL_MM_MAX:g} mm",
            )
        if period.valid_to is not None and period.valid_to < period.valid_from:
            yield ProfileProblem(f"{key}.valid_to", "is before valid_from", "write the last day of the period")
        if number:
            before = profile.authorities[number - 1]
            if before.valid_to is None or period.valid_from <= before.valid_to:
                yield ProfileProblem(
                    f"{key}.valid_from",
                    f"this period overlaps authority[{number - 1}]",
                    "let each period end (valid_to) on the day before the next begins, oldest first",
                )
            elif period.valid_from != before.valid_to + timedelta(days=1):
                yield ProfileProblem(
                    f"{key}.valid_from",
                    f"nobody certifies between {before.valid_to} and {period.valid_from}",
                    "let each period begin on the day after the one before ends",
                )


def _stops(profile: Profile) -> Iterator[ProfileProblem]:
    for number, stop in enumerate(profile.stops):
        if stop.ends <= stop.begins:
            yield ProfileProblem(
                f"stop[{number}].ends", "is not after begins", "write the time the service opens again"
            )
