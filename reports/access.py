"""The only gate: what a viewer may see. Every view takes its rows through here.

An administrator sees everything, a teacher the rooms given to him and those of the courses that he
came from, with their breakouts; a learner his own attendance in the courses that he came from, and
no page but that; anybody else nothing. What is not theirs does not exist for them: 404, never 403.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import Count, Exists, OuterRef, Q
from django.http import Http404, HttpRequest
from django.utils import timezone

from reports.models import (
    AccessLogEntry,
    Account,
    Attendance,
    Course,
    CourseRole,
    CourseRoom,
    MoodleUser,
    Person,
    Room,
    RoomGrant,
    RoomSession,
    SessionEvent,
    Snapshot,
    Upload,
    User,
    VirtualEvent,
)
from reports.models.room import RoomQuerySet
from reports.models.session import RoomSessionQuerySet
from reports.models.snapshot import SnapshotQuerySet
from reports.models.upload import UploadQuerySet

SAME_LOOK = timedelta(minutes=10)
# In the session: {"site": pk, "roles": {course pk: role}, "until": {course pk: unix seconds}, …}
MOODLE_SESSION = "moodle"
MOODLE_SESSION_FOR = timedelta(hours=8)  # who lost a role in Moodle keeps it no longer than this


@dataclass(frozen=True)
class Viewer:
    """Somebody who looks at data. Courses are those that this session came from."""

    user: User
    is_administrator: bool
    taught: frozenset[int] = frozenset()  # courses, as a teacher
    learnt: frozenset[int] = frozenset()  # courses, as a learner
    site_administered: int | None = None  # the Moodle site, as its administrator
    is_learner: bool = False  # came from Moodle, and has nothing here but their own attendance

    @property
    def has_courses(self) -> bool:
        """Whether a list of courses is of use to the viewer."""
        return (
            self.is_administrator
            or self.site_administered is not None
            or bool(self.taught or self.learnt)
        )

    def courses(self) -> Any:
        """Return the courses whose rooms and people the viewer may see."""
        found = Course.objects.select_related("site")
        if self.is_administrator:
            return found
        own = Q(pk__in=self.taught)
        if self.site_administered is not None:
            own |= Q(site=self.site_administered)
        return found.filter(own, site__is_active=True)

    def courses_attended(self) -> Any:
        """Return the courses in which the viewer may see their own attendance."""
        found = Course.objects.select_related("site")
        return found.filter(pk__in=self.learnt, learners_see_own=True, site__is_active=True)

    def courses_listed(self) -> Any:
        """Return the courses of which the viewer may see anything at all."""
        found = Course.objects.select_related("site")
        if self.is_administrator:
            return found
        attended = Q(pk__in=self.courses_attended().values("pk"))
        return found.filter(attended | Q(pk__in=self.courses().values("pk")))

    def self_in(self, course: Course) -> Person | None:
        """Return whom the account of the course's site knows the viewer as; None: that isn't known.

        Moodle's user name is Kaltura's user id to the letter. Nothing less is evidence.
        """
        own = MoodleUser.objects.filter(user=self.user, site=course.site_id)
        user_name = own.values_list("user_name", flat=True).first()
        if not user_name:
            return None
        known = Person.objects.filter(is_placeholder=False, erased_at__isnull=True)
        people = known.select_related("account").defer("account__secret", "account__erasure_key")
        return people.filter(account=course.site.account_id, user_id=user_name).first()

    def sessions_attended(self, course: Course, person: Person) -> RoomSessionQuerySet:
        """Return the sessions of the course's rooms in which the person was, who is the viewer."""
        attended = person.attendances.values("session")
        rooms = CourseRoom.objects.in_force().filter(course=course).values("room")
        found = RoomSession.objects.in_course(course.pk)
        return found.filter(pk__in=attended).naming(rooms)

    def subject_in(self, course: Course) -> str | None:
        """Return Moodle's id of the viewer on the course's site; None: they did not come from it."""
        own = MoodleUser.objects.filter(user=self.user, site=course.site_id)
        return own.values_list("subject", flat=True).first()

    def sessions_for_learner(self, course: Course) -> RoomSessionQuerySet:
        """Return the sessions of the course's rooms, for its learner's own row of the register.

        Those they missed too, so date, room and length alone may be told of them: who else was there
        and who held them may not. None unless the viewer came as a learner and the course lets them.
        """
        if not self.courses_attended().filter(pk=course.pk).exists():
            return RoomSession.objects.none()
        rooms = CourseRoom.objects.in_force().filter(course=course).values("room")
        return RoomSession.objects.in_course(course.pk).naming(rooms)

    @property
    def _own_rooms(self) -> Q:
        own = Q(grants__user=self.user) | Q(parent__grants__user=self.user)
        if self.taught or self.site_administered is not None:
            in_force = CourseRoom.objects.in_force().filter(course__in=self.courses().values("pk"))
            rooms = in_force.values("room")
            own |= Q(pk__in=rooms) | Q(parent__in=rooms)
        return own

    def rooms(self) -> RoomQuerySet:
        """Return the rooms that the viewer may see, breakout rooms included."""
        if self.is_administrator:
            return Room.objects.all()
        return Room.objects.filter(pk__in=Room.objects.filter(self._own_rooms).values("pk"))

    def sessions(self) -> RoomSessionQuerySet:
        """Return the sessions that the viewer may see.

        A breakout's main room and session are named beside it only where they are the viewer's too.
        """
        if self.is_administrator:
            return RoomSession.objects.all()
        own = Room.objects.filter(self._own_rooms).values("pk")
        return RoomSession.objects.filter(room__in=own).naming(own)

    def people(self) -> Any:
        """Return the people who were in a session that the viewer may see."""
        if self.is_administrator:
            return Person.objects.all()
        theirs = Attendance.objects.filter(person=OuterRef("pk"), session__in=self.sessions())
        return Person.objects.filter(Exists(theirs))

    def events(self) -> Any:
        """Return the virtual events that the viewer may know of: with a session of theirs."""
        if self.is_administrator:
            return VirtualEvent.objects.all()
        tags = SessionEvent.objects.filter(session__in=self.sessions())
        return VirtualEvent.objects.filter(pk__in=tags.values("event"))

    def accounts(self) -> Any:
        """Return the accounts that the viewer may manage: none that is being deleted."""
        if not self.is_administrator:
            return Account.objects.none()
        return Account.objects.filter(removal_asked_at__isnull=True)

    def accounts_leaving(self) -> Any:
        """Return the accounts that are being deleted, with how many sessions are left."""
        if not self.is_administrator:
            return Account.objects.none()
        leaving = Account.objects.defer("secret", "erasure_key")
        return leaving.filter(removal_asked_at__isnull=False).annotate(left=Count("sessions"))

    def accounts_seen(self) -> Any:
        """Return the accounts of which the viewer may see any data; their secrets stay sealed."""
        found = Account.objects.defer("secret", "erasure_key")
        if self.is_administrator:
            return found
        return found.filter(pk__in=self.rooms().values("account"))

    def snapshots(self) -> SnapshotQuerySet:
        """Return the kept answers that the viewer may look at.

        One that was asked with a pasted KS is its maker's alone: the others have no such KS.
        """
        if not self.is_administrator:
            return Snapshot.objects.none()
        own = Q(account__isnull=False) | Q(requested_by=self.user)
        return Snapshot.objects.kept(timezone.now()).filter(own)

    def uploads(self) -> UploadQuerySet:
        """Return the uploads that the viewer may look at and decide on."""
        if not self.is_administrator:
            return Upload.objects.none()
        return Upload.objects.kept(timezone.now())


def viewer_of(user: User | AnonymousUser, session: Mapping[str, Any] | None = None) -> Viewer:
    """Return the viewer that a signed-in user is, with the courses that the session came from.

    Raises: Http404 for anybody else; views ask for the sign-in first.
    """
    if not isinstance(user, User) or not user.is_active:
        raise Http404
    came = (session or {}).get(MOODLE_SESSION) or {}
    until, now = came.get("until", {}), timezone.now().timestamp()
    roles = {int(pk): role for pk, role in came.get("roles", {}).items() if until.get(pk, 0) > now}
    taught = frozenset(pk for pk, role in roles.items() if role == CourseRole.TEACHER)
    is_site_administrator = CourseRole.SITE_ADMINISTRATOR in roles.values()
    sees_rooms = user.is_administrator or is_site_administrator or bool(taught)
    return Viewer(
        user,
        user.is_administrator,
        taught=taught,
        learnt=frozenset(pk for pk, role in roles.items() if role == CourseRole.LEARNER),
        site_administered=came["site"] if is_site_administrator else None,
        is_learner=bool(came) and not sees_rooms and not _has_grants(user),
    )


def _has_grants(user: User) -> bool:
    return RoomGrant.objects.filter(user=user).exists()


def record(request: HttpRequest, action: str, target: str, **detail: object) -> None:
    """Write down who viewed, exported or changed what."""
    user = request.user if isinstance(request.user, User) else None
    AccessLogEntry.objects.create(
        user=user,
        user_label=str(user or "nobody")[:200],
        action=action,
        target=target[:200],
        detail=detail,
    )


def record_as(label: str, action: str, target: str, **detail: object) -> None:
    """Write down what was done without a sign-in, such as on the command line."""
    AccessLogEntry.objects.create(
        user_label=label[:200], action=action, target=target[:200], detail=detail
    )


def record_view(request: HttpRequest, target: str, **detail: object) -> None:
    """Write down that somebody looked; once where htmx sorts or searches what he looks at.

    The header alone is no excuse: anybody can send it, so a line of lately must be there that says
    the same. A course's register and one learner of it are of one target, and two looks.
    """
    if request.headers.get("HX-Request"):
        lately = timezone.now() - SAME_LOOK
        known = AccessLogEntry.objects.filter(user=request.user.pk, action="viewed", target=target)
        if detail in known.filter(at__gte=lately).values_list("detail", flat=True):
            return
    record(request, "viewed", target, **detail)
