"""A field for a day, with the browser's own calendar."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

EARLIEST_YEAR = 2015  # Kaltura had no Rooms before


class DayField(forms.DateField):
    """A day between EARLIEST_YEAR and two years from now, written as 2026-01-31."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
            input_formats=["%Y-%m-%d"],
            error_messages={
                "invalid": _("Enter a day such as 2026-01-31."),
                "required": _("Enter a day such as 2026-01-31."),
            },
            **kwargs,
        )

    def clean(self, value: Any) -> Any:
        """Return the day. Raises: ValidationError outside of what anything here could be about."""
        day = super().clean(value)
        latest = timezone.now().year + 2
        if day and not EARLIEST_YEAR <= day.year <= latest:
            raise ValidationError(
                _("Enter a day from %(first)s to %(last)s."),
                params={"first": EARLIEST_YEAR, "last": latest},
            )
        return day
