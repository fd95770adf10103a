"""The tables of one class: its learners, everybody else who was there; and whence its length is."""

from collections.abc import Iterable
from typing import Any
from zoneinfo import ZoneInfo

import django_tables2 as tables
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext, gettext_lazy as _

from reports.definitions import OTHER_WORDS
from reports.models import Course
from reports.queries.classes import CourseClass
from reports.queries.roster import RosterLine
from reports.queries.seats import Other, Presence, Seat
from reports.tables.corrections import correction_cell
from reports.tables.figures import duration_text, moment_text, share_text, span_text, unknown_text
from reports.tables.marks import author_text, mark_text, match_text
from reports.tables.people import name_cell, person_url
from reports.tables.register_urls import cell_url, cell_value
from reports.tables.roster import name_remark, shown_name
from reports.tables.rows import NUMBER, DataTable, OrderedRows, labelled, or_unknown
from reports.tables.sessions import WIDE, page_query, room_name, session_url

LARGEST_FIRST = {"empty_values": (), "initial_sort_descending": True}
Learner = tuple[RosterLine, Seat]


KNOWN_BY = {"th": {"class": "known-by"}, "td": {"class": "known-by"}}


class ClassTable(DataTable):
    """The learners of a class, with a box to choose each by. Sorted as in forms.register."""

    caption = _("Learners in this class")
    row_header = "name"
    definitions = {"time": "time_in_class", "share": "share_of_class", "matched": "matched"}

    name = tables.Column(verbose_name=_("Name"), empty_values=(), accessor="0", attrs=WIDE)
    mark = tables.Column(verbose_name=_("Presence"), empty_values=(), accessor="1", orderable=False)
    time = tables.Column(
        verbose_name=_("Time in class"),
        accessor="1",
        attrs=labelled(_("Time in class"), NUMBER),
        **LARGEST_FIRST,
    )
    share = tables.Column(
        verbose_name=_("Share"), accessor="1", attrs=labelled(_("Share"), NUMBER), **LARGEST_FIRST
    )
    matched = tables.Column(
        verbose_name=_("Known by"),
        empty_values=(),
        accessor="1",
        orderable=False,
        attrs=labelled(_("Known by"), KNOWN_BY),
    )
    correction = tables.Column(
        verbose_name=_("Correction"), empty_values=(), accessor="1", orderable=False
    )

    class Meta(DataTable.Meta):
        attrs = {"class": "data-table as-cards"}
        orderable = True

    def __init__(
        self,
        learners: Iterable[Learner],
        one: CourseClass,
        course: Course,
        *,
        form: Any,
        query: str,
    ) -> None:
        super().__init__(
            OrderedRows(_sorted(learners, form.sort_wanted)), order_by=form.sort_wanted
        )
        self.one = one
        self.course = course
        self.form = form  # writes the addresses of the same list, sorted otherwise
        self.query = query

    def render_name(self, record: Learner) -> SafeString:
        line, _seat = record
        remark = name_remark(line)
        return format_html(
            '<span class="cell-text">{}<a href="{}"><bdi>{}</bdi></a>{}</span>',
            cell_box(self.one, line, shown_name(line)),
            cell_url(self.course, self.one, line.enrolment_id, self.query),
            shown_name(line),
            format_html('<span class="cell-sub">{}</span>', remark) if remark else "",
        )

    def render_mark(self, record: Learner) -> SafeString:
        seat = record[1]
        return mark_text(seat.mark, is_corrected=seat.correction is not None)

    def render_time(self, record: Learner) -> str | SafeString:
        return time_cell(record[1])

    def render_share(self, record: Learner) -> str | SafeString:
        return or_unknown(share_text(record[1].share))

    def render_matched(self, record: Learner) -> SafeString | str:
        presences = record[1].presences
        if not presences:
            return gettext("not there")
        several = gettext("%(n)d identities") % {"n": len(presences)}
        return format_html(
            "{}{}",
            several if len(presences) > 1 else "",
            format_html_join(
                "",
                '<span class="cell-sub">{}</span>',
                ((match_text(it.match),) for it in presences),
            ),
        )

    def render_correction(self, record: Learner) -> SafeString | str:
        return correction_cell(record[1], self.form.zone)


class OthersTable(DataTable):
    """Who was in a class and is none of its learners."""

    caption = _("Staff, guests and strangers")
    definitions = {"kind": "strangers"}

    name = tables.Column(verbose_name=_("Name"), empty_values=(), accessor="kind", attrs=WIDE)
    kind = tables.Column(verbose_name=_("Kind"))
    time = tables.Column(
        verbose_name=_("Time"),
        accessor="presence",
        attrs=labelled(_("Time"), NUMBER),
        empty_values=(),
    )
    matched = tables.Column(
        verbose_name=_("Known by"),
        accessor="presence",
        empty_values=(),
        attrs=labelled(_("Known by")),
    )

    class Meta(DataTable.Meta):
        attrs = {"class": "data-table as-cards"}

    def __init__(self, others: Iterable[Other], course: Course, zone: ZoneInfo) -> None:
        super().__init__(OrderedRows(others))
        self.course = course
        self.zone = zone

    def render_name(self, record: Other) -> SafeString:
        return person_cell(record.presence, self.zone, self.course)

    def render_kind(self, record: Other) -> SafeString:
        line = record.presence.match.line
        name = (
            format_html('<span class="cell-sub"><bdi>{}</bdi></span>', shown_name(line))
            if line
            else ""
        )
        return format_html("{}{}", OTHER_WORDS[record.kind], name)

    def render_time(self, record: Other) -> SafeString | str:
        it = record.presence
        return with_breakouts(it.own_seconds, it.breakout_seconds)

    def render_matched(self, record: Other) -> str:
        return match_text(record.presence.match)


def cell_box(one: CourseClass, line: RosterLine, label: str) -> SafeString:
    """Return the box to choose a cell by; none for somebody erased, who can't be corrected."""
    if line.is_erased:
        return SafeString()
    return format_html(
        '<input class="form-check-input cell-box" type="checkbox" name="cell" value="{}"'
        ' aria-label="{}"> ',
        cell_value(one, line.enrolment_id),
        gettext("Choose %(name)s") % {"name": label},
    )


def person_cell(presence: Presence, zone: ZoneInfo, course: Course) -> SafeString:
    """Return who of Kaltura's it was, as a link to the person's page."""
    it = presence.person
    return name_cell(
        it.name, person_url(it.pk, page_query(zone, course.pk)), it.user_id or it.email
    )


def time_cell(seat: Seat) -> SafeString | str:
    """Return a learner's time in a class, and what of it was in breakouts."""
    text = or_unknown(duration_text(seat.seconds))
    if seat.seconds is None or not seat.breakout_seconds:
        return text
    time = duration_text(seat.breakout_seconds)
    note = gettext("%(time)s in breakouts") % {"time": time}
    return format_html('{}<span class="cell-sub">{}</span>', text, note)


def with_breakouts(own_seconds: int, breakout_seconds: int) -> SafeString | str:
    """Return time in the class itself, and beside it that in its breakouts."""
    if not breakout_seconds:
        return duration_text(own_seconds)
    note = gettext("and %(time)s in breakouts") % {"time": duration_text(breakout_seconds)}
    return format_html('{}<span class="cell-sub">{}</span>', duration_text(own_seconds), note)


def length_texts(one: CourseClass, zone: ZoneInfo) -> list[str]:
    """Return what the length of a class is taken from, a sentence each."""
    texts = []
    if len(one.parts) > 1:
        parts = " + ".join(duration_text(line.length_seconds) for line in one.parts)
        texts.append(
            gettext("%(n)d sessions count as one class, without the gap between them: %(parts)s.")
            % {"n": len(one.parts), "parts": parts}
        )
    texts += [gettext("Merged by %(who)s, %(at)s.") % _made(merge, zone) for merge in one.merges]
    if one.counted is not None:
        span = span_text(one.counted.starts_at, one.counted.ends_at, zone)
        words = {
            "session": gettext(
                "Only what lies within the class time counts, %(span)s, which %(who)s set on %(at)s."
            ),
            "series": gettext(
                "Only what lies within the weekly class time counts, %(span)s, which %(who)s set on"
                " %(at)s."
            ),
        }[one.counted.how]
        texts.append(words % ({"span": span} | _made(one.counted.decision, zone)))
    elif one.is_open:
        texts.append(
            gettext("The session is still running or was never closed, so it has no length.")
        )
    elif len(one.parts) == 1 and one.length_seconds is not None:
        texts.append(gettext("From the start of the session to its end, as Kaltura tells it."))
    return texts


def _made(decision: Any, zone: ZoneInfo) -> dict[str, str]:
    return {"who": author_text(decision.made_by), "at": moment_text(decision.made_at, zone)}


def ignored_texts(one: CourseClass, zone: ZoneInfo) -> list[str]:
    """Return who had a class ignored, when and why."""
    texts = []
    for made in one.ignores:
        text = gettext("Ignored by %(who)s, %(at)s.") % _made(made, zone)
        texts.append(f"{text} {made.reason}".strip())
    return texts


def part_lines(lines: Iterable[Any], course: Course, zone: ZoneInfo) -> list[SafeString]:
    """Return sessions or breakouts as links with when they were, and how many were there."""
    found = []
    for line in lines:
        at = unknown_text()
        if line.started_at:
            at = span_text(line.started_at, line.ended_at, zone)
        found.append(
            format_html(
                '<a href="{}"><bdi>{}</bdi>, {}</a>',
                session_url(line, zone, course.pk),
                room_name(line),
                at,
            )
        )
    return found


def _sorted(learners: Iterable[Learner], wanted: str) -> list[Learner]:
    """Return the learners in the wanted order; who is as long there as somebody else, by name."""
    rows = list(learners)
    column, is_down = wanted.removeprefix("-"), wanted.startswith("-")
    if column == "name":
        return rows[::-1] if is_down else rows
    known = [row for row in rows if _figure(row[1], column) is not None]
    known.sort(key=lambda row: _figure(row[1], column) or 0, reverse=is_down)
    return known + [row for row in rows if _figure(row[1], column) is None]


def _figure(seat: Seat, column: str) -> float | None:
    return seat.share if column == "share" else seat.seconds
