"""Tables of what the ledger states to `issuing`: assessments as they are certified, the nights' feeds, holds at once.

`assessment_statement` is append-only: a person's assessment of a year is its highest version. The views
`stated_assessments` and `stated_collections` (migration 0010) say what stands now, for one person and for the whole
feed alike. The columns of a statement are those of the feed's contract (`kofu.contracts.feed_tables`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import models
from django.db.models import Value
from django.db.models.functions import Now

from kofu.contracts.feed import ColumnType
from kofu.contracts.feed_tables import ASSESSMENTS
from kofu.ledger.feed.stated import STATEMENT_COLUMNS

_FIELDS: dict[ColumnType, Callable[[str], models.Field[Any, Any]]] = {
    ColumnType.YEN: models.BigIntegerField,
    ColumnType.COUNT: models.IntegerField,
    ColumnType.YEAR: models.SmallIntegerField,
    ColumnType.FLAG: models.BooleanField,
    # Numbers kept as strings stay strings: leading zeros matter.
    ColumnType.TEXT: models.TextField,
    ColumnType.CODE: models.TextField,
    ColumnType.DIGITS: models.TextField,
}


class _Statement(models.Model):
    """What every version carries beside the contract's columns."""

    id = models.BigAutoField(primary_key=True)
    municipality_code = models.CharField("全国地方公共団体コード", max_length=6)
    version = models.IntegerField("版")
    removed = models.BooleanField("取消", default=False)
    reason = models.CharField("事由", max_length=200, blank=True)
    source = models.CharField("出所", max_length=200)
    actor = models.CharField("担当", max_length=80)
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        abstract = True


def _statement_model() -> type[models.Model]:
    meta = type(
        "Meta",
        (),
        {
            "app_label": "ledger",
            "db_table": "assessment_statement",
            "verbose_name": ASSESSMENTS.japanese,
            "constraints": [
                models.UniqueConstraint(
                    fields=["municipality_code", "addressee_number", "fiscal_year", "version"],
                    name="assessment_statement_once",
                ),
            ],
        },
    )
    columns = [column for column in ASSESSMENTS.columns if column.name in STATEMENT_COLUMNS]
    attributes: dict[str, object] = {
        "__module__": __name__,
        "__doc__": "賦課情報 as certified: one version of one person's assessment of one fiscal year, never changed.",
        "Meta": meta,
    }
    attributes.update({column.name: _FIELDS[column.type](column.japanese) for column in columns})
    return type("AssessmentStatement", (_Statement,), attributes)


AssessmentStatement = _statement_model()


class FeedGeneration(models.Model):
    """連携データの世代: a feed that was sealed. A number stands for one content for ever (P6).

    `taken_over`: the feed the ledger was built from, from which the numbers count on. `elsewhere`: a feed of another
    sender that `issuing` took in by hand; the numbers count on from it, and the next feed is full. `published_at`: its
    folder lies where it is fetched. `delivered_at`: `issuing` said that this generation, or a later one, is the active
    one.
    `figures`: what all that was stated came to, by name.
    """

    pk = models.CompositePrimaryKey("municipality_code", "generation")
    municipality_code = models.CharField("全国地方公共団体コード", max_length=6)
    generation = models.BigIntegerField("世代")
    mode = models.CharField("全件・差分", max_length=12)
    base_generation = models.BigIntegerField("差分の基になる世代", null=True)
    business_date = models.DateField("基準日")
    created_at = models.DateTimeField("作成日時")
    folder = models.CharField("フォルダ", max_length=200, blank=True)
    manifest_sha256 = models.CharField("SHA-256", max_length=64, blank=True)
    files = models.JSONField("件数と合計", default=list)
    figures = models.JSONField("数値", default=dict, db_default=Value({}, output_field=models.JSONField()))
    run_id = models.UUIDField("処理", null=True)
    published_at = models.DateTimeField("公開日時", null=True)
    delivered_at = models.DateTimeField("交付側の切替確認日時", null=True)

    class Meta:
        db_table = "feed_generation"


class FeedRun(models.Model):
    """夜間処理: one run that writes a feed, how far it is and how it ended."""

    id = models.UUIDField(primary_key=True)
    municipality_code = models.CharField("全国地方公共団体コード", max_length=6)
    mode = models.CharField("全件・差分", max_length=12)
    business_date = models.DateField("基準日")
    state = models.CharField("状態", max_length=12)
    phase = models.CharField("処理中の表", max_length=30, blank=True)
    rows_done = models.BigIntegerField("処理した行数", default=0)
    rows_expected = models.BigIntegerField("見込みの行数", default=0)
    generation = models.BigIntegerField("世代", null=True)
    held_night = models.ForeignKey("ledger.HeldNightRow", on_delete=models.PROTECT, null=True)
    failure = models.CharField("失敗の符号", max_length=64, blank=True)
    started_by = models.CharField("開始者", max_length=80)
    started_at = models.DateTimeField("開始日時")
    finished_at = models.DateTimeField("終了日時", null=True)

    class Meta:
        db_table = "feed_run"
        indexes = [models.Index(fields=["municipality_code", "-started_at"], name="feed_run_latest")]


class FedAssessment(models.Model):
    """What the feeds said last of a person's assessment of a year: which statement, in which generation."""

    pk = models.CompositePrimaryKey("municipality_code", "addressee_number", "fiscal_year")
    municipality_code = models.CharField(max_length=6)
    addressee_number = models.TextField("宛名番号")
    fiscal_year = models.SmallIntegerField("課税年度")
    statement_id = models.BigIntegerField("賦課情報の版")
    correcting = models.BooleanField("更正処理中")
    removed = models.BooleanField("削除", default=False)
    generation = models.BigIntegerField("最後に述べた世代")

    class Meta:
        db_table = "fed_assessment"
        indexes = [models.Index(fields=["municipality_code", "generation"], name="fed_assessment_generation")]


class FedCollection(models.Model):
    """What the feeds said last of a notice: the SHA-256 of the row and whose it is, in which generation.

    `former_number`: under which 宛名番号 the feeds stated it before that.
    """

    pk = models.CompositePrimaryKey("municipality_code", "notice_number")
    municipality_code = models.CharField(max_length=6)
    notice_number = models.CharField("通知書番号", max_length=20)
    digest = models.BinaryField("SHA-256")
    addressee_number = models.TextField("宛名番号", db_default="")
    former_number = models.TextField("前に述べた宛名番号", db_default="")
    removed = models.BooleanField("削除", default=False)
    generation = models.BigIntegerField("最後に述べた世代")

    class Meta:
        db_table = "fed_collection"
        indexes = [models.Index(fields=["municipality_code", "generation"], name="fed_collection_generation")]
