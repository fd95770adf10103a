import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('reports', '0005_upload'),
    ]

    operations = [
        migrations.CreateModel(
            name='RetentionPolicy',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('attendances_days', models.PositiveIntegerField(null=True)),
                ('attendances_action', models.CharField(choices=[('pseudonymise', 'People become pseudonyms'), ('remove', 'Attendances are removed')], default='pseudonymise', max_length=20)),
                ('set_aside_days', models.PositiveIntegerField(null=True)),
                ('snapshots_days', models.PositiveIntegerField(null=True)),
                ('restatements_days', models.PositiveIntegerField(null=True)),
                ('runs_days', models.PositiveIntegerField(null=True)),
                ('applied_on', models.DateField(null=True)),
                ('account', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='retention', to='reports.account')),
            ],
            options={
                'verbose_name_plural': 'retention policies',
            },
        ),
    ]
