"""Data health: what is here and what is not, in two accounts; alerts; asking again."""

import html
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from reports.alerts.watch import look
from reports.models import (
    AccessLogEntry,
    Account,
    Alert,
    Finding,
    Restatement,
    RetentionPolicy,
    Run,
    RunTile,
    SignInMethod,
)
from tests import factories as make
from tests.alerts.test_conditions import failed, went_well
from tests.views.conftest import session_url, signed_in

HEALTH = "/health/"
FIRST = datetime(2026, 1, 28, tzinfo=UTC)
NOW = datetime(2026, 2, 20, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def now() -> Iterator[object]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def near(db: None) -> Account:
    """Twelve days: one removed, one failed, one cut, two missing, the others here."""
    account = make.account("northern")
    for day in range(24):
        if day in (5, 6):
            continue
        start = FIRST + day * DAY
        values = {0: {"removed_at": NOW}, 2: {"failed_at": NOW}, 4: {"is_cut": True}}.get(day, {})
        make.tile(account, start, asked_at=min(start + 5 * DAY, NOW), **values)
    return account


@pytest.fixture
def far(db: None) -> Account:
    """Everything of two weeks but one day."""
    account = make.account("academy")
    for day in (*range(8), *range(9, 24)):
        start = FIRST + day * DAY
        make.tile(account, start, asked_at=min(start + 5 * DAY, NOW))
    return account


def plain(page: str) -> str:
    """Return the page with its characters and spaces as a reader sees them."""
    return html.unescape(page).replace("\xa0", " ")


def text_of(client: Client, query: str = "") -> str:
    answer = client.get(HEALTH + query)
    assert answer.status_code == 200
    return plain(answer.content.decode())


def plain_words(page: str) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", page).split())


def test_anonymous_is_asked_to_sign_in_and_teachers_find_nothing(
    client: Client, teacher: Client
) -> None:
    for name in ("health", "health-findings", "health-findings-csv", "health-lines-xlsx"):
        url = reverse(f"reports:{name}")
        assert client.get(url).status_code == 302
        assert teacher.get(url).status_code == 404
    ask = reverse("reports:health-ask", args=[Account.objects.get().pk])
    assert teacher.post(ask, {"what": "missing"}).status_code == 404
    assert not Run.objects.exists()


def test_an_empty_site_says_what_to_do_next(administrator: Client) -> None:
    assert "Connect Kaltura" in text_of(administrator)


def test_each_account_has_its_days_counted_drawn_and_listed(
    administrator: Client, near: Account, far: Account
) -> None:
    page = administrator.get(HEALTH).content.decode()
    words = plain_words(page)
    # The academy comes first: accounts are in the order of their names.
    academy, northern = words.split("Findings", 1)[0].split(" northern Synced ")
    for told in ("missing: 1", "settled: 19", "may still change: 4"):
        assert told in academy, told
    for told in ("missing: 2", "cut by Kaltura: 1", "failed at the latest try: 1"):
        assert told in northern, told
    assert "removed by retention: 1" in northern
    assert page.count('class="day day-missing"') == 3 + 2 + 2  # marks, legends, tables
    assert "28 removed by retention; 29 settled; 30 failed at the latest try; 31 settled" in words
    assert "1 cut by Kaltura; 2–3 missing; 4–16 settled; 17–20 may still change" in words


def test_one_account_may_be_chosen(administrator: Client, near: Account, far: Account) -> None:
    words = plain_words(text_of(administrator, f"?account={far.pk}"))
    assert "Days of academy" in words
    assert "Days of northern" not in words


def test_another_year_has_other_days(administrator: Client, near: Account) -> None:
    make.tile(near, datetime(2025, 3, 1, tzinfo=UTC))
    assert "year=2025" in text_of(administrator)
    words = plain_words(text_of(administrator, "?year=2025"))
    assert "Mar 2025" in words
    assert "Jan 2026" not in words


@pytest.mark.parametrize("query", ["account=99", "account=x", "year=1999", "year=2030", "tz=Mars"])
@pytest.mark.parametrize("name", ["health", "health-findings"])
def test_a_bad_address_is_told(administrator: Client, near: Account, name: str, query: str) -> None:
    if name == "health-findings" and query.startswith("year"):
        query = "kind=mood"
    answer = administrator.get(reverse(f"reports:{name}") + "?" + query)
    assert answer.status_code == 400
    assert "field-error" in answer.content.decode()


def test_findings_are_counted_by_kind_and_lead_to_their_rows(
    administrator: Client, near: Account
) -> None:
    tiles = list(near.tiles.order_by("start_at"))
    for tile, kind, count in (
        (tiles[3], "placeholder", 4),
        (tiles[7], "placeholder", 5),
        (tiles[7], "mismatch", 1),
    ):
        Finding.objects.create(account=near, tile=tile, kind=kind, row_count=count)
    page = text_of(administrator)
    [row] = [it for it in page.split("<tr>") if "Unknown or hashed people</a>" in it]
    assert '<td class="num">9</td>' in row
    assert '<td class="num">2</td>' in row
    assert "Fri 6 Feb" in row
    assert f"/health/findings/?account={near.pk}&kind=placeholder" in row
    assert "Ask Kaltura again" not in row  # they would come again
    [row] = [it for it in page.split("<tr>") if "Engagement differs between the reports</a>" in it]
    assert "Ask Kaltura again" in row


def test_restatements_lead_to_their_session(administrator: Client, near: Account) -> None:
    session = make.whole_session(make.room(near, "Anatomy"), started_at=FIRST + 10 * DAY)
    values = {"attendees_before": 3, "attendees_after": 4, "view_seconds_before": 3600}
    values |= {"view_seconds_after": 7200, "engaged_seconds_before": 0, "engaged_seconds_after": 0}
    tile = near.tiles.get(start_at=FIRST + 10 * DAY)
    for cue in (session.cue_point_id, "1_gone"):
        Restatement.objects.create(account=near, tile=tile, cue_point_id=cue, **values)
    page = text_of(administrator)
    assert "2 changes in all." in page
    assert session_url(session) in page
    assert "4 (was 3)" in page
    assert "2 h 00 min (was 1 h 00 min)" in page
    assert "not here any more" in page


def test_estimates_are_compared_where_they_can_be(administrator: Client, near: Account) -> None:
    room = make.room(near)
    for ours, theirs in ((20, 20), (20, 21), (20, 19), (20, 22), (3, 9), (7, None), (None, 7)):
        make.session(room, attendee_count=ours, kaltura_unique_users=theirs)
    page = text_of(administrator)
    row = page.split("Largest difference")[1].split("<tbody>")[1]
    figures = re.findall(r'<td class="num">(.*?)</td>', row)
    assert figures == ["5", "1", "2", "2", "60 %", "6"]


# --- Asking again ---------------------------------------------------------------------------


def ask(client: Client, account: Account, what: str) -> object:
    return client.post(reverse("reports:health-ask", args=[account.pk]), {"what": what})


def asked_days() -> list[str]:
    tiles = RunTile.objects.filter(reason=RunTile.Reason.RANGE).order_by("tile__start_at")
    return [f"{row.tile.start_at:%m-%d}" for row in tiles.select_related("tile")]


@pytest.mark.parametrize(
    ("what", "days"),
    [
        ("missing", ["02-02", "02-03"]),
        ("failed", ["01-30"]),
        ("cut", ["02-01"]),
        ("mismatch", ["01-31", "02-05", "02-06"]),
        ("never_closed", []),
    ],
)
def test_asking_again_asks_for_exactly_these_days(
    administrator: Client, near: Account, far: Account, what: str, days: list[str]
) -> None:
    for number in (3, 8, 9):
        tile = near.tiles.get(start_at=FIRST + number * DAY)
        Finding.objects.create(account=near, tile=tile, kind="mismatch")
    answer = ask(administrator, near, what)
    assert answer.status_code == 302  # type: ignore[attr-defined]
    assert asked_days() == days
    assert set(Run.objects.values_list("account", flat=True)) <= {near.pk}
    assert AccessLogEntry.objects.filter(action="synced").count() == bool(days)


def test_days_that_retention_would_remove_again_are_not_asked_for(
    administrator: Client, near: Account
) -> None:
    RetentionPolicy.objects.create(account=near, attendances_days=17)  # kept from the 3rd on
    assert "Ask for what is missing: 1 day<" in text_of(administrator)
    assert "Ask again for what failed" not in text_of(administrator)
    ask(administrator, near, "missing")
    assert asked_days() == ["02-03"]


def test_one_range_leads_to_its_run_and_several_to_the_account(
    administrator: Client, near: Account
) -> None:
    answer = ask(administrator, near, "missing")
    assert answer.url == reverse("reports:run", args=[Run.objects.get().pk])  # type: ignore[attr-defined]
    near.tiles.filter(start_at__in=[FIRST + 8 * DAY, FIRST + 12 * DAY]).delete()
    answer = ask(administrator, near, "missing")
    assert answer.url == reverse("reports:account", args=[near.pk])  # type: ignore[attr-defined]
    assert "4 days, in 3 syncs" in administrator.get(answer.url).content.decode()  # type: ignore[attr-defined]


def test_nonsense_is_refused_and_an_account_without_api_is_never_asked(
    administrator: Client, near: Account
) -> None:
    assert ask(administrator, near, "everything").status_code == 400  # type: ignore[attr-defined]
    Account.objects.update(sign_in=SignInMethod.NONE)
    assert ask(administrator, near, "missing").status_code == 400  # type: ignore[attr-defined]
    assert "Ask for what is missing" not in text_of(administrator)
    assert not Run.objects.exists()
    assert administrator.get(reverse("reports:health-ask", args=[near.pk])).status_code == 405


# --- Alerts ---------------------------------------------------------------------------------


def test_administrators_see_alerts_on_top_of_every_page(
    administrator: Client, teacher: Client, near: Account
) -> None:
    url = reverse("reports:sessions")
    assert "alert-line" not in administrator.get(url).content.decode()
    near.tiles.update(failed_at=None)
    failed(near, at=NOW)
    look(NOW)
    page = plain_words(administrator.get(url).content.decode())
    assert "Sync failed: northern · See what to do" in page
    assert "alert-line" not in teacher.get(url).content.decode()
    assert "alert-line" not in administrator.get(HEALTH).content.decode()  # there is more there


def test_the_page_has_the_alerts_that_are_on_and_those_that_are_over(
    administrator: Client, near: Account
) -> None:
    near.tiles.update(failed_at=None)
    assert "Nothing to see to" in text_of(administrator)
    run = failed(near, at=NOW)
    page = text_of(administrator)
    assert "The latest sync of northern failed (TIMED_OUT)." in page  # nobody has looked yet
    assert reverse("reports:run", args=[run.pk]) in page
    look(NOW)
    went_well(near, NOW + DAY)
    look(NOW + DAY)
    page = text_of(administrator)
    assert "Nothing to see to" in page
    assert "Alerts that are over" in page
    assert "Sat 21 Feb, 12:00" in page
    assert Alert.objects.get().closed_at == NOW + DAY


def test_a_site_where_nobody_can_be_mailed_says_so(near: Account) -> None:
    head = signed_in(make.administrator("head"))
    assert "nobody is told of alerts" not in text_of(head)
    type(make.teacher()).objects.filter(username="head").update(email="")
    assert "nobody is told of alerts" in text_of(head)


def test_looking_at_the_page_writes_nothing(administrator: Client, near: Account) -> None:
    failed(near, at=NOW)
    administrator.get(HEALTH)
    assert not Alert.objects.exists()
    assert not AccessLogEntry.objects.exists()


@pytest.mark.parametrize("more", [0, 20])
def test_the_number_of_queries_depends_on_the_accounts_alone(
    administrator: Client,
    near: Account,
    far: Account,
    more: int,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for number in range(more):
        tile = near.tiles.order_by("start_at")[number % 20]
        Finding.objects.create(account=near, tile=tile, kind="mismatch", cue_point_id=f"1_{number}")
        make.session(make.room(near), kaltura_unique_users=3)
    failed(near, at=NOW)
    look(NOW)
    with django_assert_max_num_queries(30):  # three of them for each account
        administrator.get(HEALTH)


# --- Elsewhere ------------------------------------------------------------------------------


def test_a_page_over_days_that_are_not_all_here_says_which(
    administrator: Client, near: Account
) -> None:
    url = reverse("reports:sessions") + "?from=2026-01-28&to=2026-02-10&tz=UTC"
    words = plain_words(plain(administrator.get(url).content.decode()))
    assert "2 days of this range have not been synced (Mon 2 Feb – Tue 3 Feb)" in words
    assert "1 day was kept for as long as it may be, and removed (Wed 28 Jan)" in words
    assert "Of 1 day Kaltura has more than it would give" in words
    assert f'href="{HEALTH}"' in administrator.get(url).content.decode()


def test_a_session_of_which_not_everything_is_here_says_so(
    administrator: Client, near: Account
) -> None:
    room = make.room(near)
    whole = make.whole_session(room, started_at=FIRST + 10 * DAY)
    lost = make.unknown_session(room, started_at=FIRST + 5 * DAY + timedelta(hours=9))
    assert "not everything is here" not in administrator.get(session_url(whole)).content.decode()
    page = administrator.get(session_url(lost)).content.decode()
    assert "Of 1 UTC day of this session not everything is here" in page
    assert f"{HEALTH}?account={near.pk}" in page
