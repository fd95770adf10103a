"""A scratch machine: the folders that docs/install.md names, the program, and a database of its own.

Commands run as they stand in the document, apart from what can't be the same here: folders are
below the scratch folder, `sudo` and `systemctl` are stand-ins, the database has another name, the
web process another port.
"""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings

from config.assets import ASSETS
from reports.management.processes import free_port
from tests.install.document import commands

ROOT = Path(settings.BASE_DIR)
PROGRAM = (
    *("config", "docs", "locale", "reports", "requirements", "static", "templates"),
    *("Makefile", "manage.py", "package.json", "package-lock.json", ".npmrc"),
)
FOLDERS = (
    "etc/rollcall",
    "etc/systemd/system",
    "etc/cron.d",
    "var/backups/rollcall",
    "root",
    "bin",
)
SMALL = 100_000  # bytes
PLACE = re.compile(r"(?<![\w./])/(opt|etc|var|root)/")
NAME = re.compile(r"(?<![\w/.@:-])rollcall(?![\w./:@-])")
SUDO = """#!/bin/sh
# Stands for sudo: the same user, but PostgreSQL's user of that name.
if [ "$1" = -u ]; then who=$2; shift 2; fi
if [ "$who" = postgres ]; then export PGUSER="$SERVER_USER" PGPASSWORD="$SERVER_PASSWORD"; fi
exec "$@"
"""
SYSTEMCTL = """#!/bin/sh
exec "{python}" "{here}/systemctl.py" "{root}/etc/systemd/system" "{root}" "$@"
"""


@dataclass
class Machine:
    """Where the document's commands run."""

    root: Path  # stands for /
    database: str  # the name of its database, and of its owner at PostgreSQL
    database_url: str
    env: dict[str, str] = field(default_factory=dict)  # what commands need to find PostgreSQL
    port: int = field(default_factory=free_port)

    @property
    def program(self) -> Path:
        """Return what stands for /opt/rollcall."""
        return self.root / "opt/rollcall"

    def prepare(self) -> None:
        """Do steps 1 and 2, as far as they are folders and files, and write the stand-ins."""
        for folder in FOLDERS:
            (self.root / folder).mkdir(parents=True)
        self.program.mkdir(parents=True)
        for name in PROGRAM:
            copy(ROOT / name, self.program / name)
        for file in (self.program / "docs/examples").iterdir():
            file.write_text(self.here(file.read_text()))
        self.install_links()
        here = Path(__file__).parent
        self.stand_in("sudo", SUDO)
        self.stand_in(
            "systemctl", SYSTEMCTL.format(python=sys.executable, here=here, root=self.root)
        )

    def install_links(self) -> None:
        """Lead to what `make setup` would install: it is there already, for the tests."""
        venv, assets = self.program / ".venv", self.program / "node_modules"
        venv.mkdir()
        for part in Path(sys.prefix).iterdir():
            if not part.name.startswith(".installed"):
                (venv / part.name).symlink_to(part)
        for name in ASSETS.values():
            original, target = ROOT / "node_modules" / name, assets / name
            target.parent.mkdir(parents=True, exist_ok=True)
            if original.stat().st_size < SMALL:
                target.symlink_to(original)
            else:  # compressing the charts takes longer than all the rest, and no chart is drawn
                target.write_text("{}")
        (venv / ".installed-base").touch()
        (assets / ".installed").touch()

    def stand_in(self, name: str, text: str) -> None:
        """Write a command that comes before the machine's own of that name."""
        file = self.root / "bin" / name
        file.write_text(text)
        file.chmod(0o755)

    def here(self, text: str) -> str:
        """Return the document's text with this machine's folders and names."""
        text = text.replace("postgres:///rollcall", self.database_url)
        text = text.replace("sqlite:////opt/rollcall", f"sqlite:///{self.program}")
        text = text.replace("rollcall_before", f"{self.database}_before")
        text = text.replace("--directory / ", f"--directory {self.root}/ ")
        return PLACE.sub(rf"{self.root}/\1/", NAME.sub(self.database, text))

    def run(self, step: str, *, changes: dict[str, str] | None = None) -> str:
        """Run a step of the document, every command of it, and return what was printed.

        `changes` are words of the document that differ here. Raises AssertionError where it fails.
        """
        text = commands(step)
        for word, other in (changes or {}).items():
            assert word in text, f"the step “{step}” says no “{word}”"
            text = text.replace(word, other)
        done = self.shell(f"set -e\n{self.here(text)}")
        assert done.returncode == 0, f"{step}:\n{done.stdout}\n{done.stderr}"
        return done.stdout + done.stderr

    def manage(self, *words: str, typed: str = "", **env: str) -> subprocess.CompletedProcess[str]:
        """Run a command of manage.py."""
        return subprocess.run(
            [".venv/bin/python", "manage.py", *words],
            cwd=self.program,
            env=self.environment() | env,
            input=typed,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    def shell(self, text: str) -> subprocess.CompletedProcess[str]:
        """Run shell commands as an administrator would."""
        return subprocess.run(
            ["/bin/sh", "-c", text],
            cwd=self.root,
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=180,
        )

    def environment(self) -> dict[str, str]:
        """Return the whole environment of the commands: nothing of the tests' own settings."""
        kept = {name: os.environ[name] for name in ("HOME", "LANG") if name in os.environ}
        path = os.pathsep.join([str(self.root / "bin"), *self.tools(), os.environ["PATH"]])
        serve = f"--bind 127.0.0.1:{self.port}"
        return kept | {"PATH": path, "GUNICORN_CMD_ARGS": serve} | self.env

    def tools(self) -> list[str]:
        """Return the folder of PostgreSQL's programs, where one was named."""
        return [self.env["PG_TOOLS"]] if self.env.get("PG_TOOLS") else []

    def settings_file(self) -> Path:
        """Return what stands for /etc/rollcall/rollcall.env."""
        return self.root / "etc/rollcall/rollcall.env"

    def set(self, **values: str) -> None:
        """Edit the settings, as the document asks to."""
        lines = self.settings_file().read_text().splitlines()
        kept = [line for line in lines if line.partition("=")[0] not in values]
        kept += [f"{name}={value}" for name, value in values.items()]
        self.settings_file().write_text("\n".join(kept) + "\n")

    def stop(self) -> None:
        """End every process that was started."""
        self.shell("systemctl stop rollcall-web rollcall-worker")

    def log(self, unit: str) -> str:
        """Return what the unit's process wrote."""
        return (self.root / f"{unit}.log").read_text()


def copy(source: Path, target: Path) -> None:
    """Copy a file or folder of the program, with its times and without what Python keeps."""
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__", "screenshots"))
    else:
        shutil.copy2(source, target)
