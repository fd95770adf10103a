"""Out of Moodle's frame into a window of its own, where the frame's cookies are not.

A page in the frame makes a ticket, and sends it by a form of its own into the new window. A ticket
is good once, soon, and while the frame's session is. Only a page of ours may send it: somebody
else's could sign people in as its author.
"""

import json
import secrets
from datetime import UTC, datetime
from importlib import import_module
from typing import Any

from cryptography.fernet import InvalidToken
from django.conf import settings
from django.contrib.auth import get_user, login, logout
from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme

from reports.access import MOODLE_SESSION
from reports.models import User
from reports.models.encrypted import secret_box
from reports.moodle.arrival import BACKEND

TICKET = "moodle_window"  # in the frame's session: the word of the ticket that was made last
GOOD_FOR_SECONDS = 300
LONGEST_PATH = 2000


def own_path(path: str) -> str:
    """Return the path of a page of ours; for any other address that of the front page."""
    is_ours = path.startswith("/") and url_has_allowed_host_and_scheme(path, None)
    return path if is_ours and len(path) <= LONGEST_PATH else "/"


def make_ticket(request: HttpRequest, path: str) -> str:
    """Return a ticket for the page at this path of ours. The session's earlier ones end."""
    word = secrets.token_urlsafe(24)
    request.session[TICKET] = word
    request.session.save()  # a new session has its key from now on
    ticket = {"session": request.session.session_key, "word": word, "path": path}
    return secret_box().encrypt(json.dumps(ticket).encode()).decode()


def is_sent_by_us(request: HttpRequest) -> bool:
    """Return whether the browser says that a page of this site sent the form."""
    sent_by = request.headers.get("Sec-Fetch-Site")
    if sent_by is not None:
        return sent_by == "same-origin"
    return request.headers.get("Origin") == f"{request.scheme}://{request.get_host()}"


def use_ticket(request: HttpRequest, ticket: str) -> str | None:
    """Sign in as who made the ticket, and return the path that it is for; None: it isn't good."""
    opened = _opened(ticket)
    if opened is None:
        return None
    session = import_module(settings.SESSION_ENGINE).SessionStore(opened["session"])
    word, came = session.pop(TICKET, None), session.get(MOODLE_SESSION)
    if word is None or not came or not secrets.compare_digest(word, opened["word"]):
        return None
    session.save()
    user = _user_of(session)
    if user is None:
        return None
    logout(request)
    login(request, user, backend=BACKEND)
    request.session[MOODLE_SESSION] = came | {"is_framed": False}
    until = max(came.get("until", {}).values(), default=0)
    request.session.set_expiry(datetime.fromtimestamp(until, UTC))
    return str(opened["path"])


def _opened(ticket: str) -> dict[str, Any] | None:
    try:
        opened: dict[str, Any] = json.loads(
            secret_box().decrypt(ticket.encode(), ttl=GOOD_FOR_SECONDS)
        )
    except (InvalidToken, UnicodeEncodeError):
        return None
    return opened


def _user_of(session: Any) -> User | None:
    """Return whose session it is, as Django itself would find out."""
    frame = HttpRequest()
    frame.session = session
    user = get_user(frame)
    return user if isinstance(user, User) and user.is_active else None
