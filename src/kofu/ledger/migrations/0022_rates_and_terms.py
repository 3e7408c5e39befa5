"""Rates with two people and their source, 増額 with a 納期限 of their own, and what a 猶予 rests on."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

APPEND_ONLY = ("rate_year", "rate_decision", "claim_increase")


class Migration(migrations.Migration):

    dependencies = [
        ('ledger', '0020_transfer_statistics'),
    ]

    operations = [
        migrations.CreateModel(
            name='RateYear',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('municipality_code', models.CharField(max_length=6, verbose_name='全国地方公共団体コード')),
                ('year', models.SmallIntegerField(verbose_name='暦年')),
                ('first_month', models.SmallIntegerField(verbose_name='延滞金（1月以内）‰')),
                ('after', models.SmallIntegerField(verbose_name='延滞金（1月超）‰')),
                ('refund', models.SmallIntegerField(verbose_name='還付加算金 ‰')),
                ('grace', models.SmallIntegerField(null=True, verbose_name='猶予期間の延滞金 ‰')),
                ('source', models.CharField(max_length=200, verbose_name='根拠（告示）')),
                ('proposed_by', models.CharField(max_length=80, verbose_name='起案者')),
                ('proposed_at', models.DateTimeField(verbose_name='起案日時')),
            ],
            options={
                'db_table': 'rate_year',
            },
        ),
        migrations.AddField(
            model_name='arrearsevent',
            name='fact_on',
            field=models.DateField(null=True, verbose_name='取消の基因となる事実の日'),
        ),
        migrations.AddField(
            model_name='arrearsevent',
            name='ground',
            field=models.CharField(blank=True, db_default='', max_length=20, verbose_name='猶予の根拠'),
        ),
        migrations.CreateModel(
            name='ClaimIncrease',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('due_date', models.DateField(verbose_name='増額分の納期限')),
                ('amount', models.BigIntegerField(verbose_name='金額')),
                ('effective_on', models.DateField(verbose_name='効力発生日')),
                ('source', models.CharField(blank=True, max_length=200, verbose_name='出所')),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('claim', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='increases', to='ledger.claim')),
            ],
            options={
                'db_table': 'claim_increase',
            },
        ),
        migrations.CreateModel(
            name='RateDecision',
            fields=[
                ('rate', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='decision', serialize=False, to='ledger.rateyear')),
                ('approved', models.BooleanField(verbose_name='決裁')),
                ('decided_by', models.CharField(max_length=80, verbose_name='決裁者')),
                ('decided_at', models.DateTimeField(verbose_name='決裁日時')),
            ],
            options={
                'db_table': 'rate_decision',
            },
        ),
        migrations.AddConstraint(
            model_name='rateyear',
            constraint=models.CheckConstraint(condition=models.Q(('after__range', (0, 200)), ('first_month__range', (0, 200)), ('refund__range', (0, 200))), name='rate_year_per_mille'),
        ),
        migrations.AddConstraint(
            model_name='claimincrease',
            constraint=models.CheckConstraint(condition=models.Q(('amount', 0), _negated=True), name='claim_increase_amount'),
        ),
        *(
            migrations.RunSQL(
                f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
                " FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change()",
                f"DROP TRIGGER {table}_append_only ON {table}",
            )
            for table in APPEND_ONLY
        ),
    ]
