"""事故報告: to the client and to 個人情報保護委員会, each with its last day and the time it was made."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from kofu.core.calendar import day_in_japan
from kofu.staff.domain.incidents import IncidentReportKind, report_due

INCIDENT = {
    "title": "他人の証明書の交付", "case": "調査票 12", "at": "9:05", "persons": "2", "items": "氏名・住所・課税額",
    "course": "窓口で渡した。", "cause": "取り違え", "measures": "回収した。",
}  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "wrongful", "due"),
    [
        (IncidentReportKind.CLIENT, False, date(2026, 4, 1)),
        (IncidentReportKind.PROMPT, False, date(2026, 4, 5)),
        (IncidentReportKind.WHOLE, False, date(2026, 4, 30)),
        (IncidentReportKind.WHOLE, True, date(2026, 5, 30)),
    ],
)
def test_the_prompt_report_has_five_days_and_the_whole_one_thirty_or_sixty(kind, wrongful, due):
    """個人情報の保護に関する法律施行規則8条: the day it became known is the first."""
    assert report_due(kind, date(2026, 4, 1), wrongful=wrongful) == due


@pytest.mark.storage
def test_an_incident_becomes_a_form_with_times_and_what_is_late_stands_on_the_home_page(ledger_screens):
    from django.utils import timezone

    from kofu.staff.models import Incident

    head = ledger_screens.client("approver", login="head")
    today = day_in_japan(timezone.now())
    known = today - timedelta(days=6)
    assert head.post("/staff/incidents/add/", {**INCIDENT, "day": str(today + timedelta(days=1))}).status_code == 422
    assert head.post("/staff/incidents/add/", {**INCIDENT, "day": str(known)}).status_code == 302
    address = f"/staff/incidents/{Incident.objects.latest('pk').pk}/"
    assert 'value="0af3"' in head.get("/staff/incidents/?case=0af3").content.decode()  # from the page of a 調査票
    home = head.get("/").content.decode()
    assert '期限を過ぎた事故報告</span><span class="count">2<' in home  # the client's and 速報
    made = {"kind": "prompt", "day": str(known), "at": "17:30", "how": "報告フォーム 受付 第1号"}
    assert head.post(f"{address}report/", {**made, "at": "9:04"}).status_code == 422  # before it became known
    assert head.post(f"{address}report/", made).status_code == 302
    assert head.post(f"{address}report/", made).status_code == 422  # once
    form = head.get(address).content.decode()
    for word in ("個人情報の漏えい等に関する報告書", "17:30:00", "報告フォーム 受付 第1号", "施行規則第八条"):
        assert word in form
    assert '期限を過ぎた事故報告</span><span class="count">1<' in head.get("/").content.decode()
    assert ledger_screens.client("clerk").post("/staff/incidents/add/", INCIDENT).status_code == 403
