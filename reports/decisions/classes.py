"""What counts as a class: merged and ignored sessions, class times of one session and of a series."""

from collections.abc import Sequence
from datetime import date, datetime, time

from django.db import transaction
from django.http import HttpRequest

from reports.decisions.making import made_in, note
from reports.models import ClassTime, CountedPart, Course, IgnoredSession, MergedSession


def merge(
    request: HttpRequest, course: Course, cue_point_id: str, into: str, reason: str = ""
) -> MergedSession:
    """Let the session count as a part of the other one."""
    fields = made_in(request, course) | {"reason": reason}
    with transaction.atomic():
        made = MergedSession.objects.create(
            cue_point_id=cue_point_id, into_cue_point_id=into, **fields
        )
        note(request, course, "merged sessions", session=cue_point_id, into=into)
    return made


def ignore(
    request: HttpRequest, course: Course, cue_point_ids: Sequence[str], reason: str = ""
) -> int:
    """Let the sessions not count; return how many there were."""
    fields = made_in(request, course) | {"reason": reason}
    with transaction.atomic():
        made = [IgnoredSession(cue_point_id=cue, **fields) for cue in cue_point_ids]
        IgnoredSession.objects.bulk_create(made)
        if made:
            note(request, course, "ignored sessions", sessions=list(cue_point_ids))
    return len(made)


def set_class_time(
    request: HttpRequest,
    course: Course,
    cue_point_id: str,
    starts_at: datetime,
    ends_at: datetime,
    reason: str = "",
) -> CountedPart:
    """Count only this part of the session's length."""
    fields = made_in(request, course) | {"reason": reason}
    with transaction.atomic():
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
) -> ClassTime:
    """Count only this time of every session on the weekday, in the room or, "", in any."""
    with transaction.atomic():
        made = ClassTime.objects.create(
            entry_id=entry_id,
            weekday=weekday,
            begins=begins,
            ends=ends,
            time_zone=time_zone,
            first_on=first_on,
            last_on=last_on,
            **made_in(request, course),
        )
        note(request, course, "set a weekly class time", weekday=weekday, room=entry_id)
    return made
