"""Who comes from Moodle is a user like others, but for a password: there is none, in no way."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.contrib.auth import authenticate
from django.contrib.auth.tokens import default_token_generator
from django.core.management import call_command
from django.db import connection
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from reports.models import AccessLogEntry, Course, MoodleSite, MoodleUser, Role, User
from reports.simulator.moodle.standin import MoodleStandIn
from tests import factories
from tests.moodle.conftest import ANATOMY, BOTANY, TEACHER, Visitor, registered, user_of


@pytest.fixture
def tina(visitor: Visitor, site: MoodleSite) -> User:
    """A teacher who came once."""
    visitor.launch(ANATOMY, TEACHER)
    return user_of(site, TEACHER)


@pytest.fixture
def head() -> Client:
    client = Client()
    client.force_login(factories.administrator("head"))
    return client


def page(client: Client, name: str, *args: object) -> str:
    answer = client.get(reverse(name, args=args))
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize("password", ["", "!", "a long enough password"])
def test_no_password_signs_them_in(tina: User, password: str) -> None:
    request = RequestFactory().post("/sign-in/")
    assert not tina.has_usable_password()
    assert authenticate(request, username=tina.username, password=password) is None
    form = {"username": tina.username, "password": password}
    assert Client().post("/sign-in/", form).status_code == 200
    assert not tina.check_password(tina.password)


def test_no_link_sets_a_password(tina: User, head: Client) -> None:
    for how in ("mail", "show"):
        answer = head.post(reverse("reports:user-link", args=[tina.pk]), {"how": how})
        assert answer.status_code == 404
    uid = urlsafe_base64_encode(force_bytes(tina.pk))
    link = reverse("reports:password-set", args=[uid, default_token_generator.make_token(tina)])
    new = {"new_password1": "a long enough password", "new_password2": "a long enough password"}
    assert Client().post(link, new).status_code == 404
    tina.refresh_from_db()
    assert not tina.has_usable_password()


def test_no_administration_sets_a_password(tina: User) -> None:
    client = Client()
    client.force_login(User.objects.create_superuser("root", "", factories.PASSWORD))
    url = reverse("admin:auth_user_password_change", args=[tina.pk])
    new = {"password1": "a long enough password", "password2": "a long enough password"}
    assert client.get(url).status_code == 403
    assert client.post(url, {**new, "usable_password": "true"}).status_code == 403
    other = reverse("admin:auth_user_password_change", args=[factories.teacher("other").pk])
    assert client.get(other).status_code == 200


def test_their_own_page_asks_for_no_password(visitor: Visitor, tina: User) -> None:
    text = visitor.get(reverse("reports:me")).content.decode()
    assert "need no password" in text
    assert tina.username not in text
    assert 'name="old_password"' not in text
    assert visitor.post(reverse("reports:me-password"), {}).status_code == 404


def test_the_page_of_a_person_says_where_they_come_from(tina: User, head: Client) -> None:
    text = page(head, "reports:user", tina.pk)
    assert "Tina Teacher" in text
    assert "yes, from Moodle alone" in text
    assert "<bdi>tina</bdi>, <bdi>Moodle</bdi>" in text
    assert "password link" not in text
    assert "Tina Teacher" in page(head, "reports:users")


def test_an_administrator_grants_and_disables_them_as_others(
    tina: User, head: Client, visitor: Visitor
) -> None:
    form = {"first_name": "Tina", "last_name": "Teacher", "email": "", "role": Role.ADMINISTRATOR}
    assert head.post(reverse("reports:user-edit", args=[tina.pk]), form).status_code == 302
    assert visitor.get(reverse("reports:accounts")).status_code == 200
    visitor.launch(BOTANY, TEACHER)
    assert visitor.get(reverse("reports:accounts")).status_code == 200  # a launch takes no grant
    head.post(reverse("reports:user-disable", args=[tina.pk]))
    assert visitor.get("/").headers["Location"].startswith("/sign-in/")


def test_the_last_administrator_with_a_password_stays_one(tina: User, head: Client) -> None:
    """Else nobody could manage this site on the day that Moodle leads here no longer."""
    User.objects.filter(pk=tina.pk).update(role=Role.ADMINISTRATOR)
    me = User.objects.get(username="head")
    form = {"first_name": "", "last_name": "", "email": "", "role": Role.TEACHER}
    assert head.post(reverse("reports:user-edit", args=[me.pk]), form).status_code == 400
    assert User.objects.get(pk=me.pk).is_administrator
    assert head.post(reverse("reports:user-edit", args=[tina.pk]), form).status_code == 302
    assert not User.objects.get(pk=tina.pk).is_administrator


def test_the_access_log_shows_the_name_and_keeps_none(tina: User, head: Client) -> None:
    text = page(head, "reports:access-log")
    assert "came from Moodle" in text
    assert "Tina Teacher" in text
    assert AccessLogEntry.objects.get(action="came from Moodle").user_label == tina.username
    assert "Tina" not in tina.username


def test_a_name_like_theirs_can_not_be_typed(db: None, head: Client) -> None:
    form = {"username": "moodle:1:3", "role": Role.TEACHER}
    assert head.post(reverse("reports:user-new"), form).status_code == 400
    with pytest.raises(Exception, match="valid username"):
        call_command(
            "createsuperuser", username="moodle:1:3", email="a@b.example", interactive=False
        )


def test_two_first_launches_at_once_are_of_one_person(
    transactional_db: None, moodle: MoodleStandIn
) -> None:
    registered(moodle)
    visitors = [Visitor(moodle) for _ in range(4)]
    posts = [visitor.token(ANATOMY, TEACHER) for visitor in visitors]
    ready = threading.Barrier(len(visitors))

    def launch(number: int) -> int:
        ready.wait()
        try:
            answer = visitors[number].post(posts[number].action, posts[number].fields)
            return int(answer.status_code)
        finally:
            connection.close()

    with ThreadPoolExecutor(len(visitors)) as pool:
        assert list(pool.map(launch, range(len(visitors)))) == [302] * len(visitors)
    assert MoodleUser.objects.count() == User.objects.count() == Course.objects.count() == 1
