"""What an administrator types about virtual events: ids, names, days to ask for again."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from reports.forms.accounts import SyncForm
from reports.models import Account, SignInMethod, VirtualEvent

MOST_EVENTS = 100  # of one account: each is one more question for every synced day


def _account_field(accounts: "QuerySet[Account]") -> forms.Field:
    return forms.ModelChoiceField(accounts, label=_("Account"), empty_label=None)


class EventForm(forms.Form):
    """A new event."""

    event_id = forms.CharField(
        label=_("Event id"),
        max_length=64,
        validators=[
            RegexValidator(
                r"^[A-Za-z0-9_-]+\Z",
                _("An event's id has only letters, digits, “_” and “-”. Give one id at a time."),
            )
        ],
        help_text=_("The number of the event in Kaltura, as in the address of its page."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    name = forms.CharField(
        label=_("Name"),
        max_length=200,
        required=False,
        help_text=_(
            "How it is called here. The reports give no name; without one the id is shown."
        ),
    )

    def __init__(self, accounts: "QuerySet[Account]", *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "add_%s"} | kwargs)  # two forms on one page
        self.fields["account"] = _account_field(accounts)
        self.order_fields(["account"])

    def clean(self) -> dict[str, Any]:
        """Refuse an event that is named already, and more than every sync can ask for."""
        values = super().clean() or self.cleaned_data
        account, event_id = values.get("account"), values.get("event_id")
        if account and event_id:
            events = VirtualEvent.objects.filter(account=account)
            if events.filter(event_id=event_id).exists():
                self.add_error("event_id", _("This event is in the list already."))
            elif events.count() >= MOST_EVENTS:
                raise ValidationError(
                    _("An account can have %(most)s events. Remove one that is over first."),
                    params={"most": MOST_EVENTS},
                )
        return values


class EventNameForm(forms.Form):
    """Another name for an event; its id never changes."""

    name = forms.CharField(
        label=_("Name"),
        max_length=200,
        required=False,
        help_text=_("Without a name the id is shown."),
    )


class EventSyncForm(SyncForm):
    """For which days an account's events are to be asked for again."""

    def __init__(self, accounts: "QuerySet[Account]", *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "sync_%s"} | kwargs)
        self.fields["account"] = _account_field(accounts.exclude(sign_in=SignInMethod.NONE))
        self.fields["account"].widget.attrs["class"] = "form-select"
        self.order_fields(["account"])

    @staticmethod
    def last_days(today: date) -> dict[str, date]:
        """Return the last 30 days, to be filled in."""
        return {"from_on": today - timedelta(days=29), "to_on": today}
