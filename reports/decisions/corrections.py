"""Corrections of presence: a teacher's word on learners in classes."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

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


def correct(
    request: HttpRequest,
    course: Course,
    cells: Sequence[CorrectedCell],
    presence: Presence,
    reason: str,
) -> int:
    """Mark the cells as that; return how many there were."""
    common = made_in(request, course) | {"presence": presence, "reason": reason}
    with transaction.atomic():
        PresenceCorrection.objects.bulk_create(
            [PresenceCorrection(**vars(cell), **common) for cell in cells], batch_size=BATCH
        )
        if cells:
            # Without the reason: it may tell of somebody's health, and the log is kept longer.
            named = [[cell.cue_point_id, cell.moodle_user_id] for cell in cells]
            note(request, course, "corrected", presence=str(presence), cells=named)
    return len(cells)


def undo_corrections(request: HttpRequest, course: Course, keys: Collection[int]) -> int:
    """Take corrections back; return how many were in force."""
    return undo(request, course, PresenceCorrection, keys, action="took back a correction")
