"""The person's user id once more, so that no click alone erases anybody."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from reports.models import Person


class EraseForm(forms.Form):
    """The user id typed again; for somebody without one a tick."""

    user_id = forms.CharField(
        label=_("Type the user id to confirm"),
        strip=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    understood = forms.BooleanField(
        label=_("I have read what happens, and that it can't be undone"),
        error_messages={"required": _("Tick this to go on. Nobody was erased.")},
    )

    def __init__(self, person: Person, *args: Any, **kwargs: Any) -> None:
        self.person = person
        super().__init__(*args, **kwargs)
        has_id = bool(person.user_id.strip()) and not person.is_placeholder
        del self.fields["understood" if has_id else "user_id"]
        if has_id:
            self.fields["user_id"].help_text = _("It is %(id)s.") % {"id": person.user_id}

    def clean_user_id(self) -> str:
        """Raise ValidationError for anything but the person's user id."""
        user_id: str = self.cleaned_data["user_id"]
        if user_id.strip() != self.person.user_id.strip():
            raise ValidationError(_("This is not the person's user id. Nobody was erased."))
        return user_id
