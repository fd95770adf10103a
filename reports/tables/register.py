"""The grid of a course's register, learners × classes, as HTML.

Twelve thousand cells are nothing for a template: strings are joined here, and what a cell says is
written once for each different text. Every text that comes from elsewhere is escaped where it enters.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple
from urllib.parse import quote
from zoneinfo import ZoneInfo

from django.utils.html import conditional_escape, escape, format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _, gettext_lazy

from reports.analytics.presence import Mark, Tally
from reports.definitions import MARK_SIGNS
from reports.queries.classes import CourseClass
from reports.queries.register import Register
from reports.queries.seats import Row, Seat
from reports.tables.figures import (
    count_text,
    day_text,
    duration_text,
    moment_text,
    share_text,
    time_text,
    unknown_text,
)
from reports.tables.marks import class_title, mark_word
from reports.tables.roster import name_remark, shown_name
from reports.tables.rows import or_unknown
from reports.tables.sessions import room_name

OTHER_MARKS = (Mark.PARTLY, Mark.ABSENT, Mark.EXCUSED, Mark.UNKNOWN)  # than present
SORTS = {
    "name": gettext_lazy("Learner"),
    "share": gettext_lazy("Attended"),
    "time": gettext_lazy("Time"),
}
CELL_END = "</a></td>"


class SortLink(NamedTuple):
    """The head of a column by which the register can be sorted."""

    name: str
    label: str
    query: str  # that sorts by it, or the other way round where it does already
    is_sorted: bool
    is_down: bool


@dataclass(frozen=True)
class RegisterGrid:
    """The rows of a page with the columns and sums of the whole register."""

    found: Register
    rows: Sequence[Row]  # of this page, in order
    form: Any  # writes the addresses of the same register
    zone: ZoneInfo

    @cached_property
    def sorts(self) -> dict[str, SortLink]:
        """The heads of the columns that don't stand for a class."""
        return {name: self._sort(name, str(label)) for name, label in SORTS.items()}

    def _sort(self, name: str, label: str) -> SortLink:
        now = self.form.sort_wanted
        is_sorted = now.removeprefix("-") == name
        is_down = is_sorted and now.startswith("-")
        first, second = (name, f"-{name}") if name == "name" else (f"-{name}", name)
        wanted = second if now == first else first
        return SortLink(name, label, self.form.query(sort=wanted, page=None), is_sorted, is_down)

    # The columns -------------------------------------------------------------------------------

    def columns(self) -> SafeString:
        """Return a `col` for each class: their widths are the style sheet's."""
        return SafeString("<col>" * len(self.found.classes))

    def heads(self) -> SafeString:
        """Return the head of each class: when, where, and what was decided about it."""
        rooms = {one.parts[0].room_id for one in self.found.classes}
        parts = [self._head(one, with_room=len(rooms) > 1) for one in self.found.classes]
        return SafeString("".join(parts))

    def _head(self, one: CourseClass, *, with_room: bool) -> str:
        if one.has_start:
            when = format_html(
                "{}<br>{}", day_text(one.starts_at, self.zone), time_text(one.starts_at, self.zone)
            )
        else:
            when = conditional_escape(or_unknown(unknown_text()))
        subs = [f'<span class="cell-sub">{escape(remark)}</span>' for remark in class_remarks(one)]
        if with_room:
            room = escape(room_name(one.parts[0]))
            subs.insert(0, f'<span class="cell-sub"><bdi>{room}</bdi></span>')
        link = f"{self._class_path(one)}/{self._query}"
        return f'<th scope="col"><a href="{link}">{when}</a>{"".join(subs)}</th>'

    @cached_property
    def _query(self) -> str:
        return escape(f"?tz={quote(self.zone.key, safe='/')}")

    def _class_path(self, one: CourseClass) -> str:
        return escape(f"class/{quote(one.cue_point_id, safe='')}")

    # The rows ----------------------------------------------------------------------------------

    def body(self) -> SafeString:
        """Return the rows. Links are relative to the register's own address."""
        starts = [f'<td><a href="{self._class_path(one)}/' for one in self.found.classes]
        query = escape(f"?{self.form.query(sort=None, page=None)}")
        written: dict[tuple[Mark, int, int, int], str] = {}
        parts: list[str] = []
        for row in self.rows:
            parts.append(self._row_head(row, query))
            middle = f'{row.line.enrolment_id}/{self._query}">'
            for start, seat in zip(starts, row.seats, strict=True):
                if seat.correction is not None:
                    parts += (start, middle, self._corrected(seat), CELL_END)
                    continue
                key = (
                    seat.mark,
                    _minutes(seat.seconds) if seat.presences else NOTHING,
                    _percent(seat.share),
                    len(seat.presences),
                )
                text = written.get(key)
                if text is None:
                    text = written[key] = self._cell_text(seat) + CELL_END
                parts += (start, middle, text)
            parts.append("</tr>")
        return SafeString("".join(parts))

    def _row_head(self, row: Row, query: str) -> str:
        remark = name_remark(row.line)
        sub = f'<span class="cell-sub">{escape(remark)}</span>' if remark else ""
        return (
            f'<tr><th scope="row"><a href="learner/{row.line.enrolment_id}/{query}">'
            f"<bdi>{escape(shown_name(row.line))}</bdi></a>{sub}</th>"
            + self._totals(row.tally, row.seconds)
        )

    def _corrected(self, seat: Seat) -> str:
        """Return a cell with a teacher's word: who said it and why is read on hover and focus."""
        if seat.is_contradicted:
            sign = f'<b class="mark-contradicted" role="img" aria-label="{_contradicted()}">≠</b>'
        else:
            word = escape(_("corrected"))  # within an f-string xgettext would not find it
            sign = f'<b class="mark-corrected" role="img" aria-label="{word}">*</b>'
        note = correction_note(seat, self.zone)
        return f'{self._cell_text(seat, sign)}<span class="cell-note">{escape(note)}</span>'

    # The sums ----------------------------------------------------------------------------------

    def foot(self) -> SafeString:
        """Return what everybody adds up to, not only this page: over all classes, and in each."""
        tallies = [sums.tally for sums in self.found.sums]
        known = [row.seconds for row in self.found.rows if row.seconds is not None]
        seconds = sum(known) if known else None
        cells = [f'<td class="num">{self._of_counted(one)}</td>' for one in tallies]
        return SafeString(self._totals(added_up(tallies), seconds) + "".join(cells))

    def _totals(self, sums: Tally, seconds: int | None) -> str:
        """Return the cells of share, classes and time, which stand before those of the classes."""
        return (
            f'<td class="num">{conditional_escape(or_unknown(share_text(sums.share)))}</td>'
            f'<td class="num">{self._of_counted(sums)}</td>'
            f'<td class="num">{conditional_escape(or_unknown(duration_text(seconds)))}</td>'
        )

    def _of_counted(self, sums: Tally) -> str:
        """Return `27 of 31` and, with their signs, what there is besides."""
        text = self._words_of % (count_text(sums.present), count_text(sums.counted))
        rest = [(mark, getattr(sums, mark.value)) for mark in OTHER_MARKS]
        signs = [f"<span>{self._signs[mark]}{count_text(n)}</span>" for mark, n in rest if n]
        return f"{text}<small>{' '.join(signs)}</small>" if signs else text

    # What a cell says --------------------------------------------------------------------------

    def _cell_text(self, seat: Seat, correction: str = "") -> str:
        """Return sign, share and time; the sign alone where somebody wasn't there."""
        text = self._signs[seat.mark] + correction
        if len(seat.presences) > 1:
            more = len(seat.presences) - 1
            words = escape(_("%(n)s more of the same learner") % {"n": count_text(more)})
            text += (
                f'<b class="mark-double" role="img" aria-label="{words}">+{count_text(more)}</b>'
            )
        if not seat.presences or seat.seconds is None:
            return text
        share = "" if seat.share is None else f" <span>{escape(share_text(seat.share))}</span>"
        return f"{text}{share} <small>{escape(duration_text(seat.seconds))}</small>"

    # Written once, not for each of thousands.

    @cached_property
    def _signs(self) -> dict[Mark, str]:
        """Signs that are read as their words: shorter than those of `marks.mark_sign`."""
        return {
            mark: f'<b class="mark-{mark.value}" role="img" aria-label="{escape(mark_word(mark))}">'
            f"{MARK_SIGNS[mark]}</b>"
            for mark in Mark
        }

    @cached_property
    def _words_of(self) -> str:
        return escape(_("%(present)s of %(counted)s")) % {"present": "%s", "counted": "%s"}


NOTHING = -2  # in place of minutes: wasn't there
SECONDS_ALONE = -1  # less than half a minute


def _minutes(seconds: int | None) -> int:
    """Return what `figures.duration_text` makes of the time, as a number."""
    if seconds is None:
        return NOTHING
    return SECONDS_ALONE if 0 < seconds < 30 else (seconds + 30) // 60


def _percent(share: float | None) -> int:
    """Return what `figures.share_text` makes of the share, as a number."""
    if share is None:
        return -2
    if 0 < share < 0.01:
        return -1
    return 101 if 0.99 < share < 1 else round(share * 100)


def _contradicted() -> str:
    return escape(_("corrected, and later data says something else"))


def added_up(tallies: Iterable[Tally]) -> Tally:
    """Return one tally of all."""
    sums = {mark.value: 0 for mark in Mark}
    for one in tallies:
        for name in sums:
            sums[name] += getattr(one, name)
    return Tally(**sums)


def class_remarks(one: CourseClass) -> list[str]:
    """Return what has to be known about a class beside when it was; nothing for most."""
    remarks = []
    if one.merges:
        remarks.append(_("merged"))
    if one.counted is not None:
        remarks.append(_("class time"))
    if one.is_removed:
        remarks.append(_("removed"))
    elif not one.is_whole:
        remarks.append(_("not whole"))
    if one.length_seconds is None:
        remarks.append(_("length unknown"))
    if one.is_disputed:
        remarks.append(_("disagreeing"))
    elif one.is_provisional:
        remarks.append(_("provisional"))
    return remarks


def correction_note(seat: Seat, zone: ZoneInfo) -> str:
    """Return who corrected a seat, when, why, and what was computed."""
    made = seat.correction
    if made is None:
        return ""
    by = made.made_by
    words = _("Marked %(mark)s by %(who)s, %(at)s.") % {
        "mark": mark_word(seat.mark),
        "who": (by.get_full_name() or by.username) if by else _("somebody who is gone"),
        "at": moment_text(made.made_at, zone),
    }
    if made.reason:
        words += f" “{made.reason}”."
    if seat.is_contradicted:
        return f"{words} " + _("Data that came later says: %(mark)s.") % {
            "mark": mark_word(seat.computed)
        }
    return f"{words} " + _("Computed: %(mark)s.") % {"mark": mark_word(seat.computed)}


def class_name(one: CourseClass, zone: ZoneInfo, *, with_room: bool) -> str:
    """Return when a class was, and where if there are several rooms."""
    title = class_title(one, zone)
    return f"{title}, {room_name(one.parts[0])}" if with_room else title
