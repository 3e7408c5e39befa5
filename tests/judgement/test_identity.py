"""Who a row is about: rules over names, births, and what they were yesterday."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kofu.core.gates import USUAL_GATES, Bound
from kofu.judgement.findings import Severity
from kofu.judgement.identity import NamedRow, PeopleChanges, PersonChange, judge_names, judge_people

FEW = replace(USUAL_GATES, misfits_refused=Bound(permille=20, absolute=2))


def row(place: int, name: str, *known: str) -> NamedRow:
    return NamedRow(place=place, file="a.csv", line=place + 2, column="name_at_assessment", name=name, known=known)


def change(name: str, before: str, birth: str = "1980-01-01", birth_before: str = "1980-01-01") -> PersonChange:
    return PersonChange(
        line=7, name=name, name_before=before, birth=birth, birth_before=birth_before, sex="male", sex_before="male"
    )


def test_a_single_misfit_holds_its_row_and_names_the_line() -> None:
    names = judge_names([row(0, "鈴木　茂", "佐藤　花子")], compared=1000, gates=FEW)
    (finding,) = names.findings
    assert (finding.severity, finding.line, names.misfits) == (Severity.ROW_HELD, 2, (0,))
    assert "鈴木" not in repr(names)


def test_more_misfits_than_a_ward_can_explain_refuse_the_feed() -> None:
    rows = [row(place, "鈴木　茂", "佐藤　花子") for place in range(30)]
    assert {one.severity for one in judge_names(rows, compared=1000, gates=FEW).findings} == {Severity.HARD}
    assert {one.severity for one in judge_names(rows, compared=3000, gates=FEW).findings} == {Severity.ROW_HELD}


def test_a_changed_family_name_is_counted_and_holds_nobody() -> None:
    names = judge_names([row(0, "田中　花子", "佐藤　花子")], compared=10, gates=FEW)
    assert (names.changed, names.misfits, names.findings) == (1, (), ())


def rules(*changes: PersonChange, people: int = 1000) -> set[str]:
    return {one.rule for one in judge_people(changes, people=people, gates=FEW, file="residents.csv").findings}


def test_a_number_with_another_name_and_another_birth_is_another_person() -> None:
    assert rules(change("鈴木　茂", "佐藤　花子", "1950-01-01male", "1980-01-01female")) == {"person_changed"}


def test_two_people_who_took_each_others_names_are_exchanged() -> None:
    assert rules(change("鈴木　茂", "佐藤　一郎"), change("佐藤　一郎", "鈴木　茂")) == {"people_exchanged"}
    assert rules(change("鈴木　花子", "佐藤　花子"), change("佐藤　花子", "鈴木　花子")) == {"people_exchanged"}


def test_three_people_whose_names_went_round_are_exchanged_though_no_two_are() -> None:
    """Twins, brothers, a household of one family name: births and addresses tell nothing."""
    names = ["佐藤　一郎", "佐藤　二郎", "佐藤　三郎"]
    moved = [change(name, before) for name, before in zip(names, names[1:] + names[:1], strict=True)]
    assert rules(*moved) == {"people_exchanged"}


def people(*changes: PersonChange) -> PeopleChanges:
    return judge_people(changes, people=1000, gates=FEW, file="residents.csv")


def test_births_that_went_round_are_for_people_to_look_at() -> None:
    one, other = (
        change("佐藤　花子", "佐藤　花子", "1980-01-02", "1990-03-04"),
        change("鈴木　茂", "鈴木　茂", "1990-03-04", "1980-01-02"),
    )
    assert people(one, other).births_exchanged == (0, 1)
    assert people(one).births_exchanged == ()


def test_a_new_given_name_with_another_sex_is_one_person_and_looked_at() -> None:
    """名の変更 and 性別の取扱いの変更 can reach the registry on one day: no reason to refuse a ward its feed."""
    changed = PersonChange(
        line=7,
        name="佐藤　葵",
        name_before="佐藤　健",
        birth="1990-03-04",
        birth_before="1990-03-04",
        sex="female",
        sex_before="male",
    )
    assert people(changed).doubtful == (0,)
    assert [(one.rule, one.severity) for one in people(changed).findings] == [("renamed_wholly", Severity.ROW_HELD)]


def test_a_given_name_allowed_by_the_court_with_a_new_family_name_holds_its_person_alone() -> None:
    """名の変更 (戸籍法107条の2) looks like the name of another: somebody looks, the ward is served."""
    found = people(change("佐藤　美咲", "佐藤　幸子"), change("鈴木　葵", "高橋　健"), change("佐藤　花", "田中　花"))
    assert {one.severity for one in found.findings} == {Severity.ROW_HELD}
    assert (found.renamed, found.rewritten, found.handed_on) == ((0, 1), 3, ())


@pytest.mark.parametrize("marked", ["〓本　〓郎", "⿰木木　誠", "\u3000\u3000", "?"])
def test_a_name_that_lost_its_characters_and_one_that_has_them_again_are_no_new_names(marked) -> None:
    """The marks hold their row by themselves; when they are put right nothing is left to look at."""
    found = people(change(marked, "見本　太郎"), change("例示　花子", marked))
    assert (found.renamed, found.findings) == ((), ())


def test_names_of_a_block_moved_by_one_row_were_another_persons_yesterday() -> None:
    before = ["鈴木　花子", "佐藤　美咲", "高橋　陽子", "田中　和子"]
    now = ["新田　新", *before[:-1]]
    found = people(*(change(name, old) for name, old in zip(now, before, strict=True)))
    assert found.handed_on == (1, 2, 3)


def test_a_marriage_a_new_given_name_and_a_corrected_birthday_are_no_exchange() -> None:
    renamed = rules(change("鈴木　花子", "佐藤　花子"), change("佐藤　美咲", "佐藤　幸子"))
    assert renamed == {"renamed_wholly"}
    assert rules(change("佐藤　花子", "佐藤　花子", "1980-01-02female", "1980-01-01female")) == set()


def test_names_moved_by_one_row_are_refused_though_no_two_are_exchanged() -> None:
    names = [
        f"{family}　{given}"
        for family in "佐鈴高田伊"
        for given in ("花子", "美咲", "陽子", "和子", "恵子", "葵", "凛")
    ]
    moved = [change(name, before) for name, before in zip(names, names[1:] + names[:1], strict=True)]
    assert "names_moved" in rules(*moved)
