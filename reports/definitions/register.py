"""The words of a course's register: marks, times, shares, and where they come from."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from reports.definitions.definition import Definition

REGISTER = (
    Definition(
        "register",
        _("Register"),
        "",
        _(
            "The learners of a course by its classes: how long each was there, and whether that is"
            " enough by the course's rule. It is made anew from what is stored each time it is shown."
        ),
    ),
    Definition(
        "class",
        _("Class"),
        "",
        _(
            "One session of a course's room with its breakouts, or several sessions that were merged"
            " because the host dropped out and came back. An ignored session is none."
        ),
    ),
    Definition(
        "class_length",
        _("Length of the class"),
        _("minutes"),
        _(
            "How long the session was, merged sessions added up without the gap between them. Where a"
            " class time is set, only as much of the session as lies within it. Unknown while the"
            " session is open or was never closed, unless it has a class time."
        ),
        _("Session end − session start, or its overlap with the class time."),
    ),
    Definition(
        "class_time",
        _("Class time"),
        "",
        _(
            "The scheduled time that a teacher set, for one session or for a weekly series. It changes"
            " the length that shares are taken of, not the time in the class: Kaltura tells how long"
            " somebody was connected, not when, so time before or after class counts too."
        ),
    ),
    Definition(
        "time_in_class",
        _("Time in class"),
        _("minutes"),
        _(
            "How long a learner was connected in the class: all re-joins, merged sessions and"
            " identities added up. Two devices at once count twice. Time in breakouts is on top, or in"
            " it already, as the account's setting says."
        ),
        _("Kaltura's viewing time (report 6001) of every person who is this learner."),
    ),
    Definition(
        "share_of_class",
        _("Share of the class"),
        _("%"),
        _(
            "Time in class / length of the class, at most 100 %. Unknown where one of them is; an open"
            " session has no share."
        ),
    ),
    Definition(
        "presence_rule",
        _("Rule"),
        "",
        _(
            "From which share of a class, or from how many minutes, a learner is present. The course's"
            " newest rule counts for all its classes, earlier ones too; without one, the site's"
            " default. Each version is kept with who made it and when."
        ),
    ),
    Definition(
        "present",
        _("Present"),
        _("learners"),
        _("Who was in the class for as long as the rule asks, or whom a teacher marked so."),
    ),
    Definition(
        "partly",
        _("Partly"),
        _("learners"),
        _(
            "Who was there for less than the rule asks, but as long as its lower limit, where it has"
            " one. Such a class counts half in the share of classes attended."
        ),
    ),
    Definition(
        "absent",
        _("Absent"),
        _("learners"),
        _(
            "Who was enrolled then and not in the class, or not for long enough; or whom a teacher"
            " marked so. Never somebody of whom it isn't known."
        ),
    ),
    Definition(
        "excused",
        _("Excused"),
        _("learners"),
        _(
            "Whom a teacher marked so, with a reason. Such a class is left out of the learner's share."
        ),
    ),
    Definition(
        "presence_unknown",
        _("Presence unknown"),
        _("learners"),
        _(
            "The session is still running or was never closed; or it has ended so lately that Kaltura,"
            " which tells late, may not have told of everybody; or its attendances are not whole, or"
            " were removed by a limit; or nobody knows whether the learner was enrolled then. It counts"
            " neither for nor against anybody."
        ),
    ),
    Definition(
        "not_enrolled",
        _("Not enrolled then"),
        _("learners"),
        _(
            "The learner came into the course later, or had left. Where they were there nevertheless,"
            " their time is shown, and counts for nothing."
        ),
    ),
    Definition(
        "attendance_share",
        _("Classes attended"),
        _("%"),
        _(
            "Classes present / classes present, partly or absent; partly counts half. Excused, unknown"
            " and not enrolled are left out. Unknown where nothing is left."
        ),
    ),
    Definition(
        "correction",
        _("Correction"),
        "",
        _(
            "A teacher's word on a learner in a class, with reason, name and time. It counts before"
            " what was computed, which stays visible beside it; no sync changes it, and it can be"
            " undone. Where data that comes later says something else again, that is pointed out."
        ),
    ),
    Definition(
        "matched",
        _("Matched"),
        _("people"),
        _(
            "People of Kaltura's who are somebody of the course: by an exact key of the site, such as"
            " Kaltura's user id being Moodle's user name, or because somebody said so. Names that only"
            " look alike never match."
        ),
    ),
    Definition(
        "strangers",
        _("Guests and strangers"),
        _("people"),
        _(
            "Who was in the class and is nobody enrolled then, as far as is known: guests, people"
            " without an id, people of elsewhere, erased people, and learners of another time. Who has"
            " no id counts anew in each session and breakout: nothing says that it is the same person."
        ),
    ),
    Definition(
        "second_identity",
        _("Second identity"),
        _("people"),
        _(
            "One more person of Kaltura's who is the same learner: signed in twice, or once as a"
            " guest. Their times are added up, and the learner counts once."
        ),
    ),
    Definition(
        "attention",
        _("Attention"),
        _("learners"),
        _(
            "Learners enrolled now for whom at least one reason holds, by name: no score and no"
            " ranking. A reason looks at the classes of the days shown that count for the learner:"
            " present, partly or absent. Excused, unknown and not enrolled are passed over."
        ),
    ),
    Definition(
        "absences_in_a_row",
        _("Absences in a row"),
        _("classes"),
        _(
            "The learner was absent in the latest classes that count, one after the other, in at"
            " least as many as you ask for. A class attended partly ends the row; an excused or"
            " unknown one neither ends nor lengthens it."
        ),
    ),
    Definition(
        "required_share",
        _("Required share"),
        _("%"),
        _(
            "The share of the classes that the course's rule asks learners to attend. Not every rule"
            " has one; without it nobody is below it."
        ),
    ),
    Definition(
        "below_required",
        _("Below the required share so far"),
        _("learners"),
        _(
            "Learners who attended a smaller share of their classes so far than the rule asks for."
            " Only classes that count are in it; whoever enrolled late is measured by the classes"
            " since."
        ),
        _("(Present + half of partly) / (present + partly + absent), against the required share."),
    ),
    Definition(
        "falling_time",
        _("Falling time in class"),
        _("learners"),
        _(
            "Learners who stayed for a smaller share of the class each time in the latest four classes"
            " that count and whose share is known, and for at least 20 percentage points less in the"
            " last than in the first of them. Classes that a teacher corrected are passed over."
        ),
    ),
    Definition(
        "classes_left",
        _("Classes left"),
        _("classes"),
        _(
            "Classes that the rule says the course will have − classes that have begun. Known only"
            " where the rule has their number, the days shown hold all classes of the course so far,"
            " and not more were held than planned."
        ),
    ),
    Definition(
        "out_of_reach",
        _("Required share out of reach"),
        _("learners"),
        _(
            "Learners who would stay below the required share even if they attended every class that"
            " is left. Classes that are not known yet are taken for attended. A class that is excused"
            " later may change it."
        ),
    ),
    Definition(
        "may_miss",
        _("May still miss"),
        _("classes"),
        _(
            "How many of the classes that are left a learner may miss and still reach the required"
            " share. Classes that are not known yet are taken for attended. On the attention list:"
            " who has missed something and may miss at most one more."
        ),
    ),
)

# Sign, word and meaning of each Mark of analytics.presence: never colour alone.
MARK_SIGNS: dict[str, str] = {
    "present": "●",
    "partly": "◐",
    "absent": "○",
    "excused": "E",
    "unknown": "?",
    "not_enrolled": "–",
}
MARK_WORDS: dict[str, str | Promise] = {
    "present": _("present"),
    "partly": _("partly"),
    "absent": _("absent"),
    "excused": _("excused"),
    "unknown": _("unknown"),
    "not_enrolled": _("not enrolled then"),
}
# How a person of Kaltura's came to be somebody of the course: a How of queries.identities.
MATCH_WORDS: dict[str, str | Promise] = {
    "user_name": _("Kaltura's user id is the Moodle user name"),
    "email": _("the e-mail address is the same"),
    "id_number": _("Kaltura's user id is the Moodle id number"),
    "link": _("linked in this course"),
    "site_link": _("linked on the whole site"),
    "not_ours": _("said to be nobody of this course"),
    "": _("nothing says who this is"),
}
# Who was in a class and is none of its learners: a kind of queries.seats.Other.
OTHER_WORDS: dict[str, str | Promise] = {
    "staff": _("staff"),
    "not_enrolled": _("learner, not enrolled then"),
    "guest": _("guest"),
    "stranger": _("stranger"),
    "erased": _("erased person"),
}
# Why a teacher should look at a learner: a ReasonKind of analytics.attention, and its definition.
REASON_WORDS: dict[str, str | Promise] = {
    "out_of_reach": _("Required share out of reach"),
    "below": _("Below the required share so far"),
    "in_a_row": _("Absent in a row"),
    "falling": _("Falling time in class"),
    "close": _("Close to the limit"),
}
REASON_DEFINITIONS: dict[str, str] = {
    "out_of_reach": "out_of_reach",
    "below": "below_required",
    "in_a_row": "absences_in_a_row",
    "falling": "falling_time",
    "close": "may_miss",
}
