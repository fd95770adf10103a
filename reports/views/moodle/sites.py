"""Moodle sites: registered, confirmed, given an account, taken away again."""

from django.http import Http404, HttpRequest, HttpResponse

from reports.access import Viewer
from reports.views.guard import for_administrators


@for_administrators
def sites(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """List the sites and what waits to be confirmed."""
    raise Http404


@for_administrators
def site_new(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Make an address to register by, or register by hand."""
    raise Http404


@for_administrators
def site(request: HttpRequest, viewer: Viewer, pk: int) -> HttpResponse:
    """Show one site and change what is set for it."""
    raise Http404


@for_administrators
def site_confirm(request: HttpRequest, viewer: Viewer, pk: int) -> HttpResponse:
    """Let people in from the site."""
    raise Http404


@for_administrators
def site_stop(request: HttpRequest, viewer: Viewer, pk: int) -> HttpResponse:
    """Let nobody in from the site any more."""
    raise Http404


@for_administrators
def site_delete(request: HttpRequest, viewer: Viewer, pk: int) -> HttpResponse:
    """Take the site away with its courses."""
    raise Http404


@for_administrators
def keys_rotate(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Sign with a new key from now on."""
    raise Http404
