"""A session: one meeting in a room (a Kaltura cue point), and its parts by tile."""

from datetime import datetime
from typing import Any, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from reports.models.account import Account
from reports.models.course import CourseRoom
from reports.models.room import Room
from reports.models.tile import Tile


class RoomSessionQuerySet(models.QuerySet["RoomSession"]):
    # Keys of the rooms that may be named beside a breakout: as its main room, or as its main
    # session's. None: all of them. `access.Viewer` sets it, and what is made of these sessions has it.
    rooms_seen: models.QuerySet[Any, Any] | None = None

    def naming(self, rooms: models.QuerySet[Any, Any]) -> Self:
        """Return the sessions for somebody who may know of these rooms alone."""
        found = self.all()
        found.rooms_seen = rooms
        return found

    def _clone(self) -> Self:
        found: Self = super()._clone()  # type: ignore[misc]  # every method goes through it
        found.rooms_seen = self.rooms_seen
        return found

    def between(self, from_at: datetime, to_at: datetime) -> "RoomSessionQuerySet":
        """Sessions that start in the half-open range [from_at, to_at)."""
        return self.filter(started_at__gte=from_at, started_at__lt=to_at)

    def in_course(self, course_pk: int) -> "RoomSessionQuerySet":
        """Sessions in the rooms that belong to the course now, and in their breakout rooms.

        The rooms are looked up at once: what the cache keeps for the query is of these rooms, and
        another query's as soon as the course has other ones.
        """
        rooms = CourseRoom.objects.in_force().filter(course=course_pk)
        keys = sorted(rooms.values_list("room", flat=True))
        return self.filter(Q(room__in=keys) | Q(room__parent__in=keys))

    def breakouts(self) -> "RoomSessionQuerySet":
        return self.filter(room__parent__isnull=False)

    def in_main_rooms(self) -> "RoomSessionQuerySet":
        return self.filter(room__parent__isnull=True)


# What lists of many sessions add up: out of an index, not one of the sessions is fetched.
_SUMS = (
    "id",
    "account",
    "view_seconds",
    "engaged_seconds",
    "attendee_count",
    "guest_count",
    "facts_asked_at",
)


class RoomSession(models.Model):
    """Facts are Kaltura's; sums are ours and stay NULL until the session's attendees are whole."""

    # No index for either alone: those below begin with them.
    account = models.ForeignKey(Account, models.CASCADE, related_name="sessions", db_index=False)
    room = models.ForeignKey(Room, models.CASCADE, related_name="sessions", db_index=False)
    cue_point_id = models.CharField(max_length=64)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField()  # == started_at: still running, or never closed
    length_seconds = models.PositiveBigIntegerField(
        null=True
    )  # NULL: still running or never closed
    host_name = models.TextField(blank=True)  # a name only: never evidence for access
    initiator = models.TextField(blank=True)  # of a breakout: full name, else a user id
    main_session = models.ForeignKey(
        "self", models.SET_NULL, null=True, related_name="breakout_sessions"
    )
    attendee_count = models.PositiveIntegerField(null=True)
    guest_count = models.PositiveIntegerField(null=True)
    view_seconds = models.PositiveBigIntegerField(null=True)
    engaged_seconds = models.PositiveBigIntegerField(null=True)
    # Kaltura's own figures are estimates of one tile; over several tiles they don't add: NULL then.
    kaltura_unique_users = models.PositiveIntegerField(null=True)
    kaltura_participant_count = models.PositiveIntegerField(null=True)
    kaltura_engagement_rate = models.FloatField(null=True)
    # The newest answer wins: a running session gets its end. NULL: Kaltura gave attendees but no
    # facts; then started_at is only the start of the tile that they were found in.
    facts_asked_at = models.DateTimeField(null=True)
    # When it was last asked whether there is anything of this session outside its synced tiles.
    outside_checked_at = models.DateTimeField(null=True)

    objects = RoomSessionQuerySet.as_manager()

    class Meta:
        verbose_name = "session"
        constraints = [
            models.UniqueConstraint(fields=["account", "cue_point_id"], name="session_once"),
        ]
        indexes = [
            # A range of one account, as syncs ask for it.
            models.Index(fields=["account", "started_at", "room"], name="session_by_start"),
            # Columns that are only read are keys here too: SQLite has no INCLUDE. What sessions add
            # up to room by room, and everything of somebody with a few rooms.
            models.Index(fields=["room", "started_at", *_SUMS], name="session_by_room"),
            # What sessions of a range add up to, and the pages of a list by start.
            models.Index(fields=["started_at", *_SUMS, "room"], name="session_sums"),
        ]

    def __str__(self) -> str:
        return self.cue_point_id

    @property
    def is_open(self) -> bool:
        """True while running or never closed: Kaltura gives the start again as the end."""
        return self.length_seconds is None

    @property
    def is_whole(self) -> bool:
        """True when every attendee row of the session is here."""
        return self.view_seconds is not None


class PartCheck(models.TextChoices):
    """What comparing 6000 with 6001 over the same hours said of a session."""

    OK = "ok", _("agrees")
    MISMATCH = "mismatch", _("engagement differs between the reports")
    NO_ATTENDEES = "no_attendees", _("in the room report only")
    NO_SESSION = "no_session", _("in the attendee report only")
    UNCHECKED = "unchecked", _("attendees not asked for")


class SessionPart(models.Model):
    """What one tile holds of a session. Seconds add up over parts; estimates never do."""

    session = models.ForeignKey(RoomSession, models.CASCADE, related_name="parts")
    tile = models.ForeignKey(Tile, models.CASCADE, related_name="parts")
    asked_at = models.DateTimeField()
    attendees_asked_at = models.DateTimeField(null=True)  # NULL: 6001 not (wholly) asked here
    attendee_count = models.PositiveIntegerField(default=0)
    view_seconds = models.PositiveBigIntegerField(default=0)
    engaged_seconds = models.PositiveBigIntegerField(default=0)
    kaltura_unique_users = models.PositiveIntegerField(null=True)
    kaltura_engaged_ratio = models.FloatField(null=True)
    kaltura_participant_count = models.PositiveIntegerField(null=True)
    kaltura_engagement_rate = models.FloatField(null=True)
    check_result = models.CharField(max_length=20, choices=PartCheck, default=PartCheck.UNCHECKED)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["session", "tile"], name="session_part_once"),
        ]

    def __str__(self) -> str:
        return f"{self.session} in {self.tile}"
