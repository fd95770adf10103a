"""The address of the access log."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from reports.definitions.log_words import ACTIONS
from reports.forms.ranges import ListForm
from reports.queries.access_log import ORDERS, LogFilter


class AccessLogForm(ListForm):
    """Which lines of the access log: by day, who acted, what was done."""

    more_fields = ("who", "action")
    sorts = tuple(ORDERS)
    default_sort = "-at"

    who = forms.CharField(label=_("Who acted"), required=False, max_length=100)
    action = forms.ChoiceField(
        label=_("What was done"), required=False, choices=[("", _("Anything")), *ACTIONS.items()]
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["search"].widget.attrs["placeholder"] = _("Who, or on what")

    def clean(self) -> dict[str, Any]:
        """Forget what narrows sessions: the log is not about some of them."""
        values = super().clean()
        return values | dict.fromkeys(("account", "room", "event"))

    def log_wanted(self) -> LogFilter:
        """Return which lines, and in which order."""
        values = self.cleaned_data
        return LogFilter(
            from_at=self.from_at,
            to_at=self.to_at,
            search=values["search"],
            who=values["who"],
            action=values["action"],
            order=self.sort_wanted,
        )

    def state(self) -> dict[str, object]:
        """Return what the address holds, by its names."""
        return super().state() | {name: self.cleaned_data[name] for name in ("who", "action")}
