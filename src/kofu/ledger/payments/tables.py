"""Tables of receiving payments: what came in, before and beside the ledger's own facts.

A batch is a file or a day's entries at a counter; its rows are read once and kept. Nothing here is money: money is in
the ledger (`payment`, `entry`, `transfer`) once a batch is posted.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from kofu.ledger.books.domain.day_decisions import DecisionState
from kofu.ledger.payments.domain.batches import BatchState
from kofu.ledger.payments.domain.convenience import AdviceState
from kofu.ledger.payments.domain.corrections import CorrectionState
from kofu.ledger.payments.domain.receipt_cases import CaseState
from kofu.platform.word_checks import only_words


class Batch(models.Model):
    """収納バッチ: a received file or a counter's entries of a day, its control totals, who decided what about it."""

    id = models.UUIDField(primary_key=True)
    municipality_code = models.CharField("全国地方公共団体コード", max_length=6)
    channel = models.CharField("納付チャネル", max_length=20)
    kind = models.CharField("種類", max_length=30)
    name = models.CharField("名称", max_length=200)
    office = models.CharField("収納場所", max_length=20, blank=True)
    booked_on = models.DateField("会計日")
    state = models.CharField("状態", max_length=12)
    sha256 = models.CharField("SHA-256", max_length=64, null=True)
    content = models.BinaryField("内容", null=True)
    second = models.BinaryField("第2打鍵", null=True)
    slips = models.BinaryField("バッチ票", null=True)
    rows = models.IntegerField("件数", default=0)
    total = models.BigIntegerField("金額合計", default=0)
    stated_rows = models.IntegerField("突合件数", null=True)
    stated_total = models.BigIntegerField("突合金額", null=True)
    bad_rows = models.IntegerField("不備件数", default=0)
    received_by = models.CharField("受付者", max_length=80)
    received_at = models.DateTimeField("受付日時")
    closed_by = models.CharField("締めた者", max_length=80, blank=True)
    closed_at = models.DateTimeField("締め日時", null=True)
    decided_by = models.CharField("決裁者", max_length=80, blank=True)
    decided_at = models.DateTimeField("決裁日時", null=True)
    decision_reason = models.CharField("理由", max_length=200, blank=True)
    posted_by = models.CharField("登録者", max_length=80, blank=True)
    posted_at = models.DateTimeField("登録日時", null=True)

    class Meta:
        db_table = "batch"
        constraints = [
            only_words("state", BatchState, name="batch_state_words"),
            models.UniqueConstraint(
                fields=["municipality_code", "channel", "sha256"],
                condition=~Q(state="rejected"),  # what was sent back can come again
                name="batch_file_once",
            ),
        ]
        indexes = [models.Index(fields=["municipality_code", "booked_on", "channel"], name="batch_day")]


class BatchRow(models.Model):
    """A row as read or entered. Append-only: a mistake at the counter is a further row that voids the first."""

    pk = models.CompositePrimaryKey("batch", "line")
    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="lines")
    line = models.IntegerField("行")
    event = models.CharField("区分", max_length=10)
    key = models.CharField("収納の識別", max_length=120)
    received_on = models.DateField("領収日", null=True)
    amount = models.BigIntegerField("金額", default=0)
    interest = models.BigIntegerField("うち延滞金", default=0)
    notice_number = models.CharField("通知書番号", max_length=20, blank=True)
    installment = models.CharField("期別", max_length=8, blank=True)
    office = models.CharField("収納場所", max_length=20, blank=True)
    voids = models.IntegerField("取り消した行", null=True)
    result = models.CharField("結果コード", max_length=10, blank=True, db_default="")
    entered_by = models.CharField("入力者", max_length=80, blank=True)

    class Meta:
        db_table = "batch_row"
        constraints = [
            models.CheckConstraint(condition=Q(amount__gte=0, interest__gte=0), name="batch_row_amount"),
            models.UniqueConstraint(fields=["batch", "voids"], name="batch_row_voided_once"),
        ]


class BatchProblem(models.Model):
    """不備: what is wrong with a row. Rows left out of a posting are the work list of who made the file."""

    id = models.BigAutoField(primary_key=True)
    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="problems")
    line = models.IntegerField("行")
    field = models.CharField("項目", max_length=40, blank=True)
    code = models.CharField("コード", max_length=40)
    message = models.CharField("内容", max_length=400)
    cleared_by = models.CharField("処理した者", max_length=80, blank=True)
    cleared_at = models.DateTimeField("処理日時", null=True)
    cleared_how = models.CharField("処理", max_length=200, blank=True)

    class Meta:
        db_table = "batch_problem"
        indexes = [models.Index(fields=["batch", "line"], name="batch_problem_line")]


class AdvisedPayment(models.Model):
    """速報: a payment at a convenience store, from its advice to its confirmation. Only the confirmation is money."""

    id = models.BigAutoField(primary_key=True)
    municipality_code = models.CharField("全国地方公共団体コード", max_length=6)
    key = models.CharField("収納の識別", max_length=120)
    state = models.CharField("状態", max_length=12)
    notice_number = models.CharField("通知書番号", max_length=20)
    installment = models.CharField("期別", max_length=8)
    amount = models.BigIntegerField("金額")
    received_on = models.DateField("領収日")
    advised_on = models.DateField("速報を受けた日", null=True)
    finding = models.CharField("異例", max_length=40, blank=True)
    finding_cleared_by = models.CharField("異例を処理した者", max_length=80, blank=True)
    finding_cleared_how = models.CharField("異例の処理", max_length=200, blank=True)
    changed_at = models.DateTimeField("更新日時")

    class Meta:
        db_table = "advised_payment"
        constraints = [
            only_words("state", AdviceState, name="advised_payment_state_words"),
            models.UniqueConstraint(fields=["municipality_code", "key"], name="advised_payment_once"),
        ]
        indexes = [
            models.Index(fields=["municipality_code", "notice_number"], name="advised_payment_notice"),
            models.Index(fields=["advised_on"], name="advised_payment_waiting", condition=Q(state="advised")),
        ]


class PaymentCorrection(models.Model):
    """収納の訂正: proposed by one person, approved by another; the correction itself is an entry of the ledger.

    `kind`: as `domain.corrections.CorrectionKind`; a 付替 names the 期別 the payment is for.
    """

    id = models.UUIDField(primary_key=True)
    kind = models.CharField("種類", max_length=12, db_default="take_out")
    to_notice_number = models.CharField("付替先の通知書番号", max_length=20, db_default="")
    to_installment = models.CharField("付替先の期別", max_length=8, db_default="")
    payment = models.ForeignKey("ledger.Payment", on_delete=models.PROTECT, related_name="corrections")
    reason = models.CharField("理由", max_length=200)
    state = models.CharField("状態", max_length=12)
    proposed_by = models.CharField("起案者", max_length=80)
    proposed_at = models.DateTimeField("起案日時")
    decided_by = models.CharField("決裁者", max_length=80, blank=True)
    decided_at = models.DateTimeField("決裁日時", null=True)

    class Meta:
        db_table = "payment_correction"
        constraints = [
            only_words("state", CorrectionState, name="payment_correction_state_words"),
            models.UniqueConstraint(
                fields=["payment"], condition=Q(state="proposed"), name="correction_once_at_a_time"
            ),
        ]


class ReceiptCase(models.Model):
    """領収日順の事案: what stands against the order of receipt. `found`: what would be, what is; two people decide.

    `payment`: the one that came; where a notice was made anew for another cause, one whose money has left.
    """

    id = models.UUIDField(primary_key=True)
    claim = models.ForeignKey("ledger.Claim", on_delete=models.PROTECT, related_name="receipt_cases")
    payment = models.ForeignKey("ledger.Payment", on_delete=models.PROTECT, null=True, related_name="receipt_cases")
    obstacle = models.CharField("妨げているもの", max_length=16)
    state = models.CharField("状態", max_length=12)
    answer = models.CharField("処理", max_length=12, blank=True)
    found = models.JSONField("内容", default=dict)
    reason = models.CharField("理由", max_length=200, blank=True)
    opened_at = models.DateTimeField("発生日時")
    proposed_by = models.CharField("起案者", max_length=80, blank=True)
    proposed_at = models.DateTimeField("起案日時", null=True)
    decided_by = models.CharField("決裁者", max_length=80, blank=True)
    decided_at = models.DateTimeField("決裁日時", null=True)

    class Meta:
        db_table = "receipt_case"
        constraints = [
            only_words("state", CaseState, name="receipt_case_state_words"),
            models.UniqueConstraint(
                fields=["claim", "payment", "obstacle"],
                condition=~Q(state="decided"),
                name="receipt_case_once_at_a_time",
            ),
        ]


class DayStatement(models.Model):
    """突合: what the bank or the cash of a channel says came in on a day, as someone counted it. Append-only."""

    id = models.BigAutoField(primary_key=True)
    municipality_code = models.CharField("全国地方公共団体コード", max_length=6)
    day = models.DateField("会計日")
    channel = models.CharField("納付チャネル", max_length=20)
    rows = models.IntegerField("件数")
    total = models.BigIntegerField("金額")
    note = models.CharField("備考", max_length=200, blank=True)
    stated_by = models.CharField("入力者", max_length=80)
    stated_at = models.DateTimeField("入力日時")

    class Meta:
        db_table = "day_statement"
        indexes = [models.Index(fields=["municipality_code", "day", "channel"], name="day_statement_day")]


class DayClose(models.Model):
    """日次締め: the day's totals as they were when closed, and their digest. Append-only."""

    id = models.BigAutoField(primary_key=True)
    municipality_code = models.CharField("全国地方公共団体コード", max_length=6)
    day = models.DateField("会計日")
    totals = models.JSONField("集計")
    digest = models.CharField("SHA-256", max_length=64)
    closed_by = models.CharField("締めた者", max_length=80)
    closed_at = models.DateTimeField("締め日時")

    class Meta:
        db_table = "day_close"
        constraints = [models.UniqueConstraint(fields=["municipality_code", "day"], name="day_closed_once")]


class AccountingDecision(models.Model):
    """What two people decide before a day can be closed: what became of an expected file, the 会計日 of a batch.

    `reach`: the last day of receipt the expected file reaches, which names it within its channel; `day`: the day it was
    expected, or the new 会計日 of `batch`.
    """

    id = models.UUIDField(primary_key=True)
    municipality_code = models.CharField("全国地方公共団体コード", max_length=6)
    kind = models.CharField("種類", max_length=16)
    channel = models.CharField("納付チャネル", max_length=20)
    day = models.DateField("日")
    reach = models.DateField("到達日", null=True)
    batch = models.ForeignKey("ledger.Batch", on_delete=models.PROTECT, null=True, related_name="decisions")
    reason = models.CharField("理由", max_length=200)
    state = models.CharField("状態", max_length=12)
    proposed_by = models.CharField("起案者", max_length=80)
    proposed_at = models.DateTimeField("起案日時")
    decided_by = models.CharField("決裁者", max_length=80, blank=True)
    decided_at = models.DateTimeField("決裁日時", null=True)

    class Meta:
        db_table = "accounting_decision"
        constraints = [
            only_words("state", DecisionState, name="accounting_decision_state_words"),
            models.CheckConstraint(
                condition=Q(kind__in=["nothing_paid", "comes_later", "came"], reach__isnull=False)
                | Q(kind="move_batch", batch__isnull=False),
                name="accounting_decision_kind",
            ),
            models.UniqueConstraint(
                fields=["municipality_code", "channel", "reach"],
                condition=Q(state="proposed", reach__isnull=False),
                name="expected_file_one_proposal",
            ),
            models.UniqueConstraint(
                fields=["batch"], condition=Q(state="proposed", kind="move_batch"), name="batch_day_one_proposal"
            ),
        ]
