"""Takes runs from the queue and does them. Any number of workers may run at once."""

import time
from collections.abc import Callable
from datetime import timedelta

import structlog
from django.db.models import Q
from django.utils import timezone

from reports.models import Run, RunState
from reports.sync.connection import ConnectionRefused, client_for
from reports.sync.lease import lease_time
from reports.sync.outcome import finish_run
from reports.sync.run import do_run

logger = structlog.get_logger(__name__)


def next_run() -> Run | None:
    """Return the most urgent run that nobody works on: new, or left by a worker that is gone."""
    abandoned = timezone.now() - 2 * lease_time()
    free = Q(state=RunState.WAITING) | Q(state=RunState.RUNNING, heartbeat_at__lt=abandoned)
    runs = Run.objects.filter(free).select_related("account")
    return runs.order_by("-priority", "requested_at", "pk").first()


def work_once() -> Run | None:
    """Do one run and return it; None when the queue is empty."""
    run = next_run()
    if run is None:
        return None
    logger.info("run_started", run=run.pk, account=run.account.name)
    try:
        done = do_run(run, client_for(run.account))
    except ConnectionRefused as refused:
        done = finish_run(run, str(refused), "")
    except Exception:
        # The worker's last line of defence: one run must not take the queue down with it.
        logger.exception("run_broke", run=run.pk)
        done = finish_run(run, "Rollcall itself failed here; its log has the details.", "")
    logger.info("run_finished", run=run.pk, state=done.state)
    return done


def work(*, pause: timedelta, stopped: Callable[[], bool]) -> None:
    """Do runs till `stopped`; look for new ones after every pause."""
    while not stopped():
        if work_once() is None:
            time.sleep(pause.total_seconds())
