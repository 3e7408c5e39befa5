"""Who receives for a person: heirs, tax agents, forwarding; what was sent where; payees of a dead person's refund."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models


APPEND_ONLY = (
    "inheritance", "heir", "inheritance_event", "tax_agent", "tax_agent_event", "forwarding", "forwarding_event",
    "outgoing_document", "refund_payee", "refund_payee_event",
)


class Migration(migrations.Migration):

    dependencies = [
        ('ledger', '0014_counter_certificates'),
    ]

    operations = [
        migrations.CreateModel(
            name='Forwarding',
            fields=[
                ('id', models.UUIDField(primary_key=True, serialize=False)),
                ('municipality_code', models.CharField(max_length=6, verbose_name='全国地方公共団体コード')),
                ('addressee_number', models.CharField(max_length=15, verbose_name='宛名番号')),
                ('postal_code', models.CharField(blank=True, max_length=7, verbose_name='郵便番号')),
                ('address', models.CharField(max_length=200, verbose_name='送付先')),
                ('care_of', models.CharField(blank=True, max_length=60, verbose_name='様方')),
                ('reason', models.CharField(max_length=200, verbose_name='理由')),
                ('confirmed', models.BooleanField(verbose_name='支援措置の本人の確認')),
                ('valid_from', models.DateField(verbose_name='始期')),
                ('valid_until', models.DateField(null=True, verbose_name='終期')),
                ('registered_by', models.CharField(max_length=80, verbose_name='登録者')),
                ('registered_at', models.DateTimeField(verbose_name='登録日時')),
            ],
            options={
                'db_table': 'forwarding',
                'indexes': [models.Index(fields=['municipality_code', 'addressee_number'], name='forwarding_person')],
            },
        ),
        migrations.CreateModel(
            name='ForwardingEvent',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('event', models.CharField(max_length=12, verbose_name='出来事')),
                ('effective_on', models.DateField(verbose_name='その日')),
                ('actor', models.CharField(max_length=80, verbose_name='担当')),
                ('occurred_at', models.DateTimeField(verbose_name='日時')),
                ('reason', models.CharField(blank=True, max_length=200, verbose_name='理由')),
                ('forwarding', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='events', to='ledger.forwarding')),
            ],
            options={
                'db_table': 'forwarding_event',
            },
        ),
        migrations.CreateModel(
            name='Inheritance',
            fields=[
                ('id', models.UUIDField(primary_key=True, serialize=False)),
                ('municipality_code', models.CharField(max_length=6, verbose_name='全国地方公共団体コード')),
                ('addressee_number', models.CharField(max_length=15, verbose_name='被相続人の宛名番号')),
                ('basis', models.CharField(max_length=12, verbose_name='根拠')),
                ('died_on', models.DateField(verbose_name='死亡年月日')),
                ('filed_on', models.DateField(verbose_name='届出・調査の日')),
                ('declare_by', models.DateField(null=True, verbose_name='届出を求めた期限')),
                ('registered_by', models.CharField(max_length=80, verbose_name='登録者')),
                ('registered_at', models.DateTimeField(verbose_name='登録日時')),
            ],
            options={
                'db_table': 'inheritance',
                'indexes': [models.Index(fields=['municipality_code', 'addressee_number'], name='inheritance_person')],
            },
        ),
        migrations.CreateModel(
            name='Heir',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('position', models.SmallIntegerField(verbose_name='順序')),
                ('name', models.CharField(max_length=120, verbose_name='氏名')),
                ('postal_code', models.CharField(blank=True, max_length=7, verbose_name='郵便番号')),
                ('address', models.CharField(max_length=200, verbose_name='住所')),
                ('relation', models.CharField(max_length=20, verbose_name='続柄')),
                ('share_numerator', models.IntegerField(verbose_name='相続分（分子）')),
                ('share_denominator', models.IntegerField(verbose_name='相続分（分母）')),
                ('signed', models.BooleanField(verbose_name='連署')),
                ('addressee_number', models.CharField(blank=True, max_length=15, verbose_name='宛名番号')),
                ('corporate_number', models.CharField(blank=True, max_length=13, verbose_name='法人番号')),
                ('protected', models.BooleanField(default=False, verbose_name='支援措置')),
                ('inheritance', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='heirs', to='ledger.inheritance')),
            ],
            options={
                'db_table': 'heir',
            },
        ),
        migrations.CreateModel(
            name='InheritanceEvent',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('event', models.CharField(max_length=12, verbose_name='出来事')),
                ('state', models.CharField(max_length=12, verbose_name='その後の状態')),
                ('position', models.SmallIntegerField(null=True, verbose_name='相続人の順序')),
                ('effective_on', models.DateField(verbose_name='効力の日')),
                ('actor', models.CharField(max_length=80, verbose_name='担当')),
                ('occurred_at', models.DateTimeField(verbose_name='日時')),
                ('reason', models.CharField(blank=True, max_length=200, verbose_name='理由')),
                ('inheritance', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='events', to='ledger.inheritance')),
            ],
            options={
                'db_table': 'inheritance_event',
            },
        ),
        migrations.CreateModel(
            name='OutgoingDocument',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('municipality_code', models.CharField(max_length=6, verbose_name='全国地方公共団体コード')),
                ('addressee_number', models.CharField(max_length=15, verbose_name='宛名番号')),
                ('document', models.CharField(max_length=24, verbose_name='書類')),
                ('reference', models.CharField(max_length=60, verbose_name='番号')),
                ('role', models.CharField(max_length=16, verbose_name='受取人の資格')),
                ('why', models.CharField(max_length=24, verbose_name='理由')),
                ('name', models.CharField(max_length=120, verbose_name='受取人')),
                ('postal_code', models.CharField(blank=True, max_length=7, verbose_name='郵便番号')),
                ('address', models.CharField(max_length=300, verbose_name='送付先')),
                ('made_by', models.CharField(max_length=80, verbose_name='作成者')),
                ('made_at', models.DateTimeField(verbose_name='作成日時')),
            ],
            options={
                'db_table': 'outgoing_document',
                'indexes': [models.Index(fields=['municipality_code', 'addressee_number', 'made_at'], name='outgoing_of_person')],
            },
        ),
        migrations.CreateModel(
            name='RefundPayee',
            fields=[
                ('id', models.UUIDField(primary_key=True, serialize=False)),
                ('position', models.SmallIntegerField(verbose_name='順序')),
                ('basis', models.CharField(max_length=12, verbose_name='根拠（相続分・遺産分割）')),
                ('amount', models.BigIntegerField(verbose_name='金額')),
                ('begins_at', models.BigIntegerField(verbose_name='還付額のうちの位置')),
                ('bank_code', models.CharField(max_length=4, verbose_name='金融機関コード')),
                ('branch_code', models.CharField(max_length=3, verbose_name='店舗コード')),
                ('account_type', models.CharField(max_length=1, verbose_name='預金種目')),
                ('account_number', models.CharField(max_length=7, verbose_name='口座番号')),
                ('account_holder', models.CharField(max_length=60, verbose_name='口座名義（カナ）')),
                ('claimed_on', models.DateField(verbose_name='請求日')),
                ('registered_by', models.CharField(max_length=80, verbose_name='登録者')),
                ('registered_at', models.DateTimeField(verbose_name='登録日時')),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='payees', to='ledger.refundcase')),
                ('heir', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='refunds', to='ledger.heir')),
                ('replaces', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='replaced_by', to='ledger.refundpayee')),
            ],
            options={
                'db_table': 'refund_payee',
            },
        ),
        migrations.CreateModel(
            name='RefundPayeeEvent',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('event', models.CharField(max_length=16, verbose_name='出来事')),
                ('effective_on', models.DateField(verbose_name='その日')),
                ('source', models.CharField(max_length=200, verbose_name='出所')),
                ('actor', models.CharField(max_length=80, verbose_name='担当')),
                ('occurred_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('payee', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='events', to='ledger.refundpayee')),
            ],
            options={
                'db_table': 'refund_payee_event',
            },
        ),
        migrations.CreateModel(
            name='TaxAgent',
            fields=[
                ('id', models.UUIDField(primary_key=True, serialize=False)),
                ('number', models.BigIntegerField(unique=True, verbose_name='番号')),
                ('municipality_code', models.CharField(max_length=6, verbose_name='全国地方公共団体コード')),
                ('addressee_number', models.CharField(max_length=15, verbose_name='納税義務者の宛名番号')),
                ('name', models.CharField(max_length=120, verbose_name='氏名')),
                ('postal_code', models.CharField(blank=True, max_length=7, verbose_name='郵便番号')),
                ('address', models.CharField(max_length=200, verbose_name='住所')),
                ('inside', models.BooleanField(verbose_name='条例で定める地域内')),
                ('taxes', models.JSONField(default=list, verbose_name='税目')),
                ('may_certify', models.BooleanField(verbose_name='証明書の申請')),
                ('confirmed', models.BooleanField(verbose_name='支援措置の本人の確認')),
                ('filed_on', models.DateField(verbose_name='申告・申請の日')),
                ('valid_from', models.DateField(verbose_name='始期')),
                ('valid_until', models.DateField(null=True, verbose_name='終期')),
                ('registered_by', models.CharField(max_length=80, verbose_name='登録者')),
                ('registered_at', models.DateTimeField(verbose_name='登録日時')),
                ('replaces', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='replaced_by', to='ledger.taxagent')),
            ],
            options={
                'db_table': 'tax_agent',
            },
        ),
        migrations.CreateModel(
            name='TaxAgentEvent',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('event', models.CharField(max_length=12, verbose_name='出来事')),
                ('state', models.CharField(max_length=12, verbose_name='その後の状態')),
                ('effective_on', models.DateField(verbose_name='効力の日')),
                ('actor', models.CharField(max_length=80, verbose_name='担当')),
                ('occurred_at', models.DateTimeField(verbose_name='日時')),
                ('reason', models.CharField(blank=True, max_length=200, verbose_name='理由')),
                ('agent', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='events', to='ledger.taxagent')),
            ],
            options={
                'db_table': 'tax_agent_event',
            },
        ),
        migrations.AddConstraint(
            model_name='heir',
            constraint=models.UniqueConstraint(fields=('inheritance', 'position'), name='heir_once'),
        ),
        migrations.AddConstraint(
            model_name='heir',
            constraint=models.CheckConstraint(condition=models.Q(('share_denominator__gt', 0), ('share_numerator__gt', 0)), name='heir_share_positive'),
        ),
        migrations.AddConstraint(
            model_name='refundpayee',
            constraint=models.UniqueConstraint(fields=('case', 'position'), name='refund_payee_once'),
        ),
        migrations.AddConstraint(
            model_name='refundpayee',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gt', 0), ('begins_at__gte', 0)), name='refund_payee_amount'),
        ),
        migrations.AddConstraint(
            model_name='refundpayeeevent',
            constraint=models.UniqueConstraint(fields=('payee', 'event'), name='refund_payee_event_once'),
        ),
        migrations.AddIndex(
            model_name='taxagent',
            index=models.Index(fields=['municipality_code', 'addressee_number'], name='tax_agent_person'),
        ),
        migrations.RunSQL(
            "ALTER TABLE tax_agent ALTER COLUMN number ADD GENERATED ALWAYS AS IDENTITY",
            "ALTER TABLE tax_agent ALTER COLUMN number DROP IDENTITY",
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
