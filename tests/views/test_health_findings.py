"""Findings row by row, lines as Kaltura gave them, and their files."""

import csv
import io
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from reports.models import (
    AccessLogEntry,
    Account,
    Finding,
    FindingKind,
    PartCheck,
    SessionPart,
    SetAsideLine,
)
from tests import factories as make
from tests.factories import START
from tests.views.conftest import Seen, session_url
from tests.views.test_health_page import plain, plain_words

DAY = timedelta(days=1)
EVIL = '1_sess0001,=cmd|"x"!A1,<script>alert(1)</script>'


def url(name: str = "health-findings", **query: object) -> str:
    found = reverse(f"reports:{name}")
    return found + "?" + "&".join(f"{key}={value}" for key, value in query.items())


def page_of(client: Client, **query: object) -> str:
    answer = client.get(url(**query))
    assert answer.status_code == 200
    return plain(answer.content.decode())


def finding(of: Account, kind: str, day: int = 0, **values: Any) -> Finding:
    tile = make.tile(of, START + day * DAY)
    return Finding.objects.create(account=of, tile=tile, kind=kind, report_id=6001, **values)


def line(of: Account, number: int, text: str, day: int = 0) -> SetAsideLine:
    tile = make.tile(of, START + day * DAY)
    return SetAsideLine.objects.create(
        tile=tile, report_id=6001, number=number, text=text, reason="has 4 fields instead of 8"
    )


def test_a_mismatch_leads_to_its_session_with_both_figures(
    administrator: Client, seen: Seen
) -> None:
    tile = make.tile(seen.account, START)
    SessionPart.objects.create(
        session=seen.session,
        tile=tile,
        asked_at=START,
        view_seconds=7000,
        engaged_seconds=1500,
        kaltura_engaged_ratio=0.21439,
        check_result=PartCheck.MISMATCH,
    )
    finding(seen.account, "mismatch", cue_point_id=seen.session.cue_point_id)
    page = page_of(administrator, kind="mismatch")
    assert "Kaltura's report of sessions: 21.439 %; its attendees: 21.429 %" in page
    assert session_url(seen.session) in page
    assert "Anatomy, group A , Mon 12 Jan, 09:00" in plain_words(page)


def test_unknown_people_are_named_where_they_have_a_name(administrator: Client, seen: Seen) -> None:
    finding(seen.account, "placeholder")
    assert "Guest <b>One</b>" in page_of(administrator, kind="placeholder")
    assert "Amara" not in page_of(administrator, kind="placeholder").split("<tbody>")[1]


def test_the_other_kinds_say_what_they_are_about(administrator: Client, seen: Seen) -> None:
    finding(seen.account, "columns", detail={"new": "mood"})
    finding(seen.account, "columns", day=1, detail={"missing": "user_type"})
    finding(seen.account, "no_session", cue_point_id="1_gone")
    finding(seen.account, "repeated_key", cue_point_id=seen.session.cue_point_id, row_count=2)
    words = plain_words(page_of(administrator))
    for told in ("new: mood", "missing: user_type", "1_gone not here any more", "4 entries"):
        assert told in words


def test_lines_are_shown_as_they_came(administrator: Client, seen: Seen) -> None:
    line(seen.account, 87, EVIL)
    answer = administrator.get(url(kind="set_aside"))
    page = answer.content.decode()
    assert "<script>alert" not in page
    assert f'<pre class="cell-verbatim" dir="auto">{EVIL}</pre>' in plain(page)
    words = plain_words(page)
    assert "6001 87 has 4 fields instead of 8" in words


def test_an_empty_list_says_so(administrator: Client, seen: Seen) -> None:
    page = page_of(administrator, kind="cut")
    assert "Nothing of this kind was noticed" in page
    assert "Download" not in page


@pytest.mark.parametrize(
    "column", ["day", "kind", "account", "report", "session", "count", "noticed"]
)
def test_findings_are_sorted_by_each_column(administrator: Client, seen: Seen, column: str) -> None:
    other = make.account("academy")
    finding(seen.account, "mismatch", day=0, row_count=1, cue_point_id="1_a")
    finding(other, "placeholder", day=3, row_count=7, cue_point_id="1_b")
    Finding.objects.filter(account=other).update(report_id=6002)
    up = administrator.get(url(sort=column)).context["table"]
    down = administrator.get(url(sort=f"-{column}")).context["table"]
    assert up.columns[column].is_ordered
    first, last = ([row.record.finding.kind for row in table.rows] for table in (up, down))
    assert first == last[::-1]
    assert first[0] == ("placeholder" if column == "account" else "mismatch")


@pytest.mark.parametrize("column", ["day", "account", "report", "line", "reason", "text"])
def test_lines_are_sorted_by_each_column(administrator: Client, seen: Seen, column: str) -> None:
    line(seen.account, 1, "a", day=0)
    line(make.account("zoo"), 2, "b", day=1)
    SetAsideLine.objects.filter(number=2).update(report_id=6002, reason="other")
    up = administrator.get(url(kind="set_aside", sort=column)).context["table"]
    down = administrator.get(url(kind="set_aside", sort=f"-{column}")).context["table"]
    assert [row.record.number for row in up.rows] == [1, 2]
    assert [row.record.number for row in down.rows] == [2, 1]


@pytest.mark.parametrize("query", ["sort=mood", "kind=set_aside&sort=kind", "page=0", "kind=x"])
@pytest.mark.parametrize("name", ["health-findings", "health-findings-csv"])
def test_a_bad_address_is_400(administrator: Client, seen: Seen, name: str, query: str) -> None:
    answer = administrator.get(reverse(f"reports:{name}") + "?" + query)
    assert answer.status_code == 400


def file_rows(client: Client, name: str, **query: object) -> list[dict[str, str]]:
    answer = client.get(url(name, **query))
    assert answer.status_code == 200
    body = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    return list(csv.DictReader(io.StringIO(body)))


def test_the_file_has_the_rows_of_all_pages(
    administrator: Client, seen: Seen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reports.queries.health.CHUNK", 7)
    for number in range(60):
        finding(seen.account, "repeated_key", day=number, cue_point_id=seen.session.cue_point_id)
    finding(seen.account, "columns", detail={"new": "mood"})
    shown = []
    for page in (1, 2):
        table = administrator.get(url(kind="repeated_key", page=page)).context["table"]
        shown += [row.record.finding.tile.start_at.date().isoformat() for row in table.rows]
    rows = file_rows(administrator, "health-findings-csv", kind="repeated_key", page=2)
    assert [row["UTC day"] for row in rows] == shown
    assert len(rows) == 60
    assert {row["Room"] for row in rows} == {"Anatomy, group A"}
    [row] = file_rows(administrator, "health-findings-csv", kind="columns")
    assert (row["Detail"], row["Room"], row["Report"]) == ("new: mood", "", "6001")


def test_lines_in_a_file_are_whole_and_no_formulas(administrator: Client, seen: Seen) -> None:
    line(seen.account, 3, "=1+1,\n x")
    line(seen.account, 4, EVIL)
    rows = file_rows(administrator, "health-lines-csv", sort="line")
    assert [row["The line"] for row in rows] == ["'=1+1,\n x", EVIL]
    assert file_rows(administrator, "health-findings-csv", kind="set_aside", sort="line") == rows
    assert administrator.get(url("health-lines-xlsx")).status_code == 200


def test_who_looks_and_takes_is_written_down(administrator: Client, seen: Seen) -> None:
    line(seen.account, 3, "x")
    administrator.get(url(kind="set_aside"))
    file_rows(administrator, "health-lines-csv")
    log = AccessLogEntry.objects.order_by("pk").values_list("action", "target")
    assert list(log) == [("viewed", "findings set_aside"), ("exported", "set-aside-lines")]


@pytest.mark.parametrize("kind", ["", *FindingKind.values])
@pytest.mark.parametrize("more", [1, 30])
def test_the_number_of_queries_does_not_grow(
    administrator: Client,
    seen: Seen,
    kind: str,
    more: int,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for number in range(more):
        line(seen.account, number, "x", day=number)
        finding(seen.account, kind or "mismatch", day=number, cue_point_id=f"1_{number}")
    with django_assert_max_num_queries(12):
        page_of(administrator, kind=kind)
