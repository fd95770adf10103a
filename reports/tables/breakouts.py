"""The tables of breakouts, of a range and of one session (rows: `SessionLine`s), and who was where."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import takewhile
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import django_tables2 as tables
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext, gettext_lazy as _

from reports.queries.breakouts import BreakoutPeople, BreakoutVisitor
from reports.queries.session_lines import SessionLine, SessionStatus
from reports.tables.figures import (
    count_text,
    day_text,
    duration_text,
    estimate_text,
    moment_text,
    share_text,
    time_text,
    unknown_text,
)
from reports.tables.people import name_cell, person_url, remark_of
from reports.tables.rooms import days_query, room_url
from reports.tables.rows import DataTable, FigureColumn, OrderedRows, or_unknown
from reports.tables.sessions import page_query, room_name, session_url, start_cell, status_mark

NOWRAP = {"th": {"class": "nowrap"}, "td": {"class": "nowrap"}}
DEFINITIONS = {
    "main_session": "main_session",
    "initiator": "initiator",
    "length": "length",
    "attendees": "attendees",
    "kaltura_participant_count": "kaltura_participant_count",
    "time_in_session": "time_in_session",
    "engagement": "engagement",
    "kaltura_engagement_rate": "kaltura_engagement_rate",
}


def initiator_cell(name: str) -> str | SafeString:
    """Return who opened a breakout; a user id, which has no spaces, may break at its dots."""
    if not name:
        return or_unknown(unknown_text())
    parts = format_html_join(SafeString(".<wbr>"), "{}", ((part,) for part in name.split(".")))
    return format_html("<bdi>{}</bdi>", parts)


def short_names(lines: Sequence[SessionLine]) -> list[str]:
    """Return the breakouts' names without the words that all of them and the main room begin with.

    `group 1` for `Botany: group 1` of `Botany: weekly class`; whole names where nothing is in common.
    """
    names = [room_name(line) for line in lines]
    words = [name.split() for name in (*names, *(line.parent_name or "" for line in lines))]
    places = zip(*words, strict=False)  # the first words of all, then the second ones
    shared = sum(1 for _words in takewhile(lambda place: len(set(place)) == 1, places))
    short = [" ".join(name.split()[shared:]) for name in names]
    return short if all(short) else names


class BreakoutListTable(DataTable):
    """Breakouts of a range. A column is called as in `queries.sessions.ORDERS`."""

    caption = _("Breakouts")
    definitions = DEFINITIONS

    start = tables.Column(
        verbose_name=_("Start"), empty_values=(), initial_sort_descending=True, attrs=NOWRAP
    )
    main_room = tables.Column(verbose_name=_("Main room"), accessor="parent_name", empty_values=())
    room = tables.Column(verbose_name=_("Breakout"), accessor="room_name", empty_values=())
    main_session = tables.Column(
        verbose_name=_("Main session"),
        accessor="main_cue_point_id",
        empty_values=(),
        initial_sort_descending=True,
    )
    initiator = tables.Column(verbose_name=_("Opened by"), empty_values=())
    length = FigureColumn(duration_text, verbose_name=_("Length"), accessor="length_seconds")
    attendees = FigureColumn(count_text, verbose_name=_("Attendees"), accessor="attendee_count")
    kaltura_participant_count = FigureColumn(estimate_text, verbose_name=_("Kaltura's estimate"))
    time_in_session = FigureColumn(
        duration_text, verbose_name=_("Time in session"), accessor="view_seconds"
    )
    engagement = FigureColumn(share_text, verbose_name=_("Engagement"))
    kaltura_engagement_rate = FigureColumn(share_text, verbose_name=_("Kaltura's rate"))

    class Meta(DataTable.Meta):
        orderable = True

    def __init__(
        self,
        lines: Iterable[SessionLine],
        *,
        form: Any,
        zone: ZoneInfo,
        starts: Mapping[tuple[int, str | None], datetime],
    ) -> None:
        super().__init__(OrderedRows(lines), order_by=form.sort_wanted)
        self.form = form  # writes the addresses of the same list, sorted otherwise, and of rooms
        self.zone = zone
        self.starts = starts  # of main sessions: see `queries.breakouts.main_starts`

    def render_start(self, record: SessionLine) -> SafeString:
        start = start_cell(record, self.zone, self.form.course_pk)
        if record.status == SessionStatus.COMPLETE:
            return start
        return format_html('{}<span class="cell-sub">{}</span>', start, status_mark(record.status))

    def render_main_room(self, record: SessionLine) -> SafeString:
        if record.parent_entry_id is None:
            hidden = _quiet(gettext("a room that you don't see"))
            return format_html('<span class="cell-text">{}</span>', hidden)
        name = record.parent_name or gettext("Room without a name")
        url = room_url(record.account_id, record.parent_entry_id, days_query(self.form))
        return format_html(
            '<span class="cell-text"><a href="{}"><bdi>{}</bdi></a></span>', url, name
        )

    def render_room(self, record: SessionLine) -> SafeString:
        return format_html(
            '<a href="{}"><bdi>{}</bdi></a>',
            room_url(record.account_id, record.entry_id, days_query(self.form)),
            short_names([record])[0],  # the main room stands beside it
        )

    def render_main_session(self, record: SessionLine) -> str | SafeString:
        cue_point_id = record.main_cue_point_id
        if record.parent_entry_id is None:
            return _quiet(gettext("in a room that you don't see"))
        start = self.starts.get((record.account_id, cue_point_id))
        if cue_point_id is None or start is None:
            return _quiet(gettext("it isn't clear which"))
        path = reverse("reports:session", args=[record.account_id, cue_point_id])
        url = f"{path}?{page_query(self.zone, self.form.course_pk)}"
        begun = record.started_at
        same_day = begun and day_text(begun, self.zone) == day_text(start, self.zone)
        text = (time_text if same_day else moment_text)(start, self.zone)
        return format_html('<a href="{}">{}</a>', url, text)

    def render_initiator(self, value: str) -> str | SafeString:
        return initiator_cell(value)


class BreakoutTable(DataTable):
    """The breakouts of one session."""

    caption = _("Breakouts of this session")
    definitions = DEFINITIONS

    room = tables.Column(verbose_name=_("Breakout"), empty_values=())
    start = tables.Column(verbose_name=_("Start"), empty_values=(), attrs=NOWRAP)
    initiator = tables.Column(verbose_name=_("Opened by"), empty_values=())
    length = FigureColumn(duration_text, verbose_name=_("Length"), accessor="length_seconds")
    attendees = FigureColumn(count_text, verbose_name=_("Attendees"), accessor="attendee_count")
    kaltura_participant_count = FigureColumn(estimate_text, verbose_name=_("Kaltura's estimate"))
    time_in_session = FigureColumn(
        duration_text, verbose_name=_("Time in session"), accessor="view_seconds"
    )
    engagement = FigureColumn(share_text, verbose_name=_("Engagement"))
    kaltura_engagement_rate = FigureColumn(share_text, verbose_name=_("Kaltura's rate"))

    class Meta(DataTable.Meta):
        pass

    def __init__(
        self,
        lines: Iterable[SessionLine],
        zone: ZoneInfo,
        place: str = "",
        course_pk: int | None = None,
    ) -> None:
        super().__init__(OrderedRows(lines))
        self.zone = zone
        self.course_pk = course_pk  # in which a link leads to a breakout
        self.place = place
        if place:
            self.caption = _("Breakouts that may belong to this session")

    def render_room(self, record: SessionLine) -> SafeString:
        text = format_html(
            '<span class="cell-text"><a href="{}"><bdi>{}</bdi></a></span>',
            session_url(record, self.zone, self.course_pk),
            room_name(record),
        )
        if record.status == SessionStatus.COMPLETE:
            return text
        return format_html('{}<span class="cell-sub">{}</span>', text, status_mark(record.status))

    def render_start(self, record: SessionLine) -> str | SafeString:
        at = record.started_at
        return moment_text(at, self.zone) if at else or_unknown(unknown_text())

    def render_initiator(self, value: str) -> str | SafeString:
        return initiator_cell(value)


class VisitorRow(NamedTuple):
    """A person of the grid: cells of text."""

    name: SafeString
    main: str | SafeString  # in the main session
    parts: list[str | SafeString]  # in each breakout; "" where the person wasn't
    together: str | SafeString  # in all the breakouts


@dataclass(frozen=True)
class VisitorGrid:
    """Who was in which breakout: a row a person, a column a breakout.

    No table of django_tables2: a class of 300 in 30 breakouts are 9,000 cells.
    """

    headers: list[SafeString]
    rows: list[VisitorRow]


def visitor_grid(
    people: BreakoutPeople, zone: ZoneInfo, course_pk: int | None = None
) -> VisitorGrid:
    """Return the people who were found in a breakout, with their time in each of them."""
    names = short_names(people.breakouts)
    query = page_query(zone, course_pk)
    return VisitorGrid(
        headers=[
            _part_header(line, name, zone, course_pk)
            for line, name in zip(people.breakouts, names, strict=True)
        ],
        rows=[
            VisitorRow(
                name=_visitor_cell(visitor, query),
                main=_main_cell(people, visitor),
                parts=[_part_cell(visitor, line) for line in people.breakouts],
                together=or_unknown(duration_text(people.together(visitor))),
            )
            for visitor in people.visitors
        ],
    )


def without_id_texts(people: BreakoutPeople) -> list[str]:
    """Return how many people had no user id, as `2 in Group B`, for each breakout with any."""
    return [
        gettext("%(n)s in %(room)s")
        % {"n": count_text(people.without_id[line.session_id]), "room": name}
        for line, name in zip(people.breakouts, short_names(people.breakouts), strict=True)
        if line.session_id in people.without_id
    ]


def _visitor_cell(visitor: BreakoutVisitor, query: str) -> SafeString:
    remark = remark_of(is_erased=visitor.is_erased, is_placeholder=False)
    url = person_url(visitor.person_id, query)
    return name_cell(visitor.name or visitor.user_id, url, remark)


def _main_cell(people: BreakoutPeople, visitor: BreakoutVisitor) -> str | SafeString:
    if not people.is_main_whole:
        return _quiet(unknown_text() if visitor.main_seconds is None else gettext("was there"))
    return "" if visitor.main_seconds is None else duration_text(visitor.main_seconds)


def _part_cell(visitor: BreakoutVisitor, line: SessionLine) -> str | SafeString:
    """Return the person's time; of a breakout that isn't whole at most that they were there."""
    seconds = visitor.seconds.get(line.session_id)
    if not line.is_whole:
        return _quiet(unknown_text() if seconds is None else gettext("was there"))
    return "" if seconds is None else duration_text(seconds)


def _part_header(line: SessionLine, name: str, zone: ZoneInfo, course_pk: int | None) -> SafeString:
    begun = time_text(line.started_at, zone) if line.started_at else unknown_text()
    return format_html(
        '<a href="{}"><bdi>{}</bdi></a><span class="cell-sub">{}</span>',
        session_url(line, zone, course_pk),
        name,
        begun,
    )


def _quiet(text: str) -> SafeString:
    return format_html('<span class="unknown">{}</span>', text)
