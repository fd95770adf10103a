"""Moodle sites: registered, confirmed, given an account, taken away again."""

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from reports.access import Viewer, record
from reports.forms.moodle_sites import ByHandForm, LinkForm, SiteDeleteForm, SiteForm, ToolForm
from reports.models import MoodleSite, MoodleTool
from reports.moodle import sites as changes
from reports.moodle.configuration import (
    CUSTOM_PARAMETERS,
    GRADES_SCOPES,
    MEMBERSHIPS_SCOPE,
    tool_addresses,
)
from reports.moodle.keys import rotate_keys
from reports.moodle.registration import LINK_FOR, make_link, register_by_hand, withdraw_links
from reports.queries.moodle_sites import (
    name_examples,
    open_links,
    published_keys,
    site_lines,
    state_of,
    tools_of,
)
from reports.views.guard import for_administrators
from reports.views.moodle.launch import is_on_this_machine
from reports.views.zone import reader_zone

SECTION = "moodle-sites"


@require_safe
@for_administrators
def sites(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """List the sites and what waits to be confirmed."""
    now = timezone.now()
    context = {
        "section": SECTION,
        "lines": site_lines(),
        "open_links": open_links(now),
        "keys": published_keys(now),
        "is_insecure": _is_insecure(request),
        "zone": reader_zone(request),
    }
    return render(request, "moodle/sites.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@for_administrators
def site_new(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Make an address to register by, or register by hand."""
    how = request.POST.get("how", "")
    if how == "withdraw":
        count = withdraw_links(request)
        text = ngettext("%(n)d address was withdrawn.", "%(n)d addresses were withdrawn.", count)
        messages.success(request, text % {"n": count})
        return redirect("reports:moodle-sites")
    link_form = LinkForm(viewer.accounts(), request.POST if how == "link" else None)
    if link_form.is_valid():
        return _hand_out_link(request, link_form)
    hand_form = ByHandForm(viewer.accounts(), request.POST if how == "hand" else None)
    if hand_form.is_valid():
        return _register_by_hand(request, hand_form)
    context = {
        "section": SECTION,
        "link_form": link_form,
        "hand_form": hand_form,
        "addresses": tool_addresses(request),
        "custom": "\n".join(f"{name}={value}" for name, value in CUSTOM_PARAMETERS.items()),
        "custom_rows": len(CUSTOM_PARAMETERS),
        "is_insecure": _is_insecure(request),
    }
    status = 400 if request.method == "POST" else 200
    return render(request, "moodle/site_new.html", context, status=status)


@sensitive_variables("token", "link", "context")
def _hand_out_link(request: HttpRequest, form: LinkForm) -> HttpResponse:
    """Return the only page that shows the address."""
    values = form.cleaned_data
    token = make_link(request, values["account"], with_grades=values["with_grades"])
    link = request.build_absolute_uri(reverse("reports:moodle-register", args=[token]))
    context = {
        "section": SECTION,
        "link": link,
        "hours": int(LINK_FOR.total_seconds() // 3600),
        "is_insecure": _is_insecure(request),
    }
    return render(request, "moodle/site_new_link.html", context)


def _register_by_hand(request: HttpRequest, form: ByHandForm) -> HttpResponse:
    values = form.cleaned_data
    done = register_by_hand(
        request,
        form.told(),
        client_id=values["client_id"],
        deployment_id=values["deployment_id"],
        account=values["account"],
    )
    if done.is_new_site:
        text = _("“%(name)s” is stored. Nobody gets in from there until you confirm it.")
    else:
        text = _("“%(name)s” was known already, and has this tool now.")
    messages.success(request, text % {"name": done.site.name})
    return redirect("reports:moodle-site", done.site.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@for_administrators
def site(request: HttpRequest, viewer: Viewer, pk: int) -> HttpResponse:
    """Show one site and change what is set for it."""
    shown = _site(pk)
    if request.method != "POST":
        return _site_page(request, shown, SiteForm.of(shown, viewer.accounts()))
    form = SiteForm(viewer.accounts(), request.POST)
    if not form.is_valid():
        return _site_page(request, shown, form, status=400)
    if changes.change(request, shown, form.cleaned_data):
        messages.success(request, _("The changes are stored."))
    else:
        messages.info(request, _("Nothing was different, so nothing was stored."))
    return redirect("reports:moodle-site", pk)


@require_POST
@for_administrators
def site_confirm(request: HttpRequest, viewer: Viewer, pk: int) -> HttpResponse:
    """Let people in from the site; where a tool is named, by that tool of it."""
    shown = _site(pk)
    if "tool" in request.POST:
        return _confirm_tool(request, shown)
    changes.confirm(request, shown)
    text = _("“%(name)s” is confirmed: people can come in from there.")
    messages.success(request, text % {"name": shown.name})
    return redirect("reports:moodle-site", pk)


def _confirm_tool(request: HttpRequest, shown: MoodleSite) -> HttpResponse:
    form = ToolForm(shown.tools.select_related("site"), request.POST)
    if not form.is_valid():
        raise Http404
    tool = form.cleaned_data["tool"]
    changes.confirm_tool(request, tool)
    text = _("The tool %(client)s is confirmed: links by it work.")
    messages.success(request, text % {"client": tool.client_id})
    return redirect("reports:moodle-site", shown.pk)


@require_POST
@for_administrators
def site_stop(request: HttpRequest, viewer: Viewer, pk: int) -> HttpResponse:
    """Let nobody in from the site any more."""
    shown = _site(pk)
    changes.stop(request, shown)
    text = _("“%(name)s” is stopped, and who came from there is out. Its courses are kept.")
    messages.success(request, text % {"name": shown.name})
    return redirect("reports:moodle-site", pk)


@require_POST
@for_administrators
def tool_take(request: HttpRequest, viewer: Viewer, pk: int, tool_pk: int) -> HttpResponse:
    """Forget one of the ways in which the site knows Rollcall."""
    tool = get_object_or_404(MoodleTool.objects.select_related("site"), pk=tool_pk, site=pk)
    changes.take_tool(request, tool)
    text = _("The tool %(client)s was taken away: links by it are refused now.")
    messages.success(request, text % {"client": tool.client_id})
    return redirect("reports:moodle-site", pk)


@require_http_methods(["GET", "HEAD", "POST"])
@for_administrators
def site_delete(request: HttpRequest, viewer: Viewer, pk: int) -> HttpResponse:
    """Show what goes with the site and ask for its name; a POST with the name deletes it."""
    shown = _site(pk)
    form = SiteDeleteForm(shown, request.POST or None)
    holdings = changes.holdings_of(shown)
    if form.is_valid() and not holdings.administrators:
        changes.delete(request, shown)
        text = _("“%(name)s” and its courses were deleted.")
        messages.success(request, text % {"name": shown.name})
        return redirect("reports:moodle-sites")
    context = {"section": SECTION, "site": shown, "form": form, "holdings": holdings}
    status = 400 if request.method == "POST" else 200
    return render(request, "moodle/site_delete.html", context, status=status)


@require_POST
@for_administrators
def keys_rotate(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Sign with a new key from now on."""
    key = rotate_keys()
    record(request, "changed keys", "moodle sites", key=key.kid)
    messages.success(
        request,
        _("A new key signs from now on. The earlier one stays published for a week."),
    )
    return redirect("reports:moodle-sites")


def _site(pk: int) -> MoodleSite:
    sites = MoodleSite.objects.select_related("account", "confirmed_by")
    return get_object_or_404(sites.defer("account__secret", "account__erasure_key"), pk=pk)


def _site_page(
    request: HttpRequest, shown: MoodleSite, form: SiteForm, status: int = 200
) -> HttpResponse:
    """Return the site's page; rules for names are shown by the courses that were opened last."""
    rule = shown.room_name_rule
    if form.is_bound:
        rule = form.cleaned_data.get("room_name_rule", "")
    context = {
        "section": SECTION,
        "site": shown,
        "state": state_of(shown).value,
        "tools": tools_of(shown),
        "course_count": shown.courses.count(),
        "examples": name_examples(shown, rule),
        "form": form,
        "memberships_scope": MEMBERSHIPS_SCOPE,
        "grades_scope": GRADES_SCOPES[0],
        "is_insecure": _is_insecure(request),
        "zone": reader_zone(request),
    }
    return render(request, "moodle/site.html", context, status=status)


def _is_insecure(request: HttpRequest) -> bool:
    """Return whether launches would be refused: `refuse_insecure`."""
    return not settings.BEHIND_HTTPS and not is_on_this_machine(request)
