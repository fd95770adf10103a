"""The headline figures of one answer, and its notes: what is cut, broken or missing."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _, ngettext

from reports.kaltura import ATTENDEES, SESSIONS
from reports.queries.snapshots import SnapshotView
from reports.tables.figures import count_text, duration_text, share_text, unknown_text

HOUR_SECONDS = 3600


@dataclass(frozen=True)
class Figure:
    """A number with its name."""

    key: str
    name: str
    text: str
    note: str = ""
    definition: str = ""  # a key of DEFINITIONS

    @property
    def is_unknown(self) -> bool:
        return self.text == unknown_text()


def figures_of(view: SnapshotView) -> list[Figure]:
    """Return what the answer comes to; what needs a column that was left out is unknown."""
    if view.spec.id == ATTENDEES:
        return _of_attendees(view)
    return _of_sessions(view) if view.spec.id == SESSIONS else _of_breakouts(view)


def _of_sessions(view: SnapshotView) -> list[Figure]:
    summary = view.summary
    return [
        Figure(
            "sessions", _("Sessions"), count_text(summary.sessions), _("with viewing in the range")
        ),
        Figure("breakouts", _("Breakouts"), count_text(summary.breakouts), _("of the sessions")),
        Figure("rooms", _("Rooms"), count_text(summary.rooms)),
        _length(view),
    ]


def _of_attendees(view: SnapshotView) -> list[Figure]:
    summary = view.summary
    sessions = ngettext("in %(n)s session", "in %(n)s sessions", summary.sessions or 0)
    note = sessions % {"n": count_text(summary.sessions)} if summary.sessions is not None else ""
    seconds = duration_text(summary.view_seconds)
    return [
        Figure("people", _("People"), count_text(summary.people), note, "people"),
        Figure("guests", _("Guests"), count_text(summary.guests), _("of the people"), "guests"),
        Figure("rows", _("Attendances"), count_text(summary.rows), "", "attendances"),
        Figure("time", _("Time in session"), seconds, _("within the range"), "time_in_session"),
        Figure("engagement", _("Engagement"), share_text(summary.engagement), "", "engagement"),
    ]


def _of_breakouts(view: SnapshotView) -> list[Figure]:
    summary = view.summary
    return [
        Figure(
            "sessions", _("Breakouts"), count_text(summary.sessions), _("with viewing in the range")
        ),
        Figure("rooms", _("Breakout rooms"), count_text(summary.rooms)),
        Figure("main_rooms", _("Main rooms"), count_text(summary.main_rooms)),
        _length(view),
    ]


def _length(view: SnapshotView) -> Figure:
    summary = view.summary
    note = ""
    if summary.open_count:
        words = ngettext("%(n)s without an end", "%(n)s without an end", summary.open_count)
        note = words % {"n": count_text(summary.open_count)}
    return Figure("length", _("Length of all"), duration_text(summary.length_seconds), note)


def notes_of(view: SnapshotView, row_cap: int) -> Iterator[str]:
    """Yield what has to be known before the answer is relied on, in sentences."""
    summary, snapshot = view.summary, view.snapshot
    if snapshot.is_cut:
        yield _(
            "Kaltura gives at most %(cap)s rows and does not say when there are more. This answer"
            " has as many, so it is most likely cut: ask for a shorter time, or with a filter."
        ) % {"cap": count_text(row_cap)}
    if summary.broken_count:
        yield ngettext(
            "%(n)s line can't be read, mostly because of a line break in a name. It is in no figure"
            " here, and in Kaltura's own file as it came.",
            "%(n)s lines can't be read, mostly because of line breaks in names. They are in no"
            " figure here, and in Kaltura's own file as they came.",
            summary.broken_count,
        ) % {"n": count_text(summary.broken_count)}
    if summary.missing_columns:
        yield _("Kaltura's answer lacks these columns: %(names)s. What they tell is unknown.") % {
            "names": ", ".join(summary.missing_columns)
        }
    if summary.new_columns:
        yield _("Kaltura's answer has columns that are new here: %(names)s.") % {
            "names": ", ".join(summary.new_columns)
        }
    if snapshot.from_unix % HOUR_SECONDS or snapshot.to_unix % HOUR_SECONDS:
        yield _(
            "The range does not begin and end on a full UTC hour. Kaltura keeps viewing by the"
            " hour, so it may take whole hours at the edges."
        )
