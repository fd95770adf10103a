"""Files for Moodle's importers: grades for its gradebook, marks for the attendance activity.

What the importers accept was read in their code: Moodle's `grade/import/csv` (classes/load_data.php,
lib/csvlib.class.php, grade/import/lib.php) and mod_attendance's `import/marksessions.php` with
classes/import/marksessions.php and classes/form/import/marksessions_confirm.php.

Both read UTF-8 with or without a byte order mark, a comma between fields, as many fields in a line
as in the header, and leave it to the teacher which column is what. Of the gradebook's importer:
- One unknown person ends the whole import: who left the course or was erased isn't in the file.
- A line whose identifier is empty is taken for the person of the line before. So there is always
  "User ID", which everybody has, and another identifier only where everybody has one of their own.
- An empty grade becomes 0 in a new grade item, and takes the grade away in one that is there: whose
  share isn't known isn't in the file, and keeps what the gradebook has.
- Grades have a point in every language, and count as they are: the item must go up to 100, as a new
  one does. Feedback can be mapped to an item that is there already, not to a new one.

Of the attendance activity's importer:
- It marks one session of the activity, which has to be there: so a file is about one class.
- It finds people by `id`, `username`, `idnumber` or `email`, and offers the first column for it.
- `status` is the acronym of one of the activity's statuses, to the letter. An activity set up in
  English has P, L, A and E; other languages have others, so they can be given. Partly is L (late)
  because it counts half there as here. E counts half there too, but here excused classes are left out.
- Whom it can't find, and a status that it doesn't know, it reports and passes over. Who is unknown
  or was not enrolled isn't in the file. It overwrites marks and remarks of those who are.

Identifiers have to be verbatim, and a spreadsheet must not calculate any: one that it would counts
as none. The titles are Moodle's own English words, by which its forms choose columns.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence

from django.utils.translation import gettext as _now, gettext_lazy as _

from reports.analytics.presence import Mark, Tally
from reports.exports.columns import Column, Table
from reports.exports.export import Export
from reports.exports.register import RegisterShown
from reports.exports.spreadsheet import defused
from reports.queries.roster import RosterLine
from reports.queries.seats import Row
from reports.tables.marks import rule_text

# The acronyms that mod_attendance gives its statuses in English.
STATUSES: dict[Mark, str] = {
    Mark.PRESENT: "P",
    Mark.PARTLY: "L",
    Mark.ABSENT: "A",
    Mark.EXCUSED: "E",
}
Read = Callable[[RosterLine], str]
# What Moodle's forms call an identifier: in the gradebook, in the attendance activity. The first one
# is never empty.
_IDENTIFIERS: tuple[tuple[str, str, Read], ...] = (
    ("User ID", "id", lambda line: line.moodle_user_id),
    ("Username", "username", lambda line: line.user_name),
    ("ID number", "idnumber", lambda line: line.id_number),
    ("Email address", "email", lambda line: line.email),
)


def open_gradebook(shown: RegisterShown) -> Export:
    """Return the share of classes attended as a grade of 0 to 100, of who has one."""
    rows = [row for row in _in_moodle(shown) if row.share is not None]
    rule = rule_text(shown.register.rule.rule)

    def feedback(row: Row) -> str:
        return f"{_counts(row.tally)} {rule}"

    columns = (
        *_identifiers(rows, [title for title, _other, _read in _IDENTIFIERS]),
        Column[Row]("grade", "Attendance", "label", _grade),
        Column[Row]("feedback", "Feedback", "label", feedback),
    )
    table = Table("register-gradebook", "full", columns)
    return Export(table, ((row, None) for row in rows), shown.zone)


def open_marked_session(
    shown: RegisterShown, place: int | None, statuses: Mapping[Mark, str] = STATUSES
) -> Export:
    """Return who was what in the class at that place of the register; None: there is no class."""
    rows = [
        row for row in _in_moodle(shown) if place is not None and row.seats[place].mark in statuses
    ]

    def status(row: Row) -> str:
        return statuses[row.seats[place or 0].mark]

    columns = (
        *_identifiers(rows, [name for _title, name, _read in _IDENTIFIERS]),
        Column[Row]("status", "status", "text", status),
    )
    table = Table("register-attendance", "full", columns)
    return Export(table, ((row, None) for row in rows), shown.zone)


def _in_moodle(shown: RegisterShown) -> Iterator[Row]:
    """Yield who is in the course now."""
    for row in shown.rows:
        if row.line.is_current and not row.line.is_erased:
            yield row


def _identifiers(rows: Sequence[Row], titles: Sequence[str]) -> Iterator[Column[Row]]:
    """Yield Moodle's user id, and each further identifier that all of them have, no two the same."""
    for title, (_gradebook, name, read) in zip(titles, _IDENTIFIERS, strict=True):
        values = [read(row.line) for row in rows]
        is_everybodys = len({value.casefold() for value in values}) == len(values)
        if name == "id" or (is_everybodys and all(map(_is_identifier, values))):
            yield Column(name, title, "text", _of_line(read))


def _is_identifier(value: str) -> bool:
    """Whether importers read it as it is: they trim, take "0" for empty, and know no apostrophes."""
    return value.strip() == value and value not in ("", "0") and defused(value) == value


def _of_line(read: Read) -> Callable[[Row], str]:
    return lambda row: read(row.line)


def _grade(row: Row) -> str | None:
    """Return the share as per cent with as many decimals as it has, two at most."""
    if row.share is None:
        return None
    return f"{100 * row.share:.2f}".rstrip("0").rstrip(".")


def _counts(tally: Tally) -> str:
    """Return in words what the grade is made of."""
    parts = [
        _now("Present in %(n)s of %(all)s classes") % {"n": tally.present, "all": tally.counted}
    ]
    others = (
        (tally.partly, _("partly in %(n)s")),
        (tally.absent, _("absent in %(n)s")),
        (tally.excused, _("excused in %(n)s more")),
        (tally.unknown, _("unknown in %(n)s more")),
    )
    parts += [str(words) % {"n": count} for count, words in others if count]
    return f"{', '.join(parts)}."
