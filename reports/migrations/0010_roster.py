from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("reports", "0009_account_removal")]

    operations = [
        migrations.AddField(
            model_name="course",
            name="roster_tried_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="enrolment",
            name="erased_at",
            field=models.DateTimeField(null=True),
        ),
    ]
