"""Worker processes: who is there, since when, and whether they still give a sign of life."""

from datetime import datetime, timedelta

from django.db import models
from django.utils import timezone

from reports.models.run import Run

BEAT = timedelta(seconds=10)  # between two signs of life
GONE_AFTER = timedelta(minutes=2)  # without one


class WorkerQuerySet(models.QuerySet["Worker"]):
    def alive(self, now: datetime) -> "WorkerQuerySet":
        """Workers that were not stopped and have given a sign of life of late."""
        return self.filter(stopped_at__isnull=True, heartbeat_at__gt=now - GONE_AFTER)

    def over(self, now: datetime) -> "WorkerQuerySet":
        """Workers that were stopped, or have been silent for long enough to be forgotten."""
        return self.exclude(pk__in=self.alive(now).values("pk")).filter(
            heartbeat_at__lt=now - timedelta(days=1)
        )


class Worker(models.Model):
    """One process of `manage.py worker`. Its name is what stands in the leases it holds."""

    name = models.CharField(max_length=80, unique=True)
    host = models.CharField(max_length=60)
    pid = models.PositiveIntegerField()
    started_at = models.DateTimeField(default=timezone.now)
    heartbeat_at = models.DateTimeField(default=timezone.now, db_index=True)
    stopped_at = models.DateTimeField(null=True)  # NULL: it runs, or it was killed
    run = models.ForeignKey(Run, models.SET_NULL, null=True, related_name="+")  # of its latest work

    objects = WorkerQuerySet.as_manager()

    class Meta:
        ordering = ["-started_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.host} ({self.pid})"
