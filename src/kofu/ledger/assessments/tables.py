"""Table of the files of 賦課 that were taken in."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from kofu.ledger.assessments.domain.received_files import FileState
from kofu.platform.word_checks import only_words


class ReceivedFile(models.Model):
    """受入ファイル: what was received, what the check found, who decided. The file's own bytes are kept with it."""

    id = models.UUIDField(primary_key=True)
    municipality_code = models.CharField("全国地方公共団体コード", max_length=6)
    kind = models.CharField("種類", max_length=30)
    name = models.CharField("ファイル名", max_length=200)
    sha256 = models.CharField("SHA-256", max_length=64)
    content = models.BinaryField("内容")
    rows = models.IntegerField("件数")
    total = models.BigIntegerField("金額合計")
    problems = models.JSONField("不備", default=list)
    bad_rows = models.IntegerField("不備件数", default=0)
    state = models.CharField("状態", max_length=12)
    received_by = models.CharField("受付者", max_length=80)
    received_at = models.DateTimeField("受付日時")
    decided_by = models.CharField("決裁者", max_length=80, blank=True)
    decided_at = models.DateTimeField("決裁日時", null=True)
    decision_reason = models.CharField("理由", max_length=200, blank=True)

    class Meta:
        db_table = "received_file"
        constraints = [
            only_words("state", FileState, name="received_file_state_words"),
            models.UniqueConstraint(
                fields=["municipality_code", "kind", "sha256"],
                condition=~Q(state="rejected"),  # what was sent back can come again
                name="received_file_once",
            ),
        ]
        indexes = [models.Index(fields=["state", "kind"], name="received_file_waiting")]
