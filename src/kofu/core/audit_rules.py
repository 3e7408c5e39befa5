"""What a municipality decides about its record of who looked at whom: the witness, how staff are named, the limits.

A profile without `[audit]` has the values here. Limits tell what is listed for the monthly review, never what is
forbidden: a finding is a question to be answered by people.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time


@dataclass(frozen=True, slots=True, kw_only=True)
class PatternLimits:
    """From where on looks are listed. Numbers are reached, not exceeded, to be listed.

    `day_begins`, `day_ends`: office hours in Japan, on business days. `searches_a_day`: searches of one clerk in a day.
    `looks_at_one`: days in a month on which one clerk looked at one person. `exports_a_month`: files and prints of one
    clerk. `people_an_export`: people on one file or print.
    """

    day_begins: time = time(7, 30)
    day_ends: time = time(20, 0)
    searches_a_day: int = 100
    looks_at_one: int = 5
    exports_a_month: int = 20
    people_an_export: int = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRules:
    """The rules of one municipality.

    `witness`: verifier key of who must co-sign the anchors, "" for nobody. `staff_by_name`: residents who ask who
    looked at them are told names; else office and role.
    """

    witness: str = ""
    staff_by_name: bool = False
    limits: PatternLimits = PatternLimits()


USUAL_AUDIT = AuditRules()
