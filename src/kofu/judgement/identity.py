"""The gate of identity: a row is about the person whose number it bears.

Two feeds say independently who a 宛名番号 is, and yesterday said it too. Who is told otherwise today is either a person
whose name changed, which these rules allow and count, or somebody else. What is found here was signed, counted and
summed correctly by its sender: the only defence against a feed that mixes people.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from kofu.core.gates import FeedGates
from kofu.judgement.findings import Finding, Severity
from kofu.judgement.fitting import Fit, comparable, fit


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedRow:
    """An assessment whose name is not, letter by letter, the registry's. `known`: all names the registry ever gave.

    `place`: the row's place in the caller's list. `file`, `line`, `column`: where the feed that is judged states it.
    """

    place: int
    file: str
    line: int | None
    column: str
    name: str = field(repr=False)
    known: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """What the comparison of names came to: places of the rows that do not fit, and how many fit as changed."""

    misfits: tuple[int, ...]
    changed: int
    findings: tuple[Finding, ...]


def judge_names(rows: Iterable[NamedRow], *, compared: int, gates: FeedGates) -> Names:
    """Judge the names of assessments against the registry's. `compared`: of how many rows these are the unequal ones.

    A row that does not fit is held. Where more do not fit than a ward's own history can explain (`misfits_refused`),
    the feed is refused: names were moved between people.
    """
    misfits: list[NamedRow] = []
    changed = 0
    for row in rows:
        match fit(row.name, row.known):
            case Fit.NONE:
                misfits.append(row)
            case Fit.CHANGED:
                changed += 1
            case Fit.SAME:
                pass
    bound = gates.misfits_refused
    refused = len(misfits) > bound.absolute and len(misfits) * 1000 > compared * bound.permille
    sentence = (
        f"{len(misfits)} of {compared} names do not fit the registry's name of their 宛名番号"
        if refused
        else "the name is none the registry has of this 宛名番号"
    )
    findings = tuple(
        Finding(
            rule="names_do_not_fit" if refused else "name_misfit",
            severity=Severity.HARD if refused else Severity.ROW_HELD,
            file=row.file,
            line=row.line,
            column=row.column,
            sentence=sentence,
        )
        for row in misfits
    )
    return Names(misfits=tuple(row.place for row in misfits), changed=changed, findings=findings)


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonChange:
    """A person of the registry whose name, birthday or sex is another than in the generation before."""

    line: int | None
    name: str = field(repr=False)
    name_before: str = field(repr=False)
    birth: str = field(repr=False)  # birthday and sex
    birth_before: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """How many were renamed beyond a change of family name, how many births changed, and what cannot be."""

    renamed: int
    births_changed: int
    findings: tuple[Finding, ...]


def judge_people(changes: Sequence[PersonChange], *, people: int, gates: FeedGates, file: str) -> People:
    """Judge who changed in the registry. `people`: how many stood in the generation before.

    Refused: a number whose name and birth are both another's; two people who took each other's name or birth; more new
    names than `misfits_refused` of all.
    """
    fits = [fit(one.name, (one.name_before,)) for one in changes]
    births = [one.birth != one.birth_before for one in changes]
    renamed = [place for place, found in enumerate(fits) if found is Fit.NONE]
    bound = gates.misfits_refused
    moved = len(renamed) > bound.absolute and len(renamed) * 1000 > people * bound.permille
    exchanged = set(_exchanged(changes))

    def findings() -> Iterator[Finding]:
        for place, one in enumerate(changes):
            if fits[place] is Fit.NONE and births[place]:
                yield _hard("person_changed", file, one.line, "name and birth are both another person's than yesterday")
            elif place in exchanged:
                yield _hard("people_exchanged", file, one.line, "two people took each other's name or birth")
            elif moved and fits[place] is Fit.NONE:
                sentence = f"{len(renamed)} of {people} people bear another name than yesterday"
                yield _hard("names_moved", file, one.line, sentence)

    return People(renamed=len(renamed), births_changed=sum(births), findings=tuple(findings()))


def _hard(rule: str, file: str, line: int | None, sentence: str) -> Finding:
    return Finding(rule=rule, severity=Severity.HARD, file=file, line=line, column=None, sentence=sentence)


def _exchanged(changes: Sequence[PersonChange]) -> Iterator[int]:
    """Give the places of those whose new name (and birth) is the old one of another who changed too, and the reverse.

    A name alone that was passed on one way (mother and daughter-in-law) is no exchange: both must have moved.
    """
    names: dict[str, list[int]] = {}
    for place, one in enumerate(changes):
        if comparable(one.name) != comparable(one.name_before):
            names.setdefault(comparable(one.name_before), []).append(place)
    for place, one in enumerate(changes):
        if comparable(one.name) == comparable(one.name_before):
            continue
        for other in names.get(comparable(one.name), ()):
            if other != place and comparable(changes[other].name) == comparable(one.name_before):
                yield place
                break
