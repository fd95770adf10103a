"""Virtual events: named, listed with their sessions, renamed, removed, and asked for again."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from reports.models import AccessLogEntry, RoomSession, Run, SessionEvent, TileState, VirtualEvent
from tests import factories
from tests.factories import START
from tests.views.conftest import Seen

LIST = "reports:events"
DAYS = {"from_on": "2026-01-12", "to_on": "2026-01-14"}


def named(seen: Seen, event_id: str = "4711", **values: str) -> VirtualEvent:
    return VirtualEvent.objects.create(account=seen.account, event_id=event_id, **values)


def tag(event: VirtualEvent, *sessions: RoomSession) -> None:
    SessionEvent.objects.bulk_create([SessionEvent(event=event, session=s) for s in sessions])


def test_an_event_is_named_once(administrator: Client, seen: Seen) -> None:
    form = {"account": seen.account.pk, "event_id": "4711", "name": "Open day"}
    page = administrator.post(reverse("reports:event-add"), form, follow=True).content.decode()
    assert "Every sync asks for “Open day” from now on" in page
    event = VirtualEvent.objects.get()
    assert (event.account, event.event_id, event.name) == (seen.account, "4711", "Open day")
    entry = AccessLogEntry.objects.get()
    assert (entry.action, entry.target) == ("named", "event 4711 of account university")

    answer = administrator.post(reverse("reports:event-add"), form)
    assert answer.status_code == 400
    assert "in the list already" in answer.content.decode()
    assert VirtualEvent.objects.count() == 1


@pytest.mark.parametrize("event_id", ["", "1;2", "1,2", "a b", "x" * 65, "é", "1\n"])
def test_an_id_that_kaltura_could_not_be_asked_for_is_refused(
    administrator: Client, seen: Seen, event_id: str
) -> None:
    form = {"account": seen.account.pk, "event_id": event_id}
    answer = administrator.post(reverse("reports:event-add"), form)
    # Space around an id is taken off, as a pasted one often has some.
    assert answer.status_code == (302 if event_id == "1\n" else 400)
    assert VirtualEvent.objects.count() == (1 if event_id == "1\n" else 0)


def test_the_same_id_of_another_account_is_another_event(administrator: Client, seen: Seen) -> None:
    named(seen)
    form = {"account": factories.account("second").pk, "event_id": "4711"}
    assert administrator.post(reverse("reports:event-add"), form).status_code == 302
    assert VirtualEvent.objects.count() == 2


def test_the_list_counts_the_sessions_and_leads_to_exactly_them(
    administrator: Client, seen: Seen
) -> None:
    event = named(seen, name="Open day")
    named(seen, "4712")
    late = factories.session(seen.room, START + timedelta(days=3))
    tag(event, seen.session, seen.other, late)
    page = administrator.get(reverse(LIST)).content.decode()
    assert "2 events" in page
    assert "Thu 15 Jan, 09:00" in page
    assert "id 4711" in page
    link = f"/sessions/?event={event.pk}&amp;tz=UTC&amp;from=2026-01-12&amp;to=2026-01-15"
    assert f'href="{link}">3<' in page


def test_an_empty_list_says_what_comes_next(administrator: Client, db: None) -> None:
    assert (
        "No Kaltura account is connected yet" in administrator.get(reverse(LIST)).content.decode()
    )
    factories.account()
    page = administrator.get(reverse(LIST)).content.decode()
    assert "No event has been named yet" in page
    assert "Tag older sessions" not in page


def test_a_name_changes_and_the_id_stays(administrator: Client, seen: Seen) -> None:
    event = named(seen, name="Open day")
    url = reverse("reports:event-name", args=[event.pk])
    assert 'value="Open day"' in administrator.get(url).content.decode()
    assert administrator.post(url, {"name": "x" * 201}).status_code == 400
    assert administrator.post(url, {"name": "Open days"}).status_code == 302
    event.refresh_from_db()
    assert (event.name, event.event_id) == ("Open days", "4711")
    assert administrator.post(url, {"name": ""}).status_code == 302
    event.refresh_from_db()
    assert str(event) == "4711"


def test_removing_asks_first_and_leaves_the_sessions(administrator: Client, seen: Seen) -> None:
    event = named(seen)
    tag(event, seen.session)
    url = reverse("reports:event-remove", args=[event.pk])
    assert "1 session loses its tag" in administrator.get(url).content.decode()
    assert VirtualEvent.objects.exists()
    administrator.post(url)
    assert not VirtualEvent.objects.exists()
    assert not SessionEvent.objects.exists()
    assert RoomSession.objects.count() == 3
    entry = AccessLogEntry.objects.get()
    assert (entry.action, entry.detail) == ("removed", {"tags": 1})


def test_days_are_synced_again_as_a_whole(administrator: Client, seen: Seen) -> None:
    named(seen)
    form = DAYS | {"account": str(seen.account.pk)}
    answer = administrator.post(reverse("reports:event-sync"), form)
    run = Run.objects.get()
    assert answer.headers["Location"] == reverse("reports:run", args=[run.pk])
    assert not run.is_filtered  # so it also takes away tags that are no longer right
    assert run.run_tiles.count() == 3


def test_days_that_a_running_sync_did_before_the_event_was_named_are_done_again(
    administrator: Client, seen: Seen
) -> None:
    form = DAYS | {"account": str(seen.account.pk)}
    administrator.post(reverse("reports:event-sync"), form)
    run = Run.objects.get()
    done = run.run_tiles.order_by("pk")[:2]
    now = timezone.now()
    for tile in done:
        tile.state, tile.finished_at = TileState.DONE, now - timedelta(minutes=1)
        tile.save()
    administrator.post(reverse("reports:event-sync"), form)
    assert run.run_tiles.filter(state=TileState.DONE).count() == 2  # nothing new to ask
    named(seen)
    administrator.post(reverse("reports:event-sync"), form)
    assert run.run_tiles.filter(state=TileState.WAITING).count() == 3
    assert Run.objects.count() == 1


def test_days_that_make_no_range_are_refused_on_the_page(administrator: Client, seen: Seen) -> None:
    named(seen)
    form = {"account": str(seen.account.pk), "from_on": "2026-01-14", "to_on": "2026-01-12"}
    answer = administrator.post(reverse("reports:event-sync"), form)
    assert answer.status_code == 400
    assert "The range ends before it starts." in answer.content.decode()
    assert not Run.objects.exists()


@pytest.mark.parametrize("name", ["event-add", "event-sync"])
def test_forms_are_posted(administrator: Client, seen: Seen, name: str) -> None:
    assert administrator.get(reverse(f"reports:{name}")).status_code == 405


def test_events_are_for_administrators(
    client: Client, outsider: Client, teacher: Client, seen: Seen
) -> None:
    event = named(seen, name="Open day")
    urls = [
        reverse(LIST),
        reverse("reports:event-add"),
        reverse("reports:event-sync"),
        reverse("reports:event-name", args=[event.pk]),
        reverse("reports:event-remove", args=[event.pk]),
    ]
    form = DAYS | {"account": str(seen.account.pk), "event_id": "1", "name": "mine"}
    for url in urls:
        for somebody in (outsider, teacher):
            assert somebody.post(url, form).status_code in (404, 405), url
            assert somebody.get(url).status_code in (404, 405), url
        assert client.post(url, form).status_code in (302, 405), url
    event.refresh_from_db()
    assert event.name == "Open day"
    assert VirtualEvent.objects.count() == 1
    assert not Run.objects.exists()


@pytest.mark.parametrize("more", [0, 12])
def test_the_number_of_queries_does_not_grow(
    administrator: Client,
    seen: Seen,
    more: int,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for number in range(more + 1):
        tag(named(seen, str(number)), seen.session, seen.other)
    with django_assert_max_num_queries(9):
        administrator.get(reverse(LIST))
