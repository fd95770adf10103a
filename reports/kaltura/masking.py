"""Hiding secrets in text that people or logs will see.

Belongs here: the one function that every message of this package passes through. Kaltura quotes a
whole KS back in its INVALID_KS message, so text that came from outside is never shown as it is.
Does not belong here: deciding what is shown; encrypting anything.
"""

import re
from urllib.parse import quote, quote_plus, unquote

MASK = "***"

# A KS of version 2 is base64 of "v2|…": it can be told by its beginning, whatever its length.
_VERSION_2 = re.compile(r"djJ8[A-Za-z0-9+/_=%-]*")
# ks=…, /ks/…, "ks": "…", Invalid KS "…": whatever stands after the word, opaque or not.
_LABELLED = re.compile(
    r"""(\bks(?:["']?\s*[:=/]\s*["']?|\s+(?:["']|&quot;)))(?!\*)[^\s"'&;,/<>]+""", re.IGNORECASE
)
_RUN = re.compile(r"[A-Za-z0-9+/_=%-]{32,}")
_LONG_PIECE = 32  # also the length of an app token and an admin secret
_DIGIT = re.compile(r"[0-9]")


def mask(text: str, *secrets: str) -> str:
    """Return the text with each given secret, and whatever looks like a KS, replaced by ``***``.

    A secret is also found in its URL-encoded forms. Long runs of base64 letters are taken for a KS:
    rather a harmless digest hidden than a KS shown.
    """
    for form in sorted(_forms(secrets), key=len, reverse=True):
        text = text.replace(form, MASK)
    text = _VERSION_2.sub(MASK, text)
    text = _LABELLED.sub(lambda found: found.group(1) + MASK, text)
    return _RUN.sub(_mask_run, text)


def _forms(secrets: tuple[str, ...]) -> set[str]:
    forms: set[str] = set()
    for secret in filter(None, secrets):
        plain = {secret, quote(secret, safe=""), quote(secret), quote_plus(secret)}
        # Some servers write %2f where Python writes %2F.
        forms |= plain | {re.sub(r"%[0-9A-F]{2}", _lower, form) for form in plain}
    return forms


def _lower(found: re.Match[str]) -> str:
    return found.group().lower()


def _mask_run(found: re.Match[str]) -> str:
    # The path of a call is as long as a KS, but its pieces between the slashes are short; some
    # columns' names are long, but have no digits.
    pieces = unquote(found.group()).split("/")
    secret = any(len(piece) >= _LONG_PIECE and _DIGIT.search(piece) for piece in pieces)
    return MASK if secret else found.group()
