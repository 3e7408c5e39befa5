"""緊急閲覧: who may see named persons in an emergency, until when, granted and reported to whom."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('staff', '0006_contractors'),
    ]

    operations = [
        migrations.CreateModel(
            name='EmergencyAccess',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('holder', models.CharField(max_length=32, verbose_name='閲覧する者')),
                ('reason', models.CharField(max_length=200, verbose_name='理由')),
                ('minutes', models.IntegerField(verbose_name='時間（分）')),
                ('state', models.CharField(max_length=16, verbose_name='状態')),
                ('asked_at', models.DateTimeField(verbose_name='申請日時')),
                ('decided_by', models.CharField(default='', max_length=32, verbose_name='許可した者')),
                ('decided_at', models.DateTimeField(null=True, verbose_name='許可日時')),
                ('ends_at', models.DateTimeField(null=True, verbose_name='終了日時')),
                ('reported_by', models.CharField(default='', max_length=32, verbose_name='報告を確認した者')),
                ('reported_at', models.DateTimeField(null=True, verbose_name='報告の確認日時')),
            ],
            options={
                'db_table': 'staff_emergency_access',
                'ordering': ['-pk'],
                'constraints': [models.CheckConstraint(condition=models.Q(('state__in', ['asked', 'granted', 'refused', 'reported'])), name='staff_emergency_access_state_words'), models.CheckConstraint(condition=models.Q(models.Q(('decided_by', models.F('holder')), _negated=True), models.Q(('reported_by', models.F('holder')), _negated=True)), name='staff_emergency_access_two_people'), models.CheckConstraint(condition=models.Q(models.Q(('state__in', ['granted', 'reported']), _negated=True), ('ends_at__isnull', False), _connector='OR'), name='staff_emergency_access_ends')],
            },
        ),
        migrations.CreateModel(
            name='EmergencyPerson',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('person_id', models.CharField(max_length=18, verbose_name='画面の番号')),
                ('pseudonym', models.CharField(max_length=64, verbose_name='仮名')),
                ('access', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='persons', to='staff.emergencyaccess')),
            ],
            options={
                'db_table': 'staff_emergency_person',
            },
        ),
    ]
