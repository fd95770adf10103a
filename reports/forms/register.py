"""What the address of a course's register may hold: days, zone, order, page."""

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from reports.forms.course import CoursePageForm
from reports.forms.ranges import MOST_PAGES
from reports.models import Account, Course

TERM = timedelta(weeks=20)  # shown where Moodle does not tell when the course began
REGISTER_SORTS = ("name", "share", "time")


class RegisterForm(CoursePageForm):
    """A course's classes of a range; without one, all since the course began, or the last weeks."""

    sort = forms.CharField(
        label=_("Order"), required=False, max_length=40, widget=forms.HiddenInput
    )
    # Not hidden: other days begin with their first page.
    page = forms.IntegerField(label=_("Page"), required=False, min_value=1, max_value=MOST_PAGES)

    def __init__(
        self, data: Any, zone: ZoneInfo, course: Course, accounts: list[Account] | None = None
    ) -> None:
        super().__init__(data, zone, course, accounts or [])

    def clean_sort(self) -> str:
        """Return the column. Raises: ValidationError for one that the register isn't sorted by."""
        sort: str = self.cleaned_data["sort"]
        if sort and sort.removeprefix("-") not in REGISTER_SORTS:
            text = _("The list can't be sorted by “%(value)s”.")
            raise ValidationError(text, params={"value": sort})
        return sort

    def clean(self) -> dict[str, Any]:
        """Begin with the course where the address names no first day."""
        if not self.cleaned_data.get("from_on") and "from_on" not in self.errors:
            self.cleaned_data["from_on"] = self._first_on()
        return super().clean()

    def _first_on(self) -> Any:
        name = self.cleaned_data.get("tz")
        zone = ZoneInfo(name) if name else self.zone
        last_on = self.cleaned_data.get("to_on") or timezone.now().astimezone(zone).date()
        began_at = self.of_course.starts_at
        began_on = began_at.astimezone(zone).date() if began_at else last_on - TERM
        longest = timedelta(days=366)
        return began_on if last_on - longest <= began_on <= last_on else last_on - TERM

    @property
    def sort_wanted(self) -> str:
        return self.cleaned_data["sort"] or "name"

    def state(self) -> dict[str, object]:
        """Return what the address holds, by its names."""
        return super().state() | {"sort": self.cleaned_data["sort"]}
