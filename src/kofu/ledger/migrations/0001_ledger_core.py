"""Notices, claims, payments, entries and their transfers; the balances that follow from them."""

import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.datetime
from django.db import migrations, models


# Beside the rights of the roles: not even the owner of the tables changes what was recorded, without first taking the
# trigger away (P12).
REFUSE_CHANGE = """
CREATE FUNCTION ledger_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are never changed or deleted', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END
$$
"""
APPEND_ONLY = ("notice", "claim", "payment", "entry", "transfer")


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='Claim',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('installment', models.CharField(max_length=8, verbose_name='期別')),
                ('due_date', models.DateField(verbose_name='納期限')),
            ],
            options={
                'db_table': 'claim',
            },
        ),
        migrations.CreateModel(
            name='Payment',
            fields=[
                ('id', models.UUIDField(primary_key=True, serialize=False)),
                ('municipality_code', models.CharField(max_length=6, verbose_name='全国地方公共団体コード')),
                ('key', models.CharField(max_length=120, verbose_name='収納の識別（チャネル・ファイル・行）')),
                ('channel', models.CharField(max_length=20, verbose_name='納付チャネル')),
                ('received_on', models.DateField(verbose_name='領収日')),
                ('booked_on', models.DateField(verbose_name='会計日')),
                ('amount', models.BigIntegerField(verbose_name='領収額')),
                ('office', models.CharField(blank=True, max_length=20, verbose_name='収納場所')),
                ('notice_number', models.CharField(blank=True, max_length=20, verbose_name='通知書番号（読取り）')),
                ('installment', models.CharField(blank=True, max_length=8, verbose_name='期別（読取り）')),
                ('batch_id', models.UUIDField(null=True, verbose_name='受入')),
                ('source', models.CharField(blank=True, max_length=200, verbose_name='出所（ファイルと行）')),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'db_table': 'payment',
            },
        ),
        migrations.CreateModel(
            name='Taxpayer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('municipality_code', models.CharField(max_length=6, verbose_name='全国地方公共団体コード')),
                ('addressee_number', models.CharField(max_length=15, verbose_name='宛名番号')),
                ('name', models.CharField(max_length=120, verbose_name='氏名')),
                ('kana', models.CharField(blank=True, max_length=120, verbose_name='フリガナ')),
                ('search_kana', models.CharField(blank=True, max_length=120, verbose_name='検索用カナ（清音化）')),
                ('search_name', models.CharField(blank=True, max_length=120, verbose_name='検索用氏名（異体字を除く）')),
                ('birthday', models.CharField(blank=True, max_length=10, verbose_name='生年月日（不詳は ??）')),
                ('postal_code', models.CharField(blank=True, max_length=7, verbose_name='郵便番号')),
                ('address', models.CharField(blank=True, max_length=200, verbose_name='住所')),
                ('status', models.CharField(default='resident', max_length=12, verbose_name='住民区分')),
                ('status_date', models.DateField(null=True, verbose_name='異動年月日')),
                ('protected', models.BooleanField(default=False, verbose_name='支援措置')),
            ],
            options={
                'db_table': 'taxpayer',
            },
        ),
        migrations.CreateModel(
            name='Transfer',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('debit', models.CharField(max_length=24, verbose_name='借方')),
                ('credit', models.CharField(max_length=24, verbose_name='貸方')),
                ('amount', models.BigIntegerField(verbose_name='金額')),
            ],
            options={
                'db_table': 'transfer',
            },
        ),
        migrations.CreateModel(
            name='ClaimBalance',
            fields=[
                ('claim', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='balance', serialize=False, to='ledger.claim')),
                ('assessed', models.BigIntegerField(default=0, verbose_name='調定額')),
                ('paid', models.BigIntegerField(default=0, verbose_name='納付済額')),
                ('waived', models.BigIntegerField(default=0, verbose_name='減免額')),
                ('written_off', models.BigIntegerField(default=0, verbose_name='不納欠損額')),
                ('interest_assessed', models.BigIntegerField(default=0, verbose_name='延滞金調定額')),
                ('interest_paid', models.BigIntegerField(default=0, verbose_name='延滞金納付済額')),
                ('interest_waived', models.BigIntegerField(default=0, verbose_name='延滞金減免額')),
                ('interest_written_off', models.BigIntegerField(default=0, verbose_name='延滞金不納欠損額')),
                ('settled_on', models.DateField(null=True, verbose_name='完納等の日')),
                ('due', models.GeneratedField(db_persist=True, expression=django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(models.F('assessed'), '-', models.F('paid')), '-', models.F('waived')), '-', models.F('written_off')), output_field=models.BigIntegerField(), verbose_name='収入未済額')),
                ('interest_due', models.GeneratedField(db_persist=True, expression=django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(models.F('interest_assessed'), '-', models.F('interest_paid')), '-', models.F('interest_waived')), '-', models.F('interest_written_off')), output_field=models.BigIntegerField(), verbose_name='延滞金未収額')),
            ],
            options={
                'db_table': 'claim_balance',
            },
        ),
        migrations.CreateModel(
            name='Entry',
            fields=[
                ('id', models.UUIDField(primary_key=True, serialize=False)),
                ('sequence', models.BigIntegerField(unique=True, verbose_name='順序')),
                ('kind', models.CharField(max_length=30, verbose_name='種類')),
                ('effective_on', models.DateField(verbose_name='効力発生日')),
                ('booked_on', models.DateField(verbose_name='会計日')),
                ('actor', models.CharField(max_length=80, verbose_name='担当')),
                ('source', models.CharField(blank=True, max_length=200, verbose_name='出所')),
                ('reason', models.CharField(blank=True, max_length=200, verbose_name='事由')),
                ('detail', models.JSONField(default=dict, verbose_name='計算')),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'db_table': 'entry',
                'indexes': [models.Index(fields=['booked_on', 'kind'], name='entry_booked_on')],
            },
        ),
        migrations.CreateModel(
            name='Notice',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('municipality_code', models.CharField(max_length=6, verbose_name='全国地方公共団体コード')),
                ('notice_number', models.CharField(max_length=20, verbose_name='通知書番号')),
                ('addressee_number', models.CharField(max_length=15, verbose_name='宛名番号')),
                ('tax', models.CharField(max_length=20, verbose_name='税目')),
                ('fiscal_year', models.SmallIntegerField(verbose_name='課税年度')),
                ('origin_year', models.SmallIntegerField(verbose_name='相当年度')),
                ('collection_method', models.CharField(max_length=10, verbose_name='徴収区分')),
                ('statutory_due_date', models.DateField(verbose_name='法定納期限')),
                ('plate_number', models.CharField(blank=True, max_length=20, verbose_name='標識番号')),
                ('chassis_last4', models.CharField(blank=True, max_length=4, verbose_name='車台番号下4桁')),
                ('inspected', models.BooleanField(default=False, verbose_name='継続検査対象')),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'db_table': 'notice',
                'indexes': [models.Index(fields=['municipality_code', 'addressee_number'], name='notice_of_addressee')],
                'constraints': [models.UniqueConstraint(fields=('municipality_code', 'notice_number'), name='notice_number_once')],
            },
        ),
        migrations.AddField(
            model_name='claim',
            name='notice',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='claims', to='ledger.notice'),
        ),
        migrations.CreateModel(
            name='PaymentBalance',
            fields=[
                ('payment', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='balance', serialize=False, to='ledger.payment')),
                ('received', models.BigIntegerField(default=0)),
                ('added', models.BigIntegerField(default=0, verbose_name='充当した還付加算金')),
                ('allocated', models.BigIntegerField(default=0)),
                ('suspense', models.BigIntegerField(default=0)),
                ('overpaid', models.BigIntegerField(default=0)),
                ('in_error', models.BigIntegerField(default=0)),
                ('refundable', models.BigIntegerField(default=0)),
                ('refunded', models.BigIntegerField(default=0)),
                ('lapsed', models.BigIntegerField(default=0)),
            ],
            options={
                'db_table': 'payment_balance',
            },
        ),
        migrations.AddIndex(
            model_name='payment',
            index=models.Index(fields=['booked_on'], name='payment_booked_on'),
        ),
        migrations.AddIndex(
            model_name='payment',
            index=models.Index(fields=['batch_id'], name='payment_batch'),
        ),
        migrations.AddIndex(
            model_name='payment',
            index=models.Index(fields=['notice_number'], name='payment_notice'),
        ),
        migrations.AddConstraint(
            model_name='payment',
            constraint=models.UniqueConstraint(fields=('municipality_code', 'key'), name='payment_once'),
        ),
        migrations.AddConstraint(
            model_name='payment',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='payment_amount'),
        ),
        migrations.AddIndex(
            model_name='taxpayer',
            index=models.Index(fields=['search_kana'], name='taxpayer_kana', opclasses=['text_pattern_ops']),
        ),
        migrations.AddIndex(
            model_name='taxpayer',
            index=models.Index(fields=['search_name'], name='taxpayer_name', opclasses=['text_pattern_ops']),
        ),
        migrations.AddConstraint(
            model_name='taxpayer',
            constraint=models.UniqueConstraint(fields=('municipality_code', 'addressee_number'), name='taxpayer_addressee'),
        ),
        migrations.AddField(
            model_name='transfer',
            name='claim',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='transfers', to='ledger.claim'),
        ),
        migrations.AddField(
            model_name='transfer',
            name='entry',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='transfers', to='ledger.entry'),
        ),
        migrations.AddField(
            model_name='transfer',
            name='payment',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='transfers', to='ledger.payment'),
        ),
        migrations.AddIndex(
            model_name='claimbalance',
            index=models.Index(condition=models.Q(('due__gt', 0), ('interest_due__gt', 0), _connector='OR'), fields=['claim'], name='claim_balance_open'),
        ),
        migrations.AddConstraint(
            model_name='claimbalance',
            constraint=models.CheckConstraint(condition=models.Q(('assessed__gte', 0), ('due__gte', 0), ('paid__gte', 0), ('waived__gte', 0), ('written_off__gte', 0)), name='claim_balance_principal'),
        ),
        migrations.AddConstraint(
            model_name='claimbalance',
            constraint=models.CheckConstraint(condition=models.Q(('interest_assessed__gte', 0), ('interest_due__gte', 0), ('interest_paid__gte', 0), ('interest_waived__gte', 0), ('interest_written_off__gte', 0)), name='claim_balance_interest'),
        ),
        migrations.AddIndex(
            model_name='claim',
            index=models.Index(fields=['due_date'], name='claim_due_date'),
        ),
        migrations.AddConstraint(
            model_name='claim',
            constraint=models.UniqueConstraint(fields=('notice', 'installment'), name='claim_once'),
        ),
        migrations.AddIndex(
            model_name='paymentbalance',
            index=models.Index(condition=models.Q(('suspense__gt', 0)), fields=['payment'], name='payment_in_suspense'),
        ),
        migrations.AddIndex(
            model_name='paymentbalance',
            index=models.Index(condition=models.Q(('overpaid__gt', 0), ('in_error__gt', 0), _connector='OR'), fields=['payment'], name='payment_owed_back'),
        ),
        migrations.AddConstraint(
            model_name='paymentbalance',
            constraint=models.CheckConstraint(condition=models.Q(('added__gte', 0), ('allocated__gte', 0), ('in_error__gte', 0), ('lapsed__gte', 0), ('overpaid__gte', 0), ('received__gte', 0), ('refundable__gte', 0), ('refunded__gte', 0), ('suspense__gte', 0)), name='payment_balance_parts'),
        ),
        migrations.AddConstraint(
            model_name='paymentbalance',
            constraint=models.CheckConstraint(condition=models.Q(('received', django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(models.F('allocated'), '+', models.F('suspense')), '+', models.F('overpaid')), '+', models.F('in_error')), '+', models.F('refundable')), '+', models.F('refunded')), '+', models.F('lapsed')), '-', models.F('added')))), name='payment_balance_whole'),
        ),
        migrations.CreateModel(
            name='Share',
            fields=[
                ('pk', models.CompositePrimaryKey('payment', 'claim', blank=True, editable=False, primary_key=True, serialize=False)),
                ('payment', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='shares', to='ledger.payment')),
                ('claim', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='shares', to='ledger.claim')),
                ('principal', models.BigIntegerField(default=0)),
                ('interest', models.BigIntegerField(default=0)),
                ('overpaid', models.BigIntegerField(default=0)),
                ('in_error', models.BigIntegerField(default=0)),
                ('refundable', models.BigIntegerField(default=0)),
                ('refunded', models.BigIntegerField(default=0)),
                ('lapsed', models.BigIntegerField(default=0)),
                ('refund_interest', models.BigIntegerField(default=0)),
                ('refund_interest_paid', models.BigIntegerField(default=0)),
                ('refund_interest_applied', models.BigIntegerField(default=0)),
            ],
            options={
                'db_table': 'share',
            },
        ),
        migrations.AddConstraint(
            model_name='share',
            constraint=models.CheckConstraint(condition=models.Q(('in_error__gte', 0), ('interest__gte', 0), ('lapsed__gte', 0), ('overpaid__gte', 0), ('principal__gte', 0), ('refund_interest__gte', django.db.models.expressions.CombinedExpression(models.F('refund_interest_paid'), '+', models.F('refund_interest_applied'))), ('refund_interest_applied__gte', 0), ('refund_interest_paid__gte', 0), ('refundable__gte', 0), ('refunded__gte', 0)), name='share_parts'),
        ),
        migrations.AddConstraint(
            model_name='transfer',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='transfer_amount'),
        ),
        migrations.AddConstraint(
            model_name='transfer',
            constraint=models.CheckConstraint(condition=models.Q(('debit', models.F('credit')), _negated=True), name='transfer_moves'),
        ),
        migrations.AddConstraint(
            model_name='transfer',
            constraint=models.CheckConstraint(condition=models.Q(('claim__isnull', False), ('payment__isnull', False), _connector='OR'), name='transfer_place'),
        ),
        migrations.RunSQL(
            "ALTER TABLE entry ALTER COLUMN sequence ADD GENERATED ALWAYS AS IDENTITY",
            "ALTER TABLE entry ALTER COLUMN sequence DROP IDENTITY",
        ),
        migrations.RunSQL(REFUSE_CHANGE, "DROP FUNCTION ledger_refuse_change()"),
        *(
            migrations.RunSQL(
                f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
                " FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change()",
                f"DROP TRIGGER {table}_append_only ON {table}",
            )
            for table in APPEND_ONLY
        ),
    ]
