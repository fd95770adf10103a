"""The addresses of the list of attendees and of one person."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from reports.forms.ranges import LONGEST_RANGE_DAYS, ListForm
from reports.queries.people import PERSON_ORDERS, PersonFilter
from reports.queries.sessions import SessionFilter
from reports.queries.visits import VISIT_ORDERS


class PeopleForm(ListForm):
    """Which people the list is about: out of which sessions, and who of them."""

    more_fields = ("user_type", "least", "where")
    sorts = tuple(PERSON_ORDERS)
    default_sort = "name"

    user_type = forms.ChoiceField(
        label=_("Type"),
        required=False,
        choices=[("", _("Anybody")), ("User", _("Users")), ("Guest", _("Guests"))],
    )
    least = forms.IntegerField(
        label=_("Sessions, at least"), required=False, min_value=1, max_value=10**6
    )
    where = forms.CharField(label=_("Room or host"), required=False, max_length=100)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["search"].widget.attrs["placeholder"] = _("Name, user id or e-mail")

    def wanted(self) -> SessionFilter:
        """Return which sessions the people are out of."""
        return replace(super().wanted(), search=self.cleaned_data["where"])

    def people_wanted(self) -> PersonFilter:
        """Return who of the people in these sessions, and in which order."""
        values = self.cleaned_data
        return PersonFilter(
            search=values["search"],
            user_type=values["user_type"],
            least_sessions=values["least"],
            order=self.sort_wanted,
        )

    def state(self) -> dict[str, object]:
        """Return what the address holds, by its names."""
        own = ("user_type", "least", "where")
        return super().state() | {name: self.cleaned_data[name] for name in own}


class PersonForm(ListForm):
    """Which sessions of one person. Without any day in the address, all of them."""

    sorts = tuple(VISIT_ORDERS)
    default_sort = "-start"

    def __init__(self, data: Any, zone: ZoneInfo, since: datetime | None) -> None:
        super().__init__(data, zone)
        self.since = since  # when the person's first session started; None: there is none
        self.fields["search"].widget.attrs["placeholder"] = _("Room or host")

    def clean(self) -> dict[str, Any]:
        """Fill in the zone, and the days from the first session to today."""
        days = ("from_on", "to_on")
        if self.since and not any(name in self.errors or self[name].data for name in days):
            zone = ZoneInfo(self.cleaned_data["tz"]) if self.cleaned_data.get("tz") else self.zone
            today = timezone.now().astimezone(zone).date()
            first = min(self.since.astimezone(zone).date(), today)
            longest = today - timedelta(days=LONGEST_RANGE_DAYS)
            self.cleaned_data |= {"from_on": max(first, longest), "to_on": today}
        return super().clean()

    def wanted(self) -> SessionFilter:
        """Return which of the person's sessions are meant."""
        return replace(super().wanted(), search=self.cleaned_data["search"])
