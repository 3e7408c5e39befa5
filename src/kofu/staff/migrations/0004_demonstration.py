"""An account of the demonstration asks nobody to begin, and counts as active only while its password opens something."""

from django.db import migrations

FUNCTIONS = """
CREATE OR REPLACE FUNCTION staff_administered(in_day date) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT EXISTS (SELECT 1 FROM public.staff_account WHERE role = 'administrator' AND NOT demonstration
                   AND active_from <= in_day AND (active_to IS NULL OR active_to >= in_day))
$$;
CREATE OR REPLACE FUNCTION staff_demonstration_active(in_day date) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT EXISTS (SELECT 1 FROM public.staff_account WHERE demonstration AND password NOT LIKE '!%'
                   AND active_from <= in_day AND (active_to IS NULL OR active_to >= in_day))
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("staff", "0003_operators")]

    operations = [migrations.RunSQL(FUNCTIONS, migrations.RunSQL.noop)]
