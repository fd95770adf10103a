"""Many readers at once, through a tiny round robin that goes to the next service when one is gone.

That is what nginx does with `proxy_next_upstream error`. Whatever else goes wrong is kept: an answer
that is no 200, a service that breaks off without having been killed, a figure that was never true.
"""

import csv
import io
import itertools
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field

import requests

from tests.scaling.site import Browser, Process
from tests.truth import SessionTruth

DAYS = "from=2026-01-01&to=2026-01-31&tz=UTC"
PAGES = ("/", "/sessions/", "/rooms/", "/attendees/")
FILES = ("/sessions.csv", "/rooms.csv", "/attendees.csv")
SUMS = ("Attendees", "Time in session (s)", "Engaged time (s)")
MOST_TRIES = 20
MOST_ROUNDS = 40  # of each reader, should nobody ever say that it is enough
PAUSE = 0.2  # seconds between two of them


@dataclass
class Crowd:
    """Readers who all ask at the same time, and what they saw."""

    services: list[Process]
    signed_in: Browser
    account: int
    truth: Mapping[str, SessionTruth]
    killed: set[str] = field(default_factory=set)  # addresses whose errors are expected
    answered: int = 0
    broken_off: list[str] = field(default_factory=list)  # by the killed service; asked again
    wrong: list[str] = field(default_factory=list)
    seen_whole: set[str] = field(default_factory=set)  # sessions whose people were looked at
    enough: threading.Event = field(
        default_factory=threading.Event
    )  # one more round each, then end
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _turns: "itertools.count[int]" = field(default_factory=itertools.count)

    def start(self, readers: int) -> list[threading.Thread]:
        """Let that many readers begin."""
        threads = [threading.Thread(target=self._read, args=(n,)) for n in range(readers)]
        for thread in threads:
            thread.start()
        return threads

    def _read(self, number: int) -> None:
        """Read again and again, and once more after it was enough: fast readers must not be gone
        before what they are to live through has happened."""
        try:
            for _ in range(MOST_ROUNDS):
                is_last = self.enough.is_set()
                self._read_once(number)
                if is_last:
                    return
                self.enough.wait(PAUSE)
        except Exception as error:  # noqa: BLE001 — a thread's end is nobody's to see
            self._complain(f"reader {number} gave up: {error!r}")

    def _read_once(self, number: int) -> None:
        for path in (PAGES[number % 4], FILES[number % 3], PAGES[(number + 1) % 4]):
            self._ask(f"{path}?{DAYS}")
        whole = self._sessions_as_told()
        if whole:
            self._look_at(whole[number % len(whole)])

    def _sessions_as_told(self) -> list[str]:
        """Read the file of sessions: each figure is the truth or unknown. Return the known ones."""
        known = []
        for row in rows_of(self._ask(f"/sessions.csv?{DAYS}")):
            cue = row["Session id"]
            figures = tuple(row[name] for name in SUMS)
            if figures == ("", "", ""):
                continue
            known.append(cue)
            if figures != true_figures(self.truth[cue]):
                self._complain(f"{cue} was told as {figures}")
        return known

    def _look_at(self, cue: str) -> None:
        """Read the page and the people of a session that is known."""
        self._ask(f"/sessions/{self.account}/{cue}/?tz=UTC")
        told = people_of(self._ask(f"/sessions/{self.account}/{cue}/attendees.csv?tz=UTC"))
        if told != true_people(self.truth[cue]):
            self._complain(f"the people of {cue} were told as {told}")
        with self._lock:
            self.seen_whole.add(cue)

    def _ask(self, path: str) -> str:
        """Return the body of a 200, from the next service whose turn it is."""
        for _ in range(MOST_TRIES):
            with self._lock:
                web = self.services[next(self._turns) % len(self.services)]
            try:
                answer = self.signed_in.get(web.address, path)
            except requests.RequestException as error:
                if web.address not in self.killed:
                    self._complain(f"{path} broke off: {error!r}")
                with self._lock:
                    self.broken_off.append(path)
                continue
            if answer.status_code != requests.codes.ok:
                self._complain(f"{path} was answered by {answer.status_code}")
            with self._lock:
                self.answered += 1
            return answer.content.decode("utf-8-sig")
        raise AssertionError(f"nobody answered {path}")

    def _complain(self, text: str) -> None:
        with self._lock:
            self.wrong.append(text)


def rows_of(text: str) -> list[dict[str, str]]:
    """Return the rows of a CSV file."""
    return list(csv.DictReader(io.StringIO(text, newline="")))


def true_figures(known: SessionTruth) -> tuple[str, ...]:
    """Return a session's sums as the file of sessions writes them."""
    return (str(len(known.attendees)), str(known.view_seconds), str(known.engaged_seconds))


def people_of(text: str) -> dict[str, tuple[str, str]]:
    """Return seconds in session and engaged seconds by user id, of a session's file."""
    return {row["User id"]: (row[SUMS[1]], row[SUMS[2]]) for row in rows_of(text)}


def true_people(known: SessionTruth) -> dict[str, tuple[str, str]]:
    """Return the same out of the truth; everybody there has a user id."""
    return {key[0]: (str(view), str(engaged)) for key, (view, engaged) in known.attendees.items()}
