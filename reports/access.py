"""The only gate: what a viewer may see. Every view takes its rows through here.

An administrator sees everything, a teacher the rooms given to him with their breakouts, anybody else
nothing. What is not theirs does not exist for them: 404, never 403.
"""

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q
from django.http import Http404, HttpRequest

from reports.models import (
    AccessLogEntry,
    Account,
    Person,
    Room,
    RoomSession,
    SessionEvent,
    User,
    VirtualEvent,
)
from reports.models.room import RoomQuerySet
from reports.models.session import RoomSessionQuerySet


@dataclass(frozen=True)
class Viewer:
    """Somebody who looks at data."""

    user: User
    is_administrator: bool

    @property
    def _own_rooms(self) -> Q:
        return Q(grants__user=self.user) | Q(parent__grants__user=self.user)

    def rooms(self) -> RoomQuerySet:
        """Return the rooms that the viewer may see, breakout rooms included."""
        if self.is_administrator:
            return Room.objects.all()
        return Room.objects.filter(pk__in=Room.objects.filter(self._own_rooms).values("pk"))

    def sessions(self) -> RoomSessionQuerySet:
        """Return the sessions that the viewer may see."""
        if self.is_administrator:
            return RoomSession.objects.all()
        return RoomSession.objects.filter(
            room__in=Room.objects.filter(self._own_rooms).values("pk")
        )

    def people(self) -> Any:
        """Return the people who were in a session that the viewer may see."""
        if self.is_administrator:
            return Person.objects.all()
        return Person.objects.filter(
            pk__in=Person.objects.filter(attendances__session__in=self.sessions()).values("pk")
        )

    def events(self) -> Any:
        """Return the virtual events that the viewer may know of: with a session of theirs."""
        if self.is_administrator:
            return VirtualEvent.objects.all()
        tags = SessionEvent.objects.filter(session__in=self.sessions())
        return VirtualEvent.objects.filter(pk__in=tags.values("event"))

    def accounts(self) -> Any:
        """Return the accounts that the viewer may manage."""
        return Account.objects.all() if self.is_administrator else Account.objects.none()

    def accounts_seen(self) -> Any:
        """Return the accounts of which the viewer may see any data."""
        if self.is_administrator:
            return Account.objects.all()
        return Account.objects.filter(pk__in=self.rooms().values("account"))


def viewer_of(user: User | AnonymousUser) -> Viewer:
    """Return the viewer that a signed-in user is.

    Raises: Http404 for anybody else; views ask for the sign-in first.
    """
    if not isinstance(user, User) or not user.is_active:
        raise Http404
    return Viewer(user, user.is_administrator)


def record(request: HttpRequest, action: str, target: str, **detail: object) -> None:
    """Write down who viewed, exported or changed what."""
    user = request.user if isinstance(request.user, User) else None
    AccessLogEntry.objects.create(
        user=user,
        user_label=str(user or "nobody")[:200],
        action=action,
        target=target[:200],
        detail=detail,
    )
