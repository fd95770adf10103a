"""What it was measured on, and how much memory processes take. Linux: read from /proc."""

import os
import platform
import re
import sqlite3
from pathlib import Path

PROC = Path("/proc")


def machine() -> dict[str, str]:
    """Return what the figures depend on. No name of a host, no path."""
    model = re.search(r"^model name\s*:\s*(.+)$", _text("cpuinfo"), re.MULTILINE)
    total = re.search(r"^MemTotal:\s*(\d+) kB", _text("meminfo"), re.MULTILINE)
    return {
        "Processor": f"{model[1] if model else platform.machine()}, {os.cpu_count()} cores",
        "Memory": f"{int(total[1]) / 1024**2:.0f} GB" if total else "unknown",
        "System": platform.system(),
        "Python": platform.python_version(),
        "Django": _django(),
    }


def database_version() -> str:
    """Return the version of the database that Django is connected to, with what was set for it."""
    from django.db import connection

    if connection.vendor == "sqlite":
        return f"SQLite {sqlite3.sqlite_version}"
    with connection.cursor() as cursor:
        told = []
        for name in ("server_version", "shared_buffers", "work_mem"):
            cursor.execute(f"SHOW {name}")
            told.append(cursor.fetchone()[0])
    version, buffers, memory = told
    return f"PostgreSQL {version.split()[0]} (shared_buffers {buffers}, work_mem {memory})"


def peak_bytes(pid: int | str = "self") -> int | None:
    """Return the most memory that a process has had resident; None when it is gone."""
    found = re.search(r"^VmHWM:\s*(\d+) kB", _text(f"{pid}/status"), re.MULTILINE)
    return int(found[1]) * 1024 if found else None


def forget_peak(pid: int) -> None:
    """Begin `peak_bytes` anew: from what the process has now."""
    (PROC / str(pid) / "clear_refs").write_text("5")


def children(pid: int) -> list[int]:
    """Return the processes that a process started."""
    return [int(word) for word in _text(f"{pid}/task/{pid}/children").split()]


def _text(name: str) -> str:
    try:
        return (PROC / name).read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def _django() -> str:
    import django

    return django.get_version()
