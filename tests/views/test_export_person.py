"""Everything held about a person: an archive that a data subject can read, the page's figures in it."""

import csv
import io
import zipfile
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from reports.models import (
    AccessLogEntry,
    Course,
    Enrolment,
    IdentityLink,
    MoodleSite,
    Person,
    PresenceCorrection,
    RoomSession,
    SetAsideLine,
    Tile,
)
from tests import factories
from tests.factories import START
from tests.views.conftest import Seen

FILES = [
    "README.txt",
    *("person.csv", "attendances.csv", "hosted-sessions.csv", "unread-lines.csv"),
    *("access-log.csv", "moodle-links.csv", "enrolments.csv", "corrections.csv"),
    "kept-answers.csv",
]


def url_of(person: Person) -> str:
    return reverse("reports:person-export", args=[person.pk])


def archive_of(answer: Any) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content)))


def rows_of(archive: zipfile.ZipFile, name: str) -> list[list[str]]:
    text = archive.read(name).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline="")))[1:]


@pytest.fixture
def amara(seen: Seen) -> Person:
    return Person.objects.get(user_id="amara.okafor")


def test_every_kind_of_data_has_a_file(administrator: Client, amara: Person) -> None:
    answer = administrator.get(url_of(amara))
    assert answer.headers["Content-Type"] == "application/zip"
    assert f"rollcall-person-{amara.pk}.zip" in answer.headers["Content-Disposition"]
    assert "no-store" in answer.headers["Cache-Control"]
    archive = archive_of(answer)
    assert archive.testzip() is None
    assert archive.namelist() == FILES
    readme = archive.read("README.txt").decode()
    assert all(name in readme for name in FILES[1:])
    assert "attendances.csv (3)" in readme
    person = dict(rows_of(archive, "person.csv"))
    assert person["Kaltura user id"] == "amara.okafor"
    assert person["E-mail"] == "amara.okafor@example.org"


def test_the_attendances_are_those_of_the_person_s_page(
    administrator: Client, amara: Person
) -> None:
    archive = archive_of(administrator.get(url_of(amara)))
    page_file = administrator.get(
        reverse("reports:person-csv", args=[amara.pk]), {"from": "2026-01-12", "to": "2026-01-12"}
    )
    text = b"".join(page_file.streaming_content).decode("utf-8-sig")
    expected = list(csv.reader(io.StringIO(text, newline="")))[1:]
    assert sorted(rows_of(archive, "attendances.csv")) == sorted(expected)
    assert len(expected) == 3


def test_what_names_the_person_elsewhere_is_in_it(
    administrator: Client, seen: Seen, amara: Person
) -> None:
    RoomSession.objects.filter(pk=seen.other.pk).update(host_name="Amara Okafor")
    tile = Tile.objects.get()
    for number, text in enumerate(["x,amara.okafor,Am", "y,Amara Okafor,300", "z,eve.r"], 2):
        SetAsideLine.objects.create(
            tile=tile, report_id=6001, number=number, text=text, reason="fields"
        )
    issuer = "https://moodle.example.org"
    site = MoodleSite.objects.create(issuer=issuer, name="Moodle", account=seen.account)
    course = Course.objects.create(site=site, course_id="7", title="Anatomy")
    IdentityLink.objects.create(
        account=seen.account, site=site, person_key=amara.key, moodle_user_id="42"
    )
    for user in ("42", "43"):
        PresenceCorrection.objects.create(
            account=seen.account,
            course=course,
            cue_point_id=seen.session.cue_point_id,
            moodle_user_id=user,
            presence="excused",
            reason="=a doctor's note",
            computed_mark="absent",
            computed_seconds=59,
        )
        Enrolment.objects.create(
            course=course,
            moodle_user_id=user,
            user_name="amara.okafor" if user == "42" else "somebody.else",
            name="Amara Okafor",
            first_seen_at=START,
            last_seen_at=START,
        )
    head = factories.administrator("head_2")
    row = ("1_room", "1_sess", "amara.okafor", "Amara", "", "User", "1.0", "0.5")
    factories.snapshot(head, seen.account, [row], report_id=6001)
    administrator.get(reverse("reports:person", args=[amara.pk]))
    archive = archive_of(administrator.get(url_of(amara)))
    assert [row[0] for row in rows_of(archive, "hosted-sessions.csv")] == [seen.other.cue_point_id]
    # A line with nothing but the name may tell of somebody else.
    assert [row[3] for row in rows_of(archive, "unread-lines.csv")] == ["x,amara.okafor,Am"]
    assert [row[1:3] for row in rows_of(archive, "access-log.csv")] == [
        ["Administrator", "viewed"],
        ["Administrator", "exported"],
    ]
    assert [row[2] for row in rows_of(archive, "moodle-links.csv")] == ["42"]
    [enrolment] = rows_of(archive, "enrolments.csv")
    assert enrolment[2:4] == ["42", "Amara Okafor"]
    [correction] = rows_of(archive, "corrections.csv")
    assert correction[2:6] == ["excused", "'=a doctor's note", "absent", "59"]
    assert len(rows_of(archive, "kept-answers.csv")) == 1


def test_nothing_of_anybody_else_is_in_it(administrator: Client, amara: Person) -> None:
    archive = archive_of(administrator.get(url_of(amara)))
    everything = "".join(archive.read(name).decode() for name in FILES)
    assert "Guest <b>One</b>" not in everything
    assert "administrator@example.org" not in everything


def test_it_is_written_down(administrator: Client, amara: Person) -> None:
    administrator.get(url_of(amara))
    entry = AccessLogEntry.objects.get()
    assert (entry.action, entry.target) == ("exported", f"person {amara.pk}")


def test_it_is_for_administrators(
    client: Client, teacher: Client, outsider: Client, amara: Person
) -> None:
    assert teacher.get(url_of(amara)).status_code == 404
    assert outsider.get(url_of(amara)).status_code == 404
    assert client.get(url_of(amara)).status_code == 302


def test_the_person_s_page_leads_here_for_administrators(
    administrator: Client, teacher: Client, amara: Person
) -> None:
    url = reverse("reports:person", args=[amara.pk]) + "?from=2026-01-12&to=2026-01-12&tz=UTC"
    assert url_of(amara) in administrator.get(url).content.decode()
    assert url_of(amara) not in teacher.get(url).content.decode()
