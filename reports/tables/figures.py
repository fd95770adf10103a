"""How a figure is written on a page: minutes, shares, counts, moments. Text only, no markup.

What isn't known is written "unknown", never 0. Files have their own forms: `reports.exports`.
"""

from datetime import datetime, tzinfo

from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _, ngettext

NBSP = "\N{NO-BREAK SPACE}"


def unknown_text() -> str:
    return _("unknown")


def count_text(count: int | None) -> str:
    """Return a whole number in the reader's locale."""
    return unknown_text() if count is None else str(number_format(count, 0, force_grouping=True))


def mean_text(mean: float | None) -> str:
    """Return an average with one decimal in the reader's locale."""
    return unknown_text() if mean is None else str(number_format(mean, 1, force_grouping=True))


def duration_text(seconds: int | None) -> str:
    """Return time as `1 h 05 min`, `5 min`, `<1 min`, to the nearest minute."""
    if seconds is None:
        return unknown_text()
    if 0 < seconds < 30:
        return _("<1 min").replace(" ", NBSP)
    hours, minutes = divmod((seconds + 30) // 60, 60)
    if not hours:
        return _("%(minutes)d min").replace(" ", NBSP) % {"minutes": minutes}
    text = _("%(hours)s h %(minutes)02d min").replace(" ", NBSP)
    return text % {"hours": count_text(hours), "minutes": minutes}


def share_text(share: float | None) -> str:
    """Return a share of 1 as per cent without decimals; `<1 %` and `>99 %` at the ends."""
    if share is None:
        return unknown_text()
    if 0 < share < 0.01:
        text = "<1 %"
    elif 0.99 < share < 1:
        text = ">99 %"
    else:
        text = f"{count_text(round(share * 100))} %"
    return text.replace(" ", NBSP)


def estimate_text(count: int | None) -> str:
    """Return one of Kaltura's own figures, which are estimates."""
    return unknown_text() if count is None else f"≈{NBSP}{count_text(count)}"


def day_text(at: datetime, zone: tzinfo) -> str:
    """Return a day as `Tue 18 Nov`, with the year unless it is this year."""
    local = at.astimezone(zone)
    this_year = timezone.now().astimezone(zone).year == local.year
    return date_format(local, _("D j M") if this_year else _("D j M Y"))


def time_text(at: datetime, zone: tzinfo) -> str:
    return date_format(at.astimezone(zone), "H:i")


def moment_text(at: datetime, zone: tzinfo) -> str:
    """Return a moment as `Tue 18 Nov, 14:00`."""
    return f"{day_text(at, zone)}, {time_text(at, zone)}"


def span_text(from_at: datetime, to_at: datetime | None, zone: tzinfo) -> str:
    """Return `Tue 18 Nov, 14:00–15:30`; the second day too where it is another one.

    Without an end only the beginning is known.
    """
    if to_at is None:
        return _("from %(start)s, end unknown") % {"start": moment_text(from_at, zone)}
    if from_at.astimezone(zone).date() == to_at.astimezone(zone).date():
        return f"{moment_text(from_at, zone)}–{time_text(to_at, zone)}"
    return f"{moment_text(from_at, zone)} – {moment_text(to_at, zone)}"


def ago_text(at: datetime, now: datetime) -> str:
    """Return how long ago something was, in its largest unit. For freshness alone."""
    seconds = max(0, int((now - at).total_seconds()))
    if seconds < 60:
        return _("just now")
    if seconds < 3600:
        return ngettext("%(n)d min ago", "%(n)d min ago", seconds // 60) % {"n": seconds // 60}
    if seconds < 48 * 3600:
        return ngettext("%(n)d h ago", "%(n)d h ago", seconds // 3600) % {"n": seconds // 3600}
    days = seconds // 86400
    return ngettext("%(n)d day ago", "%(n)d days ago", days) % {"n": days}


def hours_text(hour: int) -> str:
    """Return an hour of the day as `14:00–15:00`."""
    return f"{hour:02d}:00–{(hour + 1) % 24:02d}:00"
