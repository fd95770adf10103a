"""The words of a course's roster: its columns, and why Moodle did not give it."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from reports.definitions.definition import Definition

ROSTER = (
    Definition(
        "roster",
        _("Roster"),
        "",
        _(
            "Who is enrolled in a course, as Moodle lists it to the tool by which the course was"
            " opened. Moodle leaves out who is suspended, and administrators who are not enrolled."
        ),
        _("Asked for after a launch, every night, and by hand."),
    ),
    Definition(
        "learner",
        _("Learner"),
        "",
        _(
            "Who is enrolled and is no staff. Learners are who can be present or absent: the number"
            " enrolled is theirs."
        ),
        _("Moodle's list of members, unless a teacher marked somebody otherwise."),
    ),
    Definition(
        "staff",
        _("Staff"),
        "",
        _(
            "Who teaches: Moodle lists them as a teacher, or they opened the course here as one, or a"
            " teacher marked them. Moodle lists teachers who don't edit as learners, so what it says"
            " alone is not enough."
        ),
        _("A mark counts most, then a launch as a teacher, then Moodle's list of members."),
    ),
    Definition(
        "left_course",
        _("Left"),
        "",
        _(
            "Who was enrolled and is not in the latest roster. The row stays; whoever comes back is"
            " the same person again."
        ),
    ),
    Definition(
        "first_listed",
        _("First listed"),
        "",
        _(
            "When the person was in a roster for the first time. Moodle does not say since when"
            " somebody is enrolled, so before the first roster of a course that is unknown."
        ),
    ),
    Definition(
        "latest_listed",
        _("Latest listed"),
        "",
        _("When the person was in a roster for the latest time."),
    ),
    Definition(
        "counted_from",
        _("Counted from"),
        "",
        _(
            "From when on the person counts as enrolled: since first listed, unless a teacher dated"
            " it back. Before that somebody is neither present nor absent, but unknown."
        ),
    ),
)

# As what somebody counts; keys of Enrolment.Kind.
ENROLMENT_KINDS: dict[str, str | Promise] = {"learner": _("Learner"), "staff": _("Staff")}
# Why somebody is a learner or staff.
ROSTER_REASONS: dict[str, str | Promise] = {
    "listed": _("as Moodle lists them"),
    "launched": _("opened the course as a teacher"),
    "marked": _("marked by hand"),
}


@dataclass(frozen=True)
class RosterError:
    """Why there is no new roster: what happened, and what to do."""

    sentence: str | Promise
    advice: str | Promise


_AGAIN = _("It is asked again by itself within the hour.")
_ALLOW = _(
    "Whoever runs Moodle can allow the tool to read names and roles; then open the course from"
    " Moodle once more."
)
_OPEN = _(
    "Open the course from Moodle once more, by a link of the tool that is there now. If that does not"
    " help, tell whoever runs Moodle."
)

ROSTER_ERRORS: dict[str, RosterError] = {
    "not_granted": RosterError(_("Moodle does not let this tool ask who is enrolled."), _ALLOW),
    "no_tool": RosterError(
        _("The tool by which this course was opened is no longer registered here."), _OPEN
    ),
    "tool_unknown": RosterError(
        _("Moodle no longer knows the tool by which this course was opened."), _OPEN
    ),
    "refused": RosterError(_("Moodle refused to say who is enrolled."), _ALLOW),
    "gone": RosterError(
        _("Moodle no longer finds the course, or the tool in it."),
        _("If the course still exists, open it from Moodle once more."),
    ),
    "unreachable": RosterError(_("Moodle could not be reached, or took too long."), _AGAIN),
    "trouble": RosterError(_("Moodle answered with an error of its own."), _AGAIN),
    "unreadable": RosterError(
        _("Moodle's answer could not be read, or broke off before its end."), _AGAIN
    ),
    "stopped": RosterError(
        _("This Moodle has been stopped here, so it is not asked."),
        _("An administrator of this site can let people in from there again."),
    ),
}
