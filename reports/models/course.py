"""A Moodle course: who is enrolled, who came from it, its rooms, when somebody is present."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from reports.models.moodle import CourseRole, MoodleSite, MoodleTool, MoodleUser
from reports.models.room import Room
from reports.models.user import User


class Course(models.Model):
    site = models.ForeignKey(MoodleSite, models.CASCADE, related_name="courses")
    course_id = models.CharField(max_length=64)  # Moodle's id, the launch's context id
    title = models.CharField(max_length=400, blank=True)
    short_name = models.CharField(max_length=200, blank=True)
    id_number = models.CharField(max_length=200, blank=True)
    starts_at = models.DateTimeField(null=True)
    ends_at = models.DateTimeField(null=True)
    copied_from = models.JSONField(default=list)  # Moodle's ids of the courses it was copied from
    learners_see_own = models.BooleanField(default=False)
    launched_at = models.DateTimeField(null=True)  # the latest
    # The roster: where it is asked for, by which tool and from which activity, and how that went.
    tool = models.ForeignKey(MoodleTool, models.SET_NULL, null=True, related_name="+")
    memberships_url = models.URLField(max_length=1000, blank=True)  # "": not granted
    resource_link_id = models.CharField(max_length=64, blank=True)
    roster_asked_at = models.DateTimeField(null=True)  # NULL: no whole roster yet
    roster_tried_at = models.DateTimeField(null=True)  # when somebody last began to ask
    roster_failed_at = models.DateTimeField(null=True)  # the latest try, NULL when that went well
    roster_error = models.CharField(max_length=40, blank=True)  # a key of definitions.ROSTER_ERRORS

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["site", "course_id"], name="course_once"),
        ]

    def __str__(self) -> str:
        return self.short_name or self.title or self.course_id


class CourseVisit(models.Model):
    """As whom somebody came into a course the latest time: who came as a teacher is staff."""

    course = models.ForeignKey(Course, models.CASCADE, related_name="visits")
    moodle_user = models.ForeignKey(MoodleUser, models.CASCADE, related_name="visits")
    role = models.CharField(max_length=20, choices=CourseRole)
    was_teacher_at = models.DateTimeField(null=True)
    first_at = models.DateTimeField(auto_now_add=True)
    latest_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["course", "moodle_user"], name="course_visit_once"),
        ]

    def __str__(self) -> str:
        return f"{self.moodle_user} in {self.course}"


class Enrolment(models.Model):
    """A Moodle user in a course. Before `first_seen_at` a learner's status is unknown, not absent.

    Who isn't in the latest roster has left: `last_seen_at` is before the course's roster_asked_at.
    """

    class Kind(models.TextChoices):
        LEARNER = "learner", _("Learner")
        STAFF = "staff", _("Staff")

    course = models.ForeignKey(Course, models.CASCADE, related_name="enrolments")
    moodle_user_id = models.CharField(max_length=64)  # the launch's sub
    user_name = models.CharField(max_length=200, blank=True)
    name = models.CharField(max_length=400, blank=True)
    email = models.CharField(max_length=400, blank=True)
    id_number = models.CharField(max_length=200, blank=True)
    kind = models.CharField(max_length=20, choices=Kind, default=Kind.LEARNER)  # as the roster says
    # Staff though the roster says learner, or the other way round: somebody's word, undoable.
    marked_kind = models.CharField(max_length=20, choices=Kind, blank=True)
    marked_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    marked_at = models.DateTimeField(null=True)
    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    counted_from = models.DateTimeField(null=True)  # backdated by the teacher, visibly
    backdated_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    erased_at = models.DateTimeField(null=True)  # the person was: no roster names them any more

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["course", "moodle_user_id"], name="enrolment_once"),
        ]

    def __str__(self) -> str:
        return f"{self.name or self.moodle_user_id} in {self.course}"


class CourseRoomQuerySet(models.QuerySet["CourseRoom"]):
    def in_force(self) -> "CourseRoomQuerySet":
        """Rooms that belong to their course: confirmed, and not undone."""
        return self.filter(confirmed_at__isnull=False, undone_at__isnull=True)

    def waiting(self) -> "CourseRoomQuerySet":
        """Claims that an administrator has not decided on."""
        return self.filter(confirmed_at__isnull=True, undone_at__isnull=True)


class CourseRoom(models.Model):
    """A room that is said to belong to a course, with the evidence; undone, never deleted.

    An id that a teacher typed has no room until an administrator confirms it: the claim looks the
    same whether or not there is such a room.
    """

    class Ended(models.TextChoices):
        LEFT = "left", _("no longer in the course's category")
        TAKEN_OUT = "taken_out", _("taken out")
        TURNED_DOWN = "turned_down", _("turned down")

    course = models.ForeignKey(Course, models.CASCADE, related_name="course_rooms")
    room = models.ForeignKey(Room, models.CASCADE, null=True, related_name="course_rooms")
    entry_id = models.CharField(max_length=64, blank=True)  # as typed; "" for a known room
    # What spoke for it at the time: {"category": its full name, "asked_at": ISO time}, or {"by_hand":
    # true}, or {"suggested": ["name", "overlap"]}. What speaks for it now is asked anew.
    evidence = models.JSONField(default=dict)
    claimed_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    claimed_at = models.DateTimeField(auto_now_add=True)
    confirmed_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    confirmed_at = models.DateTimeField(null=True)  # NULL: waits for an administrator
    undone_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    ended = models.CharField(max_length=20, choices=Ended, blank=True)  # why it was undone

    objects = CourseRoomQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["course", "room"],
                condition=models.Q(undone_at__isnull=True),
                name="course_room_once",
            ),
            models.UniqueConstraint(
                fields=["course", "entry_id"],
                condition=models.Q(undone_at__isnull=True) & ~models.Q(entry_id=""),
                name="course_room_typed_once",
            ),
            models.CheckConstraint(
                condition=models.Q(room__isnull=False) | models.Q(confirmed_at__isnull=True),
                name="course_room_known_when_confirmed",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.room or self.entry_id} in {self.course}"


class CourseCategory(models.Model):
    """What Kaltura says is published in a course's category, and how the latest asking went."""

    class State(models.TextChoices):
        FOUND = "found", _("found")
        MISSING = "missing", _("the course has none")  # but other courses' categories are there
        HIDDEN = "hidden", _("none of any course can be seen")
        FORBIDDEN = "forbidden", _("the account may not list categories")
        FAILED = "failed", _("Kaltura could not be asked")
        ASKING = "asking", _("being asked for the first time")

    course = models.OneToOneField(Course, models.CASCADE, related_name="category")
    state = models.CharField(max_length=20, choices=State)
    full_name = models.CharField(max_length=400)  # that was asked for
    tried_at = models.DateTimeField()
    error = models.TextField(blank=True)  # of FAILED, without secrets
    asked_at = models.DateTimeField(null=True)  # when entry_ids came; NULL: never
    entry_ids = models.JSONField(default=list)  # rooms, recordings and whatever else

    def __str__(self) -> str:
        return f"{self.full_name}: {self.state}"


class PresenceRule(models.Model):
    """A version of a course's rule; the newest counts. Without a course: the site's default."""

    site = models.ForeignKey(MoodleSite, models.CASCADE, related_name="presence_rules")
    course = models.ForeignKey(Course, models.CASCADE, null=True, related_name="presence_rules")
    version = models.PositiveIntegerField()
    # Either a share or minutes, and below it optionally from where on somebody was partly there.
    share_percent = models.PositiveSmallIntegerField(null=True)  # of the session or its class time
    partly_percent = models.PositiveSmallIntegerField(null=True)
    minutes = models.PositiveIntegerField(null=True)
    partly_minutes = models.PositiveIntegerField(null=True)
    # Share of the classes that a learner has to attend, and how many there will be; NULL: not set.
    required_percent = models.PositiveSmallIntegerField(null=True)
    planned_classes = models.PositiveSmallIntegerField(null=True)
    made_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["course", "version"], name="presence_rule_of_course_once"
            ),
            models.UniqueConstraint(
                fields=["site", "version"],
                condition=models.Q(course__isnull=True),
                name="presence_rule_of_site_once",
            ),
            models.CheckConstraint(
                condition=models.Q(share_percent__isnull=True, minutes__isnull=False)
                | models.Q(share_percent__isnull=False, minutes__isnull=True),
                name="presence_rule_of_one_kind",
            ),
        ]

    def __str__(self) -> str:
        return f"rule {self.version} of {self.course or self.site}"
