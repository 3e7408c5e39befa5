"""Tables of the journal: requests and their states, copies issued, print results, cases, stops, registered deployments.

The schema belongs to Django's migrations; the use cases speak to the tables in SQL. Nothing here holds a name, an
address or a PDF: a request knows its subject by 宛名番号 only, a copy is known by its digest.
"""

from __future__ import annotations

from django.db import models

from kofu.issuing.requests.domain.states import RequestState
from kofu.platform.word_checks import only_words

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
    open = models.BooleanField(db_default=True)  # somebody still decides, or says what became of the paper
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
            only_words("state", RequestState, name="issuing_request_state_words"),
            models.UniqueConstraint(
                name="issuing_request_reference",
                fields=["municipality_code", "reference"],
                condition=~models.Q(reference=""),
            ),
            models.CheckConstraint(name="issuing_request_may_leave", condition=models.Q(may_leave__gte=0)),
            models.CheckConstraint(
                name="issuing_request_id_hex", condition=models.Q(request_id__regex="^[0-9a-f]{32}$")
            ),
        ]
        indexes = [
            models.Index(fields=["municipality_code", "received_at"], name="issuing_request_day"),
            models.Index(
                fields=["deadline"],
                name="issuing_request_open",
                condition=models.Q(open=True),
            ),
        ]


class IssuedCopyRow(models.Model):
    """One copy (部) of one request: its 発行番号 and the digests. The PDF itself is not kept."""

    certificate_number = models.CharField(primary_key=True, max_length=64)
    request = models.ForeignKey(
        CertificateRequestRow, on_delete=models.PROTECT, db_column="request_id", db_index=False
    )  # `issuing_copy_once` begins with it
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
