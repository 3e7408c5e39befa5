"""Letters printed as batches; a 督促状 that was pulled before the post is none, and its 期別 can be dunned again."""

import django.db.models.deletion
from django.db import migrations, models

# A letter is never changed, but for this: one that was not sent yet is pulled, once, and says by whom and why.
PULLED_ONCE = """
CREATE FUNCTION ledger_letter_pulled_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.pulled_at IS NOT NULL OR NEW.pulled_at IS NULL OR NEW.pulled_by = '' OR NEW.pulled_why = ''
        OR (NEW.id, NEW.run_id, NEW.claim_id, NEW.due, NEW.late, NEW.issued_on, NEW.covered_to)
            IS DISTINCT FROM (OLD.id, OLD.run_id, OLD.claim_id, OLD.due, OLD.late, OLD.issued_on, OLD.covered_to)
        OR (SELECT state FROM dunning_run WHERE dunning_run.id = OLD.run_id) = 'sent' THEN
        RAISE EXCEPTION 'a letter is only ever pulled, once, before it is sent' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END
$$
"""
TRIGGERS = (
    (
        "DROP TRIGGER dunning_letter_append_only ON dunning_letter",
        "CREATE TRIGGER dunning_letter_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON dunning_letter"
        " FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change()",
    ),
    (
        "CREATE TRIGGER dunning_letter_append_only BEFORE DELETE OR TRUNCATE ON dunning_letter"
        " FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change()",
        "DROP TRIGGER dunning_letter_append_only ON dunning_letter",
    ),
    (PULLED_ONCE, "DROP FUNCTION ledger_letter_pulled_once()"),
    (
        "CREATE TRIGGER dunning_letter_pulled_once BEFORE UPDATE ON dunning_letter"
        " FOR EACH ROW EXECUTE FUNCTION ledger_letter_pulled_once()",
        "DROP TRIGGER dunning_letter_pulled_once ON dunning_letter",
    ),
)


class Migration(migrations.Migration):
    dependencies = [
        ("ledger", "0028_drawn_glyphs"),
    ]

    operations = [
        migrations.CreateModel(
            name="LetterBatch",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("municipality_code", models.CharField(max_length=6, verbose_name="全国地方公共団体コード")),
                ("kind", models.CharField(max_length=16, verbose_name="種類")),
                ("subject", models.CharField(blank=True, max_length=40, verbose_name="対象")),
                ("total", models.IntegerField(verbose_name="対象の数")),
                ("done", models.IntegerField(db_default=0, default=0, verbose_name="済んだ数")),
                ("letters", models.IntegerField(db_default=0, default=0, verbose_name="通数")),
                ("pages", models.IntegerField(db_default=0, default=0, verbose_name="ページ数")),
                (
                    "left_out",
                    models.JSONField(
                        db_default=models.Value([], models.JSONField()), default=list, verbose_name="外れたもの"
                    ),
                ),
                (
                    "sha256",
                    models.CharField(blank=True, db_default="", max_length=64, verbose_name="ファイルの要約値"),
                ),
                (
                    "fault",
                    models.CharField(blank=True, db_default="", max_length=60, verbose_name="できなかったわけ"),
                ),
                ("made_by", models.CharField(max_length=80, verbose_name="担当")),
                ("started_at", models.DateTimeField(verbose_name="始め")),
                ("finished_at", models.DateTimeField(null=True, verbose_name="終わり")),
            ],
            options={"db_table": "letter_batch"},
        ),
        migrations.AlterField(
            model_name="dunningletter",
            name="claim",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="dunning_letters", to="ledger.claim"
            ),
        ),
        migrations.AddField(
            model_name="dunningletter",
            name="pulled_at",
            field=models.DateTimeField(null=True, verbose_name="引抜きの日時"),
        ),
        migrations.AddField(
            model_name="dunningletter",
            name="pulled_by",
            field=models.CharField(blank=True, db_default="", max_length=80, verbose_name="引抜きの担当"),
        ),
        migrations.AddField(
            model_name="dunningletter",
            name="pulled_why",
            field=models.CharField(blank=True, db_default="", max_length=100, verbose_name="引抜きの理由"),
        ),
        migrations.AddConstraint(
            model_name="dunningletter",
            constraint=models.UniqueConstraint(
                condition=models.Q(("pulled_at", None)), fields=("claim",), name="dunning_letter_one_per_claim"
            ),
        ),
        *(migrations.RunSQL(forwards, backwards) for forwards, backwards in TRIGGERS),
    ]
