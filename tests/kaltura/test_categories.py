"""Categories: finding one by its name, and all that is published in it."""

import json
from urllib.parse import parse_qs

import pytest
import responses

from reports.kaltura import (
    Published,
    ServiceForbidden,
    UnknownApiError,
    UnreadableAnswer,
    find_category,
    published_in,
)
from reports.kaltura.categories import MOST_PAGES, PAGE_SIZE
from tests.kaltura.bodies import BASE, KS_2, json_error

CATEGORIES = f"{BASE}/api_v3/service/category/action/list"
ENTRIES = f"{BASE}/api_v3/service/categoryEntry/action/list"
NAME = "Moodle>site>channels>7"


def listed(*objects: object, total: int | None = None) -> bytes:
    """A list as Kaltura gives it."""
    count = len(objects) if total is None else total
    return json.dumps(
        {"objects": objects, "totalCount": count, "objectType": "KalturaListResponse"}
    ).encode()


def category(full_name: str = NAME, number: object = 4711) -> dict[str, object]:
    return {"id": number, "parentId": 3, "fullName": full_name, "objectType": "KalturaCategory"}


def entries(first: int, count: int) -> list[dict[str, object]]:
    return [
        {"categoryId": 4711, "entryId": f"1_{number:08d}", "status": 2}
        for number in range(first, first + count)
    ]


def sent(kaltura: responses.RequestsMock, at: int) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(kaltura.calls[at].request.body).items()}


def test_a_category_is_found_by_its_whole_name(kaltura, make_client):
    kaltura.post(CATEGORIES, body=listed(category()))
    kaltura.post(ENTRIES, body=listed(*entries(1, 2)))
    found = published_in(make_client().call, NAME)
    assert found == Published(NAME, ("1_00000001", "1_00000002"), is_whole=True)
    asked = sent(kaltura, 0)
    assert (asked["filter[fullNameEqual]"], asked["ks"], asked["format"]) == (NAME, KS_2, "1")
    assert sent(kaltura, 1)["filter[categoryIdEqual]"] == "4711"
    assert sent(kaltura, 1)["filter[statusEqual]"] == "2"


@pytest.mark.parametrize(
    ("answered", "found"),
    [
        ([], None),
        ([category("Moodle>site>channels>71")], None),
        ([category("moodle>SITE>channels>7", "12")], ("12", "moodle>SITE>channels>7")),
        ([category("Moodle>site>channels>7>x"), category()], ("4711", NAME)),
    ],
)
def test_only_the_category_of_that_name_is_taken(kaltura, make_client, answered, found):
    kaltura.post(CATEGORIES, body=listed(*answered))
    assert find_category(make_client().call, NAME) == found


def test_all_pages_are_asked_for(kaltura, make_client):
    total = 2 * PAGE_SIZE + 3
    kaltura.post(CATEGORIES, body=listed(category()))
    for first, count in ((0, PAGE_SIZE), (PAGE_SIZE, PAGE_SIZE), (2 * PAGE_SIZE, 3)):
        kaltura.post(ENTRIES, body=listed(*entries(first, count), total=total))
    found = published_in(make_client().call, NAME)
    assert found is not None
    assert (len(found.entry_ids), found.is_whole) == (total, True)
    assert [sent(kaltura, at)["pager[pageIndex]"] for at in (1, 2, 3)] == ["1", "2", "3"]
    assert sent(kaltura, 3)["pager[pageSize]"] == str(PAGE_SIZE)


@pytest.mark.parametrize(
    "pages",
    [
        [listed(*entries(0, 5), total=7), listed(total=7)],  # two are withheld
        [listed(*entries(0, 3), total=6), listed(*entries(2, 3), total=6)],  # moved while listed
    ],
)
def test_a_list_that_lacks_something_is_not_whole(kaltura, make_client, pages):
    kaltura.post(CATEGORIES, body=listed(category()))
    for page in pages:
        kaltura.post(ENTRIES, body=page)
    found = published_in(make_client().call, NAME)
    assert found is not None
    assert not found.is_whole
    assert len(found.entry_ids) == len(set(found.entry_ids)) == 5


def test_an_endless_list_ends(kaltura, make_client):
    kaltura.post(CATEGORIES, body=listed(category()))
    kaltura.post(ENTRIES, body=listed(*entries(0, 2), total=10**9))
    found = published_in(make_client().call, NAME)
    assert found == Published(NAME, ("1_00000000", "1_00000001"), is_whole=False)
    assert len(kaltura.calls) == 1 + MOST_PAGES


def test_entries_that_only_members_may_list_are_a_category_unseen(kaltura, make_client):
    kaltura.post(CATEGORIES, body=listed(category()))
    kaltura.post(ENTRIES, body=json_error("CATEGORY_NOT_FOUND", "Category id not found"))
    assert published_in(make_client().call, NAME) is None


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (json_error("SERVICE_FORBIDDEN"), ServiceForbidden),
        (json_error("SOMETHING_NEW"), UnknownApiError),
        (b"[]", UnreadableAnswer),
        (b"null", UnreadableAnswer),
        (b'{"objects": {}, "totalCount": 0}', UnreadableAnswer),
        (b'{"objects": [], "totalCount": "0"}', UnreadableAnswer),
        (b'{"objects": ["x"], "totalCount": 1}', UnreadableAnswer),
        (listed({"id": 3}), UnreadableAnswer),
        (listed({"fullName": NAME, "id": True}), UnreadableAnswer),
    ],
)
def test_anything_else_is_an_error(kaltura, make_client, body, kind):
    kaltura.post(CATEGORIES, body=body)
    with pytest.raises(kind):
        published_in(make_client().call, NAME)


def test_a_category_without_an_entry_is_whole(kaltura, make_client):
    kaltura.post(CATEGORIES, body=listed(category()))
    kaltura.post(ENTRIES, body=listed())
    assert published_in(make_client().call, NAME) == Published(NAME, (), is_whole=True)
