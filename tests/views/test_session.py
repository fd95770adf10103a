"""One session's page and its files."""

import csv
import io
import json
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from reports.models import AccessLogEntry
from tests import factories
from tests.factories import START
from tests.views.conftest import Seen, session_url


@pytest.fixture(autouse=True)
def this_year() -> Iterator[None]:
    """Let today be in the year of START: a day of another year is written with it."""
    with time_machine.travel(START + timedelta(days=60), tick=False):
        yield


def text_of(answer: Any) -> str:
    return str(answer.content.decode()).replace("\xa0", " ")


def file_rows(answer: Any) -> list[dict[str, str]]:
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_an_administrator_sees_facts_attendees_and_breakouts(
    administrator: Client, seen: Seen
) -> None:
    answer = administrator.get(seen.page + "?tz=Europe/Berlin")
    assert answer.status_code == 200
    page = text_of(answer)
    assert "Mon 12 Jan, 10:00–11:00 (Europe/Berlin)" in page
    assert "Dr. Ada Host" in page
    assert "1 h 57 min" in page
    assert "amara.okafor" in page
    assert "Guest &lt;b&gt;One&lt;/b&gt;" in page
    assert "longer than the session" in page  # the guest's 4000 s of 3600
    assert "Breakout 1" in page


@pytest.mark.parametrize("view", ["session", "session-attendees-csv", "session-breakouts-csv"])
def test_outsiders_get_404_and_anonymous_the_sign_in(
    client: Client, outsider: Client, teacher: Client, seen: Seen, view: str
) -> None:
    assert client.get(session_url(seen.session, view)).status_code == 302
    assert outsider.get(session_url(seen.session, view)).status_code == 404
    assert teacher.get(session_url(seen.other, view)).status_code == 404
    assert teacher.get(session_url(seen.session, view)).status_code == 200
    assert teacher.get(session_url(seen.breakout, view)).status_code == 200


@pytest.mark.parametrize("view", ["session", "session-attendees-csv", "session-breakouts-csv"])
def test_a_session_that_does_not_exist_is_404(administrator: Client, seen: Seen, view: str) -> None:
    seen.session.cue_point_id = "1_nothing"
    assert administrator.get(session_url(seen.session, view)).status_code == 404


@pytest.mark.parametrize("view", ["session", "session-attendees-csv", "session-breakouts-csv"])
def test_a_bad_zone_or_shape_is_400_with_its_reason(
    administrator: Client, seen: Seen, view: str
) -> None:
    for query in ("?tz=Mars", "?shape=pdf"):
        answer = administrator.get(session_url(seen.session, view) + query)
        assert answer.status_code == 400
    assert "pdf is not one of the available choices" in text_of(answer)


def test_kaltura_s_estimate_stands_beside_our_count(administrator: Client, seen: Seen) -> None:
    seen.session.kaltura_unique_users = 3
    seen.session.save()
    assert "≈ 3 (Kaltura's estimate)" in text_of(administrator.get(seen.page)).replace(
        "&#x27;", "'"
    )


def test_a_breakout_leads_to_its_main_session(administrator: Client, seen: Seen) -> None:
    page = text_of(administrator.get(session_url(seen.breakout)))
    assert seen.page in page
    assert "Breakout of" in page


def test_the_chart_has_its_numbers_in_a_table(administrator: Client, seen: Seen) -> None:
    answer = administrator.get(seen.page)
    page = answer.content.decode()
    found = re.search(r'<script id="minutes-option" type="application/json">(.*?)</script>', page)
    assert found
    bars = [bar["value"] for bar in json.loads(found.group(1))["series"][0]["data"]]
    assert bars == [0, 0, 0, 0, 0, 0, 0, 0, 1, 1]
    assert [int(row.cells[2]) for row in answer.context["chart"].rows] == bars
    assert "1 of 2 people stayed for at least 90 % of the session." in text_of(answer)
    assert re.search(r"<details open>\s*<summary>The numbers as a table", page)


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"length_seconds": None}, "still open or was never closed"),
        ({"view_seconds": None}, "not all attendance of this session has been fetched"),
        ({}, "There is no chart: nobody was connected."),
    ],
)
def test_a_session_without_a_chart_says_why(
    administrator: Client, seen: Seen, values: dict[str, Any], sentence: str
) -> None:
    session = factories.session(seen.room, START + timedelta(hours=7), **values)
    answer = administrator.get(session_url(session))
    assert answer.status_code == 200
    assert sentence in text_of(answer)
    assert "minutes-option" not in text_of(answer)


def test_a_session_that_is_not_whole_shows_no_times(administrator: Client, seen: Seen) -> None:
    session = factories.unknown_session(seen.room, START + timedelta(hours=7))
    factories.attendance(session, factories.person(seen.account, "li.wei", name="Li Wei"), 1234, 0)
    answer = administrator.get(session_url(session))
    row = next(iter(answer.context["attendees"].rows))
    assert "Li Wei" in row.get_cell("name")
    for name in ("time_in_session", "share_attended", "engagement"):
        assert "unknown" in row.get_cell(name)
    assert "Not all attendance of this session has been fetched" in text_of(answer)
    assert text_of(answer).count("unknown") > 6  # nothing of it is 0


def test_the_files_hold_the_rows_of_the_tables(administrator: Client, seen: Seen) -> None:
    page = administrator.get(seen.page)
    rows = file_rows(administrator.get(session_url(seen.session, "session-attendees-csv")))
    lines = [row.record for row in page.context["attendees"].rows]
    assert sorted(row["User id"] for row in rows) == sorted(line.user_id for line in lines)
    assert sorted(int(row["Time in session (s)"]) for row in rows) == [3000, 4000]
    breakouts = file_rows(administrator.get(session_url(seen.session, "session-breakouts-csv")))
    assert [row["Session id"] for row in breakouts] == [seen.breakout.cue_point_id]


def test_a_file_in_kaltura_s_columns_is_verbatim(administrator: Client, seen: Seen) -> None:
    url = session_url(seen.other, "session-attendees-csv") + "?shape=kaltura"
    rows = file_rows(administrator.get(url))
    assert [row["user_id"] for row in rows] == ["amara.okafor"]


def test_viewing_and_exporting_are_written_down(teacher: Client, seen: Seen) -> None:
    teacher.get(seen.page)
    teacher.get(session_url(seen.session, "session-attendees-csv"))
    entries = AccessLogEntry.objects.order_by("pk").values_list("user_label", "action", "target")
    cue = seen.session.cue_point_id
    assert list(entries) == [
        ("teacher", "viewed", f"session {cue}"),
        ("teacher", "exported", f"attendees of session {cue}"),
    ]


def test_kaltura_s_words_are_for_administrators_only(
    administrator: Client, teacher: Client, seen: Seen
) -> None:
    assert "cue point" in text_of(administrator.get(seen.page))
    page = text_of(teacher.get(seen.page))
    for word in ("cue point", "entry", "tile"):
        assert not re.search(rf"\b{word}\b", re.sub(r"<[^>]*>", " ", page)), word


@pytest.mark.parametrize("more", [0, 30])
def test_the_number_of_queries_does_not_grow(
    administrator: Client,
    seen: Seen,
    more: int,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for number in range(more):
        person = factories.person(seen.account, f"s{number}")
        factories.attendance(seen.session, person)
        factories.attendance(seen.breakout, person)
    with django_assert_max_num_queries(16):
        administrator.get(seen.page)


def attendee_names(answer: Any) -> list[str]:
    return [row.record.name for row in answer.context["attendees"].rows]


@pytest.fixture
def crowded(seen: Seen) -> Seen:
    """Two more in the main session: one in the breakout too, one in none."""
    for key, name, seconds in (("ben", "ben Ängström", 1200), ("chi", "Chi Nwosu", 600)):
        person = factories.person(seen.account, key, name=name)
        factories.attendance(seen.session, person, seconds, 0)
        if key == "ben":
            factories.attendance(seen.breakout, person, 300, 0)
    return seen


def test_attendees_are_sorted_by_the_column_that_the_address_names(
    administrator: Client, crowded: Seen
) -> None:
    by_name = ["Amara Okafor", "ben Ängström", "Chi Nwosu", "Guest <b>One</b>"]
    assert attendee_names(administrator.get(crowded.page)) == by_name
    for sort, first in (
        ("time_in_session", "Chi Nwosu"),
        ("-time_in_session", "Guest <b>One</b>"),
        ("-share_attended", "Guest <b>One</b>"),
        ("-engagement", "Amara Okafor"),
        ("-name", "Guest <b>One</b>"),
        ("user_id", "Amara Okafor"),
        ("-email", "Chi Nwosu"),
        ("user_type", by_name[0]),
    ):
        answer = administrator.get(f"{crowded.page}?sort={sort}")
        assert attendee_names(answer)[0] == first, sort
        kind = "descending" if sort.startswith("-") else "ascending"
        assert text_of(answer).count(f'aria-sort="{kind}"') == 1


def test_attendees_are_searched(administrator: Client, crowded: Seen) -> None:
    answer = administrator.get(crowded.page + "?search=NWOSU&sort=-name&tz=Europe/Berlin")
    assert attendee_names(answer) == ["Chi Nwosu"]
    page = text_of(answer)
    assert "1 of 4 attendees fit “NWOSU”." in page
    assert "search=NWOSU&amp;sort=name" in page  # the header keeps the search
    assert answer.context["chart"].rows  # of everybody, as are the figures above
    nobody = administrator.get(crowded.page + "?search=zebra")
    assert nobody.context["attendees"] is None
    assert "0 of 4 attendees fit “zebra”." in text_of(nobody)


@pytest.mark.parametrize("view", ["session", "session-attendees-csv"])
@pytest.mark.parametrize("query", ["sort=password", "page=0", "search=" + "x" * 101])
def test_an_order_or_search_that_cannot_be_read_is_400(
    administrator: Client, seen: Seen, view: str, query: str
) -> None:
    url = session_url(seen.session, view)
    assert administrator.get(f"{url}?{query}").status_code == 400


def test_the_file_of_attendees_is_searched_and_sorted_as_the_page(
    administrator: Client, crowded: Seen
) -> None:
    query = "?search=n&sort=-time_in_session"
    lines = [
        row.record for row in administrator.get(crowded.page + query).context["attendees"].rows
    ]
    url = session_url(crowded.session, "session-attendees-csv") + query
    rows = file_rows(administrator.get(url))
    assert [row["Name"] for row in rows] == [line.name for line in lines]
    assert [int(row["Time in session (s)"]) for row in rows] == [4000, 1200, 600]
    assert {row["Session id"] for row in rows} == {crowded.session.cue_point_id}
    verbatim = file_rows(administrator.get(url + "&shape=kaltura"))
    assert [row["user_name"] for row in verbatim] == [line.name for line in lines]


def test_many_attendees_stand_on_several_pages_and_in_one_file(
    administrator: Client, seen: Seen
) -> None:
    for number in range(120):
        factories.attendance(seen.session, factories.person(seen.account, f"s{number}"))
    assert len(attendee_names(administrator.get(seen.page + "?sort=user_id"))) == 100
    second = administrator.get(seen.page + "?sort=user_id&page=2")
    assert len(attendee_names(second)) == 22
    assert "101–122 of 122" in text_of(second)
    url = session_url(seen.session, "session-attendees-csv") + "?page=2"
    assert len(file_rows(administrator.get(url))) == 122


def test_the_title_names_room_and_start(administrator: Client, seen: Seen) -> None:
    page = text_of(administrator.get(seen.page + "?tz=UTC"))
    assert re.search(r"<title>Anatomy, group A, Mon 12 Jan, 09:00 · ", page)
