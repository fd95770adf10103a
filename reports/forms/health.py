"""The addresses of data health, and what its buttons send."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from reports.forms.days import EARLIEST_YEAR
from reports.forms.ranges import MOST_PAGES, FileForm
from reports.models import Account, FindingKind
from reports.queries.health import FINDING_ORDERS, LINE_ORDERS

DEFAULT_SORT = "-day"


class _AccountForm(FileForm):
    """A page about one account or all of them, in the reader's zone unless the address names one."""

    account = forms.TypedChoiceField(
        label=_("Account"),
        required=False,
        coerce=int,
        empty_value=None,
        error_messages={"invalid_choice": _("There is no such account.")},
    )

    def __init__(self, data: Any, accounts: Iterable[Account], zone: ZoneInfo) -> None:
        super().__init__(data)
        self.accounts = list(accounts)
        self.zone = zone
        names = [(account.pk, account.name) for account in self.accounts]
        self.fields["account"].choices = [("", _("All accounts")), *names]  # type: ignore[attr-defined]
        for field in self.visible_fields():
            kind = "select" if isinstance(field.field.widget, forms.Select) else "control"
            field.field.widget.attrs["class"] = f"form-{kind} form-{kind}-sm"

    def clean_tz(self) -> str:
        """Take the zone over."""
        name: str = self.cleaned_data["tz"]
        if name:
            self.zone = ZoneInfo(name)
        return name

    @property
    def account_wanted(self) -> Account | None:
        """The account that the address names."""
        wanted = self.cleaned_data["account"]
        return next((it for it in self.accounts if it.pk == wanted), None)

    @property
    def about(self) -> list[Account]:
        """The accounts that the page is about."""
        wanted = self.account_wanted
        return [wanted] if wanted else self.accounts

    def state(self) -> dict[str, object]:
        """Return what the address holds, by its names."""
        return {"account": self.cleaned_data["account"], "tz": self.cleaned_data["tz"]}

    def query(self, **changes: object) -> str:
        """Return the address's query for this page with changes; None takes a part out."""
        state = self.state() | changes
        return urlencode({key: value for key, value in state.items() if value not in (None, "")})


class HealthForm(_AccountForm):
    """Which accounts the page shows, and which year of their days."""

    year = forms.IntegerField(
        label=_("Year"), required=False, min_value=EARLIEST_YEAR, widget=forms.HiddenInput
    )

    def clean_year(self) -> int | None:
        """Return the year. Raises: ValidationError for one to come."""
        year: int | None = self.cleaned_data["year"]
        if year and year > timezone.now().year:
            raise forms.ValidationError(_("This year has not come yet."))
        return year

    def state(self) -> dict[str, object]:
        """Return what the address holds, by its names."""
        return super().state() | {"year": self.cleaned_data["year"]}


class FindingsForm(_AccountForm):
    """Which findings are listed. Lines set aside have columns of their own."""

    kind = forms.ChoiceField(
        label=_("What was noticed"),
        required=False,
        choices=[("", _("Everything")), *FindingKind.choices],
    )
    sort = forms.CharField(
        label=_("Order"), required=False, max_length=40, widget=forms.HiddenInput
    )
    page = forms.IntegerField(
        label=_("Page"),
        required=False,
        min_value=1,
        max_value=MOST_PAGES,
        widget=forms.HiddenInput,
    )

    field_order = ("kind", "account")

    def clean(self) -> dict[str, Any]:
        """Refuse an order that the list of this kind doesn't have."""
        values = super().clean() or self.cleaned_data
        orders = LINE_ORDERS if values.get("kind") == FindingKind.SET_ASIDE else FINDING_ORDERS
        sort = values.get("sort", "")
        if sort and sort.removeprefix("-") not in orders:
            text = _("The list can't be sorted by “%(value)s”.")
            self.add_error("sort", forms.ValidationError(text, params={"value": sort}))
        return values

    @property
    def is_about_lines(self) -> bool:
        """True when the list holds lines as Kaltura gave them, not findings."""
        return bool(self.cleaned_data["kind"] == FindingKind.SET_ASIDE)

    @property
    def sort_wanted(self) -> str:
        return self.cleaned_data["sort"] or DEFAULT_SORT

    def state(self) -> dict[str, object]:
        """Return what the address holds, by its names."""
        return super().state() | {key: self.cleaned_data[key] for key in ("kind", "sort")}


class AskForm(forms.Form):
    """Which days Kaltura is to be asked for again."""

    what = forms.ChoiceField(
        choices=[(name, name) for name in ("missing", "failed", "cut", *FindingKind.values)]
    )
