"""A snapshot: the answer to one request, shown for a while and never merged."""

from django.db import models

from reports.models.account import Account
from reports.models.user import User


class Snapshot(models.Model):
    account = models.ForeignKey(Account, models.CASCADE, null=True, related_name="snapshots")
    requested_by = models.ForeignKey(User, models.CASCADE, related_name="snapshots")
    report_id = models.PositiveIntegerField()
    filters = models.JSONField(default=dict)
    excluded_fields = models.JSONField(default=list)
    asked_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)
    row_count = models.PositiveIntegerField(default=0)
    is_cut = models.BooleanField(default=False)
    content = models.BinaryField()  # the CSV as Kaltura gave it, gzipped

    def __str__(self) -> str:
        return f"{self.report_id} asked {self.asked_at:%Y-%m-%d %H:%M}"
