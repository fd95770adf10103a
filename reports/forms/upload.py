"""What somebody uploads: files, and the range that Kaltura was given for them."""

from datetime import UTC, date, datetime, timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from reports.analytics.periods import day_start
from reports.forms.accounts import LONGEST_SYNC_DAYS
from reports.forms.days import DayField
from reports.forms.ranges import ZoneField
from reports.forms.report import DAYS, LAST_UNIX, UNIX
from reports.models import Account, SignInMethod
from reports.sync.spans import HOUR
from reports.sync.upload import NewUpload

MOST_FILES = 12
MEGABYTE = 1024 * 1024


class FilesInput(forms.ClearableFileInput):
    """A file input that takes several files."""

    allow_multiple_selected = True


class FilesField(forms.FileField):
    """One to MOST_FILES files, together no larger than the setting UPLOAD_MEGABYTES allows."""

    def __init__(self, **kwargs: Any) -> None:
        widget = FilesInput(attrs={"accept": ".csv,text/csv", "class": "form-control"})
        super().__init__(widget=widget, **kwargs)

    def clean(self, data: Any, initial: Any = None) -> "list[UploadedFile[Any]]":
        """Return the files. Raises: ValidationError for none, an empty one, or too much."""
        files = [super(FilesField, self).clean(one, initial) for one in data or [None]]
        if len(files) > MOST_FILES:
            raise ValidationError(
                _("Upload at most %(most)s files at once."), params={"most": MOST_FILES}
            )
        if sum(file.size for file in files) > settings.UPLOAD_MEGABYTES * MEGABYTE:
            raise ValidationError(
                _(
                    "These files are larger than %(most)s MB together. Upload those of a shorter"
                    " range, or let whoever runs this site raise UPLOAD_MEGABYTES."
                ),
                params={"most": settings.UPLOAD_MEGABYTES},
            )
        return files


class UploadForm(forms.Form):
    """Files and their range. Days are of the zone that the form names, the last one included."""

    csv_files = FilesField(
        label=_("CSV files"),
        help_text=_(
            "The CSV files as Kaltura gave them: sessions (6000), attendees (6001), breakouts"
            " (6002). Each is recognised by its first line, whatever its name."
        ),
        error_messages={"required": _("Choose at least one file.")},
    )
    range_by = forms.ChoiceField(
        label="",
        widget=forms.RadioSelect,
        choices=[(DAYS, _("Days")), (UNIX, _("Unix timestamps"))],
    )
    from_on = DayField(label=_("First day"), required=False)
    to_on = DayField(label=_("Last day"), required=False, help_text=_("It is included."))
    tz = ZoneField(label=_("Time zone of the days"))
    from_date = forms.IntegerField(
        label="from_date", required=False, min_value=0, max_value=LAST_UNIX
    )
    to_date = forms.IntegerField(label="to_date", required=False, min_value=0, max_value=LAST_UNIX)
    is_everything = forms.BooleanField(
        label=_("Kaltura was asked for everything: no room, person or event was chosen"),
        required=False,
        help_text=_(
            "Then these days count as covered. Leave it empty if a filter was set; files that were"
            " filtered by people can't be used at all, because sessions would look smaller."
        ),
    )

    def __init__(self, zone: ZoneInfo, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.zone = zone  # the reader's, unless the form names one
        for name in ("from_date", "to_date"):
            self.fields[name].widget = forms.TextInput(
                attrs={"inputmode": "numeric", "autocomplete": "off"}
            )
            self.fields[name].error_messages["invalid"] = _("Enter whole seconds: 1768176000.")
        for name in ("from_on", "to_on", "from_date", "to_date"):
            self.fields[name].widget.attrs["class"] = "form-control"

    @classmethod
    def proposed(cls, zone: ZoneInfo, today: date) -> "UploadForm":
        """Return the form with the last 30 full days filled in."""
        first, last = today - timedelta(days=30), today - timedelta(days=1)
        return cls(
            zone,
            initial={"range_by": DAYS, "from_on": first, "to_on": last, "tz": zone.key}
            | {"is_everything": True},
        )

    def clean(self) -> dict[str, Any]:
        """Refuse a range that is none, is still to come, or is not of whole UTC hours."""
        values = super().clean() or self.cleaned_data
        if values.get("tz"):
            self.zone = ZoneInfo(values["tz"])
        by = values.get("range_by")
        for name in {DAYS: ("from_date", "to_date"), UNIX: ("from_on", "to_on")}.get(by or "", ()):
            self.errors.pop(name, None)  # what was not chosen does not count
        names = ("from_on", "to_on") if by == DAYS else ("from_date", "to_date")
        edges = [values.get(name) for name in names]
        for name, value in zip(names, edges, strict=True):
            if by and value is None and name not in self.errors:
                self.add_error(name, _("Say which range the files are for."))
        if by and None not in edges:
            self._clean_range(values, names, edges)
        return values

    def _clean_range(
        self, values: dict[str, Any], names: tuple[str, str], edges: list[Any]
    ) -> None:
        if isinstance(edges[0], date):
            from_at = day_start(edges[0], self.zone)
            to_at = day_start(edges[1] + timedelta(days=1), self.zone)
        else:
            from_at, to_at = (datetime.fromtimestamp(edge, UTC) for edge in edges)
        if to_at <= from_at:
            self.add_error(names[1], _("The range ends before it starts, or is empty."))
        elif from_at.timestamp() % HOUR or to_at.timestamp() % HOUR:
            self.add_error(None, self._hours_sentence(from_at, to_at))
        elif to_at > timezone.now():
            self.add_error(
                names[1],
                _(
                    "This range is not over yet, so no file can hold all of it. Ask Kaltura for one"
                    " that ends in the past."
                ),
            )
        elif to_at - from_at > timedelta(days=LONGEST_SYNC_DAYS):
            self.add_error(names[1], _("Upload at most five years at once."))
        values["from_at"], values["to_at"] = from_at, to_at

    def _hours_sentence(self, from_at: datetime, to_at: datetime) -> ValidationError:
        return ValidationError(
            _(
                "Kaltura adds viewing up by whole UTC hours, and this range, %(first)s to %(last)s"
                " UTC, cuts an hour in two: to which side it belongs can't be known. Ask Kaltura"
                " for a range of whole UTC hours, and state that one."
            ),
            params={"first": f"{from_at:%Y-%m-%d %H:%M:%S}", "last": f"{to_at:%Y-%m-%d %H:%M:%S}"},
        )

    def new_upload(self, account: Account) -> NewUpload:
        """Return what is to be looked through."""
        values = self.cleaned_data
        files: list[UploadedFile[Any]] = values["csv_files"]
        return NewUpload(
            account=account,
            from_at=values["from_at"],
            to_at=values["to_at"],
            zone=self.zone.key,
            is_everything=values["is_everything"],
            files=[(file.name or str(_("A file")), file.chunks()) for file in files],
        )


class UploadAccountForm(forms.Form):
    """An account that Kaltura can't be asked for: its files are all that there is."""

    name = forms.CharField(
        label=_("Name"),
        max_length=80,
        help_text=_("How this account is called here, such as the university's name."),
    )
    endpoint = forms.ChoiceField(
        label=_("Region"), help_text=_("The Kaltura server that the files are from.")
    )
    partner_id = forms.IntegerField(
        label=_("Partner id"),
        min_value=1,
        max_value=2**53,
        help_text=_(
            "A number: whoever gave you the files knows it. It keeps the accounts apart, and lets"
            " you connect the API later."
        ),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        endpoint = cast("forms.ChoiceField", self.fields["endpoint"])
        endpoint.choices = [
            (name, f"{name} – {url}") for name, url in settings.KALTURA_ENDPOINTS.items()
        ]

    def clean(self) -> dict[str, Any]:
        """Refuse a name or a partner that an account has already."""
        values = super().clean() or self.cleaned_data
        if Account.objects.filter(name=values.get("name")).exists():
            self.add_error("name", _("An account has this name already."))
        partner = {key: values.get(key) for key in ("endpoint", "partner_id")}
        same = Account.objects.filter(**partner).first() if None not in partner.values() else None
        if same is not None:
            self.add_error(
                "partner_id",
                ValidationError(
                    _("This partner is here already, as “%(name)s”. Upload the files there."),
                    params={"name": same.name},
                ),
            )
        return values

    def account(self) -> Account:
        """Return the account, not saved yet."""
        return Account(sign_in=SignInMethod.NONE, secret="", **self.cleaned_data)
