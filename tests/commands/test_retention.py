"""`retention` and `export_person`: dry unless --yes, written down, whole files."""

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from reports.models import AccessLogEntry, Account, Attendance, Person, RetentionPolicy
from tests import factories
from tests.commands.conftest import Ran

pytestmark = pytest.mark.django_db
Run = Callable[..., Ran]


@pytest.fixture
def university() -> Account:
    account = factories.account()
    ada = factories.person(account, "ada", name="Ada")
    guest = factories.person(account, "", name="Guest", is_placeholder=True)
    factories.whole_session(factories.room(account), [(ada, 600, 300), (guest, 60, 0)])
    return account


def limited(account: Account) -> RetentionPolicy:
    return RetentionPolicy.objects.create(
        account=account, attendances_days=30, attendances_action="remove"
    )


def test_it_counts_and_changes_nothing(run: Run, university: Account) -> None:
    limited(university)
    ran = run("retention")
    assert ran.code == 0
    assert "  attendances: 2\n" in ran.output
    assert "  people: 2\n" in ran.output
    assert "Access log: 0 lines" in ran.output
    assert "Nothing was changed" in ran.output
    assert Attendance.objects.count() == 2
    assert not AccessLogEntry.objects.exists()


def test_yes_removes_what_was_counted(run: Run, university: Account) -> None:
    limited(university)
    dry, done = run("retention").output, run("retention", yes=True).output
    assert dry.replace("Nothing was changed. With --yes this is removed for good.\n", "") == done
    assert not Attendance.objects.exists()
    entry = AccessLogEntry.objects.get()
    assert (entry.user_label, entry.action) == ("command line", "applied retention")
    assert entry.detail["attendances"] == 2
    assert "nothing is over a limit" in run("retention", yes=True).output
    assert AccessLogEntry.objects.count() == 1


def test_one_account_alone(run: Run, university: Account) -> None:
    limited(university)
    other = factories.account("other")
    ran = run("retention", "other", yes=True)
    assert ran.output == "other: no limits, everything is kept.\n"
    limited(other)
    assert run("retention", "other", yes=True).code == 0
    assert Attendance.objects.count() == 2


def test_an_account_that_is_not_there_is_said(run: Run, university: Account) -> None:
    ran = run("retention", "nobody")
    assert ran.code == 1
    assert "No account is named “nobody”" in ran.errors


@pytest.mark.parametrize("by", ["user id", "number"])
def test_a_person_is_exported(run: Run, university: Account, tmp_path: Path, by: str) -> None:
    output = tmp_path / "ada.zip"
    ada = Person.objects.get(user_id="ada")
    which = ("--user-id", "ada") if by == "user id" else ("--number", str(ada.pk))
    ran = run("export_person", "--account", "university", *which, "--output", str(output))
    assert ran.code == 0, ran.errors
    assert "attendances.csv" in zipfile.ZipFile(output).namelist()
    entry = AccessLogEntry.objects.get()
    assert (entry.user_label, entry.target) == ("command line", f"person {ada.pk}")


@pytest.mark.parametrize("which", [("--user-id", ""), ("--user-id", "x"), ("--number", "999")])
def test_nobody_is_no_file(
    run: Run, university: Account, tmp_path: Path, which: tuple[str, str]
) -> None:
    output = tmp_path / "nobody.zip"
    ran = run("export_person", "--account", "university", *which, "--output", str(output))
    assert ran.code == 1
    assert "No such person" in ran.errors
    assert not output.exists()
    assert not AccessLogEntry.objects.exists()


def test_files_written_on_the_command_line_are_written_down(
    run: Run, university: Account, tmp_path: Path
) -> None:
    span = ("--account", "university", "--from", "2026-01-12", "--to", "2026-01-13")
    output = str(tmp_path / "x.csv")
    assert run("export", "attendees", *span, "--output", output).code == 0
    entry = AccessLogEntry.objects.get()
    assert (entry.user_label, entry.action, entry.target) == (
        "command line",
        "exported",
        "attendees",
    )
    assert entry.detail["account"] == "university"


def test_days_that_were_removed_are_not_synced(run: Run, university: Account) -> None:
    limited(university)
    ran = run("sync", "university", "--from", "2026-01-12", "--to", "2026-01-13")
    assert ran.code == 1
    assert "keeps no attendances from before" in ran.errors
