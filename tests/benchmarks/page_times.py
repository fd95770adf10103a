"""Pages through gunicorn: the first time after a merge, often, and while another process merges."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import requests
from django.db.models import F

from reports.models import Account
from tests.benchmarks.data import LARGE
from tests.benchmarks.databases import ROOT
from tests.benchmarks.figure import Figure, Value, median, percentile, repeated, seconds
from tests.benchmarks.loading import fetch
from tests.benchmarks.machine import peak_bytes
from tests.benchmarks.pages import Days, Page, pages, ranges
from tests.benchmarks.server import ADMINISTRATOR, TEACHER, Site, ended, served

WARM_REQUESTS, WARM_SECONDS = 50, 8.0  # no more begin after so long
COLD_TIMES, COLD_SECONDS = 3, 2.0  # once, where that takes longer
MOST_MEMORY = 200e6
LOOK_AT_WORKER_AFTER = 5.0  # seconds: it has looked for work by then


def measure(scale: float) -> Iterator[Figure]:
    """Ask for every page; then for some of them while another process merges."""
    found = pages(scale)
    with served() as site:
        clients = {name: site.signed_in(name) for name in (ADMINISTRATOR, TEACHER)}
        _warm_up(site, clients, found, ranges(scale)[0])
        for page in found:
            yield quiet(site, clients[page.viewer], page)
        yield Figure(
            "memory", "web process, pages", "B", (Value("peak", site.peak_bytes(), MOST_MEMORY),)
        )
        with _merging(scale):
            for page in found:
                if page.is_busy:
                    yield _busy(site, clients[page.viewer], page)
    yield _waiting_worker()


def _warm_up(
    site: Site, clients: dict[str, requests.Session], found: list[Page], month: Days
) -> None:
    """Ask for each kind of page over a day: what a process reads only once is read then."""
    last_day = Days(month.end - timedelta(days=1), month.end)
    for page in found:
        _get(clients[page.viewer], site, f"{page.path.partition('?')[0]}?{last_day.query}")


def quiet(site: Site, client: requests.Session, page: Page) -> Figure:
    """Return what the page takes when nothing else is done."""

    def cold() -> float:
        Account.objects.update(data_version=F("data_version") + 1)
        return seconds(lambda: _get(client, site, page.path))

    first = [cold()]
    while len(first) < COLD_TIMES and first[0] < COLD_SECONDS:
        first.append(cold())
    spent = _spent(site, client, page)
    return Figure(
        "pages",
        page.name,
        "s",
        (
            Value("p50", median(spent), page.budget.p50),
            Value("p95", percentile(spent, 95), page.budget.p95),
            Value("after a merge", median(first), page.budget.cold),
        ),
        _least_seconds(page.least),
        note=_few(spent),
    )


def _busy(site: Site, client: requests.Session, page: Page) -> Figure:
    before = _version()
    spent = _spent(site, client, page)
    values = (
        Value("p50", median(spent), page.budget.p50),
        Value("p95", percentile(spent, 95), page.budget.p95),
    )
    merged = f"merges meanwhile: {_version() - before}"
    return Figure("busy pages", page.name, "s", values, note=_few(spent, merged))


def _spent(site: Site, client: requests.Session, page: Page) -> list[float]:
    def get() -> None:
        _get(client, site, page.path)

    return repeated(get, WARM_REQUESTS, most_seconds=WARM_SECONDS)


def _few(spent: list[float], more: str = "") -> str:
    """Return the note of a figure, with the number of requests where there were fewer."""
    count = "" if len(spent) == WARM_REQUESTS else f"{len(spent)} of {WARM_REQUESTS} requests"
    return ", ".join(filter(None, (count, more)))


def _get(client: requests.Session, site: Site, path: str) -> None:
    client.get(f"{site.address}{path}", timeout=300).raise_for_status()


def _least_seconds(query: str) -> float:
    fetch(query)  # what the page has read too by now
    return median(repeated(lambda: fetch(query), 5, most_seconds=2))


@contextmanager
def _merging(scale: float) -> Iterator[None]:
    """Let another process merge one day after the other, from its first merge on."""
    command = [sys.executable, "-m", "tests.benchmarks.bench", "merge_on", str(scale)]
    before = _version()
    with ended(subprocess.Popen(command, cwd=ROOT)) as process:
        while _version() == before:
            if process.poll() is not None:
                raise SystemExit("The process that merges has ended.")
            time.sleep(0.1)
        yield


def _version() -> int:
    """Return what grows with each merge."""
    return Account.objects.get(partner_id=LARGE.partner_id).data_version


def _waiting_worker() -> Figure:
    command = [sys.executable, "manage.py", "worker"]
    with ended(subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)) as process:
        time.sleep(LOOK_AT_WORKER_AFTER)
        peak = peak_bytes(process.pid)
    return Figure("memory", "worker that waits for work", "B", (Value("peak", peak, MOST_MEMORY),))
