"""Every address of the site, with values that lead somewhere, and a world to look at through them.

The world has two accounts, two rooms in the first and one in the second, and something of every
kind that has a page. Its names are given by the caller, so that a test can look for them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from django.test import RequestFactory
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from reports.models import (
    Account,
    Course,
    CourseRoom,
    Enrolment,
    MoodleSite,
    Person,
    RegistrationLink,
    Room,
    RoomSession,
    Run,
    SessionEvent,
    Snapshot,
    Upload,
    User,
    VirtualEvent,
)
from reports.moodle.handshake import digest
from reports.views.password import link_for
from tests import course_factories, factories
from tests.factories import START

NOT_OURS = {"admin"}  # Django's own administration
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
REGISTRATION_TOKEN = "a-token-to-register-by"  # of an address that is open in the world


@dataclass(frozen=True)
class World:
    """What is stored."""

    account: Account
    room: Room
    other_room: Room  # of the same account
    far_room: Room  # of another account
    session: RoomSession  # in `room`, with people and a breakout
    person: Person  # who was in every session
    run: Run
    event: VirtualEvent
    member: User  # a teacher with `room`
    snapshot: Snapshot  # of the first account, by an administrator
    upload: Upload  # to the first account, waiting
    site: MoodleSite  # of the first account, active
    course: Course  # with `room`, confirmed, and a claim to `other_room`
    enrolment: Enrolment  # a learner's
    claim: CourseRoom  # waits for an administrator


def world(
    *,
    account: str = "university",
    far_account: str = "academy",
    room: str = "Anatomy, group A",
    breakout: str = "Anatomy breakout 1",
    other_room: str = "Botany",
    far_room: str = "Chemistry",
    person: str = "Amara Okafor",
    host: str = "Dr. Ada Host",
    event: str = "Open day",
    endpoint: str = "us",
    moodle: str = "Moodle",
    course: str = "Anatomy course",
    short_name: str = "ANA-1",
    **more: Any,
) -> World:
    """Store a world with these names. `more` are values of the member, such as first_name."""
    near = factories.account(account, endpoint=endpoint)
    far = factories.account(far_account, endpoint=endpoint)
    here = factories.room(near, room)
    there = factories.room(near, other_room)
    away = factories.room(far, far_room)
    somebody = factories.person(near, name=person)
    people = [factories.person(near, f"s{n}", name=f"{person} {n}") for n in range(6)]
    rows = [(one, 600 * (n + 1), 250 * n) for n, one in enumerate([somebody, *people])]
    session = factories.whole_session(here, rows, host_name=host, kaltura_unique_users=6)
    factories.whole_session(
        factories.room(near, breakout, parent=here),
        rows[:3],
        START + 10 * MINUTE,
        host_name=host,
        initiator=host,
        main_session=session,
        kaltura_participant_count=3,
    )
    factories.unknown_session(here, START + 60 * MINUTE, length_seconds=None, host_name=host)
    factories.whole_session(there, rows[:1], START + 180 * MINUTE, host_name=host)
    stranger = factories.person(far, name=f"{far_room} {person}")
    factories.whole_session(away, [(stranger, 60, 30)], START, host_name=host)
    tagged = VirtualEvent.objects.create(account=near, event_id="4711", name=event)
    SessionEvent.objects.create(event=tagged, session=session)
    unix = int(START.timestamp())
    member = factories.teacher("member_1", [here], **more)
    site = course_factories.moodle_site(near, name=moodle)
    in_moodle = course_factories.course(site, [here], title=course, short_name=short_name)
    RegistrationLink.objects.create(
        token_hash=digest(REGISTRATION_TOKEN), account=near, expires_at=timezone.now() + DAY
    )
    return World(
        account=near,
        room=here,
        other_room=there,
        far_room=away,
        session=session,
        person=somebody,
        run=factories.run(near, state="gaps", gaps=["…"], session_count=3),
        event=tagged,
        member=member,
        snapshot=factories.snapshot(
            factories.administrator("asker_1"),
            near,
            [(here.entry_id, room, "", session.cue_point_id, unix, unix + 3600, host, 7, "0.5")],
        ),
        upload=factories.upload(near, {6000: [_session_row(here, host)]}),
        site=site,
        course=in_moodle,
        enrolment=course_factories.enrolment(in_moodle, name=person),
        claim=course_factories.course_room(in_moodle, there, confirmed=False),
    )


def _session_row(of: Room, host: str) -> list[object]:
    """A row of 6000 as Kaltura writes it: without a comma in a name."""
    unix = int(START.timestamp())
    name = of.name.replace(",", " ")
    return [of.entry_id, name, "", "1_upload01", unix, unix + 3600, host, 1, "0.5"]


def patterns() -> Iterator[tuple[str, URLPattern]]:
    """Yield each address of ours with its full name, such as `reports:room`."""
    yield from _patterns(get_resolver().url_patterns, "")


def _patterns(found: Any, prefix: str) -> Iterator[tuple[str, URLPattern]]:
    for pattern in found:
        if isinstance(pattern, URLResolver):
            name = pattern.namespace or ""
            if name not in NOT_OURS:
                yield from _patterns(pattern.url_patterns, f"{prefix}{name}:" if name else prefix)
        else:
            assert pattern.name, f"{pattern} has no name"
            yield f"{prefix}{pattern.name}", pattern


def addresses(seen: World) -> dict[str, str]:
    """Return an address that exists in the world for each name."""
    return {
        name: reverse(name, kwargs={key: value_of(name, key, seen) for key in _keys(pattern)})
        for name, pattern in patterns()
    }


def _keys(pattern: URLPattern) -> list[str]:
    return list(pattern.pattern.converters)


def value_of(name: str, key: str, seen: World) -> object:
    """Return what stands for the key in the address. Raises: KeyError for one nobody told of."""
    common: dict[str, object] = {
        "account_pk": seen.account.pk,
        "cue_point_id": seen.session.cue_point_id,
        "entry_id": seen.room.entry_id,
        "room_pk": seen.room.pk,
        "report_id": 6000,
        "enrolment_pk": seen.enrolment.pk,
        "claim_pk": seen.claim.pk,
        "tool_pk": seen.course.tool_id,
    }
    if name == "reports:moodle-register":
        return REGISTRATION_TOKEN
    if key in common:
        return common[key]
    if key in ("uid", "token"):
        _, _, uid, token, _ = urlsplit(link_for(RequestFactory().get("/"), seen.member)).path.split(
            "/"
        )
        return {"uid": uid, "token": token}[key]
    rows: dict[str, Any] = {
        "account": seen.account,
        "course": seen.course,
        "deep": seen.course,
        "event": seen.event,
        "moodle": seen.site,
        "my": seen.course,
        "person": seen.person,
        "register": seen.course,
        "roster": seen.course,
        "run": seen.run,
        "snapshot": seen.snapshot,
        "upload": seen.upload,
        "user": seen.member,
    }
    topic = name.partition(":")[2].partition("-")[0]
    return {"pk": rows[topic].pk}[key]
