"""Which session a breakout belongs to: the one of its parent room that contains its start.

None or several: NULL, and the breakout is listed under the room. A session without a known end
contains nothing for certain.
"""

from collections import defaultdict
from collections.abc import Iterable

from django.db.models import Max, Min, Q

from reports.models import RoomSession
from reports.sync.merge.rows import update_rows


def link_main_sessions(touched: Iterable[int]) -> None:
    """Set `main_session` of the touched breakouts, and of those inside touched main sessions."""
    changed = RoomSession.objects.filter(pk__in=touched)
    rooms = set(changed.filter(room__parent__isnull=True).values_list("room_id", flat=True))
    parents = changed.values_list("room__parent_id", flat=True)
    rooms |= {parent for parent in parents if parent is not None}
    reach = changed.aggregate(first=Min("started_at"), start=Max("started_at"), end=Max("ended_at"))
    if not rooms or reach["first"] is None:
        return
    within = Q(started_at__gte=reach["first"], started_at__lte=max(reach["start"], reach["end"]))
    # A main session that ends earlier than was thought reaches no more to those that it had.
    had = Q(main_session__in=changed)
    breakouts = RoomSession.objects.filter(within | had, room__parent__in=rooms)
    breakouts = breakouts.select_related("room")
    mains: defaultdict[int, list[RoomSession]] = defaultdict(list)
    starts = [breakout.started_at for breakout in breakouts]
    if not starts:
        return
    candidates = RoomSession.objects.filter(
        room__in=rooms,
        length_seconds__isnull=False,
        started_at__lte=max(starts),
        ended_at__gte=min(starts),
    )
    for session in candidates:
        mains[session.room_id].append(session)
    moved = []
    for breakout in breakouts:
        found = _containing(breakout, mains[breakout.room.parent_id or 0])
        if breakout.main_session_id != found:
            breakout.main_session_id = found
            moved.append(breakout)
    update_rows(moved, ["main_session"])


def _containing(breakout: RoomSession, mains: list[RoomSession]) -> int | None:
    inside = [m.pk for m in mains if m.started_at <= breakout.started_at < m.ended_at]
    return inside[0] if len(inside) == 1 else None
