"""The fixed cast, signed in; a small world to look at; and a simulator for what asks Kaltura."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from reports.models import Account, Room, RoomSession
from reports.simulator.server import Simulator
from reports.simulator.world import ListedWorld
from tests import factories
from tests.factories import START

DAY = {"from": "2026-01-12", "to": "2026-01-12", "tz": "UTC"}


@dataclass(frozen=True)
class Seen:
    """A main session with two people and a breakout of it, and another room's session."""

    account: Account
    room: Room
    other_room: Room
    session: RoomSession
    breakout: RoomSession
    other: RoomSession

    @property
    def page(self) -> str:
        return session_url(self.session)


def session_url(session: RoomSession, page: str = "session") -> str:
    return reverse(f"reports:{page}", args=[session.account_id, session.cue_point_id])


def list_url(view: str = "sessions", /, **query: str) -> str:
    return reverse(f"reports:{view}") + "?" + urlencode(DAY | query)


@pytest.fixture(autouse=True)
def nothing_kept() -> None:
    """Forget what an earlier test put into the cache: the same keys come again with other rows."""
    cache.clear()


@pytest.fixture
def seen(db: None) -> Seen:
    account = factories.account()
    room = factories.room(account, "Anatomy, group A")
    other_room = factories.room(account, '=Botany "B"; <i>x</i>')
    amara = factories.person(account)
    guest = factories.person(account, "", name="Guest <b>One</b>", email="", is_placeholder=True)
    session = factories.whole_session(room, [(amara, 3000, 1500), (guest, 4000, 0)])
    breakout_room = factories.room(account, "Breakout 1", parent=room)
    breakout = factories.whole_session(
        breakout_room,
        [(amara, 600, 300)],
        START + timedelta(minutes=10),
        main_session=session,
        initiator="Dr. Ada Host",
        kaltura_participant_count=1,
    )
    other = factories.whole_session(other_room, [(amara, 60, 60)], START + timedelta(hours=3))
    return Seen(account, room, other_room, session, breakout, other)


@pytest.fixture
def administrator(db: None) -> Client:
    return signed_in(factories.administrator())


@pytest.fixture
def outsider(db: None) -> Client:
    return signed_in(factories.outsider())


@pytest.fixture
def teacher(seen: Seen) -> Client:
    """Somebody who was given the first room."""
    return signed_in(factories.teacher(rooms=[seen.room]))


def signed_in(user: object) -> Client:
    client = Client()
    client.force_login(user)  # type: ignore[arg-type]
    return client


@pytest.fixture(scope="module")
def running() -> Iterator[Simulator]:
    with Simulator(ListedWorld()) as simulator:
        yield simulator


@pytest.fixture
def simulator(running: Simulator, settings: Settings) -> Iterator[Simulator]:
    """A Kaltura without any session, at the endpoint "simulator"; nothing of it outlives a test."""
    settings.KALTURA_ENDPOINTS = {"simulator": running.url, "us": "https://www.kaltura.invalid"}
    before = dict(running.accounts)
    running.faults.clear()
    running.forget_requests()
    yield running
    running.faults.clear()
    running.accounts.clear()
    running.accounts.update(before)


def enabled(simulator: Simulator, partner_id: int, *reports: int) -> None:
    """Leave only these reports enabled for the partner."""
    account = simulator.accounts[partner_id]
    simulator.accounts[partner_id] = replace(account, reports_enabled=frozenset(reports))
