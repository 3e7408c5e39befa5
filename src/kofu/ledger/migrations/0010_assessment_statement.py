"""What is certified, version by version; the nights' feeds; holds at once. Two views say what stands now."""

import django.db.models.functions.datetime
from django.db import migrations, models

# What stands now of each person and year: one source for the counter, which asks for one person, and for the feed.
STATED_ASSESSMENTS = """
CREATE VIEW stated_assessments AS
SELECT statement.municipality_code, statement.id AS statement_id,
    statement.correcting OR (statement.municipality_code, statement.addressee_number, statement.fiscal_year) IN (
        SELECT municipality_code, addressee_number, fiscal_year FROM issuance_hold
        WHERE kind = 'correcting' AND settled_at IS NULL
    ) AS correcting,
    statement.addressee_number, statement.fiscal_year, statement.taxing_right, statement.declaration,
    statement.liability, statement.collection_method, statement.name_at_assessment,
    statement.address_at_assessment, statement.salary_revenue, statement.salary_income,
    statement.pension_revenue, statement.pension_income, statement.business_income,
    statement.agriculture_income, statement.real_estate_income, statement.interest_income,
    statement.dividend_income, statement.misc_business_income, statement.misc_other_income,
    statement.transfer_temporary_income, statement.short_term_transfer_income,
    statement.long_term_transfer_income, statement.general_stock_income, statement.listed_stock_income,
    statement.listed_dividend_income, statement.futures_income, statement.forestry_income,
    statement.retirement_income, statement.loss_carryforward, statement.total_income,
    statement.aggregate_income, statement.casualty_deduction, statement.medical_deduction,
    statement.social_insurance_deduction, statement.small_enterprise_deduction,
    statement.life_insurance_deduction, statement.earthquake_insurance_deduction,
    statement.disability_deduction, statement.widow_single_parent_deduction,
    statement.working_student_deduction, statement.spouse_deduction, statement.spouse_special_deduction,
    statement.dependent_deduction, statement.specific_relative_deduction, statement.basic_deduction,
    statement.deduction_total, statement.spouse_status, statement.dependents_specific,
    statement.dependents_elderly, statement.dependents_elderly_coresident, statement.dependents_general,
    statement.dependents_under16, statement.disabled_special_coresident, statement.disabled_special,
    statement.disabled_ordinary, statement.self_special_disability, statement.self_ordinary_disability,
    statement.self_single_parent, statement.self_widow, statement.self_working_student, statement.base_general,
    statement.base_short_term, statement.base_long_term, statement.base_general_stock,
    statement.base_listed_stock, statement.base_listed_dividend, statement.base_futures,
    statement.base_forestry, statement.base_retirement, statement.adjustment_credit, statement.dividend_credit,
    statement.housing_loan_credit, statement.donation_credit, statement.foreign_tax_credit,
    statement.dividend_stock_levy_credit, statement.flat_reduction, statement.flat_reduction_unapplied,
    statement.ward_income_levy, statement.ward_per_capita_levy, statement.metro_income_levy,
    statement.metro_per_capita_levy, statement.forest_environment_tax, statement.annual_tax
FROM assessment_statement AS statement
WHERE NOT statement.removed AND NOT EXISTS (
    SELECT FROM assessment_statement AS later
    WHERE later.municipality_code = statement.municipality_code
      AND later.addressee_number = statement.addressee_number
      AND later.fiscal_year = statement.fiscal_year
      AND later.version = statement.version + 1
)
"""

# What stands now of each notice. Only what was confirmed is in a balance: 速報 never is. What was waived (減免) or
# ended by law (不納欠損) is asked for no more: it is stated neither as assessed nor, by that, as unpaid.
STATED_COLLECTIONS = """
CREATE VIEW stated_collections AS
SELECT notice.municipality_code, notice.notice_number, notice.addressee_number, notice.tax, notice.fiscal_year,
    notice.origin_year, notice.collection_method, notice.statutory_due_date, notice.plate_number, notice.chassis_last4,
    notice.inspected, parts.installments, parts.due_dates, parts.assessed, parts.paid, parts.assessed_total,
    parts.paid_total
FROM notice CROSS JOIN LATERAL (
    SELECT array_agg(installment) AS installments, array_agg(due_date) AS due_dates, array_agg(assessed) AS assessed,
        array_agg(paid) AS paid, sum(assessed)::bigint AS assessed_total, sum(paid)::bigint AS paid_total
    FROM (
        SELECT installment, due_date, paid, assessed - waived - written_off AS assessed
        FROM claim JOIN claim_balance ON claim_balance.claim_id = claim.id
        WHERE claim.notice_id = notice.id ORDER BY due_date, claim.id
    ) AS part
) AS parts
WHERE parts.installments IS NOT NULL
"""


class Migration(migrations.Migration):
    dependencies = [
        ("ledger", "0008_arrears"),
    ]

    operations = [
        migrations.CreateModel(
            name="FeedGeneration",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "municipality_code", "generation", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("municipality_code", models.CharField(max_length=6, verbose_name="全国地方公共団体コード")),
                ("generation", models.BigIntegerField(verbose_name="世代")),
                ("mode", models.CharField(max_length=12, verbose_name="全件・差分")),
                ("base_generation", models.BigIntegerField(null=True, verbose_name="差分の基になる世代")),
                ("business_date", models.DateField(verbose_name="基準日")),
                ("created_at", models.DateTimeField(verbose_name="作成日時")),
                ("folder", models.CharField(blank=True, max_length=200, verbose_name="フォルダ")),
                ("manifest_sha256", models.CharField(blank=True, max_length=64, verbose_name="SHA-256")),
                ("files", models.JSONField(default=list, verbose_name="件数と合計")),
                ("run_id", models.UUIDField(null=True, verbose_name="処理")),
                ("published_at", models.DateTimeField(null=True, verbose_name="公開日時")),
                ("delivered_at", models.DateTimeField(null=True, verbose_name="交付側の切替確認日時")),
            ],
            options={
                "db_table": "feed_generation",
            },
        ),
        migrations.CreateModel(
            name="AssessmentStatement",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("municipality_code", models.CharField(max_length=6, verbose_name="全国地方公共団体コード")),
                ("version", models.IntegerField(verbose_name="版")),
                ("removed", models.BooleanField(default=False, verbose_name="取消")),
                ("reason", models.CharField(blank=True, max_length=200, verbose_name="事由")),
                ("source", models.CharField(max_length=200, verbose_name="出所")),
                ("actor", models.CharField(max_length=80, verbose_name="担当")),
                ("recorded_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("addressee_number", models.TextField(verbose_name="宛名番号")),
                ("fiscal_year", models.SmallIntegerField(verbose_name="課税年度")),
                ("taxing_right", models.BooleanField(verbose_name="課税権")),
                ("declaration", models.TextField(verbose_name="申告区分")),
                ("liability", models.TextField(verbose_name="課税非課税区分")),
                ("collection_method", models.TextField(verbose_name="徴収区分")),
                ("name_at_assessment", models.TextField(verbose_name="賦課期日の氏名")),
                ("address_at_assessment", models.TextField(verbose_name="賦課期日（1月1日）の住所")),
                ("correcting", models.BooleanField(verbose_name="更正処理中")),
                ("salary_revenue", models.BigIntegerField(verbose_name="給与収入")),
                ("salary_income", models.BigIntegerField(verbose_name="給与所得")),
                ("pension_revenue", models.BigIntegerField(verbose_name="公的年金等収入")),
                ("pension_income", models.BigIntegerField(verbose_name="公的年金等雑所得")),
                ("business_income", models.BigIntegerField(verbose_name="営業等所得")),
                ("agriculture_income", models.BigIntegerField(verbose_name="農業所得")),
                ("real_estate_income", models.BigIntegerField(verbose_name="不動産所得")),
                ("interest_income", models.BigIntegerField(verbose_name="利子所得")),
                ("dividend_income", models.BigIntegerField(verbose_name="配当所得")),
                ("misc_business_income", models.BigIntegerField(verbose_name="業務雑所得")),
                ("misc_other_income", models.BigIntegerField(verbose_name="その他雑所得")),
                ("transfer_temporary_income", models.BigIntegerField(verbose_name="総合譲渡・一時所得")),
                ("short_term_transfer_income", models.BigIntegerField(verbose_name="分離短期譲渡所得")),
                ("long_term_transfer_income", models.BigIntegerField(verbose_name="分離長期譲渡所得")),
                ("general_stock_income", models.BigIntegerField(verbose_name="一般株式等譲渡所得")),
                ("listed_stock_income", models.BigIntegerField(verbose_name="上場株式等譲渡所得")),
                ("listed_dividend_income", models.BigIntegerField(verbose_name="上場株式等配当等所得")),
                ("futures_income", models.BigIntegerField(verbose_name="先物取引雑所得")),
                ("forestry_income", models.BigIntegerField(verbose_name="山林所得")),
                ("retirement_income", models.BigIntegerField(verbose_name="退職所得")),
                ("loss_carryforward", models.BigIntegerField(verbose_name="繰越損失額")),
                ("total_income", models.BigIntegerField(verbose_name="総所得金額等")),
                ("aggregate_income", models.BigIntegerField(verbose_name="合計所得金額")),
                ("casualty_deduction", models.BigIntegerField(verbose_name="雑損控除")),
                ("medical_deduction", models.BigIntegerField(verbose_name="医療費控除")),
                ("social_insurance_deduction", models.BigIntegerField(verbose_name="社会保険料控除")),
                ("small_enterprise_deduction", models.BigIntegerField(verbose_name="小規模企業共済等掛金控除")),
                ("life_insurance_deduction", models.BigIntegerField(verbose_name="生命保険料控除")),
                ("earthquake_insurance_deduction", models.BigIntegerField(verbose_name="地震保険料控除")),
                ("disability_deduction", models.BigIntegerField(verbose_name="障害者控除")),
                ("widow_single_parent_deduction", models.BigIntegerField(verbose_name="寡婦・ひとり親控除")),
                ("working_student_deduction", models.BigIntegerField(verbose_name="勤労学生控除")),
                ("spouse_deduction", models.BigIntegerField(verbose_name="配偶者控除")),
                ("spouse_special_deduction", models.BigIntegerField(verbose_name="配偶者特別控除")),
                ("dependent_deduction", models.BigIntegerField(verbose_name="扶養控除")),
                ("specific_relative_deduction", models.BigIntegerField(verbose_name="特定親族特別控除")),
                ("basic_deduction", models.BigIntegerField(verbose_name="基礎控除")),
                ("deduction_total", models.BigIntegerField(verbose_name="所得控除合計")),
                ("spouse_status", models.TextField(verbose_name="控除対象配偶者")),
                ("dependents_specific", models.IntegerField(verbose_name="扶養 特定")),
                ("dependents_elderly", models.IntegerField(verbose_name="扶養 老人")),
                ("dependents_elderly_coresident", models.IntegerField(verbose_name="扶養 老人のうち同居老親等")),
                ("dependents_general", models.IntegerField(verbose_name="扶養 一般")),
                ("dependents_under16", models.IntegerField(verbose_name="扶養 16歳未満")),
                ("disabled_special_coresident", models.IntegerField(verbose_name="障害者 同居特別")),
                ("disabled_special", models.IntegerField(verbose_name="障害者 特別")),
                ("disabled_ordinary", models.IntegerField(verbose_name="障害者 普通")),
                ("self_special_disability", models.BooleanField(verbose_name="本人 特別障害者")),
                ("self_ordinary_disability", models.BooleanField(verbose_name="本人 普通障害者")),
                ("self_single_parent", models.BooleanField(verbose_name="本人 ひとり親")),
                ("self_widow", models.BooleanField(verbose_name="本人 寡婦")),
                ("self_working_student", models.BooleanField(verbose_name="本人 勤労学生")),
                ("base_general", models.BigIntegerField(verbose_name="課税標準 総所得")),
                ("base_short_term", models.BigIntegerField(verbose_name="課税標準 分離短期譲渡")),
                ("base_long_term", models.BigIntegerField(verbose_name="課税標準 分離長期譲渡")),
                ("base_general_stock", models.BigIntegerField(verbose_name="課税標準 一般株式等")),
                ("base_listed_stock", models.BigIntegerField(verbose_name="課税標準 上場株式等")),
                ("base_listed_dividend", models.BigIntegerField(verbose_name="課税標準 上場配当等")),
                ("base_futures", models.BigIntegerField(verbose_name="課税標準 先物取引")),
                ("base_forestry", models.BigIntegerField(verbose_name="課税標準 山林")),
                ("base_retirement", models.BigIntegerField(verbose_name="課税標準 退職")),
                ("adjustment_credit", models.BigIntegerField(verbose_name="調整控除")),
                ("dividend_credit", models.BigIntegerField(verbose_name="配当控除")),
                ("housing_loan_credit", models.BigIntegerField(verbose_name="住宅借入金等特別税額控除")),
                ("donation_credit", models.BigIntegerField(verbose_name="寄附金税額控除")),
                ("foreign_tax_credit", models.BigIntegerField(verbose_name="外国税額控除")),
                ("dividend_stock_levy_credit", models.BigIntegerField(verbose_name="配当割額・株式等譲渡所得割額控除")),
                ("flat_reduction", models.BigIntegerField(verbose_name="定額減税 控除した額")),
                ("flat_reduction_unapplied", models.BigIntegerField(verbose_name="定額減税 控除できなかった額")),
                ("ward_income_levy", models.BigIntegerField(verbose_name="特別区民税 所得割")),
                ("ward_per_capita_levy", models.BigIntegerField(verbose_name="特別区民税 均等割")),
                ("metro_income_levy", models.BigIntegerField(verbose_name="都民税 所得割")),
                ("metro_per_capita_levy", models.BigIntegerField(verbose_name="都民税 均等割")),
                ("forest_environment_tax", models.BigIntegerField(verbose_name="森林環境税")),
                ("annual_tax", models.BigIntegerField(verbose_name="年税額")),
            ],
            options={
                "verbose_name": "賦課情報（特別区民税・都民税・森林環境税）",
                "db_table": "assessment_statement",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("municipality_code", "addressee_number", "fiscal_year", "version"),
                        name="assessment_statement_once",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="FedAssessment",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "municipality_code",
                        "addressee_number",
                        "fiscal_year",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("municipality_code", models.CharField(max_length=6)),
                ("addressee_number", models.TextField(verbose_name="宛名番号")),
                ("fiscal_year", models.SmallIntegerField(verbose_name="課税年度")),
                ("statement_id", models.BigIntegerField(verbose_name="賦課情報の版")),
                ("correcting", models.BooleanField(verbose_name="更正処理中")),
                ("removed", models.BooleanField(default=False, verbose_name="削除")),
                ("generation", models.BigIntegerField(verbose_name="最後に述べた世代")),
            ],
            options={
                "db_table": "fed_assessment",
                "indexes": [models.Index(fields=["municipality_code", "generation"], name="fed_assessment_generation")],
            },
        ),
        migrations.CreateModel(
            name="FedCollection",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "municipality_code",
                        "notice_number",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("municipality_code", models.CharField(max_length=6)),
                ("notice_number", models.CharField(max_length=20, verbose_name="通知書番号")),
                ("digest", models.BinaryField(verbose_name="SHA-256")),
                ("removed", models.BooleanField(default=False, verbose_name="削除")),
                ("generation", models.BigIntegerField(verbose_name="最後に述べた世代")),
            ],
            options={
                "db_table": "fed_collection",
                "indexes": [models.Index(fields=["municipality_code", "generation"], name="fed_collection_generation")],
            },
        ),
        migrations.CreateModel(
            name="FeedRun",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("municipality_code", models.CharField(max_length=6, verbose_name="全国地方公共団体コード")),
                ("mode", models.CharField(max_length=12, verbose_name="全件・差分")),
                ("business_date", models.DateField(verbose_name="基準日")),
                ("state", models.CharField(max_length=12, verbose_name="状態")),
                ("phase", models.CharField(blank=True, max_length=30, verbose_name="処理中の表")),
                ("rows_done", models.BigIntegerField(default=0, verbose_name="処理した行数")),
                ("rows_expected", models.BigIntegerField(default=0, verbose_name="見込みの行数")),
                ("generation", models.BigIntegerField(null=True, verbose_name="世代")),
                ("failure", models.CharField(blank=True, max_length=64, verbose_name="失敗の符号")),
                ("started_by", models.CharField(max_length=80, verbose_name="開始者")),
                ("started_at", models.DateTimeField(verbose_name="開始日時")),
                ("finished_at", models.DateTimeField(null=True, verbose_name="終了日時")),
            ],
            options={
                "db_table": "feed_run",
                "indexes": [models.Index(fields=["municipality_code", "-started_at"], name="feed_run_latest")],
            },
        ),
        migrations.CreateModel(
            name="HoldOutbox",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("hold_id", models.CharField(max_length=32, verbose_name="抑止の識別子")),
                ("revision", models.IntegerField(verbose_name="版")),
                ("body", models.BinaryField(verbose_name="送るJSON")),
                ("queued_at", models.DateTimeField(verbose_name="登録日時")),
                ("attempts", models.IntegerField(default=0, verbose_name="送信回数")),
                ("last_failure", models.CharField(default="", max_length=64, verbose_name="直近の失敗")),
                ("delivered_at", models.DateTimeField(null=True, verbose_name="受領日時")),
            ],
            options={
                "db_table": "hold_outbox",
                "indexes": [
                    models.Index(
                        condition=models.Q(("delivered_at", None)), fields=["id"], name="ledger_hold_outbox_waiting"
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("hold_id", "revision"), name="ledger_hold_outbox_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="IssuanceHold",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False, verbose_name="抑止の識別子")),
                ("municipality_code", models.CharField(max_length=6, verbose_name="全国地方公共団体コード")),
                ("addressee_number", models.CharField(max_length=15, verbose_name="宛名番号")),
                ("kind", models.CharField(max_length=16, verbose_name="種類")),
                ("fiscal_year", models.SmallIntegerField(null=True, verbose_name="課税年度")),
                ("file_id", models.UUIDField(null=True, verbose_name="受入ファイル")),
                ("reason", models.CharField(max_length=200, verbose_name="理由")),
                ("set_by", models.CharField(max_length=80, verbose_name="設定者")),
                ("set_at", models.DateTimeField(verbose_name="設定日時")),
                ("settled_by", models.CharField(blank=True, max_length=80, verbose_name="解除者")),
                ("settled_at", models.DateTimeField(null=True, verbose_name="解除日時")),
                ("settled_reason", models.CharField(blank=True, max_length=200, verbose_name="解除の理由")),
                ("generation", models.BigIntegerField(null=True, verbose_name="更正を述べた世代")),
                ("released_at", models.DateTimeField(null=True, verbose_name="解除の送信日時")),
            ],
            options={
                "db_table": "issuance_hold",
                "indexes": [
                    models.Index(fields=["municipality_code", "addressee_number"], name="issuance_hold_person"),
                    models.Index(fields=["file_id"], name="issuance_hold_file"),
                    models.Index(condition=models.Q(("released_at", None)), fields=["kind"], name="issuance_hold_open"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("fiscal_year__isnull", False), ("kind", "correcting")),
                            models.Q(("fiscal_year__isnull", True), ("kind", "issuance_stop")),
                            _connector="OR",
                        ),
                        name="issuance_hold_year",
                    )
                ],
            },
        ),
        migrations.RunSQL(
            "CREATE TRIGGER assessment_statement_append_only BEFORE UPDATE OR DELETE OR TRUNCATE"
            " ON assessment_statement FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change()",
            "DROP TRIGGER assessment_statement_append_only ON assessment_statement",
        ),
        migrations.RunSQL(STATED_ASSESSMENTS, "DROP VIEW stated_assessments"),
        migrations.RunSQL(STATED_COLLECTIONS, "DROP VIEW stated_collections"),
    ]
