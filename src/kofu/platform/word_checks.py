"""A column that holds words of an enumeration holds no others: the database says so, not only the program."""

from __future__ import annotations

from enum import StrEnum

from django.db.models import CheckConstraint, Q


def only_words(column: str, words: type[StrEnum], *, name: str) -> CheckConstraint:
    """Constrain a column to the words of an enumeration. A new word is a new migration."""
    return CheckConstraint(name=name, condition=Q(**{f"{column}__in": [word.value for word in words]}))
