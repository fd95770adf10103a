"""The keys by which a Moodle site's people are matched, in the order that an administrator sets."""

from datetime import UTC, date, datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from reports.analytics.identities import KeyInForce, MatchKey
from reports.forms.days import DayField
from reports.queries.identities import KeysOfSite

PLACES = tuple(range(1, len(MatchKey) + 1))
KEY_WORDS = {
    MatchKey.USER_NAME: _("user id = user name, to the letter"),
    MatchKey.EMAIL: _("user id or e-mail = e-mail address, capitals aside"),
    MatchKey.ID_NUMBER: _("user id = id number, to the letter"),
}
PLACE_WORDS = {1: _("First key"), 2: _("Second key"), 3: _("Third key")}


class MatchingForm(forms.Form):
    """A key for each place, and from which day on it counts; a place may stay empty."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=2**31)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for place in PLACES:
            self.fields[f"key_{place}"] = forms.ChoiceField(
                label=PLACE_WORDS[place],
                required=False,
                choices=[("", _("none")), *((it.value, KEY_WORDS[it]) for it in MatchKey)],
                widget=forms.Select(attrs={"class": "form-select form-select-sm"}),
            )
            self.fields[f"from_{place}"] = DayField(label=_("Only from day"), required=False)
            self.fields[f"from_{place}"].widget.attrs["class"] = "form-control form-control-sm"

    @classmethod
    def of(cls, known: KeysOfSite) -> "MatchingForm":
        """Return the form with what is set."""
        initial: dict[str, object] = {"version": known.version}
        for place, it in enumerate(known.keys, 1):
            initial[f"key_{place}"] = it.key.value
            initial[f"from_{place}"] = it.valid_from.date() if it.valid_from else None
        return cls(initial=initial)

    def clean(self) -> dict[str, Any]:
        """Refuse a key in two places, none at all, and a day without a key."""
        values = super().clean() or self.cleaned_data
        seen: set[str] = set()
        for place in PLACES:
            key = values.get(f"key_{place}", "")
            if key and key in seen:
                self.add_error(f"key_{place}", _("This key stands above already."))
            if not key and values.get(f"from_{place}") and f"key_{place}" not in self.errors:
                self.add_error(
                    f"from_{place}", _("There is no key that could count from this day.")
                )
            seen |= {key} - {""}
        if not seen and not self.errors:
            self.add_error("key_1", _("Without any key nobody would match: choose one at least."))
        return values

    @property
    def keys(self) -> tuple[KeyInForce, ...]:
        """The keys in their order; their days are of UTC, as stored."""
        values = self.cleaned_data
        return tuple(
            KeyInForce(MatchKey(values[f"key_{place}"]), _midnight(values[f"from_{place}"]))
            for place in PLACES
            if values[f"key_{place}"]
        )

    @property
    def rows(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        """The fields of each place."""
        return [(self[f"key_{place}"], self[f"from_{place}"]) for place in PLACES]


def _midnight(day: date | None) -> datetime | None:
    return datetime(day.year, day.month, day.day, tzinfo=UTC) if day else None
