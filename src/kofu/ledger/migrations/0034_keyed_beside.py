"""What came with a keyed file is kept with it: the second keying and the slips."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('ledger', '0031_letters_by_due_date'),
        ('ledger', '0037_given_up_deliveries'),
    ]

    operations = [
        migrations.AddField(
            model_name='batch', name='second', field=models.BinaryField(null=True, verbose_name='第2打鍵'),
        ),
        migrations.AddField(
            model_name='batch', name='slips', field=models.BinaryField(null=True, verbose_name='バッチ票'),
        ),
    ]
