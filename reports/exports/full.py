"""The tables in the `full` shape: for people, in a spreadsheet or on a page.

Every time stands twice, in the chosen zone and in UTC; every duration twice, in minutes and in whole
seconds, so that nothing is lost to rounding. What isn't known is empty, and `status` says why.
"""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from reports.definitions import STATUSES
from reports.exports.columns import Column, Name, Table
from reports.exports.figures import (
    ENGAGEMENT,
    PERSON,
    REMARK,
    TIME,
    ZONE,
    engagement_columns,
    time_columns,
)
from reports.queries.attendees import AttendeeLine
from reports.queries.session_lines import SessionLine

_ACCOUNT = Column[SessionLine]("account", _("Account"), "text", lambda line: line.account_name)
_ROOM = Column[SessionLine]("room", _("Room"), "text", lambda line: line.room_name)
_ROOM_ID = Column[SessionLine]("room_id", _("Room id"), "text", lambda line: line.entry_id)
_MAIN_ROOM = Column[SessionLine]("main_room", _("Main room"), "text", lambda line: line.parent_name)
_MAIN_ROOM_ID = Column[SessionLine](
    "main_room_id", _("Main room id"), "text", lambda line: line.parent_entry_id
)
_SESSION_ID = Column[SessionLine](
    "session_id", _("Session id"), "text", lambda line: line.cue_point_id
)
_MAIN_SESSION_ID = Column[SessionLine](
    "main_session_id", _("Main session id"), "text", lambda line: line.main_cue_point_id
)
_HOST = Column[SessionLine]("host", _("Host"), "text", lambda line: line.host_name)
_STATUS = Column[SessionLine](
    "status", _("Status"), "label", lambda line: STATUSES[line.status], "status"
)

_TIMES: tuple[Column[SessionLine], ...] = (
    Column("start", _("Start"), "local_time", lambda line: line.started_at),
    Column("end", _("End"), "local_time", lambda line: line.ended_at),
    ZONE,
    Column("start_utc", _("Start (UTC)"), "utc_time", lambda line: line.started_at),
    Column("end_utc", _("End (UTC)"), "utc_time", lambda line: line.ended_at),
    Column("length", _("Length (min)"), "minutes", lambda line: line.length_seconds, "length"),
    Column("length_seconds", _("Length (s)"), "seconds", lambda line: line.length_seconds),
)
_SUMS: tuple[Column[SessionLine], ...] = (
    Column("attendees", _("Attendees"), "count", lambda line: line.attendee_count, "attendees"),
    Column("guests", _("Guests"), "count", lambda line: line.guest_count, "guests"),
    *TIME,
    *ENGAGEMENT,
)
_ESTIMATED_USERS = Column[SessionLine](
    "kaltura_unique_users",
    _("Kaltura's estimate of users"),
    "count",
    lambda line: line.kaltura_unique_users,
    "kaltura_unique_users",
)
_OF_BREAKOUT: tuple[Column[SessionLine], ...] = (
    Column(
        "kaltura_participant_count",
        _("Kaltura's estimate of participants"),
        "count",
        lambda line: line.kaltura_participant_count,
        "kaltura_participant_count",
    ),
    Column(
        "kaltura_engagement_rate",
        _("Kaltura's engagement rate (%)"),
        "percent",
        lambda line: line.kaltura_engagement_rate,
        "kaltura_engagement_rate",
    ),
)


def _view_seconds(line: AttendeeLine) -> int | None:
    """Return the time in session unless more of this person's time may be missing."""
    return line.view_seconds if line.is_whole else None


def _engaged_seconds(line: AttendeeLine) -> int | None:
    return line.engaged_seconds if line.is_whole else None


def _engagement(line: AttendeeLine) -> float | None:
    return line.engagement if line.is_whole else None


def _over(line: AttendeeLine) -> Promise | None:
    return _("yes") if line.is_whole and line.is_over else None


_WHO: tuple[Column[AttendeeLine], ...] = (
    *PERSON,
    Column("user_type", _("Type"), "text", lambda line: line.user_type),
    REMARK,
)
_ATTENDEE: tuple[Column[AttendeeLine], ...] = (
    *time_columns(_view_seconds),
    *engagement_columns(_engaged_seconds, _engagement),
    Column(
        "share_attended",
        _("Share attended (%)"),
        "percent",
        lambda line: line.share_attended,
        "share_attended",
    ),
    Column(
        "is_over",
        _("Longer than the session"),
        "label",
        _over,
    ),
)

FULL_TABLES: dict[Name, Table] = {
    "sessions": Table(
        "sessions",
        "full",
        (
            *(_ACCOUNT, _ROOM, _ROOM_ID, _MAIN_ROOM, _MAIN_ROOM_ID, _SESSION_ID, _MAIN_SESSION_ID),
            *(_HOST, *_TIMES, *_SUMS, _ESTIMATED_USERS, _STATUS),
        ),
    ),
    "attendees": Table(
        "attendees",
        "full",
        (_ACCOUNT, _ROOM, _ROOM_ID, _MAIN_ROOM, _SESSION_ID, *_TIMES, _STATUS),
        _ATTENDEE,
        person_columns=_WHO,
    ),
    "breakouts": Table(
        "breakouts",
        "full",
        (
            *(_ACCOUNT, _MAIN_ROOM, _MAIN_ROOM_ID, _MAIN_SESSION_ID),
            Column("room", _("Breakout room"), "text", lambda line: line.room_name),
            Column("room_id", _("Breakout room id"), "text", lambda line: line.entry_id),
            _SESSION_ID,
            Column("initiator", _("Opened by"), "text", lambda line: line.initiator),
            *(_HOST, *_TIMES, *_SUMS, *_OF_BREAKOUT, _STATUS),
        ),
    ),
}
