"""A teacher's word on cells of the register: chosen, said with a reason, written once, taken back."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from reports.models import (
    AccessLogEntry,
    Course,
    CourseRole,
    Enrolment,
    PresenceCorrection,
    RoomSession,
)
from reports.queries.register import course_register
from tests import course_factories, factories
from tests.factories import START
from tests.views.conftest import signed_in
from tests.views.moodle.registers import DAY, DAYS, World, corrected, teacher_of, text_of, world

SHOWN = "from=2026-01-01&to=2026-01-31&sort=-share&tz=UTC"


@pytest.fixture
def seen(db: None) -> World:
    return world()


@pytest.fixture
def tina(seen: World) -> Client:
    return teacher_of(seen)


def cell(session: RoomSession, of: Enrolment) -> str:
    return f"{session.cue_point_id}:{of.pk}"


def post(client: Client, seen: World, cells: list[str], **more: Any) -> Any:
    fields = {"cell": cells, "shown": SHOWN, "next": "class"} | more
    return client.post(seen.url("correct"), fields, follow=True)


def undo(client: Client, seen: World, *keys: object, **more: Any) -> Any:
    fields = {"correction": list(keys), "shown": SHOWN, "next": "class"} | more
    return client.post(seen.url("correct-undo"), fields, follow=True)


def mark_of(seen: World, of: Enrolment, place: int = 0) -> tuple[str, str]:
    """Return what counts, and what is computed."""
    found = course_register(
        seen.course, RoomSession.objects.all(), START - 9 * DAY, START + 9 * DAY
    )
    row = found.row(of.moodle_user_id)
    assert row is not None
    return str(row.seats[place].mark), str(row.seats[place].computed)


def test_one_cell_is_corrected_with_what_was_computed_and_undone_again(
    seen: World, tina: Client
) -> None:
    chosen = [cell(seen.again, seen.ben)]  # a merged part names the class too
    answer = post(tina, seen, chosen, presence="excused", reason=" ill ", next="cell")
    [made] = PresenceCorrection.objects.all()
    assert (made.cue_point_id, made.moodle_user_id) == (seen.first.cue_point_id, "ben")
    assert (made.presence, made.reason, made.made_by) == ("excused", "ill", seen.tina)
    assert (made.computed_mark, made.computed_seconds) == ("absent", 0)
    assert answer.redirect_chain == [
        (f"{seen.cell(seen.first, seen.ben)}?from=2026-01-01&to=2026-01-31&tz=UTC&sort=-share", 302)
    ]
    assert "Ben <b>, Mon 12 Jan, 09:00: marked as excused. Undo" in text_of(answer)
    assert mark_of(seen, seen.ben) == ("excused", "absent")

    log = AccessLogEntry.objects.get(action="corrected")
    assert log.detail == {"presence": "excused", "cells": [[seen.first.cue_point_id, "ben"]]}
    answer = undo(tina, seen, made.pk)
    assert "1 correction is undone" in text_of(answer)
    assert mark_of(seen, seen.ben) == ("absent", "absent")
    made.refresh_from_db()
    assert made.undone_by == seen.tina
    assert "undone already" in text_of(undo(tina, seen, made.pk))


def test_the_message_s_button_takes_all_of_it_back(seen: World, tina: Client) -> None:
    chosen = [cell(seen.first, seen.ben), cell(seen.second, seen.eve)]
    page = post(tina, seen, chosen, presence="present", reason="technical trouble")
    assert "2 cells are marked as present." in text_of(page)
    keys = ",".join(str(it.pk) for it in PresenceCorrection.objects.order_by("pk"))
    assert f'name="correction" value="{keys}"' in page.content.decode()
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = tina.cookies
    url = seen.url("correct-undo")
    assert f'action="{url}"' in page.content.decode()
    token = page.content.decode().split('class="notice-form"')[1].split('value="')[1].split('"')[0]
    sent = {"correction": keys, "csrfmiddlewaretoken": token, "shown": SHOWN, "next": "register"}
    assert strict.post(url, sent).status_code == 302
    assert not PresenceCorrection.objects.in_force().exists()


def test_undoing_brings_the_earlier_correction_back(seen: World, tina: Client) -> None:
    chosen = [cell(seen.first, seen.ben)]
    post(tina, seen, chosen, presence="excused", reason="ill")
    post(tina, seen, chosen, presence="present", reason="was on the telephone")
    assert mark_of(seen, seen.ben)[0] == "present"
    undo(tina, seen, PresenceCorrection.objects.latest("pk").pk)
    assert mark_of(seen, seen.ben)[0] == "excused"


def test_the_same_correction_twice_is_one(
    seen: World, tina: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = [cell(seen.first, seen.ben)] * 2
    for _click in range(2):
        page = post(tina, seen, chosen, presence="excused", reason="ill")
    assert "noted already, in the same words" in text_of(page)
    assert PresenceCorrection.objects.count() == 1
    # A second click that read the register before the first one had written.
    monkeypatch.setattr("reports.views.moodle.corrections._is_said", lambda *_: False)
    monkeypatch.setattr("reports.decisions.corrections.CorrectedCell.since", 0)
    post(tina, seen, chosen, presence="excused", reason="ill")
    assert PresenceCorrection.objects.count() == 1
    post(tina, seen, chosen, presence="excused", reason="on leave")
    assert PresenceCorrection.objects.count() == 2


def test_saying_again_what_a_newer_word_on_another_part_took_away_is_said(
    seen: World, tina: Client
) -> None:
    corrected(seen, seen.first, seen.ben, "absent", reason="not seen")
    corrected(seen, seen.again, seen.ben, "present", reason="seen")
    post(tina, seen, [cell(seen.first, seen.ben)], presence="absent", reason="not seen")
    assert mark_of(seen, seen.ben)[0] == "absent"


def test_without_a_presence_the_cells_are_shown_and_nothing_is_written(
    seen: World, tina: Client
) -> None:
    corrected(seen, seen.first, seen.eve, "excused")
    page = post(tina, seen, [cell(seen.first, seen.ben), cell(seen.first, seen.eve)], reason="ill")
    found = text_of(page)
    assert page.status_code == 200
    for words in ("Ben <b>", "○ absent 0 min", "E excused Tina Teacher", "Correct 2 cells"):
        assert words in found, words
    assert 'value="ill"' in page.content.decode()
    assert PresenceCorrection.objects.count() == 1
    [look] = AccessLogEntry.objects.all()
    assert (look.action, look.detail["moodle_users"]) == ("viewed", ["ben", "eve"])


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"presence": "excused", "reason": "  "}, "Say why, in a few words."),
        ({"presence": "excused", "reason": "x" * 501}, "at most 500 characters"),
        ({"save": "1", "reason": "ill at home"}, "Choose what to mark them as."),
        ({"presence": "partly", "reason": "ill at home"}, "not one of the available choices"),
    ],
)
def test_what_is_missing_is_said_and_nothing_typed_is_lost(
    seen: World, tina: Client, fields: dict[str, str], words: str
) -> None:
    chosen = [cell(seen.first, seen.ben)]
    page = post(tina, seen, chosen, **fields)
    body = page.content.decode()
    assert page.status_code == 400
    assert words in text_of(page)
    assert f'value="{chosen[0]}"' in body
    assert f'value="{fields["reason"].strip()}"' in body or not fields["reason"].strip()
    assert ('value="excused" id="id_presence_2" checked' in body) is ("excused" in fields.values())
    assert not PresenceCorrection.objects.exists()


def test_what_can_t_be_corrected_is_left_out_by_name_and_nothing_is_written(
    seen: World, tina: Client
) -> None:
    other = course_factories.course(seen.course.site, course_id="8")
    foreign = course_factories.enrolment(other, "far", name="Far Away")
    elsewhere = factories.whole_session(factories.room(seen.account, "Elsewhere"))
    staff = Enrolment.objects.get(course=seen.course, moodle_user_id="tina")
    chosen = [
        cell(seen.first, seen.ben),
        cell(seen.first, seen.finn),
        cell(seen.first, staff),
        cell(seen.first, foreign),
        cell(elsewhere, seen.ben),
        cell(seen.ignored, seen.ben),
    ]
    page = post(tina, seen, chosen, presence="excused", reason="ill")
    found = text_of(page)
    for words in (
        "5 of those chosen can't be corrected and are left out. Nothing has been stored yet.",
        "was erased: nothing more is noted about them",
        "Tina <b>, Mon 12 Jan, 09:00: counts as staff",
        "Somebody else, Mon 12 Jan, 09:00: nobody of this course",
        "Ben <b>: this course has no such class",
        "this class is ignored",
        "Correct 1 cell",
    ):
        assert words in found, words
    assert "Far Away" not in found
    assert "Elsewhere" not in found
    assert not PresenceCorrection.objects.exists()
    # What the page offers then is stored.
    post(tina, seen, chosen[:1], presence="excused", reason="ill")
    assert PresenceCorrection.objects.count() == 1


def test_who_was_not_enrolled_then_is_corrected_once_that_was_said(
    seen: World, tina: Client
) -> None:
    chosen = [cell(seen.first, seen.cleo), cell(seen.first, seen.dan)]
    page = post(tina, seen, chosen, presence="present", reason="guest student")
    assert "2 of them were not enrolled then" in text_of(page)
    assert not PresenceCorrection.objects.exists()
    more = {"presence": "present", "reason": "guest student", "with_not_enrolled": "on"}
    post(tina, seen, chosen, **more)
    assert mark_of(seen, seen.cleo) == ("present", "not_enrolled")
    assert mark_of(seen, seen.dan) == ("present", "not_enrolled")


def test_broken_or_too_many_cells_are_refused_and_none_is_said(seen: World, tina: Client) -> None:
    for text in ("x", "1_a:", ":3", "1_a:x", "1_\x00:3"):
        assert post(tina, seen, [text], presence="absent", reason="x").status_code == 400
    many = [f"{seen.first.cue_point_id}:{number}" for number in range(1, 1002)]
    page = post(tina, seen, many, presence="absent", reason="x")
    assert page.status_code == 400
    assert "Choose at most 1000 cells at a time." in text_of(page)
    assert "Nothing was chosen" in text_of(post(tina, seen, [], next="register"))
    assert undo(tina, seen, "x").status_code == 400
    assert not PresenceCorrection.objects.exists()


def test_a_course_without_an_account_says_so_and_keeps_what_was_typed(
    seen: World, tina: Client
) -> None:
    seen.course.site.account = None
    seen.course.site.save()
    page = post(tina, seen, [cell(seen.first, seen.ben)], presence="excused", reason="ill at home")
    assert "has no Kaltura account" in text_of(page)
    assert "ill at home" in text_of(page)
    assert not PresenceCorrection.objects.exists()


def test_corrections_are_the_teachers_of_the_course_alone(seen: World, tina: Client) -> None:
    made = corrected(seen, seen.first, seen.ben, "excused")
    other = course_factories.course(seen.course.site, course_id="8", learners_see_own=True)
    colleague, learner = Client(), Client()
    course_factories.came_from_moodle(colleague, other, CourseRole.TEACHER, "98")
    course_factories.came_from_moodle(learner, other, CourseRole.LEARNER, "ben")
    for client in (colleague, learner, signed_in(factories.teacher())):
        chosen = [cell(seen.first, seen.eve)]
        assert post(client, seen, chosen, presence="absent", reason="x").status_code == 404
        assert undo(client, seen, made.pk).status_code == 404
    url = reverse("reports:register-correct-undo", args=[other.pk])
    colleague.post(url, {"correction": made.pk, "next": "register"})
    made.refresh_from_db()
    assert made.undone_at is None
    assert tina.get(seen.url("correct")).status_code == 405
    assert PresenceCorrection.objects.count() == 1
    assert Course.objects.count() == 2


def test_the_class_page_s_bar_and_the_cell_s_form_send_what_is_asked_for(
    seen: World, tina: Client
) -> None:
    for page in (
        seen.url("class", seen.first.cue_point_id),
        seen.cell(seen.first, seen.ben),
        seen.url("learner", seen.ben.pk),
    ):
        body = tina.get(page, DAYS).content.decode()
        assert f'action="{seen.url("correct")}"' in body
        assert f'name="cell" value="{cell(seen.first, seen.ben)}"' in body.replace(
            'type="checkbox" ', ""
        )
        assert 'name="reason"' in body
        assert 'name="shown" value="from=2026-01-01' in body
