"""What an administrator fills in to ask Kaltura for one report, and what a snapshot's address holds.

A pasted KS is read from the form once. It is in no value that is shown again, and in no error.
"""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from reports.analytics.periods import day_start
from reports.forms.days import DayField
from reports.forms.ranges import ZoneField
from reports.kaltura import REPORTS, PastedKs, ReportFilters, ReportSpec
from reports.models import Account, SignInMethod, Snapshot
from reports.sync.connection import sign_in_of
from reports.sync.snapshot import SnapshotOrder
from reports.tables.report_columns import COLUMN_WORDS, REPORT_SENTENCES, REPORT_TITLES

PASTED = "ks"  # in place of an account's id
DAYS, UNIX = "days", "unix"
MOST_IDS = 500
LAST_UNIX = 4_102_444_800  # the year 2100: what is more is likely in milliseconds
MOST_PAGES = 100_000

_SEPARATORS = re.compile(r"[,\r\n\t]+")
_UNSAFE = re.compile("[;\x00-\x1f\x7f\x85\u2028\u2029\ud800-\udfff]")
_KS = re.compile(r"djJ8[A-Za-z0-9+/_=%-]{8}")  # how a KS of today begins

# Kaltura's name of the filter, what it is about, what to write.
FILTER_WORDS = {
    "entry_ids": (
        "entry_ids",
        _("Rooms"),
        _(
            "Room ids such as 1_ab12cd34. Breakouts are rooms of their own: name them too where you"
            " want them."
        ),
    ),
    "virtual_event_ids": (
        "virtual_event_ids",
        _("Virtual events"),
        _("The numbers of virtual events in Kaltura."),
    ),
    "user_ids": (
        "user_ids",
        _("People"),
        _("Kaltura user ids; mostly these are the user names in Moodle."),
    ),
    "cue_point_ids": (
        "cue_point_ids",
        _("Sessions"),
        _("Session ids such as 1_ef56gh78; the report of sessions gives them."),
    ),
    "parent_entry_ids": (
        "parentEntryIds",
        _("Main rooms"),
        _("The ids of the rooms whose breakouts you want."),
    ),
}


class IdListArea(forms.Textarea):
    """A text area that does not show a KS again that was pasted into it by mistake."""

    def format_value(self, value: Any) -> str | None:
        """Return the text, or nothing where it holds a KS."""
        text = super().format_value(value)
        return None if text and _KS.search(text) else text


class IdListField(forms.CharField):
    """Ids with commas or line breaks between them."""

    def __init__(self, **kwargs: Any) -> None:
        attrs = {"rows": 2, "spellcheck": "false", "autocomplete": "off", "autocapitalize": "off"}
        super().__init__(required=False, max_length=40_000, widget=IdListArea(attrs), **kwargs)

    def clean(self, value: Any) -> tuple[str, ...]:
        """Return each id once. Raises: ValidationError for one that Kaltura has no way to write."""
        text: str = super().clean(value)
        if _KS.search(text):
            raise ValidationError(_("This holds a KS. Paste it into the field for the KS alone."))
        ids = tuple(dict.fromkeys(filter(None, (part.strip() for part in _SEPARATORS.split(text)))))
        for one in ids:
            if _UNSAFE.search(one):
                raise ValidationError(
                    _(
                        "“%(id)s” can't be sent: an id can't contain “;” or a control character,"
                        " because Kaltura has no way to write it."
                    ),
                    params={"id": one},
                )
        if len(ids) > MOST_IDS:
            raise ValidationError(_("Give at most %(most)s ids."), params={"most": MOST_IDS})
        return ids


class PartForm(forms.Form):
    """What only one of the reports takes: its filters, and its columns to leave out."""

    def __init__(self, spec: ReportSpec, data: Any = None, **kwargs: Any) -> None:
        super().__init__(data, prefix=str(spec.id), **kwargs)
        self.spec = spec
        for name in spec.filters:
            wire_name, words, help_text = FILTER_WORDS[name]
            label = format_html("{} <code>{}</code>", words, wire_name)
            self.fields[name] = IdListField(label=label, help_text=help_text)
        self.fields["excluded"] = forms.MultipleChoiceField(
            label=_("Columns to leave out"),
            choices=[
                (name, format_html("<code>{}</code> {}", name, COLUMN_WORDS[name].name))
                for name in spec.column_names
            ],
            required=False,
            widget=forms.CheckboxSelectMultiple,
        )

    @property
    def title(self) -> str:
        return report_label(self.spec.id)

    @property
    def filter_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.spec.filters]

    def clean_excluded(self) -> list[str]:
        """Raise ValidationError where no column would be left."""
        excluded: list[str] = self.cleaned_data["excluded"]
        if len(excluded) == len(self.spec.columns):
            raise ValidationError(_("Leave at least one column in."))
        return excluded


class ReportForm(forms.Form):
    """One question to Kaltura."""

    source = forms.ChoiceField(label=_("Sign in with"))
    endpoint = forms.ChoiceField(
        label=_("Region of the KS"),
        required=False,
        help_text=_("The Kaltura server that it was made on."),
    )
    ks = forms.CharField(
        label=_("KS"),
        required=False,
        max_length=5000,
        widget=forms.PasswordInput(
            render_value=False, attrs={"autocomplete": "new-password", "spellcheck": "false"}
        ),
        help_text=_(
            "An administrator's Kaltura session: what Kaltura's session.start returns for type 2."
            " It is used for this one request and stored nowhere."
        ),
    )
    report = forms.ChoiceField(label="", widget=forms.RadioSelect)
    range_by = forms.ChoiceField(
        label="",
        widget=forms.RadioSelect,
        choices=[(DAYS, _("Days")), (UNIX, _("Unix timestamps"))],
    )
    from_on = DayField(label=_("First day"), required=False)
    to_on = DayField(label=_("Last day"), required=False, help_text=_("It is included."))
    tz = ZoneField(label=_("Time zone of the days"))
    from_date = forms.IntegerField(
        label="from_date",
        required=False,
        min_value=0,
        max_value=LAST_UNIX,
        help_text=_("Seconds since 1 January 1970 UTC; included."),
    )
    to_date = forms.IntegerField(
        label="to_date",
        required=False,
        min_value=0,
        max_value=LAST_UNIX,
        help_text=_("The first second that is no longer included."),
    )

    def __init__(
        self, accounts: "QuerySet[Account]", zone: ZoneInfo, *args: Any, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.accounts = accounts
        self.zone = zone  # the reader's, unless the form names one
        self.has_accounts = self._offer_choices()
        for name in ("from_date", "to_date"):
            self.fields[name].widget = forms.TextInput(
                attrs={"inputmode": "numeric", "autocomplete": "off"}
            )
            self.fields[name].error_messages["invalid"] = _("Enter whole seconds: 1768176000.")
        for name in ("from_on", "to_on", "from_date", "to_date"):
            self.fields[name].widget.attrs["class"] = "form-control"
        chosen = self.data.get("report") if self.is_bound else None
        self.parts = {number: self._part(spec, chosen) for number, spec in REPORTS.items()}

    def _offer_choices(self) -> bool:
        """Fill in what there is to choose from, and return whether an account is."""
        asked = self.accounts.exclude(sign_in=SignInMethod.NONE)
        known = asked.values_list("pk", "name", "partner_id", "endpoint")
        names = [(str(pk), f"{name} ({partner}, {at})") for pk, name, partner, at in known]
        self.fields["source"].choices = [  # type: ignore[attr-defined]
            *names,
            (PASTED, _("A KS that I paste, for this one time")),
        ]
        self.fields["endpoint"].choices = [  # type: ignore[attr-defined]
            (name, f"{name} – {url}") for name, url in settings.KALTURA_ENDPOINTS.items()
        ]
        self.fields["report"].choices = [  # type: ignore[attr-defined]
            (str(number), f"{report_label(number)} – {REPORT_SENTENCES[number]}")
            for number in REPORTS
        ]
        return bool(names)

    def _part(self, spec: ReportSpec, chosen: object) -> PartForm:
        """Return the report's own form; only the chosen one's is read, the others keep their text."""
        if not self.is_bound:
            return PartForm(spec, initial=self.initial.get(str(spec.id), {}))
        if chosen == str(spec.id):
            return PartForm(spec, self.data)
        kept: dict[str, Any] = {
            name: self.data.get(f"{spec.id}-{name}", "") for name in spec.filters
        }
        if hasattr(self.data, "getlist"):
            kept["excluded"] = self.data.getlist(f"{spec.id}-excluded")
        return PartForm(spec, initial=kept)

    def clean_ks(self) -> str:
        """Return the KS. Raises: ValidationError without a word of what was typed."""
        ks: str = self.cleaned_data["ks"]
        if "://" in ks or "/ks/" in ks:
            raise ValidationError(_("Paste the KS alone, without the address around it."))
        if re.search(r"\s", ks):
            raise ValidationError(_("A KS has no spaces or line breaks in it."))
        return ks

    def clean(self) -> dict[str, Any]:
        """Ask for what the choices need, and refuse a range that is none."""
        values = super().clean() or self.cleaned_data
        self._clean_source(values)
        if values.get("tz"):
            self.zone = ZoneInfo(values["tz"])
        by = values.get("range_by")
        for name in {DAYS: ("from_date", "to_date"), UNIX: ("from_on", "to_on")}.get(by or "", ()):
            self.errors.pop(name, None)  # what was not chosen does not count
        if by == DAYS:
            self._clean_days(values)
        elif by == UNIX:
            self._clean_unix(values)
        part = self.parts.get(int(values.get("report") or 0))
        if part is not None and not part.is_valid():
            self.add_error(None, _("Correct what is marked at the filters of the report."))
        if self.errors and self.data.get("ks") and "ks" not in self.errors:
            self.add_error("ks", _("Paste it once more: a KS is never shown again."))
        return values

    def _clean_source(self, values: dict[str, Any]) -> None:
        source = values.get("source")
        if source == PASTED:
            if not values.get("ks") and "ks" not in self.errors:
                self.add_error("ks", _("Paste a KS, or choose an account."))
            if not values.get("endpoint") and "endpoint" not in self.errors:
                self.add_error("endpoint", _("Choose the server that the KS was made on."))
        elif source and values.get("ks"):
            self.add_error(
                "source", _("You pasted a KS, but an account is chosen. Choose one of the two.")
            )

    def _clean_days(self, values: dict[str, Any]) -> None:
        first, last = values.get("from_on"), values.get("to_on")
        for name, day in (("from_on", first), ("to_on", last)):
            if day is None and name not in self.errors:
                self.add_error(name, _("Enter a day such as 2026-01-31."))
        if not first or not last:
            return
        if last < first:
            self.add_error("to_on", _("The range ends before it starts."))
        elif day_start(first, self.zone) > timezone.now():
            self.add_error("from_on", _("This day has not come yet."))
        values["from_unix"] = int(day_start(first, self.zone).timestamp())
        values["to_unix"] = int(day_start(last + timedelta(days=1), self.zone).timestamp())

    def _clean_unix(self, values: dict[str, Any]) -> None:
        first, last = values.get("from_date"), values.get("to_date")
        for name, unix in (("from_date", first), ("to_date", last)):
            if unix is None and name not in self.errors:
                self.add_error(name, _("Enter whole seconds: 1768176000."))
        if first is None or last is None:
            return
        if last <= first:
            self.add_error("to_date", _("The range ends before it starts, or is empty."))
        elif datetime.fromtimestamp(first, UTC) > timezone.now():
            self.add_error("from_date", _("This time has not come yet."))
        values["from_unix"], values["to_unix"] = first, last

    def order(self) -> SnapshotOrder:
        """Return what is to be asked. Raises: SecretUnreadable for an account's lost key."""
        values = self.cleaned_data
        spec = REPORTS[int(values["report"])]
        part = self.parts[spec.id].cleaned_data
        account = None
        if values["source"] != PASTED:
            account = self.accounts.get(pk=int(values["source"]))
        ids = {name: part[name] for name in spec.filters}
        return SnapshotOrder(
            sign_in=sign_in_of(account) if account else PastedKs(values["ks"], None),
            account=account,
            endpoint=account.endpoint if account else values["endpoint"],
            report_id=spec.id,
            filters=ReportFilters(values["from_unix"], values["to_unix"], **ids),
            excluded=tuple(part["excluded"]),
            is_unix_typed=values["range_by"] == UNIX,
            zone=self.zone.key,
        )


class ReportAddressForm(forms.Form):
    """What the address of the form's page may hold."""

    tz = ZoneField(label=_("Time zone"))
    again = forms.IntegerField(required=False, min_value=1, max_value=2**62)


class SnapshotAddressForm(forms.Form):
    """What the address of an answer may hold."""

    tz = ZoneField(label=_("Time zone"))
    page = forms.IntegerField(label=_("Page"), required=False, min_value=1, max_value=MOST_PAGES)


def report_label(report_id: int) -> str:
    """Return `6000 Room data`."""
    return f"{report_id} {REPORT_TITLES[report_id]}"


def proposed(today: date, zone: ZoneInfo, *, has_accounts: bool) -> dict[str, Any]:
    """Return what the form begins with: sessions of the last seven days."""
    return {
        **({} if has_accounts else {"source": PASTED}),
        "report": "6000",
        "range_by": DAYS,
        "from_on": today - timedelta(days=6),
        "to_on": today,
        "tz": zone.key,
    }


def same_again(snapshot: Snapshot) -> dict[str, Any]:
    """Return what the form begins with to ask once more what was asked."""
    zone = ZoneInfo(snapshot.zone)
    first = datetime.fromtimestamp(snapshot.from_unix, zone)
    last = datetime.fromtimestamp(snapshot.to_unix - 1, zone)
    part: Mapping[str, Any] = {name: ", ".join(ids) for name, ids in snapshot.filters.items()} | {
        "excluded": snapshot.excluded_fields
    }
    return {
        "source": str(snapshot.account_id or PASTED),
        "endpoint": snapshot.endpoint,
        "report": str(snapshot.report_id),
        "range_by": UNIX if snapshot.is_unix_typed else DAYS,
        "from_on": first.date(),
        "to_on": last.date(),
        "tz": snapshot.zone,
        "from_date": snapshot.from_unix,
        "to_date": snapshot.to_unix,
        str(snapshot.report_id): part,
    }


def address_query(**values: object) -> str:
    """Return the query of an address without what is empty."""
    return urlencode({name: value for name, value in values.items() if value})
