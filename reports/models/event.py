"""Virtual events: ids that an administrator names, and the sessions that Kaltura puts into them."""

from django.db import models

from reports.models.account import Account
from reports.models.session import RoomSession


class VirtualEvent(models.Model):
    account = models.ForeignKey(Account, models.CASCADE, related_name="virtual_events")
    event_id = models.CharField(max_length=64)
    name = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "event_id"], name="virtual_event_once"),
        ]

    def __str__(self) -> str:
        return self.name or self.event_id


class SessionEvent(models.Model):
    """A tag: report 6000, asked for this event alone, lists this session."""

    session = models.ForeignKey(RoomSession, models.CASCADE, related_name="event_tags")
    event = models.ForeignKey(VirtualEvent, models.CASCADE, related_name="session_tags")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["session", "event"], name="session_event_once"),
        ]

    def __str__(self) -> str:
        return f"{self.session} in {self.event}"
