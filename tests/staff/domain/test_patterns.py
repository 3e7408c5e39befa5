"""What stands out in a month's looks: by limits, and never by one look more or less."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from kofu.core.audit_rules import PatternLimits
from kofu.core.errors import OperatorFault
from kofu.staff.domain.month_review import ReviewResult, ReviewWord, check_word, is_reviewed, months_between
from kofu.staff.domain.patterns import PatternKind, PeopleToWatch, StaffLook, at_own_addresses, find_patterns

LIMITS = PatternLimits(searches_a_day=3, looks_at_one=2, exports_a_month=2, people_an_export=4)
TUESDAY = datetime(2026, 11, 24, 3, tzinfo=UTC)  # noon in Japan, a business day
NOBODY = PeopleToWatch(own={}, same_name={})


def look(at: datetime = TUESDAY, *people: str, search: bool = False, export: bool = False) -> StaffLook:
    return StaffLook(at=at, actor="sato", people=frozenset(people), search=search, export=export)


def kinds(looks: list[StaffLook], people: PeopleToWatch = NOBODY) -> list[tuple[PatternKind, int]]:
    return [(one.kind, one.count) for one in find_patterns(looks, LIMITS, people)]


@pytest.mark.parametrize(
    ("at", "outside"),
    [
        (TUESDAY, False),
        (TUESDAY.replace(hour=10, minute=59), False),  # 19:59
        (TUESDAY.replace(hour=11, minute=0), True),  # 20:00
        (datetime(2026, 11, 23, 3, tzinfo=UTC), True),  # 勤労感謝の日
        (datetime(2026, 11, 28, 3, tzinfo=UTC), True),  # Saturday
    ],
)
def test_looks_at_people_outside_office_hours_stand_out(at, outside):
    assert (kinds([look(at, "p")]) == [(PatternKind.OUT_OF_HOURS, 1)]) is outside
    assert kinds([look(at)]) == [], "a look at nobody is no look at a person"


def test_many_searches_in_one_day_stand_out_and_one_fewer_does_not():
    assert kinds([look(search=True)] * 2) == []
    assert kinds([look(search=True)] * 3) == [(PatternKind.MANY_SEARCHES, 3)]
    assert kinds([look(TUESDAY + timedelta(days=day), search=True) for day in (0, 1, 2)]) == []


def test_one_person_on_several_days_stands_out_and_many_looks_on_one_day_do_not():
    assert kinds([look(TUESDAY, "p")] * 9) == []
    assert kinds([look(TUESDAY, "p"), look(TUESDAY + timedelta(days=1), "p")]) == [(PatternKind.ONE_PERSON, 2)]


def test_files_and_prints_stand_out_by_number_and_by_size():
    assert kinds([look(TUESDAY, "p", export=True)]) == []
    assert kinds([look(export=True)] * 2) == [(PatternKind.MANY_EXPORTS, 2)]
    assert kinds([look(TUESDAY, "1", "2", "3", "4", export=True)]) == [(PatternKind.LARGE_EXPORT, 4)]


def test_own_people_own_name_and_who_is_watched_stand_out_at_the_first_look():
    people = PeopleToWatch(
        watched=frozenset({"v"}), own={"sato": frozenset({"o"})}, same_name={"sato": frozenset({"o", "n"})}
    )
    found = kinds([look(TUESDAY, "v", "o", "n", "x")], people)
    assert found == [(PatternKind.OWN_NAME, 1), (PatternKind.OWN_PEOPLE, 1), (PatternKind.WATCHED, 1)]
    other = StaffLook(at=TUESDAY, actor="mori", people=frozenset({"o", "n"}))
    assert find_patterns([other], LIMITS, people) == [], "another's family is nobody's business here"


def word(by: str, role: str, words: str = "一件ずつ本人に確かめた") -> ReviewWord:
    return ReviewWord(by=by, role=role, at=TUESDAY, result=ReviewResult.NO_MISUSE, words=words, findings=0)


@pytest.mark.parametrize(
    ("month", "before", "new", "code"),
    [
        ("2026-11", [], word("sato", "auditor"), "month_open"),
        ("2026-10", [word("sato", "auditor")], word("SATO", "auditor"), "second_person_needed"),
        ("2026-10", [word("mori", "approver")], word("sato", "approver"), "auditor_needed"),
        ("2026-10", [], word("sato", "auditor", " "), "reason_needed"),
        ("2026-13", [], word("sato", "auditor"), "bad_month"),
    ],
)
def test_a_month_is_signed_when_it_is_over_by_two_people_one_of_them_an_auditor(month, before, new, code):
    with pytest.raises(OperatorFault) as refused:
        check_word(month, before, new, TUESDAY.date())
    assert refused.value.code == code


def doubt(by: str, role: str) -> ReviewWord:
    return replace(word(by, role), result=ReviewResult.TO_EXAMINE)


@pytest.mark.parametrize(
    ("words", "reviewed"),
    [
        ([doubt("mori", "approver"), doubt("sato", "auditor")], False),
        ([word("mori", "approver"), doubt("sato", "auditor")], False),
        ([word("mori", "approver"), doubt("sato", "auditor"), word("SATO", "auditor")], True),
        ([word("mori", "approver"), word("sato", "auditor"), doubt("ito", "approver")], False),
        ([doubt("ito", "approver"), word("mori", "approver"), word("sato", "auditor")], True),
        ([word("mori", "approver"), doubt("ito", "approver"), word("sato", "auditor")], False),
        ([word("mori", "approver"), word("ito", "approver")], False),
    ],
    ids=["both doubt", "one doubts", "a doubt taken back", "a late doubt", "cleared by two", "by one", "no auditor"],
)
def test_a_month_is_reviewed_when_the_last_words_of_two_one_an_auditor_are_that_there_was_no_misuse(words, reviewed):
    """「不正な使用がないことを確認する」 (III-7): two who say it has to be looked into have confirmed nothing."""
    assert is_reviewed(words) is reviewed
    check_word("2026-10", words, doubt("sato", "auditor"), TUESDAY.date())  # a doubt is taken at any time


def test_the_second_word_is_taken_whoever_of_the_two_is_the_auditor():
    check_word("2026-10", [word("mori", "approver")], word("sato", "auditor"), TUESDAY.date())
    check_word("2026-10", [word("sato", "auditor")], word("mori", "approver"), TUESDAY.date())
    first = datetime(2025, 11, 5, tzinfo=UTC).date()
    assert months_between(first, datetime(2026, 1, 1, tzinfo=UTC).date()) == ["2025-11", "2025-12"]


def test_who_lives_where_ones_own_people_do_stands_out_whatever_the_name():
    """自分の家の住所: the household, not only the family name. Who is registered as one's own is that, and no more."""
    living = [("1", "東京都見本区架空台1-2-3"), ("2", "東京都見本区架空台1-2-3"), ("3", "東京都見本区架空台1-2-4")]
    at_home = at_own_addresses({"sato": {"p1"}, "ito": {"p9"}}, living, lambda number: f"p{number}")
    assert at_home == {"sato": frozenset({"p1", "p2"}), "ito": frozenset()}
    people = PeopleToWatch(own={"sato": frozenset({"p1"})}, same_name={}, same_address=at_home)
    looks = [StaffLook(at=TUESDAY, actor="sato", people=frozenset({one})) for one in ("p1", "p2", "p3")]
    found = [(one.kind, one.person) for one in find_patterns(looks, PatternLimits(), people)]
    assert found == [(PatternKind.OWN_ADDRESS, "p2"), (PatternKind.OWN_PEOPLE, "p1")]
