"""What a slow query found, kept in the cache until the data or somebody's rights change."""

from collections.abc import Callable
from hashlib import sha256
from typing import Any, TypeVar

from django.core.cache import cache
from django.core.exceptions import EmptyResultSet
from django.db.models import QuerySet

from reports.access import Viewer
from reports.models import Account

KEPT_SECONDS = 24 * 3600

T = TypeVar("T")


def kept(viewer: Viewer, query: QuerySet[Any, Any], what: str, read: Callable[[], T]) -> T:
    """Return what `read` makes of the query, from the cache if nothing has changed since.

    One query to find out for an administrator, two for others. Names of people are no value to keep:
    the cache may be another machine's memory.
    """
    try:
        key = _key(viewer, query, what)
    except EmptyResultSet:  # Django knows without asking that nothing can be found
        return read()
    found = cache.get(key)
    if found is None:
        found = read()
        cache.set(key, found, KEPT_SECONDS)
    value: T = found
    return value


def _key(viewer: Viewer, query: QuerySet[Any, Any], what: str) -> str:
    """Return a key of the query, of the rights it depends on, and of what is stored.

    Accounts are named by more than their numbers: another installation may use the same cache, and
    its account 1 is somebody else's. Their names are in it because lists are sorted by them.
    """
    sql, parameters = query.query.sql_with_params()
    # The rooms themselves, whatever they are somebody's by: a grant, or a course that has them.
    rooms = viewer.rooms().order_by("pk").values_list("pk", flat=True)
    rights = None if viewer.is_administrator else list(rooms)
    versions = sorted(Account.objects.values_list("pk", "data_version", "created_at", "name"))
    state = repr((sql, parameters, rights, versions))
    return f"{what}-{sha256(state.encode()).hexdigest()}"
