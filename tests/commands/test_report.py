"""`report`: one answer as Kaltura gives it, to the byte, and nothing else."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from pytest_django import Settings

from reports.kaltura import KalturaClient
from reports.models import Account, RoomSession, Tile
from reports.simulator.accounts import DEFAULT_ACCOUNT
from reports.simulator.server import Simulator
from tests.commands.conftest import Ran
from tests.simulator.asking import DAY, MAIN, MIDNIGHT, call, sign_in, tiny_world

pytestmark = pytest.mark.django_db
Run = Callable[..., Ran]
TO = MIDNIGHT + DAY


@pytest.fixture(autouse=True)
def world(simulator: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    simulator.world = tiny_world()
    impatient = partial(KalturaClient, sleep=lambda seconds: None)
    monkeypatch.setattr("reports.sync.connection.KalturaClient", impatient)


@pytest.fixture
def output(tmp_path: Path) -> Path:
    return tmp_path / "answer.csv"


def words(report: int | str, output: Path, *more: str) -> tuple[str, ...]:
    """The words of a command for the whole world."""
    span = ("--from", "2026-01-01", "--to", "2026-01-02")
    return ("report", "university", str(report), *span, *more, "--output", str(output))


def answer(simulator: Simulator, report: int, more: str = "", **parameters: str) -> bytes:
    """What Kaltura says to somebody who asks by hand."""
    params = f"from_date={MIDNIGHT};to_date={TO};fromDate={MIDNIGHT};toDate={TO}{more}"
    ks = sign_in(simulator)
    asked = call(
        simulator,
        "report",
        "getCsvFromStringParams",
        ks=ks,
        id=report,
        params=params,
        **parameters,
    )
    return asked.content


@pytest.mark.parametrize("report", [6000, 6001, 6002])
@pytest.mark.usefixtures("account")
def test_the_file_is_the_answer_to_the_byte(
    run: Run, simulator: Simulator, output: Path, report: int
) -> None:
    ran = run(*words(report, output))
    assert (ran.code, ran.errors) == (0, "")
    assert output.read_bytes() == answer(simulator, report)
    rows = output.read_bytes().count(b"\n") - 1
    assert rows > 0
    assert f"{rows} rows written" in ran.output


@pytest.mark.usefixtures("account")
def test_unix_seconds_iso_times_and_days_ask_the_same(
    run: Run, simulator: Simulator, output: Path
) -> None:
    expected = answer(simulator, 6001)
    for from_word, to_word in (
        (str(MIDNIGHT), str(TO)),
        ("2026-01-01T01:00:00+01:00", "2026-01-02T00:00"),
    ):
        span = ("--from", from_word, "--to", to_word)
        ran = run("report", "university", "6001", *span, "--output", str(output))
        assert ran.code == 0, ran.errors
        assert output.read_bytes() == expected


@pytest.mark.parametrize(
    ("report", "more", "params"),
    [
        (6000, ["--entry-id", MAIN], f"entry_ids={MAIN}"),
        (6000, ["--virtual-event-id", "730011"], "virtual_event_ids=730011"),
        (6001, ["--user-id", "ada.l"], "user_ids=ada.l"),
        (6001, ["--user-id", "ada.l", "--user-id", "nobody"], "user_ids=ada.l,nobody"),
        (6001, ["--cue-point-id", "1_sess0002"], "cue_point_ids=1_sess0002"),
        (6001, ["--entry-id", MAIN], f"entry_ids={MAIN}"),
        (6001, ["--virtual-event-id", "730011"], "virtual_event_ids=730011"),
        (6002, ["--parent-entry-id", MAIN], f"parentEntryIds={MAIN}"),
        (6002, ["--virtual-event-id", "730011"], "virtual_event_ids=730011"),
    ],
)
@pytest.mark.usefixtures("account")
def test_every_filter_reaches_kaltura(
    run: Run, simulator: Simulator, output: Path, report: int, more: list[str], params: str
) -> None:
    ran = run(*words(report, output, *more))
    assert ran.code == 0, ran.errors
    assert output.read_bytes() == answer(simulator, report, f";{params}")
    assert params in ran.output


@pytest.mark.usefixtures("account")
def test_columns_can_be_left_out(run: Run, simulator: Simulator, output: Path) -> None:
    ran = run(*words(6001, output, "--exclude", "user_name", "--exclude", "user_email"))
    assert ran.code == 0, ran.errors
    assert output.read_bytes() == answer(simulator, 6001, excludedFields="user_name,user_email")
    assert b"user_name" not in output.read_bytes()


@pytest.mark.parametrize(
    ("report", "more", "sentence"),
    [
        (6000, ["--user-id", "ada.l"], "can't be filtered by user_ids"),
        (6002, ["--entry-id", MAIN], "can't be filtered by entry_ids"),
        (6001, ["--parent-entry-id", MAIN], "can't be filtered by parent_entry_ids"),
        (6001, ["--user-id", "a;from_date=0"], "can't contain ;"),
        (6001, ["--exclude", "password"], "has no column"),
    ],
)
@pytest.mark.usefixtures("account")
def test_what_the_report_does_not_take_is_refused_before_anything_is_asked(
    run: Run, simulator: Simulator, output: Path, report: int, more: list[str], sentence: str
) -> None:
    ran = run(*words(report, output, *more))
    assert ran.code == 1
    assert sentence in ran.errors
    assert not simulator.requests
    assert not list(output.parent.iterdir())


@pytest.mark.usefixtures("account")
def test_an_answer_with_as_many_rows_as_the_cap_may_be_cut(
    run: Run, settings: Settings, output: Path
) -> None:
    settings.KALTURA_ROW_CAP = 3
    ran = run(*words(6000, output))
    assert ran.code == 3
    assert "may be cut" in ran.errors
    assert output.read_bytes().count(b"\n") == 4  # it is there all the same
    settings.KALTURA_ROW_CAP = 4
    assert run(*words(6000, output)).code == 0


@pytest.mark.usefixtures("account")
def test_nothing_is_stored_and_the_session_at_kaltura_is_ended(
    run: Run, simulator: Simulator, output: Path
) -> None:
    assert run(*words(6001, output)).code == 0
    assert not RoomSession.objects.exists()
    assert not Tile.objects.exists()
    assert simulator.requests[-1].path.lower().endswith("/session/action/end")


@pytest.mark.usefixtures("account")
def test_the_equivalent_request_shows_no_secret(
    run: Run, simulator: Simulator, output: Path
) -> None:
    ran = run(*words(6001, output))
    assert "curl" in ran.output
    assert f"from_date={MIDNIGHT};to_date={TO}" in ran.output
    assert DEFAULT_ACCOUNT.admin_secret not in ran.output + ran.errors
    for request in simulator.requests:
        if request.form.get("ks"):
            assert request.form["ks"] not in ran.output + ran.errors


@pytest.mark.parametrize("how", ["length", "chunk", "line"])
@pytest.mark.usefixtures("account")
def test_an_answer_that_breaks_off_leaves_the_older_file_and_no_part(
    run: Run, simulator: Simulator, output: Path, how: str
) -> None:
    output.write_text("older")
    simulator.faults.add("break_off", how=how, report=6001)
    ran = run(*words(6001, output))
    assert ran.code == 1
    assert ran.errors.startswith("CommandError: ")
    assert output.read_text() == "older"
    assert list(output.parent.iterdir()) == [output]


@pytest.mark.usefixtures("account")
def test_kalturas_refusal_is_a_sentence(run: Run, simulator: Simulator, output: Path) -> None:
    simulator.faults.add("json_error", code="REPORT_NOT_FOUND", message="Report not found")
    ran = run(*words(6001, output))
    assert ran.code == 1
    assert "report" in ran.errors
    assert "Traceback" not in ran.errors
    assert not list(output.parent.iterdir())


def test_a_dead_server_is_a_sentence(
    account: Account, run: Run, settings: Settings, output: Path
) -> None:
    settings.KALTURA_ENDPOINTS = {"simulator": "http://127.0.0.1:9"}
    assert run(*words(6001, output)).code == 1
    settings.KALTURA_ENDPOINTS = {}
    ran = run(*words(6001, output))
    assert (ran.code, account.endpoint in ran.errors) == (1, True)
    assert not list(output.parent.iterdir())


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"university": "nobody"}, "No account is named “nobody”"),
        ({"2026-01-02": "2025-12-31"}, "before it starts"),
        ({"2026-01-02": "soon"}, "is not a moment"),
        ({"6001": "4021"}, "invalid choice"),
    ],
)
@pytest.mark.usefixtures("account")
def test_wrong_words_are_refused(
    run: Run, simulator: Simulator, output: Path, changed: dict[str, str], sentence: str
) -> None:
    ran = run(*[changed.get(word, word) for word in words(6001, output)])
    assert ran.code == 1
    assert sentence in ran.errors
    assert not simulator.requests


@pytest.mark.usefixtures("account")
def test_a_place_that_can_not_be_written_is_refused(run: Run, tmp_path: Path) -> None:
    for place in (tmp_path, tmp_path / "missing" / "file.csv", Path("-")):
        ran = run(*words(6001, place))
        assert ran.code == 1
        assert ran.errors
    assert not list(tmp_path.iterdir())
