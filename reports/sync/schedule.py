"""What is due by itself: runs of each hour or night, and the next older days of a backfill.

Several workers may plan at once: who moves the schedule's own mark on, by a conditional update, plans
the run, in the same transaction.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import structlog
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from reports.models import (
    Account,
    Run,
    RunKind,
    RunState,
    Schedule,
    ScheduleKind,
    SignInMethod,
    Tile,
)
from reports.models.retention import kept_from
from reports.sync.plan import Order, plan_run, resume_run
from reports.sync.spans import Span, as_unix, day_of

DAY = timedelta(days=1)
CAUGHT_UP = timedelta(days=92)  # how far back a scheduled run looks for days that are missing
CHUNK = timedelta(days=31)  # of a backfill, one run each
TRIED_AGAIN_AFTER = timedelta(hours=1)  # a backfill that failed

logger = structlog.get_logger(__name__)


# When ------------------------------------------------------------------------------------------


def latest_due(schedule: Schedule, now: datetime) -> datetime | None:
    """Return the latest moment, up to now, at which a run is due; None when the schedule is off."""
    if schedule.kind == ScheduleKind.OFF:
        return None
    if schedule.kind == ScheduleKind.HOURLY:
        return now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    return max(moment for moment in _nights(schedule, now) if moment <= now)


def next_due(schedule: Schedule, now: datetime) -> datetime | None:
    """Return the next moment at which a run is due; now when one is missing, None when it is off."""
    due = latest_due(schedule, now)
    if due is None:
        return None
    if schedule.planned_at is None or schedule.planned_at < due:
        return now
    if schedule.kind == ScheduleKind.HOURLY:
        return due + timedelta(hours=1)
    return min(moment for moment in _nights(schedule, now) if moment > now)


def _nights(schedule: Schedule, now: datetime) -> list[datetime]:
    today = now.astimezone(schedule.zone_info).date()
    return [local_moment(today + n * DAY, schedule.at, schedule.zone_info) for n in range(-2, 3)]


def local_moment(day: date, at: time, zone: ZoneInfo) -> datetime:
    """Return when it is that time of day in the zone, in UTC.

    The first of two where clocks go back; where they leap over it, as long after the leap.
    """
    return datetime.combine(day, at, zone).astimezone(UTC)


# Changing it -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Wish:
    """How somebody wants an account to be asked by itself."""

    kind: str  # a word of ScheduleKind
    at: time
    zone: str  # "" = the site's
    parallel_calls: int
    backfill_from_on: date | None


def change_schedule(account: Account, wish: Wish, now: datetime | None = None) -> list[Run]:
    """Store the wish and return the runs that it makes due at once.

    A schedule that is switched on begins at once; one that is changed, with its next hour or night.
    Another first day begins the backfill anew: what is here by then is passed over.
    """
    now = now or timezone.now()
    with transaction.atomic():
        Schedule.objects.get_or_create(account=account)
        schedule = Schedule.objects.select_for_update().get(account=account)
        was_on = schedule.is_on
        before = (schedule.kind, schedule.at, schedule.zone)
        schedule.kind, schedule.at, schedule.zone = wish.kind, wish.at, wish.zone
        schedule.parallel_calls = wish.parallel_calls
        if before != (wish.kind, wish.at, wish.zone):
            schedule.changed_at = now
            schedule.planned_at = latest_due(schedule, now) if was_on else None
        if schedule.backfill_from_on != wish.backfill_from_on:
            schedule.backfill_from_on, schedule.backfilled_to_on = wish.backfill_from_on, None
        schedule.save()
    planned = (plan_scheduled(schedule, now), plan_backfill(schedule, now))
    return [run for run in planned if run is not None]


# What ------------------------------------------------------------------------------------------


def plan_due(now: datetime | None = None) -> list[Run]:
    """Plan what schedules ask for by now, and return those runs."""
    now = now or timezone.now()
    on = ~Q(kind=ScheduleKind.OFF)
    older = Q(backfill_from_on__isnull=False) & (
        Q(backfilled_to_on__isnull=True) | Q(backfilled_to_on__gt=F("backfill_from_on"))
    )
    schedules = Schedule.objects.filter(on | older).exclude(account__sign_in=SignInMethod.NONE)
    runs = []
    for schedule in schedules.select_related("account"):
        for run in (plan_scheduled(schedule, now), plan_backfill(schedule, now)):
            if run is not None:
                logger.info("run_planned", run=run.pk, account=schedule.account.name, kind=run.kind)
                runs.append(run)
    return runs


def plan_scheduled(schedule: Schedule, now: datetime) -> Run | None:
    """Return the run of this hour or night if it is due and not planned yet.

    However many were missed, they are made up by one. While the one before is not finished, it waits.
    """
    due = latest_due(schedule, now)
    if due is None or (schedule.planned_at is not None and schedule.planned_at >= due):
        return None
    kinds = (RunKind.HOURLY, RunKind.NIGHTLY)
    if Run.objects.unfinished().filter(account=schedule.account_id, kind__in=kinds).exists():
        return None
    with transaction.atomic():
        unplanned = Schedule.objects.filter(
            pk=schedule.pk, kind=schedule.kind, planned_at=schedule.planned_at
        )
        if not unplanned.update(planned_at=due):
            return None
        days = scheduled_days(schedule.account, now)
        order = Order(days[0], days[-1] + DAY)
        kind = RunKind(schedule.kind)
        return plan_run(schedule.account, order, kind=kind, days=_spans(days), anew=True)[0]


def scheduled_days(account: Account, now: datetime) -> list[datetime]:
    """Return the UTC midnights of the days that a scheduled run asks for, the oldest first.

    Today, the days that are provisional, and those that are missing since the first day that the
    account has; of an account that has none yet, yesterday and today.
    """
    today = _midnight(now)
    tiles = Tile.objects.filter(account=account)
    have = tiles.covered().order_by("start_at").values_list("start_at", flat=True)
    first = max(
        have.first() or today - DAY,
        today - CAUGHT_UP,
        kept_from(account.pk, now) or today - CAUGHT_UP,
    )
    asked = tiles.filter(asked_at__isnull=False, start_at__gte=first)
    provisional = tiles.provisional().filter(start_at__gte=first).values("pk")
    settled = set(asked.exclude(pk__in=provisional).values_list("start_at", flat=True))
    days = _days(min(first, today), today + DAY)
    return [day for day in days if day not in settled or day == today]


def plan_backfill(schedule: Schedule, now: datetime) -> Run | None:
    """Return the run of the next older days of a backfill; None while one goes on, or at its end.

    One that failed is tried again after a while, before anything older is asked for.
    """
    if not schedule.is_backfilling:
        return None
    latest = Run.objects.filter(account=schedule.account_id, kind=RunKind.BACKFILL).first()
    if latest is not None and not latest.is_finished:
        return None
    if latest is not None and latest.state == RunState.FAILED:
        ended = latest.finished_at or latest.requested_at
        return latest if ended <= now - TRIED_AGAIN_AFTER and resume_run(latest) else None
    with transaction.atomic():
        days, reached = backfill_days(schedule, now)
        unplanned = Schedule.objects.filter(
            pk=schedule.pk,
            backfill_from_on=schedule.backfill_from_on,
            backfilled_to_on=schedule.backfilled_to_on,
        )
        if not unplanned.update(backfilled_to_on=reached) or not days:
            return None
        order = Order(days[0], days[-1] + DAY)
        return plan_run(
            schedule.account, order, kind=RunKind.BACKFILL, days=_spans(days), anew=True
        )[0]


def backfill_days(schedule: Schedule, now: datetime) -> tuple[list[datetime], date]:
    """Return the next days of a backfill that were never asked for, and the day it has then reached.

    Days that are here, or were removed by retention, are passed over.
    """
    begin = _midnight_of(schedule.backfill_from_on or now.date())
    end = _midnight(now) + DAY
    if schedule.backfilled_to_on is not None:
        end = min(end, _midnight_of(schedule.backfilled_to_on))
    first = max(begin, kept_from(schedule.account_id, now) or begin)
    asked = Tile.objects.filter(
        account=schedule.account_id, asked_at__isnull=False, start_at__gte=first, start_at__lt=end
    )
    known = set(asked.values_list("start_at", flat=True))
    missing = [day for day in _days(first, end) if day not in known]
    if not missing:
        return [], begin.date()
    newest = missing[-1]
    days = [day for day in missing if day > newest - CHUNK]
    return days, days[0].date() if days[0] > missing[0] else begin.date()


def _days(first: datetime, end: datetime) -> list[datetime]:
    return [first + n * DAY for n in range(max(0, (end - first) // DAY))]


def _spans(days: list[datetime]) -> list[Span]:
    return [day_of(as_unix(day)) for day in days]


def _midnight(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def _midnight_of(day: date) -> datetime:
    return datetime.combine(day, time.min, UTC)
