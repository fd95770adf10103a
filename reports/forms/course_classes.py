"""What is ticked and typed about a course's classes: merged, ignored, class times, undone."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.utils import dates
from django.utils.translation import gettext_lazy as _

from reports.decisions.classes import KINDS
from reports.forms.days import DayField
from reports.forms.register import RegisterForm
from reports.models import ClassTime, Course, Room

SMALL = "form-control form-control-sm"
MOST_CHOSEN = 500
LARGEST_KEY = 2**63 - 1
LONGEST_REASON = 300
LONGEST_CLASS = timedelta(days=1)
MINUTE_FORMATS = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"]


class ClassesForm(RegisterForm):
    """The address of the classes' page: days, zone, page, and whose class time is to be set."""

    time = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)


class _Texts(forms.Field):
    """Several texts of one name: Kaltura's ids of sessions."""

    widget = forms.MultipleHiddenInput

    def clean(self, value: Any) -> list[str]:
        """Return the texts, each once. Raises: ValidationError for what is no id."""
        texts = list(dict.fromkeys(value or []))
        if len(texts) > MOST_CHOSEN or any(len(it) > 64 or "\x00" in it for it in texts):
            raise ValidationError(_("Choose sessions of the list."))
        return texts


class _Keys(forms.Field):
    """Several of our keys."""

    widget = forms.MultipleHiddenInput

    def clean(self, value: Any) -> list[int]:
        """Return the keys. Raises: ValidationError for what is none."""
        texts = value or []
        numbers = [int(it) for it in texts if it.isascii() and it.isdecimal() and len(it) < 20]
        if not numbers or len(numbers) != len(texts) or len(texts) > MOST_CHOSEN:
            raise ValidationError(_("Choose a decision of the list."))
        return [number for number in numbers if number <= LARGEST_KEY]


class _ReasonField(forms.CharField):
    def __init__(self) -> None:
        attrs = {"class": SMALL, "autocomplete": "off", "placeholder": _("test, for example")}
        super().__init__(
            label=_("Reason"),
            required=False,
            max_length=LONGEST_REASON,
            widget=forms.TextInput(attrs=attrs),
        )


class SessionsForm(forms.Form):
    """Which sessions are merged or ignored, and why; breakouts name the session that they are of."""

    session = _Texts(required=False)
    into = forms.CharField(required=False, max_length=64)
    reason = _ReasonField()


class UndoForm(forms.Form):
    """Which decisions of which kind are taken back."""

    kind = forms.ChoiceField(choices=[(kind, kind) for kind in KINDS])
    decision = _Keys()


class _WallTimeField(forms.DateTimeField):
    """A day and a time as a clock on the wall shows them: without a zone, whatever the server's is."""

    def __init__(self, label: Any) -> None:
        text = _("Enter a day and a time such as 2026-01-31 09:00.")
        super().__init__(
            label=label,
            input_formats=MINUTE_FORMATS,
            error_messages={"required": text, "invalid": text},
            widget=forms.DateTimeInput(
                format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local", "class": SMALL}
            ),
        )

    def to_python(self, value: Any) -> datetime | None:
        """Return the time. Raises: ValidationError for what is none."""
        text = str(value or "").strip()
        if not text:
            return None
        for form in MINUTE_FORMATS:
            try:
                return datetime.strptime(text, form)  # noqa: DTZ007 -- the form has the zone
            except ValueError:
                continue
        raise ValidationError(self.error_messages["invalid"], code="invalid")


class TimeForm(forms.Form):
    """The class time of one class, in the zone of the page."""

    session = forms.CharField(max_length=64, widget=forms.HiddenInput)
    begins = _WallTimeField(_("Begins"))
    ends = _WallTimeField(_("Ends"))
    reason = _ReasonField()

    def __init__(self, data: Any, zone: ZoneInfo, **kwargs: Any) -> None:
        super().__init__(data, auto_id="time_%s", **kwargs)
        self.zone = zone

    def clean_begins(self) -> datetime:
        return self._in_zone(self.cleaned_data["begins"])

    def clean_ends(self) -> datetime:
        return self._in_zone(self.cleaned_data["ends"])

    def _in_zone(self, moment: datetime) -> datetime:
        """Return the moment that the wall clock of the zone shows, whatever the server's is."""
        return moment.replace(tzinfo=self.zone)

    def clean(self) -> dict[str, Any]:
        """Refuse a class that ends before it begins."""
        values = super().clean() or self.cleaned_data
        begins, ends = values.get("begins"), values.get("ends")
        if begins and ends and ends <= begins:
            self.add_error("ends", _("The class ends before it begins."))
        elif begins and ends and ends - begins > LONGEST_CLASS:
            self.add_error("ends", _("A class time is at most a day long."))
        return values


class SeriesForm(forms.Form):
    """The class time of a weekly series, in the zone of the page."""

    NAMES = ("weekday", "begins", "ends", "in_room", "first_on", "last_on")

    weekday = forms.TypedChoiceField(
        label=_("Day"),
        coerce=int,
        choices=[(number + 1, dates.WEEKDAYS[number]) for number in range(7)],
        widget=forms.Select(attrs={"class": "form-select form-select-sm"}),
    )
    begins = forms.TimeField(
        label=_("Begins"),
        error_messages=dict.fromkeys(("required", "invalid"), _("Enter a time such as 09:00.")),
        widget=forms.TimeInput(format="%H:%M", attrs={"type": "time", "class": SMALL}),
    )
    ends = forms.TimeField(
        label=_("Ends"),
        error_messages=dict.fromkeys(("required", "invalid"), _("Enter a time such as 10:30.")),
        widget=forms.TimeInput(format="%H:%M", attrs={"type": "time", "class": SMALL}),
    )
    in_room = forms.ChoiceField(
        label=_("Room"),
        required=False,
        widget=forms.Select(attrs={"class": "form-select form-select-sm"}),
    )
    first_on = DayField(label=_("First day"))
    last_on = DayField(label=_("Last day (optional)"), required=False)

    def __init__(self, data: Any, zone: ZoneInfo, rooms: Iterable[Room], **kwargs: Any) -> None:
        super().__init__(data, auto_id="series_%s", **kwargs)
        self.zone = zone
        choices = [("", _("Any room of the course")), *((it.entry_id, str(it)) for it in rooms)]
        self.fields["in_room"].choices = choices  # type: ignore[attr-defined]
        for name in ("first_on", "last_on"):
            self.fields[name].widget.attrs["class"] = SMALL

    def clean(self) -> dict[str, Any]:
        """Refuse what ends before it begins."""
        values = super().clean() or self.cleaned_data
        begins, ends = values.get("begins"), values.get("ends")
        if begins and ends and ends <= begins:
            text = _("The class ends before it begins. It can't go on after midnight.")
            self.add_error("ends", text)
        first_on, last_on = values.get("first_on"), values.get("last_on")
        if first_on and last_on and last_on < first_on:
            self.add_error("last_on", _("The last day is before the first one."))
        return values

    def values(self) -> dict[str, Any]:
        """Return the values of the series."""
        values = self.cleaned_data
        return {
            "entry_id": values["in_room"],
            "weekday": values["weekday"],
            "begins": values["begins"],
            "ends": values["ends"],
            "time_zone": self.zone.key,
            "first_on": values["first_on"],
            "last_on": values["last_on"],
        }

    def series(self, course: Course) -> ClassTime:
        """Return the series, which isn't stored."""
        return ClassTime(course=course, **self.values())
