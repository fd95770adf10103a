"""How far a figure can be relied on: the words and marks that stand beside figures."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from reports.definitions.definition import Definition

READING = (
    Definition(
        "status",
        _("Status"),
        "",
        _(
            "How far the figures of the line can be relied on: complete, may still change, no end"
            " known, attendance unknown, times unknown, or in disagreement between two reports."
        ),
        _("Found here. Of several that apply, the one that matters most is shown."),
    ),
    Definition(
        "unknown",
        _("Unknown"),
        "",
        _(
            "Not known, which is not the same as 0. What is unknown is in no sum, no share and no"
            " average. In files the cell is empty."
        ),
    ),
    Definition(
        "provisional",
        _("Provisional"),
        "",
        _(
            "Fetched so soon that Kaltura may still count late events. Later syncs fetch it again"
            " until it has settled."
        ),
        _("Asked for before the settling time after the end of the UTC day was over."),
    ),
    Definition(
        "complete_to",
        _("Complete to"),
        "",
        _(
            "Up to here no day is missing: Kaltura was asked for all of it and gave all of it. After"
            " it there may be gaps. Of several Kaltura accounts the one that is furthest behind"
            " counts."
        ),
        _("The end of the unbroken line of UTC days that were fetched whole."),
    ),
    Definition(
        "restatement",
        _("Restatement"),
        "",
        _(
            "A change that Kaltura made to a session's figures after they had settled. The new ones"
            " are shown; the change is written down with what stood there before."
        ),
        _("Found here by comparing a later answer with what was stored."),
    ),
)

# The words for `reports.queries.session_lines.SessionStatus`, by its values.
STATUSES: dict[str, str | Promise] = {
    "complete": _("complete"),
    "provisional": _("may still change"),
    "no_end": _("still open or never closed"),
    "disagreeing": _("Kaltura's reports disagree"),
    "attendance_unknown": _("attendance partly unknown"),
    "times_unknown": _("times and attendance partly unknown"),
}

# What each of them means for the figures of the line.
STATUS_SENTENCES: dict[str, str | Promise] = {
    "complete": _(
        "Everything was fetched after the figures had settled, and Kaltura's reports agree."
    ),
    "provisional": _(
        "Everything was fetched, but so soon that Kaltura may still count late events."
    ),
    "no_end": _(
        "Kaltura gives no end: the session is still running, or nobody closed it. Its length and"
        " every share of it are unknown."
    ),
    "disagreeing": _(
        "Two of Kaltura's reports say different things about this session, also when asked again."
        " What is shown comes from the report of attendees."
    ),
    "attendance_unknown": _(
        "Not everybody's time has been fetched, so attendees, times and engagement are unknown."
    ),
    "times_unknown": _(
        "Kaltura has told of people in this session, but not when it took place. Its start, end"
        " and sums are unknown."
    ),
}

# What is said beside a person who is not a known user.
PERSON_REMARKS: dict[str, str | Promise] = {
    "erased": _("erased"),
    "placeholder": _("without a Kaltura user id: known in one session only"),
}
