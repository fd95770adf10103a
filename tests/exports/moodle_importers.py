"""What Moodle's two importers make of a file, as far as a file can go wrong in them.

Not their code: the same behaviour, as read there. See `reports.exports.moodle_presets`.
"""

import csv
import io
from collections.abc import Mapping


class ImportEnds(Exception):
    """The importer gives up, and nothing of the file counts."""


def _lines(text: str) -> list[list[str]]:
    """Read the file. Raises: ImportEnds for lines of another length than the header."""
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").strip()
    lines = list(csv.reader(io.StringIO(text)))
    if not lines or any(len(line) != len(lines[0]) for line in lines):
        raise ImportEnds("weird columns")
    return lines


def import_grades(
    text: str, identifier: str, *, grade: str, feedback: str | None = None
) -> tuple[dict[str, float], dict[str, str]]:
    """Return the grades and the feedback by person: the columns are chosen as a teacher does."""
    header, *lines = _lines(text)
    who = header.index(identifier)
    grades: dict[str, float] = {}
    said: dict[str, str] = {}
    person = ""
    for line in lines:
        person = line[who].strip() or person  # an empty one is the person of the line before
        if not person or person.startswith("'"):
            raise ImportEnds("nobody of that name")
        value = line[header.index(grade)].strip()
        number = float(value or 0)  # in a new grade item, nothing is 0
        if not 0 <= number <= 100:
            raise ImportEnds("the grade is too large")
        if person in grades:
            raise ImportEnds(f"{person} has two grades")
        grades[person] = number
        if feedback:
            said[person] = line[header.index(feedback)].strip()
    return grades, said


def mark_session(
    text: str, identifier: str, users: Mapping[str, str], acronyms: str
) -> tuple[dict[str, str], list[str]]:
    """Return the marks by user, and whom the importer complained about and passed over."""
    header, *lines = _lines(text)
    marks: dict[str, str] = {}
    problems = []
    for line in lines:
        name = line[header.index(identifier)].lower()  # not trimmed
        user, status = users.get(name), line[header.index("status")]
        if user is None or user in marks or status not in list(acronyms):
            problems.append(name)
        else:
            marks[user] = status
    return marks, problems
