"""Whether a worker lives, and what waits for one: schedules that are on, and runs in the queue."""

from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db.models import Exists, Q, QuerySet

from reports.models import Run, RunState, Schedule, ScheduleKind, Worker

WAITED_TOO_LONG = timedelta(minutes=5)  # a run in the queue, or a schedule since it was changed
PATIENCE = {ScheduleKind.HOURLY: timedelta(hours=3), ScheduleKind.NIGHTLY: timedelta(hours=26)}


class ScheduleOn(NamedTuple):
    """A schedule that asks by itself."""

    account_id: int
    kind: str
    changed_at: datetime

    @property
    def patience(self) -> timedelta:
        """How old the newest data may be before it is stale."""
        return PATIENCE[ScheduleKind(self.kind)]


def schedules_on() -> list[ScheduleOn]:
    """Return the schedules that are on. One query."""
    found = Schedule.objects.exclude(kind=ScheduleKind.OFF).order_by("account")
    return [ScheduleOn(*row) for row in found.values_list(*ScheduleOn._fields)]


def waiting_in_vain(now: datetime) -> list[QuerySet[Any]]:
    """Return the runs, and the schedules, that wait for a worker while none is alive."""
    none_alive = ~Exists(Worker.objects.alive(now))
    long_ago = now - WAITED_TOO_LONG
    waiting = Q(state=RunState.WAITING, requested_at__lt=long_ago)
    left = Q(state=RunState.RUNNING, heartbeat_at__lt=long_ago)
    on = Schedule.objects.exclude(kind=ScheduleKind.OFF).filter(changed_at__lt=long_ago)
    return [Run.objects.filter(waiting | left).filter(none_alive), on.filter(none_alive)]


def waits_for_worker(now: datetime) -> bool:
    """Return whether something waits for a worker and none is alive."""
    return any(waiting.exists() for waiting in waiting_in_vain(now))
