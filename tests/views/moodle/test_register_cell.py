"""One cell of the register: what counts and why, how it adds up, and the rows that it was made of."""

from datetime import timedelta

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from reports.models import Attendance, Enrolment, Person, PresenceRule, RoomSession
from tests import factories
from tests.factories import START
from tests.views.moodle.registers import DAY, DAYS, World, corrected, teacher_of, text_of, world


@pytest.fixture
def seen(db: None) -> World:
    return world()


@pytest.fixture
def tina(seen: World) -> Client:
    return teacher_of(seen)


def page(tina: Client, seen: World, session: RoomSession, of: Enrolment) -> str:
    answer = tina.get(seen.cell(session, of), DAYS)
    assert answer.status_code == 200
    return text_of(answer)


def test_a_figure_is_defended_from_the_rule_down_to_the_row(seen: World, tina: Client) -> None:
    rule = PresenceRule.objects.create(
        site=seen.course.site, course=seen.course, version=3, share_percent=60, made_by=seen.tina
    )
    found = page(tina, seen, seen.again, seen.ana)
    for words in (
        "● present",
        # 2,400 + 300 + 480 + 600 of 4,800 seconds
        "1 h 03 min of 1 h 20 min (79 %) in the class is enough: from 48 min on is present.",
        "Present: at least 60 % of the class.",
        "the course's own rule, version 3, by Tina Teacher",
        "40 min 2,400",
        "8 min 480",
        "10 min 600",
        "Time in class 1 h 03 min 3,780",
        "Length of the class 1 h 20 min 4,800",
        "Present from: 60 % of the length 48 min 2,880",
        "Ana at home",
        "linked in this course by Tina Teacher",
        "Mon 12 Jan the whole day",
        "settled",
        "Counted from",
        "ana, ana@example.org",
    ):
        assert words in found, words
    assert rule.version == 3
    assert seen.link.pk


def test_seconds_stand_with_the_hours_that_they_were_asked_for(seen: World, tina: Client) -> None:
    """A session over midnight: two days, asked apart."""
    late = factories.session(seen.room, START + 5 * DAY + timedelta(hours=14), length_seconds=7200)
    ana = Person.objects.get(user_id="ana")
    for at, seconds in ((late.started_at, 1800), (late.started_at + timedelta(hours=2), 1801)):
        tile = factories.tile(seen.account, at)
        factories.attendance(late, ana, seconds, tile=tile)
    RoomSession.objects.filter(pk=late.pk).update(attendee_count=1, view_seconds=3601)
    table = tina.get(seen.cell(late, seen.ana), DAYS).context["sources"]
    rows = [(it.record.day.start_at.day, it.record.seconds) for it in table.rows]
    assert rows == [(17, 1800), (18, 1801)]


@pytest.mark.parametrize(
    ("who", "words"),
    [
        ("ben", "Nobody who was in the class is this learner, as far as is known."),
        ("cleo", "The learner came into the course after this class."),
        ("dan", "The learner had left the course before this class."),
        ("finn", "This person was erased, so nothing is known of them any more."),
    ],
)
def test_each_mark_has_its_reason(seen: World, tina: Client, who: str, words: str) -> None:
    assert words in page(tina, seen, seen.first, getattr(seen, who))


def test_who_is_missing_is_shown_what_kaltura_was_asked_and_who_is_matched_to_nobody(
    seen: World, tina: Client
) -> None:
    found = page(tina, seen, seen.first, seen.ben)
    assert "nobody who is this learner 0" in found
    assert "2 people in this class are matched to nobody" in found


def test_unknown_says_why(seen: World, tina: Client) -> None:
    half = factories.unknown_session(seen.room, START + 2 * DAY)
    still = factories.whole_session(seen.room, [], START + 3 * DAY, length_seconds=None)
    early = factories.whole_session(seen.room, [], START - 6 * DAY)
    soon = factories.whole_session(
        seen.room, [], START + 4 * DAY, facts_asked_at=START + 4 * DAY + timedelta(hours=1)
    )
    gone = factories.whole_session(seen.room, [], START + 5 * DAY)
    tile = factories.tile(seen.account, START + 5 * DAY, removed_at=START)
    gone.parts.create(tile=tile, asked_at=START)
    for session, words in (
        (half, "Not everybody's time in this class has been fetched yet"),
        (still, "still running or was never closed"),
        (early, "before the first roster"),
        (soon, "asked so soon after the class"),
        (gone, "removed by a limit"),
    ):
        assert words in page(tina, seen, session, seen.ben), words
    # And what makes it known, where something does.
    for session, words in (
        (still, "Set a class time, and the class counts"),
        (early, "Count them from an earlier day, on the roster"),
    ):
        assert words in page(tina, seen, session, seen.ben), words
    offered = tina.get(seen.cell(still, seen.ben), DAYS).context["next_step"]
    assert b'id="class-time"' in tina.get(offered[0]).content
    for session in (half, soon, gone):
        assert tina.get(seen.cell(session, seen.ben), DAYS).context["next_step"] is None


def test_minutes_in_breakouts_that_count_already_are_not_added(seen: World, tina: Client) -> None:
    seen.account.breakouts_add = False
    seen.account.save()
    found = page(tina, seen, seen.first, seen.ana)
    assert "(8 min) (480)" in found
    assert "Time in class 55 min 3,300" in found


def test_every_correction_ever_made_is_there_and_later_data_is_pointed_out(
    seen: World, tina: Client
) -> None:
    undone = corrected(seen, seen.first, seen.ben, "present", reason="a mistake")
    undone.undone_at, undone.undone_by = START + 30 * DAY, seen.tina
    undone.save(update_fields=["undone_at", "undone_by"])
    corrected(seen, seen.first, seen.ben, "absent", reason="not seen")
    corrected(seen, seen.again, seen.ben, "excused", reason="<i>ill</i>")
    found = page(tina, seen, seen.first, seen.ben)
    assert "E excused *" in found
    assert "A teacher's word counts: Tina Teacher" in found
    for words in (
        "a mistake",
        "undone by Tina Teacher",
        "not seen",
        "a newer one counts",
        "<i>ill</i>",
    ):
        assert words in found, words
    assert "Later data" not in found

    ben = Person.objects.get(user_id="ben")
    factories.attendance(seen.first, ben, 4800)
    found = page(tina, seen, seen.first, seen.ben)
    assert (
        "Later data says otherwise: it was absent, 0 min when this was corrected; it is"
        " present, 1 h 20 min now. The correction still counts." in found
    )
    assert Attendance.objects.count() == 10


def test_staff_and_ignored_classes_have_no_cell_to_correct(seen: World, tina: Client) -> None:
    staff = Enrolment.objects.get(moodle_user_id="tina")
    for session, of in ((seen.first, staff), (seen.ignored, seen.ana)):
        answer = tina.get(seen.cell(session, of), DAYS)
        assert answer.status_code == 200
        assert 'name="presence"' not in answer.content.decode()
    assert tina.get(seen.url("cell", seen.first.cue_point_id, 10**9)).status_code == 404
    assert tina.get(seen.url("cell", "1_nothing", seen.ana.pk)).status_code == 404
    assert tina.get(seen.cell(seen.first, seen.ana), {"tz": "Mars"}).status_code == 400


def test_queries_do_not_grow_with_rows(
    seen: World, tina: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(20):
        corrected(seen, seen.first, seen.ana, "excused", reason=f"{number}")
        somebody = factories.person(seen.account, f"p{number}", name=f"P {number}")
        factories.attendance(seen.first, somebody, 60)
    with django_assert_max_num_queries(50):
        tina.get(seen.cell(seen.first, seen.ana), DAYS)
