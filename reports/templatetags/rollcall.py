"""What templates say often: figures, moments, definitions, static files that may be missing."""

from datetime import datetime, timedelta, tzinfo
from typing import Any

from django import template
from django.conf import settings
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from reports.definitions import DEFINITIONS
from reports.forms.sessions import SessionsForm
from reports.queries.session_lines import SessionLine
from reports.tables import figures
from reports.tables.rows import DataTable, or_unknown

register = template.Library()

register.filter("count", figures.count_text)
register.filter("duration", figures.duration_text)
register.filter("share", figures.share_text)
register.filter("estimate", figures.estimate_text)
register.filter("or_unknown", or_unknown)


@register.filter
def moment(at: datetime, zone: tzinfo) -> str:
    """Return `Tue 18 Nov, 14:00` in the zone."""
    return figures.moment_text(at, zone)


@register.filter
def day(at: datetime, zone: tzinfo) -> str:
    """Return `Tue 18 Nov` in the zone."""
    return figures.day_text(at, zone)


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


@register.inclusion_tag("_definition.html")
def definition(key: str, place: str = "") -> dict[str, Any]:
    """Show the small "i" of a number. `place` tells apart several of one number on a page."""
    return {"definition": DEFINITIONS[key], "id": f"definition-{key}{'-' + place if place else ''}"}


@register.simple_tag
def column_definition(table: DataTable, column: Any) -> SafeString:
    """Show the small "i" of a column that has a definition."""
    key = table.definitions.get(column.name)
    if key is None:
        return SafeString()
    place = type(table).__name__.lower() + table.place
    button = render_to_string("_definition.html", definition(key, place))
    return format_html("\N{NO-BREAK SPACE}{}", button)  # never alone on a line


@register.simple_tag
def sorted_query(table: Any, column: Any) -> str:
    """Return the query of the same list sorted by this column, from its first page."""
    return str(table.form.query(sort=str(column.order_by_alias.next), page=None))


@register.simple_tag
def list_query(form: SessionsForm, **changes: Any) -> str:
    """Return the query of the same list with changes."""
    return form.query(**changes)


@register.filter
def last_day(to_at: datetime) -> datetime:
    """Return a moment of the last day of a half-open range."""
    return to_at - timedelta(seconds=1)


@register.filter
def held(line: SessionLine, zone: tzinfo) -> str:
    """Return when the session took place: `Tue 18 Nov, 14:00–15:30`."""
    if line.started_at is None:
        return figures.unknown_text()
    return figures.span_text(line.started_at, line.ended_at, zone)
