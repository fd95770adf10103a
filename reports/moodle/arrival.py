"""Who came from Moodle, as whom, into which course: written down, and put into the session.

What the session holds is what `access` decides by. Somebody else's launch in the same browser ends
the session; one's own adds its course, so that two courses can be open in two tabs.
"""

from typing import Any

from django.contrib.auth import login
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from reports.access import MOODLE_SESSION, record
from reports.models import (
    Course,
    CourseRole,
    CourseVisit,
    MoodleTool,
    MoodleUser,
    Role,
    User,
)
from reports.moodle.launch import Launch
from reports.moodle.refusals import LaunchRefused

BACKEND = "django.contrib.auth.backends.ModelBackend"
SESSION_SECONDS = 8 * 3600  # who lost a role in Moodle keeps what was open no longer than this


def arrive(request: HttpRequest, launch: Launch) -> Course:
    """Sign the person in and return the course.

    Raises: LaunchRefused for a role that has nothing to see here, or without a course.
    """
    if launch.role is None:
        raise LaunchRefused("no_role")
    if not launch.course_id:
        raise LaunchRefused("no_course")
    with transaction.atomic():
        known = _moodle_user(launch)
        if not known.user.is_active:
            raise LaunchRefused("disabled")
        course = _course(launch)
        if launch.role == CourseRole.LEARNER and not course.learners_see_own:
            raise LaunchRefused("learners_off")
        _note_visit(course, known, launch.role)
        MoodleTool.objects.filter(pk=launch.tool.pk).update(launched_at=timezone.now())
    _sign_in(request, known.user)
    _remember(request, launch, course)
    record(request, "came from Moodle", f"course {course.course_id} of {course.site.issuer}")
    return course


def _moodle_user(launch: Launch) -> MoodleUser:
    site = launch.tool.site
    found = MoodleUser.objects.select_related("user").filter(site=site, subject=launch.subject)
    known = found.select_for_update(of=("self",)).first()
    if known is None:
        user = User(username=f"moodle-{site.pk}-{launch.subject}"[:150], role=Role.TEACHER)
        user.set_unusable_password()
        user.save()
        known = MoodleUser.objects.create(site=site, subject=launch.subject, user=user)
    names = {
        "first_name": launch.given_name[:150],
        "last_name": launch.family_name[:150],
        "email": launch.email[:254],
    }
    told = {name: value for name, value in names.items() if value}  # hidden names change nothing
    if any(getattr(known.user, name) != value for name, value in told.items()):
        for name, value in told.items():
            setattr(known.user, name, value)
        known.user.save(update_fields=list(told))
    if launch.user_name and known.user_name != launch.user_name:
        known.user_name = launch.user_name[:200]
        known.save(update_fields=["user_name"])
    return known


def _course(launch: Launch) -> Course:
    """Return the course, brought up to what the launch tells of it."""
    told: dict[str, Any] = {
        "title": launch.title[:400],
        "short_name": launch.short_name[:200],
        "id_number": launch.id_number[:200],
        "starts_at": launch.starts_at,
        "ends_at": launch.ends_at,
        "copied_from": list(launch.copied_from),
        "tool": launch.tool,
        "launched_at": timezone.now(),
    }
    if launch.memberships_url:  # a first deep link comes without
        told["memberships_url"] = launch.memberships_url
    if launch.resource_link_id:
        told["resource_link_id"] = launch.resource_link_id[:64]
    course, _ = Course.objects.select_related("site").update_or_create(
        site=launch.tool.site, course_id=launch.course_id[:64], defaults=told
    )
    return course


def _note_visit(course: Course, known: MoodleUser, role: CourseRole) -> None:
    values: dict[str, Any] = {"role": role}
    if role == CourseRole.TEACHER:
        values["was_teacher_at"] = timezone.now()
    CourseVisit.objects.update_or_create(course=course, moodle_user=known, defaults=values)


def _sign_in(request: HttpRequest, user: User) -> None:
    """Sign in, unless it is the same person: another tab's forms would be refused."""
    if request.user.is_authenticated and request.user.pk == user.pk:
        return
    request.session.flush()
    login(request, user, backend=BACKEND)
    request.session.set_expiry(SESSION_SECONDS)


def _remember(request: HttpRequest, launch: Launch, course: Course) -> None:
    kept = request.session.get(MOODLE_SESSION, {})
    roles = kept.get("roles", {}) | {str(course.pk): str(launch.role)}
    request.session[MOODLE_SESSION] = {
        "site": launch.tool.site_id,
        "roles": roles,
        "locale": launch.locale,
    }
