"""The processes of a foreground command: none is left behind, none dies unnoticed."""

import contextlib
import os
import socket
import textwrap
import time
from pathlib import Path

import pytest

from reports.management.processes import ChildEnded, Children, free_port, is_free

LISTENS_WITH_A_CHILD = textwrap.dedent(
    """
    import os, socket, sys, time
    if os.fork() == 0:
        import signal
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # a stubborn grandchild
        print(os.getpid(), flush=True)
        time.sleep(600)
    server = socket.create_server(("127.0.0.1", int(sys.argv[1])))
    while True:
        server.accept()[0].close()
    """
)


SLEEPS = ["-c", "import time; time.sleep(600)"]


def is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def ends_soon(pid: int) -> bool:
    """Return whether the process ends: killing a process that is not our child can't be awaited."""
    for _ in range(200):
        if not is_running(pid):
            return True
        time.sleep(0.05)
    return False


def test_leaving_the_context_ends_the_child_and_its_children(tmp_path: Path) -> None:
    port, log = free_port(), tmp_path / "log"
    with Children(tmp_path) as children:
        child = children.start("The server", ["-c", LISTENS_WITH_A_CHILD, str(port)], log)
        children.wait_until_answering(child, port, seconds=30)
        assert not is_free(port)
        pids = [child.process.pid, int(log.read_text().split()[0])]
        assert all(is_running(pid) for pid in pids)
        assert os.getpgid(child.process.pid) != os.getpgid(0)

    assert all(ends_soon(pid) for pid in pids)
    assert is_free(port)


def test_an_error_inside_ends_the_children_too(tmp_path: Path) -> None:
    with contextlib.suppress(KeyboardInterrupt), Children(tmp_path) as children:
        child = children.start("The sleeper", SLEEPS, tmp_path / "log")
        raise KeyboardInterrupt
    assert child.process.returncode is not None


def test_a_child_that_ends_is_told_with_the_end_of_its_log(tmp_path: Path) -> None:
    with Children(tmp_path) as children:
        child = children.start("The server", ["-c", "exit('no disk left')"], tmp_path / "log")
        child.process.wait()
        with pytest.raises(
            ChildEnded, match=r"The server ended \(exit code 1\)[\s\S]*no disk left"
        ):
            children.check()


def test_a_child_that_never_listens_is_told(tmp_path: Path) -> None:
    with Children(tmp_path) as children:
        child = children.start("The server", SLEEPS, tmp_path / "log")
        with pytest.raises(ChildEnded, match="did not answer"):
            children.wait_until_answering(child, free_port(), seconds=0.3)


def test_a_port_is_free_until_somebody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert not is_free(server.getsockname()[1])
    assert is_free(free_port())
