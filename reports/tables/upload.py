"""What an upload says of itself, in words: what becomes of its sessions, and what stays unknown."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from reports.sync.upload.fate import Fate
from reports.sync.upload.summary import Wholeness

Text = str | Promise


class Words(NamedTuple):
    """A short word for a cell, and a sentence."""

    word: Text
    sentence: Text


FATES: dict[Fate, Words] = {
    Fate.NEW: Words(_("new"), _("Not known before: taken from the files.")),
    Fate.ADDED: Words(
        _("added"), _("Known already, but not what these files hold of them: that is added.")
    ),
    Fate.REPLACES: Words(
        _("replaced"), _("An earlier upload has them: its figures give way to these.")
    ),
    Fate.EARLIER: Words(
        _("as uploaded before"),
        _("An earlier upload has them as well or better: left as they are."),
    ),
    Fate.SAME: Words(_("as synced"), _("A sync has the same figures: nothing to do.")),
    Fate.DIFFERS: Words(
        _("kept as synced"), _("A sync has other figures than the files: the synced ones stay.")
    ),
    Fate.SYNCED: Words(
        _("kept as synced"),
        _("A sync has them, at least in part, so nothing is taken from the files."),
    ),
    Fate.ABSENT: Words(
        _("not in the sync"),
        _("Their days were synced, and Kaltura did not tell of them then: not taken."),
    ),
}

WHOLENESS: dict[Wholeness, Words] = {
    Wholeness.WHOLE: Words(_("complete"), _("Everything of them is here.")),
    Wholeness.EDGE: Words(
        _("partial"),
        _(
            "They touch an edge of the range and may go on beyond it. Their sums stay unknown until"
            " files or a sync of the hours beside it complete them."
        ),
    ),
    Wholeness.OPEN: Words(
        _("without an end"),
        _("They were running or never closed, so that nobody knows where they end."),
    ),
    Wholeness.CUT: Words(
        _("cut"),
        _(
            "The file of attendees has as many rows as Kaltura gives at most, or a line of it could"
            " not be read: somebody may be missing. Upload files of shorter ranges."
        ),
    ),
    Wholeness.MISMATCH: Words(
        _("disagree"),
        _(
            "The two reports tell different engagement: somebody may be missing, or the files are"
            " from different times. Ask Kaltura for both once more."
        ),
    ),
    Wholeness.NO_ATTENDEES: Words(
        _("no attendees"), _("No file says who was there: upload the file of attendees (6001).")
    ),
    Wholeness.NO_TIMES: Words(
        _("no times"), _("No file says when they took place: upload the file of sessions (6000).")
    ),
}


@dataclass(frozen=True)
class Count:
    """How many sessions share a fate or a lack."""

    count: int
    word: Text
    sentence: Text


@dataclass(frozen=True)
class Line:
    """One session, for the table."""

    cue_point_id: str
    room: str
    start_at: datetime | None
    end_at: datetime | None
    people: int | None
    view_seconds: int | None
    known_seconds: int | None
    fate: Text
    wholeness: Text
    is_whole: bool
    is_taken: bool


def fates_of(summary: Mapping[str, Any]) -> list[Count]:
    """Return what becomes of the sessions, in the order of FATES."""
    counts = summary.get("fates", {})
    return [Count(counts[fate], *words) for fate, words in FATES.items() if fate in counts]


def lacks_of(summary: Mapping[str, Any]) -> list[Count]:
    """Return why sessions that are taken stay unknown."""
    counts = summary.get("states", {})
    return [
        Count(counts[state], *words)
        for state, words in WHOLENESS.items()
        if state in counts and state != Wholeness.WHOLE
    ]


def lines_of(summary: Mapping[str, Any]) -> Iterator[Line]:
    """Yield the sessions that are listed one by one."""
    for row in summary.get("lines", []):
        fate, state = Fate(row["fate"]), row["wholeness"]
        yield Line(
            cue_point_id=row["cue_point_id"],
            room=row["room"],
            start_at=_moment(row["start_unix"]),
            end_at=_moment(row["end_unix"]),
            people=row["people"],
            view_seconds=row["view_seconds"],
            known_seconds=row["known_seconds"],
            fate=FATES[fate].word,
            wholeness=WHOLENESS[Wholeness(state)].word if state else "",
            is_whole=state == Wholeness.WHOLE,
            is_taken=fate.is_stored,
        )


def _moment(unix: int | None) -> datetime | None:
    return None if unix is None else datetime.fromtimestamp(unix, UTC)
