"""Sign-ins in the access log: who came, who left, and who was refused. Signals of Django and axes.

Only what came by a form counts: `force_login` of a test and a session that ends by itself are none.
A name that nobody has is not kept, because people type passwords into the wrong field.
"""

from typing import Any

from axes.signals import user_locked_out
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.dispatch import receiver
from django.http import HttpRequest

from reports.access import record, record_as
from reports.models import User

NOBODY = "nobody"


def _is_form(request: HttpRequest | None) -> bool:
    return request is not None and request.method == "POST"


@receiver(user_logged_in)
def signed_in(sender: Any, request: HttpRequest, user: User, **_: Any) -> None:
    """Write down who signed in. Who came from Moodle has a line that says so."""
    if _is_form(request) and not user.is_from_moodle:
        record(request, "signed in", f"user {user.username}")


@receiver(user_logged_out)
def signed_out(sender: Any, request: HttpRequest, user: User | None, **_: Any) -> None:
    """Write down who signed out."""
    if _is_form(request) and user is not None:
        record_as(user.username, "signed out", f"user {user.username}")


@receiver(user_login_failed)
def refused(
    sender: Any, credentials: dict[str, Any], request: HttpRequest | None = None, **_: Any
) -> None:
    """Write down whose password was wrong."""
    if _is_form(request):
        record_as(NOBODY, "sign-in refused", _typed(str(credentials.get("username", ""))))


@receiver(user_locked_out)
def locked_out(sender: Any, request: HttpRequest, username: str, **_: Any) -> None:
    """Write down who has to wait after too many tries."""
    record_as(NOBODY, "locked out", _typed(username))


def _typed(username: str) -> str:
    known = User.objects.filter(username=username).exists()
    return f"user {username}" if known else "an unknown user"
