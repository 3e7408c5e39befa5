"""Tables of what goes to the data-entry contractor (パンチ事業者): deliveries, their bundles, what came back."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now


class Delivery(models.Model):
    """パンチ委託の送付: papers that went out together, with their バッチ票 (kept sealed: `stored_file`)."""

    id = models.UUIDField(primary_key=True)
    municipality_code = models.CharField("全国地方公共団体コード", max_length=6)
    kind = models.CharField("種類", max_length=10)
    number = models.IntegerField("送付番号")
    sent_on = models.DateField("送付日")
    name = models.CharField("ファイル名", max_length=120)
    sha256 = models.CharField("SHA-256", max_length=64)
    papers = models.IntegerField("枚数")
    total = models.BigIntegerField("金額合計")
    made_by = models.CharField("作成者", max_length=80)
    made_at = models.DateTimeField("作成日時")

    class Meta:
        db_table = "delivery"
        constraints = [
            models.UniqueConstraint(fields=["municipality_code", "number"], name="delivery_number_once"),
            models.CheckConstraint(condition=Q(kind__in=["payments", "claims"]), name="delivery_kind"),
        ]


class DeliveryBundle(models.Model):
    """束: papers under one バッチ票."""

    id = models.BigAutoField(primary_key=True)
    delivery = models.ForeignKey(Delivery, on_delete=models.PROTECT, related_name="bundles")
    batch_number = models.CharField("束番号", max_length=6, unique=True)
    count = models.IntegerField("枚数")
    total = models.BigIntegerField("金額")
    origin = models.CharField("どこの束か", max_length=60, blank=True)

    class Meta:
        db_table = "delivery_bundle"
        constraints = [models.CheckConstraint(condition=Q(count__gt=0, total__gte=0), name="delivery_bundle_count")]


class DeliveryBatch(models.Model):
    """Keyed 納付済通知書 that came back, as a batch; posted, the delivery is back, and sent back, it is not."""

    batch = models.OneToOneField("ledger.Batch", on_delete=models.PROTECT, primary_key=True, related_name="came_from")
    delivery = models.ForeignKey(Delivery, on_delete=models.PROTECT, related_name="batches")

    class Meta:
        db_table = "delivery_batch"


class DeliveryGivenUp(models.Model):
    """打切り: a delivery that is not awaited any more, and why. Should it come all the same, it is taken in."""

    delivery = models.OneToOneField(Delivery, on_delete=models.PROTECT, primary_key=True, related_name="given_up")
    reason = models.CharField("理由", max_length=200)
    recorded_by = models.CharField("登録者", max_length=80)
    given_up_at = models.DateTimeField("打切りの日時")

    class Meta:
        db_table = "delivery_given_up"


class DeliveryReturn(models.Model):
    """The delivery came back keyed and was taken in whole."""

    delivery = models.OneToOneField(Delivery, on_delete=models.PROTECT, primary_key=True, related_name="returned")
    source = models.CharField("受け付けたファイル", max_length=200)
    recorded_by = models.CharField("登録者", max_length=80)
    returned_at = models.DateTimeField("受付日時", db_default=Now())

    class Meta:
        db_table = "delivery_return"


class RefundFile(models.Model):
    """還付請求書の打鍵・振込不能のファイル: what came beside the received file, and what came of its rows.

    `second`, `slips`: 第2打鍵 and バッチ票 of a keyed file. `taken`: rows registered, `taken_total` yen; `known`: rows
    that were registered before, by another file or on the screen.
    """

    file = models.OneToOneField(
        "ledger.ReceivedFile", on_delete=models.PROTECT, primary_key=True, related_name="of_refunds"
    )
    delivery = models.ForeignKey(Delivery, on_delete=models.PROTECT, null=True, related_name="refund_files")
    second = models.BinaryField("第2打鍵", null=True)
    slips = models.BinaryField("バッチ票", null=True)
    taken = models.IntegerField("登録した件数", default=0, db_default=0)
    taken_total = models.BigIntegerField("登録した金額", default=0, db_default=0)
    known = models.IntegerField("登録済みだった件数", default=0, db_default=0)

    class Meta:
        db_table = "refund_file"


class RefundFileFault(models.Model):
    """不備: a row of such a file that was not taken, who has to look at it, and what became of it."""

    id = models.BigAutoField(primary_key=True)
    file = models.ForeignKey(RefundFile, on_delete=models.PROTECT, related_name="faults")
    line = models.IntegerField("行")
    place = models.CharField("束-連番", max_length=40)
    field = models.CharField("項目", max_length=40, blank=True)
    code = models.CharField("コード", max_length=40)
    message = models.CharField("内容", max_length=400)
    whose = models.CharField("確かめる相手", max_length=12)
    holds = models.BooleanField("留保する")
    cleared_by = models.CharField("処理した者", max_length=80, blank=True, db_default="")
    cleared_at = models.DateTimeField("処理日時", null=True)
    cleared_how = models.CharField("処理", max_length=200, blank=True, db_default="")

    class Meta:
        db_table = "refund_file_fault"
        indexes = [models.Index(fields=["file", "line"], name="refund_file_fault_line")]
