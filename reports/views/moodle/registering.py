"""Dynamic registration: the page that Moodle opens in its frame."""

from django.http import Http404, HttpRequest, HttpResponse


def register(request: HttpRequest, token: str) -> HttpResponse:
    """Register Rollcall with the Moodle that opened this address; good once."""
    raise Http404
