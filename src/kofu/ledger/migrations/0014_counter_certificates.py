"""Certificates at the counter: applications, copies, what happened; cases and the findings on them."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

APPEND_ONLY = ("counter_application", "counter_copy", "counter_event", "counter_case", "counter_finding")
NUMBERED = ("counter_application", "counter_case")


class Migration(migrations.Migration):

    dependencies = [
        ('ledger', '0010_assessment_statement'),
    ]

    operations = [
        migrations.CreateModel(
            name='CounterApplication',
            fields=[
                ('id', models.UUIDField(primary_key=True, serialize=False)),
                ('number', models.BigIntegerField(unique=True, verbose_name='受付番号')),
                ('municipality_code', models.CharField(max_length=6, verbose_name='全国地方公共団体コード')),
                ('addressee_number', models.CharField(max_length=15, verbose_name='宛名番号')),
                ('body_digest', models.CharField(max_length=64, verbose_name='申請内容の SHA-256')),
                ('applicant', models.CharField(max_length=12, verbose_name='申請者')),
                ('applicant_name', models.CharField(blank=True, max_length=120, verbose_name='申請者の氏名（本人以外）')),
                ('right_shown', models.BooleanField(verbose_name='資格を示す書類の確認')),
                ('identity', models.JSONField(default=list, verbose_name='本人確認書類の種類')),
                ('purpose', models.CharField(max_length=20, verbose_name='使用目的')),
                ('kind', models.CharField(max_length=20, verbose_name='証明書の種類')),
                ('years', models.JSONField(default=list, verbose_name='年度')),
                ('copies', models.SmallIntegerField(verbose_name='部数')),
                ('plate_number', models.CharField(blank=True, max_length=20, verbose_name='標識番号')),
                ('free_reason', models.CharField(blank=True, max_length=20, verbose_name='無料の理由')),
                ('unpaid_accepted', models.BooleanField(verbose_name='未納の記載の了承')),
                ('office', models.CharField(max_length=16, verbose_name='受付所属')),
                ('applied_by', models.CharField(max_length=80, verbose_name='受付者')),
                ('applied_at', models.DateTimeField(verbose_name='受付日時')),
                ('replaces', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='replaced_by', to='ledger.counterapplication')),
            ],
            options={
                'db_table': 'counter_application',
            },
        ),
        migrations.CreateModel(
            name='CounterCase',
            fields=[
                ('id', models.UUIDField(primary_key=True, serialize=False)),
                ('number', models.BigIntegerField(unique=True, verbose_name='番号')),
                ('municipality_code', models.CharField(max_length=6, verbose_name='全国地方公共団体コード')),
                ('kind', models.CharField(max_length=30, verbose_name='種類')),
                ('summary', models.CharField(max_length=500, verbose_name='概要')),
                ('evidence', models.JSONField(default=list, verbose_name='判明していること')),
                ('stops', models.BooleanField(verbose_name='窓口交付を止める')),
                ('opened_by', models.CharField(max_length=80, verbose_name='起こした者')),
                ('opened_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('application', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='cases', to='ledger.counterapplication')),
            ],
            options={
                'db_table': 'counter_case',
            },
        ),
        migrations.CreateModel(
            name='CounterCopy',
            fields=[
                ('certificate_number', models.CharField(max_length=64, primary_key=True, serialize=False, verbose_name='発行番号')),
                ('position', models.SmallIntegerField(verbose_name='何通目')),
                ('fiscal_year', models.SmallIntegerField(verbose_name='年度')),
                ('title', models.CharField(max_length=60, verbose_name='題名')),
                ('form_version', models.CharField(max_length=40, verbose_name='様式')),
                ('as_of', models.DateField(verbose_name='証明日')),
                ('last_sequence', models.BigIntegerField(verbose_name='最後の仕訳の順序')),
                ('fee', models.IntegerField(verbose_name='手数料')),
                ('sha256', models.CharField(max_length=64, verbose_name='SHA-256')),
                ('facts_digest', models.CharField(max_length=64, verbose_name='事実の SHA-256')),
                ('pages', models.SmallIntegerField(verbose_name='頁数')),
                ('application', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='issued', to='ledger.counterapplication')),
            ],
            options={
                'db_table': 'counter_copy',
            },
        ),
        migrations.CreateModel(
            name='CounterEvent',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('position', models.SmallIntegerField(verbose_name='順序')),
                ('event', models.CharField(max_length=16, verbose_name='出来事')),
                ('state', models.CharField(max_length=16, verbose_name='その後の状態')),
                ('actor', models.CharField(max_length=80, verbose_name='担当')),
                ('office', models.CharField(max_length=16, verbose_name='所属')),
                ('occurred_at', models.DateTimeField(verbose_name='日時')),
                ('reason', models.CharField(blank=True, max_length=200, verbose_name='理由')),
                ('fee', models.IntegerField(default=0, verbose_name='手数料の収受')),
                ('detail', models.JSONField(default=dict, verbose_name='内容')),
                ('application', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='events', to='ledger.counterapplication')),
            ],
            options={
                'db_table': 'counter_event',
            },
        ),
        migrations.CreateModel(
            name='CounterFinding',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('signed_by', models.CharField(max_length=80, verbose_name='署名者')),
                ('finding', models.CharField(max_length=1000, verbose_name='判明したこと')),
                ('signed_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='findings', to='ledger.countercase')),
            ],
            options={
                'db_table': 'counter_finding',
            },
        ),
        migrations.AddIndex(
            model_name='counterapplication',
            index=models.Index(fields=['municipality_code', 'applied_at'], name='counter_application_day'),
        ),
        migrations.AddIndex(
            model_name='counterapplication',
            index=models.Index(fields=['municipality_code', 'addressee_number'], name='counter_application_person'),
        ),
        migrations.AddConstraint(
            model_name='countercopy',
            constraint=models.UniqueConstraint(fields=('application', 'position'), name='counter_copy_once'),
        ),
        migrations.AddConstraint(
            model_name='countercopy',
            constraint=models.CheckConstraint(condition=models.Q(('fee__gte', 0)), name='counter_copy_fee'),
        ),
        migrations.AddIndex(
            model_name='counterevent',
            index=models.Index(fields=['occurred_at'], name='counter_event_day'),
        ),
        migrations.AddIndex(
            model_name='counterevent',
            index=models.Index(condition=models.Q(('state', 'waiting')), fields=['application'], name='counter_event_waiting'),
        ),
        migrations.AddConstraint(
            model_name='counterevent',
            constraint=models.UniqueConstraint(fields=('application', 'position'), name='counter_event_once'),
        ),
        migrations.AddConstraint(
            model_name='counterfinding',
            constraint=models.UniqueConstraint(fields=('case', 'signed_by'), name='counter_finding_once'),
        ),
        *(
            migrations.RunSQL(
                f"ALTER TABLE {table} ALTER COLUMN number ADD GENERATED ALWAYS AS IDENTITY",
                f"ALTER TABLE {table} ALTER COLUMN number DROP IDENTITY",
            )
            for table in NUMBERED
        ),
        # 発行番号 of the counter count here and nowhere else (P4)
        migrations.RunSQL(
            "CREATE SEQUENCE counter_certificate_number AS bigint NO CYCLE", "DROP SEQUENCE counter_certificate_number"
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
