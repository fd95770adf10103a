"""The Moodle site of the invented university: its courses, who teaches, who is enrolled.

User names are Kaltura user ids, and course ids those of Kaltura's categories. A few people are
added whom the campus doesn't have: an administrator, a non-editing teacher, somebody suspended,
two who share an e-mail address. They never enter a room.
"""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

from reports.simulator.campus import Course as CampusCourse
from reports.simulator.moodle.moodle_site import MoodleSite
from reports.simulator.moodle.records import Course, Person
from reports.simulator.names import MAIL_DOMAIN
from reports.simulator.university import University
from reports.simulator.world import User

FIRST_ID = 2  # 1 is Moodle's guest
TERM = timedelta(weeks=16)
ADMIN, TUTOR, SUSPENDED = "admin", "noor.verhaegen", "s1990001"
SAME_MAIL = ("s1990002", "s1990003")


def campus_site(university: University, name: str = "Lindenmoor University") -> MoodleSite:
    """Return the site; the people who are added are in the first course."""
    site = MoodleSite(name, short_name="lindenmoor")
    ids = _Ids(site)
    ids.add(ADMIN, "Robin", "Castellan", f"admin@{MAIL_DOMAIN}", is_admin=True)
    for course in university.courses:
        _add_course(site, ids, course, datetime.combine(university.starts_on, time(), UTC))
    first = university.courses[0].moodle_id
    tutor = ids.add(TUTOR, "Noor", "Verhaegen", f"{TUTOR}@{MAIL_DOMAIN}", language="de")
    site.enrol(first, tutor, "teacher")
    gone = ids.add(SUSPENDED, "Casper", "Holt", f"{SUSPENDED}@students.{MAIL_DOMAIN}")
    site.enrol(first, gone)
    site.suspend(first, gone)
    for username, given_name in zip(SAME_MAIL, ("Ida", "Nils"), strict=True):
        site.enrol(first, ids.add(username, given_name, "Okoye", f"okoye@family.{MAIL_DOMAIN}"))
    return site


def _add_course(site: MoodleSite, ids: _Ids, course: CampusCourse, starts_at: datetime) -> None:
    number = course.moodle_id
    site.put_course(
        Course(
            id=number,
            short_name=course.code,
            full_name=course.title,
            idnumber=f"{course.code}/{starts_at.year}" if number % 2 else "",
            starts_at=starts_at,
            ends_at=starts_at + TERM if number % 2 else None,
        )
    )
    site.enrol(number, ids.of(course.teacher.user), "editingteacher")
    for user in course.enrolled:
        site.enrol(number, ids.of(user), "student")


class _Ids:
    """Gives everybody one account, whatever number of courses they are in."""

    def __init__(self, site: MoodleSite) -> None:
        self._site = site
        self._ids: dict[str, int] = {}

    def of(self, user: User) -> int:
        """Return the id of a campus user, who gets an account when first met."""
        given_name, _, family_name = user.name.partition(" ")
        return self.add(user.user_id, given_name, family_name, user.email)

    def add(
        self,
        username: str,
        given_name: str,
        family_name: str,
        email: str,
        *,
        is_admin: bool = False,
        language: str = "en",
    ) -> int:
        """Return the id of an account, made if there is none of that user name."""
        if username not in self._ids:
            number = self._ids[username] = FIRST_ID + len(self._ids)
            idnumber = f"L{number:05d}" if number % 2 else ""
            self._site.put_person(
                Person(
                    number, username, given_name, family_name, email, idnumber, language, is_admin
                )
            )
        return self._ids[username]
