"""Uploading files from the pages: the form, the preview, storing, discarding, and who may."""

import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from reports.models import AccessLogEntry, Account, RoomSession, Run, SignInMethod, Upload
from tests import factories
from tests.factories import START, report_csv
from tests.views.conftest import Seen, signed_in

MIDNIGHT = int(START.replace(hour=0).timestamp())
NINE, DAY, HOUR = MIDNIGHT + 9 * 3600, 86_400, 3600
ROOM, CUE = "1_anatomy1", "1_lesson01"


def session_row(start: int = NINE, end: int = NINE + HOUR, cue: str = CUE) -> list[object]:
    return [ROOM, "Anatomy <b>A</b>", "", cue, start, end, "Dr. Host", 2, "0.25"]


def attendee_rows(cue: str = CUE) -> list[list[object]]:
    return [
        [ROOM, cue, "ada.l", "Ada Lovelace", "ada@example.org", "User", 10, "0.5"],
        [ROOM, cue, "ben.t", "Ben Thompson", "ben@example.org", "User", 10, 0],
    ]


def files(*rows: list[object], **names: bytes) -> list[SimpleUploadedFile]:
    """The two files of a day with Ada and Ben in one session."""
    bodies = {
        "a.csv": report_csv(6000, rows or [session_row()]),
        "b.csv": report_csv(6001, attendee_rows()),
    }
    return [SimpleUploadedFile(name, body) for name, body in (bodies | names).items()]


def typed(uploaded: list[SimpleUploadedFile] | None = None, **changes: Any) -> dict[str, Any]:
    form = {
        "csv_files": files() if uploaded is None else uploaded,
        "range_by": "days",
        "from_on": "2026-01-12",
        "to_on": "2026-01-12",
        "tz": "UTC",
        "is_everything": "on",
    }
    return form | changes


def post(client: Client, account: Account, form: dict[str, Any] | None = None) -> Any:
    return client.post(reverse("reports:upload-new", args=[account.pk]), form or typed())


def text_of(answer: Any) -> str:
    page = re.sub(r"<[^>]+>", " ", answer.content.decode())
    return " ".join(page.replace("&#x27;", "'").replace("\N{NO-BREAK SPACE}", " ").split())


def url(upload: Upload, page: str = "upload") -> str:
    return reverse(f"reports:{page}", args=[upload.pk])


@pytest.fixture
def account(db: None) -> Account:
    return factories.account()


# --- From files to pages ------------------------------------------------------------------------


def test_files_become_a_preview_and_then_sessions(administrator: Client, account: Account) -> None:
    answer = post(administrator, account)
    upload = Upload.objects.get()
    assert (answer.status_code, answer.url) == (302, url(upload))
    page = text_of(administrator.get(url(upload)))
    assert "Nothing is stored yet." in page
    assert "Sessions taken 1 of 1 in the files" in page
    assert "New people 2" in page
    assert "What would become of the sessions" in page
    assert not RoomSession.objects.exists()

    answer = administrator.post(url(upload, "upload-store"), follow=True)
    assert "The files are stored." in text_of(answer)
    assert "What became of the sessions" in text_of(answer)
    session = RoomSession.objects.get()
    assert (session.view_seconds, session.engaged_seconds, session.attendee_count) == (1200, 300, 2)
    listed = administrator.get(
        reverse("reports:sessions") + "?from=2026-01-12&to=2026-01-12&tz=UTC"
    )
    assert "20 min" in text_of(listed)
    assert "has not been synced" not in text_of(listed)
    assert [entry.action for entry in AccessLogEntry.objects.order_by("pk")][:2] == [
        "uploaded",
        "stored",
    ]


def test_the_session_page_of_an_uploaded_session_opens(
    administrator: Client, account: Account
) -> None:
    post(administrator, account)
    upload = Upload.objects.get()
    administrator.post(url(upload, "upload-store"))
    page = administrator.get(reverse("reports:session", args=[account.pk, CUE]) + "?tz=UTC")
    assert page.status_code == 200
    assert "Ada Lovelace" in page.content.decode()


def test_the_access_log_names_nobody_and_no_file(administrator: Client, account: Account) -> None:
    post(administrator, account, typed([*files(**{"Ada Lovelace.csv": report_csv(6002, [])})]))
    entry = AccessLogEntry.objects.get(action="uploaded")
    assert "Ada" not in str(entry.detail)
    assert entry.detail["account"] == "university"


def test_storing_twice_stores_once(administrator: Client, account: Account) -> None:
    post(administrator, account)
    upload = Upload.objects.get()
    administrator.post(url(upload, "upload-store"))
    answer = administrator.post(url(upload, "upload-store"), follow=True)
    assert "These files are stored already." in text_of(answer)
    assert RoomSession.objects.get().view_seconds == 1200
    answer = administrator.post(url(upload, "upload-discard"), follow=True)
    assert "These files are stored already." in text_of(answer)
    assert Upload.objects.exists()


def test_discarding_leaves_nothing(administrator: Client, account: Account) -> None:
    post(administrator, account)
    upload = Upload.objects.get()
    answer = administrator.post(url(upload, "upload-discard"), follow=True)
    assert "The upload was discarded" in text_of(answer)
    assert not Upload.objects.exists()
    assert not RoomSession.objects.exists()
    assert administrator.get(url(upload)).status_code == 404


def test_the_same_files_lead_to_the_same_upload(administrator: Client, account: Account) -> None:
    post(administrator, account)
    answer = administrator.post(
        reverse("reports:upload-new", args=[account.pk]), typed(), follow=True
    )
    assert "The very same files were uploaded" in text_of(answer)
    assert Upload.objects.count() == 1


def test_partial_sessions_are_named_with_the_reason(
    administrator: Client, account: Account
) -> None:
    late = session_row(MIDNIGHT + DAY - HOUR, MIDNIGHT + DAY + HOUR)
    post(administrator, account, typed(files(late)))
    page = text_of(administrator.get(url(Upload.objects.get())))
    assert "What stays unknown of those that are taken" in page
    assert "partial 1 They touch an edge" in page


def test_a_cut_file_is_named(administrator: Client, account: Account, settings: Settings) -> None:
    settings.KALTURA_ROW_CAP = 2
    post(administrator, account)
    page = text_of(administrator.get(url(Upload.objects.get())))
    assert "cut: as many rows as Kaltura gives at most" in page


def test_lines_that_could_not_be_read_are_shown_until_they_are_stored(
    administrator: Client, account: Account
) -> None:
    broken = report_csv(6001, attendee_rows()).replace(b"Ada Love", b"Ada\nLove")
    uploaded = [files()[0], SimpleUploadedFile("b.csv", broken)]
    post(administrator, account, typed(uploaded))
    upload = Upload.objects.get()
    assert "Lines that could not be read" in text_of(administrator.get(url(upload)))
    administrator.post(url(upload, "upload-store"))
    assert "Lines that could not be read" not in text_of(administrator.get(url(upload)))


def test_names_are_text_and_no_markup(administrator: Client, account: Account) -> None:
    post(administrator, account)
    page = administrator.get(url(Upload.objects.get())).content.decode()
    assert "<b>A</b>" not in page
    assert "&lt;b&gt;A&lt;/b&gt;" in page


def test_a_preview_and_a_result_take_a_few_queries(
    administrator: Client, account: Account, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    many = [session_row(NINE + n, NINE + n + 60, f"1_many{n:04d}") for n in range(40)]
    post(administrator, account, typed(files(*many)))
    with django_assert_max_num_queries(7):
        assert administrator.get(url(Upload.objects.get())).status_code == 200
    with django_assert_max_num_queries(6):
        administrator.get(reverse("reports:upload-new", args=[account.pk]))


# --- Ranges and files that can't be used --------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"csv_files": []}, "Choose at least one file."),
        ({"to_on": "2026-01-11"}, "The range ends before it starts"),
        ({"to_on": ""}, "Say which range the files are for."),
        ({"tz": "Asia/Kolkata"}, "whole UTC hours"),
        ({"tz": "Mars/Olympus"}, "Enter the name of a time zone"),
        ({"range_by": ""}, "This field is required"),
        ({"range_by": "unix", "from_date": "x", "to_date": "1"}, "Enter whole seconds"),
        (
            {"range_by": "unix", "from_date": MIDNIGHT + 60, "to_date": MIDNIGHT + DAY},
            "whole UTC hours",
        ),
        ({"range_by": "unix", "from_date": MIDNIGHT, "to_date": MIDNIGHT}, "or is empty"),
        ({"from_on": "2016-01-01"}, "at most five years"),
    ],
)
def test_a_range_that_is_none_is_refused_with_a_reason(
    administrator: Client, account: Account, changes: dict[str, Any], why: str
) -> None:
    answer = post(administrator, account, typed(**changes))
    assert answer.status_code == 400
    assert why in text_of(answer)
    assert "once more" in text_of(answer) or "csv_files" in changes
    assert not Upload.objects.exists()


def test_a_range_that_is_not_over_is_refused(administrator: Client, account: Account) -> None:
    today = timezone.now().date().isoformat()
    answer = post(administrator, account, typed(from_on=today, to_on=today))
    assert answer.status_code == 400
    assert "This range is not over yet" in text_of(answer)


def test_unix_timestamps_of_whole_hours_are_a_range(
    administrator: Client, account: Account
) -> None:
    unix = {"range_by": "unix", "from_date": NINE - HOUR, "to_date": NINE + 2 * HOUR}
    assert post(administrator, account, typed(**unix)).status_code == 302
    upload = Upload.objects.get()
    assert (upload.from_at.hour, upload.to_at.hour) == (8, 11)


def test_days_are_of_the_zone_that_is_named(administrator: Client, account: Account) -> None:
    post(administrator, account, typed(tz="Europe/Berlin"))
    upload = Upload.objects.get()
    assert (upload.from_at.day, upload.from_at.hour, upload.zone) == (11, 23, "Europe/Berlin")


def test_what_is_no_report_is_refused(administrator: Client, account: Account) -> None:
    answer = post(administrator, account, typed([SimpleUploadedFile("x.csv", b"a,b\n1,2\n")]))
    assert answer.status_code == 400
    assert "“x.csv” is none of Kaltura's three reports" in text_of(answer)


def test_too_much_is_refused(administrator: Client, account: Account, settings: Settings) -> None:
    settings.UPLOAD_MEGABYTES = 0
    answer = post(administrator, account)
    assert answer.status_code == 400
    assert "larger than 0 MB together" in text_of(answer)


def test_too_many_files_are_refused(administrator: Client, account: Account) -> None:
    many = [SimpleUploadedFile(f"{n}.csv", b"x") for n in range(13)]
    assert "at most 12 files" in text_of(post(administrator, account, typed(many)))


# --- Accounts without API access ----------------------------------------------------------------


def test_an_account_without_api_access_is_added_and_filled(administrator: Client) -> None:
    form = {"name": "no api", "endpoint": "us", "partner_id": "4711"}
    answer = administrator.post(reverse("reports:upload-account"), form)
    account = Account.objects.get()
    assert (account.sign_in, account.secret) == (SignInMethod.NONE, "")
    assert answer.url == reverse("reports:upload-new", args=[account.pk])
    assert post(administrator, account).status_code == 302
    administrator.post(url(Upload.objects.get(), "upload-store"))
    page = text_of(administrator.get(reverse("reports:account", args=[account.pk])))
    assert "None: files are uploaded" in page
    assert "Sync now" not in page
    assert "Latest syncs" not in page
    assert "Latest uploads" in page
    assert "Uploaded just now" in page
    assert "1 day by upload" in page
    assert "None: files are uploaded" in text_of(administrator.get(reverse("reports:accounts")))


def test_it_can_not_be_synced(administrator: Client) -> None:
    account = factories.account(sign_in=SignInMethod.NONE, secret="")
    form = {"from_on": "2026-01-12", "to_on": "2026-01-12"}
    answer = administrator.post(
        reverse("reports:account-sync", args=[account.pk]), form, follow=True
    )
    assert "no API access" in text_of(answer)
    assert not Run.objects.exists()
    assert "no api" not in text_of(administrator.get(reverse("reports:report")))
    assert (
        administrator.get(reverse("reports:account-credentials", args=[account.pk])).status_code
        == 200
    )


def test_an_account_that_is_here_already_is_not_added_again(administrator: Client) -> None:
    known = factories.account("university")
    taken = {"name": "university", "endpoint": known.endpoint, "partner_id": known.partner_id}
    answer = administrator.post(reverse("reports:upload-account"), taken)
    assert answer.status_code == 400
    assert "An account has this name already." in text_of(answer)
    assert "This partner is here already, as “university”." in text_of(answer)
    assert Account.objects.count() == 1


# --- Who may ------------------------------------------------------------------------------------


def test_others_get_404(outsider: Client, seen: Seen) -> None:
    upload = factories.upload(seen.account, {6000: [session_row()]})
    teacher = signed_in(factories.teacher("teacher_1", [seen.room]))
    for client in (outsider, teacher):
        assert client.get(url(upload)).status_code == 404
        assert client.get(reverse("reports:upload-account")).status_code == 404
        assert post(client, seen.account).status_code == 404
        for page in ("upload-store", "upload-discard"):
            assert client.post(url(upload, page)).status_code == 404
    assert Upload.objects.get() == upload


def test_storing_and_discarding_are_posts(administrator: Client, account: Account) -> None:
    upload = factories.upload(account, {6000: [session_row()]})
    for page in ("upload-store", "upload-discard"):
        assert administrator.get(url(upload, page)).status_code == 405


def test_an_expired_preview_is_gone(administrator: Client, account: Account) -> None:
    upload = factories.upload(account, {6000: [session_row()]})
    Upload.objects.update(expires_at=timezone.now())
    assert administrator.get(url(upload)).status_code == 404
