"""A worker process: plans what is due, and does runs from the queue until it is stopped.

The tiles that runs want are the queue, looked at about once a second. Any number of workers may run:
what two of them can't both have is decided by the leases of `reports.sync.lease`. Each of a worker's
threads does one claim at a time, of whichever account's turn it is.
"""

import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta

import structlog
from django.db import Error as DatabaseTrouble, close_old_connections, connection
from django.utils import timezone

from reports.alerts.watch import watch
from reports.kaltura import KalturaClient
from reports.models import Account, Run, RunState, Worker
from reports.models.worker import BEAT
from reports.sync.connection import ConnectionRefused, client_for
from reports.sync.lease import HOST, Claim, Closing, give_back, new_owner
from reports.sync.outcome import finish_run
from reports.sync.removal import remove_what_is_asked
from reports.sync.retention import apply_daily
from reports.sync.run import Doer
from reports.sync.schedule import plan_due
from reports.sync.snapshot import delete_expired
from reports.sync.turns import next_claim
from reports.sync.upload import delete_expired_uploads

logger = structlog.get_logger(__name__)

PLAN_EVERY = timedelta(seconds=5)
CHORES_EVERY = timedelta(minutes=1)
REMOVING = timedelta(seconds=30)  # of an account at a time, then it is looked at whether to stop
LAST_WORDS = timedelta(seconds=0.5)  # for threads that are about to end, when the worker is stopped
LOOK_SECONDS = 0.2  # between two looks at whether a signal came


class Clients:
    """A client for each account, kept while its credentials stay the same: sign-ins are shared."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[int, tuple[tuple[str, ...], KalturaClient]] = {}

    def of(self, account: Account) -> KalturaClient:
        """Return the account's client. Raises: ConnectionRefused."""
        words = (account.endpoint, account.sign_in, account.app_token_id, account.hash_type)
        signed = (*words, account.secret)
        with self._lock:
            known = self._known.get(account.pk)
            if known is None or known[0] != signed:
                known = self._known[account.pk] = (signed, client_for(account))
            return known[1]

    def forget(self, account_id: int) -> None:
        """Sign in anew the next time."""
        with self._lock:
            self._known.pop(account_id, None)


class WorkerProcess:
    """This process as a worker. A signal handler may call `stop`.

    `errands` are looked after besides, each in a thread of its own; one returns how much it did.
    """

    def __init__(self, errands: Sequence[Callable[[], int]] = ()) -> None:
        self.errands = errands
        self.name = new_owner()
        self.is_told_to_stop = False
        self.stopping = threading.Event()
        self.clients = Clients()
        self.doer = Doer(lambda: self.is_told_to_stop)
        self.in_hand: dict[int, Claim | Closing] = {}  # by thread

    def stop(self) -> None:
        """Let the worker end. An event set here might wait for the very thread that was interrupted."""
        self.is_told_to_stop = True

    def work(self, *, threads: int, pause: timedelta) -> None:
        """Plan and do runs till told to stop. What is in hand then is finished or given back."""
        with self.present():
            serving = [
                threading.Thread(target=self._serve, args=(pause,), daemon=True)
                for _ in range(threads)
            ]
            keeping = [
                threading.Thread(target=work, daemon=True)
                for work in (self._keep_house, self._clear_away)
            ]
            keeping += [
                threading.Thread(target=self._run_errand, args=(errand,), daemon=True)
                for errand in self.errands
            ]
            for thread in (*serving, *keeping):
                thread.start()
            while not self.is_told_to_stop:
                time.sleep(LOOK_SECONDS)
            self.stopping.set()
            self._give_back_what_is_left(serving)

    def empty_queue(self) -> None:
        """Plan what is due and do, in this thread, all that can be done now."""
        with self.present():
            plan_due()
            self._remove()
            while not self.is_told_to_stop and self.work_once() is not None:
                pass
            for errand in self.errands:
                while not self.is_told_to_stop and self._carefully(errand.__name__, errand):
                    pass

    def work_once(self) -> Run | None:
        """Do one claim and return its run; None when there is nothing to do."""
        claim = next_claim(self.name)
        if claim is None:
            return None
        self.in_hand[threading.get_ident()] = claim
        try:
            self._do(claim)
        finally:
            del self.in_hand[threading.get_ident()]
        return Run.objects.filter(pk=claim.run_id).first()

    def _do(self, claim: Claim | Closing) -> None:
        run = Run.objects.get(pk=claim.run_id)
        Worker.objects.filter(name=self.name).update(run=run)
        try:
            self.doer.do(claim, self.clients.of(run.account))
        except ConnectionRefused as refused:
            give_back(claim)
            finish_run(run, str(refused), "")
        except DatabaseTrouble:
            raise  # the run is not to blame, and goes on when the database answers
        except Exception:
            # The worker's last line of defence: one run must not take the queue down with it.
            logger.exception("run_broke", run=run.pk)
            give_back(claim)
            finish_run(run, "Rollcall itself failed here; its log has the details.", "")
        state = Run.objects.filter(pk=run.pk).values_list("state", flat=True).first()
        if state != RunState.RUNNING:
            logger.info("run_finished", run=run.pk, state=state)
        if state == RunState.FAILED:
            self.clients.forget(run.account_id)

    def _serve(self, pause: timedelta) -> None:
        try:
            while not self.stopping.is_set():
                done = self._carefully("work", self.work_once)
                close_old_connections()
                if done is None:
                    self.stopping.wait(pause.total_seconds())
        finally:
            connection.close()

    def _keep_house(self) -> None:
        chores_at = 0.0
        try:
            while not self.stopping.is_set():
                self._carefully("plan", plan_due)
                if time.monotonic() >= chores_at:
                    chores_at = time.monotonic() + CHORES_EVERY.total_seconds()
                    for chore in CHORES:
                        self._carefully(chore.__name__, chore)
                close_old_connections()
                self.stopping.wait(PLAN_EVERY.total_seconds())
        finally:
            connection.close()

    def _clear_away(self) -> None:
        """Remove what is to go, in a thread of its own: it may take long, and nothing waits for it."""
        chores_at = 0.0
        try:
            while not self.stopping.is_set():
                if time.monotonic() >= chores_at:
                    chores_at = time.monotonic() + CHORES_EVERY.total_seconds()
                    self._carefully("apply_daily", apply_daily)
                self._carefully("remove", self._remove)
                close_old_connections()
                self.stopping.wait(PLAN_EVERY.total_seconds())
        finally:
            connection.close()

    def _run_errand(self, errand: Callable[[], int]) -> None:
        try:
            while not self.stopping.is_set():
                done = self._carefully(errand.__name__, errand)
                close_old_connections()
                if not done:
                    self.stopping.wait(PLAN_EVERY.total_seconds())
        finally:
            connection.close()

    def _remove(self) -> int:
        return remove_what_is_asked(REMOVING.total_seconds())

    def _carefully(self, what: str, work: Callable[[], object]) -> object:
        """Return what the work returns; None when it went wrong: the worker lives on."""
        try:
            return work()
        except DatabaseTrouble as error:
            logger.warning("database_trouble", work=what, error=str(error))
        except Exception:
            logger.exception("worker_stumbled", work=what)
        return None

    def _give_back_what_is_left(self, serving: list[threading.Thread]) -> None:
        """Give back what threads still wait for Kaltura with.

        A merge that has begun is waited for by the database: it holds the row that is changed here.
        """
        until = time.monotonic() + LAST_WORDS.total_seconds()
        for thread in serving:
            thread.join(max(0.0, until - time.monotonic()))
        for claim in list(self.in_hand.values()):
            give_back(claim)

    # Signs of life -------------------------------------------------------------------------------

    @contextmanager
    def present(self) -> Iterator[None]:
        """Be a row of `Worker`, with a heartbeat, while the body runs."""
        Worker.objects.create(name=self.name, host=HOST, pid=os.getpid())
        logger.info("worker_started", worker=self.name)
        gone = threading.Event()
        beat = threading.Thread(target=self._beat, args=(gone,), daemon=True)
        beat.start()
        try:
            yield
        finally:
            gone.set()
            beat.join()
            now = timezone.now()
            Worker.objects.filter(name=self.name).update(stopped_at=now, heartbeat_at=now)
            logger.info("worker_stopped", worker=self.name)

    def _beat(self, gone: threading.Event) -> None:
        me = Worker.objects.filter(name=self.name)
        try:
            while not gone.wait(BEAT.total_seconds()):
                self._carefully("beat", lambda: me.update(heartbeat_at=timezone.now()))
                close_old_connections()
        finally:
            connection.close()


def forget_old_workers() -> None:
    """Delete the rows of workers that are long gone."""
    Worker.objects.over(timezone.now()).delete()


CHORES = (delete_expired, delete_expired_uploads, forget_old_workers, watch)
