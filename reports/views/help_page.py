"""The help: every definition on one page, how to read the pages, and what they can't tell."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.management import get_commands
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from reports.access import Viewer
from reports.definitions import (
    ADMINISTRATION,
    FIGURES,
    FINDINGS,
    READING,
    REGISTER,
    ROSTER,
    STATUS_SENTENCES,
    WORDS,
    Definition,
)
from reports.models import FindingKind
from reports.queries.session_lines import SessionStatus
from reports.tables.sessions import status_mark
from reports.views.guard import for_learners_too
from reports.views.zone import reader_zone


@dataclass(frozen=True)
class Part:
    """A section of the page; its text is the template of its name."""

    anchor: str
    title: str | Promise
    definitions: tuple[Definition, ...] = ()

    @property
    def template(self) -> str:
        return f"reports/_help_{self.anchor.replace('-', '_')}.html"


PARTS = (
    Part("reading", _("How to read the pages"), READING),
    Part("numbers", _("The numbers"), FIGURES),
    Part("words", _("The words"), WORDS),
    Part("courses", _("Courses from Moodle"), ROSTER),
    Part("the-register", _("The register"), REGISTER),
    Part("not-held", _("What these reports do not hold")),
    Part("files", _("Files")),
)
FOR_ADMINISTRATORS = Part("administration", _("For administrators"), ADMINISTRATION)


@require_safe
@for_learners_too
def help_page(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Return the page; what only administrators meet is shown to them alone. No queries of ours."""
    context: dict[str, Any] = {
        "section": "help",
        "parts": PARTS,
        "zone": reader_zone(request),
        "settling_days": settings.SYNC_SETTLING_DAYS,
        "statuses": [
            (status_mark(SessionStatus(value)), sentence)
            for value, sentence in STATUS_SENTENCES.items()
        ],
    }
    if viewer.is_administrator:
        context |= {
            "parts": (*PARTS, FOR_ADMINISTRATORS),
            "findings": [(FindingKind(kind).label, words) for kind, words in FINDINGS.items()],
            "commands": own_commands(),
        }
    return render(request, "reports/help.html", context)


def own_commands() -> list[str]:
    """Return the names of the product's own commands of manage.py."""
    return sorted(name for name, app in get_commands().items() if app == "reports")
