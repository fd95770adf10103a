"""Addresses of a register's classes, cells and learners; `query` is the register's own."""

from django.urls import reverse

from reports.models import Course
from reports.queries.classes import CourseClass


def class_url(course: Course, one: CourseClass, query: str = "") -> str:
    return _with(reverse("reports:register-class", args=[course.pk, one.cue_point_id]), query)


def cell_url(course: Course, one: CourseClass, enrolment_pk: int, query: str = "") -> str:
    path = reverse("reports:register-cell", args=[course.pk, one.cue_point_id, enrolment_pk])
    return _with(path, query)


def learner_url(course: Course, enrolment_pk: int, query: str = "") -> str:
    return _with(reverse("reports:register-learner", args=[course.pk, enrolment_pk]), query)


def cell_value(one: CourseClass, enrolment_pk: int) -> str:
    """Return how a form names the cell."""
    return f"{one.cue_point_id}:{enrolment_pk}"


def _with(path: str, query: str) -> str:
    return f"{path}?{query}" if query else path
