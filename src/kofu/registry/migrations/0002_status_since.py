"""Since when a card certificate is what it is: what OCSP and CRL state as the time of revocation."""

from django.db import migrations, models
from django.db.models.functions import Now


class Migration(migrations.Migration):

    dependencies = [
        ("registry", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="cardserial",
            name="status_since",
            field=models.DateTimeField(db_default=Now(), verbose_name="状態の開始"),
        ),
    ]
