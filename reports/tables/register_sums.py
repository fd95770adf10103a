"""The small tables below a register's grid: how each class adds up, and who else was there."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

from django.utils.html import conditional_escape, escape, format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from reports.analytics.presence import Mark
from reports.definitions import OTHER_WORDS
from reports.queries.register import Register
from reports.queries.register_others import KINDS, Visitor
from reports.queries.seats import ClassSums
from reports.tables.figures import count_text, unknown_text
from reports.tables.register import class_name
from reports.tables.roster import shown_name
from reports.tables.rows import or_unknown

MOST_VISITORS = 100  # shown of those who are none of the learners
TALLIED = (Mark.PRESENT, Mark.PARTLY, Mark.ABSENT, Mark.EXCUSED, Mark.UNKNOWN)


def class_rows(found: Register, zone: ZoneInfo) -> SafeString:
    """Return a row for each class: marks, learners who were there or not, everybody else."""
    rooms = {one.parts[0].room_id for one in found.classes}
    query = urlencode({"tz": zone.key})
    parts = []
    for number, (one, sums) in enumerate(zip(found.classes, found.sums, strict=True), 1):
        link = f"class/{quote(one.cue_point_id, safe='')}/?{query}"
        name = class_name(one, zone, with_room=len(rooms) > 1)
        cells = "".join(f'<td class="num">{text}</td>' for text in _numbers(sums))
        parts.append(
            format_html(
                '<tr><th scope="row"><span class="cell-text"><span class="class-number">{}</span> '
                '<a href="{}">{}</a></span></th>{}</tr>',
                count_text(number),
                link,
                name,
                SafeString(cells),
            )
        )
    return SafeString("".join(parts))


def _numbers(sums: ClassSums) -> Sequence[str]:
    """Return the texts of a class's cells, escaped."""
    marks = [count_text(getattr(sums.tally, mark.value)) for mark in TALLIED]
    people: Sequence[int | None] = (
        *(sums.there, sums.missing, sums.unknown, sums.learners),
        *(sums.staff, sums.others, sums.attendees, sums.doubles),
    )
    if not sums.is_known:
        unknown = conditional_escape(or_unknown(unknown_text()))
        return [*map(escape, marks), *([unknown] * 3), escape(count_text(sums.learners))] + [
            unknown
        ] * 4
    return [escape(text) for text in [*marks, *map(count_text, people)]]


class VisitorLine(NamedTuple):
    """Somebody else as the page shows them."""

    name: str
    kind: str
    classes: int
    seconds: int


@dataclass(frozen=True)
class VisitorTable:
    """Who else was there, the first of them; and how many are of which kind."""

    visitors: Sequence[Visitor]

    @property
    def lines(self) -> list[VisitorLine]:
        return [
            VisitorLine(_visitor_name(it), str(OTHER_WORDS[it.kind]), it.classes, it.seconds)
            for it in self.visitors[:MOST_VISITORS]
        ]

    @property
    def count(self) -> int:
        return len(self.visitors)

    @property
    def left_out(self) -> int:
        return max(0, self.count - MOST_VISITORS)

    @property
    def kinds(self) -> list[tuple[str, int]]:
        """The kinds there are, each with how many people are of it."""
        found = [it.kind for it in self.visitors]
        return [(str(OTHER_WORDS[kind]), found.count(kind)) for kind in KINDS if kind in found]


def _visitor_name(visitor: Visitor) -> str:
    if visitor.line is not None:
        return shown_name(visitor.line)
    if visitor.person.erased_at is not None:
        return _("Erased person")
    return visitor.person.name or visitor.person.user_id or _("Person without a name")
