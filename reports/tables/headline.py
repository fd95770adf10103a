"""The headline figures of a range, each with its change against the same number of days before."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from reports.analytics.changes import change, points_change
from reports.analytics.trends import PeriodSums
from reports.definitions import DEFINITIONS
from reports.tables.changes import change_text, points_text
from reports.tables.figures import NBSP, count_text, duration_text, share_text, unknown_text

KEYS = ("sessions", "attendances", "people", "time_in_session", "engagement")  # of DEFINITIONS


@dataclass(frozen=True)
class RangeFigures:
    """What a whole range adds up to."""

    sums: PeriodSums
    people: int | None  # different ones; None: unknown

    def value(self, key: str) -> float | None:
        """Return the figure of one of KEYS; None: unknown."""
        values = {
            "sessions": self.sums.sessions,
            "attendances": self.sums.attendances,
            "people": self.people,
            "time_in_session": self.sums.view_seconds,
            "engagement": self.sums.engagement,
        }
        return values[key]


@dataclass(frozen=True)
class Headline:
    """A figure in the first row of a page."""

    key: str
    text: str
    change: str  # in words; "": nothing is compared
    link: str  # to the list behind the figure

    @property
    def name(self) -> str:
        return str(DEFINITIONS[self.key].name)

    @property
    def is_unknown(self) -> bool:
        return self.text == unknown_text()


def headlines(
    now: RangeFigures,
    before: RangeFigures | None,
    days: int,
    links: Mapping[str, str],
) -> Iterator[Headline]:
    """Yield the five figures of a range of so many days.

    `before` is the same of as many days before; without it nothing is compared. `links` has an
    address for each of KEYS.
    """
    for key in KEYS:
        words = _change(now, before, key, days) if before else ""
        yield Headline(key, _text(now, key), words, links[key])


def _change(now: RangeFigures, before: RangeFigures, key: str, days: int) -> str:
    value, earlier = now.value(key), before.value(key)
    if key == "engagement":
        words = points_text(points_change(value, earlier), days)
    else:
        words = change_text(change(value, earlier), days)
    is_known = value is not None and earlier is not None
    is_rough = now.sums.unknown_sessions or before.sums.unknown_sessions
    if key == "sessions" or not (is_known and is_rough):
        return words
    return _("%(change)s, as far as known") % {"change": words}


def _text(figures: RangeFigures, key: str) -> str:
    value = figures.value(key)
    if key == "engagement":
        return share_text(value)
    whole = None if value is None else int(value)
    if key != "time_in_session":
        return count_text(whole)
    return _breakable(duration_text(whole))


def _breakable(duration: str) -> str:
    """Return `1 h 05 min` with a space where the line may break, which is before the minutes."""
    words = duration.split(NBSP)
    return " ".join((NBSP.join(words[:2]), NBSP.join(words[2:]))).strip()
