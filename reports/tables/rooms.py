"""The table of rooms, and that of one room's breakout rooms. Rows are `RoomLine`s."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

import django_tables2 as tables
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, gettext_lazy as _

from reports.queries.rooms import RoomLine
from reports.tables.figures import (
    count_text,
    day_text,
    duration_text,
    mean_text,
    share_text,
    unknown_text,
)
from reports.tables.rows import NUMBER, DataTable, FigureColumn, OrderedRows, or_unknown

DAY = {"th": {"class": "nowrap"}, "td": {"class": "nowrap"}}
WIDE = {"th": {"class": "wide"}, "td": {"class": "wide"}}


class Addresses(Protocol):
    """Writes addresses: of the same list, sorted otherwise, and of other pages on the same days."""

    def query(self, **changes: object) -> str: ...
    def range_query(self, **changes: object) -> str: ...


def room_url(account_pk: int, entry_id: str, query: str) -> str:
    """Return the address of the room's page with the query."""
    return f"{reverse('reports:room', args=[account_pk, entry_id])}?{query}"


def days_query(addresses: Addresses) -> str:
    """Return the query of a room's page over the same days: its path names room and account."""
    return addresses.range_query(room=None, account=None)


class RoomTable(DataTable):
    """Rooms with their sums. A sortable column is called as in `queries.rooms.ROOM_ORDERS`."""

    caption = _("Rooms")
    is_of_one_room = False  # all of them are breakout rooms
    definitions = {
        "sessions": "sessions",
        "breakouts": "breakouts",
        "attendances": "attendances",
        "people": "people",
        "mean_attendees": "mean_attendees",
        "time_in_session": "time_in_session",
        "engagement": "engagement",
        "first": "first_seen",
        "latest": "latest_seen",
    }

    name = tables.Column(verbose_name=_("Room"), accessor="label", empty_values=(), attrs=WIDE)
    account = tables.Column(verbose_name=_("Account"), accessor="account_name")
    sessions = tables.Column(verbose_name=_("Sessions"), attrs=NUMBER, initial_sort_descending=True)
    breakouts = tables.Column(
        verbose_name=_("Breakouts"),
        accessor="breakout_sessions",
        attrs=NUMBER,
        initial_sort_descending=True,
    )
    attendances = FigureColumn(count_text, verbose_name=_("Attendances"))
    people = FigureColumn(count_text, verbose_name=_("People"))
    mean_attendees = FigureColumn(mean_text, verbose_name=_("Attendees per session"))
    time_in_session = FigureColumn(
        duration_text, verbose_name=_("Time in session"), accessor="view_seconds"
    )
    engagement = FigureColumn(share_text, verbose_name=_("Engagement"))
    first = tables.Column(verbose_name=_("First"), accessor="first_at", empty_values=(), attrs=DAY)
    latest = tables.Column(
        verbose_name=_("Latest"),
        accessor="latest_at",
        empty_values=(),
        attrs=DAY,
        initial_sort_descending=True,
    )

    class Meta(DataTable.Meta):
        orderable = True

    def __init__(
        self,
        lines: Iterable[RoomLine],
        *,
        form: Addresses,
        order: str,
        zone: ZoneInfo,
        exclude: tuple[str, ...] = (),
    ) -> None:
        lines = list(lines)
        super().__init__(OrderedRows(lines), order_by=order, exclude=exclude)
        self.form = form
        self.zone = zone
        self.name_counts = Counter(line.label for line in lines)

    def render_name(self, record: RoomLine) -> SafeString:
        url = room_url(record.account_id, record.entry_id, days_query(self.form))
        is_alone = record.is_breakout and not self.is_of_one_room
        return format_html(
            '<span class="cell-text"><a href="{}"><bdi>{}</bdi></a>{}{}</span>',
            url,
            record.label,
            self._sub(gettext("breakout room") if is_alone else ""),
            # Rooms of one name can't be told apart by it.
            self._sub(record.entry_id if self.name_counts[record.label] > 1 else ""),
        )

    def render_account(self, value: str) -> SafeString:
        return format_html('<span class="cell-text"><bdi>{}</bdi></span>', value)

    def render_sessions(self, record: RoomLine) -> str | SafeString:
        kind = None if record.is_breakout else "main"  # the breakouts are a figure of their own
        return self._linked(record, record.sessions, "sessions", kind=kind)

    def render_breakouts(self, record: RoomLine) -> str | SafeString:
        return self._linked(record, record.breakout_sessions, "breakouts")

    def render_first(self, value: datetime | None) -> str | SafeString:
        return self._day(value)

    def render_latest(self, value: datetime | None) -> str | SafeString:
        return self._day(value)

    def _sub(self, text: str) -> str | SafeString:
        return format_html('<span class="cell-sub"><bdi>{}</bdi></span>', text) if text else ""

    def _day(self, at: datetime | None) -> str | SafeString:
        return or_unknown(day_text(at, self.zone) if at else unknown_text())

    def _linked(self, record: RoomLine, count: int, page: str, **more: object) -> str | SafeString:
        """Return the count as a link to what was counted; none as plain text."""
        if not count:
            return count_text(count)
        query = self.form.range_query(room=record.room_id, **more)
        return format_html(
            '<a href="{}?{}">{}</a>', reverse(f"reports:{page}"), query, count_text(count)
        )


class BreakoutRoomTable(RoomTable):
    """The breakout rooms of one room, each with its own sessions."""

    caption = _("Breakout rooms of this room")
    is_of_one_room = True
    place = "rooms"  # beside the table of the room's sessions

    name = tables.Column(
        verbose_name=_("Breakout room"), accessor="label", empty_values=(), attrs=WIDE
    )

    class Meta(RoomTable.Meta):
        exclude = ("account", "breakouts", "people", "first")
