"""Tables of 宛名: what was known of a person when, and which numbers mean the same person. All append-only."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from kofu.ledger.addressees.domain.addressees import MergeEvent
from kofu.platform.word_checks import only_words


class AddresseeVersion(models.Model):
    """宛名の履歴: name, address and standing of a person as they were learned, from whom and by whom."""

    id = models.BigAutoField(primary_key=True)
    municipality_code = models.CharField("全国地方公共団体コード", max_length=6)
    addressee_number = models.CharField("宛名番号", max_length=15)
    name = models.CharField("氏名・名称", max_length=120)
    kana = models.CharField("フリガナ", max_length=120, blank=True)
    search_kana = models.CharField("検索用カナ", max_length=120, blank=True)
    search_name = models.CharField("検索用氏名", max_length=120, blank=True)
    birthday = models.CharField("生年月日", max_length=10, blank=True)
    postal_code = models.CharField("郵便番号", max_length=7, blank=True)
    address = models.CharField("住所", max_length=200, blank=True)
    status = models.CharField("区分", max_length=12)
    status_date = models.DateField("異動年月日", null=True)
    resident_code = models.CharField("住民票コード", max_length=11, blank=True)
    corporate_number = models.CharField("法人番号", max_length=13, blank=True)
    source = models.CharField("出所", max_length=12)
    reason = models.CharField("事由", max_length=200, blank=True)
    look_up = models.CharField("照会の識別子", max_length=32, blank=True)
    recorded_by = models.CharField("登録者", max_length=80)
    recorded_at = models.DateTimeField("登録日時", db_default=Now())

    class Meta:
        db_table = "addressee_version"
        indexes = [
            models.Index(fields=["municipality_code", "addressee_number"], name="addressee_version_of"),
            models.Index(fields=["search_kana"], name="addressee_version_kana", opclasses=["text_pattern_ops"]),
            models.Index(fields=["search_name"], name="addressee_version_name", opclasses=["text_pattern_ops"]),
        ]


class AddresseeMerge(models.Model):
    """宛名の統合: one number is to mean the person of another. Proposed by one, approved by another, undone by both."""

    id = models.UUIDField(primary_key=True)
    municipality_code = models.CharField("全国地方公共団体コード", max_length=6)
    from_number = models.CharField("統合される宛名番号", max_length=15)
    into_number = models.CharField("統合先の宛名番号", max_length=15)
    reason = models.CharField("理由", max_length=200)
    proposed_by = models.CharField("起案者", max_length=80)
    proposed_at = models.DateTimeField("起案日時", db_default=Now())

    class Meta:
        db_table = "addressee_merge"
        constraints = [models.CheckConstraint(condition=~Q(from_number=F("into_number")), name="addressee_merge_two")]
        indexes = [
            models.Index(fields=["municipality_code", "from_number"], name="addressee_merge_from"),
            models.Index(fields=["municipality_code", "into_number"], name="addressee_merge_into"),
        ]


class AddresseeMergeEvent(models.Model):
    """What became of a merge: approved or refused once; one that was approved can be undone once."""

    id = models.BigAutoField(primary_key=True)
    merge = models.ForeignKey(AddresseeMerge, on_delete=models.PROTECT, related_name="events")
    event = models.CharField("出来事", max_length=10)
    actor = models.CharField("担当", max_length=80)
    reason = models.CharField("理由", max_length=200, blank=True)
    occurred_at = models.DateTimeField("日時", db_default=Now())

    class Meta:
        db_table = "addressee_merge_event"
        constraints = [
            only_words("event", MergeEvent, name="addressee_merge_event_event_words"),
            models.UniqueConstraint(fields=["merge", "event"], name="addressee_merge_event_once"),
        ]
