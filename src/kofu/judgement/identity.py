"""The gate of identity: a row is about the person whose number it bears.

Two feeds say independently who a 宛名番号 is, and yesterday said it too. Who is told otherwise today is either a person
whose name changed, which these rules allow and count, or somebody else. What is found here was signed, counted and
summed correctly by its sender: the only defence against a feed that mixes people.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from kofu.core.gates import FeedGates
from kofu.judgement.exchange import on_a_ring
from kofu.judgement.findings import Finding, Severity
from kofu.judgement.fitting import Fit, comparable, fit
from kofu.judgement.marks import character_lost


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


#: The rule that holds a person whose whole name is another.
RENAMED = "renamed_wholly"


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonChange:
    """A person of the registry whose name, birthday or sex is another than in the generation before."""

    line: int | None
    name: str = field(repr=False)
    name_before: str = field(repr=False)
    birth: str = field(repr=False)
    birth_before: str = field(repr=False)
    sex: str = field(repr=False)
    sex_before: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleChanges:
    """Who changed how: how many names are written otherwise, if ever so little, how many births, and what cannot be.

    In places of the caller's list, `renamed`: beyond a change of family name; `handed_on`: who bears, family and given
    name, what another person bore the day before; `births_exchanged`: whose births went round in a ring; `doubtful`:
    another name with another birth or sex at once, which one person can have (名の変更, 戸籍法107条の2), and for people
    to look at.
    """

    renamed: tuple[int, ...]
    births_changed: int
    rewritten: int
    handed_on: tuple[int, ...]
    births_exchanged: tuple[int, ...]
    doubtful: tuple[int, ...]
    findings: tuple[Finding, ...]


def judge_people(changes: Sequence[PersonChange], *, people: int, gates: FeedGates, file: str) -> PeopleChanges:
    """Judge who changed in the registry. `people`: how many stood in the generation before.

    One whose whole name is another is held until somebody looked: a copied name looks like that as well as 名の変更.
    Refused: a number whose name and birth are both another's; people who took each other's names; more new names than
    `misfits_refused` of all.
    """
    fits = [fit(one.name, (one.name_before,)) for one in changes]
    births = [one.birth != one.birth_before for one in changes]
    renamed = [place for place, found in enumerate(fits) if found is Fit.NONE]
    bound = gates.misfits_refused
    moved = len(renamed) > bound.absolute and len(renamed) * 1000 > people * bound.permille
    exchanged = set(_exchanged(changes))
    # marks of lost characters hold their row by themselves, and who loses one again is only put right
    names = [(one.name, one.name_before) for one in changes]
    wholly = [place for place in renamed if not any(character_lost("name", name) for name in names[place])]

    def findings() -> Iterator[Finding]:
        for place, one in enumerate(changes):
            if fits[place] is Fit.NONE and births[place]:
                yield _hard("person_changed", file, one.line, "name and birth are both another person's than yesterday")
            elif moved and fits[place] is Fit.NONE:
                sentence = f"{len(renamed)} of {people} people bear another name than yesterday"
                yield _hard("names_moved", file, one.line, sentence)
            elif place in exchanged:
                yield _hard("people_exchanged", file, one.line, "people took each other's names")
            elif place in wholly:
                yield Finding(
                    rule=RENAMED,
                    severity=Severity.ROW_HELD,
                    file=file,
                    line=one.line,
                    column="name",
                    sentence="family and given name are others than yesterday",
                )

    doubtful = [
        place
        for place, one in enumerate(changes)
        if fits[place] is not Fit.SAME and (births[place] or one.sex != one.sex_before)
    ]
    borne = {comparable(one.name_before) for one in changes if one.name != one.name_before}
    handed_on = [place for place in wholly if comparable(changes[place].name) in borne]
    ring = on_a_ring([(one.birth_before + one.sex_before, one.birth + one.sex) for one in changes])
    return PeopleChanges(
        renamed=tuple(wholly),
        births_changed=sum((one.birth, one.sex) != (one.birth_before, one.sex_before) for one in changes),
        rewritten=sum(one.name != one.name_before for one in changes),
        handed_on=tuple(handed_on),
        births_exchanged=ring,
        doubtful=tuple(doubtful),
        findings=tuple(findings()),
    )


def _hard(rule: str, file: str, line: int | None, sentence: str) -> Finding:
    return Finding(rule=rule, severity=Severity.HARD, file=file, line=line, column=None, sentence=sentence)


def _exchanged(changes: Sequence[PersonChange]) -> tuple[int, ...]:
    """Give the places of those who took each other's names, two or more in a ring.

    A name alone that was passed on one way (mother and daughter-in-law) is no exchange: all must have moved.
    """
    return on_a_ring([(comparable(one.name_before), comparable(one.name)) for one in changes])
