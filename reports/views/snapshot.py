"""What came of asking for a report: how far it is, the answer, its files, and deleting it."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from reports.access import Viewer, record
from reports.charts.snapshot import snapshot_chart
from reports.exports.snapshot import snapshot_export
from reports.forms.report import FILTER_WORDS, SnapshotAddressForm, report_label
from reports.kaltura import ATTENDEES
from reports.models import Snapshot, SnapshotState
from reports.models.snapshot import SnapshotQuerySet
from reports.queries.snapshots import SnapshotView, snapshot_page, snapshot_view
from reports.sync.snapshot import equivalent_request
from reports.sync.snapshot_lines import unpacked
from reports.tables.report_columns import COLUMN_WORDS
from reports.tables.snapshot import SnapshotTable
from reports.tables.snapshot_figures import figures_of, notes_of
from reports.views.files import Extension, export_response
from reports.views.guard import for_administrators
from reports.views.zone import reader_zone

ROWS_A_PAGE = 100


@require_safe
@never_cache
@for_administrators
def snapshot(request: HttpRequest, viewer: Viewer, pk: int) -> HttpResponse:
    """Return the snapshot's page: how far it is, or the answer."""
    form = SnapshotAddressForm(request.GET)
    if not form.is_valid():
        return render(request, "400.html", {"errors": form.errors}, status=400)
    zone = reader_zone(request, form.cleaned_data["tz"])
    found = get_object_or_404(_named(viewer.snapshots()), pk=pk)
    context = _progress(found) | asked_context(found, zone)
    if found.state == SnapshotState.DONE:
        record(request, "viewed", f"snapshot {pk}", report=found.report_id)
        context |= answer_context(snapshot_view(found), zone, form.cleaned_data["page"])
    return render(request, "reports/snapshot.html", context)


@require_safe
@never_cache
@for_administrators
def snapshot_results(request: HttpRequest, viewer: Viewer, pk: int) -> HttpResponse:
    """Return how far it is, for the script that keeps it fresh; at the end the page is loaded."""
    found = get_object_or_404(_named(viewer.snapshots().without_content()), pk=pk)
    answer = render(request, "reports/_snapshot_state.html", _progress(found))
    if found.is_finished:
        answer.headers["HX-Refresh"] = "true"
    return answer


@require_safe
@for_administrators
def kaltura_csv(request: HttpRequest, viewer: Viewer, pk: int) -> StreamingHttpResponse:
    """Return the answer byte for byte as Kaltura gave it."""
    found = _done(viewer, pk)
    record(request, "exported", f"snapshot {pk}", report=found.report_id, shape="kaltura")
    first, last = (f"{moment_of(unix):%Y-%m-%d}" for unix in (found.from_unix, found.to_unix))
    name = f"kaltura-{found.report_id}-{first}-{last}.csv"
    return StreamingHttpResponse(
        unpacked(bytes(found.content)),
        content_type="text/csv; charset=utf-8",
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "private, no-store",
        },
    )


@require_safe
@for_administrators
def snapshot_file(
    request: HttpRequest, viewer: Viewer, pk: int, extension: Extension
) -> HttpResponseBase:
    """Return the answer as a file for people."""
    form = SnapshotAddressForm(request.GET)
    if not form.is_valid():
        return render(request, "400.html", {"errors": form.errors}, status=400)
    view = snapshot_view(_done(viewer, pk))
    zone = reader_zone(request, form.cleaned_data["tz"])
    return export_response(
        request,
        snapshot_export(view, zone),
        extension,
        view.from_at,
        view.to_at,
        target=f"snapshot {pk}",
        report=view.spec.id,
    )


@require_POST
@for_administrators
def snapshot_delete(request: HttpRequest, viewer: Viewer, pk: int) -> HttpResponse:
    """Delete the answer; one that is still being asked for is given up."""
    found = get_object_or_404(viewer.snapshots().without_content(), pk=pk)
    with transaction.atomic():
        record(request, "deleted", f"snapshot {pk}", report=found.report_id)
        found.delete()
    messages.success(request, _("The answer was deleted."))
    return redirect("reports:report")


def asked_context(found: Snapshot, zone: ZoneInfo) -> dict[str, Any]:
    """Return what a page says of the question."""
    filters = [
        (FILTER_WORDS[name][1], FILTER_WORDS[name][0], ids) for name, ids in found.filters.items()
    ]
    return {
        "section": "report",
        "title": report_label(found.report_id),
        "zone": zone,
        "query": urlencode({"tz": zone.key}),
        "from_at": moment_of(found.from_unix),
        "to_at": moment_of(found.to_unix),
        "filters": filters,
        "request_text": equivalent_request(found),
    }


def answer_context(view: SnapshotView, zone: ZoneInfo, page_number: int | None) -> dict[str, Any]:
    """Return what a page says of the answer."""
    rows = view.snapshot.row_count or 0
    page = Paginator(range(rows), ROWS_A_PAGE).get_page(page_number or 1)
    first = max(page.start_index() - 1, 0)
    shown = snapshot_page(view, first, page.end_index())
    chart = snapshot_chart(view, zone)
    return {
        "view": view,
        "summary": view.summary,
        "is_attendees": view.spec.id == ATTENDEES,
        "figures": figures_of(view),
        "notes": list(notes_of(view, settings.KALTURA_ROW_CAP)),
        "chart": chart,
        "page": page,
        "table": SnapshotTable(shown, view, zone) if rows else None,
        "from_at": view.from_at,
        "to_at": view.to_at,
        "cut_sessions": [
            (one, moment_of(one.start_unix), moment_of(one.end_unix) if one.has_end else None)
            for one in view.summary.cut
        ],
        "columns": [(column.name, COLUMN_WORDS[column.name]) for column in view.spec.columns],
    }


def moment_of(unix: int) -> datetime:
    return datetime.fromtimestamp(unix, UTC)


def _named(snapshots: SnapshotQuerySet) -> SnapshotQuerySet:
    return snapshots.select_related("account", "requested_by")


def _done(viewer: Viewer, pk: int) -> Snapshot:
    """Return a snapshot whose answer has come. Raises: Http404 for any other."""
    done: Snapshot = get_object_or_404(viewer.snapshots(), pk=pk, state=SnapshotState.DONE)
    return done


def _progress(found: Snapshot) -> dict[str, Any]:
    now = timezone.now()
    since = found.asked_at or found.requested_at
    return {
        "snapshot": found,
        "is_stopped": found.is_stopped(now),
        "waited_seconds": int((now - since).total_seconds()),
    }
