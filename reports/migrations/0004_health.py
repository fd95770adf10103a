import django.db.models.deletion
from django.db import migrations, models
from django.db.models import F, Q


class Migration(migrations.Migration):

    dependencies = [
        ('reports', '0003_worker'),
    ]

    operations = [
        migrations.CreateModel(
            name='Alert',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('run_failed', 'Sync failed'), ('credentials_refused', 'Kaltura refuses the sign-in'), ('credentials_ending', 'The sign-in is about to end'), ('days_failed', 'Days that could not be asked'), ('data_stale', 'Data is not up to date'), ('worker_gone', 'No worker is running')], max_length=30)),
                ('opened_at', models.DateTimeField()),
                ('closed_at', models.DateTimeField(null=True)),
                ('detail', models.JSONField(default=dict)),
                ('mailed_at', models.DateTimeField(null=True)),
                ('closing_mailed_at', models.DateTimeField(null=True)),
                ('mailed_to', models.JSONField(default=list)),
                ('closing_mailed_to', models.JSONField(default=list)),
                ('mail_from', models.DateTimeField(null=True)),
                ('account', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='alerts', to='reports.account')),
            ],
            options={
                'ordering': ['-opened_at', '-pk'],
                'constraints': [
                    models.UniqueConstraint(condition=Q(closed_at__isnull=True), fields=('kind', 'account'), name='alert_open_once'),
                    models.UniqueConstraint(condition=Q(closed_at__isnull=True, account__isnull=True), fields=('kind',), name='alert_open_once_of_site'),
                    models.CheckConstraint(condition=Q(closed_at__isnull=True) | Q(closed_at__gte=F('opened_at')), name='alert_ends_after_start'),
                ],
            },
        ),
    ]
