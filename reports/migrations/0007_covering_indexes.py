"""Indexes that lists and counts are read from alone; the models say what each is for.

Three that only repeated the beginning of another one go, so that a merge writes no more of them.
"""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("reports", "0006_retention")]
    operations = [
        migrations.AlterField(
            model_name="attendance",
            name="session",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="attendances",
                to="reports.roomsession",
            ),
        ),
        migrations.AlterField(
            model_name="roomsession",
            name="account",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="sessions",
                to="reports.account",
            ),
        ),
        migrations.AlterField(
            model_name="roomsession",
            name="room",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="sessions",
                to="reports.room",
            ),
        ),
        migrations.AddIndex(
            model_name="attendance",
            index=models.Index(
                fields=["session", "person", "view_seconds", "engaged_seconds", "user_type"],
                name="attendance_by_session",
            ),
        ),
        migrations.RemoveIndex(model_name="roomsession", name="session_by_room"),
        migrations.AddIndex(
            model_name="roomsession",
            index=models.Index(
                fields=[
                    "room",
                    "started_at",
                    "id",
                    "account",
                    "view_seconds",
                    "engaged_seconds",
                    "attendee_count",
                    "guest_count",
                    "facts_asked_at",
                ],
                name="session_by_room",
            ),
        ),
        migrations.AddIndex(
            model_name="roomsession",
            index=models.Index(
                fields=[
                    "started_at",
                    "id",
                    "account",
                    "view_seconds",
                    "engaged_seconds",
                    "attendee_count",
                    "guest_count",
                    "facts_asked_at",
                    "room",
                ],
                name="session_sums",
            ),
        ),
    ]
