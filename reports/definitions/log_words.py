"""The access log's words for people. The log itself keeps plain English, whoever reads it."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

ACTIONS: dict[str, str | Promise] = {
    "viewed": _("viewed"),
    "exported": _("exported"),
    "asked": _("asked Kaltura"),
    "synced": _("ordered a sync"),
    "cancelled": _("cancelled"),
    "resumed": _("resumed"),
    "asked again": _("asked again"),
    "connected": _("connected"),
    "checked": _("checked the sign-in"),
    "scheduled": _("scheduled"),
    "uploaded": _("uploaded"),
    "confirmed": _("confirmed"),
    "stored": _("stored"),
    "added": _("added"),
    "discarded": _("discarded"),
    "deleted": _("deleted"),
    "named": _("named"),
    "renamed": _("renamed"),
    "removed": _("removed"),
    "created": _("created"),
    "changed": _("changed"),
    "disabled": _("disabled"),
    "enabled": _("enabled"),
    "gave": _("gave"),
    "took": _("took away"),
    "gave link": _("gave a link for the password"),
    "set password": _("set the password"),
    "signed in": _("signed in"),
    "signed out": _("signed out"),
    "sign-in refused": _("sign-in refused"),
    "locked out": _("locked out"),
    "erased": _("erased"),
    "changed retention": _("changed the retention"),
    "applied retention": _("applied the retention"),
}
# The first word of a target, where a name or an id follows.
KINDS: dict[str, str | Promise] = {
    "account": _("Account"),
    "event": _("Event"),
    "person": _("Person"),
    "report": _("Report"),
    "room": _("Room"),
    "run": _("Sync"),
    "session": _("Session"),
    "snapshot": _("Answer"),
    "upload": _("Upload"),
    "user": _("User"),
}
# Whole targets.
TARGETS: dict[str, str | Promise] = {
    "access log": _("Access log"),
    "access-log": _("Access log"),
    "an unknown user": _("an unknown user name"),
    "attendees": _("Attendees"),
    "breakouts": _("Breakouts"),
    "people": _("Attendees"),
    "rooms": _("Rooms"),
    "sessions": _("Sessions"),
}
# Who acted where nobody was signed in.
ACTORS: dict[str, str | Promise] = {
    "command line": _("command line"),
    "nobody": _("nobody signed in"),
    "retention": _("retention"),
}
