"""Random worlds, uploads and syncs in any order: what is shown as known is the truth, counted once.

The files are made by the simulator's own report code for the range that is stated. Nobody is in a
session outside of its own time here: neither a file nor its reader can know of that.
"""

import itertools
from dataclasses import dataclass

import pytest
from hypothesis import given, strategies as st

from reports.models import Account, Attendance, RoomSession, SessionPart
from reports.simulator.server import Simulator
from reports.simulator.world import ListedWorld
from tests.sync.test_sync_property import fresh, sync
from tests.sync.uploads import THREE, uploaded
from tests.sync.worlds import (
    BASE,
    DAY,
    DAYS,
    HOUR,
    ROOMS,
    at,
    ranges,
    stored,
    whole_truth,
    worlds,
)

pytestmark = pytest.mark.django_db
EVERYTHING = (BASE - DAY, BASE + (DAYS + 3) * DAY)


@dataclass(frozen=True)
class Step:
    """An upload of these reports over the span; without any, a sync of it."""

    span: tuple[int, int]
    reports: tuple[int, ...] = ()
    is_everything: bool = True


def steps() -> st.SearchStrategy[list[Step]]:
    some_reports = st.sampled_from([THREE, THREE, (6000, 6001), (6000,), (6001,), (6002,)])
    upload = st.builds(Step, ranges(), some_reports, st.booleans())
    return st.lists(upload | upload | st.builds(Step, ranges()), min_size=1, max_size=5)


def kept_inside(world: ListedWorld) -> ListedWorld:
    """Return the world without what was watched at a session's last moment or after it."""
    sessions = world.sessions()
    events = [
        event
        for event in world.events(0, BASE + 400 * DAY)
        if sessions[event.cue_point_id].end == sessions[event.cue_point_id].start
        or event.at < sessions[event.cue_point_id].end
    ]
    return ListedWorld(ROOMS, list(sessions.values()), events)


def do(step: Step, account: Account, world: ListedWorld) -> None:
    if not step.reports:
        sync(account, step.span)
    elif (step.is_everything and {6000, 6001} <= set(step.reports)) or has_rows(world, step):
        uploaded(account, world, *step.span, step.reports, is_everything=step.is_everything)


def has_rows(world: ListedWorld, step: Step) -> bool:
    """Return whether the step's files tell of a session: there is nothing to upload else."""
    breakouts = {room.entry_id for room in ROOMS if room.parent_entry_id}
    return any(
        step.reports != (6002,) or world.session(event.cue_point_id).entry_id in breakouts
        for event in world.events(*step.span)
    )


def assert_nothing_is_wrong(account: Account, world: ListedWorld) -> None:
    expected = whole_truth(world)
    for session in RoomSession.objects.filter(account=account):
        known = expected[session.cue_point_id]
        people = stored(account, session.cue_point_id)
        for person, (view, engaged) in people.items():  # a part of the truth, and never more
            assert view <= known.attendees[person][0], session.cue_point_id
            assert engaged <= known.attendees[person][1]
        if not session.is_whole:
            assert session.attendee_count is session.engaged_seconds is None
            continue
        assert (session.view_seconds, session.engaged_seconds, session.attendee_count) == (
            known.view_seconds,
            known.engaged_seconds,
            len(known.attendees),
        ), session.cue_point_id
        assert people == known.attendees


def assert_nothing_is_held_twice(account: Account) -> None:
    """No two parts of a session that have rows share an hour."""
    for session in RoomSession.objects.filter(account=account):
        rows = Attendance.objects.filter(session=session)
        spans = sorted(set(rows.values_list("tile__start_at", "tile__end_at", "tile_id")))
        for (_, end, _), (start, _, _) in itertools.pairwise(spans):
            assert end <= start, session.cue_point_id


def lasting(world: ListedWorld, span: tuple[int, int]) -> set[str]:
    """Return the closed sessions that lie in the span and touch neither edge, with an attendee."""
    return {
        cue
        for cue, known in whole_truth(world).items()
        if span[0] < known.session.start < known.session.end < span[1]
    }


@given(world=worlds(only_inside=True).map(kept_inside), order=steps())
def test_uploads_and_syncs_in_any_order_never_tell_anything_wrong(
    running: Simulator, world: ListedWorld, order: list[Step]
) -> None:
    with fresh(running, world) as account:
        for step in order:
            do(step, account, world)
            assert_nothing_is_wrong(account, world)
            assert_nothing_is_held_twice(account)
        synced = [step for step in order if not step.reports]
        whole = RoomSession.objects.filter(account=account, view_seconds__isnull=False)
        known = set(whole.values_list("cue_point_id", flat=True))
        for step in order:
            if step.reports == THREE and not synced:
                assert lasting(world, step.span) <= known
        for step in synced:
            started = whole_truth(world).values()
            of_range = {
                it.session.cue_point_id
                for it in started
                if step.span[0] <= it.session.start < step.span[1]
            }
            assert of_range <= known


@given(world=worlds(only_inside=True).map(kept_inside), order=steps())
def test_a_sync_of_everything_leaves_nothing_of_the_uploads(
    running: Simulator, world: ListedWorld, order: list[Step]
) -> None:
    with fresh(running, world) as account:
        for step in order:
            do(step, account, world)
        sync(account, EVERYTHING)
        assert_nothing_is_wrong(account, world)
        assert not Attendance.objects.filter(tile__upload__isnull=False).exists()
        assert not SessionPart.objects.filter(tile__upload__isnull=False, view_seconds__gt=0)
        found = RoomSession.objects.filter(account=account, view_seconds__isnull=False)
        assert {session.cue_point_id for session in found} == set(whole_truth(world))


@given(
    world=worlds(only_inside=True).map(kept_inside), hours=st.sets(st.integers(1, 143), max_size=4)
)
def test_uploads_that_follow_each_other_without_a_gap_complete_each_other(
    running: Simulator, world: ListedWorld, hours: set[int]
) -> None:
    edges = sorted({EVERYTHING[0], EVERYTHING[1], *(BASE + hour * HOUR for hour in hours)})
    with fresh(running, world) as account:
        for first, last in itertools.pairwise(edges):
            do(Step((first, last), THREE), account, world)
        assert_nothing_is_wrong(account, world)
        whole = RoomSession.objects.filter(account=account, view_seconds__isnull=False)
        assert set(whole.values_list("cue_point_id", flat=True)) == lasting(world, EVERYTHING)
        for session in whole:
            start, end = session.started_at, session.ended_at
            assert at(EVERYTHING[0]) < start < end < at(EVERYTHING[1])
