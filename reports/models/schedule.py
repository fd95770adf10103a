"""When an account is asked by itself, how politely, and how far back."""

from datetime import time
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from reports.models.account import Account

PARALLEL_CALLS = 2  # of an account without a schedule
MOST_PARALLEL_CALLS = 10


class ScheduleKind(models.TextChoices):
    OFF = "off", _("Off")
    HOURLY = "hourly", _("Every hour")
    NIGHTLY = "nightly", _("Every night")


class Schedule(models.Model):
    """No row: nothing is asked by itself. What is due when, `reports.sync.schedule` says."""

    account = models.OneToOneField(Account, models.CASCADE, related_name="schedule")
    kind = models.CharField(max_length=20, choices=ScheduleKind, default=ScheduleKind.OFF)
    at = models.TimeField(default=time(3, 30))  # of a nightly one, in the zone
    zone = models.CharField(max_length=64, blank=True)  # "" = the site's
    parallel_calls = models.PositiveSmallIntegerField(default=PARALLEL_CALLS)  # at most, at once
    changed_at = models.DateTimeField(default=timezone.now)  # of `kind`, `at` or `zone`
    planned_at = models.DateTimeField(null=True)  # when the latest run was due; NULL: none yet
    backfill_from_on = models.DateField(null=True)  # UTC day; NULL: no backfill
    backfilled_to_on = models.DateField(null=True)  # planned down to here; NULL: nothing yet

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(parallel_calls__gte=1, parallel_calls__lte=MOST_PARALLEL_CALLS),
                name="schedule_parallel_calls",
            ),
        ]

    def __str__(self) -> str:
        return f"schedule of {self.account}"

    @property
    def is_on(self) -> bool:
        return self.kind != ScheduleKind.OFF

    @property
    def zone_info(self) -> ZoneInfo:
        return ZoneInfo(self.zone or settings.TIME_ZONE)

    @property
    def is_backfilling(self) -> bool:
        """True while days of the backfill are still to be planned."""
        begin, reached = self.backfill_from_on, self.backfilled_to_on
        return begin is not None and (reached is None or reached > begin)


def schedule_of(account: Account) -> Schedule:
    """Return the account's schedule; an unsaved one, which is off, where it has none."""
    return Schedule.objects.filter(account=account).first() or Schedule(account=account)


def parallel_calls(account_id: int) -> int:
    """Return how many calls of syncs the account takes at once."""
    found = Schedule.objects.filter(account=account_id).values_list("parallel_calls", flat=True)
    return found.first() or PARALLEL_CALLS
