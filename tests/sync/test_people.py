"""Which row is which person: names, placeholders, erased people, odd ids."""

from dataclasses import replace

import pytest
from django.utils import timezone

from reports.models import Account, Attendance, ErasedPerson, Person, RunState
from reports.simulator.server import Simulator
from reports.simulator.world import ListedWorld, User
from reports.sync.people import erasure_hash, is_placeholder_id, person_key
from tests.sync.small import (
    ADA,
    BEN,
    CUE,
    EVE,
    GUEST,
    TEN,
    figures,
    findings,
    lesson,
    one_lesson,
    people_in,
    seen,
    sync,
)
from tests.sync.worlds import BASE, DAY, HASHED, ROOMS, assert_equals_truth

MARRIED = replace(ADA, name="Ada King", email="king@example.org")


def two_days(first: User, second: User) -> ListedWorld:
    """Somebody in a lesson on Monday, and somebody in one on Tuesday."""
    return ListedWorld(
        ROOMS,
        [lesson(), lesson("1_tuesday1", start=TEN + DAY)],
        [seen(first), seen(second, cue="1_tuesday1", when=TEN + DAY + 60)],
    )


def test_a_backfill_of_older_days_does_not_rename_anybody_back(
    account: Account, simulator: Simulator
) -> None:
    simulator.world = two_days(ADA, MARRIED)
    sync(account, BASE + DAY, BASE + 2 * DAY)
    sync(account, BASE, BASE + DAY)

    ada = Person.objects.get()
    assert (ada.name, ada.email) == ("Ada King", "king@example.org")


def test_the_latest_session_names_a_person(account: Account, simulator: Simulator) -> None:
    simulator.world = two_days(ADA, MARRIED)
    sync(account, BASE, BASE + DAY)
    assert Person.objects.get().name == "Ada Lovelace"
    sync(account, BASE + DAY, BASE + 2 * DAY)
    assert Person.objects.get().name == "Ada King"


def test_of_two_names_on_one_day_the_later_session_counts(
    account: Account, simulator: Simulator
) -> None:
    simulator.world = ListedWorld(
        ROOMS,
        [lesson("1_lesson0z"), lesson("1_lesson0a", start=TEN + 7200)],
        [seen(ADA, cue="1_lesson0z"), seen(MARRIED, cue="1_lesson0a", when=TEN + 7260)],
    )
    sync(account)
    assert Person.objects.get().name == "Ada King"


@pytest.mark.parametrize("user_id", ["", "Unknown", HASHED])
def test_a_placeholder_is_never_one_person_across_sessions(
    account: Account, simulator: Simulator, user_id: str
) -> None:
    nobody = replace(GUEST, user_id=user_id)
    simulator.world = two_days(nobody, nobody)
    sync(account, BASE, BASE + 2 * DAY)

    assert Person.objects.filter(user_id=user_id, is_placeholder=True).count() == 2
    assert figures() == figures("1_tuesday1") == (1, 600, 300)
    assert findings()["placeholder"] == 2


def test_placeholders_of_one_session_are_told_apart_by_name_and_mail(
    account: Account, simulator: Simulator
) -> None:
    strangers = [GUEST, replace(GUEST, name="Else"), replace(GUEST, email="x@example.org")]
    simulator.world = one_lesson(
        *(seen(stranger, view=60 * number + 60) for number, stranger in enumerate(strangers))
    )
    sync(account)
    assert figures()[0] == Person.objects.count() == 3


def test_a_placeholder_over_midnight_is_one_person(account: Account, simulator: Simulator) -> None:
    night = lesson(start=BASE + 23 * 3600, length=7200)
    simulator.world = one_lesson(
        seen(GUEST, when=BASE + 23 * 3600), seen(GUEST, when=BASE + 24 * 3600), session=night
    )
    sync(account)
    assert figures() == (1, 1200, 600)
    assert Attendance.objects.count() == 2


def erase(account: Account, person: Person) -> Person:
    """What an erasure leaves: a pseudonym with the seconds, and a hash."""
    digest = erasure_hash(account.erasure_key, person.key)
    person.key, person.user_id, person.name, person.email = f"e:{person.pk}", "", "", ""
    person.erased_at = timezone.now()
    person.save()
    ErasedPerson.objects.create(account=account, key_hash=digest, pseudonym=person)
    return person


def test_an_erased_person_stays_a_pseudonym(account: Account, simulator: Simulator) -> None:
    simulator.world = two_days(ADA, ADA)
    sync(account, BASE, BASE + DAY)
    pseudonym = erase(account, Person.objects.get())
    sync(account, BASE, BASE + 2 * DAY)

    stored = Person.objects.get()
    assert stored == pseudonym
    assert (stored.user_id, stored.name, stored.email) == ("", "", "")
    assert "ada" not in str(list(Person.objects.values())).lower()
    assert figures() == figures("1_tuesday1") == (1, 600, 300)


def test_an_erased_guest_stays_a_pseudonym_too(account: Account, simulator: Simulator) -> None:
    simulator.world = one_lesson(seen(GUEST), seen(ADA))
    sync(account)
    erase(account, Person.objects.get(is_placeholder=True))
    sync(account)

    assert "Somebody" not in str(list(Person.objects.values()))
    assert figures() == (2, 1200, 600)


def test_two_people_under_one_pseudonym_are_added_up(
    account: Account, simulator: Simulator
) -> None:
    simulator.world = one_lesson(seen(ADA, engaged=0), seen(BEN))
    sync(account)
    ada, ben = Person.objects.order_by("user_id")
    ErasedPerson.objects.create(
        account=account, key_hash=erasure_hash(account.erasure_key, ben.key), pseudonym=ada
    )
    erase(account, ada)
    sync(account)
    assert figures() == (1, 1200, 300)


def test_another_accounts_hash_is_another_one() -> None:
    assert erasure_hash("a", "u:ada.l") != erasure_hash("b", "u:ada.l")
    assert "ada" not in erasure_hash("a", "u:ada.l")


ODD = {
    "NUL in the name": User("nul", "Nu\x00l", "n\x00@example.org", "User"),
    "NUL in the id": User("nu\x00l", "Nul", "", "User"),
    "a very long name": User("long", "ñ" * 5000, "e" * 5000, "User"),
    "an id of 300 characters": User("x" * 300, "Long Id", "", "User"),
    "right to left": User("rtl", "\u200fשלום, עולם", "", "User"),
    "a quotation mark": User("quote", '"Bob', '"', "User"),
    "a carriage return": User("cr", "Two\rLines", "", "User"),
    "U+2028": User("ls", "Two\u2028Lines", "", "User"),
    "a role nobody knows": User("role", "Role", "", "Superhero of the whole site"),  # type: ignore[arg-type]
    "a formula": User("=1+1", "=cmd|' /C calc'!A0", "", "User"),
    "spaces around": User(" ada.l ", "Ada", "", "User"),
}


@pytest.mark.parametrize("user", ODD.values(), ids=ODD.keys())
def test_odd_people_are_stored_with_exact_figures(
    account: Account, simulator: Simulator, user: User
) -> None:
    simulator.world = one_lesson(seen(user, view=70, engaged=10), seen(EVE))
    run = sync(account)

    assert run.state == RunState.DONE, run.gaps
    assert figures() == (2, 670, 310)
    if "\x00" not in user.user_id + user.name:
        assert_equals_truth(account, simulator.world, (BASE, BASE + DAY))
        row = Attendance.objects.select_related("person").get(view_seconds=70)
        assert row.person.name == user.name.replace(",", " ")
    sync(account)
    assert Person.objects.count() == 2


def test_two_long_ids_with_the_same_beginning_are_two_people(
    account: Account, simulator: Simulator
) -> None:
    simulator.world = one_lesson(
        *(seen(User("x" * 299 + end, "X", "", "User"), view=60) for end in "ab"), seen(EVE)
    )
    sync(account)
    assert figures()[0] == 3


def test_ids_differ_by_case(account: Account, simulator: Simulator) -> None:
    simulator.world = one_lesson(seen(ADA), seen(replace(ADA, user_id="Ada.L")))
    sync(account)
    assert people_in() == {"ada.l": 600, "Ada.L": 600}


@pytest.mark.parametrize(
    ("user_id", "expected"),
    [
        *(("", True), ("  ", True), ("Unknown", True), ("a" * 32, True), ("A1" * 20, True)),
        *((HASHED, True), ("unknown", False), ("a" * 33, False), ("g" * 32, False)),
        *(("ada", False), ("0", False), ("a" * 32 + "\n", False)),
    ],
)
def test_what_is_a_placeholder(user_id: str, expected: bool) -> None:
    assert is_placeholder_id(user_id) is expected


def test_a_real_users_key_does_not_hang_on_session_or_name() -> None:
    assert (
        person_key(CUE, "ada", "A", "a") == person_key("1_lesson02", "ada", None, None) == "u:ada"
    )
    assert person_key(CUE, "", "A", "a") != person_key("1_lesson02", "", "A", "a")
    assert len(person_key(CUE, "x" * 10_000, "", "")) <= 300
    assert person_key(CUE, "", None, None, 1) != person_key(CUE, "", None, None, 2)
