"""What people decided about the data: append-only, undoable, on stable keys that no sync touches.

Keys are Kaltura's and Moodle's own (cue point id, user id), not our row ids, so that a decision
outlives the rows: a session that Kaltura withdraws and gives back, a tile removed and asked again.
"""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from reports.models.account import Account
from reports.models.course import Course
from reports.models.moodle import MoodleSite
from reports.models.user import User


class DecisionQuerySet(models.QuerySet[Any]):
    def in_force(self) -> "DecisionQuerySet":
        """Decisions that nobody has undone."""
        return self.filter(undone_at__isnull=True)


class Decision(models.Model):
    account = models.ForeignKey(Account, models.CASCADE, related_name="+")
    made_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    made_at = models.DateTimeField(auto_now_add=True)
    reason = models.TextField(blank=True)
    undone_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    undone_at = models.DateTimeField(null=True)

    objects = DecisionQuerySet.as_manager()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        allowed = {"undone_at", "undone_by"}
        if not self._state.adding and not set(kwargs.get("update_fields") or ["all"]) <= allowed:
            raise TypeError("A decision is append-only: undo it and make another.")
        super().save(*args, **kwargs)


class CourseDecision(Decision):
    """A decision that binds in one course alone: another one may have the same room."""

    course = models.ForeignKey(Course, models.CASCADE, related_name="+")

    class Meta:
        abstract = True


class MergedSession(CourseDecision):
    """This session counts as a part of another one: the host dropped out and came back."""

    cue_point_id = models.CharField(max_length=64)
    into_cue_point_id = models.CharField(max_length=64)

    def __str__(self) -> str:
        return f"{self.cue_point_id} counts as {self.into_cue_point_id}"


class IgnoredSession(CourseDecision):
    """This session does not count: a test, or nobody came."""

    cue_point_id = models.CharField(max_length=64)

    def __str__(self) -> str:
        return f"{self.cue_point_id} ignored"


class CountedPart(CourseDecision):
    """The class time of one session: the part of it that its length and shares are taken from."""

    cue_point_id = models.CharField(max_length=64)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.cue_point_id} counts from {self.starts_at} to {self.ends_at}"


class ClassTime(CourseDecision):
    """The class time of a weekly series, in wall-clock time of a zone; a `CountedPart` beats it."""

    entry_id = models.CharField(max_length=64, blank=True)  # of the room; "": any of the course's
    weekday = models.PositiveSmallIntegerField()  # 1 (Monday) to 7
    begins = models.TimeField()
    ends = models.TimeField()  # not after midnight
    time_zone = models.CharField(max_length=64)
    first_on = models.DateField()
    last_on = models.DateField(null=True)  # included; NULL: from then on for ever

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends__gt=models.F("begins")), name="class_time_ends_later"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.course} on day {self.weekday}, {self.begins} to {self.ends}"


class Presence(models.TextChoices):
    PRESENT = "present", _("present")
    PARTLY = "partly", _("partly")
    ABSENT = "absent", _("absent")
    EXCUSED = "excused", _("excused")


class PresenceCorrection(Decision):
    """A teacher's word on one learner in one session; Kaltura's value stays visible beside it.

    What was computed when it was made is kept, so that data which comes later and says otherwise can
    be pointed out.
    """

    course = models.ForeignKey(Course, models.CASCADE, related_name="presence_corrections")
    cue_point_id = models.CharField(max_length=64)
    moodle_user_id = models.CharField(max_length=64)
    presence = models.CharField(max_length=20, choices=Presence)
    computed_mark = models.CharField(max_length=20, blank=True)  # a Mark of analytics.presence
    computed_seconds = models.PositiveIntegerField(null=True)  # NULL: unknown then

    def __str__(self) -> str:
        return f"{self.moodle_user_id} {self.presence} in {self.cue_point_id}"


class IdentityLink(Decision):
    """A Kaltura person is (or is not) a Moodle user; of one course, or of the whole site."""

    course = models.ForeignKey(Course, models.CASCADE, null=True, related_name="identity_links")
    site = models.ForeignKey(MoodleSite, models.CASCADE, related_name="identity_links")
    person_key = models.CharField(max_length=300)  # Person.key
    moodle_user_id = models.CharField(max_length=64, blank=True)  # "": not one of us
    valid_from = models.DateTimeField(null=True)
    evidence = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"{self.person_key} is {self.moodle_user_id or 'nobody here'}"


class IdentityRule(models.Model):
    """A version of the keys by which a site's people are matched; the newest counts.

    Each key may count for sessions from a day on only: an installation that changed what Kaltura's
    user id is made of has both, one after the other.
    """

    site = models.ForeignKey(MoodleSite, models.CASCADE, related_name="identity_rules")
    version = models.PositiveIntegerField()
    # In order: {"key": a MatchKey of analytics.identities, "from": ISO day in UTC, or null: always}
    keys = models.JSONField(default=list)
    made_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["site", "version"], name="identity_rule_once"),
        ]

    def __str__(self) -> str:
        return f"identity rule {self.version} of {self.site}"
