"""Changes of a Moodle site by an administrator: each with its line in the access log."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone

from reports.access import record
from reports.models import (
    Course,
    CourseRoom,
    CourseVisit,
    Enrolment,
    MoodleSite,
    MoodleTool,
    Role,
    User,
)

PLACEHOLDERS = ("short_name", "id_number", "course_id")  # of a rule; fields of a course
PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True)
class SiteHoldings:
    """What goes with a site, in rows."""

    tools: int
    courses: int
    enrolments: int
    course_rooms: int  # rooms put into courses; the rooms themselves stay
    people: int  # who came from there; they are signed out
    administrators: tuple[str, ...]  # of those: names of who would be lost as an administrator


def confirm(request: HttpRequest, site: MoodleSite) -> None:
    """Let people in from the site, by the tools that it has now."""
    with transaction.atomic():
        site.is_active = True
        site.confirmed_at = timezone.now()
        site.confirmed_by = request.user if isinstance(request.user, User) else None
        site.save(update_fields=["is_active", "confirmed_at", "confirmed_by"])
        site.tools.filter(confirmed_at__isnull=True).update(confirmed_at=site.confirmed_at)
        record(request, "confirmed", target_of(site))


def confirm_tool(request: HttpRequest, tool: MoodleTool) -> None:
    """Let people in by one more tool of the site."""
    with transaction.atomic():
        waiting = MoodleTool.objects.filter(pk=tool.pk, confirmed_at__isnull=True)
        if waiting.update(confirmed_at=timezone.now()):
            record(request, "confirmed", target_of(tool.site), client=tool.client_id)


def stop(request: HttpRequest, site: MoodleSite) -> None:
    """Let nobody in from the site any more; sessions from there end with their next page."""
    with transaction.atomic():
        site.is_active = False
        site.save(update_fields=["is_active"])
        record(request, "stopped", target_of(site))


def change(request: HttpRequest, site: MoodleSite, values: Mapping[str, Any]) -> list[str]:
    """Store what is set for the site, and return the names of what differs now."""
    changed = [name for name, value in values.items() if getattr(site, name) != value]
    if not changed:
        return []
    with transaction.atomic():
        for name in changed:
            setattr(site, name, values[name])
        site.save(update_fields=changed)
        account = {"kaltura": site.account.name if site.account else "none"}
        detail = account if "account" in changed else {}
        record(request, "changed", target_of(site), changed=changed, **detail)
    return changed


def take_tool(request: HttpRequest, tool: MoodleTool) -> None:
    """Forget a tool: links that Moodle opens by it are refused from now on."""
    with transaction.atomic():
        record(request, "took tool", target_of(tool.site), client=tool.client_id)
        tool.delete()


def holdings_of(site: MoodleSite) -> SiteHoldings:
    """Return what would go with the site."""
    people = User.objects.filter(moodle_user__site=site)
    heads = people.filter(Q(role=Role.ADMINISTRATOR) | Q(is_superuser=True), is_active=True)
    return SiteHoldings(
        tools=site.tools.count(),
        courses=site.courses.count(),
        enrolments=Enrolment.objects.filter(course__site=site).count(),
        course_rooms=CourseRoom.objects.filter(course__site=site, undone_at__isnull=True).count(),
        people=people.count(),
        administrators=tuple(head.get_full_name() or head.username for head in heads),
    )


def delete(request: HttpRequest, site: MoodleSite) -> None:
    """Delete the site with its courses, and who could sign in from there alone."""
    with transaction.atomic():
        counts = vars(holdings_of(site)) | {"administrators": None}
        record(request, "deleted", target_of(site), **counts)
        courses = Course.objects.filter(site=site)
        Enrolment.objects.filter(course__in=courses).delete()  # many: without loading them
        CourseVisit.objects.filter(course__in=courses).delete()
        User.objects.filter(moodle_user__site=site).delete()
        site.delete()


def target_of(site: MoodleSite) -> str:
    """Return how the access log names a site."""
    return f"site {site.issuer}"


def rule_problem(rule: str) -> tuple[str, str]:
    """Return what is wrong with a rule for rooms' names: a word for it and the text; ("", "").

    The words are "unknown" (a placeholder that no course has), "brace" and "none".
    """
    names = PLACEHOLDER.findall(rule)
    for name in names:
        if name not in PLACEHOLDERS:
            return "unknown", f"{{{name}}}"
    if re.search(r"[{}]", PLACEHOLDER.sub("", rule)):
        return "brace", rule
    return ("", "") if names else ("none", rule)


def expected_name(rule: str, course: Course) -> str:
    """Return how a course's rooms are named by the rule; "" where the course lacks a part of it."""
    parts = {name: str(getattr(course, name)).strip() for name in PLACEHOLDERS}
    if not rule or not all(parts.get(name) for name in PLACEHOLDER.findall(rule)):
        return ""
    return PLACEHOLDER.sub(lambda found: parts[found[1]], rule).strip()
