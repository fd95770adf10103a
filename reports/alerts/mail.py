"""Mails about alerts: each administrator is told once that it is on, and once that it is over.

Who was told is written down after each mail. A mail server that fails is tried again later, for those
who were not told yet. Only a process that dies between a mail and its line can make it come twice.
"""

from datetime import datetime, timedelta
from smtplib import SMTPException, SMTPRecipientsRefused
from zoneinfo import ZoneInfo

import structlog
from django.conf import settings
from django.core.mail import send_mail
from django.db.models import Q
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from reports.alerts.words import moment_text, words_of
from reports.models import Alert, Role, User

logger = structlog.get_logger(__name__)

AGAIN_AFTER = timedelta(minutes=10)  # a mail server that failed; also a process that died mailing


def mail_alerts(now: datetime) -> int:
    """Send what nobody was told of yet and return the number of mails."""
    sent = 0
    for alert in Alert.objects.to_mail().filter(_free(now)).order_by("opened_at", "pk"):
        claimed = Alert.objects.to_mail().filter(_free(now), pk=alert.pk)
        if claimed.update(mail_from=now + AGAIN_AFTER):
            sent += _tell(Alert.objects.select_related("account").get(pk=alert.pk), now)
    return sent


def _free(now: datetime) -> Q:
    return Q(mail_from__isnull=True) | Q(mail_from__lte=now)


def _tell(alert: Alert, now: datetime) -> int:
    """Tell everybody of a claimed alert who was not told yet."""
    is_over = alert.closed_at is not None
    told = alert.closing_mailed_to if is_over else alert.mailed_to
    people = _told_before(alert) if is_over else administrators_with_mail()
    sent, has_failed = 0, False
    for user in people:
        if user.pk in told:
            continue
        try:
            _send(alert, user, is_over=is_over)
        except SMTPRecipientsRefused:
            has_failed = True
            logger.warning("alert_mail_refused", alert=alert.pk, user=user.pk)
            continue
        except (SMTPException, OSError) as error:
            logger.warning("alert_mail_failed", alert=alert.pk, error=type(error).__name__)
            return sent
        sent += 1
        told.append(user.pk)
        alert.save(update_fields=["mailed_to", "closing_mailed_to"])
    if not has_failed and (told or is_over):
        alert.mail_from = None
        setattr(alert, "closing_mailed_at" if is_over else "mailed_at", now)
        alert.save(update_fields=["mail_from", "mailed_at", "closing_mailed_at"])
    return sent


def administrators_with_mail() -> list[User]:
    """Return who is told of alerts."""
    head = Q(role=Role.ADMINISTRATOR) | Q(is_superuser=True)
    return list(User.objects.filter(head, is_active=True).exclude(email="").order_by("pk"))


def _told_before(alert: Alert) -> list[User]:
    """Return who has to hear that it is over: those who know of it and are still administrators."""
    return [user for user in administrators_with_mail() if user.pk in alert.mailed_to]


def _send(alert: Alert, user: User, *, is_over: bool) -> None:
    """Send one mail. Raises: SMTPException, OSError where the mail server doesn't take it."""
    with translation.override(settings.LANGUAGE_CODE):
        subject, text = mail_text(alert, user, is_over=is_over)
    send_mail(subject, text, None, [user.email])


def mail_text(alert: Alert, user: User, *, is_over: bool) -> tuple[str, str]:
    """Return subject and text of the mail to this user, in the language that is on."""
    zone = ZoneInfo(user.time_zone or settings.TIME_ZONE)
    words = words_of(alert, zone)
    subject = _("%(site)s: over: %(title)s") if is_over else _("%(site)s: %(title)s")
    context = {
        "alert": alert,
        "words": words,
        "site": settings.SITE_NAME,
        "zone": zone,
        "opened_at": moment_text(alert.opened_at, zone),
        "closed_at": moment_text(alert.closed_at, zone) if alert.closed_at else "",
        "link": settings.SITE_URL + words.path if settings.SITE_URL else "",
        "path": words.path,
    }
    template = "mail/alert_over.txt" if is_over else "mail/alert.txt"
    line = subject % {"site": settings.SITE_NAME, "title": words.title}
    return " ".join(line.split()), render_to_string(template, context)
