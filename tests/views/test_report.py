"""Run a report: the form and its refusals, who may ask, and that a pasted KS stays nowhere."""

import logging
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.apps import apps
from django.db.models import Model
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from reports.kaltura import REPORTS, KalturaClient
from reports.models import AccessLogEntry, Account, Snapshot, SnapshotState, User
from reports.simulator.accounts import ADMIN_TYPE, DEFAULT_ACCOUNT
from reports.simulator.server import Simulator
from reports.sync.snapshot import ask
from reports.tables.report_columns import COLUMN_WORDS
from reports.views import report as report_view
from tests import factories
from tests.simulator.asking import MIDNIGHT, tiny_world
from tests.views.conftest import Seen, signed_in

PAGE = "reports:report"
DAYS = {"range_by": "days", "from_on": "2026-01-01", "to_on": "2026-01-01", "tz": "UTC"}


@pytest.fixture(autouse=True)
def asked_at_once(simulator: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask before the page answers, in the test's own transaction; a dead server is not waited for."""
    simulator.world = tiny_world()
    monkeypatch.setattr(report_view, "ask_in_background", ask)
    impatient = partial(KalturaClient, sleep=lambda seconds: None)
    monkeypatch.setattr("reports.sync.connection.KalturaClient", impatient)


@pytest.fixture
def account(db: None) -> Account:
    return factories.account(
        endpoint="simulator",
        partner_id=DEFAULT_ACCOUNT.partner_id,
        secret=DEFAULT_ACCOUNT.admin_secret,
    )


def issue(simulator: Simulator, **changes: Any) -> str:
    values = {"user_id": "head@example.org", "type_": ADMIN_TYPE, "seconds": 3600}
    values |= {"privileges": ""} | changes
    return str(simulator.keys.issue(DEFAULT_ACCOUNT.partner_id, **values).ks)


def post(client: Client, account: Account | None = None, **changes: Any) -> Any:
    source = {"source": str(account.pk) if account else "ks", "report": "6001"}
    return client.post(reverse(PAGE), {**source, **DAYS, **changes})


def test_asking_leads_to_the_answer(administrator: Client, account: Account) -> None:
    answer = post(administrator, account)
    snapshot = Snapshot.objects.get()
    assert answer.status_code == 302
    assert answer.headers["Location"] == reverse("reports:snapshot", args=[snapshot.pk])
    assert snapshot.state == SnapshotState.DONE
    assert (snapshot.from_unix, snapshot.to_unix) == (MIDNIGHT, MIDNIGHT + 86_400)
    page = administrator.get(answer.headers["Location"]).content.decode()
    assert "Lovelace  Ada" in page  # as Kaltura writes a name with a comma in it


def test_what_was_asked_is_written_down_without_anybody_s_id(
    administrator: Client, account: Account
) -> None:
    post(administrator, account, **{"6001-user_ids": "ada.l, somebody"})
    entry = AccessLogEntry.objects.get(action="asked")
    assert entry.target == "report 6001"
    assert entry.detail["filters"] == {"user_ids": 2}
    assert entry.detail["account"] == account.name
    assert "ada.l" not in str(AccessLogEntry.objects.values())


@pytest.mark.parametrize("report", sorted(REPORTS))
def test_the_page_offers_every_report_filter_and_column(
    administrator: Client, account: Account, report: int
) -> None:
    page = administrator.get(reverse(PAGE)).content.decode()
    spec = REPORTS[report]
    for name in spec.filters:
        assert f'name="{report}-{name}"' in page
    for name in spec.column_names:
        assert f'value="{name}"' in page
        assert f"<code>{name}</code> {COLUMN_WORDS[name].name}" in page
    assert f'data-shown-for="report={report}"' in page
    assert reverse("reports:report-example", args=[report]) in page


def test_the_page_says_what_the_reports_do_not_hold(administrator: Client, db: None) -> None:
    page = administrator.get(reverse(PAGE)).content.decode()
    for words in ("Polls, chat", "came and left", "Engagement (Session Analytics)"):
        assert words in page


def test_without_an_account_a_ks_is_what_is_left(administrator: Client, db: None) -> None:
    page = administrator.get(reverse(PAGE)).content.decode()
    assert '<option value="ks" selected>' in page
    assert "See an example" in page


# --- A pasted KS --------------------------------------------------------------------------------


def everything_stored() -> Iterator[str]:
    """Yield every value of every row, binary ones too."""
    models: list[type[Model]] = list(apps.get_models(include_auto_created=True))
    for model in models:
        for row in model._default_manager.values():
            for value in row.values():
                text = bytes(value) if isinstance(value, memoryview | bytes) else value
                yield text.decode(errors="replace") if isinstance(text, bytes) else str(text)


@pytest.mark.parametrize("case", ["good", "refused by Kaltura", "refused by the form"])
def test_a_pasted_ks_is_nowhere(
    simulator: Simulator,
    administrator: Client,
    caplog: pytest.LogCaptureFixture,
    case: str,
) -> None:
    caplog.set_level(logging.DEBUG)
    ks = issue(simulator, seconds=-10 if case == "refused by Kaltura" else 3600)
    changes = {"from_on": "x"} if case == "refused by the form" else {}
    answer = post(administrator, None, ks=ks, endpoint="simulator", **changes)
    told = [answer.content.decode(), str(answer.headers)]
    if answer.status_code == 302:
        url = answer.headers["Location"]
        told += [administrator.get(url).content.decode()]
        told += [administrator.get(url + "results/").content.decode()]
        told += [administrator.get(reverse(PAGE) + "?again=1").content.decode()]
    told += [administrator.get(reverse(PAGE)).content.decode()]
    assert ks not in "".join(told)
    assert ks not in "\n".join(everything_stored())
    assert ks not in caplog.text
    assert not [one for one in simulator.requests if ks in one.path]
    expected = {"good": SnapshotState.DONE, "refused by Kaltura": SnapshotState.FAILED}
    if case in expected:
        assert Snapshot.objects.get().state == expected[case]
    else:
        assert answer.status_code == 400
        assert "Paste it once more" in told[0]
        assert not Snapshot.objects.exists()


def test_the_hunt_would_find_a_stored_ks(db: None) -> None:
    account = factories.account()
    factories.snapshot(factories.administrator(), account, error="here it is")
    assert "here it is" in "\n".join(everything_stored())
    assert account.name in "\n".join(everything_stored())


# --- Refusals -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"6001-user_ids": "a;b"}, "Kaltura has no way to write it"),
        ({"to_on": "2025-12-31"}, "The range ends before it starts."),
        ({"report": "1"}, "Select a valid choice"),
        ({"ks": "something"}, "Choose one of the two."),
    ],
)
def test_a_bad_order_is_400_with_the_form_and_asks_nothing(
    administrator: Client,
    account: Account,
    simulator: Simulator,
    changes: dict[str, str],
    sentence: str,
) -> None:
    answer = post(administrator, account, **changes)
    assert answer.status_code == 400
    page = answer.content.decode()
    assert sentence in page
    assert 'value="2026-01-01"' in page
    assert not Snapshot.objects.exists()
    assert not AccessLogEntry.objects.exists()
    assert not simulator.requests


def test_nobody_has_more_than_a_few_under_way(administrator: Client, account: Account) -> None:
    user = User.objects.get(username="administrator")
    for _ in range(report_view.MOST_UNDER_WAY):
        factories.snapshot(user, account, state="running")
    answer = post(administrator, account)
    assert answer.status_code == 400
    assert "have not come yet" in answer.content.decode()
    long_ago = timezone.now() - timedelta(minutes=5)
    Snapshot.objects.update(heartbeat_at=long_ago)  # their processes are gone
    assert post(administrator, account).status_code == 302


def test_a_lost_key_is_a_sentence(
    administrator: Client, account: Account, settings: Settings
) -> None:
    settings.ROLLCALL_SECRET_KEYS = ["MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="]
    answer = post(administrator, account)
    assert answer.status_code == 400
    assert "ROLLCALL_SECRET_KEYS" in answer.content.decode()


@pytest.mark.parametrize("query", ["?again=x", "?tz=Mars", "?again=0"])
def test_a_bad_address_is_400(administrator: Client, query: str) -> None:
    assert administrator.get(reverse(PAGE) + query).status_code == 400


def test_what_was_asked_can_be_asked_again(administrator: Client, account: Account) -> None:
    post(administrator, account, **{"6001-user_ids": "ada.l"})
    snapshot = Snapshot.objects.get()
    page = administrator.get(reverse(PAGE) + f"?again={snapshot.pk}").content.decode()
    assert "ada.l" in page
    assert 'value="2026-01-01"' in page
    assert administrator.get(reverse(PAGE) + "?again=999").status_code == 404


# --- The list and the guard ---------------------------------------------------------------------


def test_the_list_holds_what_the_viewer_may_see(administrator: Client, account: Account) -> None:
    user, other = User.objects.get(), factories.administrator("other")
    own = factories.snapshot(user)
    shared = factories.snapshot(other, account)
    hidden = factories.snapshot(other)  # with a KS that somebody else pasted
    old = factories.snapshot(user, account, expires_at=timezone.now())
    page = administrator.get(reverse(PAGE)).content.decode()
    links = [reverse("reports:snapshot", args=[one.pk]) in page for one in (own, shared)]
    assert links == [True, True]
    for one in (hidden, old):
        assert reverse("reports:snapshot", args=[one.pk]) not in page


def test_the_page_needs_few_queries(
    administrator: Client,
    account: Account,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    user = User.objects.get()
    for number in range(8):
        factories.snapshot(user, factories.account(f"account {number}"))
    with django_assert_max_num_queries(6):  # two of them for the sign-in
        administrator.get(reverse(PAGE))


def test_only_administrators_ask(
    client: Client, outsider: Client, teacher: Client, seen: Seen
) -> None:
    before = Snapshot.objects.count()
    for url in (reverse(PAGE), reverse("reports:report-example", args=[6000])):
        assert client.get(url).status_code == 302
        for somebody in (outsider, teacher):
            assert somebody.get(url).status_code == 404
            assert post(somebody, seen.account).status_code == 404
    assert Snapshot.objects.count() == before


# --- Examples -----------------------------------------------------------------------------------


@pytest.mark.parametrize("report", sorted(REPORTS))
def test_an_example_is_shown_as_an_answer_is_and_says_that_it_is_one(
    administrator: Client, report: int
) -> None:
    answer = administrator.get(reverse("reports:report-example", args=[report]))
    page = answer.content.decode()
    assert answer.status_code == 200
    assert '<span class="example-mark">Example</span>' in page
    assert "The rows are invented" in page
    assert answer.context["summary"].broken_count == 0
    assert not answer.context["summary"].missing_columns
    assert answer.context["chart"].option
    for name in REPORTS[report].column_names:
        assert f"<code>{name}</code>" in page
    assert "Download" not in page
    assert not Snapshot.objects.exists()


def test_the_example_of_sessions_shows_what_an_edge_cuts(administrator: Client, db: None) -> None:
    answer = administrator.get(reverse("reports:report-example", args=[6000]) + "?tz=UTC")
    summary = answer.context["summary"]
    assert [one.is_at_start for one in summary.cut] == [True]
    assert summary.open_count == 1
    assert "its beginning is missing" in answer.content.decode()


def test_there_is_no_example_of_another_report(administrator: Client, db: None) -> None:
    assert administrator.get("/report/example/4021/").status_code == 404
    assert administrator.get("/report/example/6000/?tz=Mars").status_code == 400
    assert signed_in(factories.outsider()).get("/report/example/6000/").status_code == 404
