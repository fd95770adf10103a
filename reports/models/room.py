"""A room: a Kaltura entry in which sessions take place. One with a parent is a breakout room."""

from django.db import models

from reports.models.account import Account


class RoomQuerySet(models.QuerySet["Room"]):
    def main(self) -> "RoomQuerySet":
        """Rooms that are nobody's breakout."""
        return self.filter(parent__isnull=True)


class Room(models.Model):
    account = models.ForeignKey(Account, models.CASCADE, related_name="rooms")
    entry_id = models.CharField(max_length=64)
    name = models.TextField(blank=True)  # "" until an answer names it
    parent = models.ForeignKey("self", models.SET_NULL, null=True, related_name="breakout_rooms")
    # Start of the tile that the name came from: an older tile, asked later, must not rename it back.
    named_as_of = models.DateTimeField(null=True)

    objects = RoomQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "entry_id"], name="room_entry_once"),
        ]

    def __str__(self) -> str:
        return self.name or self.entry_id

    @property
    def is_breakout(self) -> bool:
        return self.parent_id is not None
