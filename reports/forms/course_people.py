"""The address of a course's page about who is who, and what its buttons send."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from reports.analytics.periods import day_start
from reports.forms.days import DayField
from reports.forms.register import RegisterForm
from reports.queries.roster import RosterLine
from reports.tables.roster import shown_name

LARGEST_KEY = 2**62
MOST_CHOSEN = 100  # people at a time: what is undone at once stands in the address
SHOWS = {"waiting": _("Waiting"), "matched": _("Matched"), "decided": _("Decided")}


class KeysField(forms.Field):
    """Keys of ours, each once: several values, each of one key or more with commas between."""

    widget = forms.MultipleHiddenInput

    def clean(self, value: Any) -> list[int]:
        """Return the keys. Raises: ValidationError for what is no number, or for too many."""
        texts = [text for some in value or () for text in str(some).split(",") if text]
        if len(texts) > MOST_CHOSEN:
            text = _("Choose at most %(most)d people at a time.")
            raise ValidationError(text, params={"most": MOST_CHOSEN})
        if not all(text.isascii() and text.isdigit() and len(text) < 20 for text in texts):
            raise ValidationError(_("These are no people of this page."))
        keys = list(dict.fromkeys(map(int, texts)))
        if any(key > LARGEST_KEY for key in keys):
            raise ValidationError(_("These are no people of this page."))
        return keys


class PeopleForm(RegisterForm):
    """Which part of the page is shown, over which classes."""

    shown_fields = ("search", "from_on", "to_on", "tz")

    search = forms.CharField(
        label=_("Search"),
        required=False,
        max_length=100,
        widget=forms.TextInput(
            attrs={"type": "search", "placeholder": _("Name, e-mail or user id")}
        ),
    )
    show = forms.ChoiceField(
        label=_("Part"), required=False, choices=list(SHOWS.items()), widget=forms.HiddenInput
    )
    only = forms.ChoiceField(
        label=_("Only"),
        required=False,
        choices=[("several", _("With several identities")), ("none", _("Without any"))],
        widget=forms.HiddenInput,
    )

    @property
    def show_wanted(self) -> str:
        return self.cleaned_data["show"] or "waiting"

    @property
    def only_wanted(self) -> str:
        """Which of the matched are shown; "" on the other parts."""
        return self.cleaned_data["only"] if self.show_wanted == "matched" else ""

    def is_found(self, texts: Iterable[str]) -> bool:
        """Return whether each word of the search stands in one of the texts."""
        known = [text.casefold() for text in texts if text]
        words = self.cleaned_data["search"].casefold().split()
        return all(any(word in text for text in known) for word in words)

    def state(self) -> dict[str, object]:
        """Return what the address holds, by its names."""
        values = self.cleaned_data
        own = {"show": values["show"], "only": self.only_wanted, "search": values["search"]}
        return super().state() | own


class DoneForm(forms.Form):
    """What was said a moment ago, for the button that takes it back."""

    done = KeysField()


class LinkForm(forms.Form):
    """Who the chosen people are: somebody of the roster, by a button or by name, or nobody."""

    person = KeysField()
    moodle_user = forms.CharField(required=False, max_length=64)
    named = forms.CharField(label=_("Somebody else"), required=False, max_length=400)
    nobody = forms.BooleanField(required=False)
    site_wide = forms.BooleanField(required=False)
    valid_from = DayField(required=False)

    def __init__(self, data: Any, zone: ZoneInfo, lines: Iterable[RosterLine]) -> None:
        super().__init__(data)
        self.zone = zone
        self.lines = {it.moodle_user_id: it for it in lines if not it.is_erased}

    def clean(self) -> dict[str, Any]:
        """Find out who is meant. A button's word counts before a name that was typed."""
        values = super().clean() or self.cleaned_data
        user, named = values.get("moodle_user", ""), values.get("named", "").strip()
        if values.get("nobody"):
            values["user"] = ""
        elif user:
            if user not in self.lines:
                self.add_error(
                    "named", _("This is nobody of the course's roster. Nothing was changed.")
                )
            values["user"] = user
        elif not named:
            self.add_error("named", _("Say who this is: choose a name of the list."))
        else:
            values["user"] = self._user_named(named)
        return values

    def _user_named(self, named: str) -> str | None:
        """Return whom the text names; anything but one is an error."""
        wanted = " ".join(named.casefold().split())
        labels = roster_labels(self.lines.values())
        found = [user for label, user in labels.items() if label.casefold() == wanted]
        if not found:
            found = [it.moodle_user_id for it in self.lines.values() if wanted in _names(it)]
        if len(found) == 1:
            return found[0]
        text = (
            _("Several people of the course are called “%(name)s”: choose one of the list.")
            if found
            else _("Nobody of the course is called “%(name)s”: choose a name of the list.")
        )
        self.add_error("named", ValidationError(text, params={"name": named}))
        return None

    @property
    def begins_at(self) -> datetime | None:
        """The beginning of the day from which on it counts; None: always did."""
        day: date | None = self.cleaned_data["valid_from"]
        return day_start(day, self.zone) if day else None


class UnlinkForm(forms.Form):
    """Which links are taken back."""

    link = KeysField()


def roster_labels(lines: Iterable[RosterLine]) -> dict[str, str]:
    """Return what each of the roster is chosen by, and Moodle's id of them."""
    found: dict[str, str] = {}
    taken: set[str] = set()
    for line in lines:
        beside = line.user_name or line.email or line.moodle_user_id
        name = " ".join((line.name or shown_name(line)).split())
        label = name if name == beside else f"{name} · {beside}"
        if label.casefold() in taken:
            label = f"{label} · {line.moodle_user_id}"
        taken.add(label.casefold())
        found[label] = line.moodle_user_id
    return found


def _names(line: RosterLine) -> set[str]:
    texts = (line.name, line.user_name, line.email, line.id_number, line.moodle_user_id)
    return {" ".join(text.casefold().split()) for text in texts if text}
