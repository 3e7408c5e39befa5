"""Whether a request is open stands in a column of its own, so that moving a request writes no index anew.

The index of open requests named their states. PostgreSQL writes a row's new version into all indexes of its table where
a column changes that one of them names, so each of the three moves of a request was written into all four. `open`
changes once, at the end. The trigger keeps it, whoever writes: processes of the build before do not know it.
"""

import importlib

from django.db import migrations, models

OPEN = "'received', 'made', 'sent'"
_BEFORE = importlib.import_module("kofu.issuing.migrations.0005_outcomes_for_ever")
_END = "    RETURN NEW;\nEND $body$;"
STATES = _BEFORE.STATES.replace(
    _END, f"    IF NEW.open <> (NEW.state IN ({OPEN})) THEN\n        NEW.open := NOT NEW.open;\n    END IF;\n{_END}"
)
COLUMN = f"""
ALTER TABLE issuing_request ADD COLUMN open boolean NOT NULL DEFAULT false;
ALTER TABLE issuing_request ALTER COLUMN open SET DEFAULT true;
UPDATE issuing_request SET open = true WHERE state IN ({OPEN});
DROP INDEX issuing_request_open;
CREATE INDEX issuing_request_open ON issuing_request (deadline) WHERE open;
{STATES}
"""
UNDO = f"""
{_BEFORE.STATES}
DROP INDEX issuing_request_open;
CREATE INDEX issuing_request_open ON issuing_request (deadline) WHERE state IN ({OPEN});
ALTER TABLE issuing_request DROP COLUMN open;
"""


class Migration(migrations.Migration):
    dependencies = [("issuing", "0018_knows_person")]

    operations = [
        migrations.RunSQL(
            COLUMN,
            UNDO,
            state_operations=[
                migrations.AddField("certificaterequestrow", "open", models.BooleanField(db_default=True)),
                migrations.RemoveIndex("certificaterequestrow", "issuing_request_open"),
                migrations.AddIndex(
                    "certificaterequestrow",
                    models.Index(fields=["deadline"], name="issuing_request_open", condition=models.Q(open=True)),
                ),
            ],
        )
    ]
