"""Which page a link from Moodle leads to: its custom parameters say it."""

from django.urls import reverse

from reports.models import Course, CourseRole
from reports.moodle.launch import Launch

PAGE, ROOM = "rollcall_page", "rollcall_room"  # custom parameters of a deep link


def destination(launch: Launch, course: Course) -> str:
    """Return the address of the page. A room that isn't the course's is a 404 there, for everybody."""
    if launch.role == CourseRole.LEARNER:
        return reverse("reports:my-attendance", args=[course.pk])
    entry_id = launch.custom.get(ROOM, "")
    if launch.custom.get(PAGE) == "room" and entry_id and course.site.account_id:
        room = reverse("reports:room", args=[course.site.account_id, entry_id])
        return f"{room}?course={course.pk}"
    return reverse("reports:course", args=[course.pk])
