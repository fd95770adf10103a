"""What the address of a file about one class of the register may hold."""

from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from reports.analytics.presence import Mark
from reports.exports.moodle_presets import STATUSES
from reports.forms.register import RegisterForm

LONGEST_STATUS = 2  # characters that mod_attendance keeps of an acronym


class StatusField(forms.CharField):
    """The acronym of a status in Moodle's attendance activity."""

    def __init__(self, **kwargs: Any) -> None:
        words = _("Enter the one or two signs that the status has in the activity, such as P.")
        validators = [RegexValidator(r"^\w\S?$", words)]  # nothing that a spreadsheet calculates
        super().__init__(required=False, max_length=LONGEST_STATUS, validators=validators, **kwargs)


class MarkedSessionForm(RegisterForm):
    """Which class, and what its marks are called in the attendance activity."""

    class_id = forms.CharField(label=_("Class"), required=False, max_length=64)
    present = StatusField(label=_("present"))
    partly = StatusField(label=_("partly"))
    absent = StatusField(label=_("absent"))
    excused = StatusField(label=_("excused"))

    def add_prefix(self, field_name: str) -> str:
        """Return the name in the address: `class` is no name for a field in Python."""
        return super().add_prefix(field_name.removesuffix("_id"))

    @property
    def statuses(self) -> dict[Mark, str]:
        """The acronym of each mark."""
        return {mark: self.cleaned_data[mark] or usual for mark, usual in STATUSES.items()}
