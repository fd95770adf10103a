"""The Kaltura servers that may be talked to: two built in, more by setting, and from nowhere else.

Belongs here: names and base URLs. Does not belong here: reading settings (the caller passes the
text), or any request.
"""

import re
from urllib.parse import urlsplit

BUILT_IN = {"us": "https://www.kaltura.com", "eu": "https://api.eu.kaltura.com"}

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")


def parse_endpoints(text: str) -> dict[str, str]:
    """Return base URLs by name: the built-in ones with those of the text over them.

    **Shape**: the text is ``name=url,name=url``; empty means the built-in ones alone. URLs come
    back without the slash at their end.
    **Raises**: ValueError with a sentence for the administrator, when an entry can't be used.
    """
    given: dict[str, str] = {}
    for entry in filter(None, (part.strip() for part in text.split(","))):
        name, equals, url = (part.strip() for part in entry.partition("="))
        if not equals or not _NAME.fullmatch(name):
            raise ValueError(
                f"The endpoint “{entry}” is not of the form name=url, "
                "with a name of small letters, digits, - and _."
            )
        if name in given:
            raise ValueError(f"The endpoint “{name}” is given twice.")
        given[name] = checked_base_url(url)
    return BUILT_IN | given


def checked_base_url(url: str) -> str:
    """Return the base URL without a slash at its end.

    **Raises**: ValueError with a sentence, unless it is an http or https address without query,
    fragment or password.
    """
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable or re.search(r"[\s\x00-\x1f]", url):
        raise ValueError(
            f"“{url}” is not a Kaltura address: it must look like https://kaltura.example.edu."
        )
    if parts.query or parts.fragment or "?" in url or "#" in url:
        raise ValueError(f"The Kaltura address “{url}” must end before its ? or #.")
    if parts.username is not None or parts.password is not None:
        raise ValueError("A Kaltura address must not hold a user name or password.")
    return url.rstrip("/")
