"""Columns that several tables for people share: time in session, engagement, first and latest, remark.

They read the lines' attributes of those names, whatever is counted in them. Which tables have them,
and where, is not here: `full`, `people`, `rooms`.
"""

from collections.abc import Callable
from operator import attrgetter
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from reports.definitions import PERSON_REMARKS
from reports.exports.columns import Column

Read = Callable[[Any], Any]


def time_columns(
    view_seconds: Read = attrgetter("view_seconds"),
) -> tuple[Column[Any], Column[Any]]:
    """Return time in session, in minutes and in seconds."""
    title, title_seconds = _("Time in session (min)"), _("Time in session (s)")
    return (
        Column("time_in_session", title, "minutes", view_seconds, "time_in_session"),
        Column("view_seconds", title_seconds, "seconds", view_seconds),
    )


def engagement_columns(
    engaged_seconds: Read = attrgetter("engaged_seconds"),
    engagement: Read = attrgetter("engagement"),
) -> tuple[Column[Any], Column[Any], Column[Any]]:
    """Return engaged time, in minutes and in seconds, and its share of the time in session."""
    title, title_seconds = _("Engaged time (min)"), _("Engaged time (s)")
    return (
        Column("engaged_time", title, "minutes", engaged_seconds, "engaged_time"),
        Column("engaged_seconds", title_seconds, "seconds", engaged_seconds),
        Column("engagement", _("Engagement (%)"), "percent", engagement, "engagement"),
    )


def remark(line: Any) -> str | Promise | None:
    """Return what is special about the person of a line; None for most."""
    if line.is_erased:
        return PERSON_REMARKS["erased"]
    return PERSON_REMARKS["placeholder"] if line.is_placeholder else None


TIME: tuple[Column[Any], ...] = time_columns()
ENGAGEMENT: tuple[Column[Any], ...] = engagement_columns()
ZONE = Column[Any]("time_zone", _("Time zone"), "zone", lambda line: None)
SEEN: tuple[Column[Any], ...] = (
    Column("first", _("First session"), "local_time", attrgetter("first_at"), "first_seen"),
    Column("latest", _("Latest session"), "local_time", attrgetter("latest_at"), "latest_seen"),
    ZONE,
    Column("first_utc", _("First session (UTC)"), "utc_time", attrgetter("first_at")),
    Column("latest_utc", _("Latest session (UTC)"), "utc_time", attrgetter("latest_at")),
)
PERSON: tuple[Column[Any], ...] = (
    Column("name", _("Name"), "text", attrgetter("name")),
    Column("user_id", _("User id"), "text", attrgetter("user_id")),
    Column("email", _("E-mail"), "text", attrgetter("email")),
)
REMARK = Column[Any]("remark", _("Remark"), "label", remark)
