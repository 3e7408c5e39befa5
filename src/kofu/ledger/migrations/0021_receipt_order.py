"""The order of receipt: what of a payment was paid as 延滞金, and the cases of what stands against the order."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('ledger', '0023_holds_of_every_number'),
    ]

    operations = [
        migrations.AddField(
            model_name='payment',
            name='interest',
            field=models.BigIntegerField(db_default=0, verbose_name='うち延滞金として納付した額'),
        ),
        migrations.CreateModel(
            name='ReceiptCase',
            fields=[
                ('id', models.UUIDField(primary_key=True, serialize=False)),
                ('obstacle', models.CharField(max_length=16, verbose_name='妨げているもの')),
                ('state', models.CharField(max_length=12, verbose_name='状態')),
                ('answer', models.CharField(blank=True, max_length=12, verbose_name='処理')),
                ('found', models.JSONField(default=dict, verbose_name='内容')),
                ('reason', models.CharField(blank=True, max_length=200, verbose_name='理由')),
                ('opened_at', models.DateTimeField(verbose_name='発生日時')),
                ('proposed_by', models.CharField(blank=True, max_length=80, verbose_name='起案者')),
                ('proposed_at', models.DateTimeField(null=True, verbose_name='起案日時')),
                ('decided_by', models.CharField(blank=True, max_length=80, verbose_name='決裁者')),
                ('decided_at', models.DateTimeField(null=True, verbose_name='決裁日時')),
                ('claim', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='receipt_cases', to='ledger.claim')),
                ('payment', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='receipt_cases', to='ledger.payment')),
            ],
            options={
                'db_table': 'receipt_case',
            },
        ),
        migrations.AddConstraint(
            model_name='receiptcase',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'decided'), _negated=True), fields=('claim', 'payment', 'obstacle'), name='receipt_case_once_at_a_time'),
        ),
    ]
