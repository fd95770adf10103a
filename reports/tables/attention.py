"""How reasons to look at a learner are written, and the table of the learners."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import django_tables2 as tables
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _, gettext_lazy, ngettext

from reports.analytics.attention import MarkedClass, Reason, ReasonKind
from reports.analytics.presence import Mark, Tally
from reports.definitions import REASON_WORDS
from reports.models import Course
from reports.queries.attention import AttentionLine
from reports.queries.classes import CourseClass
from reports.tables.figures import NBSP, count_text, day_text, mean_text, share_text
from reports.tables.marks import class_title
from reports.tables.roster import name_remark, shown_name
from reports.tables.rows import DataTable, labelled, or_unknown
from reports.tables.sessions import WIDE

MOST_DATES = 10  # of one reason; those before are counted


# Sentences ---------------------------------------------------------------------------------------


def reason_word(reason: Reason) -> str:
    return str(REASON_WORDS[reason.kind])


def reason_sentence(reason: Reason) -> str:
    """Return the reason with its numbers, without the days."""
    if reason.kind == ReasonKind.IN_A_ROW:
        text = _("Absent in the latest %(n)s classes that count.")
        return text % {"n": count_text(len(reason.classes))}
    if reason.kind == ReasonKind.FALLING:
        text = _("Stayed for less of the class each time in the latest %(n)s.")
        return text % {"n": count_text(len(reason.classes))}
    if reason.kind == ReasonKind.BELOW:
        return _below(reason)
    return _out_of_reach(reason) if reason.kind == ReasonKind.OUT_OF_REACH else _close(reason)


def _below(reason: Reason) -> str:
    counted = reason.tally.counted
    text = ngettext(
        "Attended %(attended)s of %(n)s class that counts (%(share)s), %(required)s are asked for.",
        "Attended %(attended)s of %(n)s classes that count (%(share)s), %(required)s are asked for.",
        counted,
    )
    return text % {
        "attended": attended_text(reason.tally),
        "n": count_text(counted),
        "share": share_below_text(reason.tally.share, reason.required_percent or 0),
        "required": percent_text(reason.required_percent or 0),
    }


def _out_of_reach(reason: Reason) -> str:
    left = reason.left or 0
    if left:
        text = ngettext(
            "Even with the %(n)s class that is left at most %(share)s, %(required)s are asked for.",
            "Even with all %(n)s classes that are left at most %(share)s, %(required)s are asked for.",
            left,
        )
    else:
        text = _("No class is left: at most %(share)s, %(required)s are asked for.")
    return text % {
        "n": count_text(left),
        "share": share_below_text(reason.best, reason.required_percent or 0),
        "required": percent_text(reason.required_percent or 0),
    }


def _close(reason: Reason) -> str:
    left = {
        "n": count_text(reason.misses),
        "left": count_text(reason.left),
        "required": percent_text(reason.required_percent or 0),
    }
    if reason.misses:
        text = _(
            "May miss at most %(n)s of the %(left)s classes that are left to reach %(required)s."
        )
    elif reason.left == 1:
        text = _("May not miss the class that is left to reach %(required)s.")
    else:
        text = _("May miss none of the %(left)s classes that are left to reach %(required)s.")
    return text % left


def not_known_text(sums: Tally) -> str:
    """Return how many of the classes say nothing yet; "" where all do."""
    if not sums.unknown:
        return ""
    text = ngettext("%(n)s class is not known yet", "%(n)s classes are not known yet", sums.unknown)
    return text % {"n": count_text(sums.unknown)}


def attended_text(sums: Tally) -> str:
    """Return how many classes were attended, one that was attended partly being half."""
    if sums.partly % 2:
        return mean_text(sums.present + sums.partly / 2)
    return count_text(sums.present + sums.partly // 2)


def percent_text(percent: int) -> str:
    return f"{count_text(percent)}{NBSP}%"


def share_below_text(share: float | None, required_percent: int) -> str:
    """Return a share below what is required so that it looks like that: 79.6 %, not 80 %."""
    if share is None or round(100 * share) < required_percent:
        return share_text(share)
    shown = min(round(100 * share, 1), required_percent - 0.1)
    return f"{number_format(shown, 1)}{NBSP}%"


# Days --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ClassNames:
    """How classes of a register are named: by their day, by the time too where a day has several."""

    names: dict[str, str]

    @classmethod
    def of(cls, classes: Sequence[CourseClass], zone: ZoneInfo) -> "ClassNames":
        """Name the classes."""
        known = [one for one in classes if one.has_start]
        days = Counter(one.starts_at.astimezone(zone).date() for one in known)
        names = {}
        for one in classes:
            day = one.starts_at.astimezone(zone).date()
            is_alone = one.has_start and days[day] == 1
            names[one.cue_point_id] = (
                day_text(one.starts_at, zone) if is_alone else class_title(one, zone)
            )
        return cls(names)

    def text(self, reason: Reason, one: MarkedClass) -> str:
        """Return the class with what it adds to the reason."""
        name = self.names[one.key]
        if reason.kind == ReasonKind.FALLING:
            return _("%(share)s on %(day)s") % {"share": share_text(one.share), "day": name}
        return _("%(day)s (partly)") % {"day": name} if one.mark == Mark.PARTLY else name


def days_lead(reason: Reason) -> str:
    """Return what stands before the days of a reason; "" where the sentence says it."""
    if reason.kind in (ReasonKind.IN_A_ROW, ReasonKind.FALLING):
        return ""
    return _("Missed:")


def earlier_text(reason: Reason) -> str:
    """Return how many of the classes are too many to be named; "" for most."""
    earlier = len(reason.classes) - MOST_DATES
    if earlier <= 0:
        return ""
    return ngettext("%(n)s earlier", "%(n)s earlier", earlier) % {"n": count_text(earlier)}


def days_text(reason: Reason, names: ClassNames) -> str:
    """Return the classes of the reason in one line, the latest ones where there are many."""
    shown = [names.text(reason, one) for one in reason.classes[-MOST_DATES:]]
    return ", ".join(part for part in (earlier_text(reason), *shown) if part)


# The table ---------------------------------------------------------------------------------------


class AttentionTable(DataTable):
    """Learners to look at, by name, with every reason written out."""

    caption = gettext_lazy("Learners to look at")
    definitions = {"attended": "attendance_share"}

    name = tables.Column(verbose_name=gettext_lazy("Learner"), empty_values=(), accessor="line")
    why = tables.Column(verbose_name=gettext_lazy("Why"), empty_values=(), accessor="reasons")
    attended = tables.Column(
        verbose_name=gettext_lazy("Classes attended"),
        empty_values=(),
        accessor="tally",
        attrs=labelled(gettext_lazy("Classes attended"), WIDE),
    )

    class Meta(DataTable.Meta):
        attrs = {"class": "data-table as-cards attention-table"}

    def __init__(
        self,
        lines: Iterable[AttentionLine],
        course: Course,
        classes: Sequence[CourseClass],
        *,
        form: Any,
        zone: ZoneInfo,
    ) -> None:
        super().__init__(list(lines))
        self.course = course
        self.names = ClassNames.of(classes, zone)
        self.query = urlencode(
            {"from": form.state()["from"], "to": form.state()["to"], "tz": zone.key}
        )

    def render_name(self, record: AttentionLine) -> SafeString:
        name = format_html("<bdi>{}</bdi>", shown_name(record.line))
        key = [self.course.pk, record.line.enrolment_id]
        url = reverse("reports:register-learner", args=key)
        linked = format_html('<a href="{}?{}">{}</a>', url, self.query, name)
        remark = name_remark(record.line)
        return format_html(
            '<span class="cell-text">{}{}</span>',
            linked,
            format_html('<span class="cell-sub">{}</span>', remark) if remark else "",
        )

    def render_why(self, record: AttentionLine) -> SafeString:
        reasons = format_html_join(
            "", "<li>{}</li>", ((self._reason(record, reason),) for reason in record.reasons)
        )
        return format_html('<ul class="reasons">{}</ul>', reasons)

    def render_attended(self, record: AttentionLine) -> SafeString:
        sums = record.tally
        of = _("%(attended)s of %(n)s that count") % {
            "attended": attended_text(sums),
            "n": count_text(sums.counted),
        }
        notes = [note for note in (of, not_known_text(sums)) if note]
        below = format_html_join("", '<span class="cell-sub">{}</span>', ((it,) for it in notes))
        return format_html("{}{}", or_unknown(share_text(sums.share)), below)

    def _reason(self, record: AttentionLine, reason: Reason) -> SafeString:
        word = format_html('<strong class="reason">{}</strong>', reason_word(reason))
        sentence = format_html("{} {}", word, reason_sentence(reason))
        # What was missed is said once: with the share, where that is too low.
        is_told = reason.kind == ReasonKind.OUT_OF_REACH or (
            reason.kind == ReasonKind.CLOSE and ReasonKind.BELOW in record.kinds
        )
        return sentence if is_told else format_html("{}{}", sentence, self._days(reason))

    def _days(self, reason: Reason) -> SafeString:
        links = [self._class(reason, one) for one in reason.classes[-MOST_DATES:]]
        parts = [part for part in (earlier_text(reason), *links) if part]
        if not parts:
            return SafeString()
        days = format_html_join(", ", "{}", ((part,) for part in parts))
        lead = days_lead(reason)
        return format_html('<span class="cell-sub">{}{}{}</span>', lead, " " if lead else "", days)

    def _class(self, reason: Reason, one: MarkedClass) -> SafeString:
        text = self.names.text(reason, one)
        url = reverse("reports:register-class", args=[self.course.pk, one.key])
        return format_html('<a class="nowrap" href="{}?{}">{}</a>', url, self.query, text)
