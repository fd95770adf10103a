"""When somebody is present: a course's rule and a site's default, with what another would change."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from reports.access import Viewer, record_view
from reports.analytics.presence import Mark, Rule
from reports.decisions.rules import set_rule
from reports.forms.presence_rule import PresenceRuleForm, rule_query, typed_query
from reports.forms.register import TERM, RegisterForm
from reports.models import Course, MoodleSite, PresenceRule
from reports.queries.freshness import freshness
from reports.queries.presence_rules import course_rules, rule_of, site_rule, site_rules
from reports.queries.register import Register, course_register
from reports.queries.rule_preview import (
    RulePreview,
    courses_by_default,
    rule_preview,
    site_rule_preview,
)
from reports.tables.marks import rule_text
from reports.tables.rule_preview import ChangeTable, CourseChangeTable, mark_with_word
from reports.views.guard import for_administrators, for_viewers
from reports.views.moodle.course import course_of_viewer, target_of
from reports.views.zone import reader_zone

COURSE_TEMPLATE = "moodle/course_rule.html"
SITE_TEMPLATE = "moodle/site_rule.html"
RANGE = ("from", "to", "tz")  # of the classes that are looked at
MOST_CHANGES = 200  # listed one by one; all are counted
MOST_COURSES = 10  # looked at for a site's default
MOST_VERSIONS = 50


@dataclass(frozen=True)
class Version:
    """An earlier or the newest rule, in words, and how to fill the form with it."""

    number: int
    text: str
    planned: int | None
    made_at: datetime
    made_by: str
    query: str
    is_newest: bool


@require_http_methods(["GET", "HEAD", "POST"])
@for_viewers
def course_rule(request: HttpRequest, viewer: Viewer, pk: int) -> HttpResponse:
    """Show the course's rule and what another one would change; a POST stores one."""
    course = course_of_viewer(viewer, pk)
    data = request.POST if request.method == "POST" else request.GET
    if data.get("do") == "preview" and request.method == "POST":
        return redirect(f"{request.path}?{typed_query(data, *RANGE)}")
    ranged = _range(request, course, data)
    if not ranged.is_valid():
        context = {"section": "courses", "course": course, "ranged": ranged, "zone": ranged.zone}
        return render(request, COURSE_TEMPLATE, context, status=400)
    register = course_register(course, viewer.sessions(), ranged.from_at, ranged.to_at)
    form = _form(request, register.rule.rule, held=len(register.classes))
    if request.method == "POST" and form.is_valid():
        _store(request, course.site, course, form)
        return redirect("reports:course-rule", pk)
    record_view(request, target_of(course), register=True)
    context = _course_page(course, ranged, register) | _shown(form, data)
    if form.is_bound and form.is_valid():
        preview = rule_preview(register, form.rule)
        context["preview"] = preview
        context["totals"] = _totals(preview)
        listed = preview.changes[:MOST_CHANGES]
        context["table"] = ChangeTable(listed, ranged.zone) if listed else None
        context["unlisted"] = len(preview.changes) - len(listed)
    return render(request, COURSE_TEMPLATE, context, status=_status(form))


@require_http_methods(["GET", "HEAD", "POST"])
@for_administrators
def moodle_site_rule(request: HttpRequest, viewer: Viewer, pk: int) -> HttpResponse:
    """Show the site's default rule and what another one would change; a POST stores one."""
    sites = MoodleSite.objects.select_related("account")
    site = get_object_or_404(sites.defer("account__secret", "account__erasure_key"), pk=pk)
    data = request.POST if request.method == "POST" else request.GET
    if data.get("do") == "preview" and request.method == "POST":
        return redirect(f"{request.path}?{typed_query(data)}")
    in_force = site_rule(site)
    form = _form(request, in_force.rule)
    if request.method == "POST" and form.is_valid():
        _store(request, site, None, form)
        return redirect("reports:moodle-site-rule", pk)
    courses = courses_by_default(site)
    context: dict[str, Any] = {
        "section": "moodle-sites",
        "site": site,
        "in_force": in_force,
        "rule_text": rule_text(in_force.rule),
        "versions": _versions(site_rules(site)),
        "course_count": courses.count(),
        "all_courses": site.courses.count(),
        "zone": reader_zone(request),
    } | _shown(form, data)
    if form.is_bound and form.is_valid():
        now = timezone.now()
        looked_at = courses[:MOST_COURSES]
        lines = site_rule_preview(looked_at, viewer.sessions(), form.rule, now - TERM, now)
        context["lines"] = lines
        context["table"] = CourseChangeTable(lines) if lines else None
        context["changes"] = sum(len(line.preview.changes) for line in lines)
        context["is_everything"] = len(lines) == context["course_count"]
        context["weeks"] = TERM.days // 7
    return render(request, SITE_TEMPLATE, context, status=_status(form))


def _range(request: HttpRequest, course: Course, data: QueryDict) -> RegisterForm:
    """Return the days of which classes are looked at."""
    days = {name: data[name] for name in RANGE if name in data}
    return RegisterForm(days, reader_zone(request), course)


def _form(request: HttpRequest, rule: Rule, held: int = 0) -> PresenceRuleForm:
    """Return the form with what was typed; without that, with the rule in force."""
    if request.method == "POST":
        return PresenceRuleForm(request.POST, rule=rule, held=held)
    return PresenceRuleForm(request.GET if "kind" in request.GET else None, rule=rule, held=held)


def _status(form: PresenceRuleForm) -> int:
    return 400 if form.is_bound and not form.is_valid() else 200


def _shown(form: PresenceRuleForm, data: QueryDict) -> dict[str, Any]:
    """Return the form, and the days that the address names, to be named again."""
    kept = [(name, data[name]) for name in RANGE if data.get(name)]
    return {"form": form, "kept": kept}


def _course_page(course: Course, ranged: RegisterForm, register: Register) -> dict[str, Any]:
    account = course.site.account
    return {
        "section": "courses",
        "course": course,
        "freshness": freshness([account]) if account else None,
        "accounts": [account] if account else [],
        "ranged": ranged,
        "zone": ranged.zone,
        "register": register,
        "in_force": register.rule,
        "rule_text": rule_text(register.rule.rule),
        "versions": _versions(course_rules(course)),
    }


def _totals(preview: RulePreview) -> list[dict[str, Any]]:
    """Return how many marks there are of each kind now and by the other rule, where there is any."""
    counted = [
        (mark, getattr(preview.before, mark.value), getattr(preview.after, mark.value))
        for mark in Mark
    ]
    return [
        {"mark": mark_with_word(mark), "before": before, "after": after}
        for mark, before, after in counted
        if before or after
    ]


def _versions(rules: Any) -> list[Version]:
    """Return the versions of a rule, the newest first."""
    found = list(rules.select_related("made_by")[:MOST_VERSIONS])
    return [_version(row, is_newest=row is found[0]) for row in found]


def _version(row: PresenceRule, *, is_newest: bool) -> Version:
    rule, by = rule_of(row), row.made_by
    return Version(
        number=row.version,
        text=rule_text(rule),
        planned=rule.planned_classes,
        made_at=row.made_at,
        made_by=(by.get_full_name() or by.username) if by else "",
        query=rule_query(rule),
        is_newest=is_newest,
    )


def _store(
    request: HttpRequest, site: MoodleSite, course: Course | None, form: PresenceRuleForm
) -> None:
    made = set_rule(request, site, course, form.rule)
    if made is None:
        messages.info(request, _("This rule counts already, so nothing was stored."))
    else:
        text = _("Version %(n)s of the rule is stored. It counts for earlier classes too.")
        messages.success(request, text % {"n": made.version})
