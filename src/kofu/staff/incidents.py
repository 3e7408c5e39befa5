"""事故報告: what happened, put on record once; each report that is owed, put on record when it was made."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime

from django.db import IntegrityError, transaction

from kofu.core.calendar import day_in_japan
from kofu.core.errors import OperatorFault
from kofu.staff.domain.incidents import IncidentReportKind, report_due
from kofu.staff.models import Incident, IncidentReport
from kofu.staff.records import record_with_change
from kofu.staff.work import StaffActor

ACTION = "incident.record"


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentFacts:
    """What is known of an incident. `case`: number of the 調査票, "" for none. `persons`: how many, without names."""

    case: str
    title: str
    known_at: datetime
    wrongful: bool
    persons: int
    items: str
    course: str
    cause: str
    measures: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OwedReport:
    """A report of an incident: until when, and when it was made (None: not yet)."""

    kind: IncidentReportKind
    due: date
    made: IncidentReport | None
    late: bool


def record_incident(by: StaffActor, facts: IncidentFacts) -> Incident:
    """Put an incident on record. Raises `OperatorFault` `known_later` for an instant to come."""
    now = datetime.now(UTC)
    if facts.known_at > now:
        raise OperatorFault("known_later", "nothing became known in the future")
    with transaction.atomic():
        incident = Incident.objects.create(
            case=facts.case, title=facts.title, known_at=facts.known_at, wrongful=facts.wrongful,
            persons=facts.persons, items=facts.items, course=facts.course, cause=facts.cause, measures=facts.measures,
            recorded_by=by.login, recorded_at=now,
        )  # fmt: skip
        record_with_change(by, ACTION, "recorded", {"incident": incident.pk, "case": facts.case})
    return incident


def record_report(by: StaffActor, incident: Incident, kind: IncidentReportKind, made_at: datetime, how: str) -> None:
    """Put on record that a report was made, once. Raises `OperatorFault` `known_later`, `reported_already`."""
    now = datetime.now(UTC)
    if made_at > now or made_at < incident.known_at:
        raise OperatorFault("known_later", "a report is made after the incident became known, and not in the future")
    try:
        with transaction.atomic():
            IncidentReport.objects.create(
                incident=incident, kind=kind, made_at=made_at, how=how, recorded_by=by.login, recorded_at=now
            )
            record_with_change(by, ACTION, kind.value, {"incident": incident.pk})
    except IntegrityError:
        raise OperatorFault("reported_already", "this report is on record") from None


def owed_reports(incident: Incident, today: date) -> list[OwedReport]:
    """Give every report of an incident with its last day."""
    made = {IncidentReportKind(one.kind): one for one in IncidentReport.objects.filter(incident=incident)}
    known_on = day_in_japan(incident.known_at)
    owed = []
    for kind in IncidentReportKind:
        due = report_due(kind, known_on, wrongful=incident.wrongful)
        owed.append(OwedReport(kind=kind, due=due, made=made.get(kind), late=kind not in made and due < today))
    return owed
