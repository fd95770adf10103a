"""Uploading Kaltura's CSV files: the form, the preview, storing or discarding it, and the result."""

from typing import Any

from django.contrib import messages
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from reports.access import Viewer, record
from reports.forms.report import report_label
from reports.forms.upload import UploadAccountForm, UploadForm
from reports.models import Account, Upload
from reports.sync.upload import UploadRefused, discard, open_upload, store
from reports.tables.report_columns import REPORT_SENTENCES
from reports.tables.upload import fates_of, lacks_of, lines_of
from reports.views.guard import for_administrators
from reports.views.zone import reader_zone

SHOWN_UPLOADS = 10


@require_http_methods(["GET", "HEAD", "POST"])
@for_administrators
def upload_account(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Return the form for an account without API access; a POST stores it and goes on to files."""
    form = UploadAccountForm(request.POST or None)
    if form.is_valid():
        account = _stored(form)
        if account is not None:
            record(
                request,
                "added",
                f"account {account.name}",
                partner_id=account.partner_id,
                api=False,
            )
            return redirect("reports:upload-new", account.pk)
    context = {"section": "accounts", "form": form}
    status = 400 if request.method == "POST" else 200
    return render(request, "reports/upload_account.html", context, status=status)


def _stored(form: UploadAccountForm) -> Account | None:
    """Return the stored account; None when somebody else was faster, the form then says so."""
    account = form.account()
    try:
        with transaction.atomic():
            account.save()
    except IntegrityError:
        form.add_error(None, _("Somebody else has added this account in the meantime."))
        return None
    return account


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@for_administrators
def upload_new(request: HttpRequest, viewer: Viewer, account_pk: int) -> HttpResponse:
    """Return the form for files; a POST looks them through and leads to the preview."""
    account = get_object_or_404(viewer.accounts(), pk=account_pk)
    zone = reader_zone(request)
    if request.method == "POST":
        form = UploadForm(zone, request.POST, request.FILES)
        answer = _opened(request, viewer, account, form) if form.is_valid() else None
        if answer is not None:
            return answer
        if "csv_files" not in form.errors:
            form.add_error("csv_files", _("Choose the files once more: browsers don't keep them."))
    else:
        form = UploadForm.proposed(zone, timezone.now().astimezone(zone).date())
    context = {
        "section": "accounts",
        "account": account,
        "form": form,
        "zone": zone,
        "uploads": viewer.uploads().filter(account=account).defer("summary")[:SHOWN_UPLOADS],
        "reports": [(report_label(number), text) for number, text in REPORT_SENTENCES.items()],
    }
    status = 400 if request.method == "POST" else 200
    return render(request, "reports/upload_new.html", context, status=status)


def _opened(
    request: HttpRequest, viewer: Viewer, account: Account, form: UploadForm
) -> HttpResponse | None:
    """Return the way to the preview; None when the files were refused, the form then says why."""
    try:
        upload, is_known = open_upload(form.new_upload(account), viewer.user)
    except UploadRefused as refused:
        form.add_error("csv_files", str(refused))
        return None
    if is_known:
        messages.info(
            request,
            _("The very same files were uploaded for this range before. This is that upload."),
        )
    else:
        record(request, "uploaded", f"upload {upload.pk}", **_detail(upload))
    return redirect("reports:upload", upload.pk)


def _detail(upload: Upload) -> dict[str, Any]:
    """Return what the access log keeps: no name of a file, which may hold a person's."""
    return {
        "account": upload.account.name,
        "from": upload.from_at.isoformat(),
        "to": upload.to_at.isoformat(),
        "sha256": upload.sha256,
    }


@require_safe
@never_cache
@for_administrators
def upload(request: HttpRequest, viewer: Viewer, pk: int) -> HttpResponse:
    """Return the upload's page: the preview, or what was stored."""
    found = get_object_or_404(
        viewer.uploads().select_related("account", "uploaded_by", "stored_by"), pk=pk
    )
    summary = found.summary
    context = {
        "section": "accounts",
        "upload": found,
        "account": found.account,
        "summary": summary,
        "files": [
            (file, report_label(file.report_id)) for file in found.files.defer("content").all()
        ],
        "fates": fates_of(summary),
        "lacks": lacks_of(summary),
        "lines": list(lines_of(summary)),
        "taken": sum(summary.get("states", {}).values()),
        "zone": reader_zone(request),
        "given_way": found.given_way.count(),
    }
    return render(request, "reports/upload.html", context)


@require_POST
@for_administrators
def upload_store(request: HttpRequest, viewer: Viewer, pk: int) -> HttpResponse:
    """Store what the preview shows."""
    found = get_object_or_404(viewer.uploads().select_related("account"), pk=pk)
    if not found.is_stored and store(found, viewer.user):
        record(request, "stored", f"upload {found.pk}", **_detail(found))
        messages.success(request, _("The files are stored. Their sessions are on the pages now."))
    else:
        messages.info(request, _("These files are stored already."))
    return redirect("reports:upload", found.pk)


@require_POST
@for_administrators
def upload_discard(request: HttpRequest, viewer: Viewer, pk: int) -> HttpResponse:
    """Delete an upload that was not stored, and its files."""
    found = get_object_or_404(viewer.uploads().select_related("account"), pk=pk)
    if discard(found):
        record(request, "discarded", f"upload {pk}", **_detail(found))
        messages.success(request, _("The upload was discarded, and its files were deleted."))
    else:
        messages.info(request, _("These files are stored already."))
    return redirect("reports:account", found.account_id)
