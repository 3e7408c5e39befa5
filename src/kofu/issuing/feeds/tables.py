"""Tables of the judgement of feeds: each feed that was judged, two people's words on a held one, rows to look at.

The states of a judged feed are a life cycle (`domain.judged_feeds`), held by a trigger of the database too. One the
gates refuse is born refused; one nothing is wrong with is born activated.
"""

from __future__ import annotations

from django.db import models

from kofu.issuing.feeds.domain.judged_feeds import FeedState

STILL_VALID = 2**63 - 1


class JudgedFeedRow(models.Model):
    """判定した連携データ: what the gates said of one feed, and what became of it.

    `folder` and `manifest_sha256` name exactly the bytes that were judged; a release activates no others.
    """

    id = models.BigAutoField(primary_key=True)
    municipality_code = models.CharField(max_length=6)
    manifest_sha256 = models.CharField(max_length=64)
    feed = models.TextField()
    feed_generation = models.BigIntegerField()
    mode = models.TextField()
    business_date = models.DateField()
    extracted_at = models.DateTimeField()
    folder = models.TextField()
    state = models.CharField(max_length=16)
    report = models.JSONField()
    judged_at = models.DateTimeField()
    judged_by = models.CharField(max_length=128)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "issuing_judged_feed"
        verbose_name = "判定した連携データ"
        constraints = [
            models.CheckConstraint(
                name="issuing_judged_feed_state", condition=models.Q(state__in=[state.value for state in FeedState])
            ),
            models.UniqueConstraint(
                fields=["municipality_code", "manifest_sha256"],
                name="issuing_judged_feed_waits_once",
                condition=models.Q(state__in=["held", "released"]),
            ),
        ]
        indexes = [models.Index(fields=["municipality_code", "manifest_sha256"], name="issuing_judged_feed_digest")]


class FeedSignatureRow(models.Model):
    """One person's word on a held feed: `step` release or reject. Never changed, never removed."""

    id = models.BigAutoField(primary_key=True)
    judged_feed = models.ForeignKey(JudgedFeedRow, on_delete=models.PROTECT)
    step = models.CharField(max_length=16)
    signed_by = models.CharField(max_length=64)
    signed_at = models.DateTimeField()
    finding = models.CharField(max_length=2000)

    class Meta:
        db_table = "issuing_feed_signature"
        constraints = [
            models.UniqueConstraint(fields=["judged_feed", "signed_by", "step"], name="issuing_feed_two_people")
        ]


class FeedFigureRow(models.Model):
    """A figure of an activated generation, for the same weekday a week later."""

    id = models.BigAutoField(primary_key=True)
    municipality_code = models.CharField(max_length=6)
    data_generation = models.BigIntegerField()
    name = models.TextField()
    value = models.BigIntegerField()

    class Meta:
        db_table = "issuing_feed_figure"
        constraints = [
            models.UniqueConstraint(
                fields=["municipality_code", "data_generation", "name"], name="issuing_feed_figure_once"
            )
        ]


class RowFindingRow(models.Model):
    """A standing row that people must look at, as versions like the facts: held (its person gets no paper) or listed.

    `row_digest` is what was looked at; a corrected row has another and the finding ends with the old one. `detail`:
    code points of what the font cannot draw. `accepted_at`: two people found the row right as it is.
    """

    id = models.BigAutoField(primary_key=True)
    municipality_code = models.CharField(max_length=6)
    table_name = models.TextField()
    addressee_number = models.TextField()
    row_key = models.TextField()
    fiscal_year = models.SmallIntegerField(null=True)
    rule = models.TextField()
    column_name = models.TextField()
    detail = models.TextField()
    held = models.BooleanField()
    row_digest = models.UUIDField()
    line_number = models.IntegerField(null=True)
    from_generation = models.BigIntegerField()
    to_generation = models.BigIntegerField(default=STILL_VALID)
    accepted_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "issuing_row_finding"
        verbose_name = "確認を要する行"
        constraints = [
            models.UniqueConstraint(
                fields=["municipality_code", "table_name", "row_key", "rule", "column_name", "to_generation"],
                name="issuing_row_finding_once",
            )
        ]
        indexes = [
            models.Index(
                fields=["municipality_code", "addressee_number", "to_generation"], name="issuing_row_finding_person"
            )
        ]


class RowSignatureRow(models.Model):
    """One person's word that a held row is right as it is."""

    id = models.BigAutoField(primary_key=True)
    row_finding = models.ForeignKey(RowFindingRow, on_delete=models.PROTECT)
    signed_by = models.CharField(max_length=64)
    signed_at = models.DateTimeField()
    finding = models.CharField(max_length=2000)

    class Meta:
        db_table = "issuing_row_signature"
        constraints = [models.UniqueConstraint(fields=["row_finding", "signed_by"], name="issuing_row_two_people")]
