"""The 期別 of a notice stand in the facts as the feed states them, joined by a bar, and are parted by who reads them.

As arrays they were worded anew for each row of a load, and the database read every part of every list: a third of what a
load's notices took it. Nothing asks the database for a part of a list.
"""

from django.db import migrations, models

LISTS = {"installments": "text", "due_dates": "date", "assessed": "bigint", "paid": "bigint"}
_TO_TEXT = ", ".join(f"ALTER COLUMN {name} TYPE text USING array_to_string({name}, '|')" for name in LISTS)
_TO_LISTS = ", ".join(
    f"ALTER COLUMN {name} TYPE {kind}[] USING string_to_array({name}, '|')::{kind}[]" for name, kind in LISTS.items()
)
LABELS = {"installments": "期別", "due_dates": "納期限", "assessed": "期別調定額", "paid": "期別納付済額"}


class Migration(migrations.Migration):
    dependencies = [("issuing", "0019_open_requests")]

    operations = [
        migrations.RunSQL(
            f"ALTER TABLE fact_collections {_TO_TEXT};",
            f"ALTER TABLE fact_collections {_TO_LISTS};",
            state_operations=[
                migrations.AlterField("collection", name, models.TextField(verbose_name=label))
                for name, label in LABELS.items()
            ],
        )
    ]
