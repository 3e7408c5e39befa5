"""督促, what bears on 時効, decisions about single claims."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('ledger', '0007_collection_report'),
    ]

    operations = [
        migrations.CreateModel(
            name='DunningRun',
            fields=[
                ('id', models.UUIDField(primary_key=True, serialize=False)),
                ('municipality_code', models.CharField(max_length=6, verbose_name='全国地方公共団体コード')),
                ('closed_day', models.DateField(verbose_name='締めた会計日')),
                ('issued_on', models.DateField(verbose_name='発送日（予定）')),
                ('state', models.CharField(max_length=12, verbose_name='状態')),
                ('lines', models.JSONField(default=list, verbose_name='対象')),
                ('left_out', models.JSONField(default=dict, verbose_name='除いたもの（理由ごとの件数）')),
                ('count', models.IntegerField(verbose_name='件数')),
                ('total', models.BigIntegerField(verbose_name='本税の合計')),
                ('drawn_by', models.CharField(max_length=80, verbose_name='抽出者')),
                ('drawn_at', models.DateTimeField(verbose_name='抽出日時')),
                ('approved_by', models.CharField(blank=True, max_length=80, verbose_name='決裁者')),
                ('approved_at', models.DateTimeField(null=True, verbose_name='決裁日時')),
                ('sent_on', models.DateField(null=True, verbose_name='発送日')),
            ],
            options={
                'db_table': 'dunning_run',
            },
        ),
        migrations.CreateModel(
            name='ArrearsEvent',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('happening', models.CharField(max_length=16, verbose_name='出来事')),
                ('on', models.DateField(verbose_name='その日')),
                ('until', models.DateField(null=True, verbose_name='終わりの日')),
                ('withdrawn', models.BooleanField(default=False, verbose_name='取下げ・解除')),
                ('reason', models.CharField(blank=True, max_length=200, verbose_name='理由')),
                ('actor', models.CharField(max_length=80, verbose_name='担当')),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('claim', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='arrears_events', to='ledger.claim')),
                ('ends', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='ended_by', to='ledger.arrearsevent')),
            ],
            options={
                'db_table': 'arrears_event',
            },
        ),
        migrations.CreateModel(
            name='DunningLetter',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('due', models.BigIntegerField(verbose_name='未納額（本税）')),
                ('late', models.BooleanField(verbose_name='20日を過ぎた発送')),
                ('issued_on', models.DateField(verbose_name='発した日')),
                ('claim', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='dunning_letter', to='ledger.claim')),
                ('run', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='letters', to='ledger.dunningrun')),
            ],
            options={
                'db_table': 'dunning_letter',
            },
        ),
        migrations.CreateModel(
            name='ClaimDecision',
            fields=[
                ('id', models.UUIDField(primary_key=True, serialize=False)),
                ('kind', models.CharField(max_length=16, verbose_name='種類')),
                ('amount', models.BigIntegerField(verbose_name='金額（本税と延滞金）')),
                ('reason', models.CharField(max_length=200, verbose_name='事由')),
                ('basis', models.JSONField(default=list, verbose_name='根拠')),
                ('state', models.CharField(max_length=12, verbose_name='状態')),
                ('proposed_by', models.CharField(max_length=80, verbose_name='起案者')),
                ('proposed_at', models.DateTimeField(verbose_name='起案日時')),
                ('decided_by', models.CharField(blank=True, max_length=80, verbose_name='決裁者')),
                ('decided_at', models.DateTimeField(null=True, verbose_name='決裁日時')),
                ('claim', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='decisions', to='ledger.claim')),
            ],
            options={
                'db_table': 'claim_decision',
                'constraints': [models.UniqueConstraint(condition=models.Q(('state', 'proposed')), fields=('claim', 'kind'), name='claim_decision_one_proposal')],
            },
        ),
        *(
            migrations.RunSQL(
                f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
                " FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change()",
                f"DROP TRIGGER {table}_append_only ON {table}",
            )
            for table in ("dunning_letter", "arrears_event")
        ),
    ]
