"""How an account is asked by itself, and which syncs a list holds."""

from datetime import UTC, date, time
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from reports.forms.days import DayField
from reports.forms.ranges import KeyField, ZoneField
from reports.models import RunState, Schedule, ScheduleKind
from reports.models.schedule import MOST_PARALLEL_CALLS
from reports.queries.runs import GOING_ON
from reports.sync.schedule import Wish

MOST_PAGES = 100_000


class ScheduleForm(forms.Form):
    """The whole schedule of an account."""

    kind = forms.ChoiceField(
        label=_("Ask Kaltura by itself"),
        choices=ScheduleKind.choices,
        widget=forms.RadioSelect,
        help_text=_(
            "Each time for today, for the days whose figures may still change, and for days that"
            " are missing."
        ),
    )
    at = forms.TimeField(
        label=_("At (every night)"),
        input_formats=["%H:%M", "%H:%M:%S"],
        widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}),
        error_messages={
            "invalid": _("Enter a time of day such as 03:30."),
            "required": _("Enter a time of day such as 03:30."),
        },
    )
    zone = ZoneField(label=_("Time zone"))
    parallel_calls = forms.IntegerField(
        label=_("Calls at once"),
        min_value=1,
        max_value=MOST_PARALLEL_CALLS,
        help_text=_(
            "How many questions of syncs Kaltura is asked at the same moment for this account."
            " Two are polite; more make a backfill quicker."
        ),
    )
    backfill_from_on = DayField(
        label=_("Fetch everything since"),
        required=False,
        help_text=_(
            "For older days, once: they are asked for in the background, the newest first, whenever"
            " nothing else is to be asked. Leave it empty to fetch none, or no more."
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["zone"].help_text = _("Empty: the site's, which is %(zone)s.") % {
            "zone": settings.TIME_ZONE
        }
        self.fields["zone"].widget.attrs["spellcheck"] = "false"

    @classmethod
    def of(cls, schedule: Schedule) -> "ScheduleForm":
        """Return the form with what is stored; the unsaved schedule makes it a proposal."""
        fields = ("kind", "at", "zone", "parallel_calls", "backfill_from_on")
        return cls(initial={name: getattr(schedule, name) for name in fields})

    def clean_backfill_from_on(self) -> date | None:
        """Return the day. Raises: ValidationError for one that has not come yet."""
        day: date | None = self.cleaned_data["backfill_from_on"]
        if day and day > timezone.now().astimezone(UTC).date():
            raise forms.ValidationError(_("This day has not come yet."))
        return day

    def wish(self) -> Wish:
        """Return what was chosen."""
        values = self.cleaned_data
        return Wish(
            kind=values["kind"],
            at=values["at"].replace(second=0),
            zone=values["zone"],
            parallel_calls=values["parallel_calls"],
            backfill_from_on=values["backfill_from_on"],
        )


def proposed(schedule: Schedule, zone: str, today: date) -> ScheduleForm:
    """Return the form for an account that is not asked by itself yet: every night, and a year back."""
    first_on = schedule.backfill_from_on or today.replace(year=today.year - 1, day=1)
    return ScheduleForm(
        initial={
            "kind": ScheduleKind.NIGHTLY,
            "at": time(3, 30),
            "zone": zone,
            "parallel_calls": schedule.parallel_calls,
            "backfill_from_on": first_on,
        },
        auto_id="schedule_%s",
    )


class RunsForm(forms.Form):
    """Which syncs the list holds."""

    state = forms.ChoiceField(
        label=_("State"),
        required=False,
        choices=[("", _("Any state")), (GOING_ON, _("Going on")), *RunState.choices],
        widget=forms.Select(attrs={"class": "form-select form-select-sm"}),
    )
    account = KeyField()
    page = forms.IntegerField(
        required=False, min_value=1, max_value=MOST_PAGES, widget=forms.HiddenInput
    )

    def query(self, **changes: object) -> str:
        """Return the list's address with changes; None takes a part out."""
        kept = {name: self.cleaned_data[name] for name in ("state", "account")}
        return urlencode({key: value for key, value in (kept | changes).items() if value})
