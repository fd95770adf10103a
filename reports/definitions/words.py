"""The words of the pages that are no numbers."""

from django.utils.translation import gettext_lazy as _

from reports.definitions.definition import Definition

WORDS = (
    Definition(
        "room",
        _("Room"),
        "",
        _(
            "A Kaltura Room: a virtual classroom in which sessions take place, often many. It is"
            " called as Kaltura called it latest."
        ),
        "",
        ((6000, "entry_name"),),
    ),
    Definition(
        "session",
        _("Session"),
        "",
        _("One meeting in a room, from its start to its end."),
        "",
        ((6000, "session_start_time"), (6000, "session_end_time")),
    ),
    Definition(
        "breakout",
        _("Breakout"),
        "",
        _(
            "A session in a breakout room, which belongs to a main room. Whether its minutes come on"
            " top of the main session's or are part of them is said where they are shown."
        ),
        "",
        ((6000, "parent_entry_id"), (6002, "breakout_entry_name")),
    ),
    Definition(
        "main_session",
        _("Main session"),
        "",
        _(
            "The session that a breakout belongs to. Where it isn't clear which one that is, the"
            " breakout is listed under the room alone."
        ),
        _(
            "The one session of the main room that had begun and not yet ended when the breakout"
            " began. A session without a known end is never taken for it."
        ),
        ((6000, "session_start_time"), (6000, "session_end_time")),
    ),
    Definition(
        "host",
        _("Host"),
        "",
        _(
            "Who held the session, as far as Kaltura names somebody. It is a name only, so it gives"
            " nobody access to anything."
        ),
        "",
        ((6000, "session_host_user_id"),),
    ),
    Definition(
        "initiator",
        _("Opened by"),
        "",
        _("The initiator of a breakout: the full name, or the user id where Kaltura has no name."),
        "",
        ((6002, "session_initiator"),),
    ),
    Definition(
        "person",
        _("Person"),
        "",
        _(
            "Somebody with a Kaltura user id is one person in all sessions. Whoever has none is"
            " known in one session only: nobody can tell who it was in another one."
        ),
        _("Name and e-mail address are those of the latest session that gives them."),
        ((6001, "user_id"), (6001, "user_name"), (6001, "user_email")),
    ),
    Definition(
        "user_type",
        _("Type"),
        "",
        _(
            "“User” or “Guest”, as Kaltura has it. It is not a role: who teaches, moderates or"
            " learns is not in it."
        ),
        "",
        ((6001, "user_type"),),
    ),
    Definition(
        "virtual_event",
        _("Virtual event"),
        "",
        _(
            "An event in Kaltura to which sessions belong, such as an open day. The reports name no"
            " event, so only events that were asked for by their id are known here."
        ),
        _("The sessions that Kaltura's report of sessions lists when asked for this event alone."),
    ),
)
