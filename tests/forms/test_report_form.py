"""The form of a report: what it asks for, what it refuses, and that it never shows a KS again."""

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from cryptography.fernet import Fernet
from django.http import QueryDict
from pytest_django import Settings

from reports.forms.report import MOST_IDS, ReportForm, proposed, same_again
from reports.kaltura import REPORTS, AdminSecret, PastedKs, ReportFilters
from reports.models import Account
from reports.models.encrypted import SecretUnreadable
from reports.sync.snapshot import SnapshotOrder
from tests import factories

pytestmark = pytest.mark.django_db
BERLIN = ZoneInfo("Europe/Berlin")
KS = "djJ8MTIzNDU2N3wabcdefghijklmnopqrstuvwxyz0123456789"
MONDAY = 1_768_172_400  # 2026-01-12 00:00 in Berlin
DAY = 86_400


@pytest.fixture(autouse=True)
def now() -> Any:
    with time_machine.travel("2026-01-30 12:00:00+00:00", tick=False):
        yield


@pytest.fixture
def account(db: None) -> Account:
    return factories.account()


def filled(source: object, /, **changes: Any) -> ReportForm:
    """Return the form with report 6001 of a Monday in Berlin, typed into with `changes`."""
    values: dict[str, Any] = {
        "source": str(source),
        "report": "6001",
        "range_by": "days",
        "from_on": "2026-01-12",
        "to_on": "2026-01-12",
        "tz": "Europe/Berlin",
        **changes,
    }
    data = QueryDict(mutable=True)
    for name, value in values.items():
        data.setlist(name, value if isinstance(value, list) else [value])
    return ReportForm(Account.objects.all(), ZoneInfo("UTC"), data)


def order_of(form: ReportForm) -> SnapshotOrder:
    assert form.is_valid(), errors(form)
    return form.order()


def errors(form: ReportForm) -> str:
    """Return every reason of the form and of its parts."""
    parts = [form, *form.parts.values()]
    return " ".join(str(error) for part in parts for each in part.errors.values() for error in each)


def test_an_account_asks_for_days_of_a_zone(account: Account) -> None:
    order = order_of(filled(account.pk))
    assert order.account == account
    assert isinstance(order.sign_in, AdminSecret)
    assert (order.endpoint, order.report_id) == ("us", 6001)
    assert order.filters == ReportFilters(MONDAY, MONDAY + DAY)
    assert (order.is_unix_typed, order.zone) == (False, "Europe/Berlin")


def test_a_day_on_which_clocks_change_has_its_own_length(account: Account) -> None:
    form = filled(account.pk, from_on="2025-03-30", to_on="2025-03-30")
    filters = order_of(form).filters
    assert filters.to_date - filters.from_date == DAY - 3600


def test_unix_timestamps_are_sent_as_they_were_typed(account: Account) -> None:
    form = filled(account.pk, range_by="unix", from_date="1768172401", to_date="1768172402")
    order = order_of(form)
    assert (order.filters.from_date, order.filters.to_date) == (1768172401, 1768172402)
    assert order.is_unix_typed


def test_what_was_not_chosen_does_not_count(account: Account) -> None:
    unix = {"range_by": "unix", "from_date": "1", "to_date": "2"}
    assert filled(account.pk, **unix, from_on="x", to_on="").is_valid()
    assert filled(account.pk, from_date="x", to_date="-5").is_valid()
    form = filled(account.pk, **{"6000-entry_ids": "a;b", "6001-user_ids": "ada"})
    assert order_of(form).filters.entry_ids == ()
    assert "a;b" in str(form.parts[6000]["entry_ids"])  # and is kept


@pytest.mark.parametrize("report", sorted(REPORTS))
def test_every_filter_and_column_of_the_report_can_be_used(account: Account, report: int) -> None:
    spec = REPORTS[report]
    typed = {f"{report}-{name}": " 1_a, 1_b\r\n\n1_c,,1_a\t1_d " for name in spec.filters}
    typed[f"{report}-excluded"] = [spec.column_names[0], spec.column_names[-1]]  # type: ignore[assignment]
    order = order_of(filled(account.pk, report=str(report), **typed))
    for name in spec.filters:
        assert getattr(order.filters, name) == ("1_a", "1_b", "1_c", "1_d"), name
    assert order.excluded == (spec.column_names[0], spec.column_names[-1])
    order.filters.to_params(spec)  # and Kaltura takes it


BAD = {
    "no account of this kind": ({"source": "999"}, "Select a valid choice"),
    "a report that isn't there": ({"report": "4021"}, "Select a valid choice"),
    "no report": ({"report": ""}, "This field is required."),
    "an id with a semicolon": (
        {"6001-user_ids": "ada;from_date=0"},
        "an id can't contain “;” or a control character",
    ),
    "an id with a control sign": ({"6001-user_ids": "a\x01b"}, "a control character"),
    "too many ids": (
        {"6001-user_ids": ",".join(map(str, range(MOST_IDS + 1)))},
        f"at most {MOST_IDS} ids",
    ),
    "a KS among the ids": ({"6001-user_ids": KS}, "Paste it into the field for the KS alone."),
    "every column left out": (
        {"6001-excluded": list(REPORTS[6001].column_names)},
        "Leave at least one column in.",
    ),
    "a column that isn't there": ({"6001-excluded": ["password"]}, "Select a valid choice"),
    "days upside down": ({"to_on": "2026-01-11"}, "The range ends before it starts."),
    "no day": ({"from_on": ""}, "Enter a day such as 2026-01-31."),
    "no such day": ({"from_on": "2026-02-30"}, "Enter a day such as 2026-01-31."),
    "a day to come": ({"from_on": "2026-02-01", "to_on": "2026-02-01"}, "has not come yet"),
    "no zone": ({"tz": "Mars/Base"}, "Enter the name of a time zone"),
    "no seconds": ({"range_by": "unix", "to_date": "5"}, "Enter whole seconds"),
    "seconds with a point": (
        {"range_by": "unix", "from_date": "1.5", "to_date": "5"},
        "Enter whole seconds",
    ),
    "an empty range": (
        {"range_by": "unix", "from_date": "5", "to_date": "5"},
        "The range ends before it starts, or is empty.",
    ),
    "milliseconds": (
        {"range_by": "unix", "from_date": "1768172400000", "to_date": "1768258800000"},
        "less than or equal to 4102444800",
    ),
    "a KS beside an account": ({"ks": KS}, "Choose one of the two."),
}


@pytest.mark.parametrize("case", BAD)
def test_what_can_not_be_asked_is_refused_with_a_reason(account: Account, case: str) -> None:
    changes, sentence = BAD[case]
    form = filled(account.pk, **changes)
    assert not form.is_valid()
    assert sentence in errors(form)
    assert KS not in rendered(form)


def rendered(form: ReportForm) -> str:
    return str(form) + "".join(str(part) for part in form.parts.values())


def test_a_pasted_ks_is_taken_without_an_account(settings: Settings) -> None:
    form = filled("ks", ks=f"  {KS}\n", endpoint="eu")
    order = order_of(form)
    assert order.sign_in == PastedKs(KS, None)
    assert (order.account, order.endpoint) == (None, "eu")
    assert KS not in repr(order)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"ks": ""}, "Paste a KS, or choose an account."),
        ({"endpoint": ""}, "Choose the server that the KS was made on."),
        ({"endpoint": "mars"}, "Select a valid choice"),
        ({"ks": f"https://www.kaltura.com/api_v3/ks/{KS}"}, "without the address around it"),
        ({"ks": f"{KS} {KS}"}, "no spaces or line breaks"),
        ({"ks": KS * 200}, "at most 5000 characters"),
        ({"from_on": ""}, "Paste it once more: a KS is never shown again."),
    ],
)
def test_a_refused_ks_is_not_shown_again(changes: dict[str, str], sentence: str) -> None:
    form = filled("ks", **{"ks": KS, "endpoint": "us"} | changes)
    assert not form.is_valid()
    assert sentence in errors(form)
    assert KS not in rendered(form) + errors(form)


def test_no_account_s_secret_is_read_to_offer_it(account: Account, settings: Settings) -> None:
    settings.ROLLCALL_SECRET_KEYS = [Fernet.generate_key().decode()]  # the old one is lost
    form = ReportForm(Account.objects.all(), BERLIN)
    assert f"university ({account.partner_id}, us)" in str(form["source"])
    with pytest.raises(SecretUnreadable):
        order_of(filled(account.pk))


def test_the_form_begins_with_the_last_week_and_an_account_where_there_is_one() -> None:
    first = proposed(date(2026, 1, 30), BERLIN, has_accounts=False)
    assert (first["from_on"], first["to_on"]) == (date(2026, 1, 24), date(2026, 1, 30))
    assert first["source"] == "ks"
    assert "source" not in proposed(date(2026, 1, 30), BERLIN, has_accounts=True)


def test_asking_again_fills_in_what_was_asked(account: Account) -> None:
    order = order_of(filled(account.pk))
    snapshot = factories.snapshot(
        factories.administrator(),
        account,
        report_id=6001,
        from_unix=order.filters.from_date,
        to_unix=order.filters.to_date,
        zone=order.zone,
        filters={"user_ids": ["ada", "ben"]},
        excluded_fields=["user_name"],
        content=b"cue_point_id\n",
    )
    form = ReportForm(Account.objects.all(), BERLIN, initial=same_again(snapshot))
    assert str(form["from_on"].value()) == str(form["to_on"].value()) == "2026-01-12"
    assert form.parts[6001]["user_ids"].value() == "ada, ben"
    assert form.parts[6001]["excluded"].value() == ["user_name"]
    assert form["ks"].value() is None
