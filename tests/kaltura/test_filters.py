"""From dates and ids to Kaltura's one string."""

import pytest

from reports.kaltura import ATTENDEES, BREAKOUTS, REPORTS, SESSIONS, BadFilter, ReportFilters
from reports.kaltura.filters import excluded_fields_value

HOUR = 3600


def params(report_id, from_date=0, to_date=HOUR, **ids):
    return ReportFilters(from_date, to_date, **ids).to_params(REPORTS[report_id])


def test_sessions_take_rooms_and_events():
    assert (
        params(SESSIONS, entry_ids=("1_aaaaaaaa", "1_bbbbbbbb"), virtual_event_ids=("7",))
        == "from_date=0;to_date=3600;entry_ids=1_aaaaaaaa,1_bbbbbbbb;virtual_event_ids=7"
    )


def test_attendees_take_every_list():
    found = params(
        ATTENDEES,
        entry_ids=("e",),
        virtual_event_ids=("v",),
        user_ids=("a=b", "Zoë"),
        cue_point_ids=("c",),
    )
    assert found == (
        "from_date=0;to_date=3600;entry_ids=e;virtual_event_ids=v;user_ids=a=b,Zoë;cue_point_ids=c"
    )


def test_breakouts_get_both_spellings_of_the_dates_and_their_own_name_for_main_rooms():
    assert params(BREAKOUTS, parent_entry_ids=("1_aaaaaaaa",)) == (
        "from_date=0;to_date=3600;fromDate=0;toDate=3600;parentEntryIds=1_aaaaaaaa"
    )


@pytest.mark.parametrize(
    ("report_id", "name"),
    [
        (SESSIONS, "cue_point_ids"),
        (SESSIONS, "user_ids"),
        (SESSIONS, "parent_entry_ids"),
        (ATTENDEES, "parent_entry_ids"),
        (BREAKOUTS, "entry_ids"),
        (BREAKOUTS, "user_ids"),
        (BREAKOUTS, "cue_point_ids"),
    ],
)
def test_a_filter_that_kaltura_would_ignore_is_refused(report_id, name):
    with pytest.raises(BadFilter, match=f"Report {report_id} .*{name}"):
        params(report_id, **{name: ("1_aaaaaaaa",)})


@pytest.mark.parametrize(
    "value",
    ["", " ", "a;b", "a,b", "a\nb", "a\rb", "a\tb", "a\x00b", "a\u2028b", " a", "a ", "\ud800"],
)
def test_an_id_that_cannot_be_sent_is_refused(value):
    with pytest.raises(BadFilter, match="user_ids"):
        params(ATTENDEES, user_ids=("fine", value))


def test_a_text_in_the_place_of_a_list_is_refused():
    with pytest.raises(BadFilter, match="list of ids"):
        params(SESSIONS, entry_ids="1_aaaaaaaa")


@pytest.mark.parametrize("dates", [(5, 5), (6, 5)])
def test_a_range_that_does_not_go_forward_is_refused(dates):
    with pytest.raises(BadFilter, match="ends before it starts"):
        params(SESSIONS, *dates)


@pytest.mark.parametrize("dates", [(0, 1.5), (True, 5), ("0", 5), (-1, 5), (0, 10**12)])
def test_dates_that_are_no_unix_seconds_are_refused(dates):
    with pytest.raises(BadFilter, match="_date"):
        params(SESSIONS, *dates)


def test_a_bad_filter_is_a_value_error_too():
    with pytest.raises(ValueError, match="ends before"):
        params(SESSIONS, 5, 5)


def test_columns_are_left_out_by_kalturas_spelling_and_once():
    spec = REPORTS[ATTENDEES]
    assert excluded_fields_value(spec, ["User_Name", "user_email", "user_name"]) == (
        "user_name,user_email"
    )
    assert excluded_fields_value(spec, []) == ""


@pytest.mark.parametrize("name", ["user_nmae", "user_name;ks=1", "user_name,user_email", ""])
def test_a_column_that_is_none_cannot_be_left_out(name):
    with pytest.raises(BadFilter, match="no column"):
        excluded_fields_value(REPORTS[ATTENDEES], [name])
