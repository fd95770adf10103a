"""Asking Kaltura for one report, for somebody to look at: the answer is kept for a while, as it came.

It is asked by a thread of the process that took the order, because a pasted KS must stay in memory:
in no table, task or log. A process that ends takes its threads with it; the snapshot then has no
heartbeat any more, and its page says so. Nothing of an answer is merged.
"""

import gzip
import tempfile
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from typing import IO, BinaryIO, cast

import structlog
from django.conf import settings
from django.db import DatabaseError, close_old_connections, connection
from django.utils import timezone

from reports.kaltura import (
    DownloadedReport,
    KalturaClient,
    KalturaError,
    PastedKs,
    ReportFilters,
    SignIn,
    mask,
)
from reports.models import Account, Snapshot, SnapshotState, User
from reports.models.snapshot import UNFINISHED, snapshot_time
from reports.sync.connection import ConnectionRefused, client_at
from reports.sync.snapshot_lines import CHUNK_BYTES
from reports.sync.snapshot_summary import SnapshotSummary, summary_of

AT_ONCE = 3  # of one process; the others wait
BEAT_SECONDS = 2.0
MOST_BYTES = 64 * 2**20  # of one answer: three times what the row cap lets through in practice

logger = structlog.get_logger(__name__)
_turns = threading.BoundedSemaphore(AT_ONCE)


class AnswerTooLarge(Exception):
    """More came than is kept."""


class NobodyWants(Exception):
    """The snapshot was deleted meanwhile."""


@dataclass(frozen=True)
class SnapshotOrder:
    """What is to be asked, and how to sign in for it. The sign-in is never stored."""

    sign_in: SignIn  # its secret is not in its repr
    account: Account | None  # None: with a pasted KS
    endpoint: str
    report_id: int
    filters: ReportFilters
    excluded: tuple[str, ...] = ()
    is_unix_typed: bool = False
    zone: str = "UTC"


def open_snapshot(order: SnapshotOrder, user: User) -> Snapshot:
    """Return the stored order, waiting; what has expired is deleted on the occasion."""
    delete_expired()
    now = timezone.now()
    return Snapshot.objects.create(
        account=order.account,
        endpoint=order.endpoint,
        partner_id=order.account.partner_id if order.account else None,
        requested_by=user,
        report_id=order.report_id,
        from_unix=order.filters.from_date,
        to_unix=order.filters.to_date,
        is_unix_typed=order.is_unix_typed,
        zone=order.zone,
        filters={
            name: list(ids)
            for name, ids in asdict(order.filters).items()
            if ids and name not in ("from_date", "to_date")
        },
        excluded_fields=list(order.excluded),
        requested_at=now,
        heartbeat_at=now,
        expires_at=now + snapshot_time(),
    )


def delete_expired() -> int:
    """Delete what nobody may look at any more, and return how many snapshots that was."""
    return Snapshot.objects.expired(timezone.now()).delete()[0]


def ask_in_background(snapshot: Snapshot, sign_in: SignIn) -> threading.Thread:
    """Begin to ask in a thread that ends with the process, and return it."""

    def work() -> None:
        try:
            ask(snapshot, sign_in)
        finally:
            connection.close()

    thread = threading.Thread(target=work, name=f"snapshot-{snapshot.pk}", daemon=True)
    thread.start()
    return thread


def ask(snapshot: Snapshot, sign_in: SignIn) -> None:
    """Ask Kaltura, waiting for a turn first, and store what came of it. Raises nothing."""
    progress = _Progress(snapshot.pk)
    try:
        with progress.reported(), _turns:
            _answer(snapshot, sign_in, progress)
    except NobodyWants:
        logger.info("snapshot_unwanted", snapshot=snapshot.pk)
    except (KalturaError, ConnectionRefused) as error:
        _fail(snapshot, getattr(error, "code", "ENDPOINT"), str(error), sign_in)
    except AnswerTooLarge:
        _fail(snapshot, "TOO_LARGE", _too_large_text(), sign_in)
    except Exception:  # noqa: BLE001 - the thread's last line of defence
        # Not logger.exception: only here is it known which text is the KS.
        logger.error(
            "snapshot_broke", snapshot=snapshot.pk, trace=_masked(traceback.format_exc(), sign_in)
        )
        _fail(snapshot, "OURS", "Rollcall itself failed here; its log has the details.", sign_in)


def filters_of(snapshot: Snapshot) -> ReportFilters:
    """Return what was asked for."""
    ids = {name: tuple(values) for name, values in snapshot.filters.items()}
    return ReportFilters(snapshot.from_unix, snapshot.to_unix, **ids)


def equivalent_request(snapshot: Snapshot) -> str:
    """Return the same request as a curl command, the KS masked; "" for an endpoint that is gone."""
    try:
        client = client_at(snapshot.endpoint, PastedKs("", None))
    except ConnectionRefused:
        return ""
    return client.describe_request(
        snapshot.report_id, filters_of(snapshot), excluded_fields=snapshot.excluded_fields
    )


def _answer(snapshot: Snapshot, sign_in: SignIn, progress: "_Progress") -> None:
    unfinished = Snapshot.objects.filter(pk=snapshot.pk, state__in=UNFINISHED)
    now = timezone.now()
    if not unfinished.update(state=SnapshotState.RUNNING, asked_at=now, heartbeat_at=now):
        raise NobodyWants
    client = client_at(snapshot.endpoint, sign_in)
    try:
        with tempfile.TemporaryFile() as file:
            answer = _download(snapshot, client, progress, file)
            summary = _summary(snapshot, file)
            file.seek(0)
            content = file.read()
        if snapshot.account_id is None:
            _note_partner(snapshot, client)
    finally:
        with suppress(KalturaError):
            client.end_session()
    _finish(snapshot, answer, summary, content)


def _note_partner(snapshot: Snapshot, client: KalturaClient) -> None:
    """Write down whose data a pasted KS opened, unless it may be used for nothing but reports.

    Asked last: a KS may allow one call only.
    """
    with suppress(KalturaError):
        info = client.check()
        Snapshot.objects.filter(pk=snapshot.pk).update(partner_id=info.partner_id)


def _download(
    snapshot: Snapshot, client: KalturaClient, progress: "_Progress", file: IO[bytes]
) -> DownloadedReport:
    # No time stamp in it: equal answers make equal contents.
    with gzip.GzipFile(fileobj=file, mode="wb", compresslevel=6, mtime=0) as packed:
        return client.download_report(
            snapshot.report_id,
            filters_of(snapshot),
            excluded_fields=snapshot.excluded_fields,
            to=cast("BinaryIO", _Received(packed, progress)),
        )


def _summary(snapshot: Snapshot, file: IO[bytes]) -> SnapshotSummary:
    file.seek(0)
    with gzip.GzipFile(fileobj=file) as unpacked:
        chunks = iter(lambda: unpacked.read(CHUNK_BYTES), b"")
        return summary_of(
            snapshot.report_id,
            chunks,
            snapshot.excluded_fields,
            snapshot.from_unix,
            snapshot.to_unix,
        )


def _finish(
    snapshot: Snapshot, answer: DownloadedReport, summary: SnapshotSummary, content: bytes
) -> None:
    if not connection.in_atomic_block:
        close_old_connections()  # Kaltura may have taken minutes
    now = timezone.now()
    Snapshot.objects.filter(pk=snapshot.pk, state__in=UNFINISHED).update(
        state=SnapshotState.DONE,
        asked_at=answer.asked_at,
        finished_at=now,
        heartbeat_at=now,
        received_bytes=answer.byte_count,
        row_count=answer.row_count,
        is_cut=answer.row_count >= settings.KALTURA_ROW_CAP,
        sha256=answer.sha256,
        summary=summary.as_json(),
        content=content,
    )


def _fail(snapshot: Snapshot, code: str, sentence: str, sign_in: SignIn) -> None:
    now = timezone.now()
    Snapshot.objects.filter(pk=snapshot.pk, state__in=UNFINISHED).update(
        state=SnapshotState.FAILED,
        finished_at=now,
        heartbeat_at=now,
        error_code=code[:80],
        error=_masked(sentence, sign_in),
    )


def _masked(text: str, sign_in: SignIn) -> str:
    return mask(text, sign_in.ks if isinstance(sign_in, PastedKs) else "")


def _too_large_text() -> str:
    return (
        f"The answer is larger than {MOST_BYTES // 2**20} MB, which is the most that is kept here."
        " Ask for a shorter time, or leave columns out."
    )


class _Received:
    """The file that an answer is written to, counted and bounded on the way."""

    def __init__(self, file: gzip.GzipFile, progress: "_Progress") -> None:
        self.file = file
        self.progress = progress

    def write(self, chunk: bytes) -> int:
        """Raises: AnswerTooLarge, NobodyWants."""
        self.progress.byte_count += len(chunk)
        if self.progress.byte_count > MOST_BYTES:
            raise AnswerTooLarge
        if self.progress.is_unwanted:
            raise NobodyWants
        return self.file.write(chunk)


class _Progress:
    """How far the answer is, and the thread that writes it down."""

    def __init__(self, snapshot_pk: int) -> None:
        self.snapshot_pk = snapshot_pk
        self.byte_count = 0
        self.is_unwanted = False  # the snapshot is gone

    @contextmanager
    def reported(self) -> Iterator[None]:
        """Keep the snapshot's heartbeat and byte count fresh while the body runs."""
        stop = threading.Event()
        beat = threading.Thread(target=self._report, args=(stop,), daemon=True)
        beat.start()
        try:
            yield
        finally:
            stop.set()
            beat.join()

    def _report(self, stop: threading.Event) -> None:
        unfinished = Snapshot.objects.filter(pk=self.snapshot_pk, state__in=UNFINISHED)
        try:
            while not stop.wait(BEAT_SECONDS):
                with suppress(DatabaseError):  # busy: the next beat is soon enough
                    known = unfinished.update(
                        heartbeat_at=timezone.now(), received_bytes=self.byte_count
                    )
                    if not known:
                        self.is_unwanted = True
                        return
                close_old_connections()
        finally:
            connection.close()
