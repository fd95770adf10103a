"""Files as answers: named, written down in the access log, never kept by a cache between."""

from datetime import datetime
from io import BytesIO
from typing import Literal

from django.http import FileResponse, HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _

from reports.access import record
from reports.exports.csv_file import CONTENT_TYPE, stream_csv
from reports.exports.export import Export, file_name
from reports.exports.workbook import CONTENT_TYPE as XLSX_TYPE, TooManyRows, write_xlsx
from reports.tables.figures import count_text

Extension = Literal["csv", "xlsx"]
XLSX_MOST_ROWS = 100_000  # about 24 seconds: what a web process may be busy with at most


def export_response(
    request: HttpRequest,
    export: Export,
    extension: Extension,
    from_at: datetime | None = None,
    to_at: datetime | None = None,
    *,
    name: str = "",
    target: str = "",
    **detail: object,
) -> HttpResponseBase:
    """Return the export as a download and write down who took what; 400 for too long a workbook."""
    name = name or file_name(export.table, extension, from_at, to_at)
    shape = export.table.shape
    record(
        request, "exported", target or export.table.name, format=extension, shape=shape, **detail
    )
    if extension == "csv":
        return csv_response(export, name)
    return xlsx_response(request, export, name)


def csv_response(export: Export, name: str) -> StreamingHttpResponse:
    """Return the export as a download that is sent while it is written."""
    return StreamingHttpResponse(
        stream_csv(export), content_type=CONTENT_TYPE, headers=_headers(name)
    )


def xlsx_response(request: HttpRequest, export: Export, name: str) -> HttpResponseBase:
    """Return the export as a workbook; 400 where it has more rows than one can be made of at once."""
    file = BytesIO()  # some megabytes at most
    try:
        write_xlsx(export, file, most_rows=XLSX_MOST_ROWS)
    except TooManyRows:
        words = _(
            "A workbook holds at most %(n)s rows here. Download these rows as CSV, or choose fewer"
            " days."
        ) % {"n": count_text(XLSX_MOST_ROWS)}
        return render(request, "400.html", {"errors": {"": [words]}}, status=400)
    file.seek(0)
    return FileResponse(file, content_type=XLSX_TYPE, headers=_headers(name))


def _headers(name: str) -> dict[str, str]:
    return {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "private, no-store",
    }
