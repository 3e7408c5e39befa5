"""Erasing years on disk: what is proposed, who signed, and when the erasure reached the files."""

import django.db.models.deletion
from django.db import migrations, models

APPEND_ONLY = ("issuing_erasure_signature", "issuing_erasure_on_disk")

# An order ends once; who proposed what, and what the dry run counted, stays as it was.
MOVES = """
CREATE FUNCTION issuing_erasure_order_moves() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.state <> 'proposed'
        OR (NEW.id, NEW.municipality_code, NEW.before_year, NEW.assessments, NEW.collections, NEW.kept_unpaid,
            NEW.proposed_by, NEW.proposed_at)
        IS DISTINCT FROM (OLD.id, OLD.municipality_code, OLD.before_year, OLD.assessments, OLD.collections,
            OLD.kept_unpaid, OLD.proposed_by, OLD.proposed_at)
    THEN
        RAISE EXCEPTION 'an erasure order ends once and is never changed' USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF NEW.state = 'done' AND (SELECT count(*) FROM issuing_erasure_signature WHERE order_id = OLD.id) < 2 THEN
        RAISE EXCEPTION 'an erasure is carried out after two people have signed' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $body$;
CREATE TRIGGER issuing_erasure_order_moves BEFORE UPDATE OR DELETE ON issuing_erasure_order
    FOR EACH ROW EXECUTE FUNCTION issuing_erasure_order_moves();
"""


class Migration(migrations.Migration):
    dependencies = [("issuing", "0008_let_leave")]

    operations = [
        migrations.CreateModel(
            name="ErasureOrderRow",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("municipality_code", models.CharField(max_length=6)),
                ("before_year", models.SmallIntegerField(verbose_name="この年度より前を消去")),
                ("state", models.CharField(max_length=12, verbose_name="状態")),
                ("assessments", models.BigIntegerField(verbose_name="消える課税の版")),
                ("collections", models.BigIntegerField(verbose_name="消える通知書の版")),
                ("kept_unpaid", models.BigIntegerField(verbose_name="未納のため残る通知書")),
                ("proposed_by", models.CharField(max_length=80, verbose_name="起案者")),
                ("proposed_at", models.DateTimeField(verbose_name="起案日時")),
                ("ended_at", models.DateTimeField(null=True, verbose_name="終了日時")),
            ],
            options={
                "verbose_name": "消去の起案",
                "db_table": "issuing_erasure_order",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["proposed", "withdrawn", "done"])),
                        name="issuing_erasure_order_state",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "proposed")),
                        fields=("municipality_code",),
                        name="issuing_erasure_order_one_at_a_time",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ErasureSignature",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("signed_by", models.CharField(max_length=64)),
                ("signed_at", models.DateTimeField()),
                (
                    "order",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="issuing.erasureorderrow"),
                ),
            ],
            options={
                "db_table": "issuing_erasure_signature",
                "constraints": [
                    models.UniqueConstraint(fields=("order", "signed_by"), name="issuing_erasure_two_people")
                ],
            },
        ),
        migrations.CreateModel(
            name="ErasureOnDisk",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "municipality_code", "retired_before_year", blank=True, editable=False, primary_key=True,
                        serialize=False,
                    ),
                ),
                ("municipality_code", models.CharField(max_length=6)),
                ("retired_before_year", models.SmallIntegerField(verbose_name="この年度より前を消去")),
                ("finished_at", models.DateTimeField()),
                ("wal_segments", models.IntegerField(verbose_name="上書きしたログの数")),
                ("archived", models.BooleanField(verbose_name="ログの写しが他にあるか")),
            ],
            options={"verbose_name": "ファイルからの消去", "db_table": "issuing_erasure_on_disk"},
        ),
        migrations.RunSQL(MOVES, "DROP FUNCTION issuing_erasure_order_moves CASCADE"),
        *(
            migrations.RunSQL(
                f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
                " FOR EACH STATEMENT EXECUTE FUNCTION issuing_refuse_change()",
                f"DROP TRIGGER {table}_append_only ON {table}",
            )
            for table in APPEND_ONLY
        ),
    ]
