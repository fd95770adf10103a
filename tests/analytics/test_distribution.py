"""The histogram's numbers."""

from hypothesis import given, strategies as st

from reports.analytics.distribution import distribution, stays

LENGTHS = st.integers(1, 200_000)
TIMES = st.lists(st.integers(0, 400_000), max_size=60)


@given(TIMES, LENGTHS)
def test_everybody_who_was_connected_is_in_exactly_one_tenth(times: list[int], length: int) -> None:
    found = distribution(times, length)
    connected = [seconds for seconds in times if seconds]
    if not connected:
        assert found is None
        return
    assert found is not None
    assert sum(tenth.people for tenth in found.tenths) == found.people == len(connected)
    for tenth in found.tenths[:-1]:
        # The edges may be fractions of a second: compared in whole numbers, by ten times the time.
        first, last = tenth.number * length, (tenth.number + 1) * length
        assert tenth.people == sum(first <= seconds * 10 < last for seconds in connected)
    assert found.over == sum(seconds > length for seconds in connected)
    assert found.tenths[-1].people >= found.over


def test_the_whole_session_is_the_last_tenth() -> None:
    found = distribution([3600, 3599, 3240, 3239], 3600)
    assert found is not None
    assert [tenth.people for tenth in found.tenths] == [0] * 8 + [1, 3]
    assert found.stayed(9) == 3
    assert found.over == 0
    assert (found.tenths[9].from_seconds, found.tenths[9].to_seconds) == (3240, 3600)


def test_one_person_makes_a_distribution() -> None:
    found = distribution([1], 3600)
    assert found is not None
    assert [tenth.people for tenth in found.tenths] == [1] + [0] * 9


def test_without_a_length_there_are_no_tenths() -> None:
    assert distribution([60], None) is None
    assert distribution([60], 0) is None
    assert distribution([], 3600) is None
    assert distribution([0, 0], 3600) is None


def test_attendances_of_several_sessions_are_each_in_their_own_tenth() -> None:
    found = stays([(0, 3600), (359, 3600), (360, 3600), (90, 100), (101, 100), (5, 0)])
    assert found.counts == (1, 1, 0, 0, 0, 0, 0, 0, 0, 2)
    assert (found.total, found.over, found.stayed(9)) == (4, 1, 2)


def test_nobody_stays_anywhere_without_attendances() -> None:
    assert stays([]).total == 0
