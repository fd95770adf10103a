"""How a figure stands against the same number of days before: `+8 % on the 30 days before`.

Words only, and never without the period that they compare with. Source: `analytics.changes`.
"""

from django.utils.formats import number_format
from django.utils.translation import gettext as _, ngettext

from reports.analytics.changes import Change
from reports.tables.figures import NBSP

MINUS = "\N{MINUS SIGN}"


def days_before_text(days: int) -> str:
    """Return what a range of so many days is compared with: `the 30 days before`."""
    return ngettext("the day before", "the %(n)s days before", days) % {"n": days}


def change_text(change: Change, days: int) -> str:
    """Return how a count or a sum changed against as many days before."""
    before = days_before_text(days)
    if change.difference is None:
        return _("no comparison: unknown now or in %(before)s") % {"before": before}
    if not change.difference:
        return _("as in %(before)s") % {"before": before}
    if change.percent is None:
        return _("none in %(before)s") % {"before": before}
    if abs(change.percent) < 0.5:
        return _("almost as in %(before)s") % {"before": before}
    return _("%(change)s on %(before)s") % {
        "change": f"{_signed(change.percent)}{NBSP}%",
        "before": before,
    }


def points_text(points: float | None, days: int) -> str:
    """Return how a share changed, in percentage points, against as many days before."""
    before = days_before_text(days)
    if points is None:
        return _("no comparison: unknown now or in %(before)s") % {"before": before}
    rounded = round(points)
    if not rounded:
        return _("as in %(before)s") % {"before": before}
    change = ngettext("%(n)s point", "%(n)s points", abs(rounded)) % {"n": _signed(points)}
    return _("%(change)s on %(before)s") % {"change": change, "before": before}


def as_far_as_known(change: str) -> str:
    """Return the words for a sum that some sessions are not in, now or before."""
    return _("%(change)s, as far as known") % {"change": change}


def not_compared_text(days: int) -> str:
    """Return why there is no comparison with days that were not all fetched."""
    text = ngettext(
        "no comparison: the day before is not wholly synced",
        "no comparison: the %(n)s days before are not wholly synced",
        days,
    )
    return text % {"n": days}


def _signed(value: float) -> str:
    """Return the whole number with its sign, in the reader's locale."""
    text = str(number_format(abs(round(value)), 0, force_grouping=True))
    return f"{'+' if value > 0 else MINUS}{text}"
