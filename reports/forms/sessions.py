"""The address of the session pages: what may stand in it, and what it means.

The address is the page's state. `SessionsForm.query` writes it, with days and zone always named, so
that a link shows tomorrow and elsewhere what it shows here and now.
"""

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo, available_timezones

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from reports.exports.columns import Shape
from reports.exports.export import SHAPES
from reports.forms.days import DayField
from reports.queries.sessions import ORDERS, SessionFilter

DEFAULT_DAYS = 30
LONGEST_RANGE_DAYS = 20 * 366
DEFAULT_SORT = "-start"
MOST_PAGES = 1_000_000
SORTS = [f"{sign}{key}" for key in ORDERS for sign in ("", "-")]


@cache
def known_zones() -> frozenset[str]:
    """Return the names of all time zones; asking the system for them is slow."""
    return frozenset(available_timezones())


class ZoneField(forms.CharField):
    """The name of a time zone."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=64, required=False, **kwargs)

    def clean(self, value: Any) -> str:
        """Return the name, or "". Raises: ValidationError for one that no zone has."""
        name: str = super().clean(value)
        if name and name not in known_zones():
            raise ValidationError(_("Enter the name of a time zone, such as Europe/Berlin."))
        return name


class FileForm(forms.Form):
    """What the address of one session's files, and of its page, may hold."""

    tz = ZoneField(label=_("Time zone"))
    shape = forms.ChoiceField(choices=[(name, name) for name in SHAPES], required=False)

    @property
    def shape_wanted(self) -> Shape:
        """The shape of the file: for people unless the one for programs was asked for."""
        return "kaltura" if self.cleaned_data["shape"] == "kaltura" else "full"


class SessionsForm(FileForm):
    """Which sessions the list is about. Days are of the reader's zone, the last one included."""

    from_on = DayField(label=_("From"), required=False)
    to_on = DayField(label=_("To"), required=False)
    search = forms.CharField(
        label=_("Search"),
        required=False,
        max_length=100,
        widget=forms.TextInput(attrs={"type": "search", "placeholder": _("Room or host")}),
    )
    account = forms.IntegerField(
        required=False, min_value=1, max_value=2**62, widget=forms.HiddenInput
    )
    room = forms.IntegerField(
        required=False, min_value=1, max_value=2**62, widget=forms.HiddenInput
    )
    event = forms.IntegerField(
        label=_("Event"),
        required=False,
        min_value=1,
        max_value=2**62,
        widget=forms.HiddenInput,
    )
    sort = forms.ChoiceField(
        label=_("Order"),
        choices=[(name, name) for name in SORTS],
        required=False,
        widget=forms.HiddenInput,
        error_messages={"invalid_choice": _("The list can't be sorted by “%(value)s”.")},
    )
    page = forms.IntegerField(label=_("Page"), required=False, min_value=1, max_value=MOST_PAGES)

    def __init__(self, data: Any, zone: ZoneInfo) -> None:
        super().__init__(data)
        self.zone = zone  # the reader's, unless the address names one
        for name in ("from_on", "to_on", "search", "tz"):
            self.fields[name].widget.attrs["class"] = "form-control form-control-sm"

    def add_prefix(self, field_name: str) -> str:
        """Return the name in the address: `from` and `to` are no names for a field in Python."""
        return super().add_prefix(field_name.removesuffix("_on"))

    def clean(self) -> dict[str, Any]:
        """Fill in the zone and the last 30 days; refuse a range that is upside down."""
        values = super().clean() or self.cleaned_data
        if values.get("tz"):
            self.zone = ZoneInfo(values["tz"])
        if "from_on" in self.errors or "to_on" in self.errors:
            return values
        today = timezone.now().astimezone(self.zone).date()
        values["to_on"] = values.get("to_on") or max(today, values.get("from_on") or today)
        month = timedelta(days=DEFAULT_DAYS - 1)
        values["from_on"] = values.get("from_on") or values["to_on"] - month
        self._show(values)
        if values["to_on"] < values["from_on"]:
            self.add_error("to_on", _("The range ends before it starts."))
        elif (values["to_on"] - values["from_on"]).days > LONGEST_RANGE_DAYS:
            self.add_error("to_on", _("Ask for at most twenty years at once."))
        return values

    def _show(self, values: dict[str, Any]) -> None:
        """Let the form show the zone and the days that count, also where the address has none."""
        shown = {self.add_prefix(name): str(values[name]) for name in ("from_on", "to_on")}
        if "tz" not in self.errors:
            shown["tz"] = self.zone.key
        self.data = {name: self.data[name] for name in self.data} | shown

    @property
    def from_at(self) -> datetime:
        return midnight(self.cleaned_data["from_on"], self.zone)

    @property
    def to_at(self) -> datetime:
        """The end of the last day."""
        return midnight(self.cleaned_data["to_on"] + timedelta(days=1), self.zone)

    @property
    def sort_wanted(self) -> str:
        return self.cleaned_data["sort"] or DEFAULT_SORT

    def wanted(self) -> SessionFilter:
        """Return what the list is to hold."""
        values = self.cleaned_data
        return SessionFilter(
            account_id=values["account"],
            from_at=self.from_at,
            to_at=self.to_at,
            room_id=values["room"],
            event_id=values["event"],
            search=values["search"],
            order=self.sort_wanted,
        )

    def query(self, **changes: object) -> str:
        """Return the address's query for this list with changes; None takes a part out."""
        values = self.cleaned_data
        state: dict[str, object] = {
            "from": values["from_on"],
            "to": values["to_on"],
            "account": values["account"],
            "room": values["room"],
            "event": values["event"],
            "search": values["search"],
            "sort": values["sort"],
            "tz": self.zone.key,
        }
        return urlencode({key: value for key, value in (state | changes).items() if value})


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """Return when the day begins in the zone, in UTC."""
    return datetime.combine(day, time.min, zone).astimezone(UTC)
