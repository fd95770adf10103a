"""A snapshot: the answer to one request, shown for a while and never merged."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from reports.models.account import Account
from reports.models.user import User

STOPPED_AFTER = timedelta(seconds=30)  # without a sign of life from who asks; one comes far sooner


class SnapshotState(models.TextChoices):
    WAITING = "waiting", _("waiting")
    RUNNING = "running", _("running")
    DONE = "done", _("answered")
    FAILED = "failed", _("failed")


UNFINISHED = (SnapshotState.WAITING, SnapshotState.RUNNING)


def snapshot_time() -> timedelta:
    """How long a snapshot is kept after it was asked for."""
    return timedelta(hours=settings.SNAPSHOT_HOURS)


class SnapshotQuerySet(models.QuerySet["Snapshot"]):
    def kept(self, now: datetime) -> "SnapshotQuerySet":
        """Snapshots that have not expired."""
        return self.filter(expires_at__gt=now)

    def expired(self, now: datetime) -> "SnapshotQuerySet":
        return self.filter(expires_at__lte=now)

    def under_way(self, now: datetime) -> "SnapshotQuerySet":
        """Snapshots that somebody is asking for at this moment."""
        return self.filter(state__in=UNFINISHED, heartbeat_at__gt=now - STOPPED_AFTER)

    def without_content(self) -> "SnapshotQuerySet":
        """Rows for a list: what was asked and how it went, not what came."""
        return self.defer("content", "summary")


class Snapshot(models.Model):
    """What was asked, how far it is, and the answer. A pasted KS is in none of it."""

    account = models.ForeignKey(  # NULL: asked with a pasted KS
        Account, models.CASCADE, null=True, related_name="snapshots"
    )
    endpoint = models.CharField(max_length=40)  # a name out of settings, not a URL
    partner_id = models.PositiveBigIntegerField(null=True)  # of a pasted KS: NULL till Kaltura told
    requested_by = models.ForeignKey(User, models.CASCADE, related_name="snapshots")
    report_id = models.PositiveIntegerField()
    from_unix = models.BigIntegerField()  # the half-open range of viewing, as it was sent
    to_unix = models.BigIntegerField()
    is_unix_typed = models.BooleanField(default=False)  # not as days of the zone
    zone = models.CharField(max_length=64, default="UTC")  # of the days
    filters = models.JSONField(default=dict)  # field of ReportFilters → list of ids
    excluded_fields = models.JSONField(default=list)
    state = models.CharField(max_length=20, choices=SnapshotState, default=SnapshotState.WAITING)
    requested_at = models.DateTimeField()
    asked_at = models.DateTimeField(null=True)  # before the question was sent
    heartbeat_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(db_index=True)
    received_bytes = models.PositiveBigIntegerField(default=0)
    row_count = models.PositiveIntegerField(null=True)  # lines below the header, broken ones too
    is_cut = models.BooleanField(default=False)  # as many rows as Kaltura gives at most
    sha256 = models.CharField(max_length=64, blank=True)
    summary = models.JSONField(default=dict)  # reports.sync.snapshot_summary
    error_code = models.CharField(max_length=80, blank=True)
    error = models.TextField(blank=True)
    content = models.BinaryField(default=b"")  # the CSV as Kaltura gave it, gzipped

    objects = SnapshotQuerySet.as_manager()

    class Meta:
        ordering = ["-requested_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.report_id} asked {self.requested_at:%Y-%m-%d %H:%M}"

    @property
    def is_finished(self) -> bool:
        return self.state not in UNFINISHED

    def is_stopped(self, now: datetime) -> bool:
        """Return whether nobody asks any more, and nothing will come: its process is gone."""
        return not self.is_finished and self.heartbeat_at <= now - STOPPED_AFTER
