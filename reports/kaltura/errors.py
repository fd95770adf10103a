"""Everything that can go wrong between us and Kaltura, as one tree of exceptions.

Belongs here: the classes, and what each says to an administrator. Does not belong here: finding an
error in a body (``answers``), deciding what to try again (``transport``).
Source of truth for the codes: the public server code (KalturaErrors, APIErrors, kSessionBase).

str() of each is what to show: what happened, then what to do (.advice); never a KS.

    KalturaError                    .code, .advice, .retry_after
    ├── ConnectionFailed            no answer: wrong address, name, certificate, network
    │   └── TimedOut                connected, but nothing came in time
    ├── HttpFailed                  .status: one without an API error in its body; redirects too
    ├── BadAnswer                   an answer that is not what was asked for
    │   ├── HtmlAnswer              a web page: a proxy's or a maintenance page
    │   ├── BrokenOffAnswer         the body ended before its end
    │   ├── MissingColumns          .columns: the report lacks what can't be done without
    │   └── UnreadableAnswer        none of the forms that Kaltura answers in
    ├── ApiError                    .message: an error that Kaltura's API reports, its text masked
    │   ├── SignInFailed
    │   │   ├── WrongSecret         START_SESSION_ERROR
    │   │   ├── AppTokenNotFound    APP_TOKEN_ID_NOT_FOUND
    │   │   ├── AppTokenNotActive   APP_TOKEN_NOT_ACTIVE
    │   │   ├── AppTokenExpired     APP_TOKEN_EXPIRED
    │   │   └── AppTokenHashWrong   INVALID_APP_TOKEN_HASH
    │   ├── KsRejected
    │   │   ├── KsMissing           MISSING_KS
    │   │   ├── KsInvalid           INVALID_KS, inner code -1 and any that is not listed here
    │   │   ├── KsExpired           -5
    │   │   ├── KsLoggedOut         -6
    │   │   ├── KsActionsUsedUp     -8
    │   │   ├── KsIpRestricted      -9
    │   │   └── KsUriRestricted     -11
    │   ├── AccessRefused
    │   │   ├── ServiceForbidden    SERVICE_FORBIDDEN
    │   │   └── AccountBlocked      SERVICE_FORBIDDEN_CONTENT_BLOCKED, …_FULLY_BLOCKED
    │   ├── RateLimited             ACTION_BLOCKED, and HTTP 429
    │   ├── ReportNotFound          REPORT_NOT_FOUND
    │   ├── ParameterMissing        INTERNAL_SERVERL_ERROR (Kaltura's spelling)
    │   ├── TooHeavy                ask for a smaller window
    │   │   ├── QueryTimedOut       DRUID_QUERY_TIMED_OUT
    │   │   └── TooGeneral          SEARCH_TOO_GENERAL
    │   └── UnknownApiError         any other code
    ├── CredentialsError            accepted by Kaltura, but not what is needed
    │   ├── KsNotAdmin
    │   └── KsOfAnotherPartner      .expected, .found: partner ids
    └── BadFilter                   also a ValueError; what can't be sent, so nothing was
"""

from collections.abc import Sequence
from typing import ClassVar

from reports.kaltura.masking import mask

_LONGEST_MESSAGE = 500  # characters of Kaltura's own text that are kept


class KalturaError(Exception):
    """The base of all; the text passes through the mask once more, whoever raised it."""

    code: str = "KALTURA_ERROR"
    advice: str = ""
    retry_after: float | None = None  # seconds that the server asked to wait

    def __init__(
        self, what_happened: str, *, code: str | None = None, advice: str | None = None
    ) -> None:
        self.code = code or self.code
        self.advice = self.advice if advice is None else advice
        super().__init__(mask(f"{what_happened} {self.advice}".strip()))


class ConnectionFailed(KalturaError):
    code = "CONNECTION_FAILED"
    advice = "Check the endpoint's address and this server's network, then try again."

    def __init__(
        self,
        what_happened: str = "Kaltura could not be reached.",
        *,
        advice: str | None = None,
        may_pass: bool = True,
    ) -> None:
        self.may_pass = may_pass  # False: asking again is no use
        super().__init__(what_happened, advice=advice)


class TimedOut(ConnectionFailed):
    code = "TIMED_OUT"
    advice = "Try again later; if it was a report, with a smaller range of dates."

    def __init__(self, what_happened: str = "Kaltura did not answer in time.") -> None:
        super().__init__(what_happened)


class HttpFailed(KalturaError):
    code = "HTTP_FAILED"
    advice = "If it stays so, check the endpoint's address, or ask whoever runs that server."

    def __init__(
        self, status: int, what_happened: str | None = None, *, advice: str | None = None
    ) -> None:
        self.status = status
        super().__init__(
            what_happened or f"The server answered with HTTP status {status}.",
            code=f"HTTP_{status}",
            advice=advice,
        )


class BadAnswer(KalturaError):
    code = "BAD_ANSWER"


class HtmlAnswer(BadAnswer):
    code = "HTML_ANSWER"
    advice = (
        "This is usually a maintenance page, a proxy or a wrong endpoint address: "
        "check the address, or try again later."
    )

    def __init__(self, title: str = "") -> None:
        named = f" (“{title}”)" if title else ""
        super().__init__(f"The server answered with a web page{named} instead of data.")


class BrokenOffAnswer(BadAnswer):
    code = "BROKEN_OFF"
    advice = "Nothing of it was used; try again, with a smaller range of dates if it happens again."

    def __init__(self, what_happened: str = "Kaltura's answer broke off before its end.") -> None:
        super().__init__(what_happened)


class MissingColumns(BadAnswer):
    code = "MISSING_COLUMNS"
    advice = (
        "Kaltura may have changed its report: check for a newer version of this product, "
        "and tell its makers the names above."
    )

    def __init__(self, columns: Sequence[str], *, found: Sequence[str] = ()) -> None:
        self.columns = tuple(columns)
        has = f" (it has: {', '.join(found)})" if found else ""
        super().__init__(f"The report came without the needed columns {', '.join(columns)}{has}.")


class UnreadableAnswer(BadAnswer):
    code = "UNREADABLE_ANSWER"
    advice = "Check that the endpoint's address is that of a Kaltura server, or try again later."

    def __init__(self, what_happened: str = "The answer is not one that Kaltura gives.") -> None:
        super().__init__(what_happened)


class ApiError(KalturaError):
    """An error that the API itself reported; ``message`` is its text, masked and shortened."""

    what_happened: ClassVar[str] = "Kaltura reported an error."

    def __init__(
        self, message: str = "", *, code: str | None = None, what_happened: str | None = None
    ) -> None:
        self.message = mask(message)[:_LONGEST_MESSAGE]
        super().__init__(what_happened or self.what_happened, code=code)


class SignInFailed(ApiError):
    what_happened = "Kaltura refused the sign-in."
    advice = "Check the partner id and what you signed in with."


class WrongSecret(SignInFailed):
    code = "START_SESSION_ERROR"
    what_happened = "Kaltura refused the partner id and admin secret."
    advice = (
        "Check both in the KMC under Settings > Integration Settings: "
        "it must be the administrator secret, not the user secret."
    )


class AppTokenNotFound(SignInFailed):
    code = "APP_TOKEN_ID_NOT_FOUND"
    what_happened = "Kaltura knows no app token with this id in this account."
    advice = "Check the app token's id, the partner id and the endpoint."


class AppTokenNotActive(SignInFailed):
    code = "APP_TOKEN_NOT_ACTIVE"
    what_happened = "This app token is switched off."
    advice = "Activate it in Kaltura, or connect with another one."


class AppTokenExpired(SignInFailed):
    code = "APP_TOKEN_EXPIRED"
    what_happened = "This app token has expired."
    advice = "Make a new app token in Kaltura and enter it here."


class AppTokenHashWrong(SignInFailed):
    code = "INVALID_APP_TOKEN_HASH"
    what_happened = "Kaltura refused the app token."
    advice = (
        "Check the token itself (not its id), and that the hash type is the one it was made with."
    )


class KsRejected(ApiError):
    code = "INVALID_KS"
    what_happened = "Kaltura refused the KS."
    advice = "Enter a new KS, or connect with an app token, which is renewed without you."


class KsMissing(KsRejected):
    code = "MISSING_KS"
    what_happened = "Kaltura received no KS."


class KsInvalid(KsRejected):
    what_happened = "Kaltura can't read the KS."
    advice = (
        "Check that all of it was copied and that the endpoint is the account's own, "
        "or connect with an app token."
    )


class KsExpired(KsRejected):
    what_happened = "The KS has expired."


class KsLoggedOut(KsRejected):
    what_happened = "The KS was ended (logged out)."


class KsActionsUsedUp(KsRejected):
    what_happened = "The KS allows only a number of calls, and they are used up."


class KsIpRestricted(KsRejected):
    what_happened = "The KS is valid from other IP addresses only."
    advice = (
        "Enter a KS (or an app token) that is not restricted to an IP address, or to this server's."
    )


class KsUriRestricted(KsRejected):
    what_happened = "The KS does not allow the calls that are needed."
    advice = "Enter a KS (or an app token) whose privileges allow the report and session services."


class AccessRefused(ApiError):
    what_happened = "Kaltura refused access."
    advice = "Ask your Kaltura account's administrator."


class ServiceForbidden(AccessRefused):
    code = "SERVICE_FORBIDDEN"
    what_happened = "This sign-in may not read reports."
    advice = (
        "Use an administrator's KS, secret or app token, "
        "whose role has the permission for analytics (ANALYTICS_BASE)."
    )


class AccountBlocked(AccessRefused):
    code = "SERVICE_FORBIDDEN_FULLY_BLOCKED"
    what_happened = "Kaltura has blocked this account."
    advice = "Ask your Kaltura representative why, and try again when it is open."


class RateLimited(ApiError):
    code = "ACTION_BLOCKED"
    what_happened = "Kaltura takes no more calls from this account for now (rate limit)."
    advice = "Try again in some minutes; if it happens often, ask for less at once."


class ReportNotFound(ApiError):
    code = "REPORT_NOT_FOUND"
    what_happened = "This report is not enabled for the Kaltura account."
    advice = (
        "Ask your Kaltura representative to enable the Room analytics reports (6000, 6001, 6002)."
    )


class ParameterMissing(ApiError):
    code = "INTERNAL_SERVERL_ERROR"
    what_happened = (
        "Kaltura failed without saying why, as it does when a report's parameter is missing."
    )
    advice = "Check the dates and filters; if they are right, try again later."


class TooHeavy(ApiError):
    what_happened = "The range asked for is too large for Kaltura."
    advice = "Ask for a smaller range of dates, or for fewer rooms."


class QueryTimedOut(TooHeavy):
    code = "DRUID_QUERY_TIMED_OUT"
    what_happened = "Kaltura gave up on the report because it took too long."


class TooGeneral(TooHeavy):
    code = "SEARCH_TOO_GENERAL"
    what_happened = "Kaltura finds this question too general."


class UnknownApiError(ApiError):
    code = "UNKNOWN"
    advice = "If the text does not help, give it to Kaltura's support."

    def __init__(self, message: str = "", *, code: str | None = None) -> None:
        shown = ": ".join(filter(None, (code or self.code, mask(message)[:_LONGEST_MESSAGE])))
        what = f"Kaltura reported an error ({shown})."
        super().__init__(message, code=code, what_happened=what)


class CredentialsError(KalturaError):
    code = "CREDENTIALS"


class KsNotAdmin(CredentialsError):
    code = "KS_NOT_ADMIN"
    advice = (
        "Enter an administrator's KS, or connect with an app token of an administrator's session."
    )

    def __init__(self) -> None:
        super().__init__("This sign-in gives a user's KS, which may not read reports.")


class KsOfAnotherPartner(CredentialsError):
    code = "KS_OF_ANOTHER_PARTNER"
    advice = "Enter a KS of the account's own partner, or connect the other partner as an account."

    def __init__(self, expected: int, found: int) -> None:
        self.expected = expected
        self.found = found
        super().__init__(
            f"The KS belongs to partner {found}, but the account is partner {expected}."
        )


class BadFilter(KalturaError, ValueError):
    code = "BAD_FILTER"

    def __init__(self, what_happened: str, *, advice: str | None = None) -> None:
        super().__init__(what_happened, advice=advice)
