"""Who signs in, what was given to them, and the record of what they did."""

from typing import Any

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    ADMINISTRATOR = "administrator", _("Administrator")
    TEACHER = "teacher", _("Teacher")


MOODLE_NAME = "moodle:"  # such names begin with it, and no form takes one: of a site and its user


class User(AbstractUser):
    """Somebody with a password here, or who comes from Moodle and has none.

    What he may see is decided in `reports.access` alone.
    """

    role = models.CharField(_("role"), max_length=20, choices=Role, default=Role.TEACHER)
    time_zone = models.CharField(_("time zone"), max_length=64, blank=True)  # "" = the browser's

    @property
    def is_from_moodle(self) -> bool:
        """True for who signs in by a launch, and in no other way."""
        return self.username.startswith(MOODLE_NAME)

    @property
    def is_administrator(self) -> bool:
        """True for who may see everything and manage accounts."""
        return self.is_active and (self.role == Role.ADMINISTRATOR or self.is_superuser)


class RoomGrant(models.Model):
    """A room given to a teacher by an administrator; its breakouts come with it."""

    user = models.ForeignKey(User, models.CASCADE, related_name="room_grants")
    room = models.ForeignKey("reports.Room", models.CASCADE, related_name="grants")
    granted_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    granted_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "room"], name="room_grant_once"),
        ]

    def __str__(self) -> str:
        return f"{self.user} may see {self.room}"


class AccessLogEntry(models.Model):
    """Who viewed, exported, changed or graded what. Append-only."""

    at = models.DateTimeField(auto_now_add=True, db_index=True)
    user = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    user_label = models.CharField(max_length=200)  # stays when the user is deleted
    action = models.CharField(max_length=40)  # "viewed", "exported", "connected", …
    target = models.CharField(max_length=200)  # "session 1_abcd1234"
    detail = models.JSONField(default=dict)

    class Meta:
        verbose_name_plural = "access log entries"

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.user_label} {self.action} {self.target}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise TypeError("The access log is append-only.")
        super().save(*args, **kwargs)
