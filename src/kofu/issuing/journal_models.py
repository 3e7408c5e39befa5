"""Tables of the journal: requests and their states, copies issued, print results, cases, stops, registered deployments.

The schema belongs to Django's migrations; the use cases speak to the tables in SQL. Nothing here holds a name, an
address or a PDF: a request knows its subject by 宛名番号 only, a copy is known by its digest.
"""

from __future__ import annotations

from django.db import models

from kofu.issuing.domain.release_rules import CaseKind
from kofu.issuing.domain.states import State

_ID = 32  # hexadecimal digits of a 128-bit identity


class CertificateRequestRow(models.Model):
    """要求: stored before anything is decided, under the id the kiosk made."""

    request_id = models.CharField(primary_key=True, max_length=_ID)
    body_digest = models.CharField(max_length=64)
    municipality_code = models.CharField(max_length=6)
    serial = models.CharField(max_length=40)
    kind = models.CharField(max_length=32)
    fiscal_year = models.IntegerField()
    copies = models.IntegerField()
    kiosk_id = models.CharField(max_length=32)
    plate_number = models.CharField(max_length=20, null=True)  # null: not asked for, as in the message
    deadline = models.DateTimeField()
    received_at = models.DateTimeField()
    state = models.CharField(max_length=16, default="received")
    decided_at = models.DateTimeField(null=True)
    refusal_code = models.CharField(max_length=64, default="")  # the true reason, for staff
    public_code = models.CharField(max_length=64, default="")  # what the centre was told
    addressee_number = models.CharField(max_length=15, default="")
    generation = models.BigIntegerField(null=True)
    form_version = models.CharField(max_length=32, default="")
    as_of = models.DateField(null=True)
    title = models.CharField(max_length=64, default="")
    fee_per_copy = models.IntegerField(default=0)
    sent_at = models.DateTimeField(null=True)
    copies_printed = models.IntegerField(null=True)
    fee_paid = models.IntegerField(null=True)
    result_at = models.DateTimeField(null=True)
    reference = models.CharField(max_length=8, default="")  # 受付番号, what resident and staff call the request
    may_leave = models.IntegerField(default=0)  # workers that may hand the paper out and have not said they did not
    repeat_code = models.CharField(max_length=64, default="")  # why nothing leaves again, once somebody was told so

    class Meta:
        db_table = "issuing_request"
        constraints = [
            models.UniqueConstraint(
                name="issuing_request_reference",
                fields=["municipality_code", "reference"],
                condition=~models.Q(reference=""),
            ),
            models.CheckConstraint(name="issuing_request_may_leave", condition=models.Q(may_leave__gte=0)),
            models.CheckConstraint(
                name="issuing_request_state", condition=models.Q(state__in=[s.value for s in State])
            ),
            models.CheckConstraint(
                name="issuing_request_id_hex", condition=models.Q(request_id__regex="^[0-9a-f]{32}$")
            ),
        ]
        indexes = [
            models.Index(fields=["municipality_code", "received_at"], name="issuing_request_day"),
            models.Index(
                fields=["deadline"],
                name="issuing_request_open",
                condition=models.Q(state__in=["received", "made", "sent"]),
            ),
        ]


class IssuedCopyRow(models.Model):
    """One copy (部) of one request: its 発行番号 and the digests. The PDF itself is not kept."""

    certificate_number = models.CharField(primary_key=True, max_length=64)
    request = models.ForeignKey(CertificateRequestRow, on_delete=models.PROTECT, db_column="request_id")
    copy = models.IntegerField()
    sha256 = models.CharField(max_length=64)
    facts_digest = models.CharField(max_length=64)
    pages = models.IntegerField()

    class Meta:
        db_table = "issuing_copy"
        constraints = [models.UniqueConstraint(fields=["request", "copy"], name="issuing_copy_once")]


class PrintReportRow(models.Model):
    """Each print result as it came, with how it was taken. Evidence: never changed."""

    id = models.BigAutoField(primary_key=True)
    request_id = models.CharField(max_length=_ID, db_index=True)
    outcome = models.CharField(max_length=16)
    copies_printed = models.IntegerField()
    fee_paid = models.IntegerField()
    occurred_at = models.DateTimeField()
    arrived_at = models.DateTimeField()
    standing = models.CharField(max_length=16)
    case_id = models.CharField(max_length=_ID, default="")  # the case it opened: the same report again names it again

    class Meta:
        db_table = "issuing_print_report"


class CaseRow(models.Model):
    """A case: something that must be explained by two people before it is closed.

    What happens again for the same `cause` while it is open is counted here and added to its evidence.
    """

    case_id = models.CharField(primary_key=True, max_length=_ID)
    municipality_code = models.CharField(max_length=6)
    kind = models.CharField(max_length=32)
    request_id = models.CharField(max_length=_ID, default="")
    summary = models.CharField(max_length=500)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    cause = models.CharField(max_length=100, default="")  # "": nothing else is counted with it
    occurrences = models.IntegerField(default=1)
    last_at = models.DateTimeField(null=True)  # null: it happened once

    class Meta:
        db_table = "issuing_case"
        constraints = [
            models.UniqueConstraint(
                name="issuing_case_one_open",
                fields=["municipality_code", "kind", "cause"],
                condition=models.Q(closed_at__isnull=True) & ~models.Q(cause=""),
            ),
            models.CheckConstraint(
                name="issuing_case_kind", condition=models.Q(kind__in=[kind.value for kind in CaseKind])
            ),
        ]
        indexes = [models.Index(fields=["municipality_code", "closed_at"], name="issuing_case_open")]


class CaseEvidenceRow(models.Model):
    """What is known about a case, in the order it came. Never changed, never removed."""

    id = models.BigAutoField(primary_key=True)
    case = models.ForeignKey(CaseRow, on_delete=models.PROTECT)
    added_at = models.DateTimeField()
    added_by = models.CharField(max_length=64)
    text = models.CharField(max_length=2000)
    request_id = models.CharField(max_length=_ID, default="", db_index=True)

    class Meta:
        db_table = "issuing_case_evidence"


class CaseSignatureRow(models.Model):
    """One person's finding. The unique constraint is what makes the second signature another person's."""

    id = models.BigAutoField(primary_key=True)
    case = models.ForeignKey(CaseRow, on_delete=models.PROTECT)
    signed_by = models.CharField(max_length=64)
    signed_at = models.DateTimeField()
    finding = models.CharField(max_length=2000)

    class Meta:
        db_table = "issuing_case_signature"
        constraints = [models.UniqueConstraint(fields=["case", "signed_by"], name="issuing_case_two_people")]


class StopRow(models.Model):
    """発行停止 of a whole municipality (kill switch). In force from its commit until two people lift it."""

    stop_id = models.CharField(primary_key=True, max_length=_ID)
    municipality_code = models.CharField(max_length=6)
    reason = models.CharField(max_length=500)
    set_at = models.DateTimeField()
    set_by = models.CharField(max_length=64)
    case = models.ForeignKey(CaseRow, on_delete=models.PROTECT, null=True)
    lifted_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "issuing_stop"
        indexes = [
            models.Index(
                fields=["municipality_code"], name="issuing_stop_standing", condition=models.Q(lifted_at__isnull=True)
            )
        ]


class StopSignatureRow(models.Model):
    """One person's word that a stop may be lifted."""

    id = models.BigAutoField(primary_key=True)
    stop = models.ForeignKey(StopRow, on_delete=models.PROTECT)
    signed_by = models.CharField(max_length=64)
    signed_at = models.DateTimeField()
    finding = models.CharField(max_length=2000)

    class Meta:
        db_table = "issuing_stop_signature"
        constraints = [models.UniqueConstraint(fields=["stop", "signed_by"], name="issuing_stop_two_people")]


class DeploymentRow(models.Model):
    """What a process of this deployment must be: registered once per release, checked at each start (P8)."""

    id = models.BigAutoField(primary_key=True)
    registered_at = models.DateTimeField()
    registered_by = models.CharField(max_length=64)
    topology = models.CharField(max_length=64)
    statement = models.JSONField()

    class Meta:
        db_table = "issuing_deployment"
