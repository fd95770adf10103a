"""Fixtures of the client's tests: a mocked Kaltura, and a client that does not really wait."""

from collections.abc import Callable, Iterator

import pytest
import responses

from reports.kaltura import KalturaClient, PastedKs, SignIn
from tests.kaltura.bodies import BASE, KS_2, PARTNER


@pytest.fixture
def kaltura() -> Iterator[responses.RequestsMock]:
    """Answer what a test registers, and nothing else."""
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


@pytest.fixture
def waits() -> list[float]:
    """Hold the seconds that the client would have waited."""
    return []


@pytest.fixture
def make_client(waits: list[float]) -> Callable[..., KalturaClient]:
    """Return a factory of clients, signed in by a pasted KS unless a test says otherwise."""

    def make(
        base_url: str = BASE, sign_in: SignIn | None = None, **options: object
    ) -> KalturaClient:
        chosen = sign_in or PastedKs(KS_2, PARTNER)
        options = {"sleep": waits.append, "connect_timeout": 5, "read_timeout": 5} | options
        return KalturaClient(base_url, chosen, **options)  # type: ignore[arg-type]

    return make
