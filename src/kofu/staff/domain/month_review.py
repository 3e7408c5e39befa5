"""月次点検: a closed month of the record is looked through and signed by two people, one of them an auditor.

「不正な使用がないことを確認する」 (the assessment, III-7). Each word stands as given; the newest of each counts. A
doubt keeps the month open, until it is taken back or two others, one an auditor, clear it after that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from kofu.core.errors import OperatorFault
from kofu.core.four_eyes import person_key, require_reason, require_second_person
from kofu.core.labelled import LabelledEnum

AUDITOR = "auditor"
SIGNERS = 2
WORDS_LENGTH_MAX = 300


class ReviewResult(LabelledEnum):
    """What who signs says."""

    NO_MISUSE = "no_misuse", "不正な使用がないことを確認した"
    TO_EXAMINE = "to_examine", "調べる必要がある"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewWord:
    """One person's signature under a month. `findings`: how many were listed then.

    `lapsed_at`: when the account was first reset, ended or given another role since; a word lapses by it where the
    month was not reviewed by then.
    """

    by: str
    role: str
    at: datetime
    result: ReviewResult
    words: str
    findings: int
    lapsed_at: datetime | None = None


def month_begins(month: str) -> date:
    """Give the first day of a month such as `2026-10`. Raises `OperatorFault` `bad_month`."""
    try:
        return date.fromisoformat(f"{month}-01")
    except ValueError as error:
        raise OperatorFault("bad_month", "a month is written such as 2026-10") from error


def months_between(first: date, today: date) -> list[str]:
    """Give the months from `first` on that are over on `today`, the oldest first."""
    months: list[str] = []
    at = first.replace(day=1)
    while at < today.replace(day=1):
        months.append(f"{at:%Y-%m}")
        at = date(at.year + at.month // 12, at.month % 12 + 1, 1)
    return months


def standing_words(words: Sequence[ReviewWord]) -> list[ReviewWord]:
    """Give the newest word of each person, the oldest first. `words`: in the order they were given."""
    newest: dict[str, ReviewWord] = {}
    for word in words:
        key = person_key(word.by)
        newest.pop(key, None)
        newest[key] = word
    return list(newest.values())


def clearing_words(words: Sequence[ReviewWord]) -> list[ReviewWord]:
    """Give the standing words of no misuse after the last doubt that stands: earlier ones did not know of it.

    A word whose account was reset, ended or given another role before enough were there does not count; who gave it
    may give it anew.
    """
    clear: list[ReviewWord] = []
    for word in standing_words(words):
        if word.result is ReviewResult.TO_EXAMINE:
            clear = []
        elif not _enough(clear):
            clear = [*(one for one in clear if one.lapsed_at is None or one.lapsed_at > word.at), word]
        else:
            clear = [*clear, word]
    return clear if _enough(clear) else [one for one in clear if one.lapsed_at is None]


def lapsed_words(words: Sequence[ReviewWord]) -> list[ReviewWord]:
    """Give the words of no misuse that do not count because their account is not what it was."""
    clear = clearing_words(words)
    return [
        word
        for word in words
        if word.result is ReviewResult.NO_MISUSE and word.lapsed_at is not None and word not in clear
    ]


def is_doubted(words: Sequence[ReviewWord]) -> bool:
    """Whether somebody's doubt stands and nobody has said after it that there was no misuse."""
    doubts = any(word.result is ReviewResult.TO_EXAMINE for word in standing_words(words))
    return doubts and not clearing_words(words)


def is_reviewed(words: Sequence[ReviewWord]) -> bool:
    """Whether the last words of two people, one an auditor, are that there was no misuse."""
    return _enough(clearing_words(words))


def _enough(clear: Sequence[ReviewWord]) -> bool:
    return len(clear) >= SIGNERS and any(word.role == AUDITOR for word in clear)


def check_word(month: str, words: Sequence[ReviewWord], new: ReviewWord, today: date) -> None:
    """Let a word be added to those of a month: a doubt at any time, that there was no misuse once from each person.

    Raises `OperatorFault`: `month_open`, `second_person_needed`, `auditor_needed`, `reason_needed`.
    """
    if month not in months_between(month_begins(month), today):
        raise OperatorFault("month_open", "a month is signed when it is over")
    if new.result is ReviewResult.NO_MISUSE:
        clear = clearing_words(words)
        require_second_person(new.by, *(one.by for one in clear), what="a month's review")
        if len(clear) >= SIGNERS - 1 and AUDITOR not in {new.role, *(one.role for one in clear)}:
            raise OperatorFault("auditor_needed", "one of the two is an auditor")
    require_reason(new.words, length_max=WORDS_LENGTH_MAX)
