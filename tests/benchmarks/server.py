"""gunicorn as it serves Rollcall, on the benchmark's database, and somebody who is signed in."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import requests

from tests.benchmarks.databases import ROOT
from tests.benchmarks.machine import children, forget_peak, peak_bytes

PORT = int(os.environ.get("BENCH_PORT") or 8199)
ADMINISTRATOR, TEACHER = "bench", "bench-teacher"
PASSWORD = "bench-only-password"
WEB_PROCESSES = 2
WAIT_SECONDS = 60  # for a short answer


@dataclass
class Site:
    """The running site."""

    address: str
    pid: int

    def signed_in(self, name: str = ADMINISTRATOR) -> requests.Session:
        """Return a client. Its connection is kept, so one and the same process answers it."""
        client = requests.Session()
        client.get(f"{self.address}/sign-in/", timeout=WAIT_SECONDS).raise_for_status()
        form = {"username": name, "password": PASSWORD}
        form["csrfmiddlewaretoken"] = client.cookies["csrftoken"]
        answer = client.post(f"{self.address}/sign-in/", data=form, timeout=WAIT_SECONDS)
        if "/sign-in/" in answer.url:
            raise SystemExit("The benchmark could not sign in.")
        return client

    def peak_bytes(self) -> int:
        """Return the most memory that one of the web processes has had."""
        return max(peak_bytes(pid) or 0 for pid in children(self.pid))

    def forget_peak(self) -> None:
        for pid in children(self.pid):
            forget_peak(pid)


@contextmanager
def served() -> Iterator[Site]:
    """Run gunicorn on the database of this process; it ends with the block, whatever happens."""
    address = f"127.0.0.1:{PORT}"
    command = [sys.executable, "-m", "gunicorn", "--config", "config/gunicorn.py"]
    command += ["--bind", address, "--workers", str(WEB_PROCESSES), "--log-level", "error"]
    command.append("config.wsgi:application")
    with ended(subprocess.Popen(command, cwd=ROOT)) as process:
        site = Site(f"http://{address}", process.pid)
        _wait_for(site, process)
        yield site


@contextmanager
def ended(process: subprocess.Popen[bytes]) -> Iterator[subprocess.Popen[bytes]]:
    """Give the process and end it afterwards."""
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_for(site: Site, process: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        if process.poll() is not None:
            raise SystemExit(f"gunicorn ended at once: is something else at port {PORT}?")
        try:
            requests.get(f"{site.address}/healthz", timeout=WAIT_SECONDS)
        except requests.ConnectionError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit("gunicorn does not answer.")
