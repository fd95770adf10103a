"""token.php: a tool's signed assertion becomes an access token. The answer is JSON, called HTML."""

from __future__ import annotations

import jwt

from reports.simulator.moodle.claims import granted_scopes
from reports.simulator.moodle.exchange import HTML, Request, Response, json_response
from reports.simulator.moodle.keys import BadSignature
from reports.simulator.moodle.records import Tool
from reports.simulator.moodle.state import AccessToken, State

TOKEN_SECONDS = 3600
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


class TokenError(Exception):
    """OAuth's word for what is wrong."""


def give_token(state: State, request: Request) -> Response:
    """Return a token for the asked scopes as far as they are granted, or 400 with an error."""
    try:
        tool = _client(state, request)
        asked = request.form["scope"].split()
        scopes = tuple(scope for scope in asked if scope in granted_scopes(tool))
        if not scopes:
            raise TokenError("invalid_scope")
    except TokenError as error:
        return json_response({"error": str(error)}, status=400, content_type=HTML)
    text = state.give_token(AccessToken(tool.id, scopes, state.now() + TOKEN_SECONDS))
    content = {
        "access_token": text,
        "token_type": "Bearer",
        "expires_in": TOKEN_SECONDS,
        "scope": " ".join(scopes),
    }
    return json_response(content, content_type=HTML)


def _client(state: State, request: Request) -> Tool:
    """Return the tool that signed the assertion. Raises TokenError."""
    form = request.form
    needed = ("client_assertion", "client_assertion_type", "grant_type", "scope")
    if request.method != "POST" or not all(form.get(name) for name in needed):
        raise TokenError("invalid_request")
    if (form["client_assertion_type"], form["grant_type"]) != (
        ASSERTION_TYPE,
        "client_credentials",
    ):
        raise TokenError("unsupported_grant_type")
    try:
        unproven = jwt.decode(form["client_assertion"], options={"verify_signature": False})
    except jwt.PyJWTError as error:
        raise TokenError("invalid_request") from error
    try:
        tool = state.site.client(str(unproven.get("sub")))
        state.tool_keys.read(
            tool,
            form["client_assertion"],
            audience=f"{state.issuer}/mod/lti/token.php",
            now=state.now(),
        )
    except (KeyError, BadSignature) as error:
        raise TokenError("invalid_client") from error
    return tool
