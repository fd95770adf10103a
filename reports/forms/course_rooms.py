"""What is typed and ticked about the rooms of a course."""

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from reports.models import Room

# Kaltura's form of an id, alone or within an address; a server of one's own may make longer ones.
ENTRY_ID = re.compile(r"(?<![0-9A-Za-z_])[0-9]_[0-9A-Za-z]{8,30}(?![0-9A-Za-z_])")
CONFIRM, TURN_DOWN = "confirm", "turn_down"
MOST_PAGES = 1_000_000


class ClaimForm(forms.Form):
    """A room by its id in Kaltura, or by an address that holds it.

    What is said of it depends on its form alone, never on whether there is such a room.
    """

    entry = forms.CharField(
        label=_("Room"),
        max_length=1000,
        help_text=_(
            "The room's address, as you open it in Kaltura or see it here, or its id, such as"
            " 1_abcd2345."
        ),
        error_messages={"required": _("Give the address or the id of a room.")},
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )

    def clean_entry(self) -> str:
        """Return the id. Raises ValidationError where there is none, or more than one."""
        found = set(ENTRY_ID.findall(self.cleaned_data["entry"]))
        if not found:
            raise ValidationError(
                _("There is no room's id in this: it looks like 1_abcd2345, wherever it stands.")
            )
        if len(found) > 1:
            raise ValidationError(
                _("There is more than one id in this. Give that of the room alone.")
            )
        entry_id: str = found.pop()
        return entry_id


class SuggestedForm(forms.Form):
    """Rooms that were ticked among those that are shown."""

    room = forms.ModelMultipleChoiceField(
        Room.objects.none(),
        error_messages={"required": _("No room was ticked, so nothing was changed.")},
    )

    def __init__(self, rooms: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["room"].queryset = rooms  # type: ignore[attr-defined]


class DecisionForm(forms.Form):
    """Which button was pressed."""

    decision = forms.ChoiceField(choices=[(CONFIRM, ""), (TURN_DOWN, "")])


class ClaimsForm(forms.Form):
    """Which page of the claims."""

    page = forms.IntegerField(
        label=_("Page"), required=False, min_value=1, max_value=MOST_PAGES, widget=forms.HiddenInput
    )
