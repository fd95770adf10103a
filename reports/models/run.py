"""A run: one sync of a range, and the tiles it wants."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from reports.kaltura import ATTENDEES
from reports.models.account import Account
from reports.models.tile import Tile
from reports.models.user import User


class RunState(models.TextChoices):
    WAITING = "waiting", _("waiting")
    RUNNING = "running", _("running")
    DONE = "done", _("complete")
    GAPS = "gaps", _("complete with stated gaps")
    FAILED = "failed", _("failed")
    CANCELLED = "cancelled", _("cancelled")


UNFINISHED = (RunState.WAITING, RunState.RUNNING)


class RunKind(models.TextChoices):
    ASKED = "asked", _("a person asked")
    HOURLY = "hourly", _("every hour")
    NIGHTLY = "nightly", _("every night")
    BACKFILL = "backfill", _("older days")


class Priority(models.IntegerChoices):
    """The higher one goes first, between any two tiles."""

    ASKED = 10, _("first: somebody waits for it")
    SCHEDULED = 0, _("before older days")
    BACKFILL = -10, _("when nothing else is to be asked")


class RunQuerySet(models.QuerySet["Run"]):
    def unfinished(self) -> "RunQuerySet":
        return self.filter(state__in=UNFINISHED)


class Run(models.Model):
    """The range holds the sessions that start in it; its tiles reach as far as those sessions do."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="runs")
    from_at = models.DateTimeField()
    to_at = models.DateTimeField()
    reports = models.JSONField(default=list)  # report ids; empty = all three
    entry_ids = models.JSONField(default=list)
    virtual_event_ids = models.JSONField(default=list)
    state = models.CharField(max_length=20, choices=RunState, default=RunState.WAITING)
    kind = models.CharField(max_length=20, choices=RunKind, default=RunKind.ASKED)
    priority = models.SmallIntegerField(choices=Priority, default=Priority.ASKED)
    requested_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    cancelled_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    requested_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True)
    heartbeat_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    session_count = models.PositiveIntegerField(null=True)
    attendance_count = models.PositiveIntegerField(null=True)
    breakout_count = models.PositiveIntegerField(null=True)
    finding_count = models.PositiveIntegerField(null=True)
    gaps = models.JSONField(default=list)  # sentences: exactly what is missing
    error = models.TextField(blank=True)
    # What the workers that share it need to know of each other.
    claimed_at = models.DateTimeField(null=True)  # when a tile of it was last taken up
    failures_in_a_row = models.PositiveSmallIntegerField(default=0)  # of the connection
    breakouts_asked_again = models.BooleanField(default=False)  # of a run for certain rooms
    # Who closes it: asks what lies outside of its tiles, and writes down how it ended.
    lease_owner = models.CharField(max_length=100, blank=True)
    lease_until = models.DateTimeField(null=True)
    fence = models.PositiveBigIntegerField(default=0)

    objects = RunQuerySet.as_manager()

    class Meta:
        ordering = ["-requested_at", "-pk"]
        indexes = [
            models.Index(fields=["state", "priority"], name="run_queue"),
            models.Index(fields=["account", "requested_at"], name="run_by_account"),
            models.Index(fields=["requested_at"], name="run_by_time"),
        ]

    def __str__(self) -> str:
        return f"run {self.pk} of {self.account}"

    @property
    def is_filtered(self) -> bool:
        """True when it asks for a part of the account: such a run never counts as coverage."""
        return bool(self.entry_ids or self.virtual_event_ids)

    @property
    def asks_attendees(self) -> bool:
        return not self.reports or ATTENDEES in self.reports

    @property
    def is_finished(self) -> bool:
        return self.state not in UNFINISHED


class TileState(models.TextChoices):
    WAITING = "waiting", _("waiting")
    DONE = "done", _("done")
    FAILED = "failed", _("failed")


class RunTile(models.Model):
    """A tile that a run wants: the queue. Who works on it holds the tile's lease."""

    class Reason(models.TextChoices):
        RANGE = "range", _("in the range")
        NEIGHBOUR = "neighbour", _("holds a part of a session of the range")
        PROVISIONAL = "provisional", _("was asked before its figures had settled")

    run = models.ForeignKey(Run, models.CASCADE, related_name="run_tiles")
    tile = models.ForeignKey(Tile, models.CASCADE, related_name="run_tiles")
    reason = models.CharField(max_length=20, choices=Reason, default=Reason.RANGE)
    state = models.CharField(max_length=20, choices=TileState, default=TileState.WAITING)
    tries = models.PositiveSmallIntegerField(default=0)
    error_code = models.CharField(max_length=80, blank=True)
    error = models.TextField(blank=True)
    finished_at = models.DateTimeField(null=True)
    row_count = models.PositiveIntegerField(null=True)  # lines of all answers; NULL: not asked here

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "tile"], name="run_tile_once")]
        indexes = [models.Index(fields=["run", "state"], name="run_tile_queue")]

    def __str__(self) -> str:
        return f"{self.tile} for {self.run}"
