"""An alert: something that an administrator should see to, from when it was noticed to its end."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from reports.models.account import Account


class AlertKind(models.TextChoices):
    RUN_FAILED = "run_failed", _("Sync failed")
    CREDENTIALS_REFUSED = "credentials_refused", _("Kaltura refuses the sign-in")
    CREDENTIALS_ENDING = "credentials_ending", _("The sign-in is about to end")
    DAYS_FAILED = "days_failed", _("Days that could not be asked")
    DATA_STALE = "data_stale", _("Data is not up to date")
    WORKER_GONE = "worker_gone", _("No worker is running")


class AlertQuerySet(models.QuerySet["Alert"]):
    def open(self) -> "AlertQuerySet":
        """Alerts that are not over."""
        return self.filter(closed_at__isnull=True)

    def to_mail(self) -> "AlertQuerySet":
        """Alerts of which somebody may have to be told: that they are on, or that they are over.

        One that was over before anybody was told of it is told to nobody.
        """
        is_told = Q(mailed_at__isnull=False) | ~Q(mailed_to=[])
        over = Q(closed_at__isnull=False, closing_mailed_at__isnull=True) & is_told
        return self.filter(Q(closed_at__isnull=True, mailed_at__isnull=True) | over)


class Alert(models.Model):
    """At most one of a kind is open for an account; who was told of it is written down at once."""

    kind = models.CharField(max_length=30, choices=AlertKind)
    account = models.ForeignKey(  # NULL: about Rollcall itself
        Account, models.CASCADE, null=True, related_name="alerts"
    )
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    detail = models.JSONField(default=dict)  # what the words of the kind need; no names of people
    mailed_at = models.DateTimeField(null=True)  # when the last administrator was told of it
    closing_mailed_at = models.DateTimeField(null=True)  # likewise, that it is over
    mailed_to = models.JSONField(default=list)  # ids of the users who were told of it
    closing_mailed_to = models.JSONField(default=list)  # likewise, that it is over
    mail_from = models.DateTimeField(null=True)  # nobody else mails before: a lease, or a pause

    objects = AlertQuerySet.as_manager()

    class Meta:
        ordering = ["-opened_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "account"],
                condition=Q(closed_at__isnull=True),
                name="alert_open_once",
            ),
            models.UniqueConstraint(  # NULLs differ from each other: of the site too there is one
                fields=["kind"],
                condition=Q(closed_at__isnull=True, account__isnull=True),
                name="alert_open_once_of_site",
            ),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True) | Q(closed_at__gte=F("opened_at")),
                name="alert_ends_after_start",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} since {self.opened_at:%Y-%m-%d %H:%M}"
