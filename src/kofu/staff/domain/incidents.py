"""事故報告: to whom a leak is reported, and until when. Pure.

The client (委託者) at once and in writing, as the contract asks. The Personal Information Protection Commission
(個人情報保護委員会) twice, 個人情報の保護に関する法律施行規則8条: promptly (速報), which the Commission's guidelines
read as three to five days from the day it became known, and whole (確報) within thirty days, or sixty where it may have
been done with a wrongful purpose (不正の目的), that day counted.
"""

from __future__ import annotations

from datetime import date, timedelta

from kofu.core.labelled import LabelledEnum

PROMPT_DAYS = 5
WHOLE_DAYS = 30
WHOLE_DAYS_WRONGFUL = 60


class IncidentReportKind(LabelledEnum):
    """A report that is owed."""

    CLIENT = "client", "委託者への報告"
    PROMPT = "prompt", "個人情報保護委員会への速報"
    WHOLE = "whole", "個人情報保護委員会への確報"


def report_due(kind: IncidentReportKind, known_on: date, *, wrongful: bool) -> date:
    """Give the last day of a report; the day it became known is the first."""
    if kind is IncidentReportKind.CLIENT:
        return known_on
    if kind is IncidentReportKind.PROMPT:
        return known_on + timedelta(days=PROMPT_DAYS - 1)
    return known_on + timedelta(days=(WHOLE_DAYS_WRONGFUL if wrongful else WHOLE_DAYS) - 1)
