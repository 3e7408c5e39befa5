"""What each certificate writes and nobody reads goes: indexes that serve no question, a condition that stood twice.

Django gives every key of text an index for `LIKE`, which nothing here asks; and copies are found by the key on request
and copy. The words of the states are held by `issuing_request_state_words`.
"""

import django.db.models.deletion
from django.db import migrations, models

PATTERNS = (
    ("issuing_request_request_id_f7f9e595_like", "issuing_request (request_id varchar_pattern_ops)"),
    ("issuing_copy_certificate_number_f4a9e93f_like", "issuing_copy (certificate_number varchar_pattern_ops)"),
)


class Migration(migrations.Migration):

    dependencies = [("issuing", "0015_holds_have_senders")]

    operations = [
        migrations.RemoveConstraint("certificaterequestrow", "issuing_request_state"),
        migrations.AlterField(
            "issuedcopyrow",
            "request",
            models.ForeignKey(
                db_column="request_id",
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                to="issuing.certificaterequestrow",
            ),
        ),
        *(
            migrations.RunSQL(f"DROP INDEX IF EXISTS {name}", f"CREATE INDEX {name} ON {of}")
            for name, of in PATTERNS
        ),
    ]
