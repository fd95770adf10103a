"""The Django app's name and what it registers when it is ready. No product code."""

from django.apps import AppConfig


class ReportsConfig(AppConfig):
    """The one app of Rollcall."""

    name = "reports"
    label = "reports"
    verbose_name = "Rollcall"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the system checks, and what writes sign-ins down."""
        from reports import checks, sign_ins  # noqa: F401 — their decorators register on import
