"""The frame of every page that people see: clearly labelled, plain, in the stand-in's own look."""

from __future__ import annotations

from html import escape
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from reports.simulator.moodle.exchange import Refusal, Request, Response
from reports.simulator.moodle.records import Person
from reports.simulator.moodle.state import State

ASSETS = Path(__file__).parent / "assets"
MEDIA_TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8"}
LABEL = "Moodle stand-in: not Moodle"


def link(state: State, path: str, text: str, *, new_window: bool = False, **query: object) -> str:
    """Return a link to a page of the site."""
    target = ' target="_blank"' if new_window else ""
    return f'<a href="{escape(url(state, path, **query))}"{target}>{escape(text)}</a>'


def url(state: State, path: str, **query: object) -> str:
    """Return the address of a page of the site; `as_` is the parameter `as`."""
    values = {name.rstrip("_"): value for name, value in query.items()}
    return f"{state.issuer}{path}" + (f"?{urlencode(values)}" if values else "")


def button(state: State, path: str, text: str, **fields: object) -> str:
    """Return a form with nothing but a button, which posts."""
    inputs = "".join(
        f'<input type="hidden" name="{escape(name.rstrip("_"))}" value="{escape(str(value))}">'
        for name, value in fields.items()
    )
    action = escape(url(state, path))
    return f'<form method="post" action="{action}">{inputs}<button>{escape(text)}</button></form>'


def frame(source: str, tool_url: str, *, after_close: str, after_selection: str = "") -> str:
    """Return a frame as Moodle embeds a tool: no sandbox, and features for the tool's origin."""
    parts = urlsplit(tool_url)
    features = ("microphone", "camera", "geolocation", "midi", "encrypted-media", "autoplay")
    allow = "; ".join(f"{feature} {parts.scheme}://{parts.netloc}" for feature in features)
    return (
        f'<iframe id="contentframe" title="The tool" height="600" width="100%" '
        f'src="{escape(source)}" allow="{escape(allow)}" allowfullscreen '
        f'data-after-close="{escape(after_close)}" '
        f'data-after-selection="{escape(after_selection)}"></iframe>'
    )


def page(
    state: State, title: str, content: str, *, person: Person | None = None, body: str = ""
) -> Response:
    """Return a page. `content` is HTML; `body` holds more attributes of the body."""
    crumbs = [link(state, "/", "All courses")]
    if person is not None:
        if person.is_admin:
            crumbs.append(link(state, "/mod/lti/toolconfigure.php", "Manage tools", as_=person.id))
        crumbs.append(f"<span>You are {escape(person.name)}</span>")
    return Response(
        f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)} · {LABEL}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="{state.issuer}/standin/standin.css"></head>
<body {body}>
<header><p><strong>{LABEL}</strong> {escape(state.site.name)}</p><nav>{"".join(crumbs)}</nav></header>
<main><h1>{escape(title)}</h1>
{content}
</main>
<script src="{state.issuer}/standin/standin.js"></script>
</body></html>
""".encode()
    )


def refusal_page(refusal: Refusal) -> Response:
    """Return a page that says why not."""
    text = escape(refusal.text)
    return Response(
        f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{LABEL}</title></head>
<body><p><strong>{LABEL}</strong></p><h1>The site refuses</h1><p id="refusal">{text}</p></body></html>
""".encode(),
        refusal.status,
    )


def asset(state: State, request: Request) -> Response:
    """Return the look or the script of the pages."""
    path = ASSETS / Path(request.path).name
    return Response(path.read_bytes(), 200, MEDIA_TYPES[path.suffix])
