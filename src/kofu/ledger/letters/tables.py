"""Table of the batches of letters: what was printed as one file in the order of the post, and what was left out."""

from __future__ import annotations

from django.db import models


class LetterBatch(models.Model):
    """A batch of letters that is printed, was printed, or failed. The file itself is handed out and kept nowhere.

    `subject`: the 督促 run, or nothing where cases of refunds were chosen. `total`: people to write to; `done`: looked
    at so far. `left_out`: who got none and why. `letters`, `pages`: of the file. `fault`: why there is no file.
    """

    id = models.UUIDField(primary_key=True)
    municipality_code = models.CharField("全国地方公共団体コード", max_length=6)
    kind = models.CharField("種類", max_length=16)
    subject = models.CharField("対象", max_length=40, blank=True)
    total = models.IntegerField("対象の数")
    done = models.IntegerField("済んだ数", default=0, db_default=0)
    letters = models.IntegerField("通数", default=0, db_default=0)
    pages = models.IntegerField("ページ数", default=0, db_default=0)
    left_out = models.JSONField("外れたもの", default=list, db_default=models.Value([], models.JSONField()))
    sha256 = models.CharField("ファイルの要約値", max_length=64, blank=True, db_default="")
    fault = models.CharField("できなかったわけ", max_length=60, blank=True, db_default="")
    made_by = models.CharField("担当", max_length=80)
    started_at = models.DateTimeField("始め")
    finished_at = models.DateTimeField("終わり", null=True)

    class Meta:
        db_table = "letter_batch"
