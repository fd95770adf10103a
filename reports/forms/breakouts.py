"""The address of the list of breakouts."""

from dataclasses import replace
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from reports.forms.ranges import ListForm
from reports.queries.sessions import SessionFilter


class BreakoutsForm(ListForm):
    """Which breakouts the list is about."""

    more_fields = ("least",)
    sorts = (
        *("start", "main_room", "room", "main_session", "initiator", "length", "attendees"),
        *("kaltura_participant_count", "time_in_session", "engagement", "kaltura_engagement_rate"),
    )
    default_sort = "-start"

    least = forms.IntegerField(
        label=_("At least so many attendees"), required=False, min_value=1, max_value=10**6
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["search"].widget.attrs["placeholder"] = _("Room or who opened it")

    def wanted(self) -> SessionFilter:
        """Return what the list is to hold."""
        values = self.cleaned_data
        return replace(
            super().wanted(),
            search=values["search"],
            least_attendees=values["least"],
            only_breakouts=True,
            order=self.sort_wanted,
        )

    def state(self) -> dict[str, object]:
        """Return what the address holds, by its names."""
        return super().state() | {"least": self.cleaned_data["least"]}
