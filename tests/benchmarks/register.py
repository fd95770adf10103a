"""The register of a course through gunicorn: its page, a learner's, and its files.

The courses are built at the beginning of the step, into the run's copy: other figures know nothing of
them. They are as large at every scale; what the scale changes is what else is stored.
"""

from collections.abc import Iterator

import requests
from django.urls import reverse

from reports.models import Course, Enrolment
from tests.benchmarks.courses import Size, store_course
from tests.benchmarks.figure import Figure, Value
from tests.benchmarks.files import CHUNK, MOST_MEMORY, Reading
from tests.benchmarks.page_times import quiet
from tests.benchmarks.pages import Budget, Page
from tests.benchmarks.server import Site, served

USUAL, LARGE = Size(300, 40), Size(1_000, 100)
REGISTER = Budget(None, 0.25, None)  # with its HTML
TOLD = Budget(None, None, None)  # has to be usable: the figure says how much so


def measure(scale: float) -> Iterator[Figure]:
    """Build both courses; ask for their registers, a learner's page and the files."""
    courses = {size: store_course(size, 200 + size.classes) for size in (USUAL, LARGE)}
    with served() as site:
        client = site.signed_in()
        for path in (_path("register", courses[USUAL]), _path("register-tidy-csv", courses[USUAL])):
            client.get(f"{site.address}{path}", timeout=60).raise_for_status()  # read only once
        for page in pages(courses):
            yield quiet(site, client, page)
        for size, course in courses.items():
            yield from _download(site, client, size, course)


def pages(courses: dict[Size, Course]) -> Iterator[Page]:
    for size, course in courses.items():
        path = f"{_path('register', course)}?{size.query}"
        budget = REGISTER if size == USUAL else TOLD
        yield Page(f"a register of {size.name}", path, budget, attendances(course))
    course = courses[USUAL]
    learner = Enrolment.objects.filter(course=course, kind=Enrolment.Kind.LEARNER).earliest("pk")
    path = f"{_path('register-learner', course, learner.pk)}?{USUAL.query}"
    yield Page(f"a learner of {USUAL.name}", path, TOLD, attendances(course))


def _path(name: str, course: Course, *more: int) -> str:
    return reverse(f"reports:{name}", args=[course.pk, *more])


def attendances(course: Course) -> str:
    """Return the SELECT of what a register must read at the least."""
    return (
        "SELECT s.cue_point_id, p.user_id, p.name, a.view_seconds FROM reports_attendance a"
        " JOIN reports_roomsession s ON s.id = a.session_id JOIN reports_person p"
        f" ON p.id = a.person_id WHERE s.account_id = {course.site.account_id}"
    )


def _download(site: Site, client: requests.Session, size: Size, course: Course) -> Iterator[Figure]:
    """Fetch the file of cells. It is computed whole before its first byte, so that has no budget."""
    site.forget_peak()
    read = Reading()
    address = f"{site.address}{_path('register-tidy-csv', course)}?{size.query}"
    with client.get(address, stream=True, timeout=300) as answer:
        answer.raise_for_status()
        for chunk in answer.iter_content(CHUNK):
            read.take(chunk)
    name = f"cells of a register of {size.name}"
    spent = (Value("file", read.spent), Value("first byte", read.first_byte))
    yield Figure("files", f"{name}, CSV", "s", spent, note=f"{read.lines - 1:,} rows")
    budget = MOST_MEMORY if size == USUAL else None
    peak = Value("peak", site.peak_bytes(), budget)
    yield Figure("memory", f"web process, {name} as CSV", "B", (peak,))
