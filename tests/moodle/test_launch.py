"""A launch lets the right person into the right course, once."""

from reports.models import Course, CourseVisit, MoodleSite
from tests.moodle.conftest import Visitor

TEACHER, LEARNER = 3, 4
ANATOMY = 7


def test_a_teacher_comes_into_the_course(visitor: Visitor, site: MoodleSite) -> None:
    answer = visitor.launch(ANATOMY, TEACHER)
    course = Course.objects.get(site=site, course_id=str(ANATOMY))
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/courses/{course.pk}/")
    assert course.short_name == "ANA-1"
    assert CourseVisit.objects.get(course=course).role == "teacher"
