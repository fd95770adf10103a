"""By which keys a Moodle site's people are matched: looked at first, then stored."""

from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from reports.access import Viewer, record_view
from reports.analytics.identities import KeyInForce, key_in_force
from reports.decisions.rules import set_site_keys
from reports.forms.site_matching import KEY_WORDS, MatchingForm
from reports.models import MoodleSite
from reports.queries.identities import KeysOfSite, site_keys_of
from reports.queries.site_matching import Preview, key_versions, preview
from reports.tables.identities import match_text, person_text, user_text
from reports.tables.roster import shown_name
from reports.views.guard import for_administrators
from reports.views.moodle.sites import SECTION
from reports.views.zone import reader_zone

TEMPLATE = "moodle/site_matching.html"
MOST_SHOWN = 50  # people, and courses


@require_http_methods(["GET", "HEAD", "POST"])
@for_administrators
def site_matching(request: HttpRequest, viewer: Viewer, pk: int) -> HttpResponse:
    """Show the keys; with others in the address what they would change; a POST stores them."""
    sites = MoodleSite.objects.select_related("account")
    site = get_object_or_404(sites.defer("account__secret", "account__erasure_key"), pk=pk)
    known = site_keys_of(site)
    if request.method == "POST":
        return _store(request, site, known)
    if "version" not in request.GET:
        return _page(request, site, known, MatchingForm.of(known))
    form = MatchingForm(request.GET)
    status = 200 if form.is_valid() else 400
    return _page(request, site, known, form, status=status)


def _store(request: HttpRequest, site: MoodleSite, known: KeysOfSite) -> HttpResponse:
    """Store keys that were looked at; where others were stored meanwhile, show what changes now."""
    form = MatchingForm(request.POST)
    if not form.is_valid():
        return _page(request, site, known, form, status=400)
    if form.cleaned_data["version"] != known.version:
        text = _("Somebody stored other keys meanwhile. Look at what these would change now.")
        messages.warning(request, text)
        return _page(request, site, known, form, status=400)
    if form.keys == known.keys:
        messages.info(request, _("Nothing was different, so nothing was stored."))
    else:
        made = set_site_keys(request, site, form.keys)
        text = _("Stored as version %(n)s. Every register of this Moodle goes by these keys now.")
        messages.success(request, text % {"n": made.version})
    return redirect("reports:moodle-site-matching", site.pk)


def _page(
    request: HttpRequest, site: MoodleSite, known: KeysOfSite, form: MatchingForm, status: int = 200
) -> HttpResponse:
    context: dict[str, Any] = {
        "section": SECTION,
        "site": site,
        "known": known,
        "in_force": keys_text(known.keys),
        "form": form,
        "zone": reader_zone(request),
        "versions": [
            (rule, keys_text(map(key_in_force, rule.keys)), user_text(rule.made_by))
            for rule in key_versions(site)
        ],
    }
    if form.is_bound and form.is_valid():
        found = preview(site, known.keys, form.keys)
        # It names people of all courses, and who they are.
        record_view(
            request, f"Moodle site {site.issuer}", matching=[it.key.value for it in form.keys]
        )
        context |= {
            "preview": found,
            "wanted": keys_text(form.keys),
            "is_same": form.keys == known.keys,
            "changes": _changes(found),
            "courses": found.courses[:MOST_SHOWN],
            "most": MOST_SHOWN,
        }
    return render(request, TEMPLATE, context, status=status)


def _changes(found: Preview) -> list[dict[str, Any]]:
    """Return the first people of whom something changes, in words."""
    return [
        {
            "name": person_text(it.person),
            "user_id": it.person.user_id,
            "course": it.course,
            "now": shown_name(it.now.line) if it.now.line else "",
            "now_how": match_text(it.now),
            "then": shown_name(it.then.line) if it.then.line else "",
            "then_how": match_text(it.then),
        }
        for it in found.changes[:MOST_SHOWN]
    ]


def keys_text(keys: Iterable[KeyInForce]) -> list[str]:
    """Return each key in words, with its day."""
    found = []
    for it in keys:
        text = str(KEY_WORDS[it.key])
        if it.valid_from is not None:
            day = it.valid_from.date().isoformat()
            text = _("%(key)s, from %(day)s on") % {"key": text, "day": day}
        found.append(text)
    return found
