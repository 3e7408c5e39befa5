"""A delivery to the data-entry contractor can be given up, with the reason (打切り)."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("ledger", "0033_refund_files"),
    ]

    operations = [
        migrations.CreateModel(
            name="DeliveryGivenUp",
            fields=[
                (
                    "delivery",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="given_up",
                        serialize=False,
                        to="ledger.delivery",
                    ),
                ),
                ("reason", models.CharField(max_length=200, verbose_name="理由")),
                ("recorded_by", models.CharField(max_length=80, verbose_name="登録者")),
                ("given_up_at", models.DateTimeField(verbose_name="打切りの日時")),
            ],
            options={"db_table": "delivery_given_up"},
        ),
        migrations.RunSQL(
            "CREATE TRIGGER delivery_given_up_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON delivery_given_up"
            " FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change()",
            "DROP TRIGGER delivery_given_up_append_only ON delivery_given_up",
        ),
    ]
