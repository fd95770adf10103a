"""Moodle's side of a connection: sites, the tools they know Rollcall as, who came from them."""

from datetime import datetime
from typing import Self
from urllib.parse import urlsplit

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from reports.models.account import Account
from reports.models.encrypted import EncryptedTextField
from reports.models.user import User


class MoodleSite(models.Model):
    """A Moodle. Nobody gets in from it until an administrator has confirmed it here."""

    issuer = models.URLField(unique=True)  # the site's wwwroot exactly: no trailing slash
    name = models.CharField(max_length=200)
    account = models.ForeignKey(Account, models.SET_NULL, null=True, related_name="moodle_sites")
    is_active = models.BooleanField(default=False)  # until an administrator confirms it
    created_at = models.DateTimeField(auto_now_add=True)
    confirmed_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    confirmed_at = models.DateTimeField(null=True)
    contact = models.CharField(max_length=200, blank=True)  # whom people are told to ask
    # Where Kaltura's Moodle plugin publishes a course's rooms: <category_root>>site>channels><id>.
    category_root = models.CharField(max_length=200, default="Moodle", blank=True)
    # A course's rooms are named like this, with {short_name}, {id_number} or {course_id} in it.
    room_name_rule = models.CharField(max_length=200, blank=True)

    def __str__(self) -> str:
        return self.name

    @property
    def origin(self) -> str:
        """Scheme, host and port: what may frame Rollcall's pages."""
        parts = urlsplit(self.issuer)
        return f"{parts.scheme}://{parts.netloc}"


class MoodleTool(models.Model):
    """Rollcall as one tool type of a site: one client with one deployment.

    A tool that is deleted in Moodle and registered again is another one of the same site. Nobody gets
    in by it until an administrator has confirmed it here, whatever the site's other tools may.
    """

    site = models.ForeignKey(MoodleSite, models.CASCADE, related_name="tools")
    client_id = models.CharField(max_length=200)
    deployment_id = models.CharField(max_length=200)
    auth_url = models.URLField(max_length=500)
    token_url = models.URLField(max_length=500)
    keys_url = models.URLField(max_length=500)
    scopes = models.JSONField(default=list)  # what was asked for at the registration
    registered_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    registered_at = models.DateTimeField(auto_now_add=True)
    confirmed_at = models.DateTimeField(null=True)  # NULL: waits
    launched_at = models.DateTimeField(null=True)  # the latest

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["site", "client_id"], name="moodle_tool_once"),
        ]

    def __str__(self) -> str:
        return f"{self.site}: {self.client_id}"


class ToolKeyQuerySet(models.QuerySet["ToolKey"]):
    def published(self, now: datetime) -> Self:
        """Return the keys that a Moodle may still see signatures of, the newest first."""
        over = Q(retired_at__isnull=True) | Q(retired_at__gt=now)
        return self.filter(over).order_by("-created_at", "-pk")


class ToolKey(models.Model):
    """A key pair that Rollcall signs with towards Moodle. After a rotation the old one stays
    published until `retired_at`."""

    kid = models.CharField(max_length=64, unique=True)
    private_key = EncryptedTextField()  # PEM
    created_at = models.DateTimeField(auto_now_add=True)
    retired_at = models.DateTimeField(null=True)

    objects = ToolKeyQuerySet.as_manager()

    def __str__(self) -> str:
        return self.kid


class RegistrationLink(models.Model):
    """An address that a Moodle administrator registers Rollcall by: once, and not for long."""

    token_hash = models.CharField(max_length=64, unique=True)
    account = models.ForeignKey(Account, models.SET_NULL, null=True, related_name="+")
    with_grades = models.BooleanField(default=False)
    made_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    made_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    site = models.ForeignKey(MoodleSite, models.SET_NULL, null=True, related_name="+")  # came of it

    def __str__(self) -> str:
        return f"registration link of {self.made_at:%Y-%m-%d}"


class LaunchState(models.Model):
    """A sign-in from Moodle that has begun: its state and nonce are used up by the launch."""

    state_hash = models.CharField(max_length=64, unique=True)
    nonce_hash = models.CharField(max_length=64, unique=True)
    tool = models.ForeignKey(MoodleTool, models.CASCADE, related_name="+")
    began_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(db_index=True)
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"launch begun {self.began_at:%Y-%m-%d %H:%M}"


class MoodleUser(models.Model):
    """Somebody of a site, known by the id that Moodle launches with; signs in from there alone."""

    site = models.ForeignKey(MoodleSite, models.CASCADE, related_name="users")
    subject = models.CharField(max_length=64)  # Moodle's user id: the launch's sub
    user = models.OneToOneField(User, models.CASCADE, related_name="moodle_user")
    user_name = models.CharField(max_length=200, blank=True)  # in Moodle

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["site", "subject"], name="moodle_user_once"),
        ]

    def __str__(self) -> str:
        return f"{self.user} of {self.site}"


class CourseRole(models.TextChoices):
    """As whom somebody came into a course."""

    SITE_ADMINISTRATOR = "site_administrator", _("Site administrator")
    TEACHER = "teacher", _("Teacher")
    LEARNER = "learner", _("Learner")
