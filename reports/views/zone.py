"""The reader's time zone: whose word counts, and a name that can be trusted."""

from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import HttpRequest

from reports.forms.ranges import known_zones
from reports.models import User

COOKIE = "reader_zone"  # written by static/js/reader.js, so anybody can write anything into it


def reader_zone(request: HttpRequest, wanted: str = "") -> ZoneInfo:
    """Return the zone of a page: the address's (already checked), the user's, the browser's, ours."""
    own = request.user.time_zone if isinstance(request.user, User) else ""
    for name in (wanted, own, request.COOKIES.get(COOKIE, "")):
        if name in known_zones():
            return ZoneInfo(name)
    return ZoneInfo(settings.TIME_ZONE)
