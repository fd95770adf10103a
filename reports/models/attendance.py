"""An attendance: a person in a session, kept by tile so that a tile can be replaced as a set."""

from typing import Any

from django.db import models
from django.db.models import Max, Sum

from reports.models.person import Person
from reports.models.session import RoomSession
from reports.models.tile import Tile


class AttendanceQuerySet(models.QuerySet["Attendance"]):
    def per_session(self) -> models.QuerySet["Attendance", Any]:
        """One row per session and person, whatever the number of tiles.

        Shape: dicts of session_id, person_id, view_seconds, engaged_seconds, user_type.
        """
        return self.values("session_id", "person_id").annotate(
            view_seconds=Sum("view_seconds"),
            engaged_seconds=Sum("engaged_seconds"),
            user_type=Max("user_type"),
        )


class Attendance(models.Model):
    # No index for either alone: those below begin with them.
    session = models.ForeignKey(
        RoomSession, models.CASCADE, related_name="attendances", db_index=False
    )
    person = models.ForeignKey(Person, models.CASCADE, related_name="attendances", db_index=False)
    tile = models.ForeignKey(Tile, models.CASCADE, related_name="attendances")
    view_seconds = models.PositiveIntegerField()  # never clamped to the session's length
    engaged_seconds = models.PositiveIntegerField()
    user_type = models.CharField(max_length=20, blank=True)  # Kaltura's word: "User" or "Guest"

    objects = AttendanceQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["session", "person", "tile"], name="attendance_once_a_tile"
            ),
        ]
        # Columns that are only read are keys here too: SQLite has no INCLUDE.
        indexes = [
            # One person's sessions, and whether a person was in any of some sessions.
            models.Index(fields=["person", "session"], name="attendance_by_person"),
            # Different people and their time over a range: millions of rows, none of them fetched.
            models.Index(
                fields=["session", "person", "view_seconds", "engaged_seconds", "user_type"],
                name="attendance_by_session",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} in {self.session_id}: {self.view_seconds} s"
