"""What each column of Kaltura's reports is called here, and what it means, for administrators.

Keys are the columns' names as Kaltura's header writes them. Source: Kaltura's article on Room data.
"""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class ColumnWords:
    """The words for one column."""

    name: str | Promise
    meaning: str | Promise


COLUMN_WORDS: dict[str, ColumnWords] = {
    "entry_id": ColumnWords(_("Room id"), _("The room: an entry in Kaltura.")),
    "entry_name": ColumnWords(_("Room"), _("The room's name.")),
    "parent_entry_id": ColumnWords(
        _("Main room id"),
        _("The main room that a breakout belongs to. Empty for a session in a main room."),
    ),
    "parent_entry_name": ColumnWords(_("Main room"), _("The main room's name.")),
    "breakout_entry_id": ColumnWords(_("Breakout room id"), _("The breakout room: an entry.")),
    "breakout_entry_name": ColumnWords(_("Breakout room"), _("The breakout room's name.")),
    "cue_point_id": ColumnWords(
        _("Session id"),
        _(
            "The session: a cue point of the room's entry. Kaltura's article calls it the room name"
            " in the report of attendees; it is the session's id there too."
        ),
    ),
    "session_start_time": ColumnWords(
        _("Start"),
        _("When the session began, in Unix seconds: those since 1 January 1970, 00:00 UTC."),
    ),
    "session_end_time": ColumnWords(
        _("End"),
        _(
            "When the session ended, in Unix seconds. The same as the start: it is still open, or"
            " was never closed."
        ),
    ),
    "session_host_user_id": ColumnWords(
        _("Host"), _("The host's name. In spite of the column's title it is no id.")
    ),
    "session_initiator": ColumnWords(
        _("Opened by"), _("First and last name of who opened it, or the user id without a name.")
    ),
    "meeting_view_period_unique_users": ColumnWords(
        _("Users"),
        _(
            "Different users in the session within the range. Kaltura estimates it, so it may be a"
            " few percent off, and does not add up."
        ),
    ),
    "meeting_engaged_play_time_ratio": ColumnWords(
        _("Engagement"),
        _(
            "Engaged time divided by time in session, from 0 to 1: of everybody together in the"
            " report of sessions, of the person alone in the report of attendees."
        ),
    ),
    "user_id": ColumnWords(
        _("User id"),
        _(
            "The user's id in Kaltura. Empty, “Unknown” or a long hash for somebody who joined"
            " without one."
        ),
    ),
    "user_name": ColumnWords(
        _("Name"), _("The user's name. What a guest typed; nobody has checked it.")
    ),
    "user_email": ColumnWords(
        _("E-mail"), _("The user's e-mail address. What a guest typed; nobody has checked it.")
    ),
    "user_type": ColumnWords(
        _("Type"), _("“User” or “Guest”. It is not a role such as teacher or moderator.")
    ),
    "meeting_view_time": ColumnWords(
        _("Time in session"),
        _(
            "Minutes with decimals within the range, all re-joins added up. Two devices at the same"
            " time count twice."
        ),
    ),
    "duration": ColumnWords(_("Length"), _("End minus start, in seconds.")),
    "participant_count": ColumnWords(
        _("Participants"),
        _(
            "Different viewers of the breakout within the range. Kaltura estimates it, so it may be"
            " a few percent off, and does not add up."
        ),
    ),
    "engagement_rate": ColumnWords(
        _("Engagement"), _("Engaged time of all divided by time in session of all, from 0 to 1.")
    ),
}

REPORT_TITLES: dict[int, str | Promise] = {
    6000: _("Room data"),
    6001: _("Attendees"),
    6002: _("Breakout sessions"),
}
REPORT_SENTENCES: dict[int, str | Promise] = {
    6000: _("A row for each session: room, times, host, Kaltura's estimate of users, engagement."),
    6001: _("A row for each person in each session: name, minutes, engagement."),
    6002: _("A row for each session of a breakout room, with its main room."),
}
