"""Moodle's side: sites, courses, who is enrolled, a course's rooms, when somebody is present."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from reports.models.account import Account
from reports.models.room import Room
from reports.models.user import User


class MoodleSite(models.Model):
    issuer = models.URLField(unique=True)  # the site's wwwroot exactly: no trailing slash
    name = models.CharField(max_length=200)
    account = models.ForeignKey(Account, models.SET_NULL, null=True, related_name="moodle_sites")
    is_active = models.BooleanField(default=False)  # until an administrator confirms it
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name


class Course(models.Model):
    site = models.ForeignKey(MoodleSite, models.CASCADE, related_name="courses")
    course_id = models.CharField(max_length=64)  # Moodle's id, the launch's context id
    title = models.CharField(max_length=400, blank=True)
    short_name = models.CharField(max_length=200, blank=True)
    starts_at = models.DateTimeField(null=True)
    ends_at = models.DateTimeField(null=True)
    roster_asked_at = models.DateTimeField(null=True)
    learners_see_own = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["site", "course_id"], name="course_once"),
        ]

    def __str__(self) -> str:
        return self.short_name or self.title or self.course_id


class Enrolment(models.Model):
    """A Moodle user in a course. Before `first_seen_at` a learner's status is unknown, not absent."""

    class Kind(models.TextChoices):
        LEARNER = "learner", _("Learner")
        STAFF = "staff", _("Staff")

    course = models.ForeignKey(Course, models.CASCADE, related_name="enrolments")
    moodle_user_id = models.CharField(max_length=64)  # the launch's sub
    user_name = models.CharField(max_length=200, blank=True)
    name = models.CharField(max_length=400, blank=True)
    email = models.CharField(max_length=400, blank=True)
    id_number = models.CharField(max_length=200, blank=True)
    kind = models.CharField(max_length=20, choices=Kind, default=Kind.LEARNER)
    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    counted_from = models.DateTimeField(null=True)  # backdated by the teacher, visibly

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["course", "moodle_user_id"], name="enrolment_once"),
        ]

    def __str__(self) -> str:
        return f"{self.name or self.moodle_user_id} in {self.course}"


class CourseRoom(models.Model):
    """A room that belongs to a course, with the evidence for it; undone, never deleted."""

    course = models.ForeignKey(Course, models.CASCADE, related_name="course_rooms")
    room = models.ForeignKey(Room, models.CASCADE, related_name="course_rooms")
    evidence = models.JSONField(default=dict)  # category, naming rule, overlap or by hand
    claimed_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    claimed_at = models.DateTimeField(auto_now_add=True)
    confirmed_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    confirmed_at = models.DateTimeField(null=True)  # NULL: waits for an administrator
    undone_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")

    def __str__(self) -> str:
        return f"{self.room} in {self.course}"


class PresenceRule(models.Model):
    """A version of a course's rule; the newest counts. Without a course: the site's default."""

    site = models.ForeignKey(MoodleSite, models.CASCADE, related_name="presence_rules")
    course = models.ForeignKey(Course, models.CASCADE, null=True, related_name="presence_rules")
    version = models.PositiveIntegerField()
    share_percent = models.PositiveSmallIntegerField(
        null=True
    )  # at least this share of the session
    minutes = models.PositiveIntegerField(null=True)  # or at least these minutes
    partly_percent = models.PositiveSmallIntegerField(null=True)  # below present, from here: partly
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
        ]

    def __str__(self) -> str:
        return f"rule {self.version} of {self.course or self.site}"
