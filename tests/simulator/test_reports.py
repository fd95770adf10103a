"""What each report counts: windows, filters, cap, and the truth that disjoint windows add up to."""

import itertools

import pytest
from hypothesis import given, strategies as st

from reports.simulator.answers import estimated_count, read_query, report_table
from reports.simulator.server import Simulator
from reports.simulator.wire import ApiProblem
from reports.simulator.world import Event, ListedWorld, Room, Session, User
from tests.simulator.asking import (
    ADA,
    BREAKOUT,
    CLASS,
    DAY,
    GROUP,
    GUEST,
    HOUR,
    MAIN,
    MIDNIGHT,
    STAGE,
    TALK,
    ask,
    code_of,
    rows_of,
    tiny_world,
)
from tests.truth import person_key, truth

TEN = MIDNIGHT + 10 * HOUR


def window(from_unix: int, to_unix: int) -> str:
    return f"from_date={from_unix};to_date={to_unix}"


def ids(rows: list[dict[str, str]]) -> set[str]:
    return {row["cue_point_id"] for row in rows}


def test_a_session_is_in_both_windows_with_its_full_times_and_a_share_of_its_seconds(
    simulator: Simulator,
) -> None:
    first = rows_of(ask(simulator, 6001, window(TEN, TEN + HOUR) + f";cue_point_ids={CLASS}"))
    second = rows_of(
        ask(simulator, 6001, window(TEN + HOUR, TEN + DAY) + f";cue_point_ids={CLASS}")
    )
    assert [row["meeting_view_time"] for row in first] == ["10"]
    assert sorted(row["meeting_view_time"] for row in second) == ["1", "2"]
    for start in (TEN, TEN + HOUR):
        rows = rows_of(ask(simulator, 6000, window(start, start + HOUR) + f";entry_ids={MAIN}"))
        assert [row["session_start_time"] for row in rows] == [str(TEN + 60)]
        assert [row["session_end_time"] for row in rows] == [str(TEN + HOUR + 300)]


@pytest.mark.parametrize(
    ("from_unix", "to_unix", "found"),
    [
        (TEN, TEN + HOUR, {CLASS, GROUP, TALK}),
        (TEN + 1, TEN + HOUR, set()),  # ten o'clock starts before the window
        (TEN + 1, TEN + HOUR + 1, {CLASS}),  # eleven o'clock starts in it, and is whole
        (TEN - 1, TEN, set()),  # half-open
        (TEN - 1, TEN + 1, {CLASS, GROUP, TALK}),
        (TEN + HOUR, TEN, set()),
    ],
)
def test_an_hour_belongs_to_the_window_that_it_starts_in(
    simulator: Simulator, from_unix: int, to_unix: int, found: set[str]
) -> None:
    assert ids(rows_of(ask(simulator, 6000, window(from_unix, to_unix)))) == found


@pytest.mark.parametrize(
    ("report", "filter_", "found"),
    [
        (6000, f"entry_ids={MAIN}", {CLASS}),
        (6000, f"entry_ids={MAIN},{STAGE}", {CLASS, TALK}),
        (6000, "virtual_event_ids=730011,5", {TALK}),
        (6000, "virtual_event_ids=5", set()),
        (6000, f"cue_point_ids={CLASS}", {CLASS, GROUP, TALK}),
        (6000, "user_ids=ada.l", {CLASS, GROUP, TALK}),
        (6000, "entry_ids=", {CLASS, GROUP, TALK}),
        (6001, f"cue_point_ids={CLASS},{TALK}", {CLASS, TALK}),
        (6001, f"entry_ids={BREAKOUT}", {GROUP}),
        (6001, "user_ids=ada.l", {CLASS, GROUP}),
        (6001, "user_ids=nobody", set()),
        (6001, "virtual_event_ids=730011", {TALK}),
        (6001, f"parentEntryIds={STAGE}", {CLASS, GROUP, TALK}),
        (6002, f"parentEntryIds={MAIN}", {GROUP}),
        (6002, f"parentEntryIds={STAGE}", set()),
        (6002, f"entry_ids={STAGE}", {GROUP}),
        (6002, "virtual_event_ids=730011", set()),
    ],
)
def test_each_report_knows_its_own_filters_and_ignores_others(
    simulator: Simulator, report: int, filter_: str, found: set[str]
) -> None:
    asked = f"{window(MIDNIGHT, MIDNIGHT + DAY)};{filter_}"
    assert ids(rows_of(ask(simulator, report, asked))) == found


@pytest.mark.parametrize(
    ("report", "params", "code"),
    [
        (6000, "", "INTERNAL_SERVERL_ERROR"),
        (6000, f"from_date={MIDNIGHT}", "INTERNAL_SERVERL_ERROR"),
        (6001, f"fromDate={MIDNIGHT};toDate={MIDNIGHT + DAY}", "INTERNAL_SERVERL_ERROR"),
        (6001, "from_date=yesterday;to_date=today", "INTERNAL_SERVERL_ERROR"),
        (6002, f"toDate={MIDNIGHT}", "INTERNAL_SERVERL_ERROR"),
        (6003, window(0, 1), "REPORT_NOT_FOUND"),
    ],
)
def test_a_missing_key_is_an_internal_error_and_another_report_is_not_found(
    simulator: Simulator, report: int, params: str, code: str
) -> None:
    assert code_of(ask(simulator, report, params)) == code


def test_breakouts_take_either_spelling_of_the_dates(simulator: Simulator) -> None:
    for first in ("from_date", "fromDate"):
        for last in ("to_date", "toDate"):
            asked = f"{first}={MIDNIGHT};{last}={MIDNIGHT + DAY};unknown=key;=;nonsense"
            assert ids(rows_of(ask(simulator, 6002, asked))) == {GROUP}


def test_an_answer_is_cut_silently_at_the_cap_or_a_smaller_limit(simulator: Simulator) -> None:
    everything = window(MIDNIGHT, MIDNIGHT + DAY)
    whole = ask(simulator, 6001).content.split(b"\n")
    assert len(whole) == 1 + 4 + 1
    assert ask(simulator, 6001, f"{everything};limit=3").content.split(b"\n")[:-1] == whole[:4]
    simulator.row_cap = 2
    for limit in ("", ";limit=3", ";limit=nonsense"):
        answer = ask(simulator, 6001, everything + limit)
        assert answer.content.split(b"\n")[:-1] == whole[:3]
    assert len(rows_of(ask(simulator, 6001, f"{everything};limit=1"))) == 1


def test_a_session_without_any_event_is_in_no_report(simulator: Simulator) -> None:
    world = tiny_world()
    world.put_session(Session("1_empty001", BREAKOUT, TEN, TEN + 60, "Anne", "Anne"))
    simulator.world = world
    for report in (6000, 6001, 6002):
        assert "1_empty001" not in ids(rows_of(ask(simulator, report)))


def test_users_are_told_apart_by_id_name_mail_and_type(simulator: Simulator) -> None:
    world = tiny_world()
    renamed = User(ADA.user_id, "Ada King", ADA.email, ADA.user_type)
    world.add_events(Event(GROUP, renamed, 1, TEN + 5, 60, 0), Event(GROUP, ADA, 2, TEN + 5, 80, 0))
    simulator.world = world
    rows = rows_of(ask(simulator, 6001, window(TEN, TEN + HOUR) + f";cue_point_ids={GROUP}"))
    assert {(row["user_name"], row["meeting_view_time"]) for row in rows} == {
        ("Ada King", "1"),
        ("Lovelace  Ada", "3"),
    }


def test_events_arrive_late_and_can_be_taken_back(simulator: Simulator) -> None:
    world = tiny_world()
    simulator.world = world
    late = Event("1_late0001", GUEST, 1, TEN + 5, 60, 0)
    world.put_session(Session("1_late0001", "1_gone0001", TEN, TEN + 60, "", ""))
    world.add_events(late)
    row = next(row for row in rows_of(ask(simulator, 6000)) if row["cue_point_id"] == "1_late0001")
    assert (row["entry_name"], row["meeting_engaged_play_time_ratio"]) == ("", "0")
    world.remove_events(late)
    assert "1_late0001" not in ids(rows_of(ask(simulator, 6000)))


def test_user_counts_are_estimates_rounded_down() -> None:
    for number in (1, 5, 40, 400, 4000):
        users = {User(f"s{n}", "", "", "User"): [1, 1] for n in range(number)}
        estimate = estimated_count(users)
        assert abs(estimate - number) <= max(1, 0.06 * number)
    many = [{User(f"{k}-{n}", "", "", "User"): [1, 1] for n in range(300)} for k in range(20)]
    assert any(estimated_count(users) != 300 for users in many)


texts = st.sampled_from(["", "Unknown", "ada", "a,b", "a b", '"', "=1", "x;y", "f" * 64, "נועה"])
users = st.builds(User, texts, texts, texts, st.sampled_from(["User", "Guest"]))
cue_points = st.sampled_from([f"1_sess000{n}" for n in range(4)])


@st.composite
def worlds(draw: st.DrawFn) -> ListedWorld:
    """Draw up to 40 events of 4 sessions in a main room and its breakout, over two days."""
    rooms = [Room("1_main0000", "Main, 1"), Room("1_brk00000", "Group", "1_main0000")]
    sessions = [
        Session(
            f"1_sess000{n}",
            rooms[n % 2].entry_id,
            start := MIDNIGHT + draw(st.integers(0, DAY)),
            start + draw(st.sampled_from([0, 0, 600, 5000, DAY])),
            "Host, A",
            "",
        )
        for n in range(4)
    ]
    events = []
    for _ in range(draw(st.integers(0, 40))):
        view = draw(st.integers(0, 4000))
        at = MIDNIGHT + draw(st.integers(0, 2 * DAY - 1))
        engaged = draw(st.integers(0, view))
        events.append(
            Event(draw(cue_points), draw(users), draw(st.integers(1, 2)), at, view, engaged)
        )
    return ListedWorld(rooms, sessions, events)


@pytest.mark.property
@given(worlds(), st.lists(st.integers(0, 48), max_size=5))
def test_attendee_seconds_over_disjoint_windows_add_up_to_the_truth(
    world: ListedWorld, cuts: list[int]
) -> None:
    edges = sorted({0, 48, *cuts})
    totals: dict[str, dict[tuple[str, ...], tuple[int, int]]] = {}
    for first, last in itertools.pairwise(edges):
        span = window(MIDNIGHT + first * HOUR, MIDNIGHT + last * HOUR)
        for row in report_table(world, read_query(6001, span)).rows:
            _, cue_point_id, user_id, name, email, kind, minutes, ratio = row
            view = round(float(minutes) * 60)
            engaged = round(float(ratio) * view)
            key = person_key(User(user_id, name, email, kind))  # type: ignore[arg-type]
            session = totals.setdefault(cue_point_id, {})
            before = session.get(key, (0, 0))
            session[key] = (before[0] + view, before[1] + engaged)
    expected = truth(world, MIDNIGHT, MIDNIGHT + 2 * DAY)
    assert totals == {cue: known.attendees for cue, known in expected.items()}


@pytest.mark.property
@given(worlds(), st.integers(0, 47), st.integers(1, 48))
def test_session_and_breakout_rows_are_the_truth_of_their_window(
    world: ListedWorld, first: int, hours: int
) -> None:
    start = MIDNIGHT + first * HOUR
    end = start + hours * HOUR
    expected = truth(world, start, end)
    of_sessions = {
        row[3]: row for row in report_table(world, read_query(6000, window(start, end))).rows
    }
    assert set(of_sessions) == set(expected)
    for cue_point_id, known in expected.items():
        row = of_sessions[cue_point_id]
        assert (row[4], row[5]) == (str(known.session.start), str(known.session.end))
        right = known.engaged_seconds / known.view_seconds if known.view_seconds else 0
        assert float(row[8]) == pytest.approx(right, abs=1e-12)
    breakouts = report_table(world, read_query(6002, window(start, end))).rows
    assert {row[4] for row in breakouts} == {
        cue for cue, known in expected.items() if known.session.entry_id == "1_brk00000"
    }


def test_a_query_of_an_unknown_report_is_refused() -> None:
    with pytest.raises(ApiProblem, match="4021"):
        read_query(4021, window(0, 1))
