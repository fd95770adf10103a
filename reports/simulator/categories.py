"""Kaltura's categories and the entries published in them: category.list, categoryEntry.list.

A category is there when a room is published in it or below it; nothing else is stored. Who may
list them is an account's matter: a role that may not gets an error, while a KS under entitlement
gets an answer without them.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping

from reports.simulator.wire import ApiProblem
from reports.simulator.world import World

SEPARATOR = ">"
ACTIVE = 2
DEFAULT_PAGE, LARGEST_PAGE = 30, 500
SEPTEMBER_2025 = 1_756_684_800  # unix seconds; when everything was published

Parameters = Mapping[str, str]


def category_id(full_name: str) -> int:
    """Return the category's number: the same for a name, whatever else there is."""
    return zlib.crc32(full_name.encode()) + 1


def list_categories(world: World, parameters: Parameters, *, sees_all: bool) -> dict[str, object]:
    """Return the answer to category.list; an empty one for a KS that is not entitled to any."""
    names = _full_names(world) if sees_all else []
    wanted = parameters.get("filter[fullNameEqual]")
    if wanted is not None:
        names = [name for name in names if name == wanted]
    objects = [_category(name) for name in names]
    return _page(objects, parameters, "KalturaCategoryListResponse")


def list_category_entries(
    world: World, parameters: Parameters, *, sees_all: bool
) -> dict[str, object]:
    """Return the answer to categoryEntry.list, which has to name a category.

    Raises ApiProblem: MUST_FILTER_ON_ENTRY_OR_CATEGORY, CATEGORY_NOT_FOUND.
    """
    wanted = parameters.get("filter[categoryIdEqual]", "")
    if not wanted:
        raise ApiProblem("MUST_FILTER_ON_ENTRY_OR_CATEGORY", "Must filter on entry id or category")
    names = {str(category_id(name)): name for name in _full_names(world)}
    if wanted not in names or not sees_all:
        raise ApiProblem(
            "CATEGORY_NOT_FOUND", f'Category id "{wanted}" not found', {"CATEGORY_ID": wanted}
        )
    entries = [room.entry_id for room in world.rooms().values() if names[wanted] in room.categories]
    objects = [_category_entry(entry_id, names[wanted]) for entry_id in entries]
    return _page(objects, parameters, "KalturaCategoryEntryListResponse")


def _full_names(world: World) -> list[str]:
    found: set[str] = set()
    for room in world.rooms().values():
        for name in room.categories:
            found.update(_with_ancestors(name))
    return sorted(found)


def _with_ancestors(full_name: str) -> Iterable[str]:
    parts = full_name.split(SEPARATOR)
    return (SEPARATOR.join(parts[: depth + 1]) for depth in range(len(parts)))


def _full_ids(full_name: str) -> str:
    return SEPARATOR.join(str(category_id(name)) for name in _with_ancestors(full_name))


def _category(full_name: str) -> dict[str, object]:
    parent, _, name = full_name.rpartition(SEPARATOR)
    return {
        "id": category_id(full_name),
        "parentId": category_id(parent) if parent else 0,
        "depth": full_name.count(SEPARATOR),
        "name": name,
        "fullName": full_name,
        "fullIds": _full_ids(full_name),
        "createdAt": SEPTEMBER_2025,
        "status": ACTIVE,
        "objectType": "KalturaCategory",
    }


def _category_entry(entry_id: str, full_name: str) -> dict[str, object]:
    return {
        "categoryId": category_id(full_name),
        "entryId": entry_id,
        "createdAt": SEPTEMBER_2025,
        "updatedAt": SEPTEMBER_2025,
        "categoryFullIds": _full_ids(full_name),
        "status": ACTIVE,
        "objectType": "KalturaCategoryEntry",
    }


def _page(objects: list[dict[str, object]], parameters: Parameters, kind: str) -> dict[str, object]:
    size = min(_number(parameters, "pager[pageSize]", DEFAULT_PAGE), LARGEST_PAGE)
    first = (max(_number(parameters, "pager[pageIndex]", 1), 1) - 1) * size
    return {
        "objects": objects[first : first + size],
        "totalCount": len(objects),
        "objectType": kind,
    }


def _number(parameters: Parameters, name: str, default: int) -> int:
    text = parameters.get(name, "")
    return int(text) if text.isdecimal() else default
