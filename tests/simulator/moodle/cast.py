"""The fixed cast of the stand-in's tests: who is what in a site of two courses."""

from datetime import UTC, datetime

from reports.simulator.moodle.moodle_site import MoodleSite
from reports.simulator.moodle.records import Course, Enrolment, Person

ADMIN = Person(2, "admin", "Robin", "Castellan", "admin@x.example", is_admin=True)
TEACHER = Person(3, "ada.l", "Ada", "Lovelace", "ada@x.example", idnumber="T3")
TUTOR = Person(4, "grace.h", "Grace", "Hopper", "grace@x.example", language="de")
LEARNER = Person(5, "s5", "Zoë", "van der Berg", "zoe@x.example", idnumber="L5")
OTHER = Person(6, "s6", "Émile", "", "emile@x.example")
SUSPENDED = Person(7, "s7", "Kim", "Vogel", "kim@x.example")
OUTSIDER = Person(8, "s8", "Olu", "Bello", "olu@x.example")
COURSE = Course(
    21, "BIO", "Cell Biology", "bio/26", datetime(2026, 9, 1, tzinfo=UTC), copied_from=(20, 9)
)
EMPTY_COURSE = Course(24, "EMP", "Nothing yet")


def small_site() -> MoodleSite:
    """Return the site. Nobody but the teacher is in the empty course."""
    cast = (ADMIN, TEACHER, TUTOR, LEARNER, OTHER, SUSPENDED, OUTSIDER)
    enrolments = {
        (COURSE.id, TEACHER.id): Enrolment("editingteacher"),
        (COURSE.id, TUTOR.id): Enrolment("teacher"),
        (COURSE.id, LEARNER.id): Enrolment("student"),
        (COURSE.id, OTHER.id): Enrolment("student"),
        (COURSE.id, SUSPENDED.id): Enrolment("student", is_suspended=True),
        (EMPTY_COURSE.id, TEACHER.id): Enrolment("editingteacher"),
    }
    return MoodleSite("Small Site", cast, (COURSE, EMPTY_COURSE), enrolments, short_name="small")
