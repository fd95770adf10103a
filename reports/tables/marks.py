"""How marks of presence, rules and classes are written: the same words on pages and in files."""

from zoneinfo import ZoneInfo

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _, ngettext

from reports.analytics.presence import Mark, Rule
from reports.definitions import MARK_SIGNS, MARK_WORDS, MATCH_WORDS
from reports.models import User
from reports.queries.classes import CourseClass
from reports.queries.identities import Match
from reports.tables.figures import NBSP, count_text, moment_text, unknown_text

CORRECTED = SafeString('<span class="mark-corrected" aria-hidden="true">*</span>')


def mark_word(mark: Mark) -> str:
    return str(MARK_WORDS[mark])


def mark_sign(mark: Mark, *, is_corrected: bool = False) -> SafeString:
    """Return the sign with its word for who doesn't see it; one more sign where a teacher said so."""
    return format_html(
        '<span class="mark mark-{}"><span aria-hidden="true">{}</span>'
        '<span class="visually-hidden">{}</span>{}</span>',
        mark.value,
        MARK_SIGNS[mark],
        mark_word(mark),
        CORRECTED if is_corrected else "",
    )


def mark_text(mark: Mark, *, is_corrected: bool = False) -> SafeString:
    """Return sign and word, both to be seen; one more sign where a teacher said so."""
    return format_html(
        '<span class="mark mark-{}"><span aria-hidden="true">{}</span> {}{}</span>',
        mark.value,
        MARK_SIGNS[mark],
        mark_word(mark),
        CORRECTED if is_corrected else "",
    )


def author_text(user: User | None) -> str:
    """Return who made a decision."""
    return (user.get_full_name() or user.username) if user else _("somebody whose access is gone")


def match_text(match: Match) -> str:
    """Return how a person of Kaltura's came to be who they are here: by a key, or by whose word."""
    if match.link is None:
        return str(MATCH_WORDS[match.how])
    words = {
        "link": _("linked in this course by %(who)s"),
        "site_link": _("linked on the whole site by %(who)s"),
        "not_ours": _("said to be nobody of this course by %(who)s"),
    }[match.how]
    return words % {"who": author_text(match.link.made_by)}


def rule_text(rule: Rule) -> str:
    """Return the rule as a sentence for teachers and learners."""
    if rule.minutes is not None:
        text = ngettext(
            "Present: at least %(n)s minute in the class.",
            "Present: at least %(n)s minutes in the class.",
            rule.minutes,
        ) % {"n": count_text(rule.minutes)}
        if rule.partly_minutes is not None:
            text += " " + _("Partly: at least %(n)s min.") % {"n": count_text(rule.partly_minutes)}
    else:
        text = _("Present: at least %(n)s %% of the class.") % {"n": count_text(rule.share_percent)}
        if rule.partly_percent is not None:
            text += " " + _("Partly: at least %(n)s %%.") % {"n": count_text(rule.partly_percent)}
    if rule.required_percent is not None:
        share = count_text(rule.required_percent)
        text += " " + _("%(n)s %% of the classes have to be attended.") % {"n": share}
    return text.replace(" %", f"{NBSP}%")  # no line ends between a number and its sign


def class_title(one: CourseClass, zone: ZoneInfo) -> str:
    """Return when the class began; a guess is no moment to show."""
    return moment_text(one.starts_at, zone) if one.has_start else unknown_text()
