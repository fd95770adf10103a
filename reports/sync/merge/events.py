"""Tags of sessions with virtual events, from 6000 asked for one event at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reports.models import RoomSession, SessionEvent, VirtualEvent

if TYPE_CHECKING:
    from reports.sync.merge.tile import Merge


def write_event_tags(merge: Merge, sessions: dict[str, RoomSession]) -> None:
    """Tag the sessions of each event; an unfiltered answer also takes tags away."""
    for event_id, cues in merge.data.event_sessions.items():
        event = VirtualEvent.objects.filter(account=merge.account, event_id=event_id).first()
        if event is None:
            if not cues:
                continue  # mistyped, perhaps: it would be asked for with every tile from now on
            event = VirtualEvent.objects.create(account=merge.account, event_id=event_id)
        found = [sessions[cue] for cue in sorted(cues) if cue in sessions]
        SessionEvent.objects.bulk_create(
            [SessionEvent(session=session, event=event) for session in found],
            ignore_conflicts=True,
        )
        if not merge.is_filtered:
            others = [s.pk for cue, s in sessions.items() if cue not in cues]
            SessionEvent.objects.filter(event=event, session__in=others).delete()
