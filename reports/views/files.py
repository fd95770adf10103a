"""Files as answers: streamed as they are written, named, never kept by a cache between."""

from django.http import StreamingHttpResponse

from reports.exports.csv_file import CONTENT_TYPE, stream_csv
from reports.exports.export import Export


def csv_response(export: Export, name: str) -> StreamingHttpResponse:
    """Return the export as a download."""
    return StreamingHttpResponse(
        stream_csv(export),
        content_type=CONTENT_TYPE,
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "private, no-store",
        },
    )
