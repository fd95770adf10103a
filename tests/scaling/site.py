"""A site of several processes: web services and workers on one PostgreSQL with one Redis.

Each service is a whole gunicorn, as another machine would run it. What a process writes goes to a
file of its own.
"""

import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import redis
import requests

from config.environment import cache_prefix
from reports.management.processes import free_port
from tests.commands.own_database import ROOT, OwnDatabase
from tests.servers import REDIS, redis_problem

USER, PASSWORD = "admin", "an administrator's long password"
LOG_LINE = re.compile(r"^\{.*\}$")
PATIENCE_SECONDS = 120  # of one wait: other tests may keep the machine busy


@dataclass
class Process:
    """A started process, leader of a group of its own, and where its output goes."""

    running: subprocess.Popen[bytes]
    log: Path
    address: str = ""  # of a web service

    def kill(self) -> None:
        """End it and whatever it started, at once, as a machine that fails does."""
        os.killpg(self.running.pid, signal.SIGKILL)
        self.running.wait()

    def stop(self) -> int:
        """Tell it to stop and return its exit code."""
        self.running.terminate()
        return self.running.wait(timeout=PATIENCE_SECONDS)


@dataclass
class Site:
    """The processes of one installation."""

    database: OwnDatabase
    folder: Path
    processes: list[Process] = field(default_factory=list)

    def start_web(self) -> Process:
        """Start a web service and wait until it says that it is ready."""
        address = f"127.0.0.1:{free_port()}"
        web = self._start(
            *("-m", "gunicorn", "--config", "config/gunicorn.py", "--bind", address, "config.wsgi"),
            DJANGO_SETTINGS_MODULE="tests.scaling.settings",
            WEB_CONCURRENCY="1",  # with four threads: the machines of these tests are small
            PYTHONWARNINGS="ignore:No directory at:UserWarning",  # nothing was collected
        )
        web.address = f"http://{address}"
        wait_until(lambda: _is_ready(web), web)
        return web

    def start_worker(self) -> Process:
        """Start a worker."""
        return self._start("manage.py", "worker", "--pause", "0.1", "--threads", "2")

    def end(self) -> None:
        """Kill whatever still runs."""
        for process in self.processes:
            if process.running.poll() is None:
                process.kill()

    def complaints(self) -> list[str]:
        """Return what the processes wrote that is more than a note of a start or a stop."""
        lines = [
            line for process in self.processes for line in process.log.read_text().splitlines()
        ]
        return [line for line in lines if _is_complaint(line)]

    def _start(self, *words: str, **env: str) -> Process:
        log = self.folder / f"process-{len(self.processes)}.log"
        with log.open("wb") as output:
            running = subprocess.Popen(
                [sys.executable, *words],
                env=self.database.environment() | env,
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        process = Process(running, log)
        self.processes.append(process)
        return process


def _is_complaint(line: str) -> bool:
    """Return whether it is a warning or worse, or no line of a log at all, as of a traceback."""
    if LOG_LINE.match(line):
        return json.loads(line)["level"] not in ("debug", "info")
    return "[INFO]" not in line and line != "Worker stopped."


def _is_ready(web: Process) -> bool:
    try:
        return requests.get(f"{web.address}/readyz", timeout=PATIENCE_SECONDS).ok
    except requests.ConnectionError:
        return False


def wait_until(is_so: Callable[[], Any], process: Process) -> None:
    """Return when it is so. Fails when the process ends, or nothing comes of it."""
    pause = threading.Event()
    for _ in range(PATIENCE_SECONDS * 20):
        if is_so():
            return
        assert process.running.poll() is None, process.log.read_text()
        pause.wait(0.05)
    pytest.fail("it never happened")


@contextmanager
def shared_cache(secret_key: str) -> Iterator[None]:
    """Let processes with this key use Redis, and delete what they left. Skips where none answers."""
    if problem := redis_problem():
        pytest.skip(f"no Redis for this test; TEST_REDIS_URL names one: {problem}")
    with redis.Redis.from_url(REDIS, socket_timeout=5) as client:
        yield
        for key in client.scan_iter(match=f"{cache_prefix(secret_key)}:*"):
            client.delete(key)


class Browser:
    """Somebody signed in, who asks whichever service a proxy would pick.

    Every request has a connection of its own: one that lies idle may be closed by the other side.
    """

    def __init__(self) -> None:
        self.cookies = requests.cookies.RequestsCookieJar()

    def get(self, address: str, path: str) -> requests.Response:
        """Return the answer of that service."""
        return self._ask("GET", address, path)

    def post(self, address: str, path: str, **form: str) -> requests.Response:
        """Send a form to that service."""
        form["csrfmiddlewaretoken"] = self.cookies["csrftoken"]
        return self._ask("POST", address, path, data=form)

    def sign_in(self, address: str, password: str = PASSWORD) -> requests.Response:
        """Sign in at that service."""
        self.get(address, "/sign-in/")
        return self.post(address, "/sign-in/", username=USER, password=password)

    def _ask(self, method: str, address: str, path: str, **more: Any) -> requests.Response:
        answer = requests.request(
            method,
            f"{address}{path}",
            cookies=self.cookies,
            headers={"Connection": "close"},
            allow_redirects=False,
            timeout=PATIENCE_SECONDS,
            **more,
        )
        if answer.cookies:
            self.cookies.update(answer.cookies)
        return answer
