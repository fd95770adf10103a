"""How a course's classes are written: weekly class times, offers, and remarks beside sessions."""

from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils import dates
from django.utils.formats import time_format
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _, ngettext

from reports.analytics.class_offers import IgnoreOffer, MergeOffer, WhyIgnore
from reports.models import ClassTime, Course
from reports.queries.class_remarks import ClassRemark
from reports.queries.classes import CountedTime
from reports.queries.session_lines import SessionLine
from reports.tables.figures import count_text, duration_text, moment_text, time_text


def counted_text(counted: CountedTime, zone: ZoneInfo) -> str:
    """Return the class time as `09:00–10:30`."""
    return f"{time_text(counted.starts_at, zone)}–{time_text(counted.ends_at, zone)}"


def series_text(series: ClassTime) -> str:
    """Return a weekly class time as `Mondays, 09:00–10:30 (Europe/Berlin)`."""
    return _("every %(day)s, %(begins)s–%(ends)s (%(zone)s)") % {
        "day": dates.WEEKDAYS[series.weekday - 1],
        "begins": time_format(series.begins, "H:i"),
        "ends": time_format(series.ends, "H:i"),
        "zone": series.time_zone,
    }


def gap_text(offer: MergeOffer) -> str:
    """Return how far apart two sessions of a room were."""
    if offer.gap_seconds <= 0:
        return _("the second began before the first was over")
    return _("%(gap)s between them") % {"gap": duration_text(offer.gap_seconds)}


def in_both_text(offer: MergeOffer) -> str:
    """Return how many people were in both."""
    if offer.in_both is None or offer.people is None:
        return _("who was in both is not known yet")
    if not offer.people:
        return _("nobody was in the second")
    return ngettext(
        "%(both)s of %(n)s person of the second was in the first too",
        "%(both)s of %(n)s people of the second were in the first too",
        offer.people,
    ) % {"both": count_text(offer.in_both), "n": count_text(offer.people)}


def why_text(offer: IgnoreOffer) -> str:
    """Return why a class may be none."""
    words = {
        WhyIgnore.NOBODY: _("nobody was there"),
        WhyIgnore.ONLY_STAFF: _("nobody but staff was there"),
        WhyIgnore.SHORT: _("it was shorter than five minutes"),
    }
    return ", ".join(words[reason] for reason in offer.reasons)


def remark_text(remark: ClassRemark, zone: ZoneInfo) -> str:
    """Return what the course makes of the session, to stand beside it where the course is named."""
    if remark.is_ignored:
        why = next((it.reason for it in remark.one.ignores if it.reason), "")
        return _("ignored (%(why)s)") % {"why": why} if why else _("ignored")
    parts = []
    if remark.others:
        when = ", ".join(_when(it, remark.line, zone) for it in remark.others)
        word = _("breakout of the session of %(when)s") if remark.is_assigned else None
        parts.append((word or _("one class with the session of %(when)s")) % {"when": when})
    if remark.one.counted is not None and not remark.is_assigned:
        time = counted_text(remark.one.counted, zone)
        parts.append(_("class time %(time)s") % {"time": time})
    return ", ".join(parts)


def _when(other: SessionLine, line: SessionLine, zone: ZoneInfo) -> str:
    """Return the time of the other session, with its day where that is another one."""
    at, of = other.stored_started_at, line.stored_started_at
    if at.astimezone(zone).date() == of.astimezone(zone).date():
        return time_text(at, zone)
    return moment_text(at, zone)


def remark_sentence(remark: ClassRemark, zone: ZoneInfo) -> str:
    """Return the remark as a sentence that names the course."""
    words = {"course": str(remark.course), "what": remark_text(remark, zone)}
    if remark.is_ignored:
        return _("In course %(course)s this session is %(what)s.") % words
    return _("In course %(course)s this session counts so: %(what)s.") % words


def classes_url(course: Course, line: SessionLine, zone: ZoneInfo) -> str:
    """Return the address of the course's classes on the session's day."""
    day = line.stored_started_at.astimezone(zone).date()
    query = urlencode({"from": str(day), "to": str(day), "tz": zone.key})
    return f"{reverse('reports:course-classes', args=[course.pk])}?{query}"


def remark_cell(remark: ClassRemark, zone: ZoneInfo) -> SafeString:
    """Return the remark below a session's start, as a link to the course's classes."""
    return format_html(
        '<a class="cell-sub" href="{}">{}</a>',
        classes_url(remark.course, remark.line, zone),
        remark_text(remark, zone),
    )
