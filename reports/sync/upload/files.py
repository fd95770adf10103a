"""One uploaded file: which report it is, by its header line, and its bytes, packed as they come."""

import hashlib
import zlib
from collections.abc import Iterable

from django.utils.translation import gettext as _

from reports.kaltura import REPORTS, KalturaError, ReportSpec
from reports.kaltura.answers import api_error_in, is_error_shaped
from reports.kaltura.csv_wire import Header, header_of
from reports.models import UploadFile

HEAD_BYTES = 64 * 1024  # more than any header line
PACKED = {b"\x1f\x8b": "gzip", b"PK\x03\x04": "zip", b"\xd0\xcf\x11\xe0": "xls"}
GZIP = 16 + zlib.MAX_WBITS


class UploadRefused(Exception):
    """Files can't be used: the sentence says why, and names the file where it is one."""


def take_file(name: str, chunks: Iterable[bytes]) -> UploadFile:
    """Return the file, not saved yet; at no time is it unpacked in memory.

    Raises: UploadRefused for what is none of the three reports.
    """
    digest, packer = hashlib.sha256(), zlib.compressobj(6, zlib.DEFLATED, GZIP)
    head, packed, size = b"", [], 0
    for chunk in chunks:
        if len(head) < HEAD_BYTES:
            head += chunk[:HEAD_BYTES]
        digest.update(chunk)
        packed.append(packer.compress(chunk))
        size += len(chunk)
    packed.append(packer.flush())
    return UploadFile(
        name=name.replace("\x00", "")[-200:],
        report_id=report_of(name, head),
        size_bytes=size,
        sha256=digest.hexdigest(),
        content=b"".join(packed),
    )


def report_of(name: str, head: bytes) -> int:
    """Return the number of the report that a file with this beginning is.

    Raises: UploadRefused with a sentence that says what the file is instead.
    """
    _refuse_other_formats(name, head)
    found = {number: _columns_found(head, spec) for number, spec in REPORTS.items()}
    fitting = {
        number: columns
        for number, columns in found.items()
        if columns >= set(REPORTS[number].needed_columns)
    }
    if fitting:
        return max(fitting, key=lambda number: len(fitting[number]))
    nearest = max(found, key=lambda number: len(found[number]))
    lacking = [it for it in REPORTS[nearest].needed_columns if it not in found[nearest]]
    if len(found[nearest]) > len(lacking):
        raise UploadRefused(
            _("“%(name)s” looks like report %(report)d, but has no column %(columns)s.")
            % {"name": name, "report": nearest, "columns": ", ".join(lacking)}
        )
    raise UploadRefused(
        _(
            "“%(name)s” is none of Kaltura's three reports: its first line doesn't name their"
            " columns with commas between them. Upload the file as Kaltura gave it; one that a"
            " spreadsheet has saved anew is another file."
        )
        % {"name": name}
    )


def _refuse_other_formats(name: str, head: bytes) -> None:
    if not head.strip():
        raise UploadRefused(_("“%(name)s” is empty.") % {"name": name})
    kind = next((word for magic, word in PACKED.items() if head.startswith(magic)), None)
    if kind:
        raise UploadRefused(
            _("“%(name)s” is a %(kind)s file. Unpack it, and upload the plain CSV file.")
            % {"name": name, "kind": kind}
        )
    error = api_error_in(head)
    if error is not None:
        raise UploadRefused(
            _("“%(name)s” holds no report but an error of Kaltura's: %(error)s")
            % {"name": name, "error": error}
        )
    if is_error_shaped(head):
        raise UploadRefused(_("“%(name)s” is a web page or data, no CSV file.") % {"name": name})


def _columns_found(head: bytes, spec: ReportSpec) -> set[str]:
    try:
        header: Header = header_of(head, spec)
    except KalturaError:
        return set()
    return set(header.positions)
