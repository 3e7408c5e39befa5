"""A hold stands at `issuing` under every number that means the person: one message for each."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("ledger", "0024_accounting_days"),
    ]

    operations = [
        migrations.CreateModel(
            name="IssuanceHoldMessage",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("message_id", models.CharField(max_length=32, unique=True, verbose_name="連絡の識別子")),
                ("addressee_number", models.CharField(max_length=15, verbose_name="宛名番号")),
                ("queued_at", models.DateTimeField(verbose_name="送信待ちにした日時")),
                ("released_at", models.DateTimeField(null=True, verbose_name="解除の送信日時")),
                (
                    "hold",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="messages",
                        to="ledger.issuancehold",
                    ),
                ),
            ],
            options={"db_table": "issuance_hold_message"},
        ),
        # every hold there is has sent one message, under its own id
        migrations.RunSQL(
            "INSERT INTO issuance_hold_message (hold_id, message_id, addressee_number, queued_at, released_at)"
            " SELECT hold.id, outbox.hold_id, convert_from(outbox.body, 'UTF8')::jsonb ->> 'addressee_number',"
            " outbox.queued_at, hold.released_at"
            " FROM issuance_hold AS hold JOIN hold_outbox AS outbox"
            " ON outbox.hold_id = replace(hold.id::text, '-', '') AND outbox.revision = 1",
            migrations.RunSQL.noop,
        ),
    ]
