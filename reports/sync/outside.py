"""Asks whether sessions of a run have attendance outside of its tiles, and where.

A never-closed session may go on for days, and nothing tells how long. So 6001 is asked for the run's
sessions over everything after its tiles, and the day before them; what is found is narrowed down
to the days to sync. And 6000 is asked for the day after the tiles: whoever opens a room just before
midnight is first seen after it. A handful of requests, fewer when the range reaches up to now.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from reports.kaltura import ATTENDEES, SESSIONS, BrokenLine, ReportFilters, TooHeavy
from reports.sync.fetch import IDS_AT_ONCE
from reports.sync.reading import ReportClient
from reports.sync.spans import DAY, HOUR, Span

MOST_REQUESTS = 500  # an account where every window is too heavy is not asked for ever


class OutsideUnknown(Exception):
    """It would take too many requests to find out."""


class Outside:
    """Finds the days outside of `known` on which these sessions have attendance."""

    def __init__(self, client: ReportClient, known: set[int], row_cap: int) -> None:
        self.client = client
        self.known = known  # starts (unix) of the days that are synced already
        self.row_cap = row_cap
        self.requests_left = MOST_REQUESTS

    def days(self, cue_point_ids: Sequence[str], first: int, last: int, now: int) -> set[int]:
        """Return the starts of the days to sync.

        `first` and `last` are the edges (unix, at midnight) of the run's tiles.
        Raises: KalturaError, OutsideUnknown.
        """
        until = now - now % HOUR + HOUR
        windows = [Span(first - DAY, first)]
        if until > last:
            windows.append(Span(last, until))
        found: set[int] = set()
        for window in windows:
            for start in range(0, len(cue_point_ids), IDS_AT_ONCE):
                batch = cue_point_ids[start : start + IDS_AT_ONCE]
                found |= set(self._search(window, batch))
        return found

    def _search(self, span: Span, cues: Sequence[str]) -> Iterator[int]:
        if all(day in self.known for day in _days(span)):
            return
        try:
            present, is_cut = self._present(span, cues)
        except TooHeavy:
            if span.hours <= 1:
                raise
            present, is_cut = set(cues), True
        if not present:
            return
        if span.end - span.start <= DAY and span.start // DAY == (span.end - 1) // DAY:
            yield span.start - span.start % DAY
            return
        narrowed = cues if is_cut else sorted(present)
        for half in span.halves():
            yield from self._search(half, narrowed)

    def _present(self, span: Span, cues: Sequence[str]) -> tuple[set[str], bool]:
        filters = ReportFilters(span.start, span.end, cue_point_ids=tuple(cues))
        rows, is_unsure = self._ask(ATTENDEES, filters)
        return (set(cues) if is_unsure else {row.cue_point_id for row in rows}), is_unsure

    def starts_unseen_until(self, day: Span, from_unix: int, to_unix: int, seen: set[str]) -> bool:
        """Return whether 6000 tells, for this day, of sessions of the range that were not seen.

        Raises: KalturaError, OutsideUnknown.
        """
        if day.start in self.known:
            return False
        try:
            rows, is_unsure = self._ask(SESSIONS, ReportFilters(day.start, day.end))
        except TooHeavy:
            return True
        return is_unsure or any(
            from_unix <= row.start_unix < to_unix and row.cue_point_id not in seen for row in rows
        )

    def _ask(self, report_id: int, filters: ReportFilters) -> tuple[list[Any], bool]:
        """Return the rows, and whether there may be more than these."""
        self.requests_left -= 1
        if self.requests_left < 0:
            raise OutsideUnknown("Kaltura found every window of time too large.")
        with self.client.open_report(report_id, filters) as answer:
            lines = list(answer)
        rows = [line for line in lines if not isinstance(line, BrokenLine)]
        return rows, len(rows) < len(lines) or answer.row_count >= self.row_cap


def _days(span: Span) -> range:
    return range(span.start - span.start % DAY, span.end, DAY)
