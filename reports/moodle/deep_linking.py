"""Deep linking: Moodle asks what a new link of a course leads to, and gets one answer.

What it asked with is kept in the session of who was sent, for that course alone, and used once. The
answer goes back to the site that asked, to nobody else.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.http import HttpRequest
from pylti1p3.deep_link import DeepLink
from pylti1p3.deep_link_resource import DeepLinkResource

from reports.models import Course, CourseRole, MoodleSite, MoodleTool, Room
from reports.moodle.destination import PAGE, ROOM
from reports.moodle.launch import DEEP_LINKING, Launch
from reports.moodle.refusals import LaunchRefused
from reports.moodle.tools import registration_of

# In the session: {course pk: {"tool": pk, "return_url": …, "data": …, "until": unix seconds}}.
DEEP_LINKS = "moodle_deep_links"
GOOD_FOR_SECONDS = 3600  # Moodle's own page waits no longer than its session
MOST_KEPT = 20  # courses of a session in which a choice was begun
LONGEST_URL, LONGEST_DATA = 2000, 10_000  # characters
RESOURCE_LINK = "ltiResourceLink"
CLAIM = DEEP_LINKING.removesuffix("deep_linking_settings")


@dataclass(frozen=True)
class DeepLinkRequest:
    """What Moodle asked with."""

    tool: MoodleTool
    return_url: str  # of the tool's site
    data: str  # to be given back as it is; "": none


def keep_request(request: HttpRequest, launch: Launch, course: Course) -> None:
    """Keep what a deep-linking launch asks, until it is answered. Learners are not asked.

    Raises: LaunchRefused for one that can't be answered: no links are taken, or the way back isn't
    the site's.
    """
    if launch.deep_linking is None or launch.role == CourseRole.LEARNER:
        return
    asked = launch.deep_linking
    return_url, data = str(asked.get("deep_link_return_url") or ""), str(asked.get("data") or "")
    if not is_way_back(launch.tool.site, return_url) or len(data) > LONGEST_DATA:
        raise LaunchRefused("no_way_back", return_url[:200])
    taken = asked.get("accept_types")
    if not isinstance(taken, list) or RESOURCE_LINK not in taken:
        raise LaunchRefused("no_way_back", f"takes {taken!s:.200}")
    begun = dict(request.session.get(DEEP_LINKS, {}))
    begun.pop(str(course.pk), None)  # so that it is the newest
    begun[str(course.pk)] = {
        "tool": launch.tool.pk,
        "return_url": return_url,
        "data": data,
        "until": time.time() + GOOD_FOR_SECONDS,
    }
    request.session[DEEP_LINKS] = dict(list(begun.items())[-MOST_KEPT:])


def is_way_back(site: MoodleSite, url: str) -> bool:
    """Return whether the address is one of the site itself."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    is_own = f"{parts.scheme}://{parts.netloc}" == site.origin
    is_below = f"{url}/".startswith(f"{site.issuer}/")
    return is_own and is_below and len(url) <= LONGEST_URL and url.isprintable()


def request_kept(request: HttpRequest, course: Course) -> DeepLinkRequest | None:
    """Return what waits for an answer in this session for the course; None: nothing."""
    kept: Mapping[str, Any] | None = request.session.get(DEEP_LINKS, {}).get(str(course.pk))
    if kept is None or kept["until"] < time.time():
        return None
    tool = MoodleTool.objects.select_related("site").filter(pk=kept["tool"], site=course.site_id)
    found = tool.filter(site__is_active=True).first()
    return None if found is None else DeepLinkRequest(found, kept["return_url"], kept["data"])


def use_request(request: HttpRequest, course: Course) -> None:
    """Forget what was asked for the course: it is answered now."""
    begun = dict(request.session.get(DEEP_LINKS, {}))
    begun.pop(str(course.pk), None)
    request.session[DEEP_LINKS] = begun


def answer_to(asked: DeepLinkRequest, *, title: str, room: Room | None) -> str:
    """Return the signed answer: one link, to the room or to the attendance of the course.

    It names no address: Moodle then launches by the tool that asked, wherever that is reached.
    """
    registration = registration_of(asked.tool)
    custom = {PAGE: "register"} if room is None else {PAGE: "room", ROOM: room.entry_id}
    link = DeepLinkResource().set_title(title).set_custom_params(custom)
    settings: Any = {"deep_link_return_url": asked.return_url, "data": asked.data or None}
    deep_link = DeepLink(registration, asked.tool.deployment_id, settings)
    message = deep_link.get_message_jwt([link])
    message[CLAIM + "content_items"] = [
        {key: v for key, v in link.to_dict().items() if v is not None}
    ]
    if not asked.data:
        del message[CLAIM + "data"]
    return str(deep_link.encode_jwt(message))
