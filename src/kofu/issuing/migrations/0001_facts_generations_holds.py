"""Facts as versions, generations, holds, erasure records."""

import django.contrib.postgres.fields
from django.db import migrations, models


# Which message of a hold stands is computed from all of them: no row of a hold is ever changed, so no order of arrival
# and no crash can lose one (P7).
STANDING_HOLD = """
CREATE VIEW standing_hold AS
SELECT message.* FROM hold_message AS message
WHERE NOT EXISTS (
    SELECT FROM hold_message AS later
    WHERE later.municipality_code = message.municipality_code
      AND later.hold_id = message.hold_id
      AND later.revision > message.revision
)
"""

# Beside the rights of the roles: not even the owner of the tables changes what was recorded, without first taking the
# trigger away.
REFUSE_CHANGE = """
CREATE FUNCTION issuing_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are never changed or deleted', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END
$$
"""
APPEND_ONLY = ("hold_message", "generation", "erasure")


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='ActiveGeneration',
            fields=[
                ('municipality_code', models.CharField(max_length=6, primary_key=True, serialize=False)),
                ('data_generation', models.BigIntegerField(verbose_name='有効なデータ世代')),
                ('tax_feed_generation', models.BigIntegerField(default=0)),
                ('tax_business_date', models.DateField(null=True)),
                ('resident_feed_generation', models.BigIntegerField(default=0)),
                ('resident_business_date', models.DateField(null=True)),
                ('retired_before_year', models.SmallIntegerField(default=0)),
            ],
            options={
                'verbose_name': '有効なデータ世代',
                'db_table': 'active_generation',
            },
        ),
        migrations.CreateModel(
            name='Erasure',
            fields=[
                ('pk', models.CompositePrimaryKey('municipality_code', 'retired_before_year', blank=True, editable=False, primary_key=True, serialize=False)),
                ('municipality_code', models.CharField(max_length=6)),
                ('retired_before_year', models.SmallIntegerField(verbose_name='この年度より前を消去')),
                ('data_generation', models.BigIntegerField(verbose_name='消去時のデータ世代')),
                ('assessments_erased', models.BigIntegerField()),
                ('collections_erased', models.BigIntegerField()),
                ('collections_kept_unpaid', models.BigIntegerField(verbose_name='未納のため残した通知書')),
                ('rows_sha256', models.TextField(verbose_name='消去した行の要約値')),
                ('erased_at', models.DateTimeField()),
            ],
            options={
                'verbose_name': '消去記録',
                'db_table': 'erasure',
            },
        ),
        migrations.CreateModel(
            name='Assessment',
            fields=[
                ('municipality_code', models.CharField(max_length=6, verbose_name='全国地方公共団体コード')),
                ('from_generation', models.BigIntegerField(verbose_name='この世代から')),
                ('to_generation', models.BigIntegerField(default=9223372036854775807, verbose_name='この世代の前まで')),
                ('row_digest', models.UUIDField(verbose_name='行の要約値')),
                ('pk', models.CompositePrimaryKey('municipality_code', 'addressee_number', 'fiscal_year', 'to_generation', blank=True, editable=False, primary_key=True, serialize=False)),
                ('addressee_number', models.TextField(verbose_name='宛名番号')),
                ('fiscal_year', models.SmallIntegerField(verbose_name='課税年度')),
                ('taxing_right', models.BooleanField(verbose_name='課税権')),
                ('declaration', models.TextField(verbose_name='申告区分')),
                ('liability', models.TextField(verbose_name='課税非課税区分')),
                ('collection_method', models.TextField(verbose_name='徴収区分')),
                ('name_at_assessment', models.TextField(verbose_name='賦課期日の氏名')),
                ('address_at_assessment', models.TextField(verbose_name='賦課期日（1月1日）の住所')),
                ('correcting', models.BooleanField(verbose_name='更正処理中')),
                ('salary_revenue', models.BigIntegerField(verbose_name='給与収入')),
                ('salary_income', models.BigIntegerField(verbose_name='給与所得')),
                ('pension_revenue', models.BigIntegerField(verbose_name='公的年金等収入')),
                ('pension_income', models.BigIntegerField(verbose_name='公的年金等雑所得')),
                ('business_income', models.BigIntegerField(verbose_name='営業等所得')),
                ('agriculture_income', models.BigIntegerField(verbose_name='農業所得')),
                ('real_estate_income', models.BigIntegerField(verbose_name='不動産所得')),
                ('interest_income', models.BigIntegerField(verbose_name='利子所得')),
                ('dividend_income', models.BigIntegerField(verbose_name='配当所得')),
                ('misc_business_income', models.BigIntegerField(verbose_name='業務雑所得')),
                ('misc_other_income', models.BigIntegerField(verbose_name='その他雑所得')),
                ('transfer_temporary_income', models.BigIntegerField(verbose_name='総合譲渡・一時所得')),
                ('short_term_transfer_income', models.BigIntegerField(verbose_name='分離短期譲渡所得')),
                ('long_term_transfer_income', models.BigIntegerField(verbose_name='分離長期譲渡所得')),
                ('general_stock_income', models.BigIntegerField(verbose_name='一般株式等譲渡所得')),
                ('listed_stock_income', models.BigIntegerField(verbose_name='上場株式等譲渡所得')),
                ('listed_dividend_income', models.BigIntegerField(verbose_name='上場株式等配当等所得')),
                ('futures_income', models.BigIntegerField(verbose_name='先物取引雑所得')),
                ('forestry_income', models.BigIntegerField(verbose_name='山林所得')),
                ('retirement_income', models.BigIntegerField(verbose_name='退職所得')),
                ('loss_carryforward', models.BigIntegerField(verbose_name='繰越損失額')),
                ('total_income', models.BigIntegerField(verbose_name='総所得金額等')),
                ('aggregate_income', models.BigIntegerField(verbose_name='合計所得金額')),
                ('casualty_deduction', models.BigIntegerField(verbose_name='雑損控除')),
                ('medical_deduction', models.BigIntegerField(verbose_name='医療費控除')),
                ('social_insurance_deduction', models.BigIntegerField(verbose_name='社会保険料控除')),
                ('small_enterprise_deduction', models.BigIntegerField(verbose_name='小規模企業共済等掛金控除')),
                ('life_insurance_deduction', models.BigIntegerField(verbose_name='生命保険料控除')),
                ('earthquake_insurance_deduction', models.BigIntegerField(verbose_name='地震保険料控除')),
                ('disability_deduction', models.BigIntegerField(verbose_name='障害者控除')),
                ('widow_single_parent_deduction', models.BigIntegerField(verbose_name='寡婦・ひとり親控除')),
                ('working_student_deduction', models.BigIntegerField(verbose_name='勤労学生控除')),
                ('spouse_deduction', models.BigIntegerField(verbose_name='配偶者控除')),
                ('spouse_special_deduction', models.BigIntegerField(verbose_name='配偶者特別控除')),
                ('dependent_deduction', models.BigIntegerField(verbose_name='扶養控除')),
                ('specific_relative_deduction', models.BigIntegerField(verbose_name='特定親族特別控除')),
                ('basic_deduction', models.BigIntegerField(verbose_name='基礎控除')),
                ('deduction_total', models.BigIntegerField(verbose_name='所得控除合計')),
                ('spouse_status', models.TextField(verbose_name='控除対象配偶者')),
                ('dependents_specific', models.IntegerField(verbose_name='扶養 特定')),
                ('dependents_elderly', models.IntegerField(verbose_name='扶養 老人')),
                ('dependents_elderly_coresident', models.IntegerField(verbose_name='扶養 老人のうち同居老親等')),
                ('dependents_general', models.IntegerField(verbose_name='扶養 一般')),
                ('dependents_under16', models.IntegerField(verbose_name='扶養 16歳未満')),
                ('disabled_special_coresident', models.IntegerField(verbose_name='障害者 同居特別')),
                ('disabled_special', models.IntegerField(verbose_name='障害者 特別')),
                ('disabled_ordinary', models.IntegerField(verbose_name='障害者 普通')),
                ('self_special_disability', models.BooleanField(verbose_name='本人 特別障害者')),
                ('self_ordinary_disability', models.BooleanField(verbose_name='本人 普通障害者')),
                ('self_single_parent', models.BooleanField(verbose_name='本人 ひとり親')),
                ('self_widow', models.BooleanField(verbose_name='本人 寡婦')),
                ('self_working_student', models.BooleanField(verbose_name='本人 勤労学生')),
                ('base_general', models.BigIntegerField(verbose_name='課税標準 総所得')),
                ('base_short_term', models.BigIntegerField(verbose_name='課税標準 分離短期譲渡')),
                ('base_long_term', models.BigIntegerField(verbose_name='課税標準 分離長期譲渡')),
                ('base_general_stock', models.BigIntegerField(verbose_name='課税標準 一般株式等')),
                ('base_listed_stock', models.BigIntegerField(verbose_name='課税標準 上場株式等')),
                ('base_listed_dividend', models.BigIntegerField(verbose_name='課税標準 上場配当等')),
                ('base_futures', models.BigIntegerField(verbose_name='課税標準 先物取引')),
                ('base_forestry', models.BigIntegerField(verbose_name='課税標準 山林')),
                ('base_retirement', models.BigIntegerField(verbose_name='課税標準 退職')),
                ('adjustment_credit', models.BigIntegerField(verbose_name='調整控除')),
                ('dividend_credit', models.BigIntegerField(verbose_name='配当控除')),
                ('housing_loan_credit', models.BigIntegerField(verbose_name='住宅借入金等特別税額控除')),
                ('donation_credit', models.BigIntegerField(verbose_name='寄附金税額控除')),
                ('foreign_tax_credit', models.BigIntegerField(verbose_name='外国税額控除')),
                ('dividend_stock_levy_credit', models.BigIntegerField(verbose_name='配当割額・株式等譲渡所得割額控除')),
                ('flat_reduction', models.BigIntegerField(verbose_name='定額減税 控除した額')),
                ('flat_reduction_unapplied', models.BigIntegerField(verbose_name='定額減税 控除できなかった額')),
                ('ward_income_levy', models.BigIntegerField(verbose_name='特別区民税 所得割')),
                ('ward_per_capita_levy', models.BigIntegerField(verbose_name='特別区民税 均等割')),
                ('metro_income_levy', models.BigIntegerField(verbose_name='都民税 所得割')),
                ('metro_per_capita_levy', models.BigIntegerField(verbose_name='都民税 均等割')),
                ('forest_environment_tax', models.BigIntegerField(verbose_name='森林環境税')),
                ('annual_tax', models.BigIntegerField(verbose_name='年税額')),
            ],
            options={
                'verbose_name': '賦課情報（特別区民税・都民税・森林環境税）',
                'db_table': 'fact_assessments',
                'constraints': [models.CheckConstraint(condition=models.Q(('from_generation__lt', models.F('to_generation'))), name='fact_assessments_lives')],
            },
        ),
        migrations.CreateModel(
            name='CardCertificate',
            fields=[
                ('municipality_code', models.CharField(max_length=6, verbose_name='全国地方公共団体コード')),
                ('from_generation', models.BigIntegerField(verbose_name='この世代から')),
                ('to_generation', models.BigIntegerField(default=9223372036854775807, verbose_name='この世代の前まで')),
                ('row_digest', models.UUIDField(verbose_name='行の要約値')),
                ('pk', models.CompositePrimaryKey('municipality_code', 'serial', 'to_generation', blank=True, editable=False, primary_key=True, serialize=False)),
                ('serial', models.TextField(verbose_name='シリアル番号')),
                ('addressee_number', models.TextField(verbose_name='宛名番号')),
                ('device', models.TextField(verbose_name='媒体')),
                ('valid_from', models.DateField(verbose_name='有効期間開始')),
                ('valid_to', models.DateField(verbose_name='有効期間満了（この日を含む）')),
                ('status', models.TextField(verbose_name='状態')),
            ],
            options={
                'verbose_name': '利用者証明用電子証明書',
                'db_table': 'fact_card_certificates',
                'indexes': [models.Index(fields=['municipality_code', 'addressee_number', 'to_generation'], name='fact_cards_person')],
                'constraints': [models.CheckConstraint(condition=models.Q(('from_generation__lt', models.F('to_generation'))), name='fact_card_certificates_lives')],
            },
        ),
        migrations.CreateModel(
            name='Collection',
            fields=[
                ('municipality_code', models.CharField(max_length=6, verbose_name='全国地方公共団体コード')),
                ('from_generation', models.BigIntegerField(verbose_name='この世代から')),
                ('to_generation', models.BigIntegerField(default=9223372036854775807, verbose_name='この世代の前まで')),
                ('row_digest', models.UUIDField(verbose_name='行の要約値')),
                ('pk', models.CompositePrimaryKey('municipality_code', 'notice_number', 'to_generation', blank=True, editable=False, primary_key=True, serialize=False)),
                ('notice_number', models.TextField(verbose_name='通知書番号')),
                ('addressee_number', models.TextField(verbose_name='宛名番号')),
                ('tax', models.TextField(verbose_name='税目')),
                ('fiscal_year', models.SmallIntegerField(verbose_name='課税年度')),
                ('origin_year', models.SmallIntegerField(verbose_name='相当年度')),
                ('collection_method', models.TextField(verbose_name='徴収区分')),
                ('statutory_due_date', models.DateField(verbose_name='法定納期限')),
                ('plate_number', models.TextField(verbose_name='標識番号')),
                ('chassis_last4', models.TextField(verbose_name='車台番号下4桁')),
                ('inspected', models.BooleanField(verbose_name='継続検査対象')),
                ('installments', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), size=None, verbose_name='期別')),
                ('due_dates', django.contrib.postgres.fields.ArrayField(base_field=models.DateField(), size=None, verbose_name='納期限')),
                ('assessed', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None, verbose_name='期別調定額')),
                ('paid', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None, verbose_name='期別納付済額')),
                ('assessed_total', models.BigIntegerField(verbose_name='調定額計')),
                ('paid_total', models.BigIntegerField(verbose_name='納付済額計')),
            ],
            options={
                'verbose_name': '収納情報（期別）',
                'db_table': 'fact_collections',
                'indexes': [models.Index(fields=['municipality_code', 'addressee_number', 'to_generation'], name='fact_collections_person')],
                'constraints': [models.CheckConstraint(condition=models.Q(('from_generation__lt', models.F('to_generation'))), name='fact_collections_lives')],
            },
        ),
        migrations.CreateModel(
            name='Generation',
            fields=[
                ('pk', models.CompositePrimaryKey('municipality_code', 'number', blank=True, editable=False, primary_key=True, serialize=False)),
                ('municipality_code', models.CharField(max_length=6)),
                ('number', models.BigIntegerField(verbose_name='データ世代')),
                ('feed', models.TextField(choices=[('tax', 'tax'), ('resident', 'resident')])),
                ('feed_generation', models.BigIntegerField(verbose_name='連携データの世代')),
                ('mode', models.TextField(verbose_name='全件・差分')),
                ('base_generation', models.BigIntegerField(null=True, verbose_name='差分の基になる世代')),
                ('business_date', models.DateField(verbose_name='基準日')),
                ('manifest_sha256', models.TextField()),
                ('rows_stated', models.BigIntegerField(verbose_name='連携された行数')),
                ('rows_added', models.BigIntegerField(verbose_name='書いた版数')),
                ('rows_closed', models.BigIntegerField(verbose_name='閉じた版数')),
                ('activated_at', models.DateTimeField(verbose_name='切替日時')),
            ],
            options={
                'verbose_name': 'データ世代',
                'db_table': 'generation',
                'constraints': [models.UniqueConstraint(fields=('municipality_code', 'feed', 'feed_generation'), name='generation_feed_once')],
            },
        ),
        migrations.CreateModel(
            name='HoldMessage',
            fields=[
                ('pk', models.CompositePrimaryKey('municipality_code', 'hold_id', 'revision', blank=True, editable=False, primary_key=True, serialize=False)),
                ('municipality_code', models.CharField(max_length=6)),
                ('hold_id', models.CharField(max_length=32)),
                ('revision', models.BigIntegerField()),
                ('kind', models.TextField()),
                ('addressee_number', models.TextField(null=True)),
                ('serial', models.TextField(null=True)),
                ('released', models.BooleanField()),
                ('effective_from', models.DateField()),
                ('sent_at', models.DateTimeField()),
                ('received_at', models.DateTimeField()),
            ],
            options={
                'verbose_name': '抑止',
                'db_table': 'hold_message',
                'indexes': [models.Index(fields=['municipality_code', 'addressee_number'], name='hold_message_person'), models.Index(fields=['municipality_code', 'serial'], name='hold_message_serial')],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('addressee_number__isnull', True), ('serial__isnull', False)), models.Q(('addressee_number__isnull', False), ('serial__isnull', True)), _connector='OR'), name='hold_message_one_target')],
            },
        ),
        migrations.CreateModel(
            name='Resident',
            fields=[
                ('municipality_code', models.CharField(max_length=6, verbose_name='全国地方公共団体コード')),
                ('from_generation', models.BigIntegerField(verbose_name='この世代から')),
                ('to_generation', models.BigIntegerField(default=9223372036854775807, verbose_name='この世代の前まで')),
                ('row_digest', models.UUIDField(verbose_name='行の要約値')),
                ('pk', models.CompositePrimaryKey('municipality_code', 'addressee_number', 'to_generation', blank=True, editable=False, primary_key=True, serialize=False)),
                ('addressee_number', models.TextField(verbose_name='宛名番号')),
                ('status', models.TextField(verbose_name='住民区分')),
                ('status_date', models.DateField(verbose_name='異動年月日')),
                ('resident_since', models.DateField(verbose_name='住民となった年月日')),
                ('name', models.TextField(verbose_name='氏名（証明書に記載）')),
                ('kana', models.TextField(verbose_name='フリガナ')),
                ('birthday', models.TextField(verbose_name='生年月日')),
                ('sex', models.TextField(verbose_name='性別')),
                ('postal_code', models.TextField(verbose_name='郵便番号')),
                ('address', models.TextField(verbose_name='住所（最新）')),
                ('foreigner', models.BooleanField(verbose_name='外国人住民')),
            ],
            options={
                'verbose_name': '住民情報',
                'db_table': 'fact_residents',
                'constraints': [models.CheckConstraint(condition=models.Q(('from_generation__lt', models.F('to_generation'))), name='fact_residents_lives')],
            },
        ),
        migrations.RunSQL(STANDING_HOLD, "DROP VIEW standing_hold"),
        migrations.RunSQL(REFUSE_CHANGE, "DROP FUNCTION issuing_refuse_change()"),
        *(
            migrations.RunSQL(
                f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
                " FOR EACH STATEMENT EXECUTE FUNCTION issuing_refuse_change()",
                f"DROP TRIGGER {table}_append_only ON {table}",
            )
            for table in APPEND_ONLY
        ),
    ]
