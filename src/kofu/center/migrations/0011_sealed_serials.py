"""Sessions are stored under the digest of their token, and serials sealed under it: open ones stay open."""

from __future__ import annotations

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from kofu.center.session_tokens import seal_serial, session_id_of


def seal(_: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    """What was the id is the token: the kiosk has it, the database no longer does."""
    with editor.connection.cursor() as cursor:
        cursor.execute("SELECT session_id, serial FROM center_session")
        for token, serial in cursor.fetchall():
            known = session_id_of(token)
            cursor.execute("UPDATE center_request SET session_id = %s WHERE session_id = %s", [known, token])
            cursor.execute(
                "UPDATE center_session SET session_id = %s, serial = %s WHERE session_id = %s",
                [known, None if serial is None else seal_serial(token, serial), token],
            )


class Migration(migrations.Migration):
    dependencies = [("center", "0010_words_of_requests")]

    operations = [
        migrations.AlterField("session", "serial", models.CharField(max_length=200, null=True)),
        migrations.RunPython(seal, elidable=False),
    ]
