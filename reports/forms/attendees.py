"""The address of one session's page, and of the files of its attendees."""

from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from reports.forms.ranges import MOST_PAGES, CourseForm
from reports.queries.session_attendees import ATTENDEE_ORDERS, AttendeeFilter

DEFAULT_SORT = "name"


class AttendeesForm(CourseForm):
    """Which of a session's attendees are listed, and in which order."""

    search = forms.CharField(
        label=_("Search the attendees"),
        required=False,
        max_length=100,
        widget=forms.TextInput(
            attrs={
                "type": "search",
                "placeholder": _("Name, user id or e-mail"),
                "class": "form-control form-control-sm",
            }
        ),
    )
    sort = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)
    page = forms.IntegerField(required=False, min_value=1, max_value=MOST_PAGES)

    def __init__(self, data: Any, zone: ZoneInfo) -> None:
        super().__init__(data)
        self.zone = zone  # the reader's, unless the address names one

    def clean_sort(self) -> str:
        """Return the column. Raises: ValidationError for one that the table can't be sorted by."""
        sort: str = self.cleaned_data["sort"]
        if sort and sort.removeprefix("-") not in ATTENDEE_ORDERS:
            raise ValidationError(
                _("The list can't be sorted by “%(value)s”."), params={"value": sort}
            )
        return sort

    def clean(self) -> dict[str, Any]:
        """Fill in the zone."""
        values = super().clean() or self.cleaned_data
        if values.get("tz"):
            self.zone = ZoneInfo(values["tz"])
        return values

    @property
    def sort_wanted(self) -> str:
        return self.cleaned_data["sort"] or DEFAULT_SORT

    def wanted(self) -> AttendeeFilter:
        """Return whom the list is to hold."""
        return AttendeeFilter(self.cleaned_data["search"], self.sort_wanted)

    def query(self, **changes: object) -> str:
        """Return the address's query for this page with changes; None takes a part out."""
        values = self.cleaned_data
        names = ("course", "search", "sort")
        state = {"tz": self.zone.key} | {name: values[name] for name in names}
        return urlencode({key: value for key, value in (state | changes).items() if value})
