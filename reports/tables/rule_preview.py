"""What another rule would change, as tables: learners and classes of a course, courses of a site."""

from collections.abc import Iterable
from typing import Any
from zoneinfo import ZoneInfo

import django_tables2 as tables
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, gettext_lazy as _

from reports.analytics.presence import Mark
from reports.definitions import MARK_SIGNS
from reports.queries.rule_preview import Change, CoursePreview
from reports.tables.figures import count_text, duration_text, share_text
from reports.tables.marks import class_title, mark_word
from reports.tables.people import NOWRAP
from reports.tables.roster import shown_name
from reports.tables.rows import NUMBER, DataTable, FigureColumn, OrderedRows, labelled, or_unknown


def mark_with_word(mark: Mark) -> SafeString:
    """Return the sign and its word, both to be seen."""
    return format_html(
        '<span class="mark mark-{}"><span aria-hidden="true">{}</span> {}</span>',
        mark.value,
        MARK_SIGNS[mark],
        mark_word(mark),
    )


class ChangeTable(DataTable):
    """Learners in classes who would be something else."""

    caption = _("Marks that would change")

    learner = tables.Column(verbose_name=_("Learner"), empty_values=())
    one = tables.Column(verbose_name=_("Class"), empty_values=(), attrs=NOWRAP)
    change = tables.Column(verbose_name=_("Change"), empty_values=(), attrs=NOWRAP)
    time = tables.Column(
        verbose_name=_("Time in class"), empty_values=(), attrs=labelled(_("Time in class"), NUMBER)
    )
    share = tables.Column(
        verbose_name=_("Share"), empty_values=(), attrs=labelled(_("Share"), NUMBER)
    )

    class Meta(DataTable.Meta):
        attrs = {"class": "data-table as-cards"}

    def __init__(self, changes: Iterable[Change], zone: ZoneInfo, **kwargs: Any) -> None:
        super().__init__(OrderedRows(changes), **kwargs)
        self.zone = zone

    def render_learner(self, record: Change) -> SafeString:
        return format_html('<span class="cell-text"><bdi>{}</bdi></span>', shown_name(record.line))

    def render_one(self, record: Change) -> str | SafeString:
        return or_unknown(class_title(record.one, self.zone))

    def render_change(self, record: Change) -> SafeString:
        return format_html(
            '{} <span aria-hidden="true">→</span><span class="visually-hidden">{}</span> {}',
            mark_with_word(record.before.mark),
            gettext("becomes"),
            mark_with_word(record.after.mark),
        )

    def render_time(self, record: Change) -> str | SafeString:
        return or_unknown(duration_text(record.after.seconds))

    def render_share(self, record: Change) -> str | SafeString:
        return or_unknown(share_text(record.after.share))


class CourseChangeTable(DataTable):
    """Courses by the site's default, and how much would change in each."""

    caption = _("Courses, and the marks that would change in them")

    course = tables.Column(verbose_name=_("Course"), empty_values=())
    classes = FigureColumn(count_text, verbose_name=_("Classes"), accessor="preview__classes")
    changes = tables.Column(verbose_name=_("Marks that would change"), attrs=NUMBER)
    learners = FigureColumn(count_text, verbose_name=_("Of learners"), accessor="preview__learners")

    class Meta(DataTable.Meta):
        pass

    def __init__(self, lines: Iterable[CoursePreview]) -> None:
        super().__init__(OrderedRows(lines))

    def render_course(self, record: CoursePreview) -> SafeString:
        url = reverse("reports:course-rule", args=[record.course.pk])
        return format_html(
            '<span class="cell-text"><a href="{}"><bdi>{}</bdi></a></span>', url, record.course
        )

    def value_changes(self, record: CoursePreview) -> int:
        return len(record.preview.changes)

    render_changes = value_changes
