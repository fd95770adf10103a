"""The reports as data."""

import dataclasses

import pytest

from reports.kaltura import ATTENDEES, BREAKOUTS, REPORTS, SESSIONS, AttendeeRow, ReportFilters
from tests.kaltura.bodies import ATTENDEES_HEADER, BREAKOUTS_HEADER, SESSIONS_HEADER


@pytest.mark.parametrize(
    ("report_id", "header"),
    [
        (SESSIONS, SESSIONS_HEADER),
        (ATTENDEES, ATTENDEES_HEADER),
        (BREAKOUTS, BREAKOUTS_HEADER),
    ],
)
def test_columns_are_those_of_the_article_in_its_order(report_id, header):
    assert ",".join(REPORTS[report_id].column_names) == header


@pytest.mark.parametrize("spec", REPORTS.values(), ids=lambda spec: spec.name)
def test_each_column_is_a_field_of_the_row_in_the_same_order(spec):
    fields = [field.name for field in dataclasses.fields(spec.row_type)]
    assert [column.attribute for column in spec.columns] == fields


@pytest.mark.parametrize("spec", REPORTS.values(), ids=lambda spec: spec.name)
def test_each_filter_is_a_field_of_the_filters(spec):
    assert set(spec.filters) < {field.name for field in dataclasses.fields(ReportFilters)}


def test_free_text_columns_are_what_people_type():
    assert {number: spec.free_text_columns for number, spec in REPORTS.items()} == {
        SESSIONS: ("entry_name", "session_host_user_id"),
        ATTENDEES: ("user_name", "user_email"),
        BREAKOUTS: ("parent_entry_name", "breakout_entry_name", "session_initiator"),
    }


@pytest.mark.parametrize("spec", REPORTS.values(), ids=lambda spec: spec.name)
def test_no_needed_column_is_free_text(spec):
    assert not set(spec.needed_columns) & set(spec.free_text_columns)


@pytest.mark.parametrize(
    ("view_seconds", "engaged_seconds"),
    [(0, 0), (1, 0), (10, 10), (3599, 1201), (359_999, 123_457), (31_536_000, 31_535_999)],
)
def test_seconds_are_whole_and_exact_at_fourteen_digits(view_seconds, engaged_seconds):
    minutes = float(f"{view_seconds / 60:.14g}")
    ratio = float(f"{engaged_seconds / view_seconds:.14g}") if view_seconds else 0.0
    row = AttendeeRow("1_r", "1_s", "u", "", "", "User", minutes, ratio)
    assert (row.view_seconds, row.engaged_seconds) == (view_seconds, engaged_seconds)
