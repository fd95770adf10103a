"""How many different people: the one count that no stored sum can give.

Counted in the database over the attendances of the wanted sessions, and kept in the cache until data
or rights change: over years it takes seconds. Only whole sessions count, as in every sum.
"""

from collections.abc import Collection

from django.db.models import Case, Count, F, QuerySet, When
from django.db.models.functions import Coalesce

from reports.access import Viewer
from reports.models import Attendance
from reports.models.session import RoomSessionQuerySet
from reports.queries.kept import kept


def people_count(viewer: Viewer, sessions: RoomSessionQuerySet) -> int:
    """Return how many different people were in the sessions, which are the viewer's.

    Somebody without a Kaltura user id counts once in each session. Two or three queries, of which
    the long one is spared while nothing has changed.
    """
    found = whole_attendances(sessions)

    def count() -> int:
        return int(found.aggregate(people=Count("person", distinct=True))["people"])

    return kept(viewer, found, "people", count)


def people_by_room(
    viewer: Viewer, sessions: RoomSessionQuerySet, orphan_ids: Collection[int] = ()
) -> dict[int, int]:
    """Return how many different people were in each main room, its breakouts included.

    `orphan_ids` are breakout rooms that stand for themselves, because the viewer doesn't see the
    room they belong to. Rooms without anybody are left out.
    """
    main = Coalesce("session__room__parent_id", "session__room_id")
    if orphan_ids:
        own = When(session__room__in=orphan_ids, then=F("session__room_id"))
        by_room = Case(own, default=main)
    found = (
        whole_attendances(sessions)
        .annotate(main_room=by_room if orphan_ids else main)
        .values("main_room")
        .annotate(people=Count("person", distinct=True))
        .values_list("main_room", "people")
    )
    return kept(viewer, found, "people-by-room", lambda: dict(found))


def whole_attendances(sessions: RoomSessionQuerySet) -> QuerySet[Attendance]:
    """Return the attendances of the sessions that are whole; of others some may be missing."""
    whole = sessions.filter(view_seconds__isnull=False).order_by()
    return Attendance.objects.filter(session__in=whole.values("pk")).order_by()
