"""One session's page and its files."""

import csv
import io
import json
import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from reports.models import AccessLogEntry
from tests import factories
from tests.factories import START
from tests.views.conftest import Seen, session_url


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
    assert [row["people"] for row in answer.context["chart_rows"]] == bars
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
    with django_assert_max_num_queries(11):
        administrator.get(seen.page)
