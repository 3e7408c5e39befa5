"""A sentence in the languages residents read."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bilingual:
    """The same sentence in Japanese and in English."""

    ja: str
    en: str
