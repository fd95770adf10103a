"""Nor by what stands after the question mark, or by what is typed into a search."""

import re
from collections.abc import Iterator
from itertools import product
from urllib.parse import urlencode

import pytest
from django.urls import reverse

from reports.models import CourseRoom, Enrolment
from tests.views.files import words_of
from tests.views.moodle.isolation import WORD, Apart, Part, Role, apart, roles
from tests.views.moodle.test_isolation import assert_tells_nothing

DAYS = {"from": "2026-01-01", "to": "2026-01-31", "tz": "UTC"}
LISTS = ("overview", "sessions", "rooms", "people", "breakouts")
FILES = ("sessions", "rooms", "people", "people-attendances", "breakouts")
KINDS = ("csv", "xlsx")
TOKENS = re.compile(r'name="csrfmiddlewaretoken" value="[^"]*"')
WHO = ("teacher", "teacher elsewhere", "teacher with the same account", "site administrator")
WHO_SEES_ROOMS = (*WHO, "teacher with grants")


@pytest.fixture
def world(db: None) -> Apart:
    return apart()


def lists() -> Iterator[str]:
    """Yield the address of every list, as a page and as each file."""
    yield from (reverse(f"reports:{name}") for name in LISTS)
    for name, kind in product(FILES, KINDS):
        yield reverse(f"reports:{name}-{kind}")


def details(part: Part) -> Iterator[str]:
    """Yield every page and file about one thing of the part."""
    of_room = [part.account.pk, part.room.entry_id]
    of_session = [part.account.pk, part.session.cue_point_id]
    yield reverse("reports:room", args=of_room)
    yield reverse("reports:session", args=of_session)
    yield reverse("reports:person", args=[part.person.pk])
    for kind in KINDS:
        yield reverse(f"reports:room-sessions-{kind}", args=of_room)
        yield reverse(f"reports:session-attendees-{kind}", args=of_session)
        yield reverse(f"reports:session-breakouts-{kind}", args=of_session)
        yield reverse(f"reports:person-{kind}", args=[part.person.pk])


def asked(role: Role, url: str, **query: object) -> int:
    """Ask for the address with the query, look that it tells nothing foreign, return the status."""
    words = urlencode(DAYS | query)
    answer = role.get(f"{url}?{words}")
    what = f"{url}?{words}"
    typed = str(query.get("search", ""))
    assert_tells_nothing(answer, role, what, asked=typed)
    return int(answer.status_code)


def foreign_parts(world: Apart, role: Role) -> list[Part]:
    return [part for part in world if part.letter not in role.rooms]


@pytest.mark.parametrize("who", WHO_SEES_ROOMS)
def test_nothing_foreign_can_be_named(world: Apart, who: str) -> None:
    role = roles(world, who)
    own = world[role.rooms[0]]
    theirs = {world[letter].account for letter in role.rooms}
    for part in foreign_parts(world, role):
        for url in (*lists(), *details(own)):  # refused before a row is read
            assert asked(role, url, course=part.course.pk) == 404, url
        for url in lists():
            assert asked(role, url, room=part.room.pk) == 404, url
            assert asked(role, url, room=part.group.pk) == 404, url
            assert asked(role, url, event=part.event.pk) == 404, url
            if part.account not in theirs:
                assert asked(role, url, account=part.account.pk) == 404, url
        for claim in ("claimed", "undone"):
            hidden = part.claim.room if claim == "claimed" else part.course.course_rooms.last().room
            assert asked(role, reverse("reports:sessions"), room=hidden.pk) == 404


@pytest.mark.parametrize("who", WHO)
def test_ones_own_course_shows_its_own_alone(world: Apart, who: str) -> None:
    role = roles(world, who)
    own = world[role.rooms[0]]
    for url in (*lists(), *details(own)):
        assert asked(role, url, course=own.course.pk) == 200, url


def test_a_course_shows_nothing_of_ones_other_course(world: Apart) -> None:
    role = roles(world, "site administrator")
    alone = roles(world, "teacher")  # what may be read of A
    here, other = world["A"], world["B"]
    narrowed = Role(role.client, may_read=alone.may_read)
    for url in (*lists(), *details(here)):
        words = urlencode(DAYS | {"course": here.course.pk})
        answer = role.get(f"{url}?{words}")
        assert answer.status_code == 200
        if not url.endswith(KINDS):  # pages offer the other course in "More filters"
            continue
        assert_tells_nothing(answer, narrowed, url)
    for url in details(other):
        status = 200 if "/attendees/" in url and "sessions" not in url else 404
        assert asked(role, url, course=here.course.pk) == status, url


@pytest.mark.parametrize("who", WHO_SEES_ROOMS)
@pytest.mark.parametrize("word", [WORD, "1_zz", "example.org"])
def test_a_search_finds_nothing_foreign(world: Apart, who: str, word: str) -> None:
    role = roles(world, who)
    for url in (url for url in lists() if not url.endswith("xlsx")):  # its rows are the other's
        assert asked(role, url, search=word) == 200, url
    for name in ("where", "host"):
        for url in (reverse("reports:people"), reverse("reports:sessions")):
            assert asked(role, url, **{name: word}) == 200, url
    for url in (reverse("reports:courses"), *details(world[role.rooms[0]])):
        assert asked(role, url, search=word) == 200, url


@pytest.mark.parametrize("who", WHO_SEES_ROOMS)
def test_an_id_that_is_searched_for_is_found_only_by_whose_it_is(world: Apart, who: str) -> None:
    role = roles(world, who)
    for part in world:
        for search in (part.session.cue_point_id, part.room.entry_id):
            query = urlencode(DAYS | {"search": search})
            page = role.get(f"{reverse('reports:sessions')}?{query}")
            found = page.context["totals"].sessions
            assert bool(found) == (part.letter in role.rooms), search


@pytest.mark.parametrize("who", WHO_SEES_ROOMS)
def test_every_order_shows_the_same_rows(world: Apart, who: str) -> None:
    role = roles(world, who)
    sorts = {
        "sessions": ("room", "-host", "main_room", "-main_session", "account", "initiator"),
        "rooms": ("name", "-people", "account", "latest"),
        "people": ("name", "-email", "sessions", "-latest", "user_id"),
        "breakouts": ("main_room", "-main_session", "initiator", "room"),
    }
    for name, orders in sorts.items():
        for order in orders:
            assert asked(role, reverse(f"reports:{name}"), sort=order) == 200
            assert asked(role, reverse(f"reports:{name}-csv"), sort=order) == 200
            assert asked(role, reverse(f"reports:{name}-csv"), sort=order, shape="kaltura") == 200


@pytest.mark.parametrize("who", ["teacher", "site administrator", "teacher with grants"])
def test_somebody_in_several_courses_has_only_the_sessions_of_ones_own(
    world: Apart, who: str
) -> None:
    role = roles(world, who)
    url = reverse("reports:person", args=[world.common.pk])
    page = role.get(f"{url}?{urlencode(DAYS)}")
    assert page.context["totals"]["sessions"] == len(role.rooms)
    assert asked(role, url) == 200
    for kind, shape in product(KINDS, ("full", "kaltura")):
        file = reverse(f"reports:person-{kind}", args=[world.common.pk])
        assert asked(role, file, shape=shape) == 200
    stranger = roles(world, "teacher elsewhere")
    assert asked(stranger, url) == 404


def test_a_learner_reaches_nothing_by_any_parameter(world: Apart) -> None:
    role = roles(world, "learner")
    own = reverse("reports:my-attendance", args=[world["A"].course.pk])
    for part in world:
        for name in ("course", "room", "account", "event", "person", "search"):
            value = WORD if name == "search" else getattr(part, name).pk
            assert asked(role, own, **{name: value}) == 200
    for url in (*lists(), *details(world["A"])):
        assert asked(role, url, course=world["A"].course.pk) in (302, 404)


@pytest.mark.parametrize("whose", ["B", "C", "D", "E"])
def test_ids_in_a_form_reach_nothing_foreign(world: Apart, whose: str) -> None:
    role, own, other = roles(world, "teacher"), world["A"].course, world[whose]
    hidden = other.course.course_rooms.exclude(pk=other.claim.pk).values_list("room", flat=True)
    day = {"counted_on": "2026-01-01", "from_on": "2026-01-01", "tz": "UTC"}
    sent: list[tuple[str, dict[str, object]]] = [
        ("roster-mark-several", {"people": other.enrolment.pk, "kind": "staff"}),
        ("roster-backdate", {"people": other.enrolment.pk, "how": "set"} | day),
        ("roster-backdate", {"people": other.enrolment.pk, "how": "undo"}),
        ("course-room-claim", {"room": other.claim.room.pk}),
        *(("course-room-claim", {"room": pk}) for pk in hidden),
        ("deep-link-chosen", {"page": "room", "room": other.room.pk}),
        ("deep-link-chosen", {"room": other.room.entry_id}),
        ("window", {"path": reverse("reports:room", args=[other.account.pk, "x"])}),
    ]
    before = rows_of_courses()
    for name, fields in sent:
        args = [] if name == "window" else [own.pk]
        answer = role.post(reverse(f"reports:{name}", args=args), **fields)
        assert answer.status_code in (200, 302, 400, 404), name
        assert_tells_nothing(answer, role, name)
        rooms = role.get(reverse("reports:course-rooms", args=[own.pk]))
        assert_tells_nothing(rooms, role, name)  # with what is said of the claim
    assert rows_of_courses() == before


def rows_of_courses() -> list[object]:
    """Return who is enrolled in which course, as what, and which rooms are in it."""
    enrolled = Enrolment.objects.order_by("pk").values()
    rooms = CourseRoom.objects.order_by("pk").values()
    return [*enrolled, *rooms]


def test_a_typed_room_looks_the_same_whether_or_not_there_is_one(world: Apart) -> None:
    role, own = roles(world, "teacher"), world["A"].course
    claim = reverse("reports:course-room-claim", args=[own.pk])
    page = reverse("reports:course-rooms", args=[own.pk])
    typed = [world[letter].room.entry_id for letter in "BCD"]
    typed += ["1_" + "zzNothingqx", world["B"].group.entry_id]
    told = set()
    for entry_id in typed:
        CourseRoom.objects.filter(room=None).delete()
        answer = role.post(claim, entry=entry_id)
        shown = words_of(role.get(page))
        assert_tells_nothing(role.get(page), role, entry_id, asked=entry_id)
        for word in (entry_id, *re.findall(r"/rooms/\d+/undo/", shown), *TOKENS.findall(shown)):
            shown = shown.replace(word, "…")
        told.add((answer.status_code, answer.headers["Location"], shown))
    assert len(told) == 1
