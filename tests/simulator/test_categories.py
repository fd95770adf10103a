"""Categories of the simulator, asked over HTTP and by the client."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from reports.kaltura import AdminSecret, AppToken, KalturaClient, published_in
from reports.simulator.accounts import DEFAULT_ACCOUNT, AppToken as SimulatedToken
from reports.simulator.categories import category_id
from reports.simulator.server import Simulator
from reports.simulator.university import University, today
from reports.simulator.world import ListedWorld, Room
from tests.simulator.asking import call, sign_in

COURSE, OTHER = "Moodle>site>channels>7", "Moodle>site>channels>8"


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    rooms = [
        Room("1_room0001", "Anatomy", categories=(COURSE,)),
        Room("1_room0002", "Botany", categories=(COURSE, OTHER)),
        Room("1_room0003", "Nowhere"),
    ]
    with Simulator(ListedWorld(rooms)) as running:
        yield running


def listed(simulator: Simulator, service: str, **parameters: object) -> dict[str, object]:
    ks = parameters.pop("ks", None) or sign_in(simulator)
    answer: dict[str, object] = call(simulator, service, "list", ks=ks, **parameters).json()
    return answer


def names(answer: dict[str, object], key: str) -> list[object]:
    objects = answer["objects"]
    assert isinstance(objects, list)
    return [item[key] for item in objects]


def test_a_category_is_there_with_those_above_it(simulator: Simulator) -> None:
    answer = listed(simulator, "category")
    assert names(answer, "fullName") == [
        "Moodle",
        "Moodle>site",
        "Moodle>site>channels",
        COURSE,
        OTHER,
    ]
    assert answer["totalCount"] == 5
    one = listed(simulator, "category", **{"filter[fullNameEqual]": COURSE})
    assert names(one, "id") == [category_id(COURSE)]
    assert names(one, "parentId") == [category_id("Moodle>site>channels")]
    nothing = listed(simulator, "category", **{"filter[fullNameEqual]": COURSE + "0"})
    assert (nothing["objects"], nothing["totalCount"]) == ([], 0)


def test_entries_of_a_category_come_in_pages(simulator: Simulator) -> None:
    wanted = {"filter[categoryIdEqual]": category_id(COURSE)}
    assert names(listed(simulator, "categoryEntry", **wanted), "entryId") == [
        "1_room0001",
        "1_room0002",
    ]
    page = {"pager[pageSize]": 1, "pager[pageIndex]": 2}
    second = listed(simulator, "categoryEntry", **wanted, **page)
    assert names(second, "entryId") == ["1_room0002"]
    assert second["totalCount"] == 2
    xml = call(simulator, "categoryEntry", "list", ks=sign_in(simulator), format=2, **wanted).text
    assert "<objects><item><categoryId>" in xml


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({}, "MUST_FILTER_ON_ENTRY_OR_CATEGORY"),
        ({"filter[categoryIdEqual]": "12"}, "CATEGORY_NOT_FOUND"),
    ],
)
def test_entries_are_listed_of_a_category_alone(
    simulator: Simulator, parameters: dict[str, str], code: str
) -> None:
    assert listed(simulator, "categoryEntry", **parameters)["code"] == code


def test_a_role_may_be_barred_from_categories(simulator: Simulator) -> None:
    partner = DEFAULT_ACCOUNT.partner_id
    simulator.accounts[partner] = replace(DEFAULT_ACCOUNT, may_list_categories=False)
    assert listed(simulator, "category")["code"] == "SERVICE_FORBIDDEN"
    assert listed(simulator, "categoryEntry")["code"] == "SERVICE_FORBIDDEN"


def test_entitlement_hides_categories_without_a_word(simulator: Simulator) -> None:
    token = SimulatedToken("1_seesall0", "a token", session_privileges="disableentitlement")
    account = replace(DEFAULT_ACCOUNT, has_entitlement=True, app_tokens=(token,))
    simulator.accounts[account.partner_id] = account
    assert listed(simulator, "category")["objects"] == []
    hidden = {"filter[categoryIdEqual]": category_id(COURSE)}
    assert listed(simulator, "categoryEntry", **hidden)["code"] == "CATEGORY_NOT_FOUND"
    secret = AdminSecret(account.partner_id, account.admin_secret)
    assert published_in(KalturaClient(simulator.url, secret).call, COURSE) is None
    entitled = AppToken(account.partner_id, token.id, token.token)
    found = published_in(KalturaClient(simulator.url, entitled).call, COURSE)
    assert found is not None
    assert found.entry_ids == ("1_room0001", "1_room0002")


def test_the_campus_publishes_by_course_but_for_a_few() -> None:
    university = University(1, today())
    rooms = university.rooms().values()
    without = [
        course.moodle_id
        for course in university.courses
        if not any(room.categories for room in rooms if room.course == course.code)
    ]
    in_two = [room for room in rooms if len(room.categories) == 2]
    assert without == [219, 243, 267]
    assert [room.categories for room in in_two] == [
        ("Moodle>site>channels>207", "Moodle>site>channels>204")
    ]
    assert all(room.parent_entry_id is None for room in in_two)
