"""What templates say often: figures, moments, definitions, static files that may be missing."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from django import template
from django.conf import settings
from django.http import Http404
from django.template import Context
from django.template.base import render_value_in_context
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString

from reports.access import Viewer, viewer_of
from reports.alerts.watch import notices
from reports.charts.coverage import days_text
from reports.charts.figure import ChartFigure
from reports.definitions import DEFINITIONS
from reports.forms.ranges import RangeForm, last_days_query
from reports.models import Course
from reports.moodle.presentation import course_of_page
from reports.queries.courses import SeenAs, seen_as_what
from reports.tables import figures
from reports.tables.rows import DataTable, or_unknown
from reports.tables.sessions import held_text

register = template.Library()

register.filter("count", figures.count_text)
register.filter("mean", figures.mean_text)
register.filter("duration", figures.duration_text)
register.filter("share", figures.share_text)
register.filter("estimate", figures.estimate_text)
register.filter("or_unknown", or_unknown)
register.filter("held", held_text)


@register.filter
def moment(at: datetime, zone: tzinfo) -> str:
    """Return `Tue 18 Nov, 14:00` in the zone."""
    return figures.moment_text(at, zone)


@register.filter
def day(at: datetime, zone: tzinfo) -> str:
    """Return `Tue 18 Nov` in the zone."""
    return figures.day_text(at, zone)


@register.filter
def day_ranges(days: Sequence[date]) -> str:
    """Return UTC days as `Mon 12 Jan – Wed 14 Jan, Fri 16 Jan`, at most three ranges."""
    return days_text(days)


@register.filter
def ago(at: datetime) -> str:
    """Return `12 min ago`."""
    return figures.ago_text(at, timezone.now())


@register.simple_tag
def site_name() -> str:
    """Return the site's name; also where a view (Django's sign-in) has another word for it."""
    return str(settings.SITE_NAME)


@register.simple_tag
def asset(name: str) -> str:
    """Return a static file's address, or "" where it is not installed: the page works without."""
    try:
        return static(name)
    except ValueError:  # the manifest doesn't have it
        return ""


@register.simple_tag(takes_context=True)
def nav_entry(context: Context, section: str, label: str) -> SafeString:
    """Return an entry of the main navigation; it is marked on the pages of its section."""
    current = SafeString(' aria-current="page"') if context.get("section") == section else ""
    url = reverse(f"reports:{section}")
    return format_html('<li><a href="{}"{}>{}</a></li>', url, current, label)


@register.inclusion_tag("reports/_alerts.html", takes_context=True)
def alerts_banner(context: Context) -> dict[str, Any]:
    """Show administrators that something should be seen to; nothing to anybody else. One query."""
    user = context.get("user")
    if not getattr(user, "is_administrator", False):
        return {"notices": []}
    return {"notices": notices(timezone.now()), "section": context.get("section")}


@register.inclusion_tag("moodle/_course_bar.html", takes_context=True)
def course_bar(context: Context) -> dict[str, Any]:
    """Show the one line above a page in Moodle's frame: the course, and what there is of it."""
    request, viewer = context["request"], this_viewer(context)
    course = course_of_page(request, viewer) if viewer else None
    match = request.resolver_match
    return {
        "request": request,
        "viewer": viewer,
        "course": course,
        "is_learner": not course or not viewer or seen_as_what(viewer, course) == SeenAs.LEARNER,
        "here": match.url_name if match else "",
        "section": context.get("section"),
    }


@register.inclusion_tag("_definition.html")
def definition(key: str, place: str = "") -> dict[str, Any]:
    """Show the small "i" of a number. `place` tells apart several of one number on a page."""
    return {"definition": DEFINITIONS[key], "id": f"definition-{key}{'-' + place if place else ''}"}


@register.simple_block_tag
def figure(
    content: SafeString,
    text: str,
    key: str = "",
    *,
    name: str = "",
    place: str = "",
    link: str = "",
) -> SafeString:
    """Show a headline figure of `<dl class="figures">`; the content is its notes, each a dd.

    `key` is of DEFINITIONS: the name is the definition's where none is given. `place` is as for
    `definition`, and `link` leads to what is behind the figure.
    """
    parts = {
        "name": name or DEFINITIONS[key].name,
        "key": key,
        "place": place,
        "text": text,
        "is_unknown": text == figures.unknown_text(),
        "link": link,
        "notes": content,
    }
    return render_to_string("_figure.html", parts)


@register.simple_tag
def column_definition(table: DataTable, column: Any) -> SafeString:
    """Show the small "i" of a column that has a definition."""
    key = table.definitions.get(column.name)
    if key is None:
        return SafeString()
    place = type(table).__name__.lower() + table.place
    button = render_to_string("_definition.html", definition(key, place))
    return format_html("\N{NO-BREAK SPACE}{}", button)  # never alone on a line


@register.simple_tag(takes_context=True)
def row_cells(context: Context, table: DataTable, row: Any) -> SafeString:
    """Return the cells of a row of `table.rows`, each written as `{{ cell }}` would be."""
    tags = table.cell_tags
    parts: list[str] = []
    for column, cell in row.items():
        start, end = tags[column.name]
        parts += (start, render_value_in_context(cell, context), end)
    return SafeString("".join(parts))


@register.simple_tag
def sorted_query(table: Any, column: Any) -> str:
    """Return the query of the same list sorted by this column, from its first page."""
    return str(table.form.query(sort=str(column.order_by_alias.next), page=None))


@register.simple_tag
def list_query(form: RangeForm, **changes: Any) -> str:
    """Return the query of the same list with changes."""
    return form.query(**changes)


@register.simple_tag
def days_up_to(at: datetime, zone: ZoneInfo, course: Course | None = None) -> str:
    """Return the query of a page over the latest days that hold the moment."""
    return last_days_query(at, zone, course.pk if course else None)


@register.simple_tag(takes_context=True)
def this_viewer(context: Context) -> Viewer | None:
    """Return who looks at the page; None for the signed-out. One query where a learner looks."""
    request: Any = context.get("request")
    if not hasattr(request, "user"):
        return None
    try:
        return viewer_of(request.user, request.session)
    except Http404:
        return None


@register.simple_tag
def chart_rows(chart: ChartFigure) -> SafeString:
    """Return the rows of the chart's table: joined, a template takes longer than all the rest."""
    starts = [f'<td class="{"num" if column.is_number else "text"}">' for column in chart.columns]
    parts: list[str] = []
    for row in chart.rows:
        name: str = conditional_escape(row.cells[0])
        if row.link:
            name = format_html('<a href="{}">{}</a>', row.link, name)
        parts += ('<tr><th scope="row" class="nowrap">', name, "</th>")
        for start, text in zip(starts[1:], row.cells[1:], strict=True):
            parts += (start, conditional_escape(or_unknown(text)), "</td>")
        parts.append("</tr>")
    return SafeString("".join(parts))


@register.filter
def last_day(to_at: datetime) -> datetime:
    """Return a moment of the last day of a half-open range."""
    return to_at - timedelta(seconds=1)
