"""不正閲覧の兆候: which looks of a month people must look into. Pure: limits and looks in, findings out.

A finding says nothing of guilt. It is a question for the monthly review, which two people sign.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from kofu.core.audit_rules import PatternLimits
from kofu.core.calendar import in_japan, is_business_day
from kofu.core.labelled import LabelledEnum


class PatternKind(LabelledEnum):
    """What was noticed."""

    OUT_OF_HOURS = "out_of_hours", "時間外・休日の照会"
    MANY_SEARCHES = "many_searches", "検索の多い日"
    OWN_NAME = "own_name", "自分と同じ姓の方の照会"
    OWN_PEOPLE = "own_people", "自分・家族・同居の方の照会"
    OWN_ADDRESS = "own_address", "自分・家族と同じ住所の方の照会"
    WATCHED = "watched", "注意を要する方の照会"
    ONE_PERSON = "one_person", "同じ方の度重なる照会"
    MANY_EXPORTS = "many_exports", "出力の多さ"
    LARGE_EXPORT = "large_export", "大量の出力"


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffLook:
    """One entry of a member of staff. `people`: pseudonyms. `search`: it was a search; `export`: a file or a print."""

    at: datetime
    actor: str
    people: frozenset[str]
    search: bool = False
    export: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleToWatch:
    """Pseudonyms to watch: of everybody's looks, of each login's own people, of those with a login's family name.

    `same_address`: of who lives where one of a login's own people does.
    """

    watched: frozenset[str] = frozenset()
    own: Mapping[str, frozenset[str]]
    same_name: Mapping[str, frozenset[str]]
    same_address: Mapping[str, frozenset[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class PatternFinding:
    """Something to look into. `day`: the first day of it. `person`: pseudonym, "" where it is about no one person."""

    kind: PatternKind
    actor: str
    day: date
    count: int
    person: str = ""


def find_patterns(looks: Iterable[StaffLook], limits: PatternLimits, people: PeopleToWatch) -> list[PatternFinding]:
    """Give what must be looked into of a month's looks, by kind, clerk and day."""
    nights: dict[tuple[str, date], int] = defaultdict(int)
    searches: dict[tuple[str, date], int] = defaultdict(int)
    exports: dict[str, list[date]] = defaultdict(list)
    days_of: dict[tuple[str, str], set[date]] = defaultdict(set)
    found: list[PatternFinding] = []
    for look in looks:
        day = in_japan(look.at).date()
        if look.people and _out_of_hours(look.at, limits):
            nights[look.actor, day] += 1
        if look.search:
            searches[look.actor, day] += 1
        if look.export:
            exports[look.actor].append(day)
            if len(look.people) >= limits.people_an_export:
                found.append(_finding(PatternKind.LARGE_EXPORT, look.actor, day, len(look.people)))
        for person in look.people:
            days_of[look.actor, person].add(day)
    found += [_finding(PatternKind.OUT_OF_HOURS, actor, day, count) for (actor, day), count in nights.items()]
    found += [
        _finding(PatternKind.MANY_SEARCHES, actor, day, count)
        for (actor, day), count in searches.items()
        if count >= limits.searches_a_day
    ]
    found += [
        _finding(PatternKind.MANY_EXPORTS, actor, min(days), len(days))
        for actor, days in exports.items()
        if len(days) >= limits.exports_a_month
    ]
    for (actor, person), days in days_of.items():
        found += [
            _finding(kind, actor, min(days), len(days), person)
            for kind in _of_person(actor, person, len(days), limits, people)
        ]
    return sorted(found, key=lambda one: (one.kind, one.actor, one.day, one.person))


def at_own_addresses(
    own: Mapping[str, set[str]], addresses: Iterable[tuple[str, str]], pseudonym: Callable[[str], str | None]
) -> dict[str, frozenset[str]]:
    """Give who lives where one of a login's own people does: the household, whatever their names are."""
    living: dict[str, set[str]] = defaultdict(set)
    homes: dict[str, set[str]] = defaultdict(set)
    for number, address in addresses:
        if (known := pseudonym(number)) is not None:
            living[address].add(known)
            homes[known].add(address)
    return {
        login: frozenset(one for person in theirs for address in homes.get(person, ()) for one in living[address])
        for login, theirs in own.items()
    }


def _finding(kind: PatternKind, actor: str, day: date, count: int, person: str = "") -> PatternFinding:
    return PatternFinding(kind=kind, actor=actor, day=day, count=count, person=person)


def _out_of_hours(at: datetime, limits: PatternLimits) -> bool:
    here = in_japan(at)
    return not is_business_day(here.date()) or not limits.day_begins <= here.time() < limits.day_ends


def _of_person(actor: str, person: str, days: int, limits: PatternLimits, people: PeopleToWatch) -> list[PatternKind]:
    own = person in people.own.get(actor, frozenset())
    kinds = [PatternKind.OWN_PEOPLE] if own else []
    if not own and person in people.same_address.get(actor, frozenset()):
        kinds.append(PatternKind.OWN_ADDRESS)
    if not own and person in people.same_name.get(actor, frozenset()):
        kinds.append(PatternKind.OWN_NAME)
    if person in people.watched:
        kinds.append(PatternKind.WATCHED)
    if days >= limits.looks_at_one:
        kinds.append(PatternKind.ONE_PERSON)
    return kinds
