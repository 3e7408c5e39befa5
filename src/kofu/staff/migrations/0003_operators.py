"""Sessions at the command line, keys of unattended jobs, and the mark of accounts made for the demonstration."""

import django.db.models.deletion
from django.db import migrations, models


def mark_demonstration(apps, schema_editor):
    """Accounts with a published password were made by the demonstration's start alone."""
    apps.get_model("staff", "StaffAccount").objects.filter(created_by="kofu up").update(demonstration=True)


#: What a command must know before it runs, told to the role it runs under without showing it the accounts. Who asks has
#: the token, or the key.
FUNCTIONS = """
CREATE FUNCTION staff_operator_of(in_hash bytea) RETURNS TABLE (
    id bigint, login varchar, office_id varchar, role varchar, os_uid bigint, expires_at timestamptz, ended_at timestamptz,
    active_from date, active_to date, password_is_initial boolean, demonstration boolean
) LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT s.id, a.login, a.office_id, a.role, s.os_uid, s.expires_at, s.ended_at, a.active_from, a.active_to,
           a.password_is_initial, a.demonstration
    FROM public.staff_operator_session s JOIN public.staff_account a ON a.id = s.account_id WHERE s.token_hash = in_hash
$$;
CREATE FUNCTION staff_service_known(in_service text, in_hash bytea) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT EXISTS (SELECT 1 FROM public.staff_service_key
                   WHERE service = in_service AND key_hash = in_hash AND ended_at IS NULL)
$$;
CREATE FUNCTION staff_administered(in_day date) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT EXISTS (SELECT 1 FROM public.staff_account WHERE role = 'administrator' AND active_from <= in_day
                   AND (active_to IS NULL OR active_to >= in_day))
$$;
CREATE FUNCTION staff_demonstration_active(in_day date) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT EXISTS (SELECT 1 FROM public.staff_account WHERE demonstration AND active_from <= in_day
                   AND (active_to IS NULL OR active_to >= in_day))
$$;
REVOKE ALL ON FUNCTION staff_operator_of(bytea), staff_service_known(text, bytea), staff_administered(date),
    staff_demonstration_active(date) FROM PUBLIC;
"""
NO_FUNCTIONS = """
DROP FUNCTION staff_operator_of(bytea);
DROP FUNCTION staff_service_known(text, bytea);
DROP FUNCTION staff_administered(date);
DROP FUNCTION staff_demonstration_active(date);
"""


class Migration(migrations.Migration):
    dependencies = [("staff", "0002_cache")]

    operations = [
        migrations.AddField("staffaccount", "demonstration", models.BooleanField(default=False)),
        migrations.RunPython(mark_demonstration, migrations.RunPython.noop),
        migrations.CreateModel(
            name="OperatorSession",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("token_hash", models.BinaryField(max_length=32, unique=True)),
                ("os_uid", models.BigIntegerField()),
                ("os_user", models.CharField(max_length=64)),
                ("opened_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                ("ended_why", models.CharField(default="", max_length=32)),
                (
                    "account",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="staff.staffaccount"),
                ),
            ],
            options={"db_table": "staff_operator_session"},
        ),
        migrations.CreateModel(
            name="ServiceKey",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("service", models.CharField(max_length=32)),
                ("key_hash", models.BinaryField(max_length=32, unique=True)),
                ("made_at", models.DateTimeField()),
                ("made_by", models.CharField(max_length=32)),
                ("ended_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "staff_service_key",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at__isnull", True)),
                        fields=("service",),
                        name="staff_service_key_one",
                    )
                ],
            },
        ),
        migrations.RunSQL(FUNCTIONS, NO_FUNCTIONS),
    ]
