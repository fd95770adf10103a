"""An upload: CSV files that Kaltura gave somebody, for a range that he states."""

from datetime import datetime, timedelta

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from reports.models.account import Account
from reports.models.session import RoomSession
from reports.models.user import User

PREVIEW_TIME = timedelta(days=1)  # a preview that nobody decided on is deleted after this


class UploadState(models.TextChoices):
    PREVIEW = "preview", _("waiting for you")
    STORED = "stored", _("stored")


class UploadQuerySet(models.QuerySet["Upload"]):
    def kept(self, now: datetime) -> "UploadQuerySet":
        """Stored uploads, and previews that have not expired."""
        return self.exclude(state=UploadState.PREVIEW, expires_at__lte=now)

    def expired(self, now: datetime) -> "UploadQuerySet":
        return self.filter(state=UploadState.PREVIEW, expires_at__lte=now)


class Upload(models.Model):
    """What was uploaded at once, and for which half-open range of whole UTC hours."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="uploads")
    from_at = models.DateTimeField()
    to_at = models.DateTimeField()
    zone = models.CharField(max_length=64, default="UTC")  # in which the range was stated
    is_everything = models.BooleanField(default=False)  # as stated: no filter, every room is in it
    state = models.CharField(max_length=20, choices=UploadState, default=UploadState.PREVIEW)
    sha256 = models.CharField(max_length=64)  # of the files and the range: the same is recognised
    summary = models.JSONField(default=dict)  # reports.sync.upload.summary: foreseen, then done
    uploaded_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    uploaded_at = models.DateTimeField()
    expires_at = models.DateTimeField()  # of the preview
    stored_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    stored_at = models.DateTimeField(null=True)

    objects = UploadQuerySet.as_manager()

    class Meta:
        ordering = ["-uploaded_at", "-pk"]
        indexes = [models.Index(fields=["account", "sha256"], name="upload_by_content")]
        constraints = [
            models.CheckConstraint(condition=Q(to_at__gt=F("from_at")), name="upload_has_length"),
        ]

    def __str__(self) -> str:
        return f"upload {self.pk} of {self.account}"

    @property
    def is_stored(self) -> bool:
        return self.state == UploadState.STORED


class UploadFile(models.Model):
    """One file. Its bytes are deleted as soon as somebody has decided."""

    upload = models.ForeignKey(Upload, models.CASCADE, related_name="files")
    name = models.CharField(max_length=200)  # as it was called: only to be shown
    report_id = models.PositiveIntegerField()  # by its header line
    size_bytes = models.PositiveBigIntegerField()
    row_count = models.PositiveIntegerField(default=0)  # lines below the header, broken ones too
    set_aside_count = models.PositiveIntegerField(default=0)
    sha256 = models.CharField(max_length=64)
    is_cut = models.BooleanField(default=False)  # as many rows as Kaltura gives at most
    content = models.BinaryField(default=b"")  # gzipped, exactly as it was uploaded

    class Meta:
        ordering = ["report_id", "pk"]

    def __str__(self) -> str:
        return f"{self.report_id} in {self.upload_id}"


class GivenWay(models.Model):
    """A session's figures out of an upload that a sync of the same hours took the place of."""

    upload = models.ForeignKey(Upload, models.CASCADE, related_name="given_way")
    session = models.ForeignKey(RoomSession, models.CASCADE, related_name="given_way")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["upload", "session"], name="given_way_once"),
        ]

    def __str__(self) -> str:
        return f"{self.session} of upload {self.upload_id}"
