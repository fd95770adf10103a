"""Registering Rollcall with a Moodle: by an address that works once, or by hand.

An address is a secret: only its hash is stored. It is used up by what is registered through it, not
by a try that came to nothing. A site that is known already gets one more tool; the ones that it had
go on working until an administrator takes them away, so that links in courses don't break at once.
What Moodle registers waits, whether or not its site is active: an administrator confirms it.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from reports.access import record
from reports.models import Account, MoodleSite, MoodleTool, RegistrationLink, User
from reports.moodle.configuration import (
    TOOL_CONFIGURATION,
    Configuration,
    fetch_configuration,
    own_configuration,
    post_registration,
    scopes,
    tool_addresses,
)
from reports.moodle.handshake import digest
from reports.moodle.registration_refusals import RegistrationRefused

LINK_FOR = timedelta(hours=24)
LONGEST_ID = 200  # characters of a client or deployment id, as they are stored


@dataclass(frozen=True)
class Words:
    """How Rollcall presents itself in a Moodle."""

    name: str
    description: str
    link_label: str  # of choosing what a link leads to


@dataclass(frozen=True)
class Registered:
    """What came of a registration."""

    tool: MoodleTool  # with its site
    is_new_site: bool

    @property
    def site(self) -> MoodleSite:
        return self.tool.site


def make_link(request: HttpRequest, account: Account | None, *, with_grades: bool) -> str:
    """Return the token of a new address to register by; it can't be read again later."""
    token = secrets.token_urlsafe(32)
    now = timezone.now()
    with transaction.atomic():
        RegistrationLink.objects.filter(used_at__isnull=True, expires_at__lt=now).delete()
        RegistrationLink.objects.create(
            token_hash=digest(token),
            account=account,
            with_grades=with_grades,
            made_by=request.user if isinstance(request.user, User) else None,
            expires_at=now + LINK_FOR,
        )
        detail = {"kaltura": account.name} if account else {}
        record(request, "gave registration address", "moodle sites", grades=with_grades, **detail)
    return token


def withdraw_links(request: HttpRequest) -> int:
    """Make every address that is still open useless; return how many there were."""
    open_links = RegistrationLink.objects.filter(used_at__isnull=True)
    with transaction.atomic():
        count = open_links.filter(expires_at__gt=timezone.now()).count()
        open_links.delete()
        record(request, "withdrew registration addresses", "moodle sites", addresses=count)
    return count


def find_link(token: str) -> RegistrationLink:
    """Return the link that an address stands for; it may be used or expired.

    Raises: RegistrationRefused for one that is unknown.
    """
    links = RegistrationLink.objects.select_related("made_by", "account")
    links = links.defer("account__secret", "account__erasure_key")
    found = links.filter(token_hash=digest(token)).first()
    if found is None:
        raise RegistrationRefused("unknown")
    return found


def refuse_closed(link: RegistrationLink) -> None:
    """Raise RegistrationRefused for an address that was used or has expired."""
    if link.used_at is not None:
        raise RegistrationRefused("used")
    if link.expires_at <= timezone.now():
        raise RegistrationRefused("over")


def register(
    request: HttpRequest,
    link: RegistrationLink,
    *,
    configuration_url: str,
    registration_token: str,
    words: Words,
    with_loopback: bool,
) -> Registered:
    """Register with the Moodle that opened the address, and use the address up.

    Raises: RegistrationRefused; then nothing is stored and the address still works.
    """
    told = fetch_configuration(configuration_url, with_loopback=with_loopback)
    asked = own_configuration(
        tool_addresses(request),
        name=words.name,
        description=words.description,
        link_label=words.link_label,
        with_grades=link.with_grades,
    )
    _use_up(link)
    try:
        answer = post_registration(told.registration_url, registration_token, asked)
        client_id, deployment_id = _ids(answer)
        if is_another_site_s(client_id, told.issuer):
            raise RegistrationRefused("taken", f"{told.issuer}: {client_id}")
    except RegistrationRefused:
        RegistrationLink.objects.filter(pk=link.pk).update(used_at=None)
        raise
    wanted = scopes(with_grades=link.with_grades)
    granted = answer.get("scope")
    if isinstance(granted, str):
        wanted = [scope for scope in wanted if scope in granted.split()]
    with transaction.atomic():
        done = store_tool(
            told,
            client_id=client_id,
            deployment_id=deployment_id,
            account=link.account,
            scopes=wanted,
            by=link.made_by,
            is_confirmed=False,
        )
        RegistrationLink.objects.filter(pk=link.pk).update(site=done.site)
        record(request, "registered", _target(done), deployment=deployment_id, how="by Moodle")
    return done


def register_by_hand(
    request: HttpRequest,
    told: Configuration,
    *,
    client_id: str,
    deployment_id: str,
    account: Account | None,
) -> Registered:
    """Store what an administrator copied out of a Moodle."""
    by = request.user if isinstance(request.user, User) else None
    with transaction.atomic():
        done = store_tool(
            told,
            client_id=client_id,
            deployment_id=deployment_id,
            account=account,
            scopes=scopes(with_grades=False),
            by=by,
            is_confirmed=True,  # by whom would confirm it; a new site still waits
        )
        record(request, "registered", _target(done), deployment=deployment_id, how="by hand")
    return done


def store_tool(
    told: Configuration,
    *,
    client_id: str,
    deployment_id: str,
    account: Account | None,
    scopes: list[str],
    by: User | None,
    is_confirmed: bool,
) -> Registered:
    """Store the tool, of its site: a known one, which stays as it is, or a new one, inactive.

    A known site keeps its account: whose data a running site shows is decided on its page.
    """
    site, is_new = MoodleSite.objects.get_or_create(
        issuer=told.issuer,
        defaults={"name": told.issuer.partition("://")[2][:200], "account": account},
    )
    tool, _ = MoodleTool.objects.update_or_create(
        site=site,
        client_id=client_id,
        defaults={
            "deployment_id": deployment_id,
            "auth_url": told.auth_url,
            "token_url": told.token_url,
            "keys_url": told.keys_url,
            "scopes": scopes,
            "registered_by": by,
            "confirmed_at": timezone.now() if is_confirmed else None,
        },
    )
    return Registered(tool, is_new)


def is_another_site_s(client_id: str, issuer: str) -> bool:
    """Return whether another site knows Rollcall by this id already: they are random, so it is copied.

    All sites are asked with one key in the name of the client id, and Moodle's token page does not look
    whom that was meant for: a site could pass on to another one what was signed for itself.
    Moodle's database may compare without regard to capitals, so that is done here too.
    """
    others = MoodleTool.objects.exclude(site__issuer=issuer)
    return others.filter(client_id__iexact=client_id).exists()


def _use_up(link: RegistrationLink) -> None:
    """Take the address for this registration alone. Raises: RegistrationRefused."""
    unused = RegistrationLink.objects.filter(pk=link.pk, used_at__isnull=True)
    if not unused.update(used_at=timezone.now()):
        raise RegistrationRefused("used")


def _ids(answer: Mapping[str, Any]) -> tuple[str, str]:
    """Return client and deployment id. Raises: RegistrationRefused."""
    tool = answer.get(TOOL_CONFIGURATION)
    found = (answer.get("client_id"), tool.get("deployment_id") if isinstance(tool, dict) else None)
    client_id, deployment_id = (
        str(value) if isinstance(value, str | int) else "" for value in found
    )
    for text in (client_id, deployment_id):
        is_plain = text.isascii() and text.isprintable() and " " not in text
        if not (is_plain and 0 < len(text) <= LONGEST_ID):
            raise RegistrationRefused(
                "no_answer", f"ids {client_id[:200]!r} {deployment_id[:200]!r}"
            )
    return client_id, deployment_id


def _target(done: Registered) -> str:
    return f"site {done.site.issuer}"
