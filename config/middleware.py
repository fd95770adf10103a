"""What every request passes and every page is given: log line, client address, site name."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django_structlog.middlewares import RequestMiddleware


class RequestLog(RequestMiddleware):
    """A line for each request's start and end. A query string may hold a name: only the path."""

    @staticmethod
    def format_request(request: HttpRequest) -> str:
        """Return method and path."""
        return f"{request.method} {request.path}"


def client_address(request: HttpRequest) -> str:
    """Return the address that sign-in throttling counts by.

    Behind a trusted proxy that is the last entry of X-Forwarded-For, the one the proxy wrote
    itself: all earlier ones are the client's claim.
    """
    if settings.TRUST_PROXY_HEADER:
        forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "").rpartition(",")[2].strip()
        if forwarded:
            return str(forwarded)
    return str(request.META.get("REMOTE_ADDR", ""))


def site(_: HttpRequest) -> dict[str, Any]:
    """Return what every template may use: `site_name`."""
    return {"site_name": settings.SITE_NAME}
