"""Whether a room is named as a rule says."""

import pytest

from reports.queries.room_names import is_named


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("ANA-1", "ANA-1"),
        ("ana-1: weekly class", "ANA-1"),
        ("Weekly class (Ana-1)", "ANA-1"),
        ("Class of ANA-1.", "ANA-1"),
        ("ANA-1  –   live", "ANA-1 – Live"),
        ("STRASSE 7", "Straße 7"),
        ("Übung, ÉTÉ 7", "été 7"),
        ("room 7", "7"),
        ("C++ (a)", "C++ (A)"),
    ],
)
def test_words_are_found_in_any_capitals(name: str, expected: str) -> None:
    assert is_named(name, expected)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("ANA-10", "ANA-1"),
        ("ANA-1-B", "ANA-1"),
        ("ANA-1.2", "ANA-1"),
        ("BANA-1", "ANA-1"),
        ("X-ANA-1", "ANA-1"),
        ("ANA 1", "ANA-1"),
        ("room 17", "7"),
        ("room 7.5", "7"),
        ("room_7", "7"),
        ("anything", ""),
        ("anything", "   "),
        ("", "ANA-1"),
        ("axb", "a.b"),
    ],
)
def test_parts_of_words_and_empty_rules_are_not(name: str, expected: str) -> None:
    assert not is_named(name, expected)
