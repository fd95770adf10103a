"""What counts as a class: merged and ignored sessions, class times of one session and of a series.

A decision that is in force already is not made a second time: two clicks are one decision.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, time

from django.db import transaction
from django.http import HttpRequest

from reports.decisions.making import made_in, note, undo
from reports.models import ClassTime, CountedPart, Course, IgnoredSession, MergedSession
from reports.models.decision import CourseDecision, DecisionQuerySet

# The decisions of this module as addresses and forms name them.
KINDS: Mapping[str, type[CourseDecision]] = {
    "merge": MergedSession,
    "ignore": IgnoredSession,
    "time": CountedPart,
    "series": ClassTime,
}


class IsIgnored(Exception):
    """One of the sessions does not count, so it can't be a part of a class either."""


class WouldTurnInCircles(Exception):
    """The other session counts as a part of this one already."""


def merge(
    request: HttpRequest, course: Course, cue_point_id: str, into: str, reason: str = ""
) -> MergedSession | None:
    """Let the session count as a part of the other one; None where it does already.

    Raises: IsIgnored, WouldTurnInCircles.
    """
    fields = made_in(request, course) | {"reason": reason}
    with transaction.atomic():
        _one_at_a_time(course)
        if _in_force(IgnoredSession, course).filter(cue_point_id__in=[cue_point_id, into]).exists():
            raise IsIgnored
        merged = dict(
            _in_force(MergedSession, course)
            .order_by("made_at", "pk")
            .values_list("cue_point_id", "into_cue_point_id")
        )
        if merged.get(cue_point_id) == into:
            return None
        if cue_point_id in _way(into, merged):
            raise WouldTurnInCircles
        made = MergedSession.objects.create(
            cue_point_id=cue_point_id, into_cue_point_id=into, **fields
        )
        note(request, course, "merged sessions", session=cue_point_id, into=into)
    return made


def _way(cue_point_id: str, merged: Mapping[str, str]) -> list[str]:
    """Return the session and all that it is merged into, one after the other."""
    way = [cue_point_id]
    while (into := merged.get(way[-1])) is not None and into not in way:
        way.append(into)
    return way


def ignore(
    request: HttpRequest, course: Course, cue_point_ids: Sequence[str], reason: str = ""
) -> int:
    """Let the sessions not count; return how many of them did until now."""
    fields = made_in(request, course) | {"reason": reason}
    with transaction.atomic():
        _one_at_a_time(course)
        known = _in_force(IgnoredSession, course).filter(cue_point_id__in=cue_point_ids)
        ignored = set(known.values_list("cue_point_id", flat=True))
        wanted = [cue for cue in dict.fromkeys(cue_point_ids) if cue not in ignored]
        IgnoredSession.objects.bulk_create(
            [IgnoredSession(cue_point_id=cue, **fields) for cue in wanted]
        )
        if wanted:
            note(request, course, "ignored sessions", sessions=wanted)
    return len(wanted)


def set_class_time(
    request: HttpRequest,
    course: Course,
    cue_point_id: str,
    starts_at: datetime,
    ends_at: datetime,
    reason: str = "",
) -> CountedPart | None:
    """Count only this part of the session's length; None where it is so already."""
    fields = made_in(request, course) | {"reason": reason}
    with transaction.atomic():
        _one_at_a_time(course)
        known = _in_force(CountedPart, course).filter(cue_point_id=cue_point_id)
        newest = known.order_by("made_at", "pk").last()
        if newest and (newest.starts_at, newest.ends_at) == (starts_at, ends_at):
            return None
        made = CountedPart.objects.create(
            cue_point_id=cue_point_id, starts_at=starts_at, ends_at=ends_at, **fields
        )
        times = [starts_at.isoformat(), ends_at.isoformat()]
        note(request, course, "set a class time", session=cue_point_id, times=times)
    return made


def set_series(
    request: HttpRequest,
    course: Course,
    *,
    entry_id: str,
    weekday: int,
    begins: time,
    ends: time,
    time_zone: str,
    first_on: date,
    last_on: date | None,
) -> ClassTime | None:
    """Count only this time of every session on the weekday, in the room or, "", in any.

    None where a series says so already.
    """
    values = {
        "entry_id": entry_id,
        "weekday": weekday,
        "begins": begins,
        "ends": ends,
        "time_zone": time_zone,
        "first_on": first_on,
        "last_on": last_on,
    }
    fields = made_in(request, course)
    with transaction.atomic():
        _one_at_a_time(course)
        if _in_force(ClassTime, course).filter(**values).exists():
            return None
        made = ClassTime.objects.create(**values, **fields)
        note(request, course, "set a weekly class time", weekday=weekday, room=entry_id)
    return made


def undo_of_classes(request: HttpRequest, course: Course, kind: str, keys: Collection[int]) -> int:
    """Undo decisions of one of KINDS; return how many were in force."""
    return undo(request, course, KINDS[kind], keys, action="undid a decision on classes")


def _one_at_a_time(course: Course) -> None:
    """Let nobody else decide on the course's classes until this transaction is over."""
    Course.objects.select_for_update().get(pk=course.pk)


def _in_force(kind: type[CourseDecision], course: Course) -> DecisionQuerySet:
    return kind.objects.in_force().filter(course=course, account=course.site.account_id)
