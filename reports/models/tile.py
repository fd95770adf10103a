"""The ledger of what was asked: a tile is one UTC day of an account, asked for at once.

An upload's tile is its whole range instead; it is not in `Tile.objects`, see `reports.sync.upload`.
"""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from reports.models.account import Account


def settling_time() -> timedelta:
    """How long after a tile's end its figures may still change."""
    return timedelta(days=settings.SYNC_SETTLING_DAYS)


class TileQuerySet(models.QuerySet["Tile"]):
    def covered(self) -> "TileQuerySet":
        """Tiles of which all three reports were wholly asked, and whose data is still here."""
        return self.filter(asked_at__isnull=False, removed_at__isnull=True)

    def overlapping(self, from_at: datetime, to_at: datetime) -> "TileQuerySet":
        return self.filter(start_at__lt=to_at, end_at__gt=from_at)

    def provisional(self) -> "TileQuerySet":
        """Covered tiles that were *asked* before their figures had settled."""
        return self.covered().filter(asked_at__lt=F("end_at") + settling_time())

    def unleased(self, now: datetime) -> "TileQuerySet":
        return self.filter(Q(lease_until__isnull=True) | Q(lease_until__lte=now))


class GridManager(models.Manager.from_queryset(TileQuerySet)):  # type: ignore[misc]
    """The days of the grid, which is what syncs ask for; spans of uploads are not among them."""

    def get_queryset(self) -> TileQuerySet:
        """Return the days."""
        days: TileQuerySet = super().get_queryset().filter(upload__isnull=True)
        return days


class Tile(models.Model):
    """Also what work is claimed on: `fence` grows with each claim, and a commit checks it."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="tiles")
    start_at = models.DateTimeField()
    end_at = models.DateTimeField()
    asked_at = models.DateTimeField(null=True)  # before the first request; NULL: not covered
    merged_at = models.DateTimeField(null=True)
    is_cut = models.BooleanField(default=False)  # Kaltura has more than it would give
    is_changed_late = models.BooleanField(default=False)  # changed after its figures had settled
    removed_at = models.DateTimeField(null=True)  # by retention
    finding_count = models.PositiveIntegerField(default=0)
    failed_at = models.DateTimeField(null=True)  # the latest try, NULL when that went well
    error_code = models.CharField(max_length=80, blank=True)
    error = models.TextField(blank=True)
    lease_owner = models.CharField(max_length=100, blank=True)
    lease_until = models.DateTimeField(null=True)
    fence = models.PositiveBigIntegerField(default=0)
    # The span of an upload: its files are one sum over their whole range, so it is no day of the
    # grid. `asked_at` is set when the files are all that there is of the range.
    upload = models.OneToOneField(
        "reports.Upload", models.CASCADE, null=True, related_name="tile", editable=False
    )

    objects = GridManager()
    every = TileQuerySet.as_manager()  # with the spans of uploads

    class Meta:
        ordering = ["account", "start_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["account", "start_at"],
                condition=Q(upload__isnull=True),
                name="tile_once",
            ),
            models.CheckConstraint(condition=Q(end_at__gt=F("start_at")), name="tile_has_length"),
        ]

    def __str__(self) -> str:
        return f"{self.start_at:%Y-%m-%d}"

    @property
    def is_covered(self) -> bool:
        return self.asked_at is not None and self.removed_at is None

    @property
    def is_provisional(self) -> bool:
        """True when it was asked before its figures had settled."""
        return self.asked_at is not None and self.asked_at < self.end_at + settling_time()


class TileAnswer(models.Model):
    """One report's answer for a tile: when it was asked and what came."""

    tile = models.ForeignKey(Tile, models.CASCADE, related_name="answers")
    report_id = models.PositiveIntegerField()
    asked_at = models.DateTimeField()
    row_count = models.PositiveIntegerField()
    set_aside_count = models.PositiveIntegerField(default=0)
    request_count = models.PositiveIntegerField(default=1)  # more than one: it was split
    checksum = models.CharField(max_length=64)
    is_cut = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tile", "report_id"], name="tile_answer_once"),
        ]

    def __str__(self) -> str:
        return f"{self.report_id} of {self.tile}"
