"""The overview: its figures, their change, the charts, and where everything leads."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from reports.charts.figure import ChartFigure
from reports.models import AccessLogEntry, Attendance, RoomSession, SessionEvent, VirtualEvent
from tests import factories
from tests.factories import START
from tests.views.conftest import Seen, list_url, session_url, signed_in

DAY = timedelta(days=1)
WEEKS = {"from": "2026-01-12", "to": "2026-01-25"}
MOST_QUERIES = 23


def overview_url(**query: str) -> str:
    return list_url("overview", **query)


def text_of(answer: Any) -> str:
    return str(answer.content.decode()).replace("\xa0", " ")


def figures(answer: Any) -> dict[str, str]:
    return {figure.key: figure.text for figure in answer.context["headlines"]}


def changes(answer: Any) -> dict[str, str]:
    return {
        figure.key: figure.change.replace("\xa0", " ") for figure in answer.context["headlines"]
    }


def bars(chart: ChartFigure, number: int = 0) -> list[Any]:
    assert chart.option
    return list(chart.option["series"][number]["data"])


def values(chart: ChartFigure, number: int = 0) -> list[Any]:
    return [bar["value"] for bar in bars(chart, number)]


def synced(seen: Seen, first: date, last: date) -> None:
    """Let these UTC days be covered."""
    for number in range((last - first).days + 1):
        day = first + number * DAY
        factories.tile(seen.account, datetime(day.year, day.month, day.day, tzinfo=UTC))


def a_fortnight(seen: Seen) -> None:
    """Add sessions on other days and hours, one of them unknown and one without facts."""
    synced(seen, date(2026, 1, 12), date(2026, 1, 25))
    ben = factories.person(seen.account, "ben")
    amara = Attendance.objects.filter(session=seen.other).get().person
    for days, hours, people in ((0, 2, [ben]), (3, 0, [ben, amara]), (7, 0, [ben]), (9, 5, [])):
        factories.whole_session(
            seen.other_room,
            [(person, 1800, 450) for person in people],
            START + days * DAY + timedelta(hours=hours),
        )
    factories.unknown_session(seen.room, START + 4 * DAY)
    factories.unknown_session(seen.room, (START + 2 * DAY).replace(hour=0), facts_asked_at=None)


def counted(sessions: list[RoomSession]) -> dict[str, Any]:
    """Return the figures of these sessions, added up one by one."""
    whole = [session for session in sessions if session.view_seconds is not None]
    rows = Attendance.objects.filter(session__in=whole)
    return {
        "sessions": len(sessions),
        "attendances": sum(session.attendee_count or 0 for session in whole),
        "people": len({row.person_id for row in rows}),
        "view_seconds": sum(row.view_seconds for row in rows),
        "engaged_seconds": sum(row.engaged_seconds for row in rows),
    }


def test_the_figures_are_those_of_a_plain_count_and_of_the_list_of_sessions(
    administrator: Client, seen: Seen
) -> None:
    a_fortnight(seen)
    answer = administrator.get(overview_url(**WEEKS))
    plain = counted(list(RoomSession.objects.all()))
    assert plain["sessions"] == 9
    hours, seconds = divmod(plain["view_seconds"], 3600)
    assert {key: text.replace("\xa0", " ") for key, text in figures(answer).items()} == {
        "sessions": str(plain["sessions"]),
        "attendances": str(plain["attendances"]),
        "people": str(plain["people"]),
        "time_in_session": f"{hours} h {round(seconds / 60):02d} min",
        "engagement": f"{round(100 * plain['engaged_seconds'] / plain['view_seconds'])} %",
    }
    listed = administrator.get(list_url("sessions", **WEEKS)).context["totals"]
    sums = answer.context["totals"]
    for name in ("sessions", "unknown_sessions", "attendances", "view_seconds", "engagement"):
        assert getattr(sums, name) == getattr(listed, name), name
    assert "2 sessions are in none of these sums but the first" in text_of(answer)


def test_every_period_holds_what_started_in_it(administrator: Client, seen: Seen) -> None:
    a_fortnight(seen)
    chart = administrator.get(overview_url(**WEEKS)).context["trend_chart"]
    by_day = [
        [
            session
            for session in RoomSession.objects.all()
            if session.started_at.date() == date(2026, 1, 12) + number * DAY
        ]
        for number in range(14)
    ]
    assert values(chart, 1) == [len(day) for day in by_day]
    for value, day in zip(values(chart), by_day, strict=True):
        is_unknown = day and all(session.view_seconds is None for session in day)
        assert value == (None if is_unknown else counted(day)["attendances"])
    assert sum(values(chart, 1)) == RoomSession.objects.count()


def test_a_bar_leads_to_the_page_of_its_days_and_from_there_to_its_sessions(
    administrator: Client, seen: Seen
) -> None:
    a_fortnight(seen)
    chart = administrator.get(overview_url(**WEEKS)).context["trend_chart"]
    followed = 0
    for bar in bars(chart, 1):
        if not bar["value"]:
            continue
        narrowed = administrator.get(reverse("reports:overview") + bar["link"])
        assert narrowed.context["totals"].sessions == bar["value"]
        [last] = bars(narrowed.context["trend_chart"], 1)
        listed = administrator.get(last["link"])
        assert listed.context["totals"].sessions == bar["value"]
        followed += 1
    assert followed == 6


def test_an_hour_of_the_week_leads_to_exactly_its_sessions(
    administrator: Client, seen: Seen
) -> None:
    a_fortnight(seen)
    for zone in ("UTC", "America/New_York"):
        chart = administrator.get(overview_url(**WEEKS | {"tz": zone})).context["heatmap_chart"]
        cells = [cell for cell in bars(chart) if cell["value"][2]]
        assert sum(cell["value"][2] for cell in cells) == 8  # not the one without facts
        for cell in cells:
            listed = administrator.get(cell["link"])
            assert listed.status_code == 200
            assert listed.context["totals"].sessions == cell["value"][2], cell["name"]
        assert [row.link for row in chart.rows] == [cell["link"] for cell in cells]


def test_an_hour_has_no_sessions_whose_start_is_a_guess(administrator: Client, seen: Seen) -> None:
    guess = (START + 2 * DAY).replace(hour=0)  # a Wednesday, midnight
    factories.unknown_session(seen.room, guess, facts_asked_at=None)
    factories.session(seen.room, guess + timedelta(minutes=5))
    answer = administrator.get(overview_url(**WEEKS))
    [cell] = [
        cell
        for cell in bars(answer.context["heatmap_chart"])
        if "Wed" in cell["name"][:3] and cell["value"][2]
    ]
    assert cell["value"][2] == 1
    assert administrator.get(cell["link"]).context["totals"].sessions == 1


def test_every_figure_leads_to_what_it_counts(administrator: Client, seen: Seen) -> None:
    a_fortnight(seen)
    answer = administrator.get(overview_url(**WEEKS))
    links = {figure.key: figure.link for figure in answer.context["headlines"]}
    assert all(link.replace("&", "&amp;") in answer.content.decode() for link in links.values())
    sessions = administrator.get(links["sessions"]).context["totals"]
    assert str(sessions.sessions) == figures(answer)["sessions"]
    people = administrator.get(links["people"]).context["totals"]
    assert str(people.people) == figures(answer)["people"]
    attendances = administrator.get(links["attendances"]).context["totals"]
    assert str(attendances.attendances) == figures(answer)["attendances"]
    rooms = administrator.get(links["time_in_session"])
    assert rooms.context["totals"].view_seconds == sessions.view_seconds
    assert rooms.context["form"].sort_wanted == "-time_in_session"
    by_engagement = administrator.get(links["engagement"])
    assert by_engagement.context["totals"].engagement == sessions.engagement
    assert by_engagement.context["form"].sort_wanted == "-engagement"


def test_the_busiest_rooms_lead_to_the_rooms_over_the_same_days(
    administrator: Client, seen: Seen
) -> None:
    chart = administrator.get(overview_url()).context["rooms_chart"]
    assert chart.option["yAxis"]["data"] == ["Anatomy, group A", '=Botany "B"; <i>x</i>']
    assert chart.rows[0].cells[:5] == ("Anatomy, group A", "1", "1", "3", "2\xa0h\xa007\xa0min")
    for bar, room in zip(bars(chart), (seen.room, seen.other_room), strict=True):
        page = administrator.get(bar["link"])
        assert page.status_code == 200
        assert page.context["room"] == room
        assert page.context["form"].query() == "from=2026-01-12&to=2026-01-12&tz=UTC"


def test_names_are_text_and_never_markup(administrator: Client, seen: Seen) -> None:
    page = administrator.get(overview_url()).content.decode()
    assert "<i>x</i>" not in page
    assert "=Botany &quot;B&quot;; &lt;i&gt;x&lt;/i&gt;" in page


def test_the_latest_sessions_come_first_without_breakouts(
    administrator: Client, seen: Seen
) -> None:
    for hours in range(10):
        factories.session(seen.room, START + timedelta(hours=4 + hours))
    table = administrator.get(overview_url()).context["table"]
    starts = [row.record.started_at for row in table.rows]
    assert starts == [START + timedelta(hours=13 - number) for number in range(8)]
    page = administrator.get(overview_url(room=str(seen.breakout.room_id)))
    [row] = page.context["table"].rows
    assert row.record.cue_point_id == seen.breakout.cue_point_id
    assert session_url(seen.breakout) in page.content.decode()


def test_days_with_breakouts_alone_say_so(administrator: Client, seen: Seen) -> None:
    RoomSession.objects.exclude(pk=seen.breakout.pk).delete()
    page = text_of(administrator.get(overview_url()))
    assert "Only breakouts took place in these days." in page


def test_an_event_shows_its_sessions_alone_and_is_compared_with_nothing(
    administrator: Client, seen: Seen
) -> None:
    synced(seen, date(2026, 1, 11), date(2026, 1, 12))
    event = VirtualEvent.objects.create(account=seen.account, event_id="77")
    SessionEvent.objects.create(session=seen.session, event=event)
    answer = administrator.get(overview_url(event=str(event.pk)))
    assert figures(answer)["sessions"] == "1"
    assert "No comparison: an event" in text_of(answer)
    listed = administrator.get(answer.context["headlines"][0].link)
    assert listed.context["totals"].sessions == 1


def test_another_zone_moves_sessions_to_other_days(administrator: Client, seen: Seen) -> None:
    factories.session(seen.room, datetime(2026, 1, 12, 23, 30, tzinfo=UTC))
    synced(seen, date(2026, 1, 11), date(2026, 1, 14))
    days = {"from": "2026-01-12", "to": "2026-01-13"}
    in_utc = administrator.get(overview_url(**days))
    in_berlin = administrator.get(overview_url(**days | {"tz": "Europe/Berlin"}))
    assert values(in_utc.context["trend_chart"], 1) == [4, 0]
    assert values(in_berlin.context["trend_chart"], 1) == [3, 1]
    assert [row.link for row in in_berlin.context["heatmap_chart"].rows][-1].endswith(
        "weekday=2&hour=0"
    )
    assert text_of(in_berlin).count("Times are in Europe/Berlin") == 1


def test_longer_ranges_go_by_weeks_and_months(administrator: Client, seen: Seen) -> None:
    def count(first: str, last: str) -> int:
        answer = administrator.get(overview_url(**{"from": first, "to": last}))
        return len(answer.context["trend_chart"].rows)

    assert count("2026-01-12", "2026-01-12") == 1
    assert count("2026-01-01", "2026-01-31") == 31
    assert count("2026-01-01", "2026-04-30") == 18
    assert count("2025-01-01", "2026-06-30") == 18


def test_what_is_unknown_is_not_shown_as_zero(administrator: Client, seen: Seen) -> None:
    RoomSession.objects.all().delete()
    factories.unknown_session(seen.room)
    answer = administrator.get(overview_url())
    assert figures(answer) == {
        "sessions": "1",
        **dict.fromkeys(("attendances", "people", "time_in_session", "engagement"), "unknown"),
    }
    assert answer.context["engagement_chart"].option is None
    assert answer.context["rooms_chart"].option is None
    assert values(answer.context["trend_chart"]) == [None]


def test_days_that_were_not_synced_are_gaps(administrator: Client, seen: Seen) -> None:
    answer = administrator.get(overview_url(to="2026-01-14"))
    assert values(answer.context["trend_chart"], 1) == [3, None, None]
    assert "2 days of this range have not been synced" in text_of(answer)


def test_a_teacher_sees_the_given_room_and_its_breakouts(teacher: Client, seen: Seen) -> None:
    answer = teacher.get(overview_url())
    assert figures(answer)["sessions"] == "2"
    assert figures(answer)["people"] == "2"
    assert values(answer.context["trend_chart"]) == [3]
    assert answer.context["rooms_chart"].option["yAxis"]["data"] == ["Anatomy, group A"]
    assert b"Botany" not in answer.content
    assert teacher.get(answer.context["headlines"][0].link).context["totals"].sessions == 2


def test_rooms_and_accounts_of_others_do_not_exist(teacher: Client, seen: Seen) -> None:
    elsewhere = factories.account("elsewhere")
    assert teacher.get(overview_url(room=str(seen.other_room.pk))).status_code == 404
    assert teacher.get(overview_url(account=str(elsewhere.pk))).status_code == 404
    mine = teacher.get(overview_url(room=str(seen.room.pk)))
    assert mine.status_code == 200
    assert mine.context["rooms_chart"] is None  # one room has no busiest


def test_anonymous_is_asked_to_sign_in(client: Client, seen: Seen) -> None:
    answer = client.get(overview_url())
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/sign-in/?next=/")


def test_somebody_without_rooms_is_told_why_the_page_is_empty(outsider: Client, seen: Seen) -> None:
    answer = outsider.get(overview_url())
    assert answer.status_code == 200
    assert b"No room has been given to you yet" in answer.content
    assert b"Anatomy" not in answer.content


def test_an_empty_installation_leads_to_connecting(administrator: Client) -> None:
    page = text_of(administrator.get(reverse("reports:overview")))
    assert "No Kaltura account is connected yet" in page
    assert reverse("reports:connect") in page


def test_an_account_without_any_sync_leads_to_syncing(administrator: Client) -> None:
    factories.account()
    page = text_of(administrator.get(overview_url()))
    assert "Nothing has been synced yet" in page
    assert reverse("reports:accounts") in page


def test_an_empty_range_leads_to_the_latest_sessions(administrator: Client, seen: Seen) -> None:
    answer = administrator.get(overview_url(**{"from": "2026-03-01", "to": "2026-03-31"}))
    assert "No session fits" in text_of(answer)
    url = f"{reverse('reports:overview')}?{answer.context['latest_query']}"
    assert figures(administrator.get(url))["sessions"] == "3"


@time_machine.travel("2026-01-20 12:00:00+00:00")
def test_the_last_30_days_are_shown_when_none_are_named(administrator: Client, seen: Seen) -> None:
    answer = administrator.get(reverse("reports:overview"))
    assert figures(answer)["sessions"] == "3"
    assert 'value="2025-12-22"' in text_of(answer)


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ({"from": "12.1.2026"}, "Enter a day such as 2026-01-31."),
        ({"from": "2026-01-13"}, "The range ends before it starts."),
        ({"tz": "Mars/Olympus"}, "Enter the name of a time zone"),
        ({"room": "1;2"}, "Enter a whole number."),
    ],
)
def test_an_address_that_cannot_be_read_gets_400_with_the_form_and_its_reason(
    administrator: Client, seen: Seen, query: dict[str, str], message: str
) -> None:
    answer = administrator.get(overview_url(**query))
    assert answer.status_code == 400
    assert message in text_of(answer)
    assert 'name="from"' in text_of(answer)
    assert "headlines" not in answer.context


@pytest.mark.parametrize("role", ["administrator", "teacher"])
def test_the_number_of_queries_does_not_grow(
    seen: Seen, role: str, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    user = (
        factories.administrator()
        if role == "administrator"
        else factories.teacher(rooms=[seen.room])
    )
    client = signed_in(user)
    synced(seen, date(2026, 1, 11), date(2026, 1, 12))
    counts = []
    for more in (1, 40):
        for number in range(more):
            room = factories.room(seen.account, f"Room {more}-{number}", parent=seen.room)
            person = factories.person(seen.account, f"person{more}-{number}")
            for start in (START, START - DAY):
                at = start + number * timedelta(minutes=7)
                factories.whole_session(room, [(person, 60, 60)], at)
        cache.clear()
        with django_assert_max_num_queries(MOST_QUERIES) as queries:
            answer = client.get(overview_url())
        assert changes(answer)["sessions"]  # the days before were read too
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_the_page_only_reads(administrator: Client, seen: Seen) -> None:
    assert administrator.post(overview_url()).status_code == 405
    administrator.get(overview_url())
    assert not AccessLogEntry.objects.exists()
