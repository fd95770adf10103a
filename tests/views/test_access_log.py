"""The access log: what is in it for whom, and that everything that should be written down is."""

import ast
import csv
import io
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.apps import apps
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from reports.definitions.log_words import ACTIONS
from reports.models import AccessLogEntry, RetentionPolicy, User
from tests import factories
from tests.addresses import World, addresses, world
from tests.views.conftest import DAY, Seen, list_url, signed_in
from tests.views.test_walk import text_of, with_range

URL = "/access-log/"


@pytest.fixture
def lines(db: None) -> list[AccessLogEntry]:
    """Four lines of one day, the last one of another."""
    head = factories.administrator("head_1", first_name="Vera", last_name="Head")
    rows: list[dict[str, Any]] = [
        {"user": head, "action": "viewed", "target": "person 7", "detail": {"account": 1}},
        {"user": head, "action": "exported", "target": "attendees", "detail": {"format": "csv"}},
        {"user_label": "gone", "action": "viewed", "target": "session 1_abcd1234"},
        {"user_label": "command line", "action": "unheard of", "target": "=odd"},
        {"user": head, "action": "changed", "target": "user member"},
    ]
    made = []
    for minutes, row in enumerate(rows):
        label = str(row.get("user") or row.pop("user_label"))
        entry = AccessLogEntry.objects.create(user_label=label, **row)
        at = factories.START + timedelta(minutes=minutes)
        if minutes == 4:
            at += timedelta(days=1)
        AccessLogEntry.objects.filter(pk=entry.pk).update(at=at)
        entry.refresh_from_db()
        made.append(entry)
    return made


def shown(answer: Any) -> list[int]:
    return [row.record.pk for row in answer.context["table"].rows]


def log_url(**query: str) -> str:
    return list_url("access-log", **query)


def test_the_lines_of_the_days_are_listed_newest_first(
    administrator: Client, lines: list[AccessLogEntry]
) -> None:
    answer = administrator.get(log_url())
    assert shown(answer) == [line.pk for line in reversed(lines[:4])]
    page = " ".join(text_of(answer).split())
    assert "4 lines" in page
    assert reverse("reports:person", args=[7]) in page
    assert "command line" in page
    assert "<code>=odd</code>" in page
    assert "<code>unheard of</code>" in page


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ({"search": "head_1"}, [1, 0]),
        ({"search": "person HEAD_1"}, [0]),
        ({"search": "1_abcd"}, [2]),
        ({"search": "nothing"}, []),
        ({"who": "gone"}, [2]),
        ({"action": "exported"}, [1]),
        ({"sort": "at"}, [0, 1, 2, 3]),
        ({"sort": "who"}, [3, 2, 1, 0]),
        ({"sort": "-action"}, [2, 0, 3, 1]),
        ({"sort": "target"}, [3, 1, 0, 2]),
    ],
)
def test_filters_and_orders(
    administrator: Client, lines: list[AccessLogEntry], query: dict[str, str], numbers: list[int]
) -> None:
    answer = administrator.get(log_url(**query))
    if numbers:
        assert shown(answer) == [lines[number].pk for number in numbers]
    assert answer.context["page"].paginator.count == len(numbers)


def test_files_hold_the_lines_of_the_page(
    administrator: Client, lines: list[AccessLogEntry]
) -> None:
    for extension in ("csv", "xlsx"):
        answer = administrator.get(list_url(f"access-log-{extension}", sort="at"))
        body = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
        if extension == "csv":
            rows = list(csv.reader(io.StringIO(body.decode("utf-8-sig"), newline="")))[1:]
        else:
            sheet = openpyxl.load_workbook(io.BytesIO(body)).active
            rows = [list(map(str, row)) for row in sheet.iter_rows(values_only=True)][1:]
        assert [row[4] for row in rows] == ["viewed", "exported", "viewed", "unheard of"]
    assert AccessLogEntry.objects.filter(target="access-log").count() == 2


def test_a_file_for_people_is_safe_in_a_spreadsheet(
    administrator: Client, lines: list[AccessLogEntry]
) -> None:
    assert ",'=odd," in text_of(administrator.get(list_url("access-log-csv")))


def test_pages(administrator: Client, db: None) -> None:
    AccessLogEntry.objects.bulk_create(
        [AccessLogEntry(user_label="x", action="viewed", target=f"t{n}") for n in range(120)]
    )
    today = timezone.now().date().isoformat()
    query = {"from": today, "to": today, "tz": "UTC"}
    first = administrator.get(URL, query)
    last = administrator.get(URL, query | {"page": "3"})
    assert (len(shown(first)), len(shown(last))) == (50, 20)
    assert not set(shown(first)) & set(shown(last))


def test_an_empty_log_and_a_filter_that_nothing_fits_say_so(administrator: Client) -> None:
    assert "Nothing written down yet" in text_of(administrator.get(URL))
    AccessLogEntry.objects.create(user_label="x", action="viewed", target="y")
    assert "No line fits" in text_of(administrator.get(log_url()))


def test_a_bad_address_is_refused(administrator: Client, lines: list[AccessLogEntry]) -> None:
    for query in ({"sort": "secret"}, {"action": "x"}, {"page": "0"}, {"from": "x"}):
        for view in ("access-log", "access-log-csv"):
            answer = administrator.get(reverse(f"reports:{view}"), DAY | query)
            assert answer.status_code == 400
            assert "person 7" not in text_of(answer)


def test_it_is_for_administrators(
    client: Client, teacher: Client, outsider: Client, seen: Seen
) -> None:
    for view in ("access-log", "access-log-csv", "access-log-xlsx"):
        url = reverse(f"reports:{view}")
        assert teacher.get(url).status_code == outsider.get(url).status_code == 404
        assert client.get(url).status_code == 302


def test_the_menu_leads_here(administrator: Client, teacher: Client) -> None:
    assert f'href="{URL}"' in text_of(administrator.get(reverse("reports:sessions")))
    assert f'href="{URL}"' not in text_of(teacher.get(reverse("reports:sessions")))


def test_the_number_of_queries_does_not_grow(
    administrator: Client, lines: list[AccessLogEntry], django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(8):
        administrator.get(log_url())


# --- What is written down -----------------------------------------------------------------------


@pytest.fixture
def everything(db: None) -> World:
    made = world()
    RetentionPolicy.objects.create(account=made.account, attendances_days=30)
    return made


def test_every_file_leaves_a_line(everything: World) -> None:
    client = signed_in(factories.administrator())
    files = [
        (name, url)
        for name, url in addresses(everything).items()
        if name.endswith(("-csv", "-xlsx", "person-export"))
    ]
    assert len(files) > 20
    for name, url in files:
        before = AccessLogEntry.objects.count()
        answer = client.get(with_range(url))
        text_of(answer)
        assert answer.status_code == 200, name
        assert AccessLogEntry.objects.count() == before + 1, name
        line = AccessLogEntry.objects.latest("pk")
        assert (line.user_label, line.action) == ("administrator", "exported"), name


@pytest.mark.parametrize(
    "page", ["people", "person", "session", "breakouts", "snapshot", "person-export"]
)
def test_looking_at_people_leaves_a_line(everything: World, page: str) -> None:
    client = signed_in(factories.administrator())
    client.get(with_range(addresses(everything)[f"reports:{page}"]))
    assert AccessLogEntry.objects.get().action == ("exported" if "-" in page else "viewed")


def content() -> dict[str, list[Any]]:
    """Return all rows but those of the log and of who is signed in."""
    return {
        model._meta.label: list(model._default_manager.order_by("pk").values())
        for model in apps.get_models(include_auto_created=True)
        if model not in (AccessLogEntry, Session)
    }


def forms(seen: World) -> dict[str, dict[str, Any]]:
    """Return what changes something, for the addresses that need more than a click."""
    return {
        "reports:account-delete": {"name": seen.account.name},
        "reports:account-sync": days_ago(3),
        "reports:account-retention": {"attendances_action": "remove", "runs_days": "9000"},
        "reports:account-retention-apply": {"understood": "on"},
        "reports:event-add": {"account": seen.account.pk, "event_id": "4712"},
        "reports:event-sync": days_ago(5) | {"account": seen.account.pk},
        "reports:event-name": {"name": "Another"},
        "reports:person-erase": {"user_id": seen.person.user_id},
        "reports:user-new": {"username": "new_1", "role": "teacher", "email": "n@example.org"},
        "reports:user-edit": {"first_name": "A", "last_name": "B", "role": "teacher"},
        "reports:user-rooms-give": {"room": [seen.other_room.pk]},
        "reports:me-zone": {"time_zone": "Europe/Berlin"},
        "reports:me-password": {
            "old_password": factories.PASSWORD,
            "new_password1": "quite another long one 1",
            "new_password2": "quite another long one 1",
        },
        "reports:password-set": {
            "new_password1": "quite another long one 1",
            "new_password2": "quite another long one 1",
        },
    }


def days_ago(days: int) -> dict[str, str]:
    day = (timezone.now() - timedelta(days=days)).date().isoformat()
    return {"from_on": day, "to_on": day}


def test_every_change_by_a_form_leaves_a_line(everything: World) -> None:
    typed = forms(everything)
    changing = set()
    for name, url in addresses(everything).items():
        with transaction.atomic():
            head = User.objects.filter(username="head_1").first() or factories.administrator(
                "head_1"
            )
            before, lines = content(), AccessLogEntry.objects.count()
            client = signed_in(head)
            client.raise_request_exception = False  # one that asks Kaltura can't
            client.post(url, typed.get(name, {}))
            changes = [of for of, rows in content().items() if rows != before[of]]
            if changes == ["reports.User"] and name not in typed and is_only_sign_in(before):
                changes = []
            if changes:
                changing.add(name)
                assert AccessLogEntry.objects.count() > lines, f"{name} changed {changes}"
            transaction.set_rollback(True)
    assert typed.keys() - {"reports:password-set"} <= changing
    assert len(changing) >= 18


def is_only_sign_in(before: dict[str, list[Any]]) -> bool:
    """Return whether users differ in nothing but the time of their latest sign-in."""
    now = content()["reports.User"]
    return [row | {"last_login": None} for row in now] == [
        row | {"last_login": None} for row in before["reports.User"]
    ]


def test_sign_ins_leave_lines_and_refused_ones_too(client: Client, db: None) -> None:
    factories.teacher("ada_1")
    url = reverse("login")
    client.post(url, {"username": "ada_1", "password": "wrong"})
    client.post(url, {"username": "my secret password", "password": "ada_1"})
    client.post(url, {"username": "ada_1", "password": factories.PASSWORD})
    client.post(reverse("logout"))
    found = AccessLogEntry.objects.order_by("pk").values_list("user_label", "action", "target")
    assert list(found) == [
        ("nobody", "sign-in refused", "user ada_1"),
        ("nobody", "sign-in refused", "an unknown user"),
        ("ada_1", "signed in", "user ada_1"),
        ("ada_1", "signed out", "user ada_1"),
    ]


def test_who_is_locked_out_leaves_a_line(client: Client, db: None) -> None:
    factories.teacher("ada_1")
    for _try in range(settings.AXES_FAILURE_LIMIT):
        client.post(reverse("login"), {"username": "ada_1", "password": "wrong"})
    assert AccessLogEntry.objects.filter(action="locked out", target="user ada_1").exists()


def test_a_change_in_django_s_administration_leaves_a_line(db: None) -> None:
    boss = factories.administrator("boss_1", is_superuser=True, is_staff=True)
    room = factories.room(factories.account())
    member = factories.teacher("member_1")
    client = signed_in(boss)
    client.post("/django-admin/reports/roomgrant/add/", {"user": member.pk, "room": room.pk})
    grant = member.room_grants.get()
    client.post(f"/django-admin/reports/roomgrant/{grant.pk}/delete/", {"post": "yes"})
    found = AccessLogEntry.objects.order_by("pk").values_list("user_label", "action", "target")
    assert list(found) == [
        ("boss_1", "created", "room grant of member_1"),
        ("boss_1", "deleted", "room grant of member_1"),
    ]


def recorded_actions() -> Iterator[str]:
    """Yield every action that the code writes down."""
    for path in Path(settings.BASE_DIR, "reports").rglob("*.py"):
        for call in ast.walk(ast.parse(path.read_text())):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name):
                number = {"record": 1, "record_as": 1}.get(call.func.id)
                if number and len(call.args) > number:
                    action = call.args[number]
                    if isinstance(action, ast.Constant):
                        yield str(action.value)


def test_every_action_has_words_in_every_language() -> None:
    actions = set(recorded_actions())
    assert len(actions) > 15
    assert actions <= ACTIONS.keys()
