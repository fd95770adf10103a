"""Why somebody can't get in from Moodle, in words for the person in front of it."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from reports.models import MoodleSite


@dataclass(frozen=True)
class Refusal:
    """A page's text: what happened, and what to do now."""

    title: str | Promise
    sentence: str | Promise
    advice: str | Promise
    status: int = 403


_AGAIN = _("Go back to the course in Moodle and open the link once more.")
_ASK = _("Ask whoever runs Moodle at your university: the tool may have to be registered anew.")

REFUSALS: dict[str, Refusal] = {
    "unknown_site": Refusal(
        _("This Moodle is not known here"),
        _("The link leads to a site that no administrator has registered, or no longer."),
        _ASK,
    ),
    "unknown_tool": Refusal(
        _("This link belongs to a tool that is no longer known"),
        _("Moodle knows the tool under an id that is not registered here."),
        _ASK,
    ),
    "inactive": Refusal(
        _("Waiting to be confirmed"),
        _("This Moodle has been registered, but nobody has confirmed it here yet."),
        _("Ask an administrator of this site to confirm it under Manage, Moodle sites."),
    ),
    "tool_waits": Refusal(
        _("Waiting to be confirmed"),
        _(
            "Moodle opens the link by a tool that was added lately; nobody has confirmed it here yet."
        ),
        _("Ask an administrator of this site to confirm it under Manage, Moodle sites."),
    ),
    "stopped": Refusal(
        _("This Moodle no longer leads here"),
        _("An administrator of this site has stopped it, and your session has ended."),
        _ASK,
    ),
    "session_over": Refusal(
        _("Your session is over"),
        _("Nothing was open for some hours, or you signed out."),
        _AGAIN,
    ),
    "incomplete": Refusal(
        _("This address is opened by Moodle"),
        _("It begins a sign-in, and what Moodle sends along is missing."),
        _("Open the link from the course in Moodle."),
        400,
    ),
    "no_role": Refusal(
        _("There is nothing here for your role"),
        _("Moodle sent you with a role that is neither a teacher's nor a learner's."),
        _("If that is wrong, ask the teacher of the course or whoever runs Moodle."),
    ),
    "learners_off": Refusal(
        _("Learners can't look at this course here"),
        _("The teacher has not opened the learners' own attendance to them."),
        _("Ask your teacher about your attendance."),
    ),
    "no_course": Refusal(
        _("No course was named"),
        _("Moodle opened the link outside of a course, so there is nothing to show."),
        _("Open the link from within a course."),
    ),
    "disabled": Refusal(
        _("Your access has been switched off"),
        _("An administrator has disabled your account here."),
        _("Ask the administrator of this site."),
    ),
    "over": Refusal(
        _("The sign-in took too long"),
        _("It was begun more than a few minutes ago, or was used already."),
        _AGAIN,
        400,
    ),
    "clock": Refusal(
        _("The clocks differ"),
        _("Moodle's clock and this site's are too far apart to check the sign-in."),
        _(
            "Tell whoever runs Moodle, or the administrator of this site: one of the clocks is wrong."
        ),
    ),
    "other_browser": Refusal(
        _("The sign-in was begun elsewhere"),
        _("This browser did not begin it, or keeps no cookies in this frame."),
        _("Open the link from the course again, in a new window if it stays like this."),
    ),
    "invalid": Refusal(
        _("Moodle's answer could not be trusted"),
        _("Its signature or its contents are not what they have to be."),
        _ASK,
    ),
    "refused_there": Refusal(
        _("Moodle refused the sign-in"),
        _("It did not say who you are."),
        _("Sign in to Moodle anew and open the link from the course once more."),
        400,
    ),
    "unreachable": Refusal(
        _("Moodle could not be asked"),
        _("To check the sign-in, Moodle's keys are needed, and Moodle did not give them."),
        _("Try again in a few minutes. If it stays like this, tell whoever runs Moodle."),
        502,
    ),
    "no_way_back": Refusal(
        _("This choice could not be sent back"),
        _("Moodle asked what a link leads to, and takes no link or named no page of its own."),
        _ASK,
    ),
    "window_over": Refusal(
        _("This window can't be opened any more"),
        _("It is opened once, from Moodle's frame, and within five minutes."),
        _("Go back to the page in Moodle and open the window from there."),
    ),
    "insecure": Refusal(
        _("Only by HTTPS"),
        _("This site is not reached by HTTPS, so a browser keeps no sign-in inside of Moodle."),
        _("Ask the administrator of this site to serve it by HTTPS."),
    ),
}


class LaunchRefused(Exception):
    """Somebody can't get in. `reason` is a key of REFUSALS.

    `detail` is for the log alone; `told`, what Moodle said of it, for the page.
    """

    def __init__(self, reason: str, detail: str = "", *, told: str = "") -> None:
        super().__init__(detail or reason)
        self.reason = reason
        self.detail = detail
        self.told = told

    @property
    def refusal(self) -> Refusal:
        return REFUSALS[self.reason]


def refusal_page(
    request: HttpRequest, refused: LaunchRefused, site: MoodleSite | None
) -> HttpResponse:
    """Return the page that says why, and whom to ask."""
    context = {
        "refusal": refused.refusal,
        "told": refused.told,
        "contact": site.contact if site else "",
    }
    status = refused.refusal.status
    return render(request, "moodle/refused.html", context, status=status)
