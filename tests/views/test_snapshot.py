"""An answer's pages: how far it is, what it says of itself, its files, and who may see it."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from reports.kaltura import REPORTS
from reports.models import AccessLogEntry, Account, Snapshot, User
from reports.sync import snapshot as asking
from reports.views.snapshot import ROWS_A_PAGE
from tests import factories
from tests.factories import START
from tests.views.conftest import signed_in

ROOM, BREAKOUT = "1_room0001", "1_room0002"
MIDNIGHT = int(START.replace(hour=0).timestamp())
NINE, DAY = MIDNIGHT + 9 * 3600, 86_400


@pytest.fixture
def account(db: None) -> Account:
    return factories.account()


@pytest.fixture
def user(administrator: Client) -> User:
    return User.objects.get(username="administrator")


def url(snapshot: Snapshot, view: str = "snapshot", query: str = "?tz=UTC") -> str:
    return reverse(f"reports:{view}", args=[snapshot.pk]) + query


def text_of(answer: Any) -> str:
    page = re.sub(r"<script.*?</script>|<[^>]+>", " ", answer.content.decode(), flags=re.DOTALL)
    return " ".join(page.replace("&#x27;", "'").replace("\N{NO-BREAK SPACE}", " ").split())


def session(cue: str, start: int, end: int, name: str = "Anatomy", parent: str = "") -> Any:
    return (ROOM, name, parent, cue, start, end, "Ada", 3, "0.5")


def attendee(user_id: str, minutes: str, ratio: str = "0.5", kind: str = "User") -> Any:
    return (ROOM, "1_sess0001", user_id, f"Name {user_id}", "", kind, minutes, ratio)


def breakout(cue: str, count: int) -> Any:
    return (ROOM, "Anatomy", BREAKOUT, "Group", cue, "Ada", NINE, NINE + 600, 600, count, "0.25")


# --- What the page says -------------------------------------------------------------------------


def test_each_value_stands_beside_what_kaltura_wrote(
    administrator: Client, account: Account, user: User
) -> None:
    snapshot = factories.snapshot(user, account, [session("1_sess0001", NINE, NINE + 5400)])
    answer = administrator.get(url(snapshot, query="?tz=Asia/Kolkata"))
    page = text_of(answer)
    assert "Mon 12 Jan 2026, 14:30" in page.replace("Mon 12 Jan,", "Mon 12 Jan 2026,")
    assert str(NINE) in page
    assert "50 % 0.5" in page
    assert "≈ 3" in page
    assert "Times are in Asia/Kolkata" in page
    assert "session_ start_ time Start" in page
    assert "none" in page


def test_minutes_and_names_of_attendees(
    administrator: Client, account: Account, user: User
) -> None:
    rows = [attendee("ada", "65.25"), attendee("", "0.1", "0", "Guest")]
    snapshot = factories.snapshot(user, account, rows, 6001)
    answer = administrator.get(url(snapshot))
    page = text_of(answer)
    assert "1 h 05 min 65.25" in page
    assert "<1 min 0.1" in page.replace("&lt;", "<")
    assert "Name ada" in page
    assert "unknown" in page  # the e-mail addresses
    figures = {figure.key: figure.text for figure in answer.context["figures"]}
    assert (figures["people"], figures["guests"], figures["rows"]) == ("2", "1", "2")
    assert "report of attendees has no times" in page


def test_breakouts_have_lengths_and_participants(
    administrator: Client, account: Account, user: User
) -> None:
    snapshot = factories.snapshot(user, account, [breakout("1_a", 4), breakout("1_b", 2)], 6002)
    answer = administrator.get(url(snapshot))
    assert "10 min 600" in text_of(answer)
    assert "≈ 4" in text_of(answer)
    assert [bar["value"] for bar in answer.context["chart"].option["series"][0]["data"]] == [4, 2]


def test_what_was_asked_is_said_in_words_and_as_a_request(
    administrator: Client, account: Account, user: User
) -> None:
    snapshot = factories.snapshot(
        user,
        account,
        [attendee("ada", "1")],
        6001,
        filters={"user_ids": ["ada", "it's"]},
        zone="Europe/Berlin",
    )
    page = text_of(administrator.get(url(snapshot)))
    assert f"from_date={MIDNIGHT}" in page
    assert "typed as days in Europe/Berlin" in page
    assert "People user_ids : ada , it's" in page
    assert "curl https://www.kaltura.com/api_v3/service/report/action/getCsv" in page
    assert "ks=***" in page
    assert "it is not merged into the sessions" in page
    assert "Kept until" in page
    assert snapshot.sha256 in page


@pytest.mark.parametrize(
    ("start", "end", "words"),
    [
        (MIDNIGHT, MIDNIGHT + DAY, None),
        (MIDNIGHT - 1, MIDNIGHT + 60, "its beginning is missing"),
        (NINE, MIDNIGHT + DAY + 1, "its end is missing"),
        (MIDNIGHT - 1, MIDNIGHT + DAY + 1, "cut at both ends"),
    ],
)
def test_cut_sessions_are_exactly_those_that_reach_over_the_range(
    administrator: Client, account: Account, user: User, start: int, end: int, words: str | None
) -> None:
    snapshot = factories.snapshot(user, account, [session("1_sess0001", start, end)])
    page = text_of(administrator.get(url(snapshot)))
    if words is None:
        assert "None: every session with an end began and ended inside the range." in page
        assert "before the range" not in page.partition("The answer")[2]
    else:
        assert "1 session begins before the range or ends after it." in page
        assert words in page
        assert ("before the range" in page.partition("The answer")[2]) == (start < MIDNIGHT)
        assert ("after the range" in page.partition("The answer")[2]) == (end > MIDNIGHT + DAY)


def test_a_session_without_an_end_has_none(
    administrator: Client, account: Account, user: User
) -> None:
    snapshot = factories.snapshot(user, account, [session("1_sess0001", NINE, NINE)])
    page = text_of(administrator.get(url(snapshot)))
    assert "no end known" in page
    assert "1 session has no end: whether it went on after the range is unknown." in page


def test_what_is_wrong_with_an_answer_is_said_first(
    administrator: Client, account: Account, user: User
) -> None:
    rows = [session("1_a", NINE, NINE + 60), session("1_b", NINE, NINE + 60, "two\n<b>lines")]
    snapshot = factories.snapshot(user, account, rows, is_cut=True, from_unix=MIDNIGHT + 1)
    answer = administrator.get(url(snapshot))
    page = text_of(answer)
    assert "so it is most likely cut" in page
    assert "2 lines can't be read" in page
    assert "does not begin and end on a full UTC hour" in page
    assert "Line 3 can't be read" in page
    assert "&lt;b&gt;lines" in answer.content.decode()
    assert "<b>lines" not in answer.content.decode()


def test_a_column_that_is_new_is_shown_and_one_that_is_missing_is_named(
    administrator: Client, account: Account, user: User
) -> None:
    body = b"cue_point_id,mood\n1_sess0001,glad\n"
    excluded = [
        name for name in REPORTS[6000].column_names if name not in ("cue_point_id", "entry_id")
    ]
    snapshot = factories.snapshot(user, account, content=body, excluded_fields=excluded)
    page = text_of(administrator.get(url(snapshot)))
    assert "mood new: not known here" in page
    assert "glad" in page
    assert "lacks these columns: entry_id." in page
    assert "Which sessions are cut can't be told" in page


def test_an_answer_without_rows_says_why(
    administrator: Client, account: Account, user: User
) -> None:
    for report in REPORTS:
        page = text_of(administrator.get(url(factories.snapshot(user, account, (), report))))
        assert "The answer has no rows" in page


def test_pages_of_rows_and_a_bad_address(
    administrator: Client, account: Account, user: User
) -> None:
    rows = [session(f"1_{n:08d}", NINE, NINE + 60) for n in range(ROWS_A_PAGE + 5)]
    snapshot = factories.snapshot(user, account, rows)
    first = text_of(administrator.get(url(snapshot)))
    last = text_of(administrator.get(url(snapshot, query="?tz=UTC&page=2")))
    assert "1–100 of 105" in first
    assert "101–105 of 105" in last
    assert "1_00000099" in first
    assert "1_00000099" not in last
    assert "1_00000104" in last
    for query in ("?page=0", "?page=x", "?tz=Mars"):
        assert administrator.get(url(snapshot, query=query)).status_code == 400


@pytest.mark.parametrize("report", sorted(REPORTS))
def test_no_page_needs_more_than_a_few_queries(
    administrator: Client,
    account: Account,
    user: User,
    django_assert_max_num_queries: DjangoAssertNumQueries,
    report: int,
) -> None:
    rows = {6000: session("1_a", NINE, NINE), 6001: attendee("a", "1"), 6002: breakout("1_a", 1)}
    snapshot = factories.snapshot(user, account, [rows[report]] * 50, report)
    with django_assert_max_num_queries(
        5
    ):  # two for the sign-in, alerts, the snapshot, the access log
        administrator.get(url(snapshot))
    with django_assert_max_num_queries(3):
        administrator.get(url(snapshot, "snapshot-results", ""))


# --- How far it is ------------------------------------------------------------------------------


def test_a_snapshot_under_way_keeps_itself_fresh(
    administrator: Client, account: Account, user: User
) -> None:
    snapshot = factories.snapshot(user, account, state="running", received_bytes=2048)
    page = administrator.get(url(snapshot)).content.decode()
    results = reverse("reports:snapshot-results", args=[snapshot.pk])
    assert f'hx-get="{results}"' in page
    assert "htmx" in page
    assert "The answer</h2>" not in page
    part = administrator.get(results)
    assert "<html" not in part.content.decode()
    assert "2.0" in part.content.decode()
    assert f'href="{reverse("reports:snapshot", args=[snapshot.pk])}"' in part.content.decode()
    assert "HX-Refresh" not in part.headers


@pytest.mark.parametrize("state", ["done", "failed"])
def test_at_the_end_the_script_loads_the_page(
    administrator: Client, account: Account, user: User, state: str
) -> None:
    snapshot = factories.snapshot(user, account, state=state)
    answer = administrator.get(url(snapshot, "snapshot-results"))
    assert answer.headers["HX-Refresh"] == "true"
    assert "hx-get" not in answer.content.decode()


def test_a_snapshot_whose_process_is_gone_says_so(
    administrator: Client, account: Account, user: User
) -> None:
    long_ago = timezone.now() - timedelta(minutes=2)
    snapshot = factories.snapshot(user, account, state="running", heartbeat_at=long_ago)
    page = administrator.get(url(snapshot)).content.decode()
    assert "It was stopped" in page
    assert "hx-get" not in page
    assert f"?again={snapshot.pk}" in page


def test_a_failure_is_its_sentence(administrator: Client, account: Account, user: User) -> None:
    snapshot = factories.snapshot(user, account, state="failed", error="Kaltura <b>refused</b>.")
    page = administrator.get(url(snapshot)).content.decode()
    assert "Kaltura &lt;b&gt;refused&lt;/b&gt;." in page
    assert "The answer</h2>" not in page
    for view in ("snapshot-kaltura-csv", "snapshot-csv", "snapshot-xlsx"):
        assert administrator.get(url(snapshot, view)).status_code == 404


# --- Who sees it, and for how long --------------------------------------------------------------


def body_of(answer: Any) -> bytes:
    return b"".join(answer.streaming_content) if answer.streaming else bytes(answer.content)


VIEWS = (
    *("snapshot", "snapshot-results", "snapshot-kaltura-csv"),
    *("snapshot-csv", "snapshot-xlsx"),
)


def statuses(client: Client, snapshot: Snapshot) -> set[int]:
    found = set()
    for view in VIEWS:
        answer = client.get(url(snapshot, view))
        body_of(answer)  # read to its end, so that its file is closed
        found.add(answer.status_code)
    return found


def test_an_account_s_answer_is_every_administrator_s_and_a_pasted_one_its_maker_s(
    administrator: Client, account: Account, user: User, client: Client
) -> None:
    shared = factories.snapshot(user, account)
    own = factories.snapshot(user)
    other = signed_in(factories.administrator("other"))
    assert statuses(administrator, shared) == statuses(administrator, own) == {200}
    assert statuses(other, shared) == {200}
    assert statuses(other, own) == {404}
    assert other.post(url(own, "snapshot-delete")).status_code == 404
    for somebody in (signed_in(factories.outsider()), signed_in(factories.teacher())):
        assert statuses(somebody, shared) == {404}
        assert somebody.post(url(shared, "snapshot-delete")).status_code == 404
    assert statuses(client, shared) == {302}
    assert Snapshot.objects.count() == 2


def test_an_expired_answer_is_not_there(
    administrator: Client, account: Account, user: User
) -> None:
    snapshot = factories.snapshot(user, account, expires_at=timezone.now())
    assert statuses(administrator, snapshot) == {404}
    assert administrator.post(url(snapshot, "snapshot-delete")).status_code == 404


def test_deleting_takes_a_post(administrator: Client, account: Account, user: User) -> None:
    snapshot = factories.snapshot(user, account)
    assert administrator.get(url(snapshot, "snapshot-delete")).status_code == 405
    answer = administrator.post(url(snapshot, "snapshot-delete"), follow=True)
    assert "The answer was deleted." in answer.content.decode()
    assert not Snapshot.objects.exists()
    assert AccessLogEntry.objects.get(action="deleted").target == f"snapshot {snapshot.pk}"


def test_looking_is_written_down(administrator: Client, account: Account, user: User) -> None:
    snapshot = factories.snapshot(user, account, [attendee("ada", "1")], 6001)
    administrator.get(url(snapshot))
    administrator.get(url(snapshot, "snapshot-results"))
    entry = AccessLogEntry.objects.get()
    assert (entry.action, entry.target) == ("viewed", f"snapshot {snapshot.pk}")
    assert "ada" not in str(entry.detail)


def test_the_shown_request_is_of_the_server_that_was_asked(account: Account, user: User) -> None:
    snapshot = factories.snapshot(user, account, endpoint="eu")
    assert "https://api.eu.kaltura.com/" in asking.equivalent_request(snapshot)
