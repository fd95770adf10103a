"""What the buttons of "Who is who" store, what that changes in the register, and undoing it."""

import re

import pytest
from django.test import Client

from reports.models import Course, IdentityLink, Person, RoomSession
from tests import course_factories, factories
from tests.factories import START
from tests.views.conftest import signed_in
from tests.views.moodle.waiting import (
    DAY,
    DAYS,
    attended,
    course_of_three_classes,
    enrol,
    guests,
    log,
    look,
    mark_row,
    opened_by_teacher,
    person,
    post,
    text_of,
    url,
)


@pytest.fixture
def course(db: None) -> Course:
    return course_of_three_classes()


@pytest.fixture
def teacher(course: Course) -> Client:
    return opened_by_teacher(course)


@pytest.fixture
def administrator(course: Course) -> Client:
    return signed_in(factories.administrator())


# Saying who it is ----------------------------------------------------------------------------------


def test_one_click_makes_the_register_count_the_guests_and_undo_takes_it_back(
    teacher: Client, course: Course
) -> None:
    answer = post(teacher, course, person=guests(), moodle_user="11")

    text = text_of(answer)
    assert "2 people count as Ana Lind now. That is so in 2 classes of these days." in text
    assert "2 marks of the register changed." in text
    assert "Waiting 1 Matched 2 Decided 2" in text
    assert mark_row(course) == ["present", "present", "present"]
    made = IdentityLink.objects.order_by("pk")
    assert {it.moodle_user_id for it in made} == {"11"}
    assert {it.course_id for it in made} == {course.pk}
    evidence = {"reasons": [["same_name", 0, 0], ["fills_gaps", 2, 2]], "classes": 1}
    assert made[0].evidence == evidence | {"from": "2026-01-01", "to": "2026-02-28"}
    assert [action for action, _ in log()] == ["linked people"]
    text = text_of(look(teacher, course, show="decided"))
    assert "lind, ANÁ Mon 19 Jan, 09:00 is Ana Lind" in text
    assert "by Tina Teacher Spoke for it then: the same name; never in a class together" in text
    assert "3 identities, counted as one person" in text_of(look(teacher, course, show="matched"))

    page = answer.content.decode()
    assert "Undo what was just said of 2 people" in page
    answer = post(teacher, course, "-unlink", link=[it.pk for it in made])
    assert "2 links are taken back" in text_of(answer)
    assert mark_row(course) == ["present", "absent", "absent"]
    assert "taken back" in text_of(look(teacher, course, show="decided"))
    assert [action for action, _ in log()] == ["linked people", "took back links"]


def test_a_link_survives_a_sync_that_brings_the_same_person_and_a_learner_who_leaves(
    teacher: Client, course: Course
) -> None:
    post(teacher, course, person=person("far"), moodle_user="12")
    assert mark_row(course, "12")[0] == "absent"  # a minute: there, and too short
    known = Person.objects.get(user_id="far")
    values = {"key": known.key, "name": known.name, "user_id": "far", "account": known.account}
    session = known.attendances.get().session
    known.delete()
    again = Person.objects.create(**values)
    factories.attendance(session, again, 3600, 0)
    course.enrolments.update(last_seen_at=START + DAY)
    Course.objects.update(roster_asked_at=START + 30 * DAY)
    course.refresh_from_db()
    assert mark_row(course, "12")[0] == "present"


def test_somebody_else_is_chosen_by_name_and_a_button_s_word_counts_first(
    teacher: Client, course: Course
) -> None:
    assert "Ben Okoro · ben" in look(teacher, course).content.decode()
    post(teacher, course, person=person("far"), named="  ben okoro · BEN ")
    assert IdentityLink.objects.get().moodle_user_id == "12"
    first, second = guests()
    post(teacher, course, person=first, named="cleo@example.org")  # also by address or id
    post(teacher, course, person=second, named="Ben Okoro", nobody="1")
    said = IdentityLink.objects.order_by("pk").values_list("moodle_user_id", flat=True)
    assert list(said) == ["12", "13", ""]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"named": "Bne"}, "Nobody of the course is called “Bne”"),
        ({"named": "Twin"}, "Several people of the course are called “Twin”"),
        ({"named": ""}, "Say who this is"),
        ({}, "Say who this is"),
        ({"moodle_user": "77"}, "This is nobody of the course's roster."),
        ({"moodle_user": "14"}, "This is nobody of the course's roster."),  # erased
        ({"named": "Ben Okoro", "valid_from": "1999-01-01"}, "Enter a day from 2015"),
    ],
)
def test_who_can_t_be_told_is_said_and_nothing_typed_is_lost(
    teacher: Client, course: Course, fields: dict[str, str], words: str
) -> None:
    enrol(course, "14", "", "", email="", erased_at=START)
    enrol(course, "15", "Twin", "twin1")
    enrol(course, "16", "Twin", "twin2")
    first, second = guests()
    answer = post(teacher, course, person=first, **fields)
    assert answer.status_code == 400
    assert words in text_of(answer)
    page = answer.content.decode()
    assert f'value="{fields.get("named", "")}"' in page
    assert f'value="{fields.get("valid_from", "")}"' in page
    assert re.search(rf'value="{first}" id="one-{first}" checked', page)
    assert re.search(rf'value="{second}" id="one-{second}">', page)
    assert not IdentityLink.objects.exists()
    assert log() == []


def test_several_at_once_are_nobody_of_us_or_somebody(teacher: Client, course: Course) -> None:
    keys = [",".join(map(str, guests())), str(person("far"))]
    answer = post(teacher, course, person=keys, ticked="1", nobody="1")
    assert "3 people are nobody of this course now" in text_of(answer)
    assert "Nobody waits" in text_of(answer)
    assert [it.moodle_user_id for it in IdentityLink.objects.all()] == ["", "", ""]
    answer = post(teacher, course, person=keys, ticked="1", named="Bne")
    assert answer.status_code == 400
    assert 'value="Bne"' not in answer.content.decode()  # nobody waits any more


def test_what_was_ticked_stays_ticked_when_the_name_is_refused(
    teacher: Client, course: Course
) -> None:
    far = person("far")
    page = post(teacher, course, person=far, ticked="1", named="Bne").content.decode()
    assert re.search(rf'id="tick-{far}" form="people-ticked" checked', page)
    assert page.count("checked") == 1 + len(guests())  # those of a card are ticked anyway
    assert 'value="Bne"' in page


def test_nobody_chosen_a_second_click_and_another_word_are_said(
    teacher: Client, course: Course
) -> None:
    assert "Nobody was chosen" in text_of(post(teacher, course, nobody="1"))
    far = person("far")
    post(teacher, course, person=far, moodle_user="12")
    again = post(teacher, course, person=far, moodle_user="12")
    assert "That was said already, so nothing was changed." in text_of(again)
    other = text_of(post(teacher, course, person=far, moodle_user="11"))
    assert "Tina Teacher said that “Far Away” is Ben Okoro. Nothing was changed" in other
    assert IdentityLink.objects.get().moodle_user_id == "12"
    key = IdentityLink.objects.get().pk
    post(teacher, course, "-unlink", link=key)
    again = post(teacher, course, "-unlink", link=key)
    assert "That was taken back already" in text_of(again)
    assert [action for action, _ in log()] == ["linked people", "took back links"]


def test_a_match_by_a_key_that_is_wrong_is_put_right(teacher: Client, course: Course) -> None:
    post(teacher, course, person=person("ana"), moodle_user="12")
    assert mark_row(course) == ["absent", "absent", "absent"]
    assert mark_row(course, "12")[0] == "present"


def test_a_link_may_begin_on_a_day(teacher: Client, course: Course) -> None:
    ana = person("ana")
    for session in RoomSession.objects.order_by("started_at")[1:]:
        factories.attendance(session, Person.objects.get(pk=ana), 3600, 0)
    post(teacher, course, person=ana, moodle_user="12", valid_from="2026-01-26")
    assert mark_row(course) == ["present", "present", "absent"]
    assert mark_row(course, "12") == ["absent", "absent", "present"]
    decided = text_of(look(teacher, course, show="decided"))
    assert "is Ben Okoro, for classes from Mon 26 Jan on" in decided


# What isn't theirs ---------------------------------------------------------------------------------


def test_erased_people_and_those_of_other_courses_are_refused_as_a_whole(
    teacher: Client, course: Course
) -> None:
    account = course.site.account
    assert account is not None
    elsewhere = factories.person(account, "elsewhere", name="Secret Name")
    attended(factories.room(account, "Other room"), elsewhere, START)
    for wrong, words in (
        (elsewhere.pk, "1 of the people chosen is in no session of this course."),
        (10**12, "1 of the people chosen is in no session of this course."),
        (person("gone"), "was erased"),
    ):
        text = text_of(post(teacher, course, person=[person("far"), wrong], moodle_user="12"))
        assert words in text
        assert "Secret" not in text
    assert not IdentityLink.objects.exists()
    assert log() == []


def test_keys_that_can_t_be_read_change_nothing(teacher: Client, course: Course) -> None:
    for value in ("x", "1;2", "-1", "9" * 19, "١", ",".join(map(str, range(101)))):
        assert post(teacher, course, person=value, nobody="1").status_code == 400, value
        assert post(teacher, course, "-unlink", link=value).status_code == 400, value
    assert not IdentityLink.objects.exists()


def test_links_of_another_course_are_neither_shown_nor_taken_back(
    teacher: Client, course: Course, administrator: Client
) -> None:
    account = course.site.account
    assert account is not None
    other = course_factories.course(course.site, course_id="8")
    elsewhere = factories.person(account, "elsewhere", name="Secret Name")
    values = {"account": account, "site": course.site, "moodle_user_id": "11"}
    links = [
        IdentityLink.objects.create(course=of, person_key=key, **values)
        for of, key in ((other, "u:far"), (None, elsewhere.key))
    ]
    assert "Secret" not in text_of(look(teacher, course, show="decided"))
    for client in (teacher, administrator):
        for link in links:
            text = text_of(post(client, course, "-unlink", link=link.pk))
            assert "no link that you can take back in this course" in text
    assert IdentityLink.objects.in_force().count() == 2
    assert log() == []


def test_people_of_a_room_that_was_taken_out_are_not_named_any_more(
    teacher: Client, course: Course
) -> None:
    post(teacher, course, person=person("far"), moodle_user="12")
    assert "Far Away" in text_of(look(teacher, course, show="decided"))
    course.course_rooms.update(undone_at=START)
    other = factories.room(course.site.account)
    course_factories.course_room(course, other)
    factories.whole_session(other)
    text = text_of(look(teacher, course, show="decided"))
    assert "Far Away" not in text
    assert "somebody who is in no session of this course now is Ben Okoro" in text
    link = IdentityLink.objects.get()
    assert "1 link is taken back" in text_of(post(teacher, course, "-unlink", link=link.pk))


def test_an_administrator_links_on_the_whole_site_and_teachers_see_but_don_t_undo_it(
    teacher: Client, course: Course, administrator: Client
) -> None:
    far = person("far")
    fields = {"person": far, "moodle_user": "12", "site_wide": "1"}
    assert teacher.post(url(course, "-link"), fields).status_code == 404
    assert "in every course of this Moodle" in text_of(look(administrator, course))
    post(administrator, course, **fields)
    link = IdentityLink.objects.get()
    assert (link.course, link.moodle_user_id) == (None, "12")
    assert log()[-1][1]["site_wide"] is True
    assert mark_row(course, "12")[0] == "absent"
    text = text_of(look(teacher, course, show="decided"))
    assert "in every course of this Moodle" in text
    assert "Only an administrator takes this one back." in text
    assert "can take back in this course" in text_of(post(teacher, course, "-unlink", link=link.pk))
    assert IdentityLink.objects.in_force().exists()
    # A teacher's word in the course counts before it.
    post(teacher, course, person=far, nobody="1")
    assert "Far Away" not in text_of(look(teacher, course, show="matched"))
    text = text_of(post(administrator, course, "-unlink", link=link.pk))
    assert "1 link is taken back" in text


def test_nothing_but_a_post_changes_anything(teacher: Client, course: Course) -> None:
    for page in ("-link", "-unlink"):
        assert teacher.get(url(course, page)).status_code == 405


@pytest.mark.parametrize("shown", ["show=x", "//evil.example", "\x00", "a=b&" * 2000])
def test_a_button_leads_back_to_the_page_as_it_was_or_to_the_whole(
    teacher: Client, course: Course, shown: str
) -> None:
    fields = {"person": person("far"), "nobody": "1"}
    answer = teacher.post(url(course, "-link"), {"shown": shown} | fields)
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith(f"{url(course)}?from=")
    IdentityLink.objects.all().delete()
    mine = f"{DAYS}&show=matched&only=none&search=far"
    answer = teacher.post(url(course, "-link"), {"shown": mine} | fields)
    for part in ("from=2026-01-01", "show=matched", "only=none", "search=far", "done="):
        assert part in answer.headers["Location"]
