"""Who waits and who is known: read off the register, and adding up with it."""

from datetime import datetime, timedelta

import pytest

from reports.analytics.suggestions import Reason, ReasonKind as Kind
from reports.models import Account, Course, IdentityLink, Person, Room, RoomSession
from reports.queries.register import Register, course_register
from reports.queries.unmatched import WhoIsWho, who_is_who
from tests import course_factories, factories
from tests.factories import START

DAY = timedelta(days=1)


@pytest.fixture
def account(db: None) -> Account:
    return factories.account()


@pytest.fixture
def room(account: Account) -> Room:
    return factories.room(account)


@pytest.fixture
def course(account: Account, room: Room) -> Course:
    """Ana, Ben and Cleo, who is staff; Dan left before the first class."""
    site = course_factories.moodle_site(account)
    made = course_factories.course(site, [room], roster_asked_at=START - DAY)
    seen = {"first_seen_at": START - 20 * DAY, "last_seen_at": START - DAY}
    for user, name in (
        ("1", "Ana Lind"),
        ("2", "Ben Okoro"),
        ("3", "Cleo Staff"),
        ("4", "Dan Left"),
    ):
        values = dict(seen, user_name=name.split()[0].lower(), name=name)
        course_factories.enrolment(made, user, **values)
    made.enrolments.filter(moodle_user_id="3").update(kind="staff")
    made.enrolments.filter(moodle_user_id="4").update(last_seen_at=START - 5 * DAY)
    return made


def guest(account: Account, name: str, email: str = "") -> Person:
    return factories.person(account, "", name=name, email=email, is_placeholder=True)


def attended(room: Room, at: datetime, *people: Person) -> RoomSession:
    made = factories.session(room, at, attendee_count=len(people), view_seconds=1)
    RoomSession.objects.filter(pk=made.pk).update(view_seconds=3600, engaged_seconds=0)
    for one in people:
        kind = "Guest" if one.is_placeholder else "User"
        factories.attendance(made, one, 3600, 0, user_type=kind)
    return made


def found_in(course: Course) -> WhoIsWho:
    return who_is_who(register_of(course))


def register_of(course: Course) -> Register:
    every = RoomSession.objects.all()
    return course_register(course, every, START - 30 * DAY, START + 60 * DAY)


def link(course: Course, person: Person, user: str, **more: object) -> None:
    values = {"account": course.site.account, "course": course, "site": course.site} | more
    IdentityLink.objects.create(person_key=person.key, moodle_user_id=user, **values)


def test_guests_of_one_name_wait_together_and_others_alone(
    account: Account, course: Course, room: Room
) -> None:
    typed = [guest(account, name, "K@x.org") for name in ("Kiri T", "kiri  t", "Kiri T")]
    other = guest(account, "Kiri T", "other@x.org")
    nameless = [guest(account, "") for _ in range(2)]
    far, gone = factories.person(account, "far"), factories.person(account, "z", erased_at=START)
    ana = factories.person(account, "ana")
    attended(room, START, typed[0], other, *nameless, far, gone, ana)
    attended(room, START + DAY, typed[1], far)
    attended(room, START + 2 * DAY, typed[2])

    found = found_in(course)

    assert [(len(it.people), it.classes) for it in found.waiting] == [
        (3, 3),  # there in just those classes that Ben was missing from: a suggestion
        (1, 2),  # far, called Amara
        (1, 1),
        (1, 1),
        (1, 1),
    ]
    together = found.waiting[0]
    assert (together.seconds, together.is_guest) == (10800, True)
    assert (together.first.starts_at, together.last.starts_at) == (START, START + 2 * DAY)
    assert found.erased == 1
    # The queue is the guests and strangers of the register, erased people apart.
    others = {it.presence.person.pk for some in found.register.others for it in some}
    waiting = {it.person.pk for one in found.waiting for it in one.people}
    assert waiting == others - {gone.pk}


def test_a_suggestion_has_its_reasons_and_changes_nothing(
    account: Account, course: Course, room: Room
) -> None:
    ana = factories.person(account, "ana", name="Ana Lind")
    attended(room, START, ana)
    for week in (1, 2):
        attended(room, START + 7 * week * DAY, guest(account, "LIND, Áná"))

    found = found_in(course)

    (waiting,) = found.waiting
    (first,) = waiting.suggestions
    assert first.line.name == "Ana Lind"
    assert first.reasons == (Reason(Kind.SAME_NAME), Reason(Kind.FILLS_GAPS, 2, 2))
    row = found.register.row("1")
    assert row is not None
    assert [seat.mark for seat in row.seats] == ["present", "absent", "absent"]


def test_earlier_words_on_the_same_name_are_a_reason(
    account: Account, course: Course, room: Room
) -> None:
    before = [guest(account, "Kiri") for _ in range(3)]
    attended(room, START, *before[:1])
    link(course, before[0], "2")
    link(course, before[1], "2")  # of a class that is out of sight
    link(course, before[2], "1", undone_at=START)
    attended(room, START + DAY, guest(account, "KIRI"))

    (waiting,) = found_in(course).waiting

    (first,) = waiting.suggestions
    assert (first.line.moodle_user_id, first.reasons[0]) == ("2", Reason(Kind.EARLIER, 2))


def test_somebody_known_as_a_user_waits_where_they_came_as_a_guest(
    account: Account, course: Course, room: Room
) -> None:
    ana = factories.person(account, "ana", name="Somebody")
    attended(room, START, ana)
    session = attended(room, START + DAY)
    factories.attendance(session, ana, 600, 0, user_type="Guest")

    found = found_in(course)

    (waiting,) = found.waiting
    assert waiting.classes == 1
    assert waiting.suggestions[0].reasons[0] == Reason(Kind.SAME_USER, 1)
    assert [it.count for it in found.known[0].identities] == [1]


def test_the_known_are_shown_with_how_and_who_has_two_comes_first(
    account: Account, course: Course, room: Room
) -> None:
    ben, phone = factories.person(account, "ben"), guest(account, "phone")
    ana, cleo, dan = (factories.person(account, name) for name in ("ana", "cleo", "dan"))
    attended(room, START, ben, phone, cleo, dan)
    attended(room, START + DAY, ana, phone)
    link(course, phone, "2")

    found = found_in(course)

    assert [(it.line.moodle_user_id, len(it.identities), it.doubled) for it in found.known] == [
        ("2", 2, 1),
        ("1", 1, 0),
        ("3", 1, 0),
        ("4", 1, 0),  # who left, and came nevertheless
    ]
    ways = [way.how for it in found.known[0].identities for way in it.ways]
    assert ways == ["user_name", "link"]
    assert found.waiting == []
    assert found.count_of([phone.pk], "2") == 2
    assert found.count_of([phone.pk], "") == 0


def test_who_was_said_to_be_nobody_waits_no_more_and_stays_an_other(
    account: Account, course: Course, room: Room
) -> None:
    far = factories.person(account, "far")
    attended(room, START, far)
    assert len(found_in(course).waiting) == 1
    link(course, far, "")
    found = found_in(course)
    assert found.waiting == []
    assert found.register.sums[0].others == 1
    assert found.count_of([far.pk], "") == 1


def test_every_class_adds_up_whoever_was_claimed(
    account: Account, course: Course, room: Room
) -> None:
    ana, cleo, far = (factories.person(account, name) for name in ("ana", "cleo", "far"))
    one, two = guest(account, "Ana at home"), guest(account, "Ben")
    people = [ana, cleo, far, one, two]
    attended(room, START, *people)

    def sums() -> tuple[int, ...]:
        (it,) = register_of(course).sums
        assert it.there + it.staff + it.others == it.attendees
        assert it.attendees + it.doubles == len(people)
        assert it.learners == it.there + it.missing == 2
        return it.there, it.missing, it.staff, it.others, it.doubles

    assert sums() == (1, 1, 1, 3, 0)
    link(course, two, "2")
    assert sums() == (2, 0, 1, 2, 0)
    link(course, one, "1")
    assert sums() == (2, 0, 1, 1, 1)  # two identities, one learner
    link(course, far, "3")
    assert sums() == (2, 0, 1, 0, 2)
