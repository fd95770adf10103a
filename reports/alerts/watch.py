"""Opens and closes alerts, so that they agree with what holds, and has them mailed."""

from datetime import datetime
from typing import NamedTuple

import structlog
from django.db.models import BigIntegerField, CharField, Value
from django.db.models.functions import Cast
from django.utils import timezone

from reports.alerts.conditions import Condition, holding
from reports.alerts.mail import mail_alerts
from reports.alerts.workers import waiting_in_vain
from reports.models import Alert, AlertKind

logger = structlog.get_logger(__name__)


class Notice(NamedTuple):
    """An alert in short."""

    kind: str
    account_id: int | None
    account_name: str | None

    @property
    def title(self) -> str:
        return str(AlertKind(self.kind).label)


def watch() -> None:
    """Bring the alerts up to date and mail what nobody was told of.

    To be called about once a minute; any number of processes may call it at once.
    """
    look(now := timezone.now())
    mail_alerts(now)


def look(now: datetime) -> None:
    """Open an alert for each condition that holds, close those that no longer do."""
    found = {(it.kind, it.account_id): it for it in holding(now)}
    open_now = {(it.kind, it.account_id): it for it in Alert.objects.open()}
    for key, alert in open_now.items():
        if key not in found:
            closed = Alert.objects.open().filter(pk=alert.pk).update(closed_at=now)
            if closed:
                logger.info("alert_closed", kind=alert.kind, account=alert.account_id)
        elif found[key].detail != alert.detail:
            Alert.objects.open().filter(pk=alert.pk).update(detail=found[key].detail)
    new = [_alert(found[key], now) for key in found.keys() - open_now.keys()]
    for alert in new:
        logger.warning("alert_opened", kind=alert.kind, account=alert.account_id)
    # Another process may have opened it a moment ago: then the constraint leaves that one alone.
    Alert.objects.bulk_create(new, ignore_conflicts=True)


def _alert(condition: Condition, now: datetime) -> Alert:
    return Alert(
        kind=condition.kind,
        account_id=condition.account_id,
        opened_at=now,
        detail=condition.detail,
    )


def current_alerts(now: datetime) -> list[Alert]:
    """Return the alerts that hold now, the oldest first; what nobody has written down is unsaved.

    For whom no worker looks: nothing is written.
    """
    known = {(it.kind, it.account_id): it for it in Alert.objects.open().select_related("account")}
    found = []
    for condition in holding(now):
        alert = known.get((condition.kind, condition.account_id)) or _alert(condition, now)
        alert.detail = condition.detail
        found.append(alert)
    return sorted(found, key=lambda alert: (alert.opened_at, alert.kind, alert.account_id or 0))


def notices(now: datetime) -> list[Notice]:
    """Return the open alerts, and whether work waits in vain for a worker, who would look. One query.

    For the top of every page, and for load balancers.
    """
    written = Alert.objects.open().order_by().values_list("kind", "account_id", "account__name")
    gone = {
        "notice": Value(AlertKind.WORKER_GONE.value, CharField()),
        "of": Cast(Value(None), BigIntegerField()),
        "name": Cast(Value(None), CharField()),
    }
    in_vain = [
        waiting.order_by().annotate(**gone).values_list(*gone) for waiting in waiting_in_vain(now)
    ]
    return sorted(
        (Notice(*row) for row in written.union(*in_vain)),
        key=lambda notice: (notice.kind, notice.account_name or ""),
    )
