"""`export`: whole files of what is stored, with a word on what may be missing."""

import csv
import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import openpyxl
import pytest
from pytest_django import Settings

from reports.exports.csv_file import BYTE_ORDER_MARK
from tests import factories as make
from tests.commands.conftest import Ran
from tests.exports.small_world import build

pytestmark = pytest.mark.django_db
Run = Callable[..., Ran]


@pytest.fixture
def output(tmp_path: Path) -> Path:
    return tmp_path / "export.csv"


def words(what: str, output: Path | str, *more: str) -> tuple[str, ...]:
    """The words of a command for the small world's days."""
    span = ("--from", "2026-03-28", "--to", "2026-03-31")
    return ("export", what, "--account", "Uni, Nord", *span, *more, "--output", str(output))


def lines_of(output: Path) -> list[dict[str, str]]:
    text = output.read_text(encoding="utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


@pytest.mark.parametrize(("what", "rows"), [("sessions", 5), ("attendees", 6), ("breakouts", 2)])
@pytest.mark.parametrize("shape", ["kaltura", "full"])
@pytest.mark.parametrize("file_format", ["csv", "xlsx"])
def test_each_file_is_written_and_counted(
    run: Run, output: Path, what: str, rows: int, shape: str, file_format: str
) -> None:
    build()
    ran = run(*words(what, output, "--shape", shape, "--format", file_format))
    assert ran.code == 0, ran.errors
    assert f"{rows} rows written" in ran.output
    if file_format == "csv":
        assert len(lines_of(output)) == rows
    else:
        assert openpyxl.load_workbook(io.BytesIO(output.read_bytes())).active.max_row == rows + 1
    assert list(output.parent.iterdir()) == [output]


def test_the_full_shape_is_for_people_and_the_default(run: Run, output: Path) -> None:
    build()
    assert run(*words("sessions", output, "--time-zone", "Asia/Kathmandu")).code == 0
    assert output.read_text(encoding="utf-8").startswith(BYTE_ORDER_MARK)
    first = lines_of(output)[0]
    assert (first["Start"], first["Time zone"]) == ("2026-03-29 05:15:00", "Asia/Kathmandu")
    assert first["Start (UTC)"] == "2026-03-28T23:30:00Z"
    assert first["Room"].startswith("'=")


def test_the_site_s_zone_is_taken_where_none_is_named(
    run: Run, output: Path, settings: Settings
) -> None:
    settings.TIME_ZONE = "America/New_York"
    build()
    assert run(*words("sessions", output)).code == 0
    assert lines_of(output)[0]["Start"] == "2026-03-28 19:30:00"


def test_the_kaltura_shape_is_verbatim_and_without_a_mark(run: Run, output: Path) -> None:
    build()
    assert run(*words("sessions", output, "--shape", "kaltura")).code == 0
    assert output.read_bytes().startswith(b"entry_id,entry_name,")
    assert lines_of(output)[0]["entry_name"] == '=HYPERLINK("x"), "A"'


def test_the_range_holds_sessions_that_start_in_it_of_this_account_alone(
    run: Run, output: Path
) -> None:
    build()
    other = make.account("other")
    make.session(make.room(other), datetime(2026, 3, 29, 8, tzinfo=UTC))
    span = ("--from", "2026-03-28T23:30:00Z", "--to", "2026-03-28T23:40:00Z")
    named = ("export", "sessions", "--account", "Uni, Nord", *span, "--shape", "kaltura")
    assert run(*named, "--output", str(output)).code == 0
    assert [line["cue_point_id"] for line in lines_of(output)] == ["1_night"]
    span = ("--from", "2026-03-28", "--to", "2026-03-31")
    assert run("export", "sessions", "--account", "other", *span, "--output", str(output)).code == 0
    assert len(lines_of(output)) == 1


def test_a_file_goes_to_standard_output_and_messages_elsewhere(run: Run, output: Path) -> None:
    build()
    ran = run(*words("sessions", "-", "--shape", "kaltura"))
    assert run(*words("sessions", output, "--shape", "kaltura")).code == 0
    assert ran.output.encode() == output.read_bytes()
    assert "Warning" in ran.errors
    refused = run(*words("sessions", "-", "--format", "xlsx"))
    assert (refused.code, refused.output) == (1, "")


def test_what_may_be_missing_is_said(run: Run, output: Path) -> None:
    account = build()
    warned = run(*words("sessions", output))
    assert "1 day of the range not wholly synced (2026-03-30)" in warned.errors
    make.tile(account, datetime(2026, 3, 30, tzinfo=UTC))
    assert run(*words("sessions", output)).errors == ""
    make_odd = account.tiles.get(start_at=datetime(2026, 3, 30, tzinfo=UTC))
    make_odd.asked_at, make_odd.is_cut = make_odd.end_at + timedelta(hours=1), True
    make_odd.save()
    warned = run(*words("sessions", output))
    assert "Kaltura has more than it would give for 1 day." in warned.errors
    assert "from 2026-03-30 on may still change" in warned.errors


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"Uni, Nord": "nobody"}, "No account is named “nobody”"),
        ({"2026-03-31": "2026-03-01"}, "before it starts"),
        ({"2026-03-31": "2026-02-30"}, "is not a moment"),
        ({"2026-03-31": "1774828800"}, "is not a moment"),
        ({"UTC": "Mars/Olympus"}, "no time zone “Mars/Olympus”"),
        ({"UTC": "../../etc/passwd"}, "no time zone"),
        ({"sessions": "rooms"}, "invalid choice"),
        ({"full": "sql"}, "invalid choice"),
    ],
)
def test_wrong_words_are_refused_and_nothing_is_written(
    run: Run, output: Path, changed: dict[str, str], sentence: str
) -> None:
    build()
    typed = words("sessions", output, "--time-zone", "UTC", "--shape", "full")
    ran = run(*[changed.get(word, word) for word in typed])
    assert ran.code == 1
    assert sentence in ran.errors
    assert not list(output.parent.iterdir())


def test_a_failure_on_the_way_leaves_the_older_file_and_no_part(
    run: Run, output: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build()
    output.write_text("older")

    def fail(*args: object, **options: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("reports.management.commands.export._write_csv", fail)
    ran = run(*words("sessions", output))
    assert ran.code == 1
    assert "No space left on device" in ran.errors
    assert output.read_text() == "older"
    assert list(output.parent.iterdir()) == [output]


def test_a_place_that_can_not_be_written_is_refused(run: Run, tmp_path: Path) -> None:
    build()
    for place in (tmp_path, tmp_path / "missing" / "file.csv", Path("/dev/null")):
        assert run(*words("sessions", place)).code == 1
    assert not list(tmp_path.iterdir())
