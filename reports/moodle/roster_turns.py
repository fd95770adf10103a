"""Which courses' rosters are due, and asking for them one by one: what a worker does by itself.

A launch only says that somebody is there; nobody waits for Moodle. Several workers may look at once:
who moves the course's own mark on asks.
"""

from datetime import datetime, time, timedelta
from time import monotonic
from zoneinfo import ZoneInfo

import structlog
from django.conf import settings
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from reports.models import Course
from reports.moodle.roster import PAUSE, ask_roster, claim_roster
from reports.moodle.services import ServiceRefused
from reports.sync.schedule import local_moment

logger = structlog.get_logger(__name__)

STALE = timedelta(hours=1)  # a roster that a launch is not content with
IN_USE = timedelta(days=183)  # after its latest launch a course is asked about every night
NIGHT = time(2, 30)  # of the site's zone
AGAIN = timedelta(hours=1)  # after what may pass by itself
PASSING = ("unreachable", "trouble", "unreadable")
SILENT = timedelta(minutes=10)  # a Moodle that can't be reached is left alone
SECONDS = 120  # for one course
TURN_SECONDS = 30  # then it is looked at whether to stop


def due_courses(now: datetime) -> QuerySet[Course]:
    """Return the courses to ask about: just opened, of last night, or tried in vain; the latest
    opened first."""
    came = Q(roster_tried_at__isnull=True) | Q(roster_tried_at__lt=F("launched_at"))
    is_stale = Q(roster_asked_at__isnull=True) | Q(roster_asked_at__lt=now - STALE)
    in_use = Q(launched_at__gte=now - IN_USE)
    of_night = Q(roster_tried_at__isnull=True) | Q(roster_tried_at__lt=latest_night(now))
    in_vain = Q(roster_error__in=PASSING, roster_tried_at__lt=now - AGAIN)
    silent = Course.objects.filter(
        site=OuterRef("site"), roster_error="unreachable", roster_failed_at__gt=now - SILENT
    )
    is_free = Q(roster_tried_at__isnull=True) | Q(roster_tried_at__lte=now - PAUSE)
    due = (came & is_stale) | (in_use & (of_night | in_vain))
    found = Course.objects.filter(is_free, due, launched_at__isnull=False, site__is_active=True)
    return found.exclude(Exists(silent)).order_by("-launched_at", "pk")


def is_awaited(course: Course, now: datetime) -> bool:
    """Return whether a launch asked for a newer roster, and none came nor failed since."""
    if course.launched_at is None or not course.site.is_active:
        return False
    asked, tried = course.roster_asked_at, course.roster_tried_at
    is_stale = asked is None or asked < now - STALE
    return is_stale and (tried is None or tried < course.launched_at)


def latest_night(now: datetime) -> datetime:
    """Return the latest moment, up to now, at which every course in use is due."""
    zone = ZoneInfo(settings.TIME_ZONE)
    today = now.astimezone(zone).date()
    nights = [local_moment(today - timedelta(days=days), NIGHT, zone) for days in (0, 1)]
    return next(night for night in nights if night <= now)


def ask_due_rosters() -> int:
    """Ask for rosters that are due, for a turn; return for how many."""
    until = monotonic() + TURN_SECONDS
    count = 0
    while monotonic() < until:
        now = timezone.now()
        course = due_courses(now).select_related("site", "tool__site").first()
        if course is None:
            break
        if not claim_roster(course, now):
            continue  # another worker's
        count += 1
        try:
            change = ask_roster(course, seconds=SECONDS)
        except ServiceRefused:
            continue  # said on the course's pages, and logged
        logger.info("roster_asked", course=course.pk, **vars(change))
    return count
