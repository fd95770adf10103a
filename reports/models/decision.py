"""What people decided about the data: append-only, undoable, on stable keys that no sync touches.

Keys are Kaltura's and Moodle's own (cue point id, user id), not our row ids, so that a decision
outlives the rows: a session that Kaltura withdraws and gives back, a tile removed and asked again.
"""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from reports.models.account import Account
from reports.models.course import Course
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


class MergedSession(Decision):
    """This session counts as a part of another one: the host dropped out and came back."""

    cue_point_id = models.CharField(max_length=64)
    into_cue_point_id = models.CharField(max_length=64)

    def __str__(self) -> str:
        return f"{self.cue_point_id} counts as {self.into_cue_point_id}"


class IgnoredSession(Decision):
    """This session does not count: a test, or nobody came."""

    cue_point_id = models.CharField(max_length=64)

    def __str__(self) -> str:
        return f"{self.cue_point_id} ignored"


class CountedPart(Decision):
    """The scheduled class time: the part of the session that its length and shares are taken from."""

    cue_point_id = models.CharField(max_length=64)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.cue_point_id} counts from {self.starts_at} to {self.ends_at}"


class Presence(models.TextChoices):
    PRESENT = "present", _("present")
    PARTLY = "partly", _("partly")
    ABSENT = "absent", _("absent")
    EXCUSED = "excused", _("excused")


class PresenceCorrection(Decision):
    """A teacher's word on one learner in one session; Kaltura's value stays visible beside it."""

    course = models.ForeignKey(Course, models.CASCADE, related_name="presence_corrections")
    cue_point_id = models.CharField(max_length=64)
    moodle_user_id = models.CharField(max_length=64)
    presence = models.CharField(max_length=20, choices=Presence)

    def __str__(self) -> str:
        return f"{self.moodle_user_id} {self.presence} in {self.cue_point_id}"


class IdentityLink(Decision):
    """A Kaltura person is (or is not) a Moodle user; of one course, or of the whole site."""

    course = models.ForeignKey(Course, models.CASCADE, null=True, related_name="identity_links")
    site = models.ForeignKey("reports.MoodleSite", models.CASCADE, related_name="identity_links")
    person_key = models.CharField(max_length=300)  # Person.key
    moodle_user_id = models.CharField(max_length=64, blank=True)  # "": not one of us
    valid_from = models.DateTimeField(null=True)
    evidence = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"{self.person_key} is {self.moodle_user_id or 'nobody here'}"
