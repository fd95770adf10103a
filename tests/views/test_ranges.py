"""What pages over a range share: presets, removable filters, files in both kinds."""

from datetime import date
from io import BytesIO
from typing import Any
from urllib.parse import parse_qs
from zoneinfo import ZoneInfo

import openpyxl
import pytest
import time_machine
from django.http import QueryDict
from django.test import Client
from pytest_django import Settings

from reports.access import viewer_of
from reports.exports import workbook
from reports.forms.sessions import SessionsForm
from reports.models import AccessLogEntry
from reports.views import files
from reports.views.ranges import presets, term_start
from tests import factories
from tests.views.conftest import Seen, list_url
from tests.views.test_sessions import cue_points, file_rows

THURSDAY = "2026-11-19 12:00:00+00:00"


@pytest.mark.parametrize(
    ("today", "start"),
    [
        (date(2026, 11, 19), date(2026, 10, 1)),
        (date(2026, 10, 1), date(2026, 10, 1)),
        (date(2026, 9, 30), date(2026, 4, 1)),
        (date(2026, 1, 31), date(2025, 10, 1)),
    ],
)
def test_the_term_is_the_one_that_began_last(settings: Settings, today: date, start: date) -> None:
    settings.TERM_STARTS = [(4, 1), (10, 1)]
    assert term_start(today) == start


def test_a_site_without_terms_offers_none(settings: Settings) -> None:
    settings.TERM_STARTS = []
    assert term_start(date(2026, 11, 19)) is None


@time_machine.travel(THURSDAY, tick=False)
def test_the_presets_lead_to_whole_ranges_up_to_today(seen: Seen, settings: Settings) -> None:
    settings.TERM_STARTS = [(10, 1)]
    form = SessionsForm(QueryDict("search=x&page=3&tz=UTC"), ZoneInfo("UTC"))
    assert form.is_valid()
    found = {
        one.label: parse_qs(one.query)
        for one in presets(viewer_of(factories.administrator()), form)
    }
    assert {label: query["from"] for label, query in found.items()} == {
        "This week": ["2026-11-16"],
        "Last 7 days": ["2026-11-13"],
        "Last 30 days": ["2026-10-21"],
        "Last 90 days": ["2026-08-22"],
        "This term": ["2026-10-01"],
        "Everything": ["2026-01-12"],
    }
    for query in found.values():
        assert query["to"] == ["2026-11-19"]
        assert query["search"] == ["x"]
        assert "page" not in query


def test_everything_begins_with_what_the_viewer_may_see(seen: Seen) -> None:
    teacher = viewer_of(factories.teacher("other", [seen.other_room]))
    factories.session(seen.room, factories.START.replace(year=2020))
    form = SessionsForm(QueryDict("tz=UTC"), ZoneInfo("UTC"))
    assert form.is_valid()
    assert "from=2026-01-12" in list(presets(teacher, form))[-1].query


@pytest.mark.parametrize(
    ("query", "fitting"),
    [
        ({"kind": "main"}, ["session", "other"]),
        ({"kind": "breakouts"}, ["breakout"]),
        ({"least": "2"}, ["session"]),
        ({"host": "ada"}, ["session", "breakout", "other"]),
        ({"host": "bob"}, []),
        ({"guests": "with"}, ["session"]),
        ({"guests": "without"}, ["breakout", "other"]),
        ({"hour": "9"}, ["session", "breakout"]),
        ({"hour": "10", "tz": "Europe/Berlin"}, ["session", "breakout"]),
        ({"weekday": "1"}, ["session", "breakout", "other"]),
        ({"weekday": "2"}, []),
        ({"weekday": "1", "hour": "12"}, ["other"]),
    ],
)
def test_each_filter_narrows_page_and_file_alike(
    administrator: Client, seen: Seen, query: dict[str, str], fitting: list[str]
) -> None:
    seen.session.guest_count = 1
    seen.session.save()
    wanted = sorted(getattr(seen, name).cue_point_id for name in fitting)
    page = administrator.get(list_url(**query))
    assert sorted(cue_points(page)) == wanted
    file = file_rows(administrator.get(list_url("sessions-csv", **query)))
    assert sorted(row["Session id"] for row in file) == wanted
    assert len(page.context["chips"]) == (1 if query.keys() - {"tz"} else 0)


def test_a_chip_takes_its_filter_away_and_leaves_the_rest(
    administrator: Client, seen: Seen
) -> None:
    page = administrator.get(list_url(least="2", weekday="1", hour="9", search="Anatomy"))
    when, least = page.context["chips"]
    assert when.label == "starting Monday 09:00–10:00"
    assert least.label == "At least so many attendees: 2"
    assert "weekday" not in when.query
    assert "hour" not in when.query
    assert "least=2" in when.query
    assert "least" not in least.query
    assert "search=Anatomy" in least.query


def test_unknown_attendance_fits_no_number(administrator: Client, seen: Seen) -> None:
    unknown = factories.unknown_session(seen.room)
    for query in ({"least": "1"}, {"guests": "with"}, {"guests": "without"}):
        assert unknown.cue_point_id not in cue_points(administrator.get(list_url(**query)))


def sheet_rows(answer: Any) -> list[tuple[Any, ...]]:
    book = openpyxl.load_workbook(BytesIO(b"".join(answer.streaming_content)), read_only=True)
    return list(book.worksheets[0].iter_rows(values_only=True))


def test_the_workbook_holds_the_rows_of_the_file(administrator: Client, seen: Seen) -> None:
    answer = administrator.get(list_url("sessions-xlsx", sort="-length"))
    assert answer.headers["Content-Disposition"].endswith('.xlsx"')
    header, *rows = sheet_rows(answer)
    lines = file_rows(administrator.get(list_url("sessions-csv", sort="-length")))
    at = header.index("Session id")
    assert [row[at] for row in rows] == [line["Session id"] for line in lines]
    assert AccessLogEntry.objects.filter(action="exported", detail__format="xlsx").count() == 1


def test_too_long_a_workbook_is_refused_with_a_way_out(
    administrator: Client, seen: Seen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "XLSX_MOST_ROWS", 2)
    answer = administrator.get(list_url("sessions-xlsx"))
    assert answer.status_code == 400
    assert b"at most 2 rows" in answer.content
    assert workbook.TooManyRows is files.TooManyRows


def test_a_stray_word_in_the_address_of_a_file_does_no_harm(
    administrator: Client, seen: Seen
) -> None:
    answer = administrator.get(list_url("sessions-csv", action="x", target="y"))
    assert answer.status_code == 200
