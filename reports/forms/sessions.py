"""The address of the list of sessions, and of every page that shows the same sessions otherwise."""

from dataclasses import replace
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from reports.forms.ranges import ListForm
from reports.queries.sessions import ORDERS, SessionFilter

DEFAULT_SORT = "-start"
SORTS = [f"{sign}{key}" for key in ORDERS for sign in ("", "-")]


class SessionsForm(ListForm):
    """Which sessions the list is about."""

    more_fields = ("kind", "host", "guests", "least")
    sorts = tuple(ORDERS)
    default_sort = DEFAULT_SORT

    kind = forms.ChoiceField(
        label=_("Rooms"),
        required=False,
        choices=[
            ("", _("Rooms and breakouts")),
            ("main", _("Without breakouts")),
            ("breakouts", _("Breakouts only")),
        ],
    )
    host = forms.CharField(label=_("Host"), required=False, max_length=100)
    guests = forms.ChoiceField(
        label=_("Who came"),
        required=False,
        choices=[
            ("", _("Anybody")),
            ("with", _("With guests")),
            ("without", _("Without guests")),
        ],
    )
    least = forms.IntegerField(
        label=_("At least so many attendees"), required=False, min_value=1, max_value=10**6
    )
    weekday = forms.IntegerField(
        label=_("Weekday"), required=False, min_value=1, max_value=7, widget=forms.HiddenInput
    )
    hour = forms.IntegerField(
        label=_("Hour"), required=False, min_value=0, max_value=23, widget=forms.HiddenInput
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["search"].widget.attrs["placeholder"] = _("Room or host")

    def wanted(self) -> SessionFilter:
        """Return what the list is to hold."""
        values = self.cleaned_data
        return replace(
            super().wanted(),
            search=values["search"],
            host=values["host"],
            guests=values["guests"],
            least_attendees=values["least"],
            with_breakouts=values["kind"] != "main",
            only_breakouts=values["kind"] == "breakouts",
            weekday=values["weekday"],
            hour=values["hour"],
            zone=self.zone,
            order=self.sort_wanted,
        )

    def state(self) -> dict[str, object]:
        """Return what the address holds, by its names."""
        own = ("kind", "host", "guests", "least", "weekday", "hour")
        return super().state() | {name: self.cleaned_data[name] for name in own}
