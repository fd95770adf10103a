"""How long an account's data is to be kept, and that somebody has read what would go."""

from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from reports.models import Account, RetentionAction, RetentionPolicy
from reports.models.retention import kept_from
from reports.sync.plan import Order
from reports.sync.spans import as_unix, day_start

FEWEST_DAYS = 7
MOST_DAYS = 36_500
LIMITS = (
    "attendances_days",
    "set_aside_days",
    "snapshots_days",
    "restatements_days",
    "runs_days",
)


def _days(label: Any, help_text: Any, fewest: int = 1) -> forms.IntegerField:
    return forms.IntegerField(
        label=label,
        help_text=help_text,
        required=False,
        min_value=fewest,
        max_value=MOST_DAYS,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )


class RetentionForm(forms.Form):
    """Limits in days; an empty one keeps for ever."""

    attendances_days = _days(
        _("Attendances: days to keep"),
        _("Who was in which session, and who hosted it. Empty keeps them for ever."),
        FEWEST_DAYS,
    )
    attendances_action = forms.ChoiceField(
        label=_("What happens then"),
        choices=RetentionAction.choices,
        initial=RetentionAction.PSEUDONYMISE,
        widget=forms.RadioSelect,
        help_text=_(
            "Pseudonyms: whoever was in no session for so long loses name, user id and e-mail"
            " address; every figure stays. Who still comes keeps their name in old sessions too."
            " Removal: the attendances of older days go, whoever it was; sessions keep only their"
            " sums. Either way older sessions no longer name their host."
        ),
    )
    set_aside_days = _days(
        _("Lines that could not be read: days to keep"),
        _("They hold names as Kaltura sent them. They never outlive the attendances of their day."),
    )
    snapshots_days = _days(
        _("Answers of “Run a report”: days to keep"),
        _("They expire by themselves too; the earlier of the two counts."),
    )
    restatements_days = _days(
        _("Late changes: days to keep"),
        _("That Kaltura changed a session's figures after they had settled. No names in them."),
    )
    runs_days = _days(
        _("The log of syncs: days to keep"),
        _("When Kaltura was asked for which days, and by whom. What was brought stays."),
    )

    def clean_attendances_days(self) -> int | None:
        """Return the days. Raises: ValidationError where figures would go before they settle."""
        days: int | None = self.cleaned_data["attendances_days"]
        if days is not None and days <= settings.SYNC_SETTLING_DAYS:
            raise ValidationError(
                _(
                    "Kaltura's figures may change for %(n)s days: keep attendances longer than that."
                ),
                params={"n": settings.SYNC_SETTLING_DAYS},
            )
        return days

    def policy(self, account: Account) -> RetentionPolicy:
        """Return the account's policy with these limits; it is not stored."""
        stored = RetentionPolicy.objects.filter(account=account).first()
        policy = stored or RetentionPolicy(account=account)
        for name, value in self.cleaned_data.items():
            setattr(policy, name, value)
        return policy


class UnderstoodForm(forms.Form):
    """A tick, so that no click alone removes anything."""

    understood = forms.BooleanField(
        label=_("I have read what goes, and that it can't be undone"),
        error_messages={"required": _("Tick this to go on. Nothing was changed.")},
    )


def refuse_removed_days(form: forms.Form, account: Account, order: Order) -> bool:
    """Mark a form that asks for days which retention would take away again; return whether it does."""
    kept = kept_from(account.pk)
    if kept is None or day_start(as_unix(order.from_at)) >= as_unix(kept):
        return False
    form.add_error(
        "from_on",
        ValidationError(
            _(
                "This account keeps no attendances from before %(day)s; they would be removed again."
                " Ask from that day on, or change its retention first."
            ),
            params={"day": f"{kept:%Y-%m-%d}"},
        ),
    )
    return True
