"""The register as a table of cells: a row for each learner in each class, with all that speaks for it.

For who computes with it. Learners in the order of the register's page, each one's classes by start.
Times stand in the chosen zone and in UTC, durations in minutes and in whole seconds.
"""

from datetime import datetime
from typing import Any, NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext as _now, gettext_lazy as _

from reports.definitions import DEFINITIONS, MARK_WORDS, MATCH_WORDS
from reports.exports.columns import Column, Table
from reports.exports.export import Export
from reports.exports.figures import ZONE
from reports.exports.register import (
    LEARNER,
    RegisterShown,
    called,
    range_columns,
    rule_columns,
    shown_share,
)
from reports.queries.classes import CourseClass
from reports.queries.identities import PersonRow
from reports.queries.roster import Standing
from reports.queries.seats import Seat


class RegisterCell(NamedTuple):
    """A learner's seat in a class; whose it is stands before it in the row."""

    of_class: CourseClass
    seat: Seat


def open_register_tidy(shown: RegisterShown) -> Export:
    """Return what is to be written about each learner in each class."""
    classes = shown.register.classes
    rows = (
        (row, RegisterCell(one, seat))
        for row in shown.rows
        for one, seat in zip(classes, row.seats, strict=True)
    )
    return Export(register_tidy_table(shown), rows, shown.zone)


def register_tidy_table(shown: RegisterShown) -> Table:
    cells = (*_CLASS, *_SEAT, *_CORRECTION, *rule_columns(shown), *range_columns(shown))
    notes = tuple(
        (words, DEFINITIONS[_DEFINED[mark]].sentence) for mark, words in MARK_WORDS.items()
    )
    return Table("register-tidy", "full", LEARNER, cells, notes=notes)


# The words of the columns of presence, where they are called otherwise.
_DEFINED = {mark: mark for mark in MARK_WORDS} | {"unknown": "presence_unknown"}


# The class -----------------------------------------------------------------------------------------


def _start(cell: RegisterCell) -> datetime | None:
    return cell.of_class.starts_at if cell.of_class.has_start else None


def _end(cell: RegisterCell) -> datetime | None:
    return cell.of_class.ends_at if cell.of_class.has_start else None


def _sessions(cell: RegisterCell) -> str:
    return " ".join(cell.of_class.cue_point_ids)


def _breakouts(cell: RegisterCell) -> str | None:
    return " ".join(line.cue_point_id for line in cell.of_class.breakouts) or None


def _time_begins(cell: RegisterCell) -> datetime | None:
    return cell.of_class.counted.starts_at if cell.of_class.counted else None


def _time_ends(cell: RegisterCell) -> datetime | None:
    return cell.of_class.counted.ends_at if cell.of_class.counted else None


_TIME_OF = {"session": _("this session"), "series": _("the weekly series")}


def _time_of(cell: RegisterCell) -> Promise | str | None:
    return _TIME_OF[cell.of_class.counted.how] if cell.of_class.counted else None


def _merged(cell: RegisterCell) -> Promise | None:
    return _("yes") if len(cell.of_class.parts) > 1 else None


def _provisional(cell: RegisterCell) -> Promise | None:
    return _("yes") if cell.of_class.is_provisional else None


def _remark(cell: RegisterCell) -> Promise | None:
    """Return what keeps figures of the class unknown or in doubt; the first that applies."""
    one = cell.of_class
    if one.is_removed:
        return _("attendances were removed by a limit")
    if not one.is_whole:
        return _("attendances are not whole")
    if one.is_disputed:
        return _("Kaltura's reports disagree")
    return _("still running or never closed") if one.is_open else None


def _length(cell: RegisterCell) -> int | None:
    return cell.of_class.length_seconds


_CLASS: tuple[Column[RegisterCell], ...] = (
    Column("class", _("Class id"), "text", lambda cell: cell.of_class.cue_point_id, "class"),
    Column("start", _("Start"), "local_time", _start),
    Column("end", _("End"), "local_time", _end),
    ZONE,
    Column("start_utc", _("Start (UTC)"), "utc_time", _start),
    Column("end_utc", _("End (UTC)"), "utc_time", _end),
    Column("room", _("Room"), "text", lambda cell: cell.of_class.room_name or None),
    Column("sessions", _("Session ids"), "text", _sessions),
    Column("breakouts", _("Breakout session ids"), "text", _breakouts),
    Column("merged", _("Merged"), "label", _merged),
    Column("length", _("Length of the class (min)"), "minutes", _length, "class_length"),
    Column("length_seconds", _("Length of the class (s)"), "seconds", _length),
    Column("time_start", _("Class time from"), "local_time", _time_begins, "class_time"),
    Column("time_end", _("Class time to"), "local_time", _time_ends),
    Column("time_of", _("Class time of"), "label", _time_of),
    Column("provisional", _("Provisional"), "label", _provisional),
    Column("remark", _("Remark"), "label", _remark),
)


# The learner in it ---------------------------------------------------------------------------------

_STANDINGS: dict[Standing, str | Promise] = {
    Standing.ENROLLED: _("enrolled"),
    Standing.LEFT: _("had left"),
    Standing.NOT_YET: _("not yet"),
    Standing.UNKNOWN: _("unknown"),
}


def _seconds(cell: RegisterCell) -> int | None:
    return cell.seat.told_seconds


def _breakout_seconds(cell: RegisterCell) -> int | None:
    return None if cell.seat.told_seconds is None else cell.seat.breakout_seconds


def _identities(cell: RegisterCell) -> str | None:
    return "; ".join(_identity(it.person) for it in cell.seat.presences) or None


def _identity(person: PersonRow) -> str:
    if person.erased_at is not None:
        return _now("erased")
    return person.user_id or person.name or _now("without id and name")


def _matches(cell: RegisterCell) -> str | None:
    return "; ".join(str(MATCH_WORDS[it.match.how]) for it in cell.seat.presences) or None


_SEAT: tuple[Column[RegisterCell], ...] = (
    Column("presence", _("Presence"), "label", lambda cell: MARK_WORDS[cell.seat.mark]),
    Column(
        "computed", _("Presence computed"), "label", lambda cell: MARK_WORDS[cell.seat.computed]
    ),
    Column("standing", _("Enrolled then"), "label", lambda cell: _STANDINGS[cell.seat.standing]),
    Column("minutes", _("Time in class (min)"), "minutes", _seconds, "time_in_class"),
    Column("seconds", _("Time in class (s)"), "seconds", _seconds),
    Column(
        "breakout_minutes",
        _("Time in breakouts (min)"),
        "minutes",
        _breakout_seconds,
        "breakout_time",
    ),
    Column("breakout_seconds", _("Time in breakouts (s)"), "seconds", _breakout_seconds),
    Column(
        "share",
        _("Share of the class (%)"),
        "percent",
        lambda cell: shown_share(cell.seat),
        "share_of_class",
    ),
    Column("identities", _("In Kaltura as"), "text", _identities, "second_identity"),
    Column("matched", _("Matched by"), "label", _matches, "matched"),
)


def _of_correction(name: str) -> Any:
    def read(cell: RegisterCell) -> Any:
        made = cell.seat.correction
        return None if made is None else getattr(made, name) or None

    return read


def _corrected_to(cell: RegisterCell) -> str | Promise | None:
    made = cell.seat.correction
    return None if made is None else MARK_WORDS[made.presence]


def _corrected_by(cell: RegisterCell) -> str | None:
    made = cell.seat.correction
    return None if made is None else called(made.made_by) or None


def _contradicted(cell: RegisterCell) -> Promise | None:
    return _("yes") if cell.seat.is_contradicted else None


_CORRECTION: tuple[Column[RegisterCell], ...] = (
    Column("correction", _("Corrected to"), "label", _corrected_to, "correction"),
    Column("reason", _("Reason"), "text", _of_correction("reason")),
    Column("corrected_by", _("Corrected by"), "text", _corrected_by),
    Column("corrected", _("Corrected at"), "local_time", _of_correction("made_at")),
    Column("corrected_utc", _("Corrected at (UTC)"), "utc_time", _of_correction("made_at")),
    Column("contradicted", _("Contradicted by later data"), "label", _contradicted),
)
