"""The Moodle sites, for administrators: their state, tools and courses."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db.models import Count, Max, OuterRef, Subquery
from django.db.models.functions import Coalesce, Lower

from reports.models import Course, MoodleSite, MoodleTool, RegistrationLink, ToolKey
from reports.moodle.sites import expected_name

EXAMPLES = 3  # courses by which a rule for rooms' names is shown


class SiteState(StrEnum):
    """Whether people get in from a site."""

    WAITING = "waiting"  # nobody has confirmed it yet
    ACTIVE = "active"
    STOPPED = "stopped"


@dataclass(frozen=True)
class SiteLine:
    """A site in the list."""

    site: MoodleSite  # with its account
    state: SiteState
    tool_count: int
    waiting_tools: int  # of an active site, that nobody has confirmed
    course_count: int  # launched at least once
    launched_at: datetime | None  # the latest launch that let somebody in


@dataclass(frozen=True)
class OpenLinks:
    """Addresses that a Moodle could still be registered by."""

    count: int
    until: datetime  # when the last of them expires


@dataclass(frozen=True)
class NameExample:
    """What a rule for rooms' names comes to for a course."""

    course: Course
    name: str  # "": the course lacks what the rule needs


def state_of(site: MoodleSite) -> SiteState:
    """Return whether people get in from the site."""
    if site.is_active:
        return SiteState.ACTIVE
    return SiteState.STOPPED if site.confirmed_at else SiteState.WAITING


def site_lines() -> list[SiteLine]:
    """Return every site: those that wait first, then by name. One query."""
    tools = MoodleTool.objects.filter(site=OuterRef("pk")).order_by().values("site")
    courses = Course.objects.filter(site=OuterRef("pk")).order_by().values("site")
    sites = (
        MoodleSite.objects.select_related("account")
        .defer("account__secret", "account__erasure_key")
        .annotate(
            tool_count=Coalesce(Subquery(tools.annotate(n=Count("pk")).values("n")), 0),
            waiting_tools=Coalesce(
                Subquery(
                    tools.filter(confirmed_at__isnull=True).annotate(n=Count("pk")).values("n")
                ),
                0,
            ),
            course_count=Coalesce(Subquery(courses.annotate(n=Count("pk")).values("n")), 0),
            launched_at=Subquery(tools.annotate(at=Max("launched_at")).values("at")),
        )
        .order_by(Lower("name"), "issuer")
    )
    lines = [
        SiteLine(
            site,
            state_of(site),
            site.tool_count,
            site.waiting_tools if site.is_active else 0,
            site.course_count,
            site.launched_at,
        )
        for site in sites
    ]
    return sorted(
        lines, key=lambda line: line.state != SiteState.WAITING and not line.waiting_tools
    )


def tools_of(site: MoodleSite) -> list[MoodleTool]:
    """Return how the site knows Rollcall, the newest first, with who made the address."""
    found = MoodleTool.objects.filter(site=site).select_related("registered_by")
    return list(found.order_by("-registered_at", "-pk"))


def open_links(now: datetime) -> OpenLinks | None:
    """Return what is known of the addresses that a Moodle could still be registered by; or None."""
    links = RegistrationLink.objects.filter(used_at__isnull=True, expires_at__gt=now)
    found = links.aggregate(count=Count("pk"), until=Max("expires_at"))
    return OpenLinks(**found) if found["count"] else None


def published_keys(now: datetime) -> list[ToolKey]:
    """Return the keys that Moodles may see signatures of, the newest first; without their secret."""
    return list(ToolKey.objects.published(now).defer("private_key"))


def name_examples(site: MoodleSite, rule: str) -> list[NameExample]:
    """Return what the rule comes to for the courses launched last. One query, none without a rule."""
    if not rule:
        return []
    courses = Course.objects.filter(site=site).order_by("-launched_at", "-pk")[:EXAMPLES]
    return [NameExample(course, expected_name(rule, course)) for course in courses]
