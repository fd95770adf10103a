"""Everything held about one person, for that person: a ZIP of CSV files with a README.

A ZIP, because the kinds of rows differ; CSV, because anybody's spreadsheet opens it and a program
reads it too. The attendances are the file of the person's page, so the figures are the same.
"""

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from reports.exports.cells import utc_time
from reports.exports.csv_file import BYTE_ORDER_MARK, stream_csv
from reports.exports.people import export_visits
from reports.exports.spreadsheet import defused
from reports.models import (
    AccessLogEntry,
    Person,
    Role,
    RoomSession,
    SetAsideLine,
    Snapshot,
)
from reports.queries.people import person_sessions
from reports.queries.sessions import SessionFilter, session_list
from reports.sync.erasure import (
    find_traces,
    hosted,
    links_of,
    set_aside_naming,
)
from reports.sync.moodle_users import corrections_of, enrolments_of, moodle_users_of
from reports.sync.traces import Words

CONTENT_TYPE = "application/zip"
README = "README.txt"
Cells = Iterable[object]


class HeldFile(NamedTuple):
    """One file of the archive."""

    name: str
    sentence: str  # what is in it
    text: str
    row_count: int


def person_archive(person: Person, zone: ZoneInfo) -> io.BytesIO:
    """Return the archive, at its beginning. Times are in the zone and, where said, in UTC."""
    files = list(held_files(person, zone))
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr(README, readme(person, files, zone))
        for file in files:
            packed.writestr(file.name, file.text)
    archive.seek(0)
    return archive


def archive_name(person: Person) -> str:
    """Return a name for the download that tells nobody's name."""
    return f"rollcall-person-{person.pk}.zip"


def held_files(person: Person, zone: ZoneInfo) -> Iterator[HeldFile]:
    """Yield the archive's tables; one without rows says that there are none."""
    yield _table(
        "person.csv",
        _("Who the person is, as Kaltura told it."),
        (_("Field"), _("Value")),
        _identity(person),
    )
    yield _attendances(person, zone)
    yield _table(
        "hosted-sessions.csv",
        _(
            "Sessions whose host or initiator has this name. Kaltura gives hosts by name alone, so"
            " these may be somebody else's of the same name."
        ),
        (_("Session"), _("Room"), _("Start (UTC)"), _("Host"), _("Initiator")),
        (
            (it.cue_point_id, it.room.name, it.started_at, it.host_name, it.initiator)
            for it in _hosted(person)
        ),
    )
    yield _table(
        "unread-lines.csv",
        _("Lines of Kaltura's answers that could not be read and name the person's id or address."),
        (_("Day (UTC)"), _("Report"), _("Line"), _("Text")),
        ((it.tile.start_at, it.report_id, it.number, it.text) for it in _unread(person)),
    )
    yield _table(
        "access-log.csv",
        _("When somebody viewed, exported or changed this person's data here, and in which role."),
        (_("When (UTC)"), _("Whose role"), _("What"), _("On what")),
        ((it.at, _role_of(it), it.action, it.target) for it in log_entries_about(person)),
    )
    yield from _decisions(person)
    yield _table(
        "kept-answers.csv",
        _("Answers of Kaltura that somebody looked at and that name the person; they expire."),
        (_("Report"), _("Asked (UTC)"), _("Expires (UTC)")),
        ((it.report_id, it.requested_at, it.expires_at) for it in _snapshots(person)),
    )


def readme(person: Person, files: list[HeldFile], zone: ZoneInfo) -> str:
    """Return what each file is, and what is not in the archive."""
    made = utc_time(timezone.now())
    lines = [
        _("Everything that %(site)s holds about one person") % {"site": settings.SITE_NAME},
        "",
        _("Account: %(account)s") % {"account": person.account.name},
        _("Made: %(at)s; other times are in %(zone)s.") % {"at": made, "zone": zone.key},
        _("The files are CSV in UTF-8: a spreadsheet opens them. A file with one line is empty."),
        "",
    ]
    for file in files:
        lines += [f"{file.name} ({file.row_count})", f"  {file.sentence}", ""]
    lines += [
        _(
            "Not in here: what Kaltura and Moodle hold themselves; files that somebody downloaded"
            " before; backups; lines with nothing but the same name."
        ),
    ]
    return "\r\n".join(lines) + "\r\n"


def log_entries_about(person: Person) -> Iterable[AccessLogEntry]:
    """Return the lines of the access log whose target is the person, oldest first."""
    targets = (f"person {person.pk}", f"attendees of person {person.pk}")
    found = AccessLogEntry.objects.filter(target__in=targets).select_related("user")
    return found.order_by("at", "pk")


def _role_of(entry: AccessLogEntry) -> str:
    """Return what somebody was here; who it was is no data of the person looked at."""
    if entry.user is None:
        return _("unknown")
    role = Role.ADMINISTRATOR if entry.user.is_administrator else entry.user.role
    return str(Role(role).label)


def _identity(person: Person) -> Iterator[Cells]:
    yield _("Account"), person.account.name
    yield _("Kaltura user id"), person.user_id
    yield _("Name"), person.name
    yield _("E-mail"), person.email
    yield _("Key here"), person.key
    yield _("Number here"), person.pk
    if person.erased_at:
        yield _("Erased (UTC)"), person.erased_at


def _attendances(person: Person, zone: ZoneInfo) -> HeldFile:
    sessions = RoomSession.objects.filter(account=person.account_id)
    rows = person_sessions(person, session_list(sessions, SessionFilter(order="start")))
    text = "".join(stream_csv(export_visits(rows, "full", zone)))
    sentence = _("Every session that the person attended, with times and figures.")
    return HeldFile("attendances.csv", sentence, text, len(rows))


def _hosted(person: Person) -> Iterable[RoomSession]:
    keys = [session.pk for session in hosted(person)]
    found = RoomSession.objects.filter(pk__in=keys).select_related("room")
    return found.order_by("started_at", "pk")


def _unread(person: Person) -> Iterable[SetAsideLine]:
    """Return the lines; not by the name alone: they would tell of somebody else of that name."""
    sure = Words.of(["" if person.is_placeholder else person.user_id, person.email])
    keys = set_aside_naming(person.account_id, sure, beside=False)
    found = SetAsideLine.objects.filter(pk__in=keys).select_related("tile")
    return found.order_by("tile__start_at", "report_id", "number")


def _decisions(person: Person) -> Iterator[HeldFile]:
    users = moodle_users_of(person)
    links = list(links_of(person).select_related("site", "course", "made_by"))
    yield _table(
        "moodle-links.csv",
        _("Which Moodle user the person was taken for, and by whom; undone decisions too."),
        (_("Moodle"), _("Course"), _("Moodle user"), _("Made (UTC)"), _("Undone (UTC)")),
        ((it.site, it.course, it.moodle_user_id, it.made_at, it.undone_at) for it in links),
    )
    yield _table(
        "enrolments.csv",
        _(
            "Moodle courses in which the person is enrolled: by the user name, by another exact key"
            " of the Moodle site, or because somebody said so."
        ),
        (
            *(_("Moodle"), _("Course"), _("Moodle user"), _("Name"), _("E-mail"), _("Id number")),
            *(_("First listed (UTC)"), _("Latest listed (UTC)")),
        ),
        (
            (
                *(it.course.site, it.course, it.moodle_user_id, it.name, it.email, it.id_number),
                *(it.first_seen_at, it.last_seen_at),
            )
            for it in enrolments_of(users).select_related("course__site").order_by("pk")
        ),
    )
    corrections = corrections_of(users).select_related("course")
    yield _table(
        "corrections.csv",
        _(
            "What teachers noted about the presence of that Moodle user, and what was computed then."
        ),
        (
            *(_("Course"), _("Session"), _("Presence"), _("Reason"), _("Computed then")),
            *(_("Seconds then"), _("Made (UTC)"), _("Undone (UTC)")),
        ),
        (
            (
                *(it.course, it.cue_point_id, it.presence, it.reason),
                *(it.computed_mark, it.computed_seconds, it.made_at, it.undone_at),
            )
            for it in corrections.order_by("made_at", "pk")
        ),
    )


def _snapshots(person: Person) -> Iterable[Snapshot]:
    keys = find_traces(person).snapshots
    return Snapshot.objects.filter(pk__in=keys).without_content()


def _table(
    name: str, sentence: str, titles: Iterable[str | Promise], rows: Iterable[Cells]
) -> HeldFile:
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow([str(title) for title in titles])
    count = 0
    for row in rows:
        writer.writerow([_cell(value) for value in row])
        count += 1
    return HeldFile(name, sentence, BYTE_ORDER_MARK + buffer.getvalue(), count)


def _cell(value: object) -> str:
    if value is None:
        return ""
    return utc_time(value) if isinstance(value, datetime) else defused(str(value))
