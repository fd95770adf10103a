"""What each number is: its name, its unit, and one sentence that a teacher would accept.

Pages, files and the help take their words from here, so that a number is called the same and means
the same wherever it stands. How a number is computed is not here: `reports.queries`.
"""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Definition:
    """The words for one number."""

    key: str  # as files and pages refer to it
    name: str | Promise
    unit: str | Promise  # "" where the number is a count of what its name says
    sentence: str | Promise  # with its edge case


_ALL = (
    Definition(
        "time_in_session",
        _("Time in session"),
        _("minutes"),
        _(
            "How long a person was connected, all re-joins added up. Two devices at the same time"
            " count twice, so it can be longer than the session."
        ),
    ),
    Definition(
        "engaged_time",
        _("Engaged time"),
        _("minutes"),
        _(
            "The part of the time in session in which the tab was in front, the camera was on, the"
            " window was full screen or the person was on stage. Microphone and chat do not count."
        ),
    ),
    Definition(
        "engagement",
        _("Engagement"),
        _("percent"),
        _(
            "Engaged time divided by time in session: a person's own, or that of everybody in the"
            " session together. Unknown for somebody who was not connected at all."
        ),
    ),
    Definition(
        "attendees",
        _("Attendees"),
        "",
        _(
            "Different people with any connected time. Somebody who came without a Kaltura user id"
            " counts once in each session."
        ),
    ),
    Definition(
        "guests",
        _("Guests"),
        "",
        _(
            "Attendees who joined as a guest. Their names and e-mail addresses are what they typed;"
            " nobody has checked them."
        ),
    ),
    Definition(
        "share_attended",
        _("Share attended"),
        _("percent"),
        _(
            "A person's time in session divided by the session's length, shown as 100 % where it"
            " is more. Unknown while the session is open or when it was never closed."
        ),
    ),
    Definition(
        "length",
        _("Length"),
        _("minutes"),
        _(
            "From the session's start to its end. Unknown while the session is open or when it was"
            " never closed."
        ),
    ),
    Definition(
        "sessions",
        _("Sessions"),
        "",
        _(
            "Meetings in a room that started in the period. A host who drops out and comes back can"
            " make two sessions of one class."
        ),
    ),
    Definition(
        "attendances",
        _("Attendances"),
        "",
        _("Attendees of each session added up: somebody who came to three sessions counts thrice."),
    ),
    Definition(
        "unknown_sessions",
        _("Sessions with unknown attendance"),
        "",
        _(
            "Sessions of which not all attendance has been fetched yet. They are in no sum and in"
            " no share until it has."
        ),
    ),
    Definition(
        "kaltura_unique_users",
        _("Kaltura's estimate of users"),
        "",
        _(
            "Kaltura's own estimate of the different users, which may be a few percent off. Empty"
            " for a session over more than one UTC day, because such estimates can't be added up."
        ),
    ),
    Definition(
        "kaltura_participant_count",
        _("Kaltura's estimate of participants"),
        "",
        _(
            "Kaltura's own estimate of who was in the breakout, which may be a few percent off."
            " Empty for a breakout over more than one UTC day."
        ),
    ),
    Definition(
        "kaltura_engagement_rate",
        _("Kaltura's engagement rate"),
        _("percent"),
        _(
            "Engaged time divided by time in session as Kaltura's breakout report gives it. Empty"
            " for a breakout over more than one UTC day."
        ),
    ),
    Definition(
        "status",
        _("Status"),
        "",
        _(
            "How far the figures of the line can be relied on: complete, may still change, no end"
            " known, attendance unknown, times unknown, or in disagreement between two reports."
        ),
    ),
)

DEFINITIONS: dict[str, Definition] = {definition.key: definition for definition in _ALL}

# The words for `reports.queries.session_lines.SessionStatus`, by its values.
STATUSES: dict[str, str | Promise] = {
    "complete": _("complete"),
    "provisional": _("may still change"),
    "no_end": _("still open or never closed"),
    "disagreeing": _("Kaltura's reports disagree"),
    "attendance_unknown": _("attendance partly unknown"),
    "times_unknown": _("times and attendance partly unknown"),
}

# What is said beside a person who is not a known user.
PERSON_REMARKS: dict[str, str | Promise] = {
    "erased": _("erased"),
    "placeholder": _("without a Kaltura user id: known in this session only"),
}
