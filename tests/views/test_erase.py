"""Erasing a person from their page: what happens is said, confirmed, done and written down."""

import pytest
from django.test import Client
from django.urls import reverse

from reports.models import AccessLogEntry, Attendance, Person, PresenceCorrection, RoomSession
from tests import course_factories, factories
from tests.views.conftest import Seen


def url_of(person: Person) -> str:
    return reverse("reports:person-erase", args=[person.pk])


@pytest.fixture
def amara(seen: Seen) -> Person:
    return Person.objects.get(user_id="amara.okafor")


@pytest.fixture
def guest(seen: Seen) -> Person:
    return Person.objects.get(is_placeholder=True)


def test_the_page_says_what_happens_and_changes_nothing(
    administrator: Client, seen: Seen, amara: Person
) -> None:
    RoomSession.objects.filter(pk=seen.other.pk).update(host_name="Amara Okafor")
    page = " ".join(administrator.get(url_of(amara)).content.decode().split())
    assert "Erase Amara Okafor?" in page
    assert '<dt>Sessions that keep the time under a pseudonym</dt><dd class="num">3</dd>' in page
    assert '<dt>Sessions that lose the name as host or initiator</dt><dd class="num">1</dd>' in page
    assert Person.objects.get(pk=amara.pk).name == "Amara Okafor"
    assert not AccessLogEntry.objects.exists()


def test_the_user_id_erases(administrator: Client, amara: Person) -> None:
    seconds = list(Attendance.objects.order_by("pk").values_list("person", "view_seconds"))
    answer = administrator.post(url_of(amara), {"user_id": "amara.okafor"}, follow=True)
    page = answer.content.decode()
    assert answer.redirect_chain[0][0] == reverse("reports:person", args=[amara.pk])
    assert "Their time stays as “Erased person 1”." in page
    assert "Amara" not in page
    assert "Amara" not in str(list(Person.objects.values()))
    assert seconds == list(Attendance.objects.order_by("pk").values_list("person", "view_seconds"))


def test_the_log_tells_of_it_without_a_name(administrator: Client, amara: Person) -> None:
    administrator.post(url_of(amara), {"user_id": "amara.okafor"})
    entry = AccessLogEntry.objects.get(action="erased")
    assert entry.target == f"person {amara.pk}"
    assert entry.detail["sessions"] == 3
    assert "amara" not in str(entry.detail).lower()


@pytest.mark.parametrize("typed", ["", "amara", "Amara.Okafor", "Amara Okafor"])
def test_anything_else_erases_nobody(administrator: Client, amara: Person, typed: str) -> None:
    answer = administrator.post(url_of(amara), {"user_id": typed, "understood": "on"})
    assert answer.status_code == 400
    assert Person.objects.get(pk=amara.pk).erased_at is None
    assert not AccessLogEntry.objects.exists()


def test_a_guest_is_erased_by_a_tick(administrator: Client, guest: Person) -> None:
    assert administrator.post(url_of(guest), {"user_id": ""}).status_code == 400
    answer = administrator.post(url_of(guest), {"understood": "on"}, follow=True)
    assert "Erased person 1" in answer.content.decode()
    assert Person.objects.get(pk=guest.pk).name == "Erased person 1"


def test_who_is_erased_already_is_not_erased_again(administrator: Client, amara: Person) -> None:
    administrator.post(url_of(amara), {"user_id": "amara.okafor"})
    for answer in (
        administrator.get(url_of(amara), follow=True),
        administrator.post(url_of(amara), {"understood": "on"}, follow=True),
    ):
        assert "there is nothing to erase" in answer.content.decode()
    assert AccessLogEntry.objects.filter(action="erased").count() == 1


def test_it_is_for_administrators(
    client: Client, teacher: Client, outsider: Client, amara: Person
) -> None:
    for who in (teacher, outsider):
        assert who.get(url_of(amara)).status_code == 404
        assert who.post(url_of(amara), {"user_id": "amara.okafor"}).status_code == 404
    assert client.get(url_of(amara)).status_code == 302
    assert Person.objects.get(pk=amara.pk).erased_at is None


def test_nobody_is_404(administrator: Client, seen: Seen) -> None:
    assert administrator.get(reverse("reports:person-erase", args=[10**9])).status_code == 404


def test_the_person_s_page_leads_here_for_administrators(
    administrator: Client, teacher: Client, amara: Person
) -> None:
    url = reverse("reports:person", args=[amara.pk]) + "?from=2026-01-12&to=2026-01-12&tz=UTC"
    assert url_of(amara) in administrator.get(url).content.decode()
    assert url_of(amara) not in teacher.get(url).content.decode()
    administrator.post(url_of(amara), {"user_id": "amara.okafor"})
    assert url_of(amara) not in administrator.get(url).content.decode()


def test_a_room_with_the_name_is_named_as_what_stays(
    administrator: Client, seen: Seen, amara: Person
) -> None:
    factories.room(seen.account, "Amara Okafor's office")
    assert "1 room with this name" in administrator.get(url_of(amara)).content.decode()


def test_the_page_names_who_it_is_in_moodle_and_what_teachers_said(
    administrator: Client, seen: Seen, amara: Person
) -> None:
    site = course_factories.moodle_site(seen.account)
    course = course_factories.course(site, [seen.room])
    course_factories.enrolment(course, "5", name="Amara O.", email="Amara.Okafor@example.org")
    PresenceCorrection.objects.create(
        account=seen.account, course=course, cue_point_id="1_x", moodle_user_id="5", reason="ill"
    )
    page = " ".join(administrator.get(url_of(amara)).content.decode().split())
    assert "<bdi>Amara O.</bdi>, <bdi>ANA-1</bdi>: the e-mail address is the same" in page
    assert "Corrections of presence deleted, with their reasons" in page
    administrator.post(url_of(amara), {"user_id": "amara.okafor"})
    assert not PresenceCorrection.objects.exists()
    entry = AccessLogEntry.objects.get(action="erased")
    assert (entry.detail["corrections"], entry.detail["enrolments"]) == (1, 1)
