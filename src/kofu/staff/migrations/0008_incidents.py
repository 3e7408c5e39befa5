"""事故報告: incidents and the reports that were made of them."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('staff', '0007_emergency_access'),
    ]

    operations = [
        migrations.CreateModel(
            name='Incident',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('case', models.CharField(blank=True, default='', max_length=64, verbose_name='調査票の番号')),
                ('title', models.CharField(max_length=64, verbose_name='件名')),
                ('known_at', models.DateTimeField(verbose_name='知った日時')),
                ('wrongful', models.BooleanField(default=False, verbose_name='不正の目的によるおそれ')),
                ('persons', models.IntegerField(verbose_name='本人の数')),
                ('items', models.CharField(max_length=200, verbose_name='個人データの項目')),
                ('course', models.CharField(max_length=2000, verbose_name='概要・経過')),
                ('cause', models.CharField(max_length=2000, verbose_name='原因')),
                ('measures', models.CharField(max_length=2000, verbose_name='二次被害の防止・再発防止の措置')),
                ('recorded_by', models.CharField(max_length=32, verbose_name='登録者')),
                ('recorded_at', models.DateTimeField(verbose_name='登録日時')),
            ],
            options={
                'db_table': 'staff_incident',
                'ordering': ['-known_at'],
                'constraints': [models.CheckConstraint(condition=models.Q(('persons__gte', 0)), name='staff_incident_persons')],
            },
        ),
        migrations.CreateModel(
            name='IncidentReport',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=16, verbose_name='報告')),
                ('made_at', models.DateTimeField(verbose_name='報告した日時')),
                ('how', models.CharField(max_length=200, verbose_name='方法・受付番号')),
                ('recorded_by', models.CharField(max_length=32, verbose_name='登録者')),
                ('recorded_at', models.DateTimeField(verbose_name='登録日時')),
                ('incident', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='reports', to='staff.incident')),
            ],
            options={
                'db_table': 'staff_incident_report',
                'constraints': [models.CheckConstraint(condition=models.Q(('kind__in', ['client', 'prompt', 'whole'])), name='staff_incident_report_kind_words'), models.UniqueConstraint(fields=('incident', 'kind'), name='staff_incident_report_once')],
            },
        ),
    ]
