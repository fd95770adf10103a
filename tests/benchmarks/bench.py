"""`make bench`: how long a merge and the list of sessions take. Prints; asserts nothing.

SCALE is the share of design size (100,000 sessions, 5,000,000 attendances over three years); 0.1 if
not given. Every database that answers is measured: SQLite always, PostgreSQL on this machine.
"""

import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import requests

ROOT = Path(__file__).resolve().parent.parent.parent
FOLDER = ROOT / "var" / "bench"
POSTGRES = "postgres://postgres@127.0.0.1:5432/"
DATABASE = "rollcall_bench"
PORT = 8199
PASSWORD = "bench-only-password"
WARM_REQUESTS = 50


def main() -> None:
    """Measure each database in a process of its own, so that memory figures are its own."""
    if len(sys.argv) > 1:
        measure(sys.argv[1])
        return
    for name, url in databases():
        print(f"\n{name}", flush=True)
        environment = os.environ | {
            "TEST_DATABASE_URL": url,
            "DJANGO_SETTINGS_MODULE": "tests.settings",
        }
        command = [sys.executable, "-m", "tests.benchmarks.bench", url]
        subprocess.run(command, env=environment, cwd=ROOT, check=True)


def databases() -> Iterator[tuple[str, str]]:
    """Yield a fresh SQLite file, and a fresh PostgreSQL database where a server answers."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for old in FOLDER.glob("bench.sqlite3*"):
        old.unlink()
    yield "SQLite", f"sqlite:///{FOLDER}/bench.sqlite3"
    import psycopg

    try:
        with psycopg.connect(f"{POSTGRES}postgres", autocommit=True) as server:
            server.execute(f"DROP DATABASE IF EXISTS {DATABASE}")
            server.execute(f"CREATE DATABASE {DATABASE}")
    except psycopg.OperationalError as error:
        print(f"PostgreSQL is not measured: {str(error).splitlines()[0]}")
        return
    yield "PostgreSQL", f"{POSTGRES}{DATABASE}"


def measure(url: str) -> None:
    """Build the data by the product's own merge, then ask for pages through gunicorn."""
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    scale = float(os.environ.get("SCALE", "0.1"))
    measure_merges(scale)
    print(f"memory of the merging process: {peak_megabytes():.0f} MB at most")
    measure_pages(url)


def measure_merges(scale: float) -> None:
    """Merge day after day; then one day again unchanged, and a day of 50,000 rows."""
    from tests.benchmarks.data import ATTENDEES_EACH, Size, day_data

    size = Size(scale)
    a_day = round(size.sessions / size.days)
    account = new_account()
    spent = [merge_seconds(account, day_data(number, a_day)) for number in range(size.days)]
    rows = a_day * ATTENDEES_EACH
    total = sum(spent)
    print(f"{size.days} days, {a_day} sessions and {rows} attendances each: {total:.1f} s in all")
    print(f"merge of a day of {rows} rows: p50 {p(spent, 50)}, p95 {p(spent, 95)}")
    again = [merge_seconds(account, day_data(size.days - 1, a_day)) for _ in range(5)]
    print(f"the same day again, unchanged: p50 {p(again, 50)}")
    large = day_data(size.days + 1, 1000)
    print(f"merge of a day of 50000 rows: {merge_seconds(account, large):.2f} s")
    print(
        f"yardstick, the same 50000 rows by executemany: {yardstick_seconds(large.span.start):.2f} s"
    )


def new_account() -> "object":
    """Return an account, and make the administrator who looks at it."""
    from reports.models import Account, User

    User.objects.create_superuser("bench", password=PASSWORD)
    return Account.objects.create(
        name="bench", endpoint="us", partner_id=1, sign_in="ks", secret="none"
    )


def merge_seconds(account: object, data: object) -> float:
    """Merge what was "fetched" for a day and return how long that took."""
    from reports.models import Tile
    from reports.sync.merge import merge_tile
    from reports.sync.spans import as_datetime

    start, end = as_datetime(data.span.start), as_datetime(data.span.end)  # type: ignore[attr-defined]
    tile, _ = Tile.objects.get_or_create(account=account, start_at=start, defaults={"end_at": end})
    return seconds(lambda: merge_tile(tile, tile.fence, data, run=None, filtered=False))  # type: ignore[arg-type]


def yardstick_seconds(start: int) -> float:
    """Load the resolved rows of a tile once more, into another tile, by the driver's executemany."""
    from django.db import connection, transaction

    from reports.models import Attendance, Tile
    from reports.sync.spans import as_datetime

    tile = Tile.objects.get(start_at=as_datetime(start))
    other = Tile.objects.create(
        account=tile.account, start_at=tile.start_at.replace(year=2020), end_at=tile.end_at
    )
    columns = ["session_id", "person_id", "view_seconds", "engaged_seconds", "user_type"]
    rows = [(*row, other.pk) for row in Attendance.objects.filter(tile=tile).values_list(*columns)]
    insert = (
        f"INSERT INTO reports_attendance ({', '.join(columns)}, tile_id) "
        "VALUES (%s, %s, %s, %s, %s, %s)"
    )

    def load() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.executemany(insert, rows)

    spent = seconds(load)
    other.delete()
    return spent


def measure_pages(url: str) -> None:
    """Ask for pages through gunicorn, signed in; print the first answer's time, p50 and p95."""
    month, term, all_years = (
        f"from=2023-09-01&to={last}&tz=UTC" for last in ("2023-09-30", "2024-01-31", "2026-09-01")
    )
    pages = {
        "overview, a month": f"/?{month}",
        "overview, everything": f"/?{all_years}",
        "sessions, a month": f"/sessions/?{month}",
        "sessions, everything": f"/sessions/?{all_years}",
        "sessions, everything, by attendees": f"/sessions/?{all_years}&sort=-attendees",
        "rooms, a month": f"/rooms/?{month}",
        "rooms, everything": f"/rooms/?{all_years}",
        "attendees, a month": f"/attendees/?{month}",
        "attendees, a term": f"/attendees/?{term}",
        "breakouts, everything": f"/breakouts/?{all_years}",
    }
    with served(url) as (client, address):
        for name, path in pages.items():
            cold = seconds(lambda: client.get(address + path).raise_for_status())  # noqa: B023
            spent = [seconds(lambda: client.get(address + path)) for _ in range(WARM_REQUESTS)]  # noqa: B023
            print(f"{name}: cold {p([cold], 50)}, p50 {p(spent, 50)}, p95 {p(spent, 95)}")


@contextmanager
def served(url: str) -> Iterator[tuple[requests.Session, str]]:
    """Run gunicorn on the database and yield a signed-in client and the address."""
    address = f"http://127.0.0.1:{PORT}"
    command = [sys.executable, "-m", "gunicorn", "config.wsgi:application", "--log-level", "error"]
    environment = os.environ | {
        "TEST_DATABASE_URL": url,
        "DJANGO_SETTINGS_MODULE": "tests.settings",
    }
    server = subprocess.Popen(
        [*command, "--bind", f"127.0.0.1:{PORT}", "--workers", "2"], env=environment, cwd=ROOT
    )
    try:
        yield signed_in(address), address
    finally:
        server.terminate()
        server.wait()


def signed_in(address: str) -> requests.Session:
    """Return a client that is signed in as the administrator, once the server answers."""
    client = requests.Session()
    for _ in range(100):
        try:
            client.get(f"{address}/healthz", timeout=5)
            break
        except requests.ConnectionError:
            time.sleep(0.1)
    client.get(f"{address}/sign-in/", timeout=30).raise_for_status()
    form = {"username": "bench", "password": PASSWORD}
    form["csrfmiddlewaretoken"] = client.cookies["csrftoken"]
    answer = client.post(f"{address}/sign-in/", data=form, timeout=30)
    if "/sign-in/" in answer.url:
        raise SystemExit("The benchmark could not sign in.")
    return client


def seconds(work: Callable[[], object]) -> float:
    """Return how long the work took."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def p(spent: list[float], percent: int) -> str:
    """Return a percentile in milliseconds."""
    if len(spent) == 1:
        return f"{spent[0] * 1000:.0f} ms"
    return f"{statistics.quantiles(spent, n=100, method='inclusive')[percent - 1] * 1000:.0f} ms"


def peak_megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
