"""What makes somebody present: the form of a course's rule, and of a site's default."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _, ngettext_lazy

from reports.analytics.presence import Rule

SHARE, MINUTES = "share", "minutes"
LONGEST_MINUTES = 24 * 60
MOST_CLASSES = 1000
OF_KIND = {SHARE: ("share", "share_partly"), MINUTES: ("minutes", "minutes_partly")}
NAMES = ("kind", "share", "share_partly", "minutes", "minutes_partly", "required", "planned")


class WholeField(forms.IntegerField):
    """A whole number within limits, which an error names."""

    def __init__(self, least: int, most: int, **kwargs: Any) -> None:
        self.limits = {"least": least, "most": most}
        attrs = {"class": "form-control form-control-sm rule-number", "min": least, "max": most}
        super().__init__(required=False, widget=forms.NumberInput(attrs=attrs), **kwargs)

    def clean(self, value: Any) -> int | None:
        """Return the number. Raises: ValidationError for anything that is none within the limits."""
        try:
            number: int | None = super().clean(value)
        except ValidationError as refused:
            raise self.refusal() from refused
        if number is not None and not self.limits["least"] <= number <= self.limits["most"]:
            raise self.refusal()
        return number

    def refusal(self) -> ValidationError:
        """Return what to say of anything else."""
        text = _("Enter a whole number from %(least)s to %(most)s.")
        return ValidationError(text, params=self.limits)


class PresenceRuleForm(forms.Form):
    """At least a share of the class or at least so many minutes. Only the chosen kind is looked at."""

    kind = forms.ChoiceField(
        label=_("Somebody is present who was there for"),
        choices=[(SHARE, _("a share of the class")), (MINUTES, _("a number of minutes"))],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose a share or minutes.")},
    )
    share = WholeField(1, 100, label=_("Present from (%)"))
    share_partly = WholeField(1, 99, label=_("Partly from (%)"))
    minutes = WholeField(1, LONGEST_MINUTES, label=_("Present from (min)"))
    minutes_partly = WholeField(1, LONGEST_MINUTES - 1, label=_("Partly from (min)"))
    required = WholeField(1, 100, label=_("To be attended (%)"))
    planned = WholeField(1, MOST_CLASSES, label=_("Classes planned in all"))

    def __init__(self, data: Any = None, *, rule: Rule, held: int = 0) -> None:
        """`held` classes took place already: fewer can't be planned."""
        super().__init__(data, initial=values_of(rule))
        self.held = held

    def clean(self) -> dict[str, Any]:
        """Ask for the number of the chosen kind; leave what was typed for the other kind alone."""
        values = super().clean() or self.cleaned_data
        for kind, names in OF_KIND.items():
            if values.get("kind") != kind:
                for name in names:
                    self.errors.pop(name, None)
                    values[name] = None
        chosen = values.get("kind")
        if chosen:
            self._check(*OF_KIND[chosen])
        planned = values.get("planned")
        if planned is not None and planned < self.held:
            text = ngettext_lazy(
                "%(n)s class has taken place already: plan at least as many, or ignore on the page"
                " “Classes” what is none.",
                "%(n)s classes have taken place already: plan at least as many, or ignore on the"
                " page “Classes” what is none.",
                self.held,
            )
            self.add_error("planned", ValidationError(text, params={"n": self.held}))
        return values

    def _check(self, name: str, partly_name: str) -> None:
        present, partly = self.cleaned_data.get(name), self.cleaned_data.get(partly_name)
        if present is None and name not in self.errors:
            field: Any = self.fields[name]
            self.add_error(name, field.refusal())
        if present is not None and partly is not None and partly >= present:
            text = _("Partly begins below present: enter less than %(present)s, or nothing.")
            self.add_error(partly_name, ValidationError(text, params={"present": present}))

    @property
    def rule(self) -> Rule:
        """The rule that a valid form describes."""
        values = self.cleaned_data
        return Rule(
            share_percent=values["share"],
            partly_percent=values["share_partly"],
            minutes=values["minutes"],
            partly_minutes=values["minutes_partly"],
            required_percent=values["required"],
            planned_classes=values["planned"],
        )


def values_of(rule: Rule) -> dict[str, Any]:
    """Return the form's values for the rule."""
    return {
        "kind": MINUTES if rule.minutes is not None else SHARE,
        "share": rule.share_percent,
        "share_partly": rule.partly_percent,
        "minutes": rule.minutes,
        "minutes_partly": rule.partly_minutes,
        "required": rule.required_percent,
        "planned": rule.planned_classes,
    }


def rule_query(rule: Rule) -> str:
    """Return the address's query that fills the form with the rule."""
    return urlencode({key: it for key, it in values_of(rule).items() if it is not None})


def typed_query(data: Mapping[str, Any], *more: str) -> str:
    """Return the query with what was typed, right or wrong, to look at it."""
    found = {name: str(data.get(name, ""))[:20] for name in (*NAMES, *more)}
    return urlencode({name: text for name, text in found.items() if text})
