"""Contractors, contracts, rosters, proofs of erasure, reviews of accounts; a worker's session ends with them."""

import django.db.models.deletion
from django.db import migrations, models

#: The days of a contractor's account are those of its account, its line and its contract together.
OPERATOR_OF = """
CREATE OR REPLACE FUNCTION staff_operator_of(in_hash bytea) RETURNS TABLE (
    id bigint, login varchar, office_id varchar, role varchar, os_uid bigint, expires_at timestamptz, ended_at timestamptz,
    active_from date, active_to date, password_is_initial boolean, demonstration boolean
) LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT s.id, a.login, a.office_id, a.role, s.os_uid, s.expires_at, s.ended_at, a.active_from,
           CASE WHEN a.role = 'contractor' AND NOT public.staff_on_roster(a.login, (now() AT TIME ZONE 'Asia/Tokyo')::date)
                THEN a.active_from - 1 ELSE a.active_to END,
           a.password_is_initial, a.demonstration
    FROM public.staff_operator_session s JOIN public.staff_account a ON a.id = s.account_id WHERE s.token_hash = in_hash
$$;
"""
ON_ROSTER = """
CREATE FUNCTION staff_on_roster(in_login varchar, in_day date) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT EXISTS (SELECT 1 FROM public.staff_roster_worker w JOIN public.staff_service_contract c ON c.id = w.contract_id
                   WHERE w.login = in_login AND w.confirmed_by <> '' AND w.trained_on <= in_day AND w.pledged_on <= in_day
                     AND w.starts_on <= in_day AND (w.ends_on IS NULL OR w.ends_on >= in_day)
                     AND c.starts_on <= in_day AND c.ends_on >= in_day)
$$;
REVOKE ALL ON FUNCTION staff_on_roster(varchar, date) FROM PUBLIC;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('staff', '0005_account_changes'),
    ]

    operations = [
        migrations.CreateModel(
            name='Contractor',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=64, unique=True, verbose_name='委託先')),
            ],
            options={
                'db_table': 'staff_contractor',
                'ordering': ['name'],
            },
        ),
        migrations.CreateModel(
            name='AccountReview',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('half_year', models.DateField(verbose_name='半期の初日')),
                ('login', models.CharField(max_length=32, verbose_name='ログインID')),
                ('role', models.CharField(max_length=32, verbose_name='役割')),
                ('office_code', models.CharField(max_length=16, verbose_name='所属コード')),
                ('signed_by', models.CharField(max_length=32, verbose_name='確認者')),
                ('signed_at', models.DateTimeField(verbose_name='確認日時')),
            ],
            options={
                'db_table': 'staff_account_review',
                'constraints': [models.CheckConstraint(condition=models.Q(('signed_by', models.F('login')), _negated=True), name='staff_account_review_not_own'), models.UniqueConstraint(fields=('half_year', 'login', 'role', 'office_code'), name='staff_account_review_once')],
            },
        ),
        migrations.CreateModel(
            name='ErasureProof',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('thing', models.CharField(max_length=16, verbose_name='対象')),
                ('subject', models.CharField(max_length=36, verbose_name='対象の番号')),
                ('way', models.CharField(max_length=16, verbose_name='処理')),
                ('erased_on', models.DateField(verbose_name='返還・消去の日')),
                ('certificate', models.CharField(max_length=64, verbose_name='消去証明書の番号')),
                ('certified_by', models.CharField(max_length=64, verbose_name='証明者（委託先）')),
                ('recorded_by', models.CharField(max_length=32, verbose_name='登録者')),
                ('recorded_at', models.DateTimeField(verbose_name='登録日時')),
            ],
            options={
                'db_table': 'staff_erasure_proof',
                'ordering': ['-pk'],
                'constraints': [models.CheckConstraint(condition=models.Q(('thing__in', ['contract', 'delivery'])), name='staff_erasure_proof_thing_words'), models.CheckConstraint(condition=models.Q(('way__in', ['returned', 'erased', 'both'])), name='staff_erasure_proof_way_words'), models.UniqueConstraint(fields=('thing', 'subject'), name='staff_erasure_proof_once')],
            },
        ),
        migrations.CreateModel(
            name='ServiceContract',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('title', models.CharField(max_length=64, verbose_name='件名')),
                ('work', models.CharField(max_length=16, verbose_name='業務')),
                ('starts_on', models.DateField(verbose_name='契約開始日')),
                ('ends_on', models.DateField(verbose_name='契約終了日')),
                ('responsible', models.CharField(max_length=64, verbose_name='取扱責任者')),
                ('recorded_by', models.CharField(max_length=32, verbose_name='登録者')),
                ('recorded_at', models.DateTimeField(verbose_name='登録日時')),
                ('contractor', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='contracts', to='staff.contractor')),
            ],
            options={
                'db_table': 'staff_service_contract',
                'ordering': ['-ends_on', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='RosterWorker',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=64, verbose_name='作業者')),
                ('login', models.CharField(blank=True, default='', max_length=32, verbose_name='ログインID')),
                ('starts_on', models.DateField(verbose_name='従事開始日')),
                ('ends_on', models.DateField(null=True, verbose_name='従事終了日')),
                ('trained_on', models.DateField(null=True, verbose_name='教育の日')),
                ('pledged_on', models.DateField(null=True, verbose_name='誓約の日')),
                ('recorded_by', models.CharField(max_length=32, verbose_name='登録者')),
                ('recorded_at', models.DateTimeField(verbose_name='登録日時')),
                ('confirmed_by', models.CharField(default='', max_length=32, verbose_name='確認者')),
                ('confirmed_at', models.DateTimeField(null=True, verbose_name='確認日時')),
                ('contract', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='workers', to='staff.servicecontract')),
            ],
            options={
                'db_table': 'staff_roster_worker',
                'ordering': ['pk'],
            },
        ),
        migrations.AddConstraint(
            model_name='servicecontract',
            constraint=models.CheckConstraint(condition=models.Q(('work__in', ['maintenance', 'data_entry'])), name='staff_service_contract_work_words'),
        ),
        migrations.AddConstraint(
            model_name='servicecontract',
            constraint=models.CheckConstraint(condition=models.Q(('ends_on__gte', models.F('starts_on'))), name='staff_service_contract_days'),
        ),
        migrations.AddConstraint(
            model_name='rosterworker',
            constraint=models.CheckConstraint(condition=models.Q(('confirmed_by', models.F('recorded_by')), _negated=True), name='staff_roster_worker_two_people'),
        ),
        migrations.AddConstraint(
            model_name='rosterworker',
            constraint=models.CheckConstraint(condition=models.Q(('ends_on__isnull', True), ('ends_on__gte', models.F('starts_on')), _connector='OR'), name='staff_roster_worker_days'),
        ),
        migrations.AddField("staffaccount", "session_mark", models.CharField(default="", max_length=32)),
        migrations.RunSQL(ON_ROSTER + OPERATOR_OF, migrations.RunSQL.noop),
    ]
