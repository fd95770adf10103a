"""The words of the administrators' pages, and what each kind of finding means."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from reports.definitions.definition import Definition

ADMINISTRATION = (
    Definition(
        "account",
        _("Account"),
        "",
        _(
            "A Kaltura partner on one server, and how to sign in to it. Server and partner id stay;"
            " the credentials can be given anew."
        ),
    ),
    Definition(
        "ks",
        _("KS"),
        "",
        _(
            "Short for Kaltura session: the key that a sign-in to Kaltura's API returns, good until"
            " it expires or is revoked. It is no session in a room."
        ),
        _(
            "Kept encrypted where it is kept at all, and never shown in an address, a log or a page."
        ),
    ),
    Definition(
        "entry",
        _("Entry"),
        "",
        _("Kaltura's word for a thing that it keeps under an id. Here it is a room."),
        "",
        ((6000, "entry_id"), (6000, "parent_entry_id"), (6002, "breakout_entry_id")),
    ),
    Definition(
        "cue_point",
        _("Cue point"),
        "",
        _("Kaltura's word for what an entry is marked with. Here it is one session of a room."),
        "",
        ((6000, "cue_point_id"), (6001, "cue_point_id"), (6002, "cue_point_id")),
    ),
    Definition(
        "tile",
        _("Tile"),
        "",
        _(
            "One UTC day of an account, which is asked for at once. Its answer replaces all that was"
            " stored of the tile, or, when something fails, nothing of it."
        ),
        _(
            "Kaltura's range cuts viewing, not sessions. Only seconds of separate spans of whole"
            " hours add up, so the days never overlap."
        ),
    ),
    Definition(
        "run",
        _("Sync"),
        "",
        _(
            "One round of asking Kaltura for the sessions that start on some days. It also takes"
            " the days around them that hold a part of these sessions, and days that are"
            " provisional."
        ),
    ),
    Definition(
        "finding",
        _("Finding"),
        "",
        _(
            "Something that was noticed about the data of a tile, such as people without a user id."
            " Not every finding is a fault."
        ),
    ),
    Definition(
        "settled_day",
        _("Settled day"),
        "",
        _(
            "A UTC day that was asked for whole, after Kaltura had counted its late events. Its"
            " figures should not change any more; where they do, it is a restatement."
        ),
    ),
    Definition(
        "missing_day",
        _("Missing day"),
        "",
        _(
            "A UTC day of which Kaltura was never asked for everything, although days before it"
            " were. Sessions of that day may be missing, or without attendance."
        ),
    ),
    Definition(
        "uploaded_day",
        _("Uploaded day"),
        "",
        _(
            "A UTC day of which Kaltura was not asked for everything here, but uploaded files hold all"
            " of it."
        ),
    ),
    Definition(
        "partly_day",
        _("Day that is partly here"),
        "",
        _(
            "A sync asked for it before it was over, and the next sync asks for it again; or the"
            " uploaded files hold only some of its hours. The rest of the day is missing."
        ),
    ),
    Definition(
        "failed_day",
        _("Failed day"),
        "",
        _(
            "The latest try to ask for this UTC day failed. What an earlier try brought is still"
            " there."
        ),
    ),
    Definition(
        "cut_day",
        _("Cut day"),
        "",
        _(
            "Kaltura has more rows of this UTC day than it gives, also for the smallest part that can"
            " be asked for. Some attendance is missing."
        ),
    ),
    Definition(
        "removed_day",
        _("Removed day"),
        "",
        _("The data of this UTC day was here for as long as it may be kept, and was removed then."),
    ),
    Definition(
        "estimate_check",
        _("Kaltura's estimates checked"),
        "",
        _(
            "How far Kaltura's estimate of a session's users is from the attendees counted here. An"
            " estimate that is off is no fault: Kaltura calls it one."
        ),
        _(
            "Compared over sessions within one UTC day whose attendance is known: estimates of"
            " several days don't add up."
        ),
    ),
    Definition(
        "alert",
        _("Alert"),
        "",
        _(
            "Something about the syncs that an administrator should see to. It is mailed once when"
            " it is noticed and once when it is over."
        ),
    ),
    Definition(
        "edge_cut_sessions",
        _("Sessions cut at the edge"),
        "",
        _(
            "Sessions that begin before the range of a report or end after it. They come with their"
            " full times, but only with the minutes, engagement and people inside the range."
        ),
        _(
            "Start before the range, or end after it. Only a report that is run by itself has them:"
            " a sync puts the parts together."
        ),
        ((6000, "session_start_time"), (6000, "session_end_time")),
    ),
)

# What was noticed, by the values of `reports.models.FindingKind`.
FINDINGS: dict[str, str | Promise] = {
    "set_aside": _(
        "Too many or too few fields in a line, mostly because of a line break in a name. The line"
        " is kept as it came, and the figures are asked for again without the typed columns. Where"
        " that doesn't help, the session's attendance is unknown."
    ),
    "name_unknown": _("The line was broken. The figures are exact, only the name is unknown."),
    "mismatch": _(
        "The engagement in the report of sessions isn't what the attendees add up to, also when"
        " asked again."
    ),
    "no_attendees": _(
        "The report of sessions has it, the report of attendees has nobody in it. The attendance"
        " is unknown."
    ),
    "no_session": _(
        "The report of attendees has people in a session that the report of sessions doesn't have."
        " Unless another day has it, its times are unknown."
    ),
    "repeated_key": _(
        "Two lines of one answer are about the same person in the same session, or about the same"
        " session. A person's lines are added up."
    ),
    "never_closed": _(
        "More than a day after its start the session has no end. Its length is unknown."
    ),
    "placeholder": _(
        "The user id is empty, “Unknown” or a hash. Each of these people is known in one session"
        " only."
    ),
    "cut": _(
        "Kaltura has more rows than it gives, also for the smallest part that can be asked for."
        " Some attendance is missing."
    ),
    "columns": _(
        "A column is new, or one is missing. What is new isn't read; what was in a missing one is"
        " unknown."
    ),
}
