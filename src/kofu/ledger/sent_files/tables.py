"""Tables of files that went out: listed, kept sealed, answered."""

from __future__ import annotations

from django.db import models


class OutgoingFile(models.Model):
    """A file that went out and is answered by a day: 口座振替の依頼, 委託の送付, 総合振込, 年金特徴の中止."""

    id = models.UUIDField(primary_key=True)
    municipality_code = models.CharField("全国地方公共団体コード", max_length=6)
    kind = models.CharField("種類", max_length=20)
    name = models.CharField("名称", max_length=200)
    sent_on = models.DateField("送った日")
    expected_on = models.DateField("回答の期限")
    reference = models.UUIDField("もとの記録", null=True)
    recorded_by = models.CharField("登録者", max_length=80)
    recorded_at = models.DateTimeField("登録日時")

    class Meta:
        db_table = "outgoing_file"
        indexes = [models.Index(fields=["reference"], name="outgoing_file_reference")]


class StoredFile(models.Model):
    """A file that went out as it was made: its digest here, its content sealed beside it until its time is over."""

    id = models.UUIDField(primary_key=True)
    municipality_code = models.CharField("全国地方公共団体コード", max_length=6)
    kind = models.CharField("種類", max_length=20)
    name = models.CharField("名称", max_length=200)
    reference = models.UUIDField("もとの記録", null=True)
    size = models.BigIntegerField("バイト数")
    sha256 = models.CharField("SHA-256", max_length=64)
    keep_until = models.DateField("内容の保存期限")
    made_by = models.CharField("作成者", max_length=80)
    made_at = models.DateTimeField("作成日時")

    class Meta:
        db_table = "stored_file"
        indexes = [models.Index(fields=["reference"], name="stored_file_reference")]


class SealedContent(models.Model):
    """The content of a stored file under a key that is not in the database: added, read, erased, never changed."""

    file = models.OneToOneField(StoredFile, on_delete=models.PROTECT, primary_key=True, related_name="sealed")
    key_id = models.CharField("鍵の名", max_length=16)
    sealed = models.BinaryField("暗号化した内容")

    class Meta:
        db_table = "sealed_content"


class OutgoingAnswer(models.Model):
    """The answer to a file that went out: what came, or what was found out when none came."""

    file = models.OneToOneField(OutgoingFile, on_delete=models.PROTECT, primary_key=True, related_name="answer")
    answered_on = models.DateField("回答の日")
    what = models.CharField("回答の内容", max_length=200)
    recorded_by = models.CharField("登録者", max_length=80)
    recorded_at = models.DateTimeField("登録日時")

    class Meta:
        db_table = "outgoing_answer"
