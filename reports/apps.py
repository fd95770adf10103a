"""The Django app's name and what it registers when it is ready. No product code."""

from typing import Any

from django.apps import AppConfig
from django.core.cache import cache
from django.db.models.signals import post_migrate


class ReportsConfig(AppConfig):
    """The one app of Rollcall."""

    name = "reports"
    label = "reports"
    verbose_name = "Rollcall"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the system checks, what writes sign-ins down, and what empties the cache."""
        from reports import checks, sign_ins  # noqa: F401 — their decorators register on import

        post_migrate.connect(empty_cache, sender=self)


def empty_cache(**_: Any) -> None:
    """Forget what an earlier program kept, or one that saw another database.

    `migrate` ends every upgrade and every restore. A restored account counts its versions from an
    older one on, and would find under them what was kept before.
    """
    cache.clear()
