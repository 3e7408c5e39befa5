"""Passwords that resemble their owner's login, or repeat themselves, are refused.

Django's own comparison finds `shunou1` in `shunou12`, but not in `shunou1shunou1`: twice is less similar to once.
"""

from __future__ import annotations

import re

from django.core.exceptions import ValidationError

from kofu.staff.models import StaffAccount

#: What must be left of a password once everything that is known about its owner is taken out, in characters.
OWN_CHARACTERS_MIN = 8
_NOT_LETTERS = re.compile(r"[\W_]+")
_TRAILING_DIGITS = re.compile(r"\d+$")
#: A part of at most six characters, again and again: abcabcabcabc, 121212121212.
_REPEATED = re.compile(r"(.{1,6}?)\1+.{0,5}")


def without(password: str, known: tuple[str, ...]) -> str:
    """Give the letters and digits of a password that are left without the known words, forwards and backwards."""
    left = _NOT_LETTERS.sub("", password).casefold()
    words = {_NOT_LETTERS.sub("", word).casefold() for word in known}
    words |= {_TRAILING_DIGITS.sub("", word) for word in words}
    for word in sorted({*words, *(word[::-1] for word in words)}, key=len, reverse=True):
        if len(word) >= 3:  # noqa: PLR2004 - shorter ones are in every password
            left = left.replace(word, "")
    return left


def why_weak(password: str, known: tuple[str, ...]) -> str | None:
    """Say why a password is its owner's login in disguise, or one part again and again; None where it is neither."""
    left = without(password, known)
    if len(left) < OWN_CHARACTERS_MIN and len(left) < len(_NOT_LETTERS.sub("", password)):
        return "ログインIDや氏名を除くと短すぎます。関係のない言葉にしてください。"
    if _REPEATED.fullmatch(password.casefold()):
        return "同じ並びの繰り返しです。"
    return None


class OwnWordsValidator:
    """Refuse what `why_weak` finds, at every place a password is chosen."""

    def validate(self, password: str, user: StaffAccount | None = None) -> None:
        """Raise `ValidationError` for a password made of the login, the name, the office, or of repetition."""
        known = () if user is None else (user.login, user.display_name, str(user.office_id or ""))
        why = why_weak(password, known)
        if why is not None:
            raise ValidationError(why, code="password_own_words")

    def get_help_text(self) -> str:
        """Say the rule beside the field."""
        return "ログインIDや氏名を重ねたもの、同じ並びの繰り返しは使えません。"
