"""What was noticed about the data: findings, lines set aside, restatements."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from reports.models.account import Account
from reports.models.run import Run
from reports.models.tile import Tile


class FindingKind(models.TextChoices):
    SET_ASIDE = "set_aside", _("Lines set aside")
    NAME_UNKNOWN = "name_unknown", _("Names that could not be read")
    MISMATCH = "mismatch", _("Engagement differs between the reports")
    NO_ATTENDEES = "no_attendees", _("Session without attendee rows")
    NO_SESSION = "no_session", _("Attendee rows without a session")
    REPEATED_KEY = "repeated_key", _("The same person twice in one answer")
    NEVER_CLOSED = "never_closed", _("Session never closed")
    PLACEHOLDER = "placeholder", _("Unknown or hashed people")
    CUT = "cut", _("Answer cut by Kaltura")
    COLUMNS = "columns", _("New or missing columns")


class Finding(models.Model):
    """One thing noticed in a tile; replaced with the tile's rows."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="findings")
    tile = models.ForeignKey(Tile, models.CASCADE, related_name="findings")
    run = models.ForeignKey(Run, models.SET_NULL, null=True, related_name="findings")
    kind = models.CharField(max_length=20, choices=FindingKind)
    report_id = models.PositiveIntegerField(null=True)
    cue_point_id = models.CharField(max_length=64, blank=True)
    row_count = models.PositiveIntegerField(default=1)
    detail = models.JSONField(default=dict)
    noticed_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["account", "kind"], name="finding_by_kind")]

    def __str__(self) -> str:
        return f"{self.kind} in {self.tile}"


class SetAsideLine(models.Model):
    """A line of an answer that could not be read: kept as it came, never dropped, never guessed."""

    tile = models.ForeignKey(Tile, models.CASCADE, related_name="set_aside_lines")
    report_id = models.PositiveIntegerField()
    number = models.PositiveIntegerField()  # 1-based line of the answer
    text = models.TextField()
    reason = models.CharField(max_length=200)

    def __str__(self) -> str:
        return f"line {self.number} of {self.report_id} in {self.tile}"


class Restatement(models.Model):
    """Kaltura changed a session's figures after its tile had settled."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="restatements")
    tile = models.ForeignKey(Tile, models.CASCADE, related_name="restatements")
    run = models.ForeignKey(Run, models.SET_NULL, null=True, related_name="restatements")
    cue_point_id = models.CharField(max_length=64, db_index=True)
    attendees_before = models.PositiveIntegerField()
    attendees_after = models.PositiveIntegerField()
    view_seconds_before = models.PositiveBigIntegerField()
    view_seconds_after = models.PositiveBigIntegerField()
    engaged_seconds_before = models.PositiveBigIntegerField()
    engaged_seconds_after = models.PositiveBigIntegerField()
    noticed_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.cue_point_id} restated in {self.tile}"
