"""What an administrator types about Moodle sites, and what Moodle sends along to register."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from reports.models import Account, MoodleSite, MoodleTool
from reports.moodle.configuration import Configuration, is_issuer, is_page_of, moodles_shape
from reports.moodle.registration import is_another_site_s
from reports.moodle.sites import rule_problem

VISIBLE = RegexValidator(r"^[\x21-\x7e]+\Z", _("Only letters, digits and signs, without spaces."))
PLAIN = {"autocomplete": "off", "spellcheck": "false"}


def _account_field(accounts: "QuerySet[Account]") -> forms.ModelChoiceField:  # type: ignore[type-arg]
    return forms.ModelChoiceField(
        accounts.defer("secret", "erasure_key"),
        label=_("Kaltura account"),
        required=False,
        empty_label=_("None yet"),
        help_text=_("Whose rooms and sessions the courses of this Moodle are about."),
    )


def _only(accounts: "QuerySet[Account]") -> Account | None:
    """Return the account, where there is but one to choose."""
    found = list(accounts.defer("secret", "erasure_key")[:2])
    return found[0] if len(found) == 1 else None


class LinkForm(forms.Form):
    """What an address to register by is for."""

    with_grades = forms.BooleanField(
        label=_("Ask for grades too"),
        required=False,
        help_text=_(
            "Lets this site write attendance into Moodle's gradebook. Leave it out unless you want"
            " that: a Moodle can be registered again at any time."
        ),
    )

    def __init__(self, accounts: "QuerySet[Account]", *args: Any, **kwargs: Any) -> None:
        own = {"auto_id": "link_%s", "initial": {"account": _only(accounts)}}  # two forms a page
        super().__init__(*args, **own | kwargs)
        self.fields["account"] = _account_field(accounts)
        self.order_fields(["account"])


class ByHandForm(forms.Form):
    """What a Moodle shows of a tool that was added there by hand."""

    issuer = forms.CharField(
        label=_("Platform ID"),
        max_length=200,
        help_text=_(
            "The address of the Moodle, as its tool shows it: https://moodle.example.edu, without a"
            " slash at the end."
        ),
        widget=forms.TextInput(attrs=PLAIN | {"inputmode": "url"}),
    )
    client_id = forms.CharField(
        label=_("Client ID"),
        max_length=200,
        validators=[VISIBLE],
        help_text=_("Letters and digits that Moodle made up, such as XuPw8mBQy2Ce5Kd."),
        widget=forms.TextInput(attrs=PLAIN),
    )
    deployment_id = forms.CharField(
        label=_("Deployment ID"),
        max_length=200,
        validators=[VISIBLE],
        help_text=_("A number."),
        widget=forms.TextInput(attrs=PLAIN | {"inputmode": "numeric"}),
    )
    keys_url = forms.CharField(
        label=_("Public keyset URL"),
        max_length=500,
        required=False,
        help_text=_("Empty: /mod/lti/certs.php of the Platform ID."),
        widget=forms.TextInput(attrs=PLAIN | {"inputmode": "url"}),
    )
    token_url = forms.CharField(
        label=_("Access token URL"),
        max_length=500,
        required=False,
        help_text=_("Empty: /mod/lti/token.php of the Platform ID."),
        widget=forms.TextInput(attrs=PLAIN | {"inputmode": "url"}),
    )
    auth_url = forms.CharField(
        label=_("Authentication request URL"),
        max_length=500,
        required=False,
        help_text=_("Empty: /mod/lti/auth.php of the Platform ID."),
        widget=forms.TextInput(attrs=PLAIN | {"inputmode": "url"}),
    )

    def __init__(self, accounts: "QuerySet[Account]", *args: Any, **kwargs: Any) -> None:
        own = {"auto_id": "hand_%s", "initial": {"account": _only(accounts)}}
        super().__init__(*args, **own | kwargs)
        self.fields["account"] = _account_field(accounts)

    def clean_issuer(self) -> str:
        """Return the address as Moodle signs with it. Raises ValidationError if it isn't safe."""
        issuer: str = self.cleaned_data["issuer"].rstrip("/")
        if not is_issuer(issuer, with_loopback=True):
            raise ValidationError(
                _(
                    "Give the whole address of a Moodle that is reached by HTTPS, and nothing after it."
                )
            )
        return issuer

    def clean(self) -> dict[str, Any]:
        """Fill in what Moodle's own addresses are, and refuse other sites'."""
        values = super().clean() or self.cleaned_data
        issuer = values.get("issuer")
        if not issuer:
            return values
        if is_another_site_s(values.get("client_id", ""), issuer):
            self.add_error("client_id", _("Another Moodle here has this id already."))
        usual = moodles_shape(issuer)
        for name in ("keys_url", "token_url", "auth_url"):
            values[name] = values.get(name) or getattr(usual, name)
            if not is_page_of(issuer, values[name]):
                self.add_error(name, _("This is no page of the Moodle above."))
        return values

    def told(self) -> Configuration:
        """Return the site's addresses."""
        values = self.cleaned_data
        return Configuration(
            issuer=values["issuer"],
            auth_url=values["auth_url"],
            token_url=values["token_url"],
            keys_url=values["keys_url"],
            registration_url="",
        )


class SiteForm(forms.Form):
    """What is set for a site."""

    name = forms.CharField(
        label=_("Name"), max_length=200, help_text=_("How this Moodle is called here.")
    )
    contact = forms.CharField(
        label=_("Whom people ask"),
        max_length=200,
        required=False,
        help_text=_("A mail address or a name. Shown to people whom this site can't let in."),
    )
    category_root = forms.CharField(
        label=_("Root category in Kaltura"),
        max_length=200,
        required=False,
        help_text=_(
            "Of Kaltura's plugin in Moodle (KAF): rooms of a course are looked for in the category"
            " “root>site>channels>course id”. Empty: they aren't looked for there."
        ),
        widget=forms.TextInput(attrs=PLAIN),
    )
    room_name_rule = forms.CharField(
        label=_("Rooms of a course are named"),
        max_length=200,
        required=False,
        help_text=_(
            "With {short_name}, {id_number} or {course_id} in it, such as “{short_name} – live”. Rooms"
            " so named are suggested for the course. Empty: names are not looked at."
        ),
        widget=forms.TextInput(attrs=PLAIN),
    )

    def __init__(self, accounts: "QuerySet[Account]", *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "site_%s"} | kwargs)
        self.fields["account"] = _account_field(accounts)
        self.order_fields(["name", "account"])

    @classmethod
    def of(cls, site: MoodleSite, accounts: "QuerySet[Account]") -> "SiteForm":
        """Return the form with what is set."""
        names = ("name", "contact", "account", "category_root", "room_name_rule")
        return cls(accounts, initial={name: getattr(site, name) for name in names})

    def clean_room_name_rule(self) -> str:
        """Refuse a rule that no course's rooms could be told by."""
        rule: str = self.cleaned_data["room_name_rule"]
        problem, text = rule_problem(rule) if rule else ("", "")
        if problem == "unknown":
            message = _("%(text)s is not known. Use {short_name}, {id_number} or {course_id}.")
            raise ValidationError(message, params={"text": text})
        if problem == "brace":
            raise ValidationError(_("A brace stands alone: write {short_name}, for example."))
        if problem == "none":
            raise ValidationError(
                _("Without {short_name}, {id_number} or {course_id} it would fit every course.")
            )
        return rule


class ToolForm(forms.Form):
    """Which of a site's tools a button is about."""

    tool = forms.ModelChoiceField(MoodleTool.objects.none())

    def __init__(self, tools: "QuerySet[MoodleTool]", *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["tool"].queryset = tools  # type: ignore[attr-defined]


class SiteDeleteForm(forms.Form):
    """The site's name once more, so that no click alone deletes."""

    name = forms.CharField(
        label=_("Type the site's name to confirm"),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, site: MoodleSite, *args: Any, **kwargs: Any) -> None:
        self.site = site
        super().__init__(*args, **kwargs)

    def clean_name(self) -> str:
        """Raise ValidationError for anything but the site's name."""
        name: str = self.cleaned_data["name"]
        if name != self.site.name.strip():
            raise ValidationError(_("This is not the site's name. Nothing was deleted."))
        return name


class RegistrationForm(forms.Form):
    """What Moodle sends along when it opens the address to register by."""

    openid_configuration = forms.CharField(
        max_length=500, validators=[VISIBLE], widget=forms.HiddenInput
    )
    registration_token = forms.CharField(
        max_length=5000, validators=[VISIBLE], widget=forms.HiddenInput
    )
