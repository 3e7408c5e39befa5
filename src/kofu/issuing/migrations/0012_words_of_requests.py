"""Columns that hold the words of a life cycle hold no others: the database says so, not only the program."""

from django.db import migrations, models

WORDS = [
    ("certificaterequestrow", "state", "issuing_request_state_words",
     "received refused expired aborted withheld made sent printed failed cancelled unknown"),
]


class Migration(migrations.Migration):

    dependencies = [("issuing", "0011_erasure_orders")]

    operations = [
        migrations.AddConstraint(
            model,
            models.CheckConstraint(condition=models.Q(**{f"{column}__in": words.split()}), name=name),
        )
        for model, column, name, words in WORDS
    ]
