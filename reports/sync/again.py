"""Asking Kaltura again for days that lie apart: a run for each range of days in a row.

A run over the whole span would ask for the days between them too.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta

from django.db import transaction

from reports.models import Account, Run, RunTile, TileState, User
from reports.sync.plan import Order, plan_run

DAY = timedelta(days=1)
MOST_RUNS = 60  # planned at once


def ask_days_again(
    account: Account, ranges: Iterable[tuple[date, date]], *, user: User | None = None
) -> list[Run]:
    """Return the runs for these ranges of UTC days, the latest range first; both ends included.

    Shape: at most MOST_RUNS of them; an unfinished run of the same range stands for a new one.
    """
    runs: list[Run] = []
    for first_on, last_on in sorted(ranges, reverse=True)[:MOST_RUNS]:
        order = Order(_midnight(first_on), _midnight(last_on + DAY))
        with transaction.atomic():
            run, is_resumed = plan_run(account, order, user=user)
            if runs and not is_resumed:
                # Provisional days are in the first run's queue already: once is enough.
                run.run_tiles.filter(
                    reason=RunTile.Reason.PROVISIONAL, state=TileState.WAITING
                ).delete()
        runs.append(run)
    return runs


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, UTC)
