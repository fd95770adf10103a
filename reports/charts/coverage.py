"""The days of an account as a strip: a row a month, a mark a day, and the same as a table.

Not ECharts': the strip is HTML, is there without script, and is read aloud month by month.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby
from urllib.parse import urlencode

from django.utils.dates import MONTHS_3
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy, ngettext

from reports.queries.coverage import Coverage, DayRange, DayState, ranges
from reports.tables.figures import count_text, day_text

DAY = timedelta(days=1)
RANGES_NAMED = 3  # in a sentence
SIGNS = {  # in the mark of a day; a settled one has none
    DayState.SETTLED: "",
    DayState.PROVISIONAL: "",
    DayState.UPLOADED: "↑",
    DayState.PARTLY: "◐",
    DayState.MISSING: "?",
    DayState.FAILED: "✕",
    DayState.CUT: "≠",
    DayState.REMOVED: "–",
}
WORDS: dict[DayState, str | Promise] = {
    DayState.SETTLED: gettext_lazy("settled"),
    DayState.PROVISIONAL: gettext_lazy("may still change"),
    DayState.UPLOADED: gettext_lazy("from uploaded files"),
    DayState.PARTLY: gettext_lazy("only partly here"),
    DayState.MISSING: gettext_lazy("missing"),
    DayState.FAILED: gettext_lazy("failed at the latest try"),
    DayState.CUT: gettext_lazy("cut by Kaltura"),
    DayState.REMOVED: gettext_lazy("removed by retention"),
}
DEFINITIONS = {
    DayState.SETTLED: "settled_day",
    DayState.PROVISIONAL: "provisional",
    DayState.UPLOADED: "uploaded_day",
    DayState.PARTLY: "partly_day",
    DayState.MISSING: "missing_day",
    DayState.FAILED: "failed_day",
    DayState.CUT: "cut_day",
    DayState.REMOVED: "removed_day",
}


@dataclass(frozen=True)
class DayMark:
    """One day of the strip; without a state it is before the first day, or to come."""

    state: str
    sign: str


@dataclass(frozen=True)
class MonthRow:
    """A month of the strip, and what is read aloud of it."""

    label: str
    marks: tuple[DayMark, ...]
    words: str


@dataclass(frozen=True)
class StateCount:
    """How many days are in a state."""

    state: str
    sign: str
    words: str | Promise
    definition: str
    count: int


@dataclass(frozen=True)
class SpanRow:
    """Days in a row with one state, for the table."""

    state: str
    sign: str
    words: str | Promise
    held: str
    days: int
    query: str  # of the list of sessions over these days


@dataclass(frozen=True)
class CoverageStrip:
    """An account's days, drawn and written."""

    coverage: Coverage
    counts: tuple[StateCount, ...]  # of all days, whatever is shown
    months: tuple[MonthRow, ...]
    spans: tuple[SpanRow, ...]  # the latest first


def coverage_strip(coverage: Coverage, from_on: date, to_on: date) -> CoverageStrip:
    """Return the account's days from the first to the last one."""
    counted = coverage.counts
    return CoverageStrip(
        coverage,
        tuple(
            StateCount(state, SIGNS[state], WORDS[state], DEFINITIONS[state], counted[state])
            for state in reversed(DayState)
        ),
        tuple(_months(coverage, from_on, to_on)),
        tuple(
            SpanRow(
                state,
                SIGNS[state],
                WORDS[state],
                range_text(span),
                span.days,
                _query(coverage, span),
            )
            for span, state in reversed(coverage.spans(from_on, to_on))
        ),
    )


def _months(coverage: Coverage, from_on: date, to_on: date) -> Iterator[MonthRow]:
    first = next(iter(coverage.days), None)
    if first is None:
        return
    days = [from_on + n * DAY for n in range((to_on - from_on).days + 1)]
    for (year, month), of in groupby(days, key=lambda day: (day.year, day.month)):
        month_days = list(of)
        if month_days[-1] < first:
            continue
        states = [coverage.days.get(day) for day in month_days]
        yield MonthRow(
            f"{MONTHS_3[month].capitalize()} {year}",
            tuple(DayMark(state or "", SIGNS[state] if state else "") for state in states),
            _said(coverage, month_days),
        )


def _said(coverage: Coverage, days: list[date]) -> str:
    """Return a month in words: `1–12 settled; 13 missing; 14–31 settled`."""
    parts = []
    for span, state in coverage.spans(days[0], days[-1]):
        numbers = f"{span.first_on.day}"
        if span.days > 1:
            numbers += f"–{span.last_on.day}"
        parts.append(f"{numbers} {WORDS[state]}")
    return "; ".join(parts)


def range_text(span: DayRange) -> str:
    """Return the days as `Mon 12 Jan – Wed 14 Jan`."""
    first = day_text(_midnight(span.first_on), UTC)
    return first if span.days == 1 else f"{first} – {day_text(_midnight(span.last_on), UTC)}"


def days_text(days: Iterable[date]) -> str:
    """Return the UTC days as `Mon 12 Jan – Wed 14 Jan, Fri 16 Jan and 2 days more`."""
    found = ranges(days)
    named = ", ".join(range_text(span) for span in found[:RANGES_NAMED])
    if not (more := sum(span.days for span in found[RANGES_NAMED:])):
        return named
    text = ngettext("%(days)s and %(n)s day more", "%(days)s and %(n)s days more", more)
    return text % {"days": named, "n": count_text(more)}


def days_count_text(days: int) -> str:
    return ngettext("%(n)s day", "%(n)s days", days) % {"n": count_text(days)}


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, UTC)


def _query(coverage: Coverage, span: DayRange) -> str:
    return urlencode(
        {
            "account": coverage.account.pk,
            "from": span.first_on,
            "to": span.last_on,
            "tz": "UTC",
        }
    )
