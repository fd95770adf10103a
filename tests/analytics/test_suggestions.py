"""Who somebody could be: what counts as a reason, what doesn't, and in which order."""

import pytest

from reports.analytics.suggestions import (
    Candidate,
    Directory,
    Reason,
    ReasonKind as Kind,
    Sighting,
    local_part,
    plain_name,
)


def directory(*candidates: Candidate) -> Directory:
    return Directory(candidates)


ANA = Candidate("1", "Ana Lind", "ana.lind@example.org")
BEN = Candidate("2", "Ben Okoro", "ben@example.org")
JOSE = Candidate("3", "José Müller-García", "josé@example.org")


def found(of: Directory, **seen: object) -> dict[str, tuple[Reason, ...]]:
    return {it.key: it.reasons for it in of.suggest(Sighting(**seen))}  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("LIND, Áná", ("ana", "lind")),
        ("  Müller-García  José ", ("garcia", "jose", "muller")),
        ("Weiß", ("weiss",)),
        ("O'Brien", ("brien", "o")),
        ("李 明", ("明", "李")),
        ("मीना", plain_name("मीना")),
        ("", ()),
        ("…", ()),
    ],
)
def test_names_are_compared_without_capitals_accents_and_order(
    name: str, words: tuple[str, ...]
) -> None:
    assert plain_name(name) == words
    # Vowel signs are no accents: two names stay two.
    assert plain_name("मीना") != plain_name("मोना")


@pytest.mark.parametrize(
    ("address", "part"),
    [("Ana@B.org", "ana"), ("a@b@c", "a@b"), ("ana", ""), ("ana@", ""), ("@b.org", ""), ("", "")],
)
def test_the_part_before_the_at_is_that_of_an_address(address: str, part: str) -> None:
    assert local_part(address) == part


def test_each_reason_is_found_and_said() -> None:
    course = directory(ANA, BEN, JOSE)
    assert found(course, name="lind ana") == {"1": (Reason(Kind.SAME_NAME),)}
    assert found(course, email="ANA.LIND@gmail.example") == {"1": (Reason(Kind.SAME_LOCAL_PART),)}
    assert found(course, user_id="ben@uni.example") == {"2": (Reason(Kind.SAME_LOCAL_PART),)}
    assert found(course, user_id="Ben") == {"2": (Reason(Kind.USER_ID),)}
    assert found(course, name="Jose") == {"3": (Reason(Kind.PART_OF_NAME),)}
    assert found(course, earlier={"2": 3}) == {"2": (Reason(Kind.EARLIER, 3),)}
    assert found(course, known_as={"2": 4}) == {"2": (Reason(Kind.SAME_USER, 4),)}


def test_what_only_looks_a_little_alike_is_no_reason() -> None:
    course = directory(ANA, BEN, Candidate("4", "Ana Berg"), Candidate("5", "", ""))
    assert found(course, name="Ana") == {}  # two are called so
    assert found(course, name="Anna Lind") == {}
    assert found(course, name="B") == {}
    assert found(course) == {}
    assert found(course, earlier={"gone": 2}, known_as={"gone": 1}) == {}


def test_classes_speak_for_and_against() -> None:
    ana = Candidate("1", "Ana Lind", there=0b0011, missing=0b1100)
    course = directory(ana, BEN)

    def by_classes(there: int) -> tuple[Reason, ...]:
        return course.reasons(Sighting(there=there), "1")

    assert by_classes(0b1100) == (Reason(Kind.FILLS_GAPS, 2, 2),)
    assert by_classes(0b10100) == (Reason(Kind.FILLS_GAPS, 1, 2),)
    assert by_classes(0b0011) == (Reason(Kind.ALWAYS_TOGETHER, 2, 2),)
    assert by_classes(0b0110) == (Reason(Kind.TOGETHER, 1, 2),)
    assert by_classes(0b0001) == (Reason(Kind.TOGETHER, 1, 1),)
    assert by_classes(0b10000) == ()


def test_gaps_alone_are_a_hint_only_where_they_fit_exactly_and_few_have_them() -> None:
    ana = Candidate("1", "Ana Lind", there=0b0011, missing=0b1100)
    assert found(directory(ana), there=0b1100) == {"1": (Reason(Kind.FILLS_GAPS, 2, 2),)}
    assert found(directory(ana), there=0b0100) == {}
    once = Candidate("1", "Ana Lind", there=0b0111, missing=0b1000)
    assert found(directory(once), there=0b1000) == {}
    absent = [Candidate(str(n), f"Name {n}", missing=0b1111) for n in range(4)]
    assert found(directory(*absent), there=0b1111) == {}
    assert len(found(directory(*absent[:3]), there=0b1111)) == 3


def test_who_has_more_reasons_comes_first_then_by_name_and_three_at_most() -> None:
    same = [Candidate(str(n), "Kim Lee", there=0b1) for n in (5, 4, 3, 2)]
    best = Candidate("9", "Kim Lee", "kim@example.org", missing=0b1)
    found_in_order = list(found(directory(*same, best), name="kim lee", email="kim@x.org", there=1))
    assert found_in_order == ["9", "2", "3"]
    # Together at times speaks against: it is said, and lifts nobody.
    apart, together = Candidate("1", "Zoe Kim"), Candidate("2", "Kim Zoe", there=0b1)
    assert list(found(directory(together, apart), name="zoe kim", there=0b11)) == ["2", "1"]
