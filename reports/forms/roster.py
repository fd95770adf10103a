"""The address of a course's roster, and what its buttons send."""

from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from reports.analytics.periods import day_start
from reports.forms.days import DayField
from reports.forms.ranges import MOST_PAGES, FileForm
from reports.models import Enrolment
from reports.queries.roster import ROSTER_ORDERS, RosterFilter

LARGEST_KEY = 2**62
MOST_CHOSEN = 1000  # people at a time; a page shows fewer
PEOPLE_FORM = "roster-people"  # the form around the table; the day stands outside of it
LISTED = "listed"  # no mark: as Moodle lists them


class RosterForm(FileForm):
    """Who of the roster is shown, in which order, in which zone."""

    who = forms.ChoiceField(
        label=_("Who"),
        required=False,
        choices=[
            ("", _("Everybody")),
            ("learner", _("Learners")),
            ("staff", _("Staff")),
            ("left", _("Left")),
        ],
        widget=forms.Select(attrs={"class": "form-select form-select-sm"}),
    )
    search = forms.CharField(
        label=_("Search"),
        required=False,
        max_length=100,
        widget=forms.TextInput(
            attrs={
                "type": "search",
                "placeholder": _("Name, user name or e-mail"),
                "class": "form-control form-control-sm",
            }
        ),
    )
    sort = forms.CharField(
        label=_("Order"), required=False, max_length=40, widget=forms.HiddenInput
    )
    page = forms.IntegerField(
        label=_("Page"),
        required=False,
        min_value=1,
        max_value=MOST_PAGES,
        widget=forms.HiddenInput,
    )

    def __init__(self, data: Any, zone: ZoneInfo) -> None:
        super().__init__(data)
        self.zone = zone  # the reader's, unless the address names one

    def clean_tz(self) -> str:
        """Take the zone over."""
        name: str = self.cleaned_data["tz"]
        if name:
            self.zone = ZoneInfo(name)
        return name

    def clean_sort(self) -> str:
        """Return the column. Raises: ValidationError for one that the list can't be sorted by."""
        sort: str = self.cleaned_data["sort"]
        if sort and sort.removeprefix("-") not in ROSTER_ORDERS:
            text = _("The list can't be sorted by “%(value)s”.")
            raise ValidationError(text, params={"value": sort})
        return sort

    @property
    def sort_wanted(self) -> str:
        return self.cleaned_data["sort"] or "name"

    @property
    def is_narrowed(self) -> bool:
        """Whether not everybody is shown."""
        return bool(self.cleaned_data["who"] or self.cleaned_data["search"])

    def wanted(self) -> RosterFilter:
        """Return who is wanted, and in which order."""
        values = self.cleaned_data
        return RosterFilter(who=values["who"], search=values["search"], order=self.sort_wanted)

    def query(self, **changes: object) -> str:
        """Return the address's query with changes; None takes a part out."""
        names = ("who", "search", "sort", "tz")
        state = {name: self.cleaned_data[name] for name in names} | changes
        return urlencode({key: value for key, value in state.items() if value not in (None, "")})


class _ChosenField(forms.Field):
    """Keys of the people that were chosen."""

    widget = forms.MultipleHiddenInput

    def clean(self, value: Any) -> list[int]:
        """Return the keys. Raises: ValidationError for what is none."""
        texts = value or []
        numbers = [int(text) for text in texts if text.isascii() and text.isdecimal()]
        if len(numbers) != len(texts) or len(texts) > MOST_CHOSEN:
            raise ValidationError(_("Choose people of the list."))
        return [number for number in numbers if 0 < number <= LARGEST_KEY]


class MarkForm(forms.Form):
    """As what the chosen people are marked."""

    kind = forms.ChoiceField(choices=[(name, name) for name in (LISTED, *Enrolment.Kind.values)])
    people = _ChosenField(required=False)

    @property
    def kind_wanted(self) -> Enrolment.Kind | None:
        """The kind; None: as Moodle lists them."""
        kind: str = self.cleaned_data["kind"]
        return None if kind == LISTED else Enrolment.Kind(kind)


class BackdateForm(forms.Form):
    """From which day on people are counted: those chosen, or everybody of the course."""

    how = forms.ChoiceField(choices=[(name, name) for name in ("set", "undo")])
    everybody = forms.BooleanField(required=False)
    people = _ChosenField(required=False)
    counted_on = DayField(label=_("Count from"), required=False)

    def __init__(self, data: Any, zone: ZoneInfo, suggested: date | None = None) -> None:
        super().__init__(data, initial={"counted_on": suggested})
        self.zone = zone
        self.fields["counted_on"].widget.attrs |= {
            "class": "form-control form-control-sm",
            "form": PEOPLE_FORM,
        }

    def clean(self) -> dict[str, Any]:
        """Ask for a day that is over where one is to be counted from."""
        values = super().clean() or self.cleaned_data
        if values.get("how") != "set" or "counted_on" in self.errors:
            return values
        day = values.get("counted_on")
        if day is None:
            self.add_error("counted_on", _("Enter a day such as 2026-01-31."))
        elif day > timezone.now().astimezone(self.zone).date():
            self.add_error("counted_on", _("This day is still to come."))
        return values

    @property
    def counted_from(self) -> datetime:
        """The beginning of the day."""
        return day_start(self.cleaned_data["counted_on"], self.zone)

    @property
    def chosen(self) -> list[int] | None:
        """Keys of the chosen people; None: everybody."""
        return None if self.cleaned_data["everybody"] else self.cleaned_data["people"]
