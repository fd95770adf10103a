"""What is typed about people who sign in: who they are, which rooms, their own settings."""

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from reports.forms.ranges import known_zones
from reports.models import Role, Room, User
from reports.queries.users import ORDERS, UserFilter

DEFAULT_SORT = "username"
MOST_ROOMS = 100  # given at once
MOST_PAGES = 1_000_000
# Of the tz database; its other names (CET, Cuba, Etc/GMT+5) are there for old programs.
REGIONS = {
    *("Africa", "America", "Antarctica", "Arctic", "Asia"),
    *("Atlantic", "Australia", "Europe", "Indian", "Pacific"),
}


class UsersForm(forms.Form):
    """Which users the list is about: the address of the page."""

    search = forms.CharField(
        label=_("Search"),
        required=False,
        max_length=100,
        widget=forms.TextInput(
            attrs={"type": "search", "placeholder": _("Name, user name or e-mail")}
        ),
    )
    role = forms.ChoiceField(
        label=_("Role"), required=False, choices=[("", _("Every role")), *Role.choices]
    )
    state = forms.ChoiceField(
        label=_("May sign in"),
        required=False,
        choices=[("", _("Everybody")), ("active", _("Enabled")), ("disabled", _("Disabled"))],
    )
    sort = forms.ChoiceField(
        label=_("Order"),
        choices=[(f"{sign}{key}", key) for key in ORDERS for sign in ("", "-")],
        required=False,
        widget=forms.HiddenInput,
        error_messages={"invalid_choice": _("The list can't be sorted by “%(value)s”.")},
    )
    page = forms.IntegerField(
        label=_("Page"),
        required=False,
        min_value=1,
        max_value=MOST_PAGES,
        widget=forms.HiddenInput,
    )

    def __init__(self, data: Any) -> None:
        super().__init__(data)
        self.fields["search"].widget.attrs["class"] = "form-control form-control-sm"
        for name in ("role", "state"):
            self.fields[name].widget.attrs["class"] = "form-select form-select-sm"

    @property
    def sort_wanted(self) -> str:
        return self.cleaned_data["sort"] or DEFAULT_SORT

    def wanted(self) -> UserFilter:
        """Return what the list is to hold."""
        values = self.cleaned_data
        return UserFilter(values["search"], values["role"], values["state"], self.sort_wanted)

    def query(self, **changes: object) -> str:
        """Return the address's query for this list with changes; None takes a part out."""
        state = {key: self.cleaned_data[key] for key in ("search", "role", "state", "sort")}
        return urlencode({key: value for key, value in (state | changes).items() if value})


class UserForm(forms.ModelForm):  # type: ignore[type-arg]
    """Names, e-mail address and role of somebody who is in the list already."""

    class Meta:
        model = User
        fields = ("first_name", "last_name", "email", "role")
        help_texts = {
            "role": _(
                "Administrators see everything and manage this site. Teachers see the rooms that"
                " are given to them."
            ),
        }
        widgets = {"role": forms.RadioSelect}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = Role.choices  # type: ignore[attr-defined]
        for name in ("first_name", "last_name", "email", "username"):
            if name in self.fields:
                self.fields[name].widget.attrs["autocomplete"] = "off"  # it is somebody else's


class NewUserForm(UserForm):
    """Somebody new. The password is theirs alone: they set it by a link."""

    class Meta(UserForm.Meta):
        fields = ("username", *UserForm.Meta.fields)  # type: ignore[assignment]
        help_texts = UserForm.Meta.help_texts | {
            "username": _("What they sign in with, such as ada.lovelace."),
        }

    def clean_username(self) -> str:
        """Refuse a name that differs from a known one by capitals alone."""
        username: str = self.cleaned_data["username"]
        if User.objects.filter(username__iexact=username).exists():
            raise ValidationError(_("Somebody has this user name already."))
        return username


class RoomSearchForm(forms.Form):
    """What is looked for among the rooms that could be given."""

    room = forms.CharField(
        label=_("Find a room"),
        required=False,
        max_length=100,
        widget=forms.TextInput(
            attrs={
                "type": "search",
                "placeholder": _("Words of its name"),
                "class": "form-control form-control-sm",
                "autocomplete": "off",
            }
        ),
    )


class GiveForm(forms.Form):
    """The rooms that were ticked."""

    room = forms.ModelMultipleChoiceField(
        Room.objects.main(),
        error_messages={"required": _("No room was ticked, so none was given.")},
    )

    def clean_room(self) -> Any:
        """Refuse more rooms than the page shows."""
        rooms = self.cleaned_data["room"]
        if len(rooms) > MOST_ROOMS:
            raise ValidationError(
                _("Give at most %(most)s rooms at once."), params={"most": MOST_ROOMS}
            )
        return rooms


class OwnZoneForm(forms.Form):
    """The zone in which somebody reads times, on every device."""

    time_zone = forms.ChoiceField(
        label=_("Time zone"),
        required=False,
        help_text=_("Times on your pages and in your files are in this zone, which they name."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = known_zones()
        own = self.initial.get("time_zone", "")  # may be one of the names that nobody is offered
        zones = sorted(z for z in known if z in ("UTC", own) or z.partition("/")[0] in REGIONS)
        self.fields["time_zone"].choices = [  # type: ignore[attr-defined]
            ("", _("The browser's own")),
            *((name, name) for name in zones),
        ]
