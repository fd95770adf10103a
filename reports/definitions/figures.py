"""The numbers: what each of them counts or measures, and how it comes about."""

from django.utils.translation import gettext_lazy as _

from reports.definitions.definition import Definition

_VIEW_TIME = (6001, "meeting_view_time")
_ENGAGED_RATIO = (6001, "meeting_engaged_play_time_ratio")
_SESSION_RATIO = (6000, "meeting_engaged_play_time_ratio")
_USER_ID = (6001, "user_id")
_START = (6000, "session_start_time")
_END = (6000, "session_end_time")

FIGURES = (
    Definition(
        "sessions",
        _("Sessions"),
        "",
        _(
            "Meetings in a room that started in the period. A host who drops out and comes back can"
            " make two sessions of one class."
        ),
        _("Counted here: the sessions whose start lies in the period, in the page's time zone."),
        (_START,),
    ),
    Definition(
        "breakouts",
        _("Breakouts"),
        "",
        _("Sessions in breakout rooms that started in the period."),
        _("Counted here: the sessions of rooms that belong to another room."),
        ((6000, "parent_entry_id"),),
    ),
    Definition(
        "rooms",
        _("Rooms"),
        "",
        _("Rooms with a session in the period. Breakout rooms count with the room they belong to."),
        _("Counted here: the rooms of these sessions."),
        ((6000, "entry_name"), (6000, "parent_entry_id")),
    ),
    Definition(
        "attendees",
        _("Attendees"),
        "",
        _(
            "Different people with any connected time. Somebody who came without a Kaltura user id"
            " counts once in each session."
        ),
        _("Counted here: each Kaltura user id once, however often the person joined again."),
        (_USER_ID,),
    ),
    Definition(
        "guests",
        _("Guests"),
        "",
        _(
            "Attendees who joined as a guest. Their names and e-mail addresses are what they typed;"
            " nobody has checked them."
        ),
        _("Counted here: the attendees who were a guest each time they joined the session."),
        ((6001, "user_type"),),
    ),
    Definition(
        "people",
        _("People"),
        "",
        _(
            "Different people in all sessions of the period together: somebody who came to three"
            " sessions counts once. Who came without a Kaltura user id counts once in each session."
        ),
        _("Counted here by Kaltura user id. Each Kaltura account has people of its own."),
        (_USER_ID,),
    ),
    Definition(
        "attendances",
        _("Attendances"),
        "",
        _("Attendees of each session added up: somebody who came to three sessions counts thrice."),
        _("The sum of the attendees of all sessions whose attendance is known."),
        (_USER_ID,),
    ),
    Definition(
        "mean_attendees",
        _("Attendees per session"),
        _("people"),
        _(
            "How many people came to a session on average. Breakouts and sessions with unknown"
            " attendance are left out."
        ),
        _("The attendees of each session added up ÷ the sessions whose attendance is known."),
        (_USER_ID,),
    ),
    Definition(
        "learners_enrolled",
        _("Learners enrolled"),
        _("people"),
        _(
            "How many learners the course had in Moodle at that time. Staff are left out: who came"
            " from Moodle as a teacher, or was marked as staff. Before the first roster was fetched"
            " it is unknown, unless a teacher counts the learners from an earlier day on."
        ),
        _("Counted here, by the rosters that Moodle gave."),
    ),
    Definition(
        "time_in_session",
        _("Time in session"),
        _("minutes"),
        _(
            "How long a person was connected, all re-joins added up. Two devices at the same time"
            " count twice, so it can be longer than the session."
        ),
        _(
            "Kaltura's minutes × 60, rounded to whole seconds. Of a session, a room or a period:"
            " the sum of everybody's."
        ),
        (_VIEW_TIME,),
    ),
    Definition(
        "breakout_time",
        _("Time in breakouts"),
        _("minutes"),
        _(
            "Time in session that was spent in breakouts. Whether it comes on top of the main"
            " session's or is part of it depends on the Kaltura account."
        ),
        _("The time in session of everybody in breakouts, added up."),
        (_VIEW_TIME, (6000, "parent_entry_id")),
    ),
    Definition(
        "mean_time_in_session",
        _("Time per attendee"),
        _("minutes"),
        _("How long an attendee was connected on average. Unknown where nobody came."),
        _("Time in session of everybody ÷ attendees, each added up first."),
        (_VIEW_TIME,),
    ),
    Definition(
        "engaged_time",
        _("Engaged time"),
        _("minutes"),
        _(
            "The part of the time in session in which the tab was in front, the camera was on, the"
            " window was full screen or the person was on stage. Microphone and chat do not count."
        ),
        _("Kaltura's ratio × the person's time in session, rounded to whole seconds."),
        (_ENGAGED_RATIO, _VIEW_TIME),
    ),
    Definition(
        "engagement",
        _("Engagement"),
        _("percent"),
        _(
            "Engaged time divided by time in session: a person's own, or that of everybody in the"
            " session together. Unknown for somebody who was not connected at all."
        ),
        _(
            "Engaged time ÷ time in session, each added up first: never an average of percentages."
            " Of a session it is compared with Kaltura's own ratio."
        ),
        (_ENGAGED_RATIO, _VIEW_TIME, _SESSION_RATIO),
    ),
    Definition(
        "length",
        _("Length"),
        _("minutes"),
        _(
            "From the session's start to its end. Unknown while the session is open or when it was"
            " never closed."
        ),
        _("End − start. Kaltura gives the start again as the end of a session that has none."),
        (_START, _END),
    ),
    Definition(
        "share_attended",
        _("Share attended"),
        _("percent"),
        _(
            "A person's time in session divided by the session's length, shown as 100 % where it"
            " is more. Unknown while the session is open or when it was never closed."
        ),
        _(
            "Time in session ÷ length. Of several sessions each of the two is added up first, the"
            " time of each session up to its length."
        ),
        (_VIEW_TIME, _START, _END),
    ),
    Definition(
        "minutes_by_tenths",
        _("Attendees by tenths of the session"),
        _("people"),
        _(
            "How many attendees were connected for up to a tenth of the session's length, for one"
            " to two tenths, and so on. Who was connected for longer than the session counts in"
            " the last tenth."
        ),
        _(
            "Time in session × 10 ÷ length, rounded down; without people who were not connected at"
            " all. There is none of a session without a known length."
        ),
        (_VIEW_TIME, _START, _END),
    ),
    Definition(
        "hour_of_week",
        _("Average by weekday and hour"),
        _("sessions or attendances"),
        _(
            "What is usual in this hour of this weekday: eight sessions that began in it on four"
            " Mondays are two. Hours are those of the page's time zone."
        ),
        _(
            "The sum of the hour ÷ the days of that weekday, taking only days that are over and were"
            " fetched whole. Sessions whose start isn't known are left out."
        ),
        (_START,),
    ),
    Definition(
        "change",
        _("Change"),
        _("percent"),
        _(
            "How much more or less it is than in the same number of days just before. Unknown where"
            " one of the two is unknown or the earlier one is 0."
        ),
        _("(Now − before) ÷ before. Of engagement: now − before, in percentage points."),
    ),
    Definition(
        "sessions_attended",
        _("Sessions attended"),
        "",
        _(
            "Sessions of the period in which the person was connected. Breakouts are counted apart,"
            " and sessions with unknown attendance are not among them."
        ),
        _("Counted here: the person's attendances in rooms that are no breakout rooms."),
        (_USER_ID,),
    ),
    Definition(
        "breakouts_attended",
        _("Breakouts attended"),
        "",
        _(
            "Breakouts of the period in which the person was connected, of those whose attendance"
            " is known."
        ),
        _("Counted here: the person's attendances in breakout rooms."),
        (_USER_ID,),
    ),
    Definition(
        "first_seen",
        _("First seen"),
        _("date and time"),
        _(
            "When the first session of the period began: of those that the person attended, or of"
            " those in the room and its breakouts."
        ),
        _("The earliest known start. Of a person: among sessions whose attendance is known."),
        (_START,),
    ),
    Definition(
        "latest_seen",
        _("Latest seen"),
        _("date and time"),
        _(
            "When the latest session of the period began: of those that the person attended, or of"
            " those in the room and its breakouts."
        ),
        _("The latest known start. Of a person: among sessions whose attendance is known."),
        (_START,),
    ),
    Definition(
        "unknown_sessions",
        _("Sessions with unknown attendance"),
        "",
        _(
            "Sessions of which not all attendance has been fetched yet. They are in no sum and in"
            " no share until it has."
        ),
        _("Counted here."),
    ),
    Definition(
        "kaltura_unique_users",
        _("Kaltura's estimate of users"),
        "",
        _(
            "Kaltura's own estimate of the different users, which may be a few percent off. Empty"
            " for a session over more than one UTC day, because such estimates can't be added up."
        ),
        _("Kaltura's figure as it is. It stands beside our own count and is in no sum."),
        ((6000, "meeting_view_period_unique_users"),),
    ),
    Definition(
        "kaltura_participant_count",
        _("Kaltura's estimate of participants"),
        "",
        _(
            "Kaltura's own estimate of who was in the breakout, which may be a few percent off."
            " Empty for a breakout over more than one UTC day."
        ),
        _("Kaltura's figure as it is. It stands beside our own count and is in no sum."),
        ((6002, "participant_count"),),
    ),
    Definition(
        "kaltura_engagement_rate",
        _("Kaltura's engagement rate"),
        _("percent"),
        _(
            "Engaged time divided by time in session as Kaltura's breakout report gives it. Empty"
            " for a breakout over more than one UTC day."
        ),
        _("Kaltura's figure as it is. It stands beside our own and is in no average."),
        ((6002, "engagement_rate"),),
    ),
)
