"""Links: stored with their evidence and a line in the log, once, and taken back."""

from datetime import timedelta

import pytest
from django.http import HttpRequest
from django.test import RequestFactory

from reports.decisions.identities import LinkedOtherwise, link, unlink
from reports.models import AccessLogEntry, Account, Course, IdentityLink
from tests import course_factories, factories
from tests.factories import START

DAY = timedelta(days=1)


@pytest.fixture
def course(db: None) -> Course:
    site = course_factories.moodle_site(factories.account())
    return course_factories.course(site)


@pytest.fixture
def request_(db: None) -> HttpRequest:
    made = RequestFactory().post("/")
    made.user = factories.administrator()
    return made


def in_force() -> list[tuple[str, str]]:
    links = IdentityLink.objects.in_force().order_by("pk")
    return [(it.person_key, it.moodle_user_id) for it in links]


def test_a_link_keeps_who_said_it_and_what_spoke_for_it(
    course: Course, request_: HttpRequest
) -> None:
    version = Account.objects.get().data_version
    evidence = {"reasons": [["same_name", 0, 0]]}
    (made,) = link(request_, course, {"u:x": evidence}, "5", valid_from=START)
    stored = IdentityLink.objects.get()
    assert (stored.pk, stored.course, stored.evidence) == (made.pk, course, evidence)
    assert (stored.made_by, stored.valid_from) == (request_.user, START)
    line = AccessLogEntry.objects.get()
    assert line.action == "linked people"
    assert line.detail == {"people": ["u:x"], "moodle_user": "5", "site_wide": False}
    assert Account.objects.get().data_version == version + 1


def test_the_same_word_twice_is_stored_once(course: Course, request_: HttpRequest) -> None:
    link(request_, course, {"u:x": {}}, "5")
    assert link(request_, course, {"u:x": {}}, "5") == []
    assert link(request_, course, {"u:x": {}}, "5", valid_from=START) == []
    (made,) = link(request_, course, {"u:x": {}, "u:y": {}}, "5")
    assert made.person_key == "u:y"
    assert in_force() == [("u:x", "5"), ("u:y", "5")]
    assert AccessLogEntry.objects.count() == 2


def test_another_word_is_refused_as_a_whole_until_the_first_is_taken_back(
    course: Course, request_: HttpRequest
) -> None:
    (first,) = link(request_, course, {"u:x": {}}, "5")
    for user in ("6", ""):
        with pytest.raises(LinkedOtherwise) as refused:
            link(request_, course, {"u:y": {}, "u:x": {}}, user)
        assert refused.value.links == (first,)
    assert in_force() == [("u:x", "5")]
    # From a day on it may be somebody else, and in another course, or on the site, it is anyway.
    link(request_, course, {"u:x": {}}, "6", valid_from=START)
    with pytest.raises(LinkedOtherwise):
        link(request_, course, {"u:x": {}}, "7", valid_from=START)
    link(request_, course, {"u:x": {}}, "7", valid_from=START + DAY)
    other = course_factories.course(course.site, course_id="8")
    link(request_, other, {"u:x": {}}, "9")
    link(request_, course, {"u:x": {}}, "8", site_wide=True)
    assert [user for _, user in in_force()] == ["5", "6", "7", "9", "8"]


def test_links_of_the_course_are_taken_back_and_those_of_the_site_by_administrators(
    course: Course, request_: HttpRequest
) -> None:
    other = course_factories.course(course.site, course_id="8")
    made = [
        link(request_, of, {"u:x": {}}, "5", site_wide=wide)[0].pk
        for of, wide in ((course, False), (course, True), (other, False))
    ]
    assert unlink(request_, course, made) == 1
    assert unlink(request_, course, made) == 0
    assert unlink(request_, course, made, site_wide=True) == 1
    assert IdentityLink.objects.in_force().get().course == other
    undone = IdentityLink.objects.filter(undone_by=request_.user, undone_at__isnull=False)
    assert undone.count() == 2
