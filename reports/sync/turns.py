"""Whose turn it is: the next tile to ask for, or the next run to close, over all accounts."""

from datetime import UTC, datetime
from typing import NamedTuple

from reports.models import Run
from reports.sync.lease import Claim, Closing, claim_closing, claim_tile, has_free_call

LONG_AGO = datetime.min.replace(tzinfo=UTC)


class _Place(NamedTuple):
    """A run's place in the queue, smallest first."""

    urgency: int
    served_at: datetime  # when the account was last served: accounts take turns
    requested_at: datetime
    pk: int


def runs_in_turn() -> list[Run]:
    """Return the runs that go on, in the order in which they are looked at for work. One query.

    The most urgent first; of equally urgent ones those of the account that waits longest, and of
    one account the oldest.
    """
    runs = list(Run.objects.unfinished().order_by("pk"))
    served: dict[int, datetime] = {}
    for run in runs:
        if run.claimed_at is not None:
            served[run.account_id] = max(run.claimed_at, served.get(run.account_id, LONG_AGO))
    places = {
        run.pk: _Place(
            -run.priority, served.get(run.account_id, LONG_AGO), run.requested_at, run.pk
        )
        for run in runs
    }
    return sorted(runs, key=lambda run: places[run.pk])


def next_claim(owner: str) -> Claim | Closing | None:
    """Claim what is to be done next; None when there is nothing that may be done now."""
    full: set[int] = set()  # accounts that take no more calls at this moment
    for run in runs_in_turn():
        if run.account_id in full:
            continue
        if not has_free_call(run.account_id):
            full.add(run.account_id)
            continue
        claim = claim_tile(run, owner) or claim_closing(run, owner)
        if claim is not None:
            return claim
    return None
