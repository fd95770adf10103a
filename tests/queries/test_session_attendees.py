"""Which attendees of a session a search finds, and their order."""

import pytest

from reports.queries.attendees import AttendeeLine
from reports.queries.session_attendees import ATTENDEE_ORDERS, AttendeeFilter, attendee_list


def line(number: int, name: str, **values: object) -> AttendeeLine:
    """Somebody with figures that grow with the number."""
    defaults: dict[str, object] = {
        "user_id": f"id.{number}",
        "email": f"{number}@example.org",
        "is_placeholder": False,
        "is_erased": False,
        "user_type": "User",
        "view_seconds": 600 * number,
        "engaged_seconds": 60 * number * number,
        "length_seconds": 36_000,
        "is_whole": True,
    }
    return AttendeeLine(person_id=number, name=name, **defaults | values)  # type: ignore[arg-type]


AMARA = line(1, "Amara Okafor", user_type="Guest")
BEN = line(2, "ben Ängström")
NAMELESS = line(9, "", user_id="", email="", user_type="", is_whole=False)
EVERYBODY = [AMARA, BEN, NAMELESS]  # by name, as the query gives them


@pytest.mark.parametrize("order", ATTENDEE_ORDERS)
def test_each_order_goes_both_ways_and_puts_what_is_unknown_last(order: str) -> None:
    assert attendee_list(EVERYBODY[::-1], AttendeeFilter(order=order)) == [AMARA, BEN, NAMELESS]
    backwards = attendee_list(EVERYBODY, AttendeeFilter(order=f"-{order}"))
    assert backwards == [BEN, AMARA, NAMELESS]


def test_ties_stand_by_name_either_way() -> None:
    twins = [line(5, "Chi"), line(5, "Dana")]
    upwards = attendee_list([AMARA, *twins], AttendeeFilter(order="time_in_session"))
    assert upwards == [AMARA, *twins]
    downwards = attendee_list([AMARA, *twins], AttendeeFilter(order="-time_in_session"))
    assert downwards == [*twins[::-1], AMARA]


@pytest.mark.parametrize(
    ("search", "names"),
    [
        ("", ["Amara Okafor", "ben Ängström", ""]),
        ("OKAFOR amara", ["Amara Okafor"]),
        ("ängström", ["ben Ängström"]),
        ("ÄNG", ["ben Ängström"]),
        ("id.2", ["ben Ängström"]),
        ("1@example", ["Amara Okafor"]),
        ("amara ben", []),
    ],
)
def test_every_word_of_the_search_must_be_somewhere(search: str, names: list[str]) -> None:
    found = attendee_list(EVERYBODY, AttendeeFilter(search=search))
    assert [one.name for one in found] == names
