"""Who may sign in, as what, and which rooms are given to them: every change of it is made here.

Each function is one transaction together with its line in the access log. Who may ask for it is
the views' concern: administrators, and everybody for their own password and time zone.
"""

from collections.abc import Iterable
from typing import Any

from axes.utils import reset as forget_failed_sign_ins
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from reports.access import record
from reports.models import Role, Room, RoomGrant, User
from reports.models.user import MOODLE_NAME

ADMINISTRATORS = Q(role=Role.ADMINISTRATOR) | Q(is_superuser=True)


class LastAdministrator(Exception):
    """The change would leave nobody who can manage this site. Its text is for the page."""


def create_user(request: HttpRequest, user: User) -> None:
    """Store a new user, who can sign in once a password is set by a link."""
    with transaction.atomic():
        user.set_unusable_password()
        user.save()
        record(request, "created", _target(user), role=user.role)


def change_user(request: HttpRequest, user: User, *, role: str, **names: str) -> None:
    """Store names, e-mail address and role.

    Raises: LastAdministrator when the last one who is active would become a teacher.
    """
    with transaction.atomic():
        stored = User.objects.select_for_update().get(pk=user.pk)
        if role != Role.ADMINISTRATOR:
            _refuse_for_last_administrator(
                stored,
                _(
                    "This is the last active administrator, so the role stays: nobody else could"
                    " manage this site. Make somebody else an administrator first."
                ),
            )
        changed = [name for name, value in names.items() if getattr(stored, name) != value]
        detail: dict[str, Any] = {"changed": changed} if changed else {}
        if role != _role(stored):
            detail["role"] = role
        for name, value in names.items():
            setattr(stored, name, value)
        stored.role = role
        if role != Role.ADMINISTRATOR:
            # Who was made by `createsuperuser` would stay an administrator by this mark alone.
            stored.is_superuser = stored.is_staff = False
        stored.save()
        if detail:
            record(request, "changed", _target(stored), **detail)


def disable_user(request: HttpRequest, user: User) -> None:
    """Keep the user from signing in, and end every session that is open.

    Raises: LastAdministrator for the last one who is active.
    """
    with transaction.atomic():
        stored = User.objects.select_for_update().get(pk=user.pk)
        _refuse_for_last_administrator(
            stored,
            _(
                "This is the last active administrator and stays enabled: nobody else could manage"
                " this site. Make somebody else an administrator first."
            ),
        )
        stored.is_active = False
        stored.save(update_fields=["is_active"])
        record(request, "disabled", _target(stored), ended_sessions=_end_sessions(stored))


def enable_user(request: HttpRequest, user: User) -> None:
    """Let the user sign in again, with the password and the rooms that were there before."""
    with transaction.atomic():
        User.objects.filter(pk=user.pk).update(is_active=True)
        record(request, "enabled", _target(user))


def give_rooms(request: HttpRequest, user: User, rooms: Iterable[Room]) -> list[Room]:
    """Give the rooms to the user and return those that were new."""
    giver = request.user if isinstance(request.user, User) else None
    with transaction.atomic():
        given = []
        for room in rooms:
            grant = {"granted_by": giver}
            if RoomGrant.objects.get_or_create(user=user, room=room, defaults=grant)[1]:
                record(request, "gave", _room_target(room), to=user.username)
                given.append(room)
    return given


def take_room(request: HttpRequest, user: User, room: Room) -> None:
    """Take the room from the user; what was seen of it before is not undone."""
    with transaction.atomic():
        if RoomGrant.objects.filter(user=user, room=room).delete()[0]:
            record(request, "took", _room_target(room), of=user.username)


def set_password(request: HttpRequest, user: User, password: str, *, how: str) -> None:
    """Store the password. Every other session of the user ends with it, and so does a lock-out."""
    with transaction.atomic():
        user.set_password(password)
        user.save(update_fields=["password"])
        forget_failed_sign_ins(username=user.username)
        record(request, "set password", _target(user), how=how)


def forget_earlier_links(user: User) -> None:
    """Make links from before useless for a user who has not used one yet."""
    if not user.has_usable_password():
        user.set_unusable_password()  # another random one: links are signed with it
        user.save(update_fields=["password"])


def set_time_zone(request: HttpRequest, user: User, zone: str) -> None:
    """Store the zone's name for all the user's pages; "" leaves it to the browser."""
    with transaction.atomic():
        user.time_zone = zone
        user.save(update_fields=["time_zone"])
        record(request, "changed", _target(user), time_zone=zone)


def _role(user: User) -> str:
    return Role.ADMINISTRATOR if user.is_superuser else user.role


def _refuse_for_last_administrator(user: User, sentence: str) -> None:
    heads = User.objects.select_for_update().filter(ADMINISTRATORS, is_active=True)
    active = heads.values_list("pk", flat=True)
    with_password = set(active.exclude(username__startswith=MOODLE_NAME))
    # Who comes from Moodle can't manage this site on the day that Moodle leads here no longer.
    if set(active) == {user.pk} or with_password == {user.pk}:
        raise LastAdministrator(sentence)


def _end_sessions(user: User) -> int:
    """Delete the user's open sessions and return how many there were."""
    mine = [
        session.pk
        for session in Session.objects.filter(expire_date__gt=timezone.now()).iterator()
        if session.get_decoded().get(SESSION_KEY) == str(user.pk)
    ]
    return Session.objects.filter(pk__in=mine).delete()[0]


def _target(user: User) -> str:
    return f"user {user.username}"


def _room_target(room: Room) -> str:
    return f"room {room.entry_id} of account {room.account_id}"
