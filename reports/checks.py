"""System checks: settings that can't be used as given, and browser assets that are not there.

Ids: rollcall.E001 missing setting, E002 unusable setting, W001 missing asset, W002 HTTPS half set;
with `check --deploy` also W003 no HTTPS, W004 any host name, W005 no mail; with `check --database` and
before migrating also W006 a Moodle, but no HTTPS.
"""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning as Caution, register
from django.db import DatabaseError

from config.assets import missing_assets

TAG = "rollcall"
MAIL_TO_NOBODY = {
    f"django.core.mail.backends.{name}.EmailBackend" for name in ("console", "dummy", "locmem")
}


@register(TAG)
def settings_are_usable(app_configs: Sequence[Any] | None, **_: Any) -> list[CheckMessage]:
    """Return an error for each setting that is missing or was not understood."""
    return [
        Error(
            f"{problem.variable}: {problem.sentence}",
            hint="`make setup` writes an .env with fresh keys; .env.example lists every setting."
            if problem.is_missing
            else "Correct it in .env or in the environment; .env.example says what it means.",
            id="rollcall.E001" if problem.is_missing else "rollcall.E002",
        )
        for problem in settings.SETTING_PROBLEMS
    ]


@register(TAG)
def assets_are_installed(app_configs: Sequence[Any] | None, **_: Any) -> list[CheckMessage]:
    """Return one warning that names the missing browser assets. Pages work without, plainly."""
    missing = missing_assets()
    if not missing:
        return []
    return [
        Caution(
            f"Browser assets are missing: {', '.join(missing)}. Charts show only their tables.",
            hint="Run `make setup` (or `npm ci --ignore-scripts`).",
            id="rollcall.W001",
        )
    ]


@register(TAG)
def https_is_set_whole(app_configs: Sequence[Any] | None, **_: Any) -> list[CheckMessage]:
    """Return a warning where HTTPS is on but no form could be sent through the proxy."""
    if not settings.BEHIND_HTTPS or settings.TRUST_PROXY_HEADER or settings.CSRF_TRUSTED_ORIGINS:
        return []
    return [
        Caution(
            "BEHIND_HTTPS is on, but Django can't tell which requests came by HTTPS:"
            " every form would be refused.",
            hint="Set TRUST_PROXY_HEADER=true if the proxy sets X-Forwarded-Proto and"
            " X-Forwarded-For itself, or name the site in CSRF_TRUSTED_ORIGINS.",
            id="rollcall.W002",
        )
    ]


@register(TAG, deploy=True)
def people_come_by_https(app_configs: Sequence[Any] | None, **_: Any) -> list[CheckMessage]:
    """Return a warning where passwords and names would cross the network in clear text."""
    if settings.BEHIND_HTTPS:
        return []
    return [
        Caution(
            "BEHIND_HTTPS is off: sign-ins and people's names cross the network readably, and"
            " cookies aren't kept to HTTPS.",
            hint="Put a proxy with a certificate in front (docs/install.md) and set"
            " BEHIND_HTTPS=true and TRUST_PROXY_HEADER=true.",
            id="rollcall.W003",
        )
    ]


@register(TAG, deploy=True)
def host_names_are_bounded(app_configs: Sequence[Any] | None, **_: Any) -> list[CheckMessage]:
    """Return a warning where any name that a request claims is taken for the site's."""
    if "*" not in settings.ALLOWED_HOSTS:
        return []
    return [
        Caution(
            "ALLOWED_HOSTS takes any name: links in mails could lead to somebody else's site.",
            hint="Name the hosts under which people reach the site.",
            id="rollcall.W004",
        )
    ]


@register(TAG, deploy=True)
def mail_is_sent(app_configs: Sequence[Any] | None, **_: Any) -> list[CheckMessage]:
    """Return a warning where mails go nowhere: nobody would learn of a sync that stopped."""
    if settings.EMAIL_BACKEND not in MAIL_TO_NOBODY:
        return []
    return [
        Caution(
            "EMAIL_URL sends no mail: alerts reach nobody, and administrators must hand over the"
            " links with which people set their passwords.",
            hint="Name a mail server, such as smtp+tls://user:password@mail.example.edu:587.",
            id="rollcall.W005",
        )
    ]


@register(TAG, Tags.database)
def moodles_come_by_https(
    app_configs: Sequence[Any] | None, databases: Sequence[str] | None = None, **_: Any
) -> list[CheckMessage]:
    """Return a warning where a Moodle is registered from which nobody can come in: by plain HTTP."""
    if settings.BEHIND_HTTPS or not databases or not _has_moodle_elsewhere():
        return []
    return [
        Caution(
            "A Moodle is registered, but BEHIND_HTTPS is off: inside of Moodle browsers keep a"
            " sign-in by HTTPS only, so every launch is refused.",
            hint="Put a proxy with a certificate in front (docs/install.md) and set"
            " BEHIND_HTTPS=true and TRUST_PROXY_HEADER=true.",
            id="rollcall.W006",
        )
    ]


def _has_moodle_elsewhere() -> bool:
    """Return whether a Moodle is known that isn't on this machine, as that of the demo is."""
    from reports.models import MoodleSite  # once the apps are loaded

    sites = MoodleSite.objects.exclude(issuer__regex=r"^http://(localhost|127\.0\.0\.1)[:/]")
    try:
        return sites.exists()
    except DatabaseError:  # before the first migration
        return False
