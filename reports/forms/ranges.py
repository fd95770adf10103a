"""What the address of any page over a range of days may hold, and what it means.

The address is the page's state. `RangeForm.query` writes it, with days and zone always named, so that
a link shows tomorrow and elsewhere what it shows here and now. What only one page takes is not here.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo, available_timezones

from django import forms
from django.core.exceptions import ValidationError
from django.forms import BoundField
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from reports.analytics.periods import day_start
from reports.exports.columns import Shape
from reports.exports.export import SHAPES
from reports.forms.days import DayField
from reports.models import Account, Course, Room, VirtualEvent
from reports.queries.sessions import SessionFilter

DEFAULT_DAYS = 30
LONGEST_RANGE_DAYS = 20 * 366
MOST_PAGES = 1_000_000
MOST_ROOMS = 300  # to choose from; where there are more, the list of rooms leads to each
MOST_COURSES = 300  # likewise, and the list of courses


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


class KeyField(forms.IntegerField):
    """The database's key of something the page is narrowed to; whose it is, the view checks."""

    def __init__(self, **kwargs: Any) -> None:
        defaults = {"required": False, "min_value": 1, "max_value": 2**62}
        super().__init__(widget=forms.HiddenInput, **defaults | kwargs)


class FileForm(forms.Form):
    """What the address of any file may hold."""

    tz = ZoneField(label=_("Time zone"))
    shape = forms.ChoiceField(choices=[(name, name) for name in SHAPES], required=False)

    @property
    def shape_wanted(self) -> Shape:
        """The shape of the file: for people unless the one for programs was asked for."""
        return "kaltura" if self.cleaned_data["shape"] == "kaltura" else "full"


class CourseForm(FileForm):
    """What the address of one session's files, and of its page, may hold."""

    course = KeyField(label=_("Course"))

    @property
    def course_pk(self) -> int | None:
        """The course that the address names, for the addresses on the page."""
        pk: int | None = self.cleaned_data["course"]
        return pk


class RangeForm(CourseForm):
    """Sessions of a range. Days are of the reader's zone, the last one included."""

    shown_fields: tuple[str, ...] = ("from_on", "to_on", "tz")
    more_fields: tuple[str, ...] = ()  # behind "More filters"
    can_choose_room = True  # False where the page is about one room, or all of them

    from_on = DayField(label=_("From"), required=False)
    to_on = DayField(label=_("To"), required=False)
    account = KeyField()
    room = KeyField()
    event = KeyField(label=_("Event"))

    def __init__(self, data: Any, zone: ZoneInfo) -> None:
        super().__init__(data)
        self.zone = zone  # the reader's, unless the address names one
        self.accounts: Sequence[Account] | None = None  # that the viewer sees, where it was asked
        for name in (*self.shown_fields, *self.more_fields):
            widget = self.fields[name].widget
            kind = "form-select" if isinstance(widget, forms.Select) else "form-control"
            widget.attrs["class"] = f"{kind} {kind}-sm"

    def offer(
        self,
        accounts: Sequence[Account],
        events: Sequence[VirtualEvent],
        rooms: Sequence[Room] = (),
        courses: Sequence[Course] = (),
    ) -> None:
        """Let account, course, room and event be chosen behind "More filters", where there is a choice.

        Whose the chosen one is, the view checks. `rooms` are at most MOST_ROOMS and one more, and
        `courses` likewise.
        """
        self.accounts = accounts
        if len(accounts) > 1:
            self._offer("account", _("Account"), _("Every account"), accounts)
        if self._is_choice("course", courses, MOST_COURSES):
            self._offer("course", _("Course"), _("Every course"), courses)
        if self._is_choice("room", rooms, MOST_ROOMS):
            self._offer("room", _("Room with its breakouts"), _("Every room"), rooms)
        if events:
            self._offer("event", _("Virtual event"), _("With or without an event"), events)

    def _is_choice(self, name: str, choices: Sequence[Any], most: int) -> bool:
        """Return whether there is something to choose, and the address names nothing beside it."""
        # Not self[name].data: a field that was looked at keeps the label that it had then.
        chosen = self.data.get(self.add_prefix(name)) or ""
        return 1 < len(choices) <= most and chosen in {"", *(str(choice.pk) for choice in choices)}

    def _offer(self, name: str, label: Any, every: Any, choices: Sequence[Any]) -> None:
        self.more_fields = (*self.more_fields, name)
        self.fields[name].label = label
        self.fields[name].widget = forms.Select(
            attrs={"class": "form-select form-select-sm"},
            choices=[("", every), *((str(choice.pk), str(choice)) for choice in choices)],
        )

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
        return day_start(self.cleaned_data["from_on"], self.zone)

    @property
    def to_at(self) -> datetime:
        """The end of the last day."""
        return day_start(self.cleaned_data["to_on"] + timedelta(days=1), self.zone)

    @property
    def day_count(self) -> int:
        return int((self.cleaned_data["to_on"] - self.cleaned_data["from_on"]).days) + 1

    @property
    def shown(self) -> list[BoundField]:
        """The fields that always stand in the filter bar."""
        return [self[name] for name in self.shown_fields]

    @property
    def more(self) -> list[BoundField]:
        """The fields that stand behind "More filters"."""
        return [self[name] for name in self.more_fields]

    @property
    def is_more_open(self) -> bool:
        """True when something behind "More filters" was refused: it must be seen."""
        return any(name in self.errors for name in self.more_fields)

    @property
    def unseen_errors(self) -> list[BoundField]:
        """The refused fields that have no place of their own on the page."""
        seen = {*self.shown_fields, *self.more_fields}
        return [self[name] for name in self.errors if name in self.fields and name not in seen]

    @property
    def triggers(self) -> str:
        """When htmx sends the form: on Show, and at once where a choice can't be half typed."""
        wanted = ["submit"]
        for name in (*self.shown_fields, *self.more_fields):
            if isinstance(self.fields[name].widget, forms.Select):
                wanted.append(f"change from:#{self[name].id_for_label}")
            elif name == "search":
                of = f"from:#{self[name].id_for_label}"
                wanted += [f"input changed delay:400ms {of}", f"search {of}"]
        return ", ".join(wanted)

    def wanted(self) -> SessionFilter:
        """Return which sessions the page is about."""
        values = self.cleaned_data
        return SessionFilter(
            account_id=values["account"],
            from_at=self.from_at,
            to_at=self.to_at,
            course_id=values["course"],
            room_id=values["room"],
            event_id=values["event"],
        )

    def state(self) -> dict[str, object]:
        """Return what the address holds, by its names."""
        values = self.cleaned_data
        return {
            "from": values["from_on"],
            "to": values["to_on"],
            "account": values["account"],
            "course": values["course"],
            "room": values["room"],
            "event": values["event"],
            "tz": self.zone.key,
        }

    def query(self, **changes: object) -> str:
        """Return the address's query for this page with changes; None takes a part out."""
        state = self.state() | changes
        return urlencode(
            {key: value for key, value in state.items() if value not in (None, "", ())}
        )

    def range_query(self, **changes: object) -> str:
        """Return the query of another page over the same days, course, rooms and zone."""
        names = ("from", "to", "account", "course", "room", "event", "tz")
        kept = {key: self.state()[key] for key in names}
        state = kept | changes
        return urlencode({key: value for key, value in state.items() if value not in (None, "")})


class ListForm(RangeForm):
    """A list over a range: searched, sorted and paged. `sorts` and `search_hint` are the page's."""

    shown_fields = ("from_on", "to_on", "search", "tz")
    sorts: tuple[str, ...] = ()  # names of columns
    default_sort = ""  # with - before it for the largest first

    search = forms.CharField(
        label=_("Search"),
        required=False,
        max_length=100,
        widget=forms.TextInput(attrs={"type": "search"}),
    )
    sort = forms.CharField(
        label=_("Order"), required=False, max_length=40, widget=forms.HiddenInput
    )
    page = forms.IntegerField(label=_("Page"), required=False, min_value=1, max_value=MOST_PAGES)

    def clean_sort(self) -> str:
        """Return the column. Raises: ValidationError for one that the list can't be sorted by."""
        sort: str = self.cleaned_data["sort"]
        if sort and sort.removeprefix("-") not in self.sorts:
            raise ValidationError(
                _("The list can't be sorted by “%(value)s”."), params={"value": sort}
            )
        return sort

    @property
    def sort_wanted(self) -> str:
        return self.cleaned_data["sort"] or self.default_sort

    def state(self) -> dict[str, object]:
        """Return what the address holds, by its names."""
        values = self.cleaned_data
        return super().state() | {"search": values["search"], "sort": values["sort"]}


def last_days_query(at: datetime, zone: ZoneInfo, course_pk: int | None = None) -> str:
    """Return the query of the last 30 days; of those up to the moment where it was before them."""
    today = timezone.now().astimezone(zone).date()
    month = timedelta(days=DEFAULT_DAYS - 1)
    day = at.astimezone(zone).date()
    last_on = today if today - month <= day else day
    query: dict[str, object] = {"from": last_on - month, "to": last_on, "tz": zone.key}
    return urlencode(query | ({"course": course_pk} if course_pk else {}))
