"""How long an account's data is kept. Nothing is removed here: `reports.sync.retention` does that."""

from datetime import UTC, datetime, timedelta

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from reports.models.account import Account


class RetentionAction(models.TextChoices):
    PSEUDONYMISE = "pseudonymise", _("People become pseudonyms")
    REMOVE = "remove", _("Attendances are removed")


class RetentionPolicy(models.Model):
    """Limits in whole UTC days before today; NULL keeps for ever. No row: everything is kept."""

    account = models.OneToOneField(Account, models.CASCADE, related_name="retention")
    attendances_days = models.PositiveIntegerField(null=True)
    attendances_action = models.CharField(
        max_length=20, choices=RetentionAction, default=RetentionAction.PSEUDONYMISE
    )
    set_aside_days = models.PositiveIntegerField(null=True)  # lines that could not be read
    snapshots_days = models.PositiveIntegerField(null=True)  # they expire by themselves too
    restatements_days = models.PositiveIntegerField(null=True)
    runs_days = models.PositiveIntegerField(null=True)  # the log of syncs
    applied_on = models.DateField(null=True)  # UTC day on which a worker last took it up

    class Meta:
        verbose_name_plural = "retention policies"

    def __str__(self) -> str:
        return f"retention of {self.account}"

    @property
    def removes(self) -> bool:
        return self.attendances_action == RetentionAction.REMOVE

    def kept_from(self, now: datetime) -> datetime | None:
        """Return the first moment of which attendances are kept as they came; None: of all."""
        return first_kept(self.attendances_days, now)


def first_kept(days: int | None, now: datetime) -> datetime | None:
    """Return the UTC midnight so many days before today; None where nothing is limited."""
    if days is None:
        return None
    midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight - timedelta(days=days)


def kept_from(account_id: int, now: datetime | None = None) -> datetime | None:
    """Return from when on the account may be asked for; days before it would be removed again."""
    policy = RetentionPolicy.objects.filter(account=account_id).first()
    return policy.kept_from(now or timezone.now()) if policy else None
