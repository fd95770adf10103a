"""Storing an upload: one transaction, done for real or tried and taken back for the preview.

The upload becomes one tile of its whole range, written by the same steps as a synced day.
"""

from dataclasses import replace
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from reports.kaltura import ATTENDEES, SESSIONS
from reports.models import Account, Tile, Upload, UploadState, User
from reports.sync.answers import TileData
from reports.sync.merge.attendances import write_attendances
from reports.sync.merge.erased import hide_erased
from reports.sync.merge.main_sessions import link_main_sessions
from reports.sync.merge.parts import write_parts
from reports.sync.merge.people import write_people
from reports.sync.merge.quality import write_quality
from reports.sync.merge.rooms import write_rooms
from reports.sync.merge.sessions import write_sessions
from reports.sync.merge.stage import staged
from reports.sync.merge.sums import rewrite_sums, sessions_waiting_for
from reports.sync.merge.tile import Merge
from reports.sync.merge.uploads import drop_parts
from reports.sync.upload.fate import Fate, Judge
from reports.sync.upload.reading import read_upload
from reports.sync.upload.summary import shown_lines, summarized


def foresee(upload: Upload, data: TileData) -> None:
    """Write down what storing would do, by doing it and taking it back."""
    with transaction.atomic():
        account = Account.objects.select_for_update().get(pk=upload.account_id)
        summary = _write(account, upload, data, timezone.now())
        transaction.set_rollback(True)
    upload.summary = summary
    upload.save(update_fields=["summary"])


def store(upload: Upload, user: User) -> bool:
    """Store what was previewed and delete the files' bytes; False when somebody was faster."""
    files = list(upload.files.all())
    if not files or any(not file.content for file in files):
        return False
    data = read_upload(upload, files, settings.KALTURA_ROW_CAP)
    with transaction.atomic():
        account = Account.objects.select_for_update().get(pk=upload.account_id)
        locked = Upload.objects.select_for_update().filter(pk=upload.pk).first()
        if locked is None or locked.is_stored:
            return False
        now = timezone.now()
        locked.summary = _write(account, locked, data, now) | {"set_aside": []}
        locked.state, locked.stored_by, locked.stored_at = UploadState.STORED, user, now
        locked.save()
        locked.files.update(content=b"")
        Account.objects.filter(pk=account.pk).update(data_version=F("data_version") + 1)
    return True


def _write(account: Account, upload: Upload, data: TileData, now: datetime) -> dict[str, object]:
    """Write the upload's tile and return the summary. Within a transaction."""
    judge = Judge(account, data)
    fates = {cue: judge.fate_of(cue) for cue in data.cue_points()}
    before = (account.people.count(), account.rooms.count())
    taken = _taken(data, judge, fates)
    tile = Tile.every.create(
        account=account,
        upload=upload,
        start_at=upload.from_at,
        end_at=upload.to_at,
        asked_at=upload.uploaded_at if is_coverage(upload, data) else None,
        merged_at=now,
        is_cut=any(answer.is_cut for answer in data.answers.values()),
    )
    with staged(taken) as stage:
        merge = Merge(account, tile, taken, stage, None, is_filtered=False, settled_before=False)
        hide_erased(merge)
        _drop_earlier(judge, fates)
        rooms = write_rooms(merge)
        sessions = write_sessions(merge, rooms)
        write_people(merge)
        write_attendances(merge, sessions)
    touched = write_parts(merge, sessions)
    link_main_sessions(touched)
    tile.finding_count = write_quality(merge)
    tile.save(update_fields=["finding_count"])
    rewrite_sums(account, touched | sessions_waiting_for(tile))
    return summarized(account, data, judge, fates) | {
        "set_aside": shown_lines(taken.set_aside),
        "people": account.people.count() - before[0],
        "rooms": account.rooms.count() - before[1],
        "attendances": tile.attendances.count(),
    }


def _taken(data: TileData, judge: Judge, fates: dict[str, Fate]) -> TileData:
    """Return what is to be stored: sessions that no sync knows better, and facts likewise."""
    stored = {cue for cue, fate in fates.items() if fate.is_stored}
    ours = {cue for cue in stored if not _has_synced_facts(judge, cue)}
    return replace(
        data,
        sessions={cue: facts for cue, facts in data.sessions.items() if cue in ours},
        breakouts={cue: facts for cue, facts in data.breakouts.items() if cue in ours},
        attendances={key: row for key, row in data.attendances.items() if key[0] in stored},
        noticed=[
            item for item in data.noticed if not item.cue_point_id or item.cue_point_id in stored
        ],
    )


def _has_synced_facts(judge: Judge, cue: str) -> bool:
    known = judge.known.get(cue)
    return known is not None and known.has_synced_facts


def _drop_earlier(judge: Judge, fates: dict[str, Fate]) -> None:
    by_tile: dict[int, list[int]] = {}
    for cue, fate in fates.items():
        if fate == Fate.REPLACES:
            for part in judge.known[cue].earlier(judge.data):
                by_tile.setdefault(part.tile_id, []).append(part.session_id)
    for tile_id, sessions in by_tile.items():
        drop_parts([tile_id], sessions)


def is_coverage(upload: Upload, data: TileData) -> bool:
    """Return whether the files are all that Kaltura has of the range.

    Lines that can't be read are no hole, as in a sync: the sessions they name are unknown.
    """
    return (
        upload.is_everything
        and data.answered(SESSIONS)
        and data.answered(ATTENDEES)
        and not any(answer.is_cut for answer in data.answers.values())
    )
