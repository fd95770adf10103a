"""What the address of a course's attention list may hold: that of the register, and which reasons."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from reports.analytics.attention import IN_A_ROW, ReasonKind
from reports.forms.register import RegisterForm

LEAST_IN_A_ROW, MOST_IN_A_ROW = 2, 10


class AttentionForm(RegisterForm):
    """The learners to look at by the classes of a range."""

    shown_fields = ("from_on", "to_on", "in_a_row", "tz")

    in_a_row = forms.IntegerField(
        label=_("Absences in a row"),
        required=False,
        min_value=LEAST_IN_A_ROW,
        max_value=MOST_IN_A_ROW,
    )
    reason = forms.ChoiceField(
        label=_("Reason"),
        required=False,
        choices=[("", ""), *((kind.value, kind.value) for kind in ReasonKind)],
        widget=forms.HiddenInput,
    )

    def clean(self) -> dict[str, Any]:
        """Fill in the number of absences, and show it."""
        values = super().clean()
        if "in_a_row" not in self.errors:
            values["in_a_row"] = values.get("in_a_row") or IN_A_ROW
            self.data = {**self.data, "in_a_row": str(values["in_a_row"])}
        return values

    def state(self) -> dict[str, object]:
        """Return what the address holds, by its names."""
        values = self.cleaned_data
        return super().state() | {"in_a_row": values["in_a_row"], "reason": values["reason"]}
