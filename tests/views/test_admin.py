"""Django's administration: roles and rooms can be given, the access log only read."""

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from reports.models import AccessLogEntry, Account, RoomGrant, User
from tests import factories
from tests.views.conftest import Seen, signed_in


@pytest.fixture
def head(db: None) -> Client:
    return signed_in(factories.administrator(is_staff=True, is_superuser=True))


@pytest.mark.parametrize("name", ["user", "roomgrant", "accesslogentry"])
def test_its_pages_work(head: Client, seen: Seen, name: str) -> None:
    AccessLogEntry.objects.create(user_label="somebody", action="viewed", target="session 1_a")
    factories.teacher(rooms=[seen.room])
    assert head.get(reverse(f"admin:reports_{name}_changelist")).status_code == 200
    expected = 403 if name == "accesslogentry" else 200
    assert head.get(reverse(f"admin:reports_{name}_add")).status_code == expected


def test_a_given_room_notes_who_gave_it(head: Client, seen: Seen) -> None:
    teacher = factories.teacher()
    form = {"user": teacher.pk, "room": seen.room.pk}
    assert head.post(reverse("admin:reports_roomgrant_add"), form).status_code == 302
    grant = RoomGrant.objects.get()
    assert (grant.user, grant.room) == (teacher, seen.room)
    assert grant.granted_by == User.objects.get(username="administrator")


def test_the_access_log_is_read_only(head: Client) -> None:
    entry = AccessLogEntry.objects.create(user_label="x", action="viewed", target="y")
    url = reverse("admin:reports_accesslogentry_change", args=[entry.pk])
    assert head.get(url).status_code == 200
    assert head.post(url, {"action": "changed"}).status_code == 403
    url = reverse("admin:reports_accesslogentry_delete", args=[entry.pk])
    assert head.post(url, {"post": "yes"}).status_code == 403


def test_accounts_and_their_secrets_are_not_in_it(head: Client, seen: Seen) -> None:
    assert not admin.site.is_registered(Account)


def test_it_is_for_staff_only(administrator: Client, teacher: Client) -> None:
    for somebody in (administrator, teacher):
        assert somebody.get(reverse("admin:index")).status_code == 302
