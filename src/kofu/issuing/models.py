"""Tables of `issuing`: the facts as versions, the generations they belong to, and the holds.

A fact is stored as versions: the row of a key is valid for every data generation g with
``from_generation <= g < to_generation``; the standing row has ``to_generation = STILL_VALID``. The primary key ends in
`to_generation`, so the database itself allows one standing row per key and two versions can never share an end. A
load writes only what changed, and any past generation can be read again (DESIGN §4.1).

The columns of the fact tables are those of the feed's contract (`kofu.contracts.feed_tables`), made here in one place.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import models

from kofu.contracts.feed import ColumnType, FeedKind, Table
from kofu.contracts.feed_tables import ASSESSMENTS, CARD_CERTIFICATES, COLLECTIONS, RESIDENTS
from kofu.issuing.cases import tables as cases
from kofu.issuing.checks import tables as checks
from kofu.issuing.feeds import tables as feeds
from kofu.issuing.glyphs import tables as glyphs
from kofu.issuing.holds import tables as holds
from kofu.issuing.requests import tables as requests

#: The modules with the other tables. That they are imported is what matters: so Django knows every model.
TABLES = (cases, checks, feeds, glyphs, holds, requests)

STILL_VALID = 2**63 - 1


def fact_table_name(table: Table) -> str:
    """Give the database's name for the versions of a feed table."""
    return f"fact_{table.name}"


_FIELDS: dict[ColumnType, Callable[[str], models.Field[Any, Any]]] = {
    ColumnType.YEN: models.BigIntegerField,
    ColumnType.COUNT: models.IntegerField,
    ColumnType.YEAR: models.SmallIntegerField,
    ColumnType.DATE: models.DateField,
    ColumnType.INSTANT: models.DateTimeField,
    ColumnType.FLAG: models.BooleanField,
    # Lists stay joined by | as the feed states them: nothing asks the database for a part of one.
    ColumnType.YEN_LIST: models.TextField,
    ColumnType.DATE_LIST: models.TextField,
    ColumnType.LABEL_LIST: models.TextField,
    # Numbers kept as strings stay strings: leading zeros matter.
    ColumnType.TEXT: models.TextField,
    ColumnType.CODE: models.TextField,
    ColumnType.DIGITS: models.TextField,
    ColumnType.BIRTHDAY: models.TextField,
}


class _FactVersion(models.Model):
    """What every version carries beside its facts: whose, from when to when, and the digest of the row as received."""

    municipality_code = models.CharField("全国地方公共団体コード", max_length=6)
    from_generation = models.BigIntegerField("この世代から")
    to_generation = models.BigIntegerField("この世代の前まで", default=STILL_VALID)
    row_digest = models.UUIDField("行の要約値")

    class Meta:
        abstract = True


def _fact_model(name: str, table: Table, *indexes: models.Index) -> type[models.Model]:
    """Make the model of a feed table's versions."""
    meta = type(
        "Meta",
        (),
        {
            "app_label": "issuing",
            "db_table": fact_table_name(table),
            "verbose_name": table.japanese,
            "indexes": list(indexes),
            "constraints": [
                models.CheckConstraint(
                    name=f"{fact_table_name(table)}_lives",
                    condition=models.Q(from_generation__lt=models.F("to_generation")),
                )
            ],
        },
    )
    attributes: dict[str, object] = {
        "__module__": __name__,
        "__doc__": f"{table.japanese}: versions of the rows of {table.file_name}.",
        "Meta": meta,
        "pk": models.CompositePrimaryKey("municipality_code", *table.key, "to_generation"),
    }
    attributes.update({column.name: _FIELDS[column.type](column.japanese) for column in table.fact_columns})
    return type(name, (_FactVersion,), attributes)


Assessment = _fact_model("Assessment", ASSESSMENTS)
Collection = _fact_model(
    "Collection",
    COLLECTIONS,
    models.Index(fields=["municipality_code", "addressee_number", "to_generation"], name="fact_collections_person"),
)
Resident = _fact_model("Resident", RESIDENTS)
CardCertificate = _fact_model(
    "CardCertificate",
    CARD_CERTIFICATES,
    models.Index(fields=["municipality_code", "addressee_number", "to_generation"], name="fact_cards_person"),
)

FEED_KINDS = [(kind.value, kind.value) for kind in FeedKind]


class Generation(models.Model):
    """データ世代: one row per activated load, written in the activating transaction and never changed."""

    pk = models.CompositePrimaryKey("municipality_code", "number")
    municipality_code = models.CharField(max_length=6)
    number = models.BigIntegerField("データ世代")
    feed = models.TextField(choices=FEED_KINDS)
    feed_generation = models.BigIntegerField("連携データの世代")
    mode = models.TextField("全件・差分")
    base_generation = models.BigIntegerField("差分の基になる世代", null=True)
    business_date = models.DateField("基準日")
    manifest_sha256 = models.TextField()
    rows_stated = models.BigIntegerField("連携された行数")
    rows_added = models.BigIntegerField("書いた版数")
    rows_closed = models.BigIntegerField("閉じた版数")
    activated_at = models.DateTimeField("切替日時")
    extracted_at = models.DateTimeField("抽出日時", null=True)  # NULL: activated before feeds said it

    class Meta:
        db_table = "generation"
        verbose_name = "データ世代"
        constraints = [
            models.UniqueConstraint(
                fields=["municipality_code", "feed", "feed_generation"], name="generation_feed_once"
            )
        ]


class ActiveGeneration(models.Model):
    """The one pointer of a municipality: which data generation is read, and how old its two feeds are.

    `retired_before_year`: fiscal years before it are erased and are not taken in again (年度更新時の消去).
    """

    municipality_code = models.CharField(max_length=6, primary_key=True)
    data_generation = models.BigIntegerField("有効なデータ世代")
    tax_feed_generation = models.BigIntegerField(default=0)
    tax_business_date = models.DateField(null=True)
    resident_feed_generation = models.BigIntegerField(default=0)
    resident_business_date = models.DateField(null=True)
    retired_before_year = models.SmallIntegerField(default=0)

    class Meta:
        db_table = "active_generation"
        verbose_name = "有効なデータ世代"


class Erasure(models.Model):
    """消去記録: what a retirement of fiscal years removed, as counts and a digest; never the rows themselves."""

    pk = models.CompositePrimaryKey("municipality_code", "retired_before_year")
    municipality_code = models.CharField(max_length=6)
    retired_before_year = models.SmallIntegerField("この年度より前を消去")
    data_generation = models.BigIntegerField("消去時のデータ世代")
    assessments_erased = models.BigIntegerField()
    collections_erased = models.BigIntegerField()
    collections_kept_unpaid = models.BigIntegerField("未納のため残した通知書")
    rows_sha256 = models.TextField("消去した行の要約値")
    erased_at = models.DateTimeField()

    class Meta:
        db_table = "erasure"
        verbose_name = "消去記録"


class ErasureOrderRow(models.Model):
    """消去の起案: which fiscal years are to go, what a dry run counted. Carried out once two people have signed."""

    id = models.BigAutoField(primary_key=True)
    municipality_code = models.CharField(max_length=6)
    before_year = models.SmallIntegerField("この年度より前を消去")
    state = models.CharField("状態", max_length=12)
    assessments = models.BigIntegerField("消える課税の版")
    collections = models.BigIntegerField("消える通知書の版")
    kept_unpaid = models.BigIntegerField("未納のため残る通知書")
    proposed_by = models.CharField("起案者", max_length=80)
    proposed_at = models.DateTimeField("起案日時")
    ended_at = models.DateTimeField("終了日時", null=True)

    class Meta:
        db_table = "issuing_erasure_order"
        verbose_name = "消去の起案"
        constraints = [
            models.CheckConstraint(
                name="issuing_erasure_order_state", condition=models.Q(state__in=["proposed", "withdrawn", "done"])
            ),
            models.UniqueConstraint(
                fields=["municipality_code"],
                condition=models.Q(state="proposed"),
                name="issuing_erasure_order_one_at_a_time",
            ),
        ]


class ErasureSignature(models.Model):
    """One person's word that the years may go. Never changed, never removed."""

    id = models.BigAutoField(primary_key=True)
    order = models.ForeignKey(ErasureOrderRow, on_delete=models.PROTECT)
    signed_by = models.CharField(max_length=64)
    signed_at = models.DateTimeField()

    class Meta:
        db_table = "issuing_erasure_signature"
        constraints = [models.UniqueConstraint(fields=["order", "signed_by"], name="issuing_erasure_two_people")]


class ErasureOnDisk(models.Model):
    """ファイルからの消去: the erasure of years reached the files; what else holds a copy is said by `archived`."""

    pk = models.CompositePrimaryKey("municipality_code", "retired_before_year")
    municipality_code = models.CharField(max_length=6)
    retired_before_year = models.SmallIntegerField("この年度より前を消去")
    finished_at = models.DateTimeField()
    wal_segments = models.IntegerField("上書きしたログの数")
    archived = models.BooleanField("ログの写しが他にあるか")

    class Meta:
        db_table = "issuing_erasure_on_disk"
        verbose_name = "ファイルからの消去"
