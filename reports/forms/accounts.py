"""What somebody types to connect Kaltura, to sync, to delete. Secrets are never shown again."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any, cast

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from reports.forms.days import DayField
from reports.kaltura import HASH_TYPES
from reports.models import Account, SignInMethod
from reports.sync.connection import Credentials
from reports.sync.plan import Order

LONGEST_SYNC_DAYS = 5 * 366


class CredentialsForm(forms.Form):
    """How to sign in to an account that is known already."""

    sign_in = forms.ChoiceField(
        label=_("Sign in with"),
        choices=[choice for choice in SignInMethod.choices if choice[0] != SignInMethod.NONE],
        initial=SignInMethod.APP_TOKEN,
        widget=forms.RadioSelect,
        help_text=_(
            "An app token can be revoked and is renewed without you. A pasted KS works until it"
            " ends, and then asks for a new one."
        ),
    )
    app_token_id = forms.CharField(
        label=_("App token id"),
        required=False,
        max_length=80,
        validators=[
            RegexValidator(
                r"^[A-Za-z0-9_-]+\Z", _("An app token's id has only letters, digits and “_”.")
            )
        ],
        help_text=_(
            "For an app token only: the id of one that makes administrator sessions, such as"
            " 1_ab12cd34. Kaltura's appToken service makes it; whoever manages your Kaltura"
            " account can do that (appToken.add with sessionType 2)."
        ),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    hash_type = forms.ChoiceField(
        label=_("Hash type"),
        choices=[(name, name) for name in HASH_TYPES],
        initial="SHA256",
        required=False,
        help_text=_("For an app token only: the hash type that it was made with."),
    )
    secret = forms.CharField(
        label=_("Secret"),
        max_length=5000,
        help_text=_(
            "The app token itself, the administrator secret (KMC > Settings > Integration"
            " Settings), or the KS. It is stored encrypted and never shown again."
        ),
        widget=forms.PasswordInput(
            render_value=False, attrs={"autocomplete": "new-password", "spellcheck": "false"}
        ),
    )

    def clean(self) -> dict[str, Any]:
        """Ask for the app token's id where it is needed."""
        values = super().clean() or self.cleaned_data
        if values.get("sign_in") == SignInMethod.APP_TOKEN:
            values["hash_type"] = values.get("hash_type") or "SHA256"
            if not values.get("app_token_id") and "app_token_id" not in self.errors:
                self.add_error("app_token_id", _("Enter the id of the app token."))
        return values

    def credentials(self, endpoint: str, partner_id: int) -> Credentials:
        """Return what was typed, for this partner."""
        values = self.cleaned_data
        is_token = values["sign_in"] == SignInMethod.APP_TOKEN
        return Credentials(
            endpoint=endpoint,
            partner_id=partner_id,
            sign_in=values["sign_in"],
            secret=values["secret"],
            app_token_id=values["app_token_id"] if is_token else "",
            hash_type=values["hash_type"] if is_token else "SHA256",
        )


class ConnectForm(CredentialsForm):
    """A new account."""

    name = forms.CharField(
        label=_("Name"),
        max_length=80,
        help_text=_("How this account is called here, such as the university's name."),
    )
    endpoint = forms.ChoiceField(
        label=_("Region"),
        help_text=_(
            "The Kaltura server that your account is on. If you sign in to the KMC at an address"
            " that is not listed, whoever runs this site can add it (setting KALTURA_ENDPOINTS)."
        ),
    )
    partner_id = forms.IntegerField(
        label=_("Partner id"),
        min_value=1,
        max_value=2**53,
        help_text=_("A number: KMC > Settings > Integration Settings > Account information."),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    field_order = ["name", "endpoint", "partner_id"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        endpoint = cast("forms.ChoiceField", self.fields["endpoint"])
        endpoint.choices = [
            (name, f"{name} – {url}") for name, url in settings.KALTURA_ENDPOINTS.items()
        ]

    def typed_credentials(self) -> Credentials:
        """Return what was typed."""
        return self.credentials(self.cleaned_data["endpoint"], self.cleaned_data["partner_id"])


class SyncForm(forms.Form):
    """Which days to ask Kaltura for. Days are UTC's, the last one included."""

    from_on = DayField(label=_("First day"))
    to_on = DayField(label=_("Last day"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs["class"] = "form-control"

    @classmethod
    def proposed(cls, today: date) -> "SyncForm":
        """Return the form with the last 30 days filled in."""
        return cls(initial={"from_on": today - timedelta(days=29), "to_on": today})

    def clean(self) -> dict[str, Any]:
        """Refuse a range that is upside down, too long, or still to come."""
        values = super().clean() or self.cleaned_data
        first, last = values.get("from_on"), values.get("to_on")
        if first and last:
            if last < first:
                self.add_error("to_on", _("The range ends before it starts."))
            elif (last - first).days >= LONGEST_SYNC_DAYS:
                self.add_error("to_on", _("Ask for at most five years at once."))
            elif first > timezone.now().astimezone(UTC).date():
                self.add_error("from_on", _("This day has not come yet."))
        return values

    def order(self) -> Order:
        """Return what is to be synced: half-open in UTC."""
        first, last = self.cleaned_data["from_on"], self.cleaned_data["to_on"]
        return Order(_midnight(first), _midnight(last + timedelta(days=1)))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, UTC)


class DeleteForm(forms.Form):
    """The account's name once more, so that no click alone deletes."""

    name = forms.CharField(
        label=_("Type the account's name to confirm"),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, account: Account, *args: Any, **kwargs: Any) -> None:
        self.account = account
        super().__init__(*args, **kwargs)

    def clean_name(self) -> str:
        """Raise ValidationError for anything but the account's name."""
        name: str = self.cleaned_data["name"]
        if name != self.account.name:
            raise ValidationError(_("This is not the account's name. Nothing was deleted."))
        return name
