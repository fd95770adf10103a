"""People and access: who may sign in, as what, with which rooms; and what an administrator can't do."""

import re
from collections.abc import Callable

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries, Settings

from reports.models import AccessLogEntry, Role, RoomGrant, User
from tests import factories
from tests.factories import PASSWORD
from tests.views.conftest import Seen, signed_in

NEW = {
    "username": "ada.lovelace",
    "first_name": "Ada",
    "last_name": "Lovelace",
    "email": "",
    "role": "teacher",
}
DETAILS = {"first_name": "Ada", "last_name": "Lovelace", "email": "ada@example.org"}


def url(name: str, *args: int) -> str:
    return reverse(f"reports:{name}", args=args)


def shown_link(page: str) -> str:
    """Return the path of the one-time link on the page."""
    found = re.search(r"http://testserver(/password/[^<\s]+)", page)
    assert found
    return found[1]


def sign_in(client: Client, username: str) -> int:
    """Return the answer's status: 302 leads on."""
    form = {"username": username, "password": PASSWORD}
    return client.post(reverse("login"), form).status_code


def log() -> list[tuple[str, str]]:
    return list(AccessLogEntry.objects.order_by("pk").values_list("action", "target"))


# --- The list -------------------------------------------------------------------------------


def test_the_list_says_who_may_see_what(administrator: Client, seen: Seen) -> None:
    rooms = [seen.room, seen.other_room, factories.room(seen.account, "Chemistry")]
    factories.teacher("ada", rooms, first_name="Ada", last_name="Lovelace")
    factories.outsider("bob", is_active=False)
    page = administrator.get(url("users")).content.decode()
    for text in ("3 people", "Ada Lovelace", "ada@example.org", "every room", "never", "disabled"):
        assert text in page
    assert "=Botany &quot;B&quot;; &lt;i&gt;x&lt;/i&gt;, Anatomy, group A and 1 more" in page
    assert "none yet" in page


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", ["ada", "administrator", "bob"]),
        ("sort=-username", ["bob", "administrator", "ada"]),
        ("search=LOVE+ada", ["ada"]),
        ("search=love+bob", []),
        ("role=teacher", ["ada", "bob"]),
        ("role=administrator", ["administrator"]),
        ("state=disabled", ["bob"]),
        ("state=active&role=teacher", ["ada"]),
        ("sort=-rooms", ["ada", "bob", "administrator"]),
        ("sort=-role", ["administrator", "bob", "ada"]),
        ("sort=active", ["bob", "ada", "administrator"]),
        ("sort=-last_sign_in", ["administrator", "bob", "ada"]),
        ("sort=name", ["administrator", "bob", "ada"]),
    ],
)
def test_the_list_is_filtered_and_sorted(
    administrator: Client, seen: Seen, query: str, names: list[str]
) -> None:
    factories.teacher("ada", [seen.room], first_name="Ada", last_name="Lovelace")
    factories.outsider("bob", is_active=False)
    answer = administrator.get(f"{url('users')}?{query}")
    table = answer.context["table"]
    assert [row.record.username for row in table.rows] == names


@pytest.mark.parametrize(
    "query", ["sort=password", "role=x", "state=y", "page=0", "search=" + "x" * 101]
)
def test_an_address_that_means_nothing_is_refused(administrator: Client, query: str) -> None:
    answer = administrator.get(f"{url('users')}?{query}")
    assert answer.status_code == 400
    assert "administrator@example.org" not in answer.content.decode()


def test_the_list_has_pages(administrator: Client) -> None:
    User.objects.bulk_create([User(username=f"teacher{n:03d}") for n in range(60)])
    page = administrator.get(url("users") + "?role=teacher&page=2").content.decode()
    assert "51–60 of 60" in page
    assert "teacher059" in page


@pytest.mark.parametrize("more", [0, 10])
def test_the_number_of_queries_does_not_grow(
    administrator: Client,
    seen: Seen,
    more: int,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for number in range(more + 1):
        last = factories.teacher(f"t{number}", [seen.room, seen.other_room])
    with django_assert_max_num_queries(7):
        administrator.get(url("users"))
    with django_assert_max_num_queries(9):
        administrator.get(url("user", last.pk))


# --- Somebody new ---------------------------------------------------------------------------


def test_somebody_new_sets_the_password_by_the_link_shown_once(administrator: Client) -> None:
    answer = administrator.post(url("user-new"), NEW)
    assert answer.status_code == 200
    assert "no-store" in answer.headers["Cache-Control"]
    link = shown_link(answer.content.decode())
    user = User.objects.get(username="ada.lovelace")
    assert (user.role, user.has_usable_password()) == (Role.TEACHER, False)
    assert link not in administrator.get(url("user", user.pk)).content.decode()
    assert log() == [
        ("created", "user ada.lovelace"),
        ("gave link", "user ada.lovelace"),
    ]
    for entry in AccessLogEntry.objects.all():
        assert link.split("/")[3] not in str(entry.detail)

    nobody = Client()
    assert "ada.lovelace" in nobody.get(link).content.decode()
    form = {"new_password1": PASSWORD, "new_password2": PASSWORD}
    assert nobody.post(link, form).headers["Location"] == reverse("login")
    assert sign_in(nobody, "ada.lovelace") == 302


def test_a_password_of_the_administrators_choice_is_ignored(administrator: Client) -> None:
    administrator.post(url("user-new"), NEW | {"password": PASSWORD, "password1": PASSWORD})
    assert not User.objects.get(username="ada.lovelace").has_usable_password()


def test_with_a_mail_server_the_link_is_mailed_and_not_shown(administrator: Client) -> None:
    form = NEW | {"email": "ada@example.org"}
    page = administrator.post(url("user-new"), form, follow=True).content.decode()
    assert "was sent to ada@example.org" in page
    assert "/password/" not in page
    [letter] = mail.outbox
    assert letter.to == ["ada@example.org"]
    assert "Hello Ada Lovelace," in letter.body
    assert Client().get(shown_link(letter.body)).status_code == 200


def test_where_mail_is_only_printed_the_link_is_shown(
    administrator: Client, settings: Settings
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
    form = NEW | {"email": "ada@example.org"}
    assert shown_link(administrator.post(url("user-new"), form).content.decode())


def test_a_mail_server_that_fails_leaves_the_link(
    administrator: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> int:
        raise ConnectionRefusedError

    monkeypatch.setattr(EmailBackend, "send_messages", fail)
    page = administrator.post(url("user-new"), NEW | {"email": "ada@example.org"}).content.decode()
    assert "The mail server did not take the mail" in page
    assert shown_link(page)


@pytest.mark.parametrize(
    "wrong", [{"username": ""}, {"username": "Administrator"}, {"role": "head"}, {"email": "x"}]
)
def test_somebody_who_can_not_be_stored_is_refused(
    administrator: Client, wrong: dict[str, str]
) -> None:
    assert administrator.post(url("user-new"), NEW | wrong).status_code == 400
    assert User.objects.count() == 1


# --- Roles, and who stays -------------------------------------------------------------------


def test_a_teacher_becomes_an_administrator_and_back(administrator: Client, seen: Seen) -> None:
    user = factories.outsider()
    client = signed_in(user)
    assert client.get(url("users")).status_code == 404
    administrator.post(url("user-edit", user.pk), DETAILS | {"role": "administrator"})
    assert client.get(url("users")).status_code == 200
    administrator.post(url("user-edit", user.pk), DETAILS | {"role": "teacher"})
    assert client.get(url("users")).status_code == 404
    user.refresh_from_db()
    assert (user.first_name, user.email) == ("Ada", "ada@example.org")
    first, second = AccessLogEntry.objects.order_by("pk")
    assert first.detail == {
        "changed": ["first_name", "last_name", "email"],
        "role": "administrator",
    }
    assert second.detail == {"role": "teacher"}


def test_a_superuser_who_becomes_a_teacher_is_one(administrator: Client, seen: Seen) -> None:
    head = User.objects.create_superuser("head", "head@example.org", PASSWORD)
    assert "Administrator" in administrator.get(url("user", head.pk)).content.decode()
    administrator.post(url("user-edit", head.pk), DETAILS | {"role": "teacher"})
    head.refresh_from_db()
    assert not head.is_administrator
    assert signed_in(head).get(seen.page).status_code == 404


def test_the_last_active_administrator_stays_one(administrator: Client) -> None:
    me = User.objects.get()
    factories.administrator("gone", is_active=False)
    answer = administrator.post(url("user-edit", me.pk), DETAILS | {"role": "teacher"})
    assert answer.status_code == 400
    assert "This is the last active administrator" in answer.content.decode()
    me.refresh_from_db()
    assert me.is_administrator
    assert me.first_name == ""
    assert log() == []


def test_nobody_disables_themselves_or_the_last_administrator(administrator: Client) -> None:
    me = User.objects.get()
    page = administrator.post(url("user-disable", me.pk), follow=True).content.decode()
    assert "Nobody can disable themselves" in page
    me.refresh_from_db()
    assert me.is_active


def test_a_disabled_user_is_out_at_once_and_for_every_open_session(
    administrator: Client, seen: Seen
) -> None:
    user = factories.teacher("ada", [seen.room])
    laptop, phone = signed_in(user), signed_in(user)
    other = signed_in(factories.teacher("bob", [seen.room]))
    assert laptop.get(seen.page).status_code == 200
    page = administrator.post(url("user-disable", user.pk), follow=True).content.decode()
    assert "is signed out everywhere" in page
    for client in (laptop, phone):
        assert client.get(seen.page).headers["Location"].startswith("/sign-in/")
    assert sign_in(laptop, "ada") == 200  # the form again
    assert other.get(seen.page).status_code == 200

    administrator.post(url("user-enable", user.pk))
    assert phone.get(seen.page).status_code == 302  # the old session does not come back
    assert sign_in(laptop, "ada") == 302
    assert laptop.get(seen.page).status_code == 200
    entry = AccessLogEntry.objects.get(action="disabled")
    assert entry.detail == {"ended_sessions": 2}


def test_a_link_is_for_who_may_sign_in(administrator: Client) -> None:
    user = factories.outsider(is_active=False)
    assert administrator.post(url("user-link", user.pk)).status_code == 404


def test_a_link_is_shown_or_mailed_as_wanted(administrator: Client) -> None:
    user = factories.outsider()
    page = administrator.post(url("user-link", user.pk), {"how": "show"}).content.decode()
    assert shown_link(page)
    assert mail.outbox == []
    administrator.post(url("user-link", user.pk), {"how": "mail"})
    assert len(mail.outbox) == 1
    details = AccessLogEntry.objects.order_by("pk").values_list("detail", flat=True)
    assert list(details) == [{"how": "shown"}, {"how": "mail"}]


# --- Rooms ----------------------------------------------------------------------------------


def test_a_given_room_is_seen_with_its_breakouts_until_it_is_taken(
    administrator: Client, seen: Seen
) -> None:
    user = factories.outsider()
    client = signed_in(user)
    administrator.post(url("user-rooms-give", user.pk), {"room": [seen.room.pk]})
    grant = RoomGrant.objects.get()
    assert (grant.user, grant.room, str(grant.granted_by)) == (user, seen.room, "administrator")
    assert client.get(seen.page).status_code == 200
    breakout = reverse("reports:session", args=[seen.account.pk, seen.breakout.cue_point_id])
    assert client.get(breakout).status_code == 200
    other = reverse("reports:session", args=[seen.account.pk, seen.other.cue_point_id])
    assert client.get(other).status_code == 404
    administrator.post(url("user-room-take", user.pk, seen.room.pk))
    for gone in (seen.page, breakout):
        assert client.get(gone).status_code == 404
    mine = AccessLogEntry.objects.filter(user_label="administrator").order_by("pk")
    target = f"room {seen.room.entry_id} of account {seen.account.pk}"
    assert list(mine.values_list("action", "target")) == [("gave", target), ("took", target)]


def test_a_room_given_twice_is_given_once(administrator: Client, seen: Seen) -> None:
    user = factories.outsider()
    form = {"room": [seen.room.pk, seen.other_room.pk]}
    administrator.post(url("user-rooms-give", user.pk), form)
    page = administrator.post(url("user-rooms-give", user.pk), form, follow=True).content.decode()
    assert "0 rooms were given." in page
    assert RoomGrant.objects.count() == 2


@pytest.mark.parametrize(
    "pick", [lambda seen: [], lambda seen: [seen.breakout.room_id], lambda seen: ["x"]]
)
def test_only_main_rooms_that_exist_are_given(
    administrator: Client, seen: Seen, pick: Callable[[Seen], list[object]]
) -> None:
    user = factories.outsider()
    answer = administrator.post(url("user-rooms-give", user.pk), {"room": pick(seen)}, follow=True)
    assert "notice-error" in answer.content.decode()
    assert not RoomGrant.objects.exists()


def test_the_picker_finds_rooms_by_every_word_and_leaves_out_given_ones(
    administrator: Client, seen: Seen
) -> None:
    second = factories.account("second")
    factories.room(second, "Anatomy, group A")
    user = factories.teacher(rooms=[seen.room])

    def found(words: str) -> list[str]:
        answer = administrator.get(url("user", user.pk), {"room": words})
        return [f"{choice.room}, {choice.room.account}" for choice in answer.context["choices"]]

    botany = '=Botany "B"; <i>x</i>, university'
    assert found("") == [botany, "Anatomy, group A, second"]
    assert found("group anat") == ["Anatomy, group A, second"]
    assert found(seen.other_room.entry_id) == [botany]
    assert found("breakout") == []
    assert found("physics") == []
    assert administrator.get(url("user", user.pk), {"room": "x" * 101}).status_code == 400


def test_many_rooms_are_cut_and_it_says_so(administrator: Client, seen: Seen) -> None:
    for number in range(30):
        factories.room(seen.account, f"Room {number:02d}")
    page = administrator.get(url("user", factories.outsider().pk)).content.decode()
    assert "The first 20 of 32 rooms" in page


# --- Others ---------------------------------------------------------------------------------


def test_people_are_an_administrators_matter(
    client: Client, outsider: Client, teacher: Client, seen: Seen
) -> None:
    head = factories.administrator("head")
    one = [head.pk]
    before = list(User.objects.order_by("pk").values())
    urls = [url("users"), url("user-new"), url("user", *one), url("user-edit", *one)]
    urls += [url(f"user-{name}", *one) for name in ("disable", "enable", "link", "rooms-give")]
    urls.append(url("user-room-take", head.pk, seen.room.pk))
    form = NEW | {"room": [seen.room.pk], "how": "show"}
    for address in urls:
        for somebody in (outsider, teacher):
            assert somebody.get(address).status_code in (404, 405), address
            assert somebody.post(address, form).status_code in (404, 405), address
        assert client.get(address).status_code in (302, 405), address
        assert client.post(address, form).status_code in (302, 405), address
    assert list(User.objects.order_by("pk").values()) == before
    assert RoomGrant.objects.count() == 1  # the teacher's own


@pytest.mark.parametrize("name", ["edit", "disable", "enable", "link", "rooms-give"])
def test_get_changes_nobody(administrator: Client, name: str) -> None:
    assert administrator.get(url(f"user-{name}", User.objects.get().pk)).status_code == 405
