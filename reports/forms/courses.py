"""The addresses of the list of courses and of a learner's own attendance in one."""

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.utils.translation import gettext_lazy as _

from reports.forms.ranges import MOST_PAGES, FileForm


class _PageForm(forms.Form):
    """A list in pages."""

    page = forms.IntegerField(
        label=_("Page"),
        required=False,
        min_value=1,
        max_value=MOST_PAGES,
        widget=forms.HiddenInput,
    )


class CoursesForm(_PageForm):
    """Which courses the list is about: the address of the page."""

    search = forms.CharField(
        label=_("Search"),
        required=False,
        max_length=100,
        widget=forms.TextInput(
            attrs={
                "type": "search",
                "placeholder": _("Name, short name or number of the course"),
                "class": "form-control form-control-sm",
            }
        ),
    )

    def query(self, **changes: object) -> str:
        """Return the address's query for this list with changes; None takes a part out."""
        state: dict[str, object] = {"search": self.cleaned_data["search"]} | changes
        return urlencode({key: value for key, value in state.items() if value})


class OwnAttendanceForm(FileForm, _PageForm):
    """Which page of one's own sessions, in which zone. They come in one order."""

    sort_wanted = "-start"

    def query(self, **changes: object) -> str:
        """Return the address's query with changes; None takes a part out."""
        state: dict[str, Any] = {"tz": self.cleaned_data["tz"]} | changes
        return urlencode({key: value for key, value in state.items() if value})
