"""What is sent to correct cells of a register, and to take corrections back."""

from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from reports.forms.register import RegisterForm
from reports.models import Course, Presence
from reports.queries.register_class import CellKey

MOST_CELLS = 1000  # at a time
LONGEST_REASON = 500
LONGEST_QUERY = 1000  # characters of a register's address
LARGEST_KEY = 2**62
# What a teacher says of a learner; how long somebody was there only Kaltura tells.
SAID = (Presence.PRESENT, Presence.ABSENT, Presence.EXCUSED)
PAGES = ("register", "class", "learner", "cell")


class CellsField(forms.Field):
    """Cells as `<session>:<key of the enrolment>`."""

    widget = forms.MultipleHiddenInput

    def clean(self, value: Any) -> list[CellKey]:
        """Return the keys. Raises: ValidationError for what names no cell, or for too many."""
        texts = list(dict.fromkeys(value or []))
        if len(texts) > MOST_CELLS:
            words = _("Choose at most %(most)s cells at a time.")
            raise ValidationError(words, params={"most": MOST_CELLS})
        return [_cell(text) for text in texts]


class KeysField(forms.Field):
    """Keys of corrections, several in one value with commas between."""

    widget = forms.MultipleHiddenInput

    def clean(self, value: Any) -> list[int]:
        """Return the keys. Raises: ValidationError for what is none."""
        texts = [text for some in value or [] for text in some.split(",")]
        if not texts or len(texts) > MOST_CELLS:
            raise ValidationError(_("Choose corrections of the list."))
        return [_number(text) for text in texts]


class WayBackForm(forms.Form):
    """Where the form stood: the page, and the address of the register behind it."""

    shown = forms.CharField(required=False, widget=forms.HiddenInput)
    next = forms.CharField(required=False, widget=forms.HiddenInput)

    def clean_shown(self) -> str:
        """Return the address as far as one is read: a message carries it on."""
        return str(self.cleaned_data["shown"])[:LONGEST_QUERY]

    def clean_next(self) -> str:
        """Return the page; the register for one that there isn't."""
        page: str = self.cleaned_data["next"]
        return page if page in PAGES else "register"


class CorrectionForm(WayBackForm):
    """What the chosen cells are marked as, and why."""

    cell = CellsField(required=False)
    presence = forms.ChoiceField(
        label=_("Mark as"),
        choices=[(it.value, it.label) for it in SAID],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose what to mark them as.")},
    )
    reason = forms.CharField(
        label=_("Reason"),
        max_length=LONGEST_REASON,
        widget=forms.TextInput(attrs={"class": "form-control", "autocomplete": "off"}),
        help_text=_("A few words. The learner may read them, without your name."),
        error_messages={"required": _("Say why, in a few words.")},
    )
    # Said on the page already: some were not enrolled then, as far as Moodle told.
    with_not_enrolled = forms.BooleanField(required=False, widget=forms.HiddenInput)

    @property
    def is_sent(self) -> bool:
        """Whether this is an answer to the form; otherwise cells were chosen, and it comes next."""
        return bool({"presence", "save"} & self.data.keys())

    @property
    def presence_wanted(self) -> Presence:
        return Presence(self.cleaned_data["presence"])


class UndoForm(WayBackForm):
    """Which corrections are taken back."""

    correction = KeysField()


def shown_register(text: str, zone: ZoneInfo, course: Course) -> RegisterForm:
    """Return the register that a form stood in; the usual one where its address can't be read."""
    form = RegisterForm(QueryDict(text[:LONGEST_QUERY]), zone, course)
    if form.is_valid():
        return form
    form = RegisterForm(QueryDict(), zone, course)
    form.is_valid()
    return form


def _cell(text: str) -> CellKey:
    cue_point_id, colon, number = text.rpartition(":")
    if not colon or not cue_point_id or "\x00" in cue_point_id or len(cue_point_id) > 64:
        raise ValidationError(_("Choose cells of the register."))
    return CellKey(cue_point_id, _number(number))


def _number(text: str) -> int:
    if not (text.isascii() and text.isdecimal()) or not 0 < len(text) < 20:
        raise ValidationError(_("Choose something of the list."))
    return min(int(text), LARGEST_KEY)
