"""Stands for systemctl on the scratch machine: starts and stops what the documented units say.

Run as `python systemctl.py UNITS STATE start|stop|restart|enable|daemon-reload … unit…`.
"""

import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path


def values(unit: Path, key: str) -> list[str]:
    """Return what the unit's file says for the key."""
    pairs = (line.partition("=") for line in unit.read_text().splitlines())
    return [text.strip() for name, _, text in pairs if name == key]


def start(unit: Path, state: Path) -> None:
    """Start the unit's process in its folder and with its environment, and remember its number."""
    more = dict(pair.split("=", 1) for pair in values(unit, "Environment"))
    (command,) = values(unit, "ExecStart")
    (folder,) = values(unit, "WorkingDirectory")
    log = (state / f"{unit.stem}.log").open("ab")
    process = subprocess.Popen(
        shlex.split(command),
        cwd=folder,
        env=os.environ | more,
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        start_new_session=True,
    )
    (state / f"{unit.stem}.pid").write_text(str(process.pid))


def stop(unit: Path, state: Path) -> None:
    """End the unit's process and wait for it."""
    number = state / f"{unit.stem}.pid"
    if not number.exists():
        return
    pid = int(number.read_text())
    try:
        os.kill(pid, signal.SIGTERM)
        for _ in range(600):
            if is_gone(pid):
                break
            time.sleep(0.05)
        else:
            raise SystemExit(f"{unit.stem} did not stop")
    except ProcessLookupError:
        pass
    number.unlink()


def is_gone(pid: int) -> bool:
    """Return whether the process ended. What nobody waited for is a zombie, which has ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


def main(units: Path, state: Path, verb: str, words: Iterable[str]) -> None:
    """Do what systemctl would."""
    if verb not in ("start", "stop", "restart", "enable", "daemon-reload"):
        raise SystemExit(f"systemctl {verb} is not known here")
    for name in (word for word in words if not word.startswith("--")):
        unit = units / f"{name}.service"
        if verb in ("stop", "restart"):
            stop(unit, state)
        if verb in ("start", "restart", "enable"):
            start(unit, state)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], sys.argv[4:])
