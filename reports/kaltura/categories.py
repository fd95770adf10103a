"""What is published in a category of Kaltura: a gallery, such as that of a Moodle course.

Belongs here: finding a category by its full name, and listing its entries to the last page. Does
not belong here: how a category is named (the caller knows), signing in, what an entry is.
Source: Kaltura's category and categoryEntry services (list). Two quirks of theirs: a KS that is not
entitled to a category gets an answer without it, or CATEGORY_NOT_FOUND; ``totalCount`` counts all
pages.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from reports.kaltura.errors import ApiError, UnreadableAnswer

PAGE_SIZE = 500  # the most that Kaltura gives
MOST_PAGES = 40  # a gallery of 20,000 entries; more than that is taken as cut
NOT_FOUND = "CATEGORY_NOT_FOUND"
_ACTIVE = "2"  # of a category, and of an entry in one: not pending, rejected or deleted

Ask = Callable[[str, str, Mapping[str, str]], object]  # service, action, form: KalturaClient.call


@dataclass(frozen=True, slots=True)
class Published:
    """The entries published in a category."""

    full_name: str  # as Kaltura writes it
    entry_ids: tuple[str, ...]  # each once, the oldest publication first
    is_whole: bool  # False: there are more, or they changed while they were listed


def published_in(ask: Ask, full_name: str) -> Published | None:
    """Return what is published in the category itself; None where this sign-in sees no such one.

    **Raises**: KalturaError, ServiceForbidden and UnreadableAnswer among them.
    """
    found = find_category(ask, full_name)
    if found is None:
        return None
    category_id, real_name = found
    try:
        return _listed(ask, category_id, real_name)
    except ApiError as error:
        if error.code == NOT_FOUND:  # shown in the list, but its entries to members alone
            return None
        raise


def find_category(ask: Ask, full_name: str) -> tuple[str, str] | None:
    """Return the category's id and its full name as Kaltura has it; None where there is none.

    **Raises**: as `published_in`.
    """
    form = {
        "filter[objectType]": "KalturaCategoryFilter",
        "filter[fullNameEqual]": full_name,
        "filter[statusEqual]": _ACTIVE,
    }
    objects, _ = _page(ask("category", "list", form))
    for category in objects:
        name = _text(category, "fullName")
        if (
            name.casefold() == full_name.casefold()
        ):  # Kaltura's search takes capitals for small ones
            return _text(category, "id"), name
    return None


def _listed(ask: Ask, category_id: str, full_name: str) -> Published:
    filters = {
        "filter[objectType]": "KalturaCategoryEntryFilter",
        "filter[categoryIdEqual]": category_id,
        "filter[statusEqual]": _ACTIVE,
        "filter[orderBy]": "+createdAt",
        "pager[pageSize]": str(PAGE_SIZE),
    }
    found: dict[str, None] = {}
    received = total = 0
    for number in range(1, MOST_PAGES + 1):
        page = {"pager[pageIndex]": str(number)}
        objects, total = _page(ask("categoryEntry", "list", filters | page))
        found.update(dict.fromkeys(_text(entry, "entryId") for entry in objects))
        received += len(objects)
        if not objects or received >= total:
            break
    return Published(full_name, tuple(found), is_whole=len(found) == total)


def _page(answer: object) -> tuple[list[Mapping[str, object]], int]:
    """Return the objects of a list's page, and how many all pages hold.

    **Raises**: UnreadableAnswer.
    """
    if isinstance(answer, Mapping):
        objects, total = answer.get("objects"), answer.get("totalCount")
        if isinstance(objects, list) and isinstance(total, int):
            return [_mapping(item) for item in objects], total
    raise UnreadableAnswer("Kaltura's answer is not a list.")


def _mapping(item: object) -> Mapping[str, object]:
    if isinstance(item, Mapping):
        return item
    raise UnreadableAnswer("Kaltura's list holds something that is no object.")


def _text(item: Mapping[str, object], name: str) -> str:
    value = item.get(name)
    if isinstance(value, str | int) and not isinstance(value, bool) and str(value):
        return str(value)
    raise UnreadableAnswer(f"Kaltura's list holds an object without its {name}.")
