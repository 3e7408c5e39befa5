"""Columns that hold the words of a life cycle hold no others: the database says so, not only the program."""

from django.db import migrations, models

WORDS = [
    ("request", "outcome", "center_request_outcome_words",
     "asked failed refused issued dropped"),
]


class Migration(migrations.Migration):

    dependencies = [("center", "0005_unanswered")]

    operations = [
        migrations.AddConstraint(
            model,
            models.CheckConstraint(condition=models.Q(**{f"{column}__in": words.split()}), name=name),
        )
        for model, column, name, words in WORDS
    ]
