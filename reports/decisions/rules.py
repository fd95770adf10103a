"""New versions of rules: when somebody is present, and by which keys people are matched."""

from dataclasses import asdict

from django.db import transaction
from django.db.models import Max
from django.http import HttpRequest

from reports.access import record
from reports.analytics.identities import KeyInForce
from reports.analytics.presence import Rule
from reports.decisions.making import note, user_of
from reports.models import Course, IdentityRule, MoodleSite, PresenceRule


def set_rule(
    request: HttpRequest, site: MoodleSite, course: Course | None, rule: Rule
) -> PresenceRule | None:
    """Store a new version of the course's rule; without a course, of the site's default.

    None: it is the newest version already, so nothing is stored; a second click is one.
    """
    values = asdict(rule)
    with transaction.atomic():
        MoodleSite.objects.select_for_update().get(pk=site.pk)  # one version after the other
        known = PresenceRule.objects.filter(site=site, course=course)
        newest = known.order_by("-version").first()
        if newest and all(getattr(newest, name) == value for name, value in values.items()):
            return None
        version = newest.version + 1 if newest else 1
        made = PresenceRule.objects.create(
            site=site, course=course, version=version, made_by=user_of(request), **values
        )
        if course is not None:
            note(request, course, "set the presence rule", version=made.version, **values)
        else:
            target = f"Moodle site {site.issuer}"
            record(request, "set the presence rule", target, version=made.version, **values)
    return made


def set_site_keys(
    request: HttpRequest, site: MoodleSite, keys: tuple[KeyInForce, ...]
) -> IdentityRule:
    """Store a new version of the keys by which the site's people are matched."""
    stored = [
        {"key": it.key.value, "from": it.valid_from.date().isoformat() if it.valid_from else None}
        for it in keys
    ]
    with transaction.atomic():
        MoodleSite.objects.select_for_update().get(pk=site.pk)
        known = IdentityRule.objects.filter(site=site)
        latest = known.aggregate(latest=Max("version"))["latest"] or 0
        made = IdentityRule.objects.create(
            site=site, version=latest + 1, keys=stored, made_by=user_of(request)
        )
        target = f"Moodle site {site.issuer}"
        record(request, "set the matching keys", target, version=made.version, keys=stored)
    return made
