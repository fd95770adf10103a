"""The days before a range, of the same number: whether they can be compared with it, and which.

Figures are compared only where all of both were synced: anything else would be a change of what is
known, not of what happened.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from reports.analytics.periods import day_start, previous
from reports.forms.ranges import RangeForm
from reports.models import Account
from reports.queries.freshness import Freshness, freshness
from reports.tables.changes import not_compared_text


@dataclass(frozen=True)
class DaysBefore:
    """As many days as the range has, right before it."""

    first_on: date
    last_on: date
    from_at: datetime
    to_at: datetime  # where the range begins
    why_not: str  # in words why nothing can be compared; "": it can
    is_open: bool  # the range's last day is today, so more may come


def days_before(form: RangeForm, accounts: Iterable[Account], in_range: Freshness) -> DaysBefore:
    """Return the days before the form's range. `in_range` is the freshness of the range itself.

    Two queries, or none where the range itself rules a comparison out.
    """
    first_on, last_on = previous(form.cleaned_data["from_on"], form.cleaned_data["to_on"])
    from_at = day_start(first_on, form.zone)
    today = timezone.now().astimezone(form.zone).date()
    why_not = _why_not(form, in_range, today)
    if not why_not and not freshness(accounts, from_at, form.from_at).is_complete:
        why_not = not_compared_text(form.day_count)
    return DaysBefore(
        first_on,
        last_on,
        from_at,
        form.from_at,
        why_not,
        is_open=form.cleaned_data["to_on"] == today,
    )


def _why_not(form: RangeForm, in_range: Freshness, today: date) -> str:
    """Return what is in the way in the range itself. Today may be fetched in part only, or not."""
    now = timezone.now().astimezone(UTC).date()
    if form.cleaned_data["event"]:
        return _("no comparison: an event's sessions are known for the days it was asked for alone")
    if form.cleaned_data["to_on"] > today:
        return _("no comparison: these days are not over")
    if in_range.cut_count or any(day < now for day in in_range.uncovered):
        return _("no comparison: not all of these days are synced")
    return ""
