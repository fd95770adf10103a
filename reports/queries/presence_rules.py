"""The rule that counts in a course: its own newest, else its site's, else the built-in one."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from django.db.models import QuerySet

from reports.analytics.presence import Rule
from reports.models import Course, MoodleSite, PresenceRule

RULE_FIELDS = (
    *("share_percent", "partly_percent", "minutes", "partly_minutes"),
    *("required_percent", "planned_classes"),
)


@dataclass(frozen=True)
class RuleInForce:
    """A rule, whose it is, and which version."""

    rule: Rule
    source: Literal["course", "site", "built_in"]
    version: int = 0  # of the course's or the site's rules; 0: the built-in one
    made_by: str = ""
    made_at: datetime | None = None


BUILT_IN = RuleInForce(Rule(), "built_in")


def course_rule(course: Course) -> RuleInForce:
    """Return the rule that counts in the course. Up to two queries."""
    own = _newest(PresenceRule.objects.filter(course=course))
    return _in_force(own, "course") if own else site_rule(course.site)


def site_rule(site: MoodleSite) -> RuleInForce:
    """Return the rule of courses that have none of their own. One query."""
    own = _newest(site_rules(site))
    return _in_force(own, "site") if own else BUILT_IN


def site_rules(site: MoodleSite) -> QuerySet[PresenceRule]:
    """Return the versions of the site's own rule, the newest first."""
    return PresenceRule.objects.filter(site=site, course__isnull=True).order_by("-version")


def course_rules(course: Course) -> QuerySet[PresenceRule]:
    """Return the versions of the course's own rule, the newest first."""
    found = PresenceRule.objects.filter(course=course).select_related("made_by")
    return found.order_by("-version")


def rule_of(row: PresenceRule) -> Rule:
    """Return the rule that a row holds."""
    return Rule(**{name: getattr(row, name) for name in RULE_FIELDS})


def _newest(rules: QuerySet[PresenceRule]) -> PresenceRule | None:
    return rules.select_related("made_by").order_by("-version").first()


def _in_force(row: PresenceRule, source: Literal["course", "site"]) -> RuleInForce:
    by = row.made_by
    name = (by.get_full_name() or by.username) if by else ""
    return RuleInForce(rule_of(row), source, row.version, name, row.made_at)
