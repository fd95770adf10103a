"""Uploaded CSV files: taken, looked through, stored. See docs/sync.md for what adds up and why."""

from reports.sync.upload.files import UploadRefused
from reports.sync.upload.intake import NewUpload, delete_expired_uploads, discard, open_upload
from reports.sync.upload.store import store

__all__ = [
    "NewUpload",
    "UploadRefused",
    "delete_expired_uploads",
    "discard",
    "open_upload",
    "store",
]
