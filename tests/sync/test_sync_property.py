"""Whole syncs over random worlds: in the end every session, attendance and second is the truth's.

Or the run says exactly what is missing. Ranges, orders, overlaps, caps, faults, kills, late events.
"""

import contextlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

import pytest
import time_machine
from django.db import transaction
from django.test import override_settings
from django.utils import timezone
from hypothesis import given, strategies as st

from reports.models import Account, RoomSession, Run, RunState, Tile
from reports.simulator.server import Simulator
from reports.simulator.world import Event, ListedWorld
from reports.sync.plan import Order, plan_run
from reports.sync.run import do_run
from tests.sync.worlds import (
    BASE,
    DAY,
    DAYS,
    HOUR,
    ROOMS,
    assert_equals_truth,
    assert_whole_sessions_equal_truth,
    at,
    client_of,
    marked_sessions,
    new_account,
    ranges,
    worlds,
)

pytestmark = pytest.mark.django_db
WHOLE = (BASE, BASE + DAYS * DAY)


@contextmanager
def fresh(simulator: Simulator, world: ListedWorld, row_cap: int = 100_000) -> Iterator[Account]:
    """An account over this world; everything of it is gone afterwards."""
    simulator.world = world
    simulator.faults.clear()
    simulator.row_cap = row_cap
    changed = {"KALTURA_ENDPOINTS": {"simulator": simulator.url}, "KALTURA_ROW_CAP": row_cap}
    with override_settings(**changed), transaction.atomic():
        yield new_account()
        transaction.set_rollback(True)
    simulator.faults.clear()


def sync(account: Account, span: tuple[int, int], client: Any = None) -> Run:
    run, _ = plan_run(account, Order(at(span[0]), at(span[1])))
    return do_run(run, client or client_of(account))


@given(world=worlds(), span=ranges())
def test_one_range_is_exact_whatever_its_edges_cut(
    running: Simulator, world: ListedWorld, span: tuple[int, int]
) -> None:
    with fresh(running, world) as account:
        assert sync(account, span).state == RunState.DONE
        assert_equals_truth(account, world, span)


@given(world=worlds(), spans=st.lists(ranges(), min_size=2, max_size=4))
def test_ranges_in_any_order_and_overlap_are_exact(
    running: Simulator, world: ListedWorld, spans: list[tuple[int, int]]
) -> None:
    with fresh(running, world) as account:
        for span in spans:
            sync(account, span)
        for span in spans:
            assert_equals_truth(account, world, span)


@given(world=worlds(), span=ranges(), row_cap=st.integers(1, 12))
def test_a_cut_answer_is_narrowed_down_or_named(
    running: Simulator, world: ListedWorld, span: tuple[int, int], row_cap: int
) -> None:
    with fresh(running, world, row_cap) as account:
        run = sync(account, span)
        assert_whole_sessions_equal_truth(account, world, span)
        if run.state == RunState.DONE:
            assert_equals_truth(account, world, span)
        else:
            assert run.state == RunState.GAPS
            assert run.gaps


@given(world=worlds(), span=ranges(), hours=st.integers(6, 30), rows=st.integers(0, 9))
def test_a_heavy_window_is_narrowed_down(
    running: Simulator, world: ListedWorld, span: tuple[int, int], hours: int, rows: int
) -> None:
    with fresh(running, world) as account, time_machine.travel(at(BASE + 12 * DAY), tick=True):
        running.faults.add("druid_timeout_over", hours=hours, report=6000)
        running.faults.add("too_general_over", hours=max(1, hours // 2), report=6001)
        running.faults.add("heavy_over_rows", rows=rows + 9)
        assert sync(account, span).state == RunState.DONE
        assert_equals_truth(account, world, span)


FAULTS = [
    {"kind": "html_200"},
    {"kind": "json_error", "code": "DRUID_QUERY_TIMED_OUT"},
    {"kind": "json_error", "code": "ACTION_BLOCKED"},
    {"kind": "xml_error", "code": "INTERNAL_SERVERL_ERROR"},
    {"kind": "http_status", "status": 503},
    {"kind": "http_status", "status": 429},
    {"kind": "reset"},
    {"kind": "break_off", "how": "length"},
    {"kind": "break_off", "how": "chunk"},
    {"kind": "break_off", "how": "line"},
    {"kind": "drop_row"},
    {"kind": "drop_session_row"},
    {"kind": "drop_session_row", "report": 6002},
    {"kind": "duplicate_row", "report": 6001},
    {"kind": "duplicate_row", "report": 6000},
    {"kind": "unknown_column"},
    {"kind": "reorder_columns"},
    {"kind": "newline_in_name", "report": 6000},
    {"kind": "newline_in_name", "report": 6001},
    {"kind": "newline_in_name", "report": 6002},
    {"kind": "missing_column", "column": "cue_point_id"},
]


# Nobody is outside here: a row lost just when it is asked who is outside can't be noticed.
@given(
    world=worlds(only_inside=True),
    span=ranges(),
    faults=st.lists(
        st.tuples(st.sampled_from(FAULTS), st.integers(0, 12), st.integers(1, 3)),
        min_size=1,
        max_size=4,
    ),
)
def test_faults_lose_nothing_and_the_next_run_is_exact(
    running: Simulator, world: ListedWorld, span: tuple[int, int], faults: list[Any]
) -> None:
    with fresh(running, world) as account:
        for fault, skip, count in faults:
            running.faults.add(**fault, skip=skip, count=count)
        run = sync(account, span, client_of(account))
        names_lost = any(fault["kind"] == "newline_in_name" for fault, _, _ in faults)
        if run.state == RunState.DONE and not names_lost and not marked_sessions(account):
            assert_equals_truth(account, world, span)
        assert_whole_sessions_equal_truth(account, world, span)
        assert run.state == RunState.DONE or run.gaps
        running.faults.clear()
        assert sync(account, span, client_of(account)).state == RunState.DONE
        if run.state != RunState.FAILED:
            # A failed run is resumed: what it had, odd names included, is not asked again.
            assert_equals_truth(account, world, span)


class Killed(BaseException):
    """Stands for kill -9: nothing is cleaned up."""


class DyingClient:
    """A client whose process is killed at its n-th request."""

    def __init__(self, client: Any, requests: int) -> None:
        self.client, self.left = client, requests

    def open_report(self, *args: Any, **kwargs: Any) -> Any:
        self.left -= 1
        if self.left < 0:
            raise Killed
        return self.client.open_report(*args, **kwargs)


@given(
    world=worlds(),
    span=ranges(),
    kills=st.lists(st.integers(0, 25), min_size=1, max_size=3),
    in_merge=st.booleans(),
)
def test_a_killed_run_is_resumed_and_exact(
    running: Simulator,
    world: ListedWorld,
    span: tuple[int, int],
    kills: list[int],
    in_merge: bool,
) -> None:
    with fresh(running, world) as account:
        for requests in kills:
            kill_a_run(account, span, requests, in_merge)
            for leased in (Tile, Run):  # the leases of the dead one have ended
                leased.objects.update(lease_until=timezone.now())
        run = sync(account, span)
        assert run.state == RunState.DONE
        assert Run.objects.filter(account=account, state=RunState.RUNNING).count() == 0
        assert_equals_truth(account, world, span)


def kill_a_run(account: Account, span: tuple[int, int], requests: int, in_merge: bool) -> None:
    """Let a run die while it asks, or in the middle of a merge."""
    client = DyingClient(client_of(account), 10**9 if in_merge else requests)
    steps = {"left": requests}

    def dying(*args: Any, **kwargs: Any) -> None:
        steps["left"] -= 1
        if in_merge and steps["left"] < 0:
            raise Killed
        rewrite(*args, **kwargs)

    from reports.sync.merge import tile

    rewrite = tile.rewrite_sums
    with (
        mock.patch("reports.sync.run.give_back"),  # the dead give nothing back
        mock.patch.object(tile, "rewrite_sums", dying),
        contextlib.suppress(Killed),
    ):
        sync(account, span, client)


@given(
    world=worlds(),
    days=st.lists(st.integers(0, DAYS + 4), min_size=1, max_size=3),
    late=st.lists(st.integers(0, 20), max_size=5),
)
def test_late_events_are_found_by_whatever_run_comes_later(
    running: Simulator, world: ListedWorld, days: list[int], late: list[int]
) -> None:
    """Runs in the middle of what happens, with some events late; one run long after."""
    everything = list(world.events(BASE - DAY, BASE + 40 * DAY))
    delayed = {number % len(everything) for number in late}
    sessions = list(world.sessions().values())
    with fresh(running, world) as account:
        for day in sorted(days):
            now = BASE + day * DAY + 13 * HOUR
            running.world = world_as_of(everything, delayed, sessions, now)
            with time_machine.travel(at(now), tick=True):
                sync(account, WHOLE)
        running.world = world
        with time_machine.travel(at(BASE + 60 * DAY), tick=True):
            sync(account, WHOLE)
            assert_equals_truth(account, world, WHOLE)


def world_as_of(
    events: list[Event], delayed: set[int], sessions: list[Any], now: int
) -> ListedWorld:
    """What Kaltura knew then: nothing of the future, some events not yet."""
    arrived = [
        event
        for number, event in enumerate(events)
        if event.at < now and not (number in delayed and event.at > now - 2 * DAY)
    ]
    return ListedWorld(ROOMS, [s for s in sessions if s.start <= now], arrived)


@given(world=worlds(), span=ranges(), rooms=st.sets(st.sampled_from(ROOMS), min_size=1))
def test_a_filtered_run_is_exact_for_its_rooms_and_no_coverage(
    running: Simulator, world: ListedWorld, span: tuple[int, int], rooms: set[Any]
) -> None:
    wanted = {room.entry_id for room in rooms}
    with_breakouts = wanted | {r.entry_id for r in ROOMS if r.parent_entry_id in wanted}
    with fresh(running, world) as account:
        order = Order(at(span[0]), at(span[1]), entry_ids=tuple(wanted))
        run, _ = plan_run(account, order)
        run = do_run(run, client_of(account))
        assert run.state == RunState.DONE, run.gaps
        assert not Tile.objects.covered().exists()
        part = ListedWorld(
            ROOMS,
            [s for s in world.sessions().values() if s.entry_id in with_breakouts],
            [
                event
                for event in world.events(0, BASE + 400 * DAY)
                if world.session(event.cue_point_id).entry_id in with_breakouts
            ],
        )
        assert_equals_truth(account, part, span)
        sync(account, span)
        assert_equals_truth(account, world, span)
        before = list(RoomSession.objects.order_by("pk").values_list("pk", "view_seconds"))
        do_run(
            plan_run(account, Order(*map(at, span), entry_ids=tuple(wanted)))[0], client_of(account)
        )
        assert list(RoomSession.objects.order_by("pk").values_list("pk", "view_seconds")) == before
