"""The processes that a foreground command starts and must not leave behind.

Belongs here: starting, waiting until a port answers, stopping. Which processes those are is the
command's business.
"""

import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

PR_SET_PDEATHSIG = 1
STOP_SECONDS = 15.0
LOG_TAIL_LINES = 12


class ChildEnded(Exception):
    """A process ended that should go on; the message is a sentence and the end of its log."""


@dataclass(frozen=True)
class Child:
    """One started process, leader of its own process group."""

    name: str  # as people read it: "the web server"
    process: subprocess.Popen[bytes]
    log: Path

    def complaint(self) -> str:
        """Return what to tell when it ended by itself: a sentence, then the end of its log."""
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
        tail = "\n".join(f"  {line}" for line in lines[-LOG_TAIL_LINES:])
        return f"{self.name} ended (exit code {self.process.returncode}). {self.log} says:\n{tail}"


class Children:
    """A context that stops, on its way out, whatever was started in it, the last one first."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder  # where they run
        self.started: list[Child] = []

    def __enter__(self) -> "Children":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self, name: str, arguments: Sequence[str], log: Path) -> Child:
        """Start this Python with the arguments and return the child; its output goes to the log.

        It gets a process group of its own, so that Ctrl-C in the terminal reaches the command
        alone, and the children then stop in order.
        """
        with log.open("wb") as output:
            process = subprocess.Popen(  # noqa: S603 — this Python, arguments from the command
                [sys.executable, *arguments],
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=end_with_parent,  # noqa: PLW1509 — no thread is running yet
            )
        child = Child(name, process, log)
        self.started.append(child)
        return child

    def wait_until_answering(self, child: Child, port: int, seconds: float) -> None:
        """Return when the port of this machine takes connections.

        Raises: ChildEnded when the child ended, or did not listen in time.
        """
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.check()
            with socket.socket() as probe:
                probe.settimeout(1)
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return
            time.sleep(0.1)
        raise ChildEnded(f"{child.name} did not answer within {seconds:.0f} s. See {child.log}.")

    def check(self) -> None:
        """Raise ChildEnded when one of the children ended."""
        for child in self.started:
            if child.process.poll() is not None:
                raise ChildEnded(child.complaint())

    def stop(self) -> None:
        """Ask every group to end, the last started first; kill what does not in time."""
        for child in reversed(self.started):
            signal_group(child, signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.process.wait(STOP_SECONDS)
            # Also after a clean end: members of its group that outlived their leader.
            signal_group(child, signal.SIGKILL)
            child.process.wait()
        self.started.clear()


def signal_group(child: Child, number: signal.Signals) -> None:
    """Send the signal to the child's process group, if there still is one."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.process.pid, number)


def end_with_parent() -> None:
    """Ask Linux to end this process when its parent is killed. Elsewhere: nothing."""
    if LIBC is not None:
        LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


# Loaded before any fork: loading a library between fork and exec is not safe.
LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


def is_free(port: int) -> bool:
    """Return whether a server could listen on this port of 127.0.0.1."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def free_port() -> int:
    """Return a port of 127.0.0.1 that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
