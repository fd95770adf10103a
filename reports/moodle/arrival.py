"""Who came from Moodle, as whom, into which course: written down, and put into the session.

What the session holds is what `access` decides by. Somebody else's launch in the same browser ends
the session; one's own adds its course, so that two courses can be open in two tabs. What Moodle
tells last counts: a role that it no longer gives is taken out of the session at once, and none
lasts longer than the hours after its own launch.
"""

from typing import Any

from django.contrib.auth import login, logout
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from reports.access import MOODLE_SESSION, MOODLE_SESSION_FOR, record
from reports.models import (
    Course,
    CourseRole,
    CourseVisit,
    Enrolment,
    MoodleTool,
    MoodleUser,
    Role,
    User,
)
from reports.models.user import MOODLE_NAME
from reports.moodle.embedding import is_framed
from reports.moodle.launch import Launch
from reports.moodle.refusals import LaunchRefused

BACKEND = "django.contrib.auth.backends.ModelBackend"


def arrive(request: HttpRequest, launch: Launch) -> Course:
    """Sign the person in and return the course.

    Raises: LaunchRefused for a role that has nothing to see here, or without a course.
    """
    try:
        with transaction.atomic():
            known, course, role = _write_down(launch)
    except LaunchRefused:
        _withdraw(request, launch)
        raise
    _sign_in(request, known.user)
    _remember(request, launch, course, role)
    record(request, "came from Moodle", target_of(launch), role=str(role))
    return course


def target_of(launch: Launch) -> str:
    """Return how the access log names what was opened."""
    return f"course {launch.course_id or '?'} of {launch.tool.site.issuer}"


def _write_down(launch: Launch) -> tuple[MoodleUser, Course, CourseRole]:
    role = launch.role
    if role is None:
        raise LaunchRefused("no_role")
    if not launch.course_id:
        raise LaunchRefused("no_course")
    known = _moodle_user(launch)
    if not known.user.is_active:
        raise LaunchRefused("disabled")
    course = _course(launch)
    if role == CourseRole.LEARNER and not course.learners_see_own:
        raise LaunchRefused("learners_off")
    _note_visit(course, known, role)
    MoodleTool.objects.filter(pk=launch.tool.pk).update(launched_at=timezone.now())
    return known, course, role


def _moodle_user(launch: Launch) -> MoodleUser:
    site = launch.tool.site
    found = MoodleUser.objects.select_related("user").filter(site=site, subject=launch.subject)
    known = found.first()
    if known is None:
        # No form takes a colon in a user name: nobody can be here under this one.
        values = {"role": Role.TEACHER, "password": make_password(None)}
        name = f"{MOODLE_NAME}{site.pk}:{launch.subject}"
        user, _ = User.objects.get_or_create(username=name, defaults=values)
        known, _ = MoodleUser.objects.get_or_create(
            site=site, subject=launch.subject, defaults={"user": user}
        )
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
    if launch.user_name != known.user_name and _may_be_called(known, launch):
        known.user_name = launch.user_name
        known.save(update_fields=["user_name"])
    return known


def _may_be_called(known: MoodleUser, launch: Launch) -> bool:
    """Return whether the user name is theirs: it decides whose attendance they see as their own.

    A custom parameter that the tool doesn't have may be an activity's, so a teacher's. It counts
    unless the name is known as somebody else's.
    """
    name = launch.user_name
    if not name or len(name) > 200:
        return False
    if launch.is_user_name_sure:
        return True
    others = MoodleUser.objects.filter(site=known.site_id, user_name=name).exclude(pk=known.pk)
    enrolled = Enrolment.objects.filter(course__site=known.site_id, user_name=name)
    return not (others.exists() or enrolled.exclude(moodle_user_id=known.subject).exists())


def _course(launch: Launch) -> Course:
    """Return the course, brought up to what the launch tells of it."""
    told: dict[str, Any] = {
        "title": launch.title[:400],
        "short_name": launch.short_name[:200],
        "id_number": launch.id_number[:200],
        "starts_at": launch.starts_at,
        "ends_at": launch.ends_at,
        "copied_from": list(launch.copied_from),
        "launched_at": timezone.now(),
    }
    if (
        launch.memberships_url
    ):  # a first deep link comes without; the roster is the tool's that has it
        told |= {"tool": launch.tool, "memberships_url": launch.memberships_url}
    if launch.resource_link_id:
        told["resource_link_id"] = launch.resource_link_id
    course, _ = Course.objects.update_or_create(
        site=launch.tool.site,
        course_id=launch.course_id,
        defaults=told,
        create_defaults={"tool": launch.tool} | told,
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
    logout(request)
    login(request, user, backend=BACKEND)


def _remember(request: HttpRequest, launch: Launch, course: Course, role: CourseRole) -> None:
    kept = request.session.get(MOODLE_SESSION, {})
    roles: dict[str, str] = dict(kept.get("roles", {}))
    if role != CourseRole.SITE_ADMINISTRATOR:  # Moodle says it with every launch, or it is over
        administers = str(CourseRole.SITE_ADMINISTRATOR)
        roles = {pk: other for pk, other in roles.items() if other != administers}
    until = timezone.now() + MOODLE_SESSION_FOR
    request.session[MOODLE_SESSION] = {
        "site": launch.tool.site_id,
        "roles": roles | {str(course.pk): str(role)},
        "until": kept.get("until", {}) | {str(course.pk): until.timestamp()},
        "locale": launch.locale,
        "is_framed": is_framed(request),
    }
    request.session.set_expiry(until)


def _withdraw(request: HttpRequest, launch: Launch) -> None:
    """Leave nothing open for whom Moodle sent and who can't get in.

    Somebody else's session ends; of their own, what the course and the site's administration gave.
    """
    if not request.user.is_authenticated:
        return
    site = launch.tool.site_id
    own = MoodleUser.objects.filter(site=site, subject=launch.subject, user=request.user.pk)
    if not own.exists():
        logout(request)
        return
    kept = request.session.get(MOODLE_SESSION, {})
    courses = Course.objects.filter(site=site, course_id=launch.course_id)
    over = {str(pk) for pk in courses.values_list("pk", flat=True)}
    administers = str(CourseRole.SITE_ADMINISTRATOR)
    roles = kept.get("roles", {}).items()
    left = {pk: role for pk, role in roles if pk not in over and role != administers}
    request.session[MOODLE_SESSION] = kept | {"roles": left}
