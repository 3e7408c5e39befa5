"""Tables of `registry`: the serials of card certificates, and the outbox of holds on their way to `issuing`."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from kofu.platform.word_checks import only_words
from kofu.registry.domain.releases import ReleaseState


class CardSerial(models.Model):
    """One 利用者証明用電子証明書 as the authority that issued it knows it."""

    serial = models.CharField("シリアル番号", max_length=40, primary_key=True)
    valid_from = models.DateField("有効期間開始")
    valid_to = models.DateField("有効期間満了（この日を含む）")
    status = models.CharField("状態", max_length=9)
    status_since = models.DateTimeField("状態の開始", db_default=Now())

    class Meta:
        db_table = "card_serial"
        verbose_name = "利用者証明用電子証明書"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(status__in=["valid", "revoked", "suspended"]), name="card_serial_status"
            ),
        ]


class HoldOutbox(models.Model):
    """One message about a hold. Written before it is sent, kept after: a hold is never lost on the way (P7).

    `body` is the JSON that goes out, byte for byte the same at every attempt.
    """

    id = models.BigAutoField(primary_key=True)
    hold_id = models.CharField("抑止の識別子", max_length=32)
    revision = models.IntegerField("版")
    body = models.BinaryField("送るJSON")
    queued_at = models.DateTimeField("登録日時")
    attempts = models.IntegerField("送信回数", default=0)
    last_failure = models.CharField("直近の失敗", max_length=64, default="")
    delivered_at = models.DateTimeField("受領日時", null=True)
    discard_proposed_by = models.CharField("破棄の起案者", max_length=80, db_default="")
    discard_proposed_at = models.DateTimeField("破棄の起案日時", null=True)
    discard_reason = models.CharField("破棄の理由", max_length=200, db_default="")
    discarded_by = models.CharField("破棄の決裁者", max_length=80, db_default="")
    discarded_at = models.DateTimeField("破棄の日時", null=True)

    class Meta:
        db_table = "hold_outbox"
        verbose_name = "抑止の送信箱"
        constraints = [
            models.UniqueConstraint(fields=["hold_id", "revision"], name="hold_outbox_once"),
        ]
        indexes = [
            models.Index(fields=["id"], condition=models.Q(delivered_at=None), name="hold_outbox_waiting"),
        ]


class HoldRelease(models.Model):
    """The end of a protection hold (支援措置), proposed by one person and decided by another."""

    id = models.BigAutoField(primary_key=True)
    hold_id = models.CharField("抑止の識別子", max_length=32)
    reason = models.CharField("理由", max_length=200)
    state = models.CharField("状態", max_length=16)
    proposed_by = models.CharField("起案者", max_length=80)
    proposed_at = models.DateTimeField("起案日時")
    decided_by = models.CharField("決裁者", max_length=80)
    decided_at = models.DateTimeField("決裁日時", null=True)

    class Meta:
        db_table = "hold_release"
        verbose_name = "支援措置の抑止の解除"
        constraints = [
            only_words("state", ReleaseState, name="hold_release_state_words"),
            models.CheckConstraint(  # the database holds the two people apart too
                name="hold_release_two_people",
                condition=~models.Q(state="released")
                | (~models.Q(decided_by="") & ~models.Q(decided_by=models.F("proposed_by"))),
            ),
            models.UniqueConstraint(
                name="hold_release_waits_once", fields=["hold_id"], condition=models.Q(state="proposed")
            ),
        ]


class RegisteredPerson(models.Model):
    """A 宛名番号 the registry has given: whom a hold can be put on. Numbers are added, never taken away."""

    id = models.BigAutoField(primary_key=True)
    municipality_code = models.CharField("全国地方公共団体コード", max_length=6)
    addressee_number = models.CharField("宛名番号", max_length=15)

    class Meta:
        db_table = "registered_person"
        verbose_name = "宛名番号"
        constraints = [
            models.UniqueConstraint(fields=["municipality_code", "addressee_number"], name="registered_person_once"),
        ]


class OutsidePersonRow(models.Model):
    """本人確認情報 of a person outside the ward (住基ネット, stand-in)."""

    resident_code = models.CharField("住民票コード", max_length=11, primary_key=True)
    name = models.CharField("氏名", max_length=120)
    kana = models.CharField("フリガナ", max_length=120)
    birthday = models.CharField("生年月日", max_length=10)
    sex = models.CharField("性別", max_length=10)
    postal_code = models.CharField("郵便番号", max_length=7)
    address = models.CharField("住所", max_length=200)
    municipality = models.CharField("市区町村", max_length=60)
    status = models.CharField("区分", max_length=12)
    status_date = models.DateField("異動年月日")

    class Meta:
        db_table = "outside_person"
        indexes = [models.Index(fields=["name"], name="outside_person_name")]


class LookUpRow(models.Model):
    """照会の記録: who looked for whom, from where, what for, how many fitted. Append-only."""

    look_up_id = models.CharField("照会の識別子", max_length=32, primary_key=True)
    clerk = models.CharField("照会者", max_length=80)
    office = models.CharField("所属", max_length=40)
    purpose = models.CharField("目的", max_length=40)
    asked_by = models.CharField("何で探したか", max_length=80)
    found = models.IntegerField("該当数")
    resident_code = models.CharField("回答した住民票コード", max_length=11, blank=True)
    asked_at = models.DateTimeField("日時", db_default=Now())

    class Meta:
        db_table = "look_up"
