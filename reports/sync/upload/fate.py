"""What becomes of each session in an upload: stored, or left as it is because a sync knows it.

Decided from what is stored at that moment, so that a preview and what is done later may differ;
what was done is what the upload says in the end.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from enum import StrEnum

from reports.kaltura import ATTENDEES
from reports.models import Account, Attendance, RoomSession, SessionPart, TileAnswer
from reports.sync.answers import NO_ATTENDEES, TileData
from reports.sync.merge.uploads import lies_inside
from reports.sync.spans import as_datetime, as_unix, days_between

CHUNK = 1000
FOR_EVER = 2**62


class Fate(StrEnum):
    """The words are kept with the upload."""

    NEW = "new"  # not known before
    ADDED = "added"  # known, but nothing of these hours
    REPLACES = "replaces"  # an earlier upload's figures of it
    EARLIER = "earlier"  # an earlier upload has it, as well or better
    SAME = "same"  # synced, with the same figures
    DIFFERS = "differs"  # synced, with other figures: those stay
    SYNCED = "synced"  # synced at least in part, and can't be compared
    ABSENT = "absent"  # its days were synced, and Kaltura didn't tell of it

    @property
    def is_stored(self) -> bool:
        """True when the file's figures are taken."""
        return self in (Fate.NEW, Fate.ADDED, Fate.REPLACES)


@dataclass
class Known:
    """What is stored of a session."""

    session: RoomSession
    parts: list[SessionPart] = field(default_factory=list)
    has_synced_rows: bool = False  # attendees from a synced day inside of the upload's range

    @property
    def has_synced_facts(self) -> bool:
        """True when a sync has told of it: then its times and host are Kaltura's newest."""
        synced = any(part.tile.upload_id is None for part in self.parts)
        return synced and self.session.facts_asked_at is not None

    def earlier(self, data: TileData) -> list[SessionPart]:
        """Return its parts in uploads that have hours in common with this one."""
        start, end = as_datetime(data.span.start), as_datetime(data.span.end)
        return [
            part
            for part in self.parts
            if part.tile.upload_id is not None
            and part.tile.start_at < end
            and part.tile.end_at > start
        ]


def known_sessions(account: Account, data: TileData) -> dict[str, Known]:
    """Return what is stored of the upload's sessions, by cue point id."""
    found: dict[str, Known] = {}
    cues = sorted(data.cue_points())
    for first in range(0, len(cues), CHUNK):
        sessions = RoomSession.objects.filter(
            account=account, cue_point_id__in=cues[first : first + CHUNK]
        )
        by_pk = {session.pk: Known(session) for session in sessions}
        for part in SessionPart.objects.filter(session__in=by_pk).select_related("tile"):
            by_pk[part.session_id].parts.append(part)
        synced = Attendance.objects.filter(
            session__in=by_pk,
            tile__upload__isnull=True,
            tile__start_at__lt=as_datetime(data.span.end),
            tile__end_at__gt=as_datetime(data.span.start),
        )
        for pk in synced.values_list("session_id", flat=True).distinct():
            by_pk[pk].has_synced_rows = True
        found |= {known.session.cue_point_id: known for known in by_pk.values()}
    return found


def synced_days(account: Account, data: TileData) -> set[int]:
    """Return the starts (unix) of the days of the range whose attendees a sync has, all of them."""
    answers = TileAnswer.objects.filter(
        report_id=ATTENDEES,
        is_cut=False,
        tile__account=account,
        tile__upload__isnull=True,
        tile__start_at__lt=as_datetime(data.span.end),
        tile__end_at__gt=as_datetime(data.span.start),
    )
    return {as_unix(at) for at in answers.values_list("tile__start_at", flat=True)}


class Judge:
    """Decides; the same for a preview and for storing."""

    def __init__(self, account: Account, data: TileData) -> None:
        self.data = data
        self.known = known_sessions(account, data)
        self.days = synced_days(account, data)
        self.totals: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
        self.entry_of: dict[str, str] = {}  # room ids, out of the file of attendees
        for row in data.attendances.values():
            self.entry_of[row.cue_point_id] = row.entry_id
            of = self.totals[row.cue_point_id]
            of[0] += 1
            of[1] += row.view_seconds
            of[2] += row.engaged_seconds

    def fate_of(self, cue: str) -> Fate:
        """Return what becomes of the session."""
        known = self.known.get(cue)
        if known is None:
            return Fate.ABSENT if self._was_synced(cue) else Fate.NEW
        if known.has_synced_rows or (known.has_synced_facts and self._adds_nothing(cue)):
            return self._beside_a_sync(cue, known)
        earlier = known.earlier(self.data)
        if earlier and cue in self.totals:
            return self._beside_an_upload(cue, known, earlier)
        return Fate.ADDED  # of a session with nobody in it: its times, its room and its host

    def times_of(self, cue: str) -> tuple[int, int] | None:
        """Return start and end (unix): as a sync has told them, else as the files do."""
        known = self.known.get(cue)
        told = self.data.sessions.get(cue) or self.data.breakouts.get(cue)
        if told and not (known and known.has_synced_facts):
            return told.start_unix, told.end_unix
        if known and known.session.facts_asked_at is not None:
            return as_unix(known.session.started_at), as_unix(known.session.ended_at)
        return None

    def figures_of(self, cue: str) -> tuple[int, int, int]:
        """Return people, view seconds and engaged seconds in the files."""
        people, view, engaged = self.totals.get(cue, (0, 0, 0))
        return people, view, engaged

    def has_all_attendees(self, cue: str) -> bool:
        """Return whether the files have everybody who was in the session in these hours."""
        data = self.data
        is_sure = cue not in data.cut_sessions and data.checks.get(cue) != NO_ATTENDEES
        return is_sure and data.answered(ATTENDEES)

    def is_inside(self, cue: str) -> bool:
        """Return whether the session lies in the range and touches neither of its edges."""
        times, span = self.times_of(cue), self.data.span
        if times is None or times[1] <= times[0]:
            return False
        return lies_inside(times[0], times[1], [(span.start, span.end)])

    def _was_synced(self, cue: str) -> bool:
        """Return whether a sync has asked for all of the session's days."""
        times = self.times_of(cue)
        if times is None:
            return False
        needed = {day.start for day in days_between(times[0], max(times))}
        return needed <= self.days

    def _adds_nothing(self, cue: str) -> bool:
        return cue not in self.totals or self._was_synced(cue)

    def _beside_a_sync(self, cue: str, known: Known) -> Fate:
        can_compare = self.has_all_attendees(cue) and self.is_inside(cue)
        if not can_compare or not known.session.is_whole:
            return Fate.SYNCED
        return Fate.SAME if self._stored(known) == self.figures_of(cue) else Fate.DIFFERS

    def _beside_an_upload(self, cue: str, known: Known, earlier: list[SessionPart]) -> Fate:
        others = [part for part in known.parts if part not in earlier]
        spans = [_span(part) for part in others if part.attendees_asked_at is not None]
        spans.append((self.data.span.start, self.data.span.end))
        times = self.times_of(cue)
        will_be_whole = bool(
            times
            and times[0] < times[1]
            and self.has_all_attendees(cue)
            and lies_inside(*times, spans)
        )
        if known.session.is_whole:
            if not will_be_whole or self._stored(known) == self.figures_of(cue):
                return Fate.EARLIER
            return Fate.REPLACES
        if will_be_whole:
            return Fate.REPLACES
        if not self.has_all_attendees(cue) or times is None:
            return Fate.EARLIER
        had = sum(_seconds_of(times, _span(part)) for part in earlier if part.attendees_asked_at)
        now = _seconds_of(times, (self.data.span.start, self.data.span.end))
        return Fate.REPLACES if now >= had else Fate.EARLIER

    def _stored(self, known: Known) -> tuple[int | None, int | None, int | None]:
        session = known.session
        return session.attendee_count, session.view_seconds, session.engaged_seconds


def _span(part: SessionPart) -> tuple[int, int]:
    return as_unix(part.tile.start_at), as_unix(part.tile.end_at)


def _seconds_of(times: tuple[int, int], span: tuple[int, int]) -> int:
    """Return how much of the session a span covers; one without an end goes on for ever."""
    end = times[1] if times[1] > times[0] else FOR_EVER
    return max(0, min(end, span[1]) - max(times[0], span[0]))
