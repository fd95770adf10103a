"""`manage.py demo`: the whole product on this machine against the simulator, until Ctrl-C.

Everything it keeps is in var/demo: its own keys, database, passwords and university. It runs with
settings of its own, so that neither the real database nor a real Kaltura account is ever touched.
The simulator is known to this module alone.
"""

import fcntl
import hashlib
import json
import os
import secrets
import signal
import sys
import time
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, NoReturn

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from config.fresh_env import write_fresh_env
from reports.management.demo_moodle import connect_moodle, kept_port
from reports.management.processes import Child, ChildEnded, Children, free_port, is_free
from reports.models import Account, Role, Room, RoomGrant, Schedule, ScheduleKind, User
from reports.simulator.accounts import DEFAULT_ACCOUNT
from reports.simulator.campus import Teacher
from reports.simulator.university import University

FOLDER = settings.VAR_DIR / "demo"
ENV_FILE = FOLDER / "env"
STATE_FILE = FOLDER / "university.json"
PASSWORD_FILE = FOLDER / "passwords.json"
MOODLE_FILE = FOLDER / "moodle-port"
SYNCED_FILE = FOLDER / "synced.json"  # {"until": the last day of the last whole sync}
ENDPOINT = "simulator"
ACCOUNT_NAME = "demo"
START_SECONDS = 60.0
STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
ALWAYS_SYNCED = timedelta(days=14)  # before anything older, so that the first pages fill at once
SETTLING = timedelta(days=4)


class Command(BaseCommand):
    """Sets up what is missing, starts the processes, fills the database, waits."""

    help = "Serve the dashboard on this machine with an invented university. Ctrl-C stops it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=8000, help="of the dashboard (8000)")

    def handle(self, *, port: int, **_: Any) -> None:
        if not 0 < port < 65536:
            raise CommandError(f"{port} is not a port: choose one from 1024 to 65535.")
        if not is_free(port):
            raise CommandError(
                f"Port {port} on 127.0.0.1 can't be used: another program listens there, or it is"
                f" reserved. Stop that program, or choose another port: make demo PORT={port + 10}"
            )
        if os.environ.get("ENV_FILE") != str(ENV_FILE):
            begin_again_with_own_settings(port)
        with only_demo(), Children(settings.BASE_DIR) as children:
            try:
                self.run(children, port)
            except KeyboardInterrupt:
                self.stdout.write("\nStopping.")
            except ChildEnded as error:
                raise CommandError(str(error)) from error

    def run(self, children: Children, port: int) -> None:
        """Start everything and stay until a child ends or somebody interrupts."""
        for number in STOPPING:
            signal.signal(number, interrupt)
        self.prepare()
        simulator = start_simulator(children)
        web = start_web(children, port)
        children.wait_until_answering(simulator, simulator_port(), START_SECONDS)
        children.wait_until_answering(web, port, START_SECONDS)
        passwords = ensure_users()
        ensure_account()
        ensure_schedule()
        address = f"http://127.0.0.1:{port}/"
        connect_moodle(moodle_issuer(), address, Account.objects.get(name=ACCOUNT_NAME))
        self.stdout.write(f"The dashboard answers at {address}. Asking the simulator for its data.")
        self.sync()
        grant_rooms()
        children.start("The worker", ["manage.py", "worker"], FOLDER / "worker.log")
        self.stdout.write(sign_in_text(address, passwords))
        while True:
            children.check()
            time.sleep(1)

    def prepare(self) -> None:
        """Migrate, and collect the static files if one of them changed."""
        call_command("migrate", verbosity=0)
        stamp = FOLDER / "collected"
        now = static_fingerprint()
        if not stamp.exists() or stamp.read_text() != now:
            self.stdout.write("Collecting static files.")
            call_command("collectstatic", interactive=False, clear=True, verbosity=0)
            stamp.write_text(now)

    def sync(self) -> None:
        """Ask for the newest days, then for the whole term; later only for what came since.

        A gap or a failure is told and does not end the demo: the worker goes on with it.
        """
        tomorrow = datetime.now(UTC).date() + timedelta(days=1)
        spans = [(tomorrow - ALWAYS_SYNCED, tomorrow), (university().starts_on, tomorrow)]
        if SYNCED_FILE.exists():
            until = date.fromisoformat(json.loads(SYNCED_FILE.read_text())["until"])
            spans = [(min(until, tomorrow) - SETTLING, tomorrow)]
        for first, end in spans:
            if not self.sync_span(first, end):
                return
        SYNCED_FILE.write_text(json.dumps({"until": str(tomorrow)}))

    def sync_span(self, first: date, end: date) -> bool:
        """Sync the days before `end`; return whether everything was asked and whole."""
        try:
            call_command("sync", ACCOUNT_NAME, "--from", str(first), "--to", str(end))
        except CommandError as error:
            self.stderr.write(f"{error} The next start asks again.")
            return False
        except SystemExit as ended:  # the command's own exit codes: 3 with gaps, 1 failed
            return ended.code in (0, None)
        return True


def begin_again_with_own_settings(port: int) -> NoReturn:
    """Replace this process by the same command under the settings of var/demo/env."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    write_fresh_env(
        ENV_FILE,
        DATABASE_URL=f"sqlite:///{FOLDER.relative_to(settings.BASE_DIR)}/rollcall.sqlite3",
        KALTURA_ENDPOINTS=f"{ENDPOINT}=http://127.0.0.1:{free_port()}",
        SITE_NAME="Rollcall demo",
    )
    own = {name: value for name, value in os.environ.items() if not is_setting(name)}
    own["ENV_FILE"] = str(ENV_FILE)
    arguments = [sys.executable, str(settings.BASE_DIR / "manage.py"), "demo", "--port", str(port)]
    sys.stdout.flush()
    os.execve(sys.executable, arguments, own)  # noqa: S606 — this very program, no shell


def is_setting(name: str) -> bool:
    """Return whether the environment variable is one of the product's settings."""
    return name.removesuffix("_FILE") in settings.SETTING_NAMES or name == "ENV_FILE"


@contextmanager
def only_demo() -> Iterator[None]:
    """Hold the demo's lock. Raises CommandError where another demo runs in this folder."""
    with (FOLDER / "lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CommandError("This folder's demo is already running. Stop it first.") from None
        yield


def interrupt(*_: Any) -> NoReturn:
    """Stop, and let no second signal break into the stopping: it ends within seconds anyway."""
    for number in STOPPING:
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


def simulator_port() -> int:
    """Return the port in the demo's settings, the same at every run."""
    return int(settings.KALTURA_ENDPOINTS[ENDPOINT].rpartition(":")[2])


def moodle_issuer() -> str:
    """Return the stand-in's address: another site than the dashboard's, as in life."""
    return f"http://localhost:{kept_port(MOODLE_FILE)}"


def start_simulator(children: Children) -> Child:
    """Start the local Kaltura. Raises CommandError where its port was taken since."""
    port = simulator_port()
    if not is_free(port):
        raise CommandError(
            f"The simulator's port {port} is in use by another program. Stop that, or write another"
            f" port into {ENV_FILE}."
        )
    arguments = ["-m", "reports.simulator", "--port", str(port), "--state", str(STATE_FILE)]
    arguments += ["--moodle-port", str(kept_port(MOODLE_FILE))]
    return children.start("The simulator", arguments, FOLDER / "simulator.log")


def start_web(children: Children, port: int) -> Child:
    """Start the web server on this machine's loopback."""
    arguments = ["-m", "gunicorn", "config.wsgi:application", "--bind", f"127.0.0.1:{port}"]
    options = ["--workers", "2", "--threads", "4", "--timeout", "120", "--no-control-socket"]
    return children.start("The web server", arguments + options, FOLDER / "web.log")


def university() -> University:
    """Return the simulator's university, out of the state that it keeps."""
    state = json.loads(STATE_FILE.read_text())
    founded_on = date.fromisoformat(state["anchored_on"])
    return University(state["seed"], founded_on, state["courses"], state["weeks"])


def static_fingerprint() -> str:
    """Return a digest that changes with any static file's path, size or time."""
    digest = hashlib.sha256()
    for finder in get_finders():
        for path, storage in finder.list([]):
            status = Path(storage.path(path)).stat()
            digest.update(f"{path} {status.st_size} {status.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def ensure_account() -> None:
    """Connect the simulator's account, as an administrator would."""
    if Account.objects.filter(name=ACCOUNT_NAME).exists():
        return
    token = DEFAULT_ACCOUNT.app_tokens[0]
    secret_file = FOLDER / "app-token"
    secret_file.write_text(token.token)
    try:
        call_command(
            *("connect", ACCOUNT_NAME, "--endpoint", ENDPOINT),
            *("--partner-id", str(DEFAULT_ACCOUNT.partner_id), "--sign-in", "app-token"),
            *("--app-token-id", token.id, "--hash-type", token.hash_type),
            *("--secret-file", str(secret_file)),
        )
    finally:
        secret_file.unlink()


def ensure_schedule() -> None:
    """Let the account be asked every hour, beginning with the next one; a person's choice stays."""
    account = Account.objects.get(name=ACCOUNT_NAME)
    values = {"kind": ScheduleKind.HOURLY, "planned_at": timezone.now()}
    Schedule.objects.get_or_create(account=account, defaults=values)


def ensure_users() -> dict[str, str]:
    """Return the demo's passwords by user name; users and passwords are made where missing.

    The teacher is the one of the university's with the most rooms.
    """
    if not PASSWORD_FILE.exists():
        made = {name: secrets.token_urlsafe(9) for name in ("admin", "teacher")}
        PASSWORD_FILE.touch(mode=0o600)
        PASSWORD_FILE.write_text(json.dumps(made))
    passwords: dict[str, str] = json.loads(PASSWORD_FILE.read_text())
    first_name, _, last_name = demo_teacher().name.partition(" ")
    ensure_user("admin", passwords["admin"], Role.ADMINISTRATOR, "Demo", "Administrator")
    ensure_user("teacher", passwords["teacher"], Role.TEACHER, first_name, last_name)
    return passwords


def ensure_user(name: str, password: str, role: Role, first_name: str, last_name: str) -> None:
    """Make the user, or give an existing one back the password that is printed."""
    user, is_new = User.objects.get_or_create(
        username=name,
        defaults={
            "role": role,
            "first_name": first_name,
            "last_name": last_name,
            "is_staff": role == Role.ADMINISTRATOR,
            "is_superuser": role == Role.ADMINISTRATOR,
        },
    )
    if is_new or not user.check_password(password):
        user.set_password(password)
        user.save()


def demo_teacher() -> Teacher:
    """Return the university's teacher with the most rooms."""
    return max(university().teachers, key=lambda teacher: len(teacher.room_ids))


def grant_rooms() -> None:
    """Give the demo's teacher the rooms of her courses, as far as they are known by now."""
    user = User.objects.get(username="teacher")
    rooms = Room.objects.filter(
        account__name=ACCOUNT_NAME, entry_id__in=demo_teacher().room_ids
    ).exclude(grants__user=user)
    RoomGrant.objects.bulk_create([RoomGrant(user=user, room=room) for room in rooms])


def sign_in_text(address: str, passwords: dict[str, str]) -> str:
    """Return what the terminal shows last: where, and as whom."""
    lines = [f"  {name:<8} {password}" for name, password in passwords.items()]
    return "\n".join(
        [
            "",
            f"Rollcall: {address}",
            "Sign in as (user name, password):",
            *lines,
            f"Inside a course, as a teacher, learner or administrator: {moodle_issuer()}/",
            "  (a stand-in for Moodle: no sign-in, not Moodle itself)",
            f"Logs are in {FOLDER.relative_to(settings.BASE_DIR)}/. Ctrl-C stops everything.",
        ]
    )
