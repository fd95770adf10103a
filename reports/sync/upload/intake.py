"""An upload from its files to its preview, and what becomes of one that nobody wants."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from reports.models import Account, Upload, UploadFile, UploadState, User
from reports.models.retention import kept_from
from reports.models.upload import PREVIEW_TIME
from reports.sync.spans import as_unix
from reports.sync.upload.files import UploadRefused, take_file
from reports.sync.upload.reading import read_upload, touches_range
from reports.sync.upload.store import foresee, is_coverage


@dataclass(frozen=True)
class NewUpload:
    """What somebody uploads: files by name, and the range that they are for."""

    account: Account
    from_at: datetime
    to_at: datetime
    zone: str  # in which the range was stated
    is_everything: bool  # no filter was set: the files hold all rooms and all people
    files: Sequence[tuple[str, Iterable[bytes]]]


def open_upload(new: NewUpload, user: User) -> tuple[Upload, bool]:
    """Return the upload with its preview, and whether the same was uploaded before.

    Raises: UploadRefused for files that can't be used.
    """
    delete_expired_uploads()
    kept = kept_from(new.account.pk)
    if kept is not None and new.from_at < kept:
        raise UploadRefused(
            _("What was before %(day)s (UTC) is no longer kept here: retention is set so.")
            % {"day": f"{kept:%Y-%m-%d}"}
        )
    files = [take_file(name, chunks) for name, chunks in new.files]
    now = timezone.now()
    upload = Upload(
        account=new.account,
        from_at=new.from_at,
        to_at=new.to_at,
        zone=new.zone,
        is_everything=new.is_everything,
        sha256=_fingerprint(new, files),
        uploaded_by=user,
        uploaded_at=now,
        expires_at=now + PREVIEW_TIME,
    )
    same = Upload.objects.kept(now).filter(account=new.account, sha256=upload.sha256).first()
    if same is not None:
        return same, True
    data = read_upload(upload, files, settings.KALTURA_ROW_CAP)
    if not data.cue_points() and not is_coverage(upload, data):
        raise UploadRefused(_("No session is in these files: there is nothing to store."))
    if not touches_range(data):
        raise UploadRefused(
            _(
                "None of the sessions in these files took place in the range that you state. It"
                " must be the range that Kaltura was given for these files."
            )
        )
    with transaction.atomic():
        upload.save()
        for file in files:
            file.upload = upload
            file.save()
        foresee(upload, data)
    return upload, False


def discard(upload: Upload) -> bool:
    """Delete an upload and its files unless it was stored; return whether it is gone."""
    waiting = Upload.objects.filter(pk=upload.pk, state=UploadState.PREVIEW)
    return waiting.delete()[0] > 0


def delete_expired_uploads() -> int:
    """Delete previews that nobody decided on, and return how many there were."""
    expired = Upload.objects.expired(timezone.now())
    count = expired.count()
    expired.delete()
    return count


def _fingerprint(new: NewUpload, files: list[UploadFile]) -> str:
    """Return what is the same for the same bytes and the same statements about them."""
    said = [as_unix(new.from_at), as_unix(new.to_at), new.is_everything]
    return hashlib.sha256(repr((said, sorted(file.sha256 for file in files))).encode()).hexdigest()
