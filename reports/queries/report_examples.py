"""An example of each report: invented rows in Kaltura's own format, for who has no account yet.

The same small seminar in all three: a session that began before the range, one with breakouts, and
one that was never closed. Nothing of it is stored.
"""

import gzip
from collections.abc import Callable
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from reports.analytics.periods import day_start
from reports.kaltura import ATTENDEES, BREAKOUTS, REPORTS, SESSIONS
from reports.models import Snapshot, SnapshotState
from reports.queries.snapshots import SnapshotView, snapshot_view
from reports.sync.snapshot_lines import lines_of
from reports.sync.snapshot_summary import summarized

BYTE_ORDER_MARK = "\ufeff"
MONDAY = date(2026, 1, 12)
DAYS = timedelta(days=3)
MINUTE, HOUR, DAY = 60, 3600, 86_400

SEMINAR, LAB = "1_examp1e1", "1_examp1e2"
GROUP_A, GROUP_B = "1_examp1e3", "1_examp1e4"
EARLY, FIRST, SECOND, OPEN = "1_meeting0", "1_meeting1", "1_meeting2", "1_meeting3"
TALK_A, TALK_B = "1_meeting4", "1_meeting5"

Row = tuple[object, ...]


def _sessions(nine: int) -> list[Row]:
    class_, lab = _("Statistics"), _("Open lab")
    host, other = _("Ines Okonjo"), _("Mara Lindt")
    return [
        (LAB, lab, "", EARLY, nine - 10 * HOUR, nine - 8 * HOUR, other, 4, "0.41"),
        (SEMINAR, class_, "", FIRST, nine, nine + 90 * MINUTE, host, 6, "0.6275"),
        (SEMINAR, class_, "", SECOND, nine + DAY, nine + DAY + HOUR, host, 5, "0.7"),
        (GROUP_A, _("Group A"), SEMINAR, TALK_A, nine + HOUR, nine + 80 * MINUTE, host, 3, "0.9"),
        (GROUP_B, _("Group B"), SEMINAR, TALK_B, nine + HOUR, nine + 80 * MINUTE, host, 2, "0.85"),
        (LAB, lab, "", OPEN, nine + 2 * DAY, nine + 2 * DAY, other, 1, "0.05"),
    ]


def _attendees(_nine: int) -> list[Row]:
    ines = ("ines.okonjo", _("Ines Okonjo"), "ines@example.org", "User")
    jonas = ("jonas.weber", _("Jonas Weber"), "jonas@example.org", "User")
    lea = ("lea.moreau", _("Léa Moreau"), "lea@example.org", "User")
    omar = ("omar.haddad", _("Omar Haddad"), "omar@example.org", "User")
    yuki = ("yuki.tanaka", _("Yuki Tanaka"), "yuki@example.org", "User")
    visitor = ("", _("A visitor"), "visitor@example.net", "Guest")
    return [
        (SEMINAR, FIRST, *ines, "90", "0.95"),
        (SEMINAR, FIRST, *jonas, "84.5", "0.6"),
        (SEMINAR, FIRST, *lea, "76.25", "0.48"),
        (SEMINAR, FIRST, *omar, "61", "0.7"),
        (SEMINAR, FIRST, *yuki, "12.75", "0.2"),
        (SEMINAR, FIRST, *visitor, "45", "0.33333333333333"),
        (SEMINAR, SECOND, *ines, "60", "0.9"),
        (SEMINAR, SECOND, *jonas, "58", "0.75"),
        (SEMINAR, SECOND, *lea, "55.5", "0.6"),
        (SEMINAR, SECOND, *yuki, "31", "0.4"),
        (SEMINAR, SECOND, *omar, "8", "0.25"),
    ]


def _breakouts(nine: int) -> list[Row]:
    group_a, group_b, host = (GROUP_A, _("Group A")), (GROUP_B, _("Group B")), _("Ines Okonjo")
    later = nine + DAY + 30 * MINUTE
    rows = [
        (*group_a, TALK_A, nine + HOUR, 3, "0.9"),
        (*group_b, TALK_B, nine + HOUR, 2, "0.85"),
        (*group_a, "1_meeting6", later, 2, "0.8"),
        (*group_b, "1_meeting7", later, 3, "0.77"),
    ]
    length = 20 * MINUTE
    return [
        (
            SEMINAR,
            _("Statistics"),
            room,
            name,
            cue,
            host,
            start,
            start + length,
            length,
            count,
            rate,
        )
        for room, name, cue, start, count, rate in rows
    ]


_ROWS: dict[int, Callable[[int], list[Row]]] = {
    SESSIONS: _sessions,
    ATTENDEES: _attendees,
    BREAKOUTS: _breakouts,
}


def example_of(report_id: int, zone: ZoneInfo) -> SnapshotView:
    """Return invented rows of the report as an answer for days of the zone; nowhere stored."""
    from_unix, to_unix = (int(day_start(day, zone).timestamp()) for day in (MONDAY, MONDAY + DAYS))
    rows = _ROWS[report_id](from_unix + 9 * HOUR)
    lines = [",".join(REPORTS[report_id].column_names)]
    lines += [",".join(str(value).replace(",", " ") for value in row) for row in rows]
    content = gzip.compress((BYTE_ORDER_MARK + "\n".join(lines) + "\n").encode(), mtime=0)
    summary = summarized(report_id, lines_of(report_id, content), from_unix, to_unix)
    return snapshot_view(
        Snapshot(
            report_id=report_id,
            from_unix=from_unix,
            to_unix=to_unix,
            state=SnapshotState.DONE,
            row_count=len(rows),
            content=content,
            summary=summary.as_json(),
        )
    )
