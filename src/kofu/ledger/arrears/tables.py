"""Tables of arrears: 督促, what bears on 時効, and decisions about single claims that two people take."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from kofu.ledger.arrears.domain.dunning_runs import DunningRunState
from kofu.ledger.arrears.domain.proposals import ProposalState
from kofu.platform.word_checks import only_words


class DunningRun(models.Model):
    """督促状の一括: drawn from a closed day, approved by a second person, sent. `lines`: who is on it, in yen."""

    id = models.UUIDField(primary_key=True)
    municipality_code = models.CharField("全国地方公共団体コード", max_length=6)
    closed_day = models.DateField("締めた会計日")
    issued_on = models.DateField("発送日（予定）")
    state = models.CharField("状態", max_length=12)
    lines = models.JSONField("対象", default=list)
    left_out = models.JSONField("除いたもの（理由ごとの件数）", default=dict)
    count = models.IntegerField("件数")
    total = models.BigIntegerField("本税の合計")
    drawn_by = models.CharField("抽出者", max_length=80)
    drawn_at = models.DateTimeField("抽出日時")
    coverage = models.JSONField("チャネルの到達日", default=list, db_default=models.Value([], models.JSONField()))
    fallen = models.JSONField("決裁で外れたもの", default=list, db_default=models.Value([], models.JSONField()))
    approved_by = models.CharField("決裁者", max_length=80, blank=True)
    approved_at = models.DateTimeField("決裁日時", null=True)
    sent_on = models.DateField("発送日", null=True)

    class Meta:
        db_table = "dunning_run"
        constraints = [only_words("state", DunningRunState, name="dunning_run_state_words")]


class DunningLetter(models.Model):
    """督促状: one per 期別 and 納期限 for ever, but for one pulled before the post; a second one would be a 催告.

    `due_date`: the 納期限 it is sent for, after 期限の延長 the extended one, of an 増額 its own.
    """

    id = models.BigAutoField(primary_key=True)
    run = models.ForeignKey(DunningRun, on_delete=models.PROTECT, related_name="letters")
    claim = models.ForeignKey("ledger.Claim", on_delete=models.PROTECT, related_name="dunning_letters")
    due_date = models.DateField("対象の納期限")
    due = models.BigIntegerField("未納額（本税）")
    late = models.BooleanField("20日を過ぎた発送")
    issued_on = models.DateField("発した日")
    covered_to = models.DateField("決裁のときに到達していた領収日", null=True)
    pulled_at = models.DateTimeField("引抜きの日時", null=True)
    pulled_by = models.CharField("引抜きの担当", max_length=80, blank=True, db_default="")
    pulled_why = models.CharField("引抜きの理由", max_length=100, blank=True, db_default="")

    class Meta:
        db_table = "dunning_letter"
        constraints = [
            models.UniqueConstraint(
                fields=["claim", "due_date"], condition=Q(pulled_at=None), name="dunning_letter_one_per_due_date"
            ),
        ]


class ArrearsEvent(models.Model):
    """What bears on 時効 of a 期別: 催告, 差押, 承認, 猶予, 停止 …; `ends` names the event this one ends on `until`."""

    id = models.BigAutoField(primary_key=True)
    claim = models.ForeignKey("ledger.Claim", on_delete=models.PROTECT, related_name="arrears_events")
    happening = models.CharField("出来事", max_length=16)
    on = models.DateField("その日")
    until = models.DateField("終わりの日", null=True)
    withdrawn = models.BooleanField("取下げ・解除", default=False)
    ground = models.CharField("猶予の根拠", max_length=20, blank=True, db_default="")
    fact_on = models.DateField("取消の基因となる事実の日", null=True)
    ends = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="ended_by")
    reason = models.CharField("理由", max_length=200, blank=True)
    actor = models.CharField("担当", max_length=80)
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "arrears_event"


class ClaimDecision(models.Model):
    """不納欠損 or 延滞金減免 of one 期別: proposed by one person, approved by another. `basis`: what it rests on."""

    id = models.UUIDField(primary_key=True)
    claim = models.ForeignKey("ledger.Claim", on_delete=models.PROTECT, related_name="decisions")
    kind = models.CharField("種類", max_length=16)
    amount = models.BigIntegerField("金額（本税と延滞金）")
    reason = models.CharField("事由", max_length=200)
    basis = models.JSONField("根拠", default=list)
    state = models.CharField("状態", max_length=12)
    proposed_by = models.CharField("起案者", max_length=80)
    proposed_at = models.DateTimeField("起案日時")
    decided_by = models.CharField("決裁者", max_length=80, blank=True)
    decided_at = models.DateTimeField("決裁日時", null=True)

    class Meta:
        db_table = "claim_decision"
        constraints = [
            only_words("state", ProposalState, name="claim_decision_state_words"),
            models.UniqueConstraint(
                fields=["claim", "kind"], condition=Q(state="proposed"), name="claim_decision_one_proposal"
            ),
        ]
