"""Tables of cases (調査票) and of the kill switch (全件停止), with what people signed."""

from __future__ import annotations

from django.db import models

from kofu.issuing.cases.domain.kinds import CaseKind

_ID = 32  # hexadecimal digits of a 128-bit identity


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
