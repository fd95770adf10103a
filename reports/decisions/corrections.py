"""Corrections of presence: a teacher's word on learners in classes."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.http import HttpRequest

from reports.decisions.making import made_in, note, undo
from reports.models import Course, Presence, PresenceCorrection

BATCH = 500


@dataclass(frozen=True)
class CorrectedCell:
    """A learner in a class, with what was computed of it as the teacher saw it."""

    cue_point_id: str  # of the class
    moodle_user_id: str
    computed_mark: str  # a Mark
    computed_seconds: int | None
    seen: int | None = None  # key of the correction that counted by then

    @property
    def since(self) -> int:
        return self.seen or 0

    @property
    def fields(self) -> dict[str, Any]:
        """What of it is stored."""
        return {name: value for name, value in vars(self).items() if name != "seen"}


def correct(
    request: HttpRequest,
    course: Course,
    cells: Sequence[CorrectedCell],
    presence: Presence,
    reason: str,
) -> list[PresenceCorrection]:
    """Mark the cells as that; return the corrections made.

    What was said of a cell in these words since it was seen isn't said again: that is a second click.
    """
    common = made_in(request, course) | {"presence": presence, "reason": reason}
    with transaction.atomic():
        Course.objects.select_for_update().get(pk=course.pk)  # one click after the other
        said = _said(course, cells, presence, reason)
        new = [it for it in cells if said.get((it.cue_point_id, it.moodle_user_id), 0) <= it.since]
        made: list[PresenceCorrection] = PresenceCorrection.objects.bulk_create(
            [PresenceCorrection(**cell.fields, **common) for cell in new], batch_size=BATCH
        )
        if made:
            # Without the reason: it may tell of somebody's health, and the log is kept longer.
            named = [[cell.cue_point_id, cell.moodle_user_id] for cell in new]
            note(request, course, "corrected", presence=str(presence), cells=named)
    return made


def _said(
    course: Course, cells: Sequence[CorrectedCell], presence: Presence, reason: str
) -> dict[tuple[str, str], int]:
    """Return the newest correction in force of each session and learner, where it says just that."""
    found = PresenceCorrection.objects.in_force().filter(
        course=course, cue_point_id__in={cell.cue_point_id for cell in cells}
    )
    newest: dict[tuple[str, str], tuple[int, str, str]] = {}
    fields = ("cue_point_id", "moodle_user_id", "pk", "presence", "reason")
    for cue, user, pk, was, why in found.order_by("made_at", "pk").values_list(*fields):
        newest[cue, user] = (pk, was, why)
    return {key: pk for key, (pk, was, why) in newest.items() if (was, why) == (presence, reason)}


def undo_corrections(request: HttpRequest, course: Course, keys: Collection[int]) -> int:
    """Take corrections back; return how many were in force."""
    return undo(request, course, PresenceCorrection, keys, action="took back a correction")
