"""The tables of data health. Rows are those of `queries.health`."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import django_tables2 as tables
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.translation import gettext, gettext_lazy as _

from reports.models import FindingKind, SetAsideLine, Tile
from reports.queries.health import (
    PEOPLE_NAMED,
    EstimateCheck,
    FindingLine,
    RestatedSession,
    SessionName,
)
from reports.tables.figures import count_text, day_text, duration_text, moment_text, share_text
from reports.tables.provenance import changed_duration, was_text
from reports.tables.rows import NUMBER, DataTable, FigureColumn, OrderedRows

NOWRAP = {"th": {"class": "nowrap"}, "td": {"class": "nowrap"}}


def session_link(name: SessionName | None, cue_point_id: str, zone: ZoneInfo) -> SafeString:
    """Return a link to the session with room and start; its id alone where it isn't here."""
    if name is None:
        if not cue_point_id:
            return format_html('<span class="unknown">{}</span>', gettext("no session of its own"))
        return format_html(
            '<code>{}</code><span class="cell-sub">{}</span>',
            cue_point_id,
            gettext("not here any more"),
        )
    url = reverse("reports:session", args=[name.account_id, name.cue_point_id])
    start = moment_text(name.started_at, zone) if name.started_at else gettext("start unknown")
    return format_html(
        '<span class="cell-text"><a href="{}?{}"><bdi>{}</bdi>, {}</a></span>',
        url,
        urlencode({"tz": zone.key}),
        name.room,
        start,
    )


def tile_text(tile: Tile) -> str:
    """Return the UTC day of the tile; an upload's first and last day."""
    first = day_text(tile.start_at, UTC)
    if (tile.end_at - tile.start_at).days <= 1:
        return first
    return f"{first} – {day_text(tile.end_at, UTC)}"


class FindingTable(DataTable):
    """Findings. A sortable column is called as in `queries.health.FINDING_ORDERS`."""

    caption = _("Findings")
    definitions = {"day": "tile", "kind": "finding"}

    day = tables.Column(
        verbose_name=_("UTC day"),
        accessor="finding__tile",
        initial_sort_descending=True,
        attrs=NOWRAP,
    )
    kind = tables.Column(verbose_name=_("What was noticed"), accessor="finding")
    account = tables.Column(verbose_name=_("Account"), accessor="finding__account__name")
    report = tables.Column(
        verbose_name=_("Report"), accessor="finding__report_id", empty_values=(), attrs=NUMBER
    )
    session = tables.Column(verbose_name=_("Session"), accessor="finding", empty_values=())
    count = FigureColumn(count_text, verbose_name=_("How many"), accessor="finding__row_count")
    noticed = tables.Column(
        verbose_name=_("Noticed"),
        accessor="finding__noticed_at",
        initial_sort_descending=True,
        attrs=NOWRAP,
    )

    class Meta(DataTable.Meta):
        orderable = True

    def __init__(
        self, lines: Iterable[FindingLine], *, form: Any, order: str, zone: ZoneInfo
    ) -> None:
        super().__init__(OrderedRows(lines), order_by=order)
        self.form = form  # writes the addresses of the same list, sorted otherwise
        self.zone = zone

    def render_day(self, value: Tile) -> str:
        return tile_text(value)

    def render_kind(self, record: FindingLine) -> SafeString:
        detail = detail_text(record)
        return format_html(
            '<span class="cell-text">{}{}</span>',
            record.finding.get_kind_display(),
            format_html('<span class="cell-sub"><bdi>{}</bdi></span>', detail) if detail else "",
        )

    def render_report(self, value: int | None) -> str | SafeString:
        if value is None:
            return format_html('<span class="unknown">{}</span>', gettext("none"))
        return str(value)

    def render_session(self, record: FindingLine) -> SafeString:
        return session_link(record.session, record.finding.cue_point_id, self.zone)

    def render_noticed(self, value: datetime) -> str:
        return moment_text(value, self.zone)


def detail_text(line: FindingLine) -> str:
    """Return what the finding says beyond its kind: both figures, the reason, the column, names."""
    detail, part = line.finding.detail, line.part
    if line.finding.kind == FindingKind.MISMATCH and part is not None:
        return gettext("Kaltura's report of sessions: %(theirs)s; its attendees: %(ours)s") % {
            "theirs": exact_share_text(part.kaltura_engaged_ratio),
            "ours": exact_share_text(line.engagement),
        }
    if line.finding.kind == FindingKind.NO_SESSION and part is not None:
        return gettext("%(people)s people, %(time)s in session") % {
            "people": count_text(part.attendee_count),
            "time": duration_text(part.view_seconds),
        }
    if line.people:
        more = line.finding.row_count > PEOPLE_NAMED
        return ", ".join(line.people) + (" …" if more else "")
    if detail.get("unread"):
        return gettext("%(n)s still unread when asked again") % {
            "n": count_text(int(detail["unread"]))
        }
    if "new" in detail or "missing" in detail:
        what = gettext("new: %(name)s") if "new" in detail else gettext("missing: %(name)s")
        return what % {"name": detail.get("new", detail.get("missing"))}
    return ""


def exact_share_text(share: float | None) -> str:
    """Return a share with three decimals: where two of them differ, less would look the same."""
    return share_text(None) if share is None else f"{share * 100:.3f}\N{NO-BREAK SPACE}%"


class LineTable(DataTable):
    """Lines that could not be read, as they came. Sortable as `queries.health.LINE_ORDERS`."""

    caption = _("Lines set aside")
    definitions = {"day": "tile"}

    day = tables.Column(
        verbose_name=_("UTC day"), accessor="tile", initial_sort_descending=True, attrs=NOWRAP
    )
    account = tables.Column(verbose_name=_("Account"), accessor="tile__account__name")
    report = tables.Column(verbose_name=_("Report"), accessor="report_id", attrs=NUMBER)
    line = tables.Column(verbose_name=_("Line"), accessor="number", attrs=NUMBER)
    reason = tables.Column(verbose_name=_("Why"))
    text = tables.Column(verbose_name=_("The line as Kaltura gave it"), empty_values=())

    class Meta(DataTable.Meta):
        orderable = True

    def __init__(
        self, lines: Iterable[SetAsideLine], *, form: Any, order: str, zone: ZoneInfo
    ) -> None:
        super().__init__(OrderedRows(lines), order_by=order)
        self.form = form
        self.zone = zone

    def render_day(self, value: Tile) -> str:
        return tile_text(value)

    def render_report(self, value: int) -> str:
        return str(value)

    def render_line(self, value: int) -> str:
        return count_text(value)

    def render_reason(self, value: str) -> SafeString:
        return format_html('<span class="cell-text"><samp>{}</samp></span>', value)

    def render_text(self, value: str) -> SafeString:
        return format_html('<pre class="cell-verbatim" dir="auto">{}</pre>', value)


class HealthRestatementTable(DataTable):
    """The latest changes of figures that had settled."""

    caption = _("Changed after it had settled")
    place = "health"

    noticed = tables.Column(verbose_name=_("Noticed"), accessor="change__noticed_at", attrs=NOWRAP)
    session = tables.Column(verbose_name=_("Session"), accessor="change", empty_values=())
    account = tables.Column(verbose_name=_("Account"), accessor="change__account__name")
    day = tables.Column(verbose_name=_("UTC day"), accessor="change__tile", attrs=NOWRAP)
    attendees = tables.Column(verbose_name=_("Attendees"), accessor="change", attrs=NUMBER)
    time_in_session = tables.Column(
        verbose_name=_("Time in session"), accessor="change", attrs=NUMBER
    )
    engaged_time = tables.Column(verbose_name=_("Engaged time"), accessor="change", attrs=NUMBER)

    class Meta(DataTable.Meta):
        pass

    def __init__(self, rows: Iterable[RestatedSession], zone: ZoneInfo) -> None:
        super().__init__(OrderedRows(rows))
        self.zone = zone

    def render_noticed(self, value: datetime) -> str:
        return moment_text(value, self.zone)

    def render_session(self, record: RestatedSession) -> SafeString:
        return session_link(record.session, record.change.cue_point_id, self.zone)

    def render_day(self, value: Tile) -> str:
        return tile_text(value)

    def render_attendees(self, record: RestatedSession) -> str:
        change = record.change
        if change.attendees_before == change.attendees_after:
            return count_text(change.attendees_after)
        return was_text(count_text(change.attendees_before), count_text(change.attendees_after))

    def render_time_in_session(self, record: RestatedSession) -> str:
        change = record.change
        return changed_duration(change.view_seconds_before, change.view_seconds_after)

    def render_engaged_time(self, record: RestatedSession) -> str:
        change = record.change
        return changed_duration(change.engaged_seconds_before, change.engaged_seconds_after)


class EstimateTable(DataTable):
    """Kaltura's estimates of users against our counts, by account."""

    caption = _("Kaltura's estimates checked")

    account = tables.Column(verbose_name=_("Account"), accessor="account_name")
    compared = FigureColumn(count_text, verbose_name=_("Sessions compared"))
    equal = FigureColumn(count_text, verbose_name=_("The same"))
    close = FigureColumn(count_text, verbose_name=_("Off by at most 5 %"))
    further = FigureColumn(count_text, verbose_name=_("Off by more"))
    share = FigureColumn(share_text, verbose_name=_("Share within 5 %"), accessor="within")
    largest = FigureColumn(count_text, verbose_name=_("Largest difference, people"))

    class Meta(DataTable.Meta):
        pass

    def __init__(self, rows: Iterable[EstimateCheck]) -> None:
        super().__init__(OrderedRows(rows))
