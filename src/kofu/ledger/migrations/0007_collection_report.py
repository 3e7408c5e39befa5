from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("ledger", "0006_payment_slip"),
    ]

    operations = [
        migrations.CreateModel(
            name="CollectionReport",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("municipality_code", models.CharField(max_length=6, verbose_name="全国地方公共団体コード")),
                ("made_by", models.CharField(max_length=80, verbose_name="集計者")),
                ("made_at", models.DateTimeField(verbose_name="集計日時")),
                ("last_sequence", models.BigIntegerField(verbose_name="最後の仕訳の順序")),
                ("figures", models.JSONField(verbose_name="集計")),
            ],
            options={
                "db_table": "collection_report",
            },
        ),
        migrations.RunSQL(
            "CREATE TRIGGER collection_report_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON collection_report"
            " FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change()",
            "DROP TRIGGER collection_report_append_only ON collection_report",
        ),
    ]
