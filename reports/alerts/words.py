"""What an alert says, on pages and in mails: what happened, what it means for the data, what to do.

No names of people and no text of Kaltura's: mails travel openly.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, tzinfo

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _, ngettext

from reports.models import Alert, AlertKind


@dataclass(frozen=True)
class AlertWords:
    """An alert in sentences, and the page where something can be done about it."""

    title: str
    happened: str
    means: str
    next_step: str
    path: str


def words_of(alert: Alert, zone: tzinfo) -> AlertWords:
    """Return what the alert says, with its times in the zone."""
    name = str(alert.account) if alert.account else ""
    title = str(AlertKind(alert.kind).label)
    happened, means, next_step, path = _WORDS[AlertKind(alert.kind)](alert, name, zone)
    return AlertWords(f"{title}: {name}" if name else title, happened, means, next_step, path)


Words = tuple[str, str, str, str]


def _run_failed(alert: Alert, name: str, _zone: tzinfo) -> Words:
    return (
        _("The latest sync of %(account)s failed%(code)s.")
        % {"account": name, "code": _code(alert)},
        _("What was stored before stays as it was. Newer days may be missing."),
        _("The sync's page says why. When the cause is gone, ask Kaltura again there."),
        reverse("reports:run", args=[alert.detail["run"]]),
    )


def _refused(alert: Alert, name: str, _zone: tzinfo) -> Words:
    return (
        _("Kaltura refused the sign-in of %(account)s in its latest sync%(code)s.")
        % {"account": name, "code": _code(alert)},
        _("No new data comes until Kaltura accepts a sign-in. What is stored stays."),
        _("Give the account new credentials; they are checked with Kaltura at once."),
        reverse("reports:account", args=[alert.account_id]),
    )


def _ending(alert: Alert, name: str, zone: tzinfo) -> Words:
    ends_at = datetime.fromisoformat(alert.detail["at"])
    sentence = (
        _("The pasted KS of %(account)s ended on %(at)s (%(zone)s).")
        if ends_at <= timezone.now()
        else _("The pasted KS of %(account)s ends on %(at)s (%(zone)s).")
    )
    return (
        sentence % {"account": name, "at": moment_text(ends_at, zone), "zone": str(zone)},
        _("It can't be renewed, and no new data comes after its end."),
        _("Give the account an app token, which is renewed by itself, or paste a new KS."),
        reverse("reports:account", args=[alert.account_id]),
    )


def _days_failed(alert: Alert, name: str, _zone: tzinfo) -> Words:
    days = alert.detail["days"]
    sentence = ngettext(
        "%(n)s day of %(account)s could not be asked at the latest try.",
        "%(n)s days of %(account)s could not be asked at the latest try.",
        days,
    )
    return (
        sentence % {"n": days, "account": name},
        _("Sessions of these days may be missing, or not up to date."),
        _("Data health names the days, and can ask Kaltura for them again."),
        reverse("reports:health"),
    )


def _stale(alert: Alert, name: str, zone: tzinfo) -> Words:
    values = {"account": name, "zone": str(zone)}
    if at := alert.detail["at"]:
        values["at"] = moment_text(datetime.fromisoformat(at), zone)
        happened = (
            _("Nothing new of the latest days of %(account)s has come since %(at)s (%(zone)s).")
            % values
        )
    else:
        happened = _("Nothing of the latest days of %(account)s has come.") % values
    return (
        happened,
        _("Newer sessions are missing, although a schedule is on."),
        _("See whether a worker is running, and how the latest syncs of the account ended."),
        reverse("reports:account", args=[alert.account_id]),
    )


def _worker_gone(_alert: Alert, _name: str, _zone: tzinfo) -> Words:
    return (
        _("Syncs are waiting, and no worker has given a sign of life."),
        _("Nothing new comes until one runs. What is stored stays."),
        _("Start “manage.py worker”, or the service that keeps it running."),
        reverse("reports:health"),
    )


_WORDS: dict[AlertKind, Callable[[Alert, str, tzinfo], Words]] = {
    AlertKind.RUN_FAILED: _run_failed,
    AlertKind.CREDENTIALS_REFUSED: _refused,
    AlertKind.CREDENTIALS_ENDING: _ending,
    AlertKind.DAYS_FAILED: _days_failed,
    AlertKind.DATA_STALE: _stale,
    AlertKind.WORKER_GONE: _worker_gone,
}


def _code(alert: Alert) -> str:
    return f" ({alert.detail['code']})" if alert.detail.get("code") else ""


def moment_text(at: datetime, zone: tzinfo) -> str:
    """Return a moment as `Tue 18 Nov 2026, 14:00`."""
    local = at.astimezone(zone)
    return f"{date_format(local, _('D j M Y'))}, {date_format(local, 'H:i')}"
