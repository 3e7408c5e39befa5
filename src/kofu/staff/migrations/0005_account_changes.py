"""Changes of accounts, proposed by one administrator and confirmed by another; how many administrators there are."""

import django.db.models.deletion
from django.db import migrations, models

FUNCTIONS = """
CREATE FUNCTION staff_administrators(in_day date) RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT count(*) FROM public.staff_account WHERE role = 'administrator' AND NOT demonstration
       AND active_from <= in_day AND (active_to IS NULL OR active_to >= in_day)
$$;
REVOKE ALL ON FUNCTION staff_administrators(date) FROM PUBLIC;
"""


class Migration(migrations.Migration):
    dependencies = [("staff", "0015_evidence")]

    operations = [
        migrations.CreateModel(
            name="AccountChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=16, verbose_name="内容")),
                ("login", models.CharField(max_length=32, verbose_name="ログインID")),
                ("display_name", models.CharField(blank=True, default="", max_length=64, verbose_name="氏名")),
                ("role", models.CharField(blank=True, default="", max_length=32, verbose_name="役割")),
                ("active_from", models.DateField(null=True, verbose_name="利用開始日")),
                ("active_to", models.DateField(null=True, verbose_name="利用終了日")),
                ("reason", models.CharField(max_length=200, verbose_name="理由")),
                ("first_half", models.CharField(default="", max_length=256)),
                ("state", models.CharField(max_length=16, verbose_name="状態")),
                ("proposed_by", models.CharField(max_length=32, verbose_name="起案者")),
                ("proposed_at", models.DateTimeField(verbose_name="起案日時")),
                ("decided_by", models.CharField(default="", max_length=32, verbose_name="確認者")),
                ("decided_at", models.DateTimeField(null=True, verbose_name="確認日時")),
                ("decided_reason", models.CharField(default="", max_length=200, verbose_name="差戻し等の理由")),
                ("known_at", models.DateTimeField(null=True, verbose_name="本人の確認日時")),
                (
                    "office",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="staff.office",
                        verbose_name="所属",
                    ),
                ),
            ],
            options={
                "db_table": "staff_account_change",
                "ordering": ["-pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["create", "change", "reset"])),
                        name="staff_account_change_kind_words",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state__in", ["proposed", "in_force", "known", "sent_back", "withdrawn", "lapsed"])
                        ),
                        name="staff_account_change_state_words",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state__in", ["in_force", "known"]), _negated=True),
                            models.Q(
                                models.Q(("decided_by", ""), _negated=True),
                                models.Q(("decided_by", models.F("proposed_by")), _negated=True),
                                models.Q(("decided_by", models.F("login")), _negated=True),
                                models.Q(("proposed_by", models.F("login")), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="staff_account_change_two_people",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "proposed")),
                        fields=("login",),
                        name="staff_account_change_one_waits",
                    ),
                ],
            },
        ),
        migrations.RunSQL(FUNCTIONS, "DROP FUNCTION staff_administrators(date)"),
    ]
