"""Telling what a body is: an API error in JSON or XML, a web page, or something else.

Kaltura gives its errors with status 200 and a proxy may give a page with 200 as well, so that
neither the status nor the content type decides. Does not belong here: reading the CSV
(``csv_wire``).
"""

import json
import re
from collections.abc import Mapping
from xml.etree import ElementTree as ET

from reports.kaltura.errors import (
    AccountBlocked,
    ApiError,
    AppTokenExpired,
    AppTokenHashWrong,
    AppTokenNotActive,
    AppTokenNotFound,
    HtmlAnswer,
    KsActionsUsedUp,
    KsExpired,
    KsInvalid,
    KsIpRestricted,
    KsLoggedOut,
    KsMissing,
    KsRejected,
    KsUriRestricted,
    ParameterMissing,
    QueryTimedOut,
    RateLimited,
    ReportNotFound,
    ServiceForbidden,
    TooGeneral,
    UnknownApiError,
    UnreadableAnswer,
    WrongSecret,
)
from reports.kaltura.masking import mask

BYTE_ORDER_MARK = b"\xef\xbb\xbf"

_WEB_PAGE = re.compile(rb"<\s*(!doctype\s+html|html|head|body)\b", re.IGNORECASE)
_TITLE = re.compile(r"<title[^>]*>([^<]{1,200})", re.IGNORECASE)
_SHOWN = 80  # characters of a foreign body that a message quotes

_BY_CODE: Mapping[str, type[ApiError]] = {
    kind.code: kind
    for kind in (
        WrongSecret,
        AppTokenNotFound,
        AppTokenNotActive,
        AppTokenExpired,
        AppTokenHashWrong,
        KsMissing,
        ServiceForbidden,
        AccountBlocked,
        RateLimited,
        ReportNotFound,
        ParameterMissing,
        QueryTimedOut,
        TooGeneral,
    )
} | {"SERVICE_FORBIDDEN_CONTENT_BLOCKED": AccountBlocked}

_BY_KS_CODE: Mapping[int, type[KsRejected]] = {
    -1: KsInvalid,
    -5: KsExpired,
    -6: KsLoggedOut,
    -8: KsActionsUsedUp,
    -9: KsIpRestricted,
    -11: KsUriRestricted,
}

_KS_CODE = re.compile(r'Error "?(-?\d{1,4})\b')


def is_error_shaped(start: bytes) -> bool:
    """Whether a body that starts so is JSON or markup, which no CSV header is."""
    return _bare(start)[:1] in (b"{", b"[", b"<")


def api_error_in(body: bytes, *secrets: str) -> ApiError | None:
    """Return the API error that the body reports, in JSON or XML; None when it reports none."""
    bare = _bare(body)
    if bare.startswith(b"{"):
        return _json_error(bare, secrets)
    if bare.startswith(b"<") and not _WEB_PAGE.search(bare[:2000]):
        return _xml_error(bare, secrets)
    return None


def web_page_in(body: bytes, *secrets: str) -> HtmlAnswer | None:
    """Return the exception for a web page, with its title; None when the body is none."""
    bare = _bare(body)
    if not _WEB_PAGE.search(bare[:2000]):
        return None
    title = _TITLE.search(bare.decode("utf-8", "replace"))
    return HtmlAnswer(" ".join(mask(title.group(1), *secrets).split()) if title else "")


def unreadable(body: bytes, *secrets: str) -> UnreadableAnswer:
    """Return the exception for a body that is nothing known, quoting its beginning."""
    # Masked before it is shortened: a cut secret would not be recognised.
    text = mask(_bare(body).decode("utf-8", "replace"), *secrets)
    start = " ".join(text.split())[:_SHOWN]
    return UnreadableAnswer(f"The answer is not one that Kaltura gives; it starts with “{start}”.")


def json_result(body: bytes, *secrets: str) -> object:
    """Return the decoded JSON; None for an empty body.

    **Raises**: UnreadableAnswer.
    """
    if not _bare(body):
        return None
    try:
        return json.loads(_bare(body))
    except (ValueError, RecursionError):
        # From None: the decoder's own exception carries the whole document, a KS included.
        raise unreadable(body, *secrets) from None


def api_error(
    code: str, message: str, args: Mapping[str, object] | None = None, *secrets: str
) -> ApiError:
    """Return the exception for an error that the API reported, with the secrets masked in its text.

    The inner code of INVALID_KS is taken from the arguments (ERR_CODE), else from the message.
    """
    shown = mask(message, *secrets)
    if code == "INVALID_KS":
        return _BY_KS_CODE.get(_ks_code(message, args or {}), KsInvalid)(shown)
    kind = _BY_CODE.get(code)
    if kind is None:
        return UnknownApiError(shown, code=mask(code, *secrets)[:80] or None)
    return kind(shown, code=code)


def _bare(body: bytes) -> bytes:
    return body.removeprefix(BYTE_ORDER_MARK).lstrip()


def _json_error(body: bytes, secrets: tuple[str, ...]) -> ApiError | None:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict):
        return None
    if found.get("objectType") != "KalturaAPIException" and not {"code", "message"} <= set(found):
        return None
    args = found.get("args")
    return api_error(
        str(found.get("code") or ""),
        str(found.get("message") or ""),
        args if isinstance(args, dict) else {},
        *secrets,
    )


def _xml_error(body: bytes, secrets: tuple[str, ...]) -> ApiError | None:
    if b"<!" in body.replace(b"<![CDATA[", b""):
        return None  # a document type could define entities that expand without end
    try:
        error = ET.fromstring(body).find("./result/error")  # noqa: S314 (no document type above)
    except (ET.ParseError, ValueError, LookupError):
        return None
    if error is None:
        return None
    args = {item.tag: item.text or "" for item in error.iterfind("./args/*")}
    code, message = error.findtext("code") or "", error.findtext("message") or ""
    return api_error(code.strip(), message.strip(), args, *secrets)


def _ks_code(message: str, args: Mapping[str, object]) -> int:
    in_message = _KS_CODE.search(message)
    for found in (args.get("ERR_CODE"), in_message and in_message.group(1)):
        try:
            return int(str(found))
        except ValueError:
            continue
    return -1
