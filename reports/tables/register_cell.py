"""One cell of the register in words and tables: what counts, why, how it adds up, out of what."""

from collections.abc import Iterable, Sequence
from datetime import UTC
from typing import NamedTuple
from zoneinfo import ZoneInfo

import django_tables2 as tables
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, gettext_lazy as _

from reports.analytics.presence import Mark
from reports.models import Course
from reports.queries.presence_rules import RuleInForce
from reports.queries.register_class import FoundClass
from reports.queries.register_evidence import Evidence, SourceRow, Time, unknown_because
from reports.queries.roster import RosterLine, Standing
from reports.queries.seats import Presence, Seat
from reports.queries.session_lines import SessionLine
from reports.tables.figures import count_text, day_text, duration_text, moment_text, share_text
from reports.tables.marks import match_text
from reports.tables.people import NOWRAP, email_cell, id_cell, name_cell, person_url
from reports.tables.provenance import SourceTable
from reports.tables.rows import NUMBER, DataTable, OrderedRows, labelled, or_unknown
from reports.tables.sessions import WIDE, page_query, room_name, session_url

UNKNOWN_BECAUSE = {
    "erased": _("This person was erased, so nothing is known of them any more."),
    "removed": _("Attendances of this class were removed by a limit of the account."),
    "not_whole": _("Not everybody's time in this class has been fetched yet."),
    "taken": _(
        "A limit of the account took the names of people in this class, and one of them may be this"
        " learner."
    ),
    "open": _("The session is still running or was never closed, so its length isn't known."),
    "no_length": _("How long the class was isn't known."),
    "too_early": _(
        "Kaltura was asked so soon after the class that it may not have told of everybody's time."
    ),
    "before_roster": _(
        "The class was before the first roster of the course, and the learner wasn't there: nobody"
        " knows whether they were enrolled then."
    ),
}
# What can be done about it, for some of them.
SET_CLASS_TIME = _("Set a class time, and the class counts")
NEXT_STEPS = {
    "open": ("reports:course-classes", SET_CLASS_TIME),
    "no_length": ("reports:course-classes", SET_CLASS_TIME),
    "before_roster": (
        "reports:roster",
        _("Were they enrolled already? Count them from an earlier day, on the roster"),
    ),
}
RULE_SOURCES = {
    "course": _("the course's own rule"),
    "site": _("the default of this Moodle site"),
    "built_in": _("the built-in rule: nobody has set another one"),
}


def computed_because(found: FoundClass, line: RosterLine, seat: Seat, evidence: Evidence) -> str:
    """Return in one sentence why the cell is computed to be what it is."""
    if seat.computed == Mark.UNKNOWN:
        return str(UNKNOWN_BECAUSE[unknown_because(found, line, seat)])
    if seat.computed == Mark.NOT_ENROLLED:
        if seat.standing == Standing.LEFT:
            return gettext("The learner had left the course before this class.")
        return gettext("The learner came into the course after this class.")
    if not seat.is_there:
        return gettext("Nobody who was in the class is this learner, as far as is known.")
    words = {
        Mark.PRESENT: gettext("%(time)s in the class is enough: from %(needed)s on is present."),
        Mark.PARTLY: gettext(
            "%(time)s in the class is enough for that; from %(needed)s on would be present."
        ),
        Mark.ABSENT: gettext(
            "%(time)s in the class is not enough: from %(needed)s on would be present."
        ),
    }[seat.computed]
    return words % {
        "time": _time_of_length(found.one.length_seconds, seat),
        "needed": duration_text(evidence.needed_seconds),
    }


def next_step(
    course: Course, found: FoundClass, line: RosterLine, seat: Seat, query: str
) -> tuple[str, str] | None:
    """Return the address and the words of what makes an unknown cell known; None: only waiting."""
    if seat.computed != Mark.UNKNOWN:
        return None
    step = NEXT_STEPS.get(unknown_because(found, line, seat))
    if step is None or (step[1] is SET_CLASS_TIME and not found.one.has_start):
        return None
    page, words = step
    address = reverse(page, args=[course.pk])
    if words is SET_CLASS_TIME:
        address = f"{address}?{query}&time={found.one.cue_point_id}#class-time"
    return address, str(words)


def _time_of_length(length_seconds: int | None, seat: Seat) -> str:
    """Return the time, and what of the class it is where that is known."""
    if seat.share is None:
        return duration_text(seat.seconds)
    return gettext("%(time)s of %(length)s (%(share)s)") % {
        "time": duration_text(seat.seconds),
        "length": duration_text(length_seconds),
        "share": share_text(seat.share),
    }


def standing_text(seat: Seat) -> str:
    """Return how the learner stood when the class began."""
    return {
        Standing.ENROLLED: gettext("enrolled then"),
        Standing.LEFT: gettext("had left by then"),
        Standing.NOT_YET: gettext("not enrolled yet: a later roster was the first to list them"),
        Standing.UNKNOWN: gettext("unknown: the class was before the first roster of the course"),
    }[seat.standing]


def rule_source_text(rule: RuleInForce, zone: ZoneInfo) -> str:
    """Return whose rule it is, which version, and who made it when."""
    source = str(RULE_SOURCES[rule.source])
    if rule.made_at is None:
        return source
    words = gettext("%(source)s, version %(n)s, by %(who)s, %(at)s")
    return words % {
        "source": source,
        "n": count_text(rule.version),
        "who": rule.made_by or gettext("somebody whose access is gone"),
        "at": moment_text(rule.made_at, zone),
    }


class Step(NamedTuple):
    """A line of the arithmetic."""

    what: str | SafeString
    time: str
    seconds: str
    is_sum: bool = False


def steps(
    found: FoundClass, seat: Seat, evidence: Evidence, zone: ZoneInfo, course: Course
) -> list[Step]:
    """Return how the learner's time adds up, and what it is measured by."""
    rows = [_time_step(it, zone, course) for it in evidence.times]
    if not rows:
        rows.append(Step(gettext("Nothing of this learner in this class"), *_both(0)))
    rule = found.register.rule.rule
    rows.append(Step(gettext("Time in class"), *_both(seat.seconds), is_sum=True))
    rows.append(Step(gettext("Length of the class"), *_both(found.one.length_seconds)))
    rows.append(Step(gettext("Share: time / length, at most 100 %"), share_text(seat.share), ""))
    needed = gettext("Present from")
    if rule.share_percent is not None:
        needed = gettext("Present from: %(n)s %% of the length") % {
            "n": count_text(rule.share_percent)
        }
    rows.append(Step(needed, *_both(evidence.needed_seconds)))
    if rule.partly_percent is not None or rule.partly_minutes is not None:
        rows.append(Step(gettext("Partly from"), *_both(evidence.partly_seconds)))
    return rows


def _time_step(it: Time, zone: ZoneInfo, course: Course) -> Step:
    name = it.presence.person.name or it.presence.person.user_id or gettext("Person without a name")
    note = (
        gettext("breakout, in the time of the session already")
        if not it.counts
        else gettext("breakout")
    )
    what = format_html(
        '<bdi>{}</bdi>{}<span class="cell-sub">{}</span>',
        name,
        f" ({note})" if it.is_breakout else "",
        _session_link(it.line, zone, course),
    )
    time, seconds = _both(it.seconds)
    if not it.counts:
        time, seconds = f"({time})", f"({seconds})"
    return Step(what, time, seconds)


def _both(seconds: int | None) -> tuple[str, str]:
    """Return the time as people read it, and to the second: rounded ones don't add up."""
    return duration_text(seconds), count_text(seconds)


def _session_link(line: SessionLine, zone: ZoneInfo, course: Course) -> SafeString:
    at = moment_text(line.started_at, zone) if line.started_at else gettext("start unknown")
    url = session_url(line, zone, course.pk)
    return format_html('<a href="{}"><bdi>{}</bdi>, {}</a>', url, room_name(line), at)


class IdentityTable(DataTable):
    """Who of Kaltura's is the learner in the class, and why that is so."""

    caption = _("Who of Kaltura's this learner was")
    definitions = {"matched": "matched"}

    name = tables.Column(verbose_name=_("Name"), accessor="person", empty_values=(), attrs=WIDE)
    user_id = tables.Column(
        verbose_name=_("User id"),
        accessor="person__user_id",
        empty_values=(),
        attrs=labelled(_("User id")),
    )
    email = tables.Column(
        verbose_name=_("E-mail"),
        accessor="person__email",
        empty_values=(),
        attrs=labelled(_("E-mail")),
    )
    matched = tables.Column(
        verbose_name=_("How matched"),
        accessor="match",
        empty_values=(),
        attrs=labelled(_("How matched")),
    )

    class Meta(DataTable.Meta):
        attrs = {"class": "data-table as-cards"}

    def __init__(self, presences: Iterable[Presence], course: Course, zone: ZoneInfo) -> None:
        super().__init__(OrderedRows(presences))
        self.course = course
        self.zone = zone

    def render_name(self, record: Presence) -> SafeString:
        query = page_query(self.zone, self.course.pk)
        remark = gettext("as a guest") if record.is_guest else ""
        return name_cell(record.person.name, person_url(record.person.pk, query), remark)

    def render_user_id(self, value: str) -> SafeString:
        return id_cell(value)

    def render_email(self, value: str) -> SafeString:
        return email_cell(value)

    def render_matched(self, record: Presence) -> SafeString:
        link = record.match.link
        notes = []
        if link is not None:
            notes.append(moment_text(link.made_at, self.zone))
            if link.valid_from is not None:
                day = day_text(link.valid_from, self.zone)
                notes.append(gettext("for classes from %(day)s on") % {"day": day})
            notes += [link.reason] if link.reason else []
        return format_html(
            '<span class="cell-text">{}</span>{}',
            match_text(record.match),
            format_html('<span class="cell-sub"><bdi>{}</bdi></span>', ". ".join(notes))
            if notes
            else "",
        )


class CellSourceTable(DataTable):
    """What Kaltura was asked for, when, and what it told of the learner: a row a span and identity."""

    caption = _("Source rows")
    definitions = {"day": "tile", "state": "provisional"}

    session = tables.Column(verbose_name=_("Session"), accessor="line", empty_values=(), attrs=WIDE)
    day = tables.Column(
        verbose_name=_("Hours asked for (UTC)"),
        attrs=labelled(_("Hours (UTC)"), NOWRAP),
        empty_values=(),
    )
    asked = tables.Column(
        verbose_name=_("Asked"),
        accessor="day",
        attrs=labelled(_("Asked"), NOWRAP),
        empty_values=(),
    )
    state = tables.Column(
        verbose_name=_("Figures"), accessor="day", empty_values=(), attrs=labelled(_("Figures"))
    )
    who = tables.Column(
        verbose_name=_("Who"), accessor="presence", empty_values=(), attrs=labelled(_("Who"))
    )
    seconds = tables.Column(
        verbose_name=_("Seconds"), attrs=labelled(_("Seconds"), NUMBER), empty_values=()
    )

    class Meta(DataTable.Meta):
        attrs = {"class": "data-table as-cards"}

    def __init__(self, rows: Sequence[SourceRow], course: Course, zone: ZoneInfo) -> None:
        super().__init__(OrderedRows(rows))
        self.course = course
        self.zone = zone
        self.words = SourceTable([], zone)  # a span is written as on the session's page

    def render_session(self, record: SourceRow) -> SafeString:
        note = gettext("breakout") if record.is_breakout else ""
        return format_html(
            '<span class="cell-text">{}</span>{}',
            _session_link(record.line, self.zone, self.course),
            format_html('<span class="cell-sub">{}</span>', note) if note else "",
        )

    def render_day(self, record: SourceRow) -> str | SafeString:
        if record.day.is_upload:
            return self.words.render_day(record.day)
        whole = gettext("the whole day")
        return format_html(
            '{}<span class="cell-sub">{}</span>', day_text(record.day.start_at, UTC), whole
        )

    def render_asked(self, record: SourceRow) -> str | SafeString:
        return self.words.render_asked(record.day)

    def render_state(self, record: SourceRow) -> str | SafeString:
        return self.words.render_state(record.day)

    def render_who(self, record: SourceRow) -> str | SafeString:
        if record.presence is None:
            return gettext("nobody who is this learner")
        person = record.presence.person
        return format_html(
            '<bdi class="cell-text">{}</bdi>',
            person.name or person.user_id or gettext("Person without a name"),
        )

    def render_seconds(self, value: int | None) -> str | SafeString:
        return or_unknown(count_text(value))
