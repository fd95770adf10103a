"""Which page a link from Moodle leads to: its custom parameters say it."""

import re

from django.urls import reverse

from reports.models import Course, CourseRole
from reports.moodle.launch import Launch

PAGE, ROOM = "rollcall_page", "rollcall_room"  # custom parameters of a deep link
ENTRY_ID = re.compile(r"\w{1,64}", re.ASCII)  # a teacher may write anything into a parameter


def destination(launch: Launch, course: Course) -> str:
    """Return the address of the page. A room that isn't the course's is a 404 there, for everybody."""
    if launch.role == CourseRole.LEARNER:
        return reverse("reports:my-attendance", args=[course.pk])
    if launch.deep_linking is not None:
        return reverse("reports:deep-link", args=[course.pk])
    entry_id = launch.custom.get(ROOM, "")
    if (
        launch.custom.get(PAGE) == "room"
        and ENTRY_ID.fullmatch(entry_id)
        and course.site.account_id
    ):
        room = reverse("reports:room", args=[course.site.account_id, entry_id])
        return f"{room}?course={course.pk}"
    return reverse("reports:course", args=[course.pk])
