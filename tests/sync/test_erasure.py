"""A person erased, synced again, and still gone: whatever Kaltura says later, and wherever."""

import gzip
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from django.apps import apps
from django.db.models import Model

from reports.models import (
    AccessLogEntry,
    Account,
    ErasedPerson,
    IdentityLink,
    MoodleSite,
    Person,
    SetAsideLine,
    Snapshot,
    Upload,
)
from reports.simulator.server import Simulator
from reports.simulator.world import ListedWorld, User
from reports.sync.erasure import AlreadyErased, erase_person, find_traces
from reports.sync.traces import Words
from reports.sync.upload.store import store
from tests import factories
from tests.sync.small import (
    ADA,
    BEN,
    BREAKOUT,
    CUE,
    EVE,
    GUEST,
    TEN,
    figures,
    lesson,
    one_lesson,
    seen,
    sync,
    the_session,
)
from tests.sync.worlds import BASE, DAY, ROOMS
from tests.truth import truth

TUESDAY = "1_tuesday1"
OF_ADA = ("ada.l", "lovelace", "ada@example", "ada king", "king@example")


def erase(person: Person) -> Person:
    return erase_person(person, find_traces(person))


def stored_texts() -> Iterator[str]:
    """Yield every row of the database as text, snapshots unpacked."""
    models: list[type[Model]] = list(apps.get_models(include_auto_created=True))
    for model in models:
        for row in model._default_manager.values():
            content = row.pop("content", None)
            yield f"{model._meta.label} {row}"
            if content:
                yield gzip.decompress(bytes(content)).decode()


def assert_gone(*words: str) -> None:
    found = [text for text in stored_texts() if any(word in text.casefold() for word in words)]
    assert not found


def two_days(first: User = ADA, second: User = ADA) -> ListedWorld:
    """A lesson on Monday and one on Tuesday, with Ben in both."""
    return ListedWorld(
        ROOMS,
        [lesson(), lesson(TUESDAY, start=TEN + DAY)],
        [
            seen(first),
            seen(BEN),
            seen(second, cue=TUESDAY, when=TEN + DAY + 60),
            seen(BEN, cue=TUESDAY, when=TEN + DAY + 60),
        ],
    )


def test_a_person_erased_and_synced_again_is_still_gone(
    account: Account, simulator: Simulator
) -> None:
    simulator.world = two_days()
    sync(account)
    before = figures()
    pseudonym = erase(Person.objects.get(user_id="ada.l"))
    assert_gone(*OF_ADA)
    sync(account)
    assert_gone(*OF_ADA)
    assert figures() == before == (2, 1200, 600)
    assert str(Person.objects.get(pk=pseudonym.pk)) == "Erased person 1"
    assert Person.objects.get(user_id="ben.t").name == "Ben Thompson"


def test_a_day_that_was_never_synced_does_not_bring_anybody_back(
    account: Account, simulator: Simulator
) -> None:
    simulator.world = two_days()
    sync(account)
    pseudonym = erase(Person.objects.get(user_id="ada.l"))
    sync(account, BASE, BASE + 2 * DAY)
    assert_gone(*OF_ADA)
    assert figures(TUESDAY) == (2, 1200, 600)
    assert pseudonym.attendances.count() == 2
    assert Person.objects.count() == 2


def test_another_name_does_not_bring_anybody_back(account: Account, simulator: Simulator) -> None:
    renamed = replace(ADA, name="Ada King", email="king@example.org")
    simulator.world = two_days(ADA, renamed)
    sync(account)
    erase(Person.objects.get(user_id="ada.l"))
    sync(account, BASE, BASE + 2 * DAY)
    assert_gone(*OF_ADA)


def test_a_host_of_the_name_is_blanked_and_stays_blank(
    account: Account, simulator: Simulator
) -> None:
    hosted = replace(lesson(), host_name="Ada Lovelace")
    breakout = replace(
        lesson("1_brk00001", room=BREAKOUT, start=TEN + 600, length=600),
        host_name="Dr. Host",
        initiator="ada.l",
    )
    simulator.world = ListedWorld(
        ROOMS, [hosted, breakout], [seen(ADA), seen(ADA, cue="1_brk00001", when=TEN + 660)]
    )
    sync(account)
    assert the_session().host_name == "Ada Lovelace"
    ada = Person.objects.get(user_id="ada.l")
    assert the_session().pk in find_traces(ada).hosted
    erase(ada)
    assert the_session().host_name == ""
    sync(account)
    assert the_session().host_name == ""
    assert_gone(*OF_ADA)


def test_a_host_called_by_a_name_that_came_later_is_blanked_too(
    account: Account, simulator: Simulator
) -> None:
    simulator.world = two_days()
    sync(account)
    erase(Person.objects.get(user_id="ada.l"))
    renamed = replace(ADA, name="Ada King")
    simulator.world = ListedWorld(
        ROOMS,
        [
            replace(lesson(), host_name="Ada King"),
            replace(lesson(TUESDAY, start=TEN + DAY), host_name="Ada King"),
        ],
        [seen(EVE), seen(renamed, cue=TUESDAY, when=TEN + DAY + 60)],
    )
    sync(account)  # of Monday alone: who Ada King is, nobody knows yet
    assert the_session().host_name == "Ada King"
    sync(account, BASE + DAY, BASE + 2 * DAY)
    assert_gone(*OF_ADA)
    sync(account)
    assert_gone(*OF_ADA)


def test_another_host_keeps_the_name(account: Account, simulator: Simulator) -> None:
    simulator.world = one_lesson(seen(ADA), session=lesson(host="Ada"))
    sync(account)
    erase(Person.objects.get(user_id="ada.l"))
    sync(account)
    assert the_session().host_name == "Ada"


def test_lines_that_could_not_be_read_lose_their_text(
    account: Account, simulator: Simulator
) -> None:
    simulator.world = one_lesson(
        seen(replace(ADA, name="Ada\nLovelace")), seen(BEN), seen(replace(EVE, name="Eve\nRossi"))
    )
    sync(account)
    erase(Person.objects.get(user_id="ada.l"))
    assert_gone(*OF_ADA)
    texts = list(SetAsideLine.objects.order_by("number").values_list("text", flat=True))
    assert len(texts) == 4
    assert any("eve.r" in text for text in texts)
    sync(account)
    assert_gone(*OF_ADA)
    assert SetAsideLine.objects.count() == 4
    assert figures() == (3, 1800, 900)


def test_a_guest_is_erased_in_the_one_session(account: Account, simulator: Simulator) -> None:
    hosted = lesson(host="Somebody")
    simulator.world = ListedWorld(
        ROOMS,
        [hosted, lesson(TUESDAY, start=TEN + DAY, host="Somebody")],
        [seen(GUEST), seen(GUEST, cue=TUESDAY, when=TEN + DAY + 60)],
    )
    sync(account, BASE, BASE + 2 * DAY)
    erase(Person.objects.get(attendances__session__cue_point_id=CUE))
    for _again in range(2):
        assert Person.objects.get(attendances__session__cue_point_id=CUE).name == "Erased person 1"
        assert the_session().host_name == ""
        # The same name elsewhere may be somebody else.
        assert Person.objects.get(attendances__session__cue_point_id=TUESDAY).name == "Somebody"
        assert the_session(TUESDAY).host_name == "Somebody"
        sync(account, BASE, BASE + 2 * DAY)


def test_an_id_too_long_for_a_key_stays_away_too(account: Account, simulator: Simulator) -> None:
    long = User("x" * 300, "Long Name", "long@example.org", "User")
    simulator.world = one_lesson(seen(long), seen(BEN))
    sync(account)
    erase(Person.objects.get(name="Long Name"))
    sync(account)
    assert_gone("xxxx", "long name", "long@")


def test_answers_that_hold_the_person_go(account: Account, simulator: Simulator) -> None:
    simulator.world = two_days()
    sync(account)
    head = factories.administrator()
    row = ("1_room0001", CUE, "ada.l", "Ada Lovelace", "ada@example.org", "User", "1.0", "0.5")
    own = factories.snapshot(head, account, [row], report_id=6001)
    by_ks = factories.snapshot(head, None, [row], report_id=6001)
    asked = factories.snapshot(head, account, [], 6001, filters={"user_ids": ["ada.l"]})
    other_row = [text.replace("Ada L", "Ben T").replace("ada", "ben") for text in row]
    other = factories.snapshot(head, account, [other_row], report_id=6001)
    ada = Person.objects.get(user_id="ada.l")
    assert find_traces(ada).snapshots == [own.pk, by_ks.pk, asked.pk]
    erase(ada)
    assert list(Snapshot.objects.all()) == [other]


def test_uploads_that_wait_go_and_those_that_come_bring_nobody(
    account: Account, simulator: Simulator
) -> None:
    simulator.world = two_days()
    sync(account)
    head = factories.administrator()
    row = ("1_room0001", CUE, "ada.l", "Ada Lovelace", "ada@example.org", "User", "1.0", "0.5")
    start = factories.START - timedelta(days=30, hours=9)
    span = {"from_at": start, "to_at": start + timedelta(days=1)}
    factories.upload(account, {6001: [row]}, head, **span)
    erase(Person.objects.get(user_id="ada.l"))
    assert not Upload.objects.exists()
    again = factories.upload(account, {6001: [row]}, head, **span)
    assert store(again, head)
    assert_gone("ada.l,", "'ada.l'", "lovelace", "ada@example")


def test_searches_for_the_person_leave_the_access_log(
    account: Account, simulator: Simulator
) -> None:
    simulator.world = two_days()
    sync(account)
    details = [
        {"query": "from=2026-01-01&search=Lovelace&tz=UTC"},
        {"query": "from=2026-01-01&search=thompson"},
        {"query": "host=Ada+Lovelace", "rows": 3},
        {"asked": {"for": ["ada@example.org", "x"]}},
        {"shape": "full"},
    ]
    for detail in details:
        AccessLogEntry.objects.create(user_label="head", action="exported", detail=detail)
    erase(Person.objects.get(user_id="ada.l"))
    assert list(AccessLogEntry.objects.order_by("pk").values_list("detail", flat=True)) == [
        {"query": "from=2026-01-01&search=%28erased%29&tz=UTC"},
        {"query": "from=2026-01-01&search=thompson"},
        {"query": "host=%28erased%29", "rows": 3},
        {"asked": {"for": ["(erased)", "x"]}},
        {"shape": "full"},
    ]


def test_links_to_moodle_go(account: Account, simulator: Simulator) -> None:
    simulator.world = two_days()
    sync(account)
    site = MoodleSite.objects.create(issuer="https://moodle.example.org", name="Moodle")
    for key in ("u:ada.l", "u:ben.t"):
        IdentityLink.objects.create(account=account, site=site, person_key=key)
    erase(Person.objects.get(user_id="ada.l"))
    assert list(IdentityLink.objects.values_list("person_key", flat=True)) == ["u:ben.t"]


def test_nobody_is_erased_twice_and_pseudonyms_are_numbered(
    account: Account, simulator: Simulator
) -> None:
    simulator.world = two_days()
    sync(account)
    ada, ben = Person.objects.order_by("user_id")
    erase(ada)
    with pytest.raises(AlreadyErased):
        erase(Person.objects.get(pk=ada.pk))
    assert str(erase(ben)) == "Erased person 2"
    assert ErasedPerson.objects.filter(pseudonym=ben).count() == 3  # id, name and address
    version = Account.objects.get().data_version
    assert version > account.data_version + 2


def test_figures_stay_the_truth(account: Account, simulator: Simulator) -> None:
    simulator.world = two_days()
    sync(account, BASE, BASE + 2 * DAY)
    erase(Person.objects.get(user_id="ada.l"))
    sync(account, BASE, BASE + 2 * DAY)
    for cue, real in truth(simulator.world, BASE, BASE + 2 * DAY).items():
        assert figures(cue) == (len(real.attendees), real.view_seconds, real.engaged_seconds)


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ("1_x,ada.l,Ada,,User,1.0", True),
        ("1_x,ada.lx,Ad,,User", False),
        ('"ADA  LOVELACE",x', True),
        ("Lovelace,ada@example.org,User", True),
        ("x,12,y", True),
        ("x,120,y 12 z", False),
        ("", False),
    ],
)
def test_which_lines_name_somebody(line: str, named: bool) -> None:
    words = Words.of(["ada.l", "Ada Lovelace", "ada@example.org", "12", "", "Unknown"])
    assert words.in_line(line) is named


def test_unknown_is_nobody_s_name() -> None:
    assert not Words.of(["", "Unknown"]).in_line("1_x,Unknown,,,Guest")
