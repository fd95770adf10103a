"""Why a registration came to nothing, in words for the administrator of the Moodle."""

from django.utils.translation import gettext_lazy as _

from reports.moodle.refusals import Refusal

_NEW_ADDRESS = _(
    "Ask whoever gave you the address for a new one: Manage, Moodle sites, Add a site."
)
_AGAIN = _(
    "The address still works: paste it once more in Moodle under Manage tools. If it stays like"
    " this, the tool can be registered by hand."
)

REGISTRATION_REFUSALS: dict[str, Refusal] = {
    "unknown": Refusal(
        _("This address is not known"),
        _("No such address to register by was made here, or it was withdrawn."),
        _NEW_ADDRESS,
        404,
    ),
    "used": Refusal(
        _("This address was used already"),
        _("An address to register by works once, and a Moodle was registered by this one."),
        _NEW_ADDRESS,
        410,
    ),
    "over": Refusal(
        _("This address has expired"),
        _("An address to register by works for a day, and nothing was registered by this one."),
        _NEW_ADDRESS,
        410,
    ),
    "not_from_moodle": Refusal(
        _("This address is opened by Moodle"),
        _(
            "What Moodle sends along is missing, so nothing was registered. The address still works."
        ),
        _(
            "In Moodle, paste it under Site administration, Plugins, Activity modules, External tool,"
            " Manage tools, and press “Add LTI Advantage”."
        ),
        400,
    ),
    "address": Refusal(
        _("That is no Moodle's address"),
        _(
            "A Moodle that is reached by HTTPS was expected, and its own page. Nothing was asked for"
            " and nothing was registered."
        ),
        _("Open the address from Moodle itself, and see that Moodle is reached by HTTPS."),
        400,
    ),
    "unreachable": Refusal(
        _("Moodle could not be reached"),
        _("This site got no answer from Moodle, so nothing was registered."),
        _(
            "See that Moodle can be reached from this site's machine, by a certificate that it"
            " trusts. Then paste the address once more: it still works."
        ),
        502,
    ),
    "no_configuration": Refusal(
        _("Moodle did not say how to register"),
        _("Its answer was not the description of a site, so nothing was registered."),
        _AGAIN,
        502,
    ),
    "disagrees": Refusal(
        _("Moodle describes another site"),
        _(
            "The site's name or its addresses are not those of the Moodle that opened this page, so"
            " nothing was registered."
        ),
        _(
            "See in Moodle's config.php that wwwroot is the address by which Moodle is reached. The"
            " address to register by still works."
        ),
        502,
    ),
    "token_refused": Refusal(
        _("Moodle did not take the registration"),
        _(
            "What Moodle sent along to register with works once and for an hour, and no longer does."
        ),
        _("Begin anew in Moodle under Manage tools, with the same address: it still works."),
        502,
    ),
    "refused": Refusal(
        _("Moodle refused the registration"),
        _("It did not take what this site told of itself, so nothing was registered."),
        _AGAIN,
        502,
    ),
    "taken": Refusal(
        _("Moodle's answer can't be used"),
        _(
            "It knows this site by an id that belongs to another Moodle here, so nothing was stored."
        ),
        _("In Moodle delete the tool that waits to be activated, and add it once more."),
        502,
    ),
    "no_answer": Refusal(
        _("Moodle's answer can't be used"),
        _(
            "It does not say by which id it knows this site now. In Moodle there may be a tool that"
            " waits to be activated: delete it there."
        ),
        _AGAIN,
        502,
    ),
}


class RegistrationRefused(Exception):
    """Nothing was registered. `reason` is a key of REGISTRATION_REFUSALS; `detail` is for the log."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(detail or reason)
        self.reason = reason
        self.detail = detail

    @property
    def refusal(self) -> Refusal:
        return REGISTRATION_REFUSALS[self.reason]
