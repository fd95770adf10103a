"""What other pages say of sessions that a course counts otherwise."""

from django.test import Client
from django.urls import reverse

from reports.models import Course, Room, RoomSession
from tests import factories
from tests.factories import START
from tests.queries.test_classes import held
from tests.views.conftest import signed_in
from tests.views.moodle.test_course_classes import (
    DAY,
    RANGE,
    account,
    course,
    cues,
    dropped,
    post,
    room,
    teacher,
    url,
)
from tests.views.moodle.test_roster import text_of

__all__ = ["account", "course", "dropped", "room", "teacher"]


def test_the_numbers_say_how_the_course_counts_them(
    teacher: Client, course: Course, room: Room, dropped: tuple[RoomSession, RoomSession]
) -> None:
    first, second = dropped
    test = held(room, START + DAY)
    later = held(room, START + 2 * DAY)
    post(teacher, course, "merge", session=cues(first, second))
    post(teacher, course, "ignore", session=cues(test), reason="test")
    times = {"begins": "2026-01-14T09:00", "ends": "2026-01-14T09:45"}
    post(teacher, course, "time", session=later.cue_point_id, **times)
    narrowed = RANGE | {"course": str(course.pk)}
    classes = f"{url(course)}?from=2026-01-12&amp;to=2026-01-12&amp;tz=UTC"
    for address, query in (
        (reverse("reports:sessions"), narrowed),
        (reverse("reports:course", args=[course.pk]), RANGE),
        (reverse("reports:room", args=[room.account_id, room.entry_id]), narrowed),
    ):
        answer = teacher.get(address, query)
        text = text_of(answer)
        for words in (
            "one class with the session of 09:25",
            "one class with the session of 09:00",
            "ignored (test)",
            "class time 09:00–09:45",
        ):
            assert words in text, (address, words)
        assert classes in answer.content.decode()
    plain = text_of(teacher.get(reverse("reports:sessions"), RANGE))
    assert "one class with" not in plain

    page = reverse("reports:session", args=[room.account_id, second.cue_point_id])
    sentence = "In course ANA-1 this session counts so: one class with the session of 09:00."
    assert sentence in text_of(teacher.get(page, {"tz": "UTC"}))
    assert sentence in text_of(signed_in(factories.administrator()).get(page, {"tz": "UTC"}))
    granted = signed_in(factories.teacher(rooms=[room]))
    assert "ANA-1" not in text_of(granted.get(page, {"tz": "UTC"}))
    ignored = reverse("reports:session", args=[room.account_id, test.cue_point_id])
    assert "In course ANA-1 this session is ignored (test)." in text_of(teacher.get(ignored))
