"""How many different people: the one count that no stored sum can give.

Counted in the database over the attendances of the wanted sessions, and kept in the cache until data
or rights change: over years it takes seconds. Only whole sessions count, as in every sum.
"""

from collections.abc import Collection
from hashlib import sha256

from django.core.cache import cache
from django.db.models import Case, Count, F, QuerySet, When
from django.db.models.functions import Coalesce

from reports.access import Viewer
from reports.models import Account, Attendance, RoomGrant
from reports.models.session import RoomSessionQuerySet

KEPT_SECONDS = 24 * 3600


def people_count(viewer: Viewer, sessions: RoomSessionQuerySet) -> int:
    """Return how many different people were in the sessions, which are the viewer's.

    Somebody without a Kaltura user id counts once in each session. Two or three queries, of which
    the long one is spared while nothing has changed.
    """
    found = _attendances(sessions)
    key = _cache_key(viewer, found, "people")
    count = cache.get(key)
    if count is None:
        count = found.aggregate(people=Count("person", distinct=True))["people"]
        cache.set(key, count, KEPT_SECONDS)
    return int(count)


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
        _attendances(sessions)
        .annotate(main_room=by_room if orphan_ids else main)
        .values("main_room")
        .annotate(people=Count("person", distinct=True))
        .values_list("main_room", "people")
    )
    key = _cache_key(viewer, found, "people-by-room")
    counts: dict[int, int] | None = cache.get(key)
    if counts is None:
        counts = dict(found)
        cache.set(key, counts, KEPT_SECONDS)
    return counts


def _attendances(sessions: RoomSessionQuerySet) -> QuerySet[Attendance]:
    whole = sessions.filter(view_seconds__isnull=False).order_by()
    return Attendance.objects.filter(session__in=whole.values("pk")).order_by()


def _cache_key(viewer: Viewer, query: QuerySet[Attendance, object], what: str) -> str:
    """Return a key of the query, of the rights it depends on, and of the data's version."""
    sql, parameters = query.query.sql_with_params()
    rights = (
        None
        if viewer.is_administrator
        else sorted(RoomGrant.objects.filter(user=viewer.user).values_list("room_id", flat=True))
    )
    versions = sorted(Account.objects.values_list("pk", "data_version"))
    state = repr((sql, parameters, rights, versions))
    return f"{what}-{sha256(state.encode()).hexdigest()}"
