"""The files of an upload added up as the sync adds up an answer, with what is odd about them.

Nothing can be asked again here. What the sync would ask again is therefore unknown: sessions that a
broken line names, that the completeness check finds wanting, and all of a cut file of attendees.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from reports.kaltura import ATTENDEES, BREAKOUTS, REPORTS, SESSIONS, BrokenLine, KalturaError
from reports.kaltura.csv_wire import RowReader, header_of, split_lines
from reports.models import Upload, UploadFile
from reports.sync.answers import (
    MISMATCH,
    NO_ATTENDEES,
    UNCHECKED,
    AnswerRecord,
    Noticed,
    SetAside,
    TileData,
)
from reports.sync.check import compare, totals_by_session
from reports.sync.fold import fold_attendees, fold_breakouts, fold_sessions, notice_oddities
from reports.sync.snapshot_lines import unpacked
from reports.sync.spans import Span, as_unix
from reports.sync.upload.files import UploadRefused

NOT_UPLOADED = "not uploaded"


@dataclass
class _Lines:
    """What one file holds."""

    rows: list[Any] = field(default_factory=list)
    broken: list[BrokenLine] = field(default_factory=list)

    @property
    def count(self) -> int:
        return len(self.rows) + len(self.broken)


def read_upload(upload: Upload, files: Iterable[UploadFile], row_cap: int) -> TileData:
    """Return what the files say of the upload's range, added up and checked.

    What is counted of a file is noted on it, and not saved.
    Raises: UploadRefused for a file that breaks off, and for sessions that two files tell of.
    """
    span = Span(as_unix(upload.from_at), as_unix(upload.to_at))
    data = TileData(span, upload.uploaded_at)
    seen: dict[int, dict[str, set[Any]]] = {number: {} for number in REPORTS}
    for file in sorted(files, key=lambda one: one.report_id):
        lines = _lines_of(data, file)
        file.row_count, file.set_aside_count = lines.count, len(lines.broken)
        file.is_cut = lines.count >= row_cap
        rows = _not_in_another(seen[file.report_id], lines.rows, file)
        _fold(data, file, rows, lines.broken)
    for number in REPORTS:
        if number not in data.answers:
            data.missing_reports[number] = NOT_UPLOADED
    _check(data)
    notice_oddities(data)
    return data


def touches_range(data: TileData) -> bool:
    """Return whether any session took place in the range; unknown times are no objection."""
    told = [(it.start_unix, it.end_unix) for it in data.sessions.values()]
    told += [(it.start_unix, it.end_unix) for it in data.breakouts.values()]
    span = data.span
    return not told or any(
        start < span.end and max(start, end) >= span.start for start, end in told
    )


def _lines_of(data: TileData, file: UploadFile) -> _Lines:
    found = _Lines()
    spec = REPORTS[file.report_id]
    try:
        lines = split_lines(unpacked(bytes(file.content)))
        header = header_of(next(lines) + b"\n", spec)
        reader = RowReader(spec, header)
        for number, line in enumerate(lines, start=2):
            row = reader.read(number, line)
            if isinstance(row, BrokenLine):
                found.broken.append(row)
            else:
                found.rows.append(row)
    except KalturaError as error:
        raise UploadRefused(
            _("“%(name)s” can't be read to its end. Download it from Kaltura once more. (%(why)s)")
            % {"name": file.name, "why": error}
        ) from error
    for what, names in (("new", header.unknown), ("missing", header.missing)):
        for name in names:
            data.noticed.append(Noticed("columns", file.report_id, detail={what: name}))
    return found


def _not_in_another(seen: dict[str, set[Any]], rows: list[Any], file: UploadFile) -> list[Any]:
    """Return the rows without those that another file of the report has word for word.

    Raises: UploadRefused when two files tell different things of a session: which of them is right,
    or whether they add up, can't be known.
    """
    own: dict[str, set[Any]] = {}
    for row in rows:
        own.setdefault(row.cue_point_id, set()).add(row)
    twice = sorted(own.keys() & seen.keys())
    if any(own[cue] != seen[cue] for cue in twice):
        raise UploadRefused(
            _(
                "Two files of report %(report)d tell different things of the session %(session)s:"
                " they are for different ranges, or were made at different times. Upload the"
                " files of each range by themselves."
            )
            % {"report": file.report_id, "session": twice[0]}
        )
    seen |= own
    return [row for row in rows if row.cue_point_id not in twice]


def _fold(data: TileData, file: UploadFile, rows: list[Any], broken: list[BrokenLine]) -> None:
    number = file.report_id
    record = data.answers.setdefault(number, AnswerRecord(number, data.asked_at))
    record.request_count += 1
    record.row_count += file.row_count
    record.set_aside_count += file.set_aside_count
    record.is_cut = record.is_cut or file.is_cut
    record.checksums.append(file.sha256)
    data.set_aside += [SetAside(number, line.number, line.text, line.reason) for line in broken]
    data.unread_lines[number] += len(broken)
    if file.is_cut:
        why = "the file has as many rows as Kaltura gives"
        data.noticed.append(Noticed("cut", number, detail={"why": why}))
    if number == SESSIONS:
        fold_sessions(data, rows)
    elif number == BREAKOUTS:
        fold_breakouts(data, rows)
    else:
        fold_attendees(data, rows)
        # Somebody of the session that a broken line names is missing: see `Reader`.
        data.cut_sessions |= {text for line in broken for text in line.text.split(",")} - {""}


def _check(data: TileData) -> None:
    """Compare the attendees with the sessions' engagement, and mark what is not all here."""
    cues = data.cue_points()
    if ATTENDEES not in data.answers:
        data.checks = dict.fromkeys(cues, UNCHECKED)
        return
    totals = totals_by_session(
        (row.cue_point_id, row.view_seconds, row.engaged_seconds)
        for row in data.attendances.values()
    )
    if SESSIONS in data.answers:
        ratios = {cue: facts.engaged_ratio for cue, facts in data.sessions.items()}
        data.checks = compare(ratios, totals)
    else:
        data.checks = dict.fromkeys(totals, UNCHECKED)
    for cue in cues - data.checks.keys():
        data.checks[cue] = NO_ATTENDEES
    if data.answers[ATTENDEES].is_cut:
        data.is_cut = True
        data.cut_sessions |= cues
    data.cut_sessions |= {cue for cue, word in data.checks.items() if word == MISMATCH}
