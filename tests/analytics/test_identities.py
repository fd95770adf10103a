"""Matching by exact keys: to the letter where it says so, and what two share decides nothing."""

from datetime import UTC, datetime

import pytest

from reports.analytics.identities import (
    DEFAULT_KEYS,
    Attendee,
    KeyIndex,
    KeyInForce,
    MatchKey,
    Named,
)

AT = datetime(2026, 2, 1, 9, tzinfo=UTC)
PEOPLE = {
    "ana": Named("ana", "Ana@Example.org", "100"),
    "ben": Named("Ben", "shared@example.org", "ana"),
    "cleo": Named("cleo", "SHARED@example.org", ""),
}


def who(attendee: Attendee, *keys: KeyInForce, at: datetime = AT) -> tuple[str, str] | None:
    found = KeyIndex(PEOPLE, keys or DEFAULT_KEYS).find(attendee, at)
    return (found[0], found[1].value) if found else None


@pytest.mark.parametrize(
    ("attendee", "expected"),
    [
        (Attendee("ana"), ("ana", "user_name")),
        (Attendee("Ana"), None),  # to the letter
        (Attendee("ben"), None),
        (Attendee(" ana"), None),
        (Attendee("ANA@example.ORG "), ("ana", "email")),
        (Attendee("x", "ana@example.org"), ("ana", "email")),
        (Attendee("x", "shared@example.org"), None),  # of two people
        (Attendee("100"), ("ana", "id_number")),
        (Attendee("", ""), None),  # Cleo has no id number either
        (Attendee("ana", "ana@example.org", can_match=False), None),
    ],
)
def test_only_an_exact_value_of_one_person_matches(
    attendee: Attendee, expected: tuple[str, str] | None
) -> None:
    assert who(attendee) == expected


def test_the_first_key_that_knows_somebody_decides() -> None:
    # "ana" is Ana's user name and Ben's id number.
    user_name, id_number = KeyInForce(MatchKey.USER_NAME), KeyInForce(MatchKey.ID_NUMBER)
    assert who(Attendee("ana"), user_name, id_number) == ("ana", "user_name")
    assert who(Attendee("ana"), id_number, user_name) == ("ben", "id_number")


def test_a_key_counts_from_its_moment_on() -> None:
    early = KeyInForce(MatchKey.ID_NUMBER, AT)
    late = KeyInForce(MatchKey.USER_NAME)
    assert who(Attendee("ana"), early, late) == ("ben", "id_number")
    before = AT.replace(hour=8, minute=59)
    assert who(Attendee("ana"), early, late, at=before) == ("ana", "user_name")
    assert who(Attendee("100"), early, at=before) is None
