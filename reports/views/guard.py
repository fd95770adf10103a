"""Who gets into a view: the signed-in with what is theirs, everybody else to the sign-in.

A learner from Moodle gets into the few pages that say so; the others don't exist for them.
"""

from collections.abc import Callable
from functools import update_wrapper
from typing import Concatenate, ParamSpec

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase

from reports.access import Viewer, viewer_of

P = ParamSpec("P")
Seen = Callable[Concatenate[HttpRequest, Viewer, P], HttpResponseBase]
Page = Callable[Concatenate[HttpRequest, P], HttpResponseBase]
LARGEST_KEY = 2**63 - 1  # in the database; it can't even be asked for a larger one, or for a NUL


def for_viewers(view: Seen[P]) -> Page[P]:
    """Give the view its viewer, no learner; who isn't signed in is asked to."""

    def page(
        request: HttpRequest, viewer: Viewer, /, *args: P.args, **kwargs: P.kwargs
    ) -> HttpResponseBase:
        if viewer.is_learner:
            raise Http404
        return view(request, viewer, *args, **kwargs)

    update_wrapper(page, view)
    return for_learners_too(page)


def for_learners_too(view: Seen[P]) -> Page[P]:
    """Give the view its viewer, whoever that is; who isn't signed in is asked to."""

    def page(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if not all(_can_exist(value) for value in kwargs.values()):
            raise Http404
        return view(request, viewer_of(request.user, request.session), *args, **kwargs)

    update_wrapper(page, view)
    return login_required(page)


def _can_exist(value: object) -> bool:
    """Return whether a part of the address can name anything that is stored."""
    return value <= LARGEST_KEY if isinstance(value, int) else "\x00" not in str(value)


def for_administrators(view: Seen[P]) -> Page[P]:
    """Give the view its viewer, an administrator; for other people the page does not exist."""

    def page(
        request: HttpRequest, viewer: Viewer, /, *args: P.args, **kwargs: P.kwargs
    ) -> HttpResponseBase:
        if not viewer.is_administrator:
            raise Http404
        return view(request, viewer, *args, **kwargs)

    update_wrapper(page, view)
    return for_viewers(page)
