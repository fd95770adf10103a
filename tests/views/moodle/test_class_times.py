"""Class times: of one session, of a weekly series, and of one that was never closed."""

from datetime import timedelta

import pytest
from django.test import Client

from reports.models import ClassTime, CountedPart, Course, Room
from tests.factories import START
from tests.queries.test_classes import held
from tests.views.moodle.test_course_classes import (
    SERIES,
    account,
    course,
    dropped,
    post,
    room,
    show,
    teacher,
    url,
)
from tests.views.moodle.test_roster import text_of

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)

__all__ = ["account", "course", "dropped", "room", "teacher"]


def test_a_class_time_is_set_in_the_zone_of_the_page(
    teacher: Client, course: Course, room: Room
) -> None:
    session = held(room, START)  # 10:00 in Berlin
    form = show(teacher, course, time=session.cue_point_id, tz="Europe/Berlin")
    assert 'value="2026-01-12T10:00"' in form.content.decode()
    assert "It does not change anybody's time" in text_of(form)
    fields = {"session": session.cue_point_id, "begins": "2026-01-12T10:15", "reason": "late"}
    shown = "from=2026-01-01&to=2026-02-28&tz=Europe/Berlin"
    for _ in range(2):
        answer = teacher.post(
            url(course, "time"),
            fields | {"ends": "2026-01-12T11:00", "shown": shown},
            follow=True,
        )
    text = text_of(answer)
    assert "This class time counts already" in text
    assert "class time 10:15–11:00" in text
    assert "45 min of 1 h 00 min" in text
    made = CountedPart.objects.get()
    assert (made.starts_at, made.ends_at) == (START + 15 * MINUTE, START + 60 * MINUTE)
    undone = post(teacher, course, "undo", kind="time", decision=[made.pk])
    assert "class time 10:15" not in text_of(undone)


@pytest.mark.parametrize(
    ("begins", "ends", "words"),
    [
        ("2026-01-12T11:00", "2026-01-12T12:00", "the class time has to overlap it"),
        ("2026-01-12T09:30", "2026-01-12T09:10", "ends before it begins"),
        ("0001-01-01T00:00", "9999-12-31T23:59", "at most a day long"),
        ("0001-01-01T00:00", "0001-01-01T01:00", "the class time has to overlap it"),
        ("", "2026-01-12T09:10", "Enter a day and a time"),
        ("2026-02-30T09:00", "2026-01-12T09:10", "Enter a day and a time"),
    ],
)
def test_a_class_time_that_can_t_be_is_refused_with_what_was_typed(
    teacher: Client, course: Course, room: Room, begins: str, ends: str, words: str
) -> None:
    session = held(room, START)
    answer = post(
        teacher, course, "time", session=session.cue_point_id, begins=begins, ends=ends, reason="r"
    )
    assert answer.status_code == 400
    assert words in text_of(answer)
    page = answer.content.decode()
    assert f'value="{ends}"' in page
    assert 'value="r"' in page
    assert not CountedPart.objects.exists()


def test_an_open_session_is_made_to_count(teacher: Client, course: Course, room: Room) -> None:
    session = held(room, START, None)
    times = {"begins": "2026-01-12T09:00", "ends": "2026-01-12T10:30"}
    text = text_of(post(teacher, course, "time", session=session.cue_point_id, **times))
    assert "never closed: the class time makes it count" in text
    assert "1 h 30 min" in text


def test_a_weekly_series_is_previewed_set_and_undone(
    teacher: Client, course: Course, room: Room
) -> None:
    for week in range(3):
        held(room, START + week * 7 * DAY)
    held(room, START + DAY)
    answer = teacher.post(
        url(course, "series"), SERIES | {"do": "preview", "shown": "tz=UTC&from=2026-01-01"}
    )
    address = answer.headers["Location"]
    assert address.startswith(url(course) + "?from=2026-01-01")
    assert address.endswith("#series")
    answer = show(teacher, course, **SERIES)
    text = text_of(answer)
    assert "It would count for 3 classes of these days." in text
    assert answer.context["concerned"][0][1:] == (3600, 1800)
    assert not ClassTime.objects.exists()
    for _ in range(2):
        answer = post(teacher, course, "series", do="save", **SERIES)
    text = text_of(answer)
    assert "This weekly class time is set already" in text
    assert "every Monday, 09:00–09:30 (UTC)" in text
    assert "counts for 3 classes of these days" in text
    made = ClassTime.objects.get()
    answer = post(teacher, course, "undo", kind="series", decision=[made.pk])
    assert answer.context["series"] == []


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"weekday": "8"}, "Select a valid choice"),
        ({"begins": "x"}, "Enter a time such as 09:00."),
        ({"ends": "08:00"}, "It can't go on after midnight."),
        ({"in_room": "1_elsewhere"}, "Select a valid choice"),
        ({"first_on": ""}, "Enter a day such as"),
        ({"last_on": "2025-12-31"}, "The last day is before the first one."),
    ],
)
def test_a_series_that_can_t_be_is_refused_with_what_was_typed(
    teacher: Client, course: Course, typed: dict[str, str], words: str
) -> None:
    values = SERIES | typed
    for answer in (show(teacher, course, **values), post(teacher, course, "series", **values)):
        assert answer.status_code == 400
        assert words in text_of(answer)
        assert f'value="{values["ends"]}"' in answer.content.decode()
    assert not ClassTime.objects.exists()


# Who, and what can't be read -------------------------------------------------------------------------
