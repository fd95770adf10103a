"""The tools that Rollcall is known as, as the LTI library wants them."""

from typing import Any

import requests
from pylti1p3.deployment import Deployment
from pylti1p3.registration import Registration
from pylti1p3.tool_config import ToolConfAbstract

from reports.models import MoodleSite, MoodleTool
from reports.moodle.keys import signing_key
from reports.moodle.refusals import LaunchRefused

TIMEOUT = (5, 20)  # seconds to connect, and to wait for an answer


class MoodleConnection(requests.Session):
    """A connection that neither waits for ever nor is led elsewhere."""

    def __init__(self) -> None:
        super().__init__()
        self.headers["User-Agent"] = "Rollcall"
        self.max_redirects = 0

    def request(self, *args: Any, **kwargs: Any) -> requests.Response:
        kwargs.setdefault("timeout", TIMEOUT)
        kwargs["allow_redirects"] = False
        return super().request(*args, **kwargs)


def find_tool(issuer: str, client_id: str = "") -> MoodleTool:
    """Return the tool of an active site.

    Raises: LaunchRefused for a site or a tool that is not known, or not confirmed. Without a client
    id the site must know Rollcall as one tool only.
    """
    tools = MoodleTool.objects.select_related("site").filter(site__issuer=issuer)
    found = list(tools[:2])
    if not found:
        raise LaunchRefused("unknown_site", issuer)
    if client_id:
        found = list(tools.filter(client_id=client_id))
    if len(found) != 1:
        raise LaunchRefused("unknown_tool", f"{issuer} {client_id}")
    if not found[0].site.is_active:
        raise LaunchRefused("inactive", issuer)
    return found[0]


class ToolRegistration(Registration):
    """What the LTI library knows of a tool, with our own key's id."""

    kid = ""

    def get_kid(self) -> str:
        return self.kid


def registration_of(tool: MoodleTool) -> ToolRegistration:
    """Return what the LTI library has to know of a tool, our key included."""
    key = signing_key()
    found = ToolRegistration()
    found.set_issuer(tool.site.issuer).set_client_id(tool.client_id)
    found.set_auth_login_url(tool.auth_url).set_auth_token_url(tool.token_url)
    found.set_key_set_url(tool.keys_url)
    found.set_tool_private_key(key.private_key)
    found.kid = key.kid
    return found


class SiteTools(ToolConfAbstract):
    """Looks tools up in the database; several clients a site."""

    def check_iss_has_one_client(self, iss: str) -> bool:
        return False

    def check_iss_has_many_clients(self, iss: str) -> bool:
        return True

    def find_registration_by_issuer(self, iss: str, *_: Any, **__: Any) -> Registration:
        return registration_of(find_tool(iss))

    def find_registration_by_params(
        self, iss: str, client_id: str, *_: Any, **__: Any
    ) -> Registration:
        return registration_of(find_tool(iss, client_id))

    def find_deployment(self, iss: str, deployment_id: str) -> Deployment | None:
        return _deployment(find_tool(iss), deployment_id)

    def find_deployment_by_params(
        self, iss: str, deployment_id: str, client_id: str, *_: Any, **__: Any
    ) -> Deployment | None:
        return _deployment(find_tool(iss, client_id), deployment_id)


def _deployment(tool: MoodleTool, deployment_id: str) -> Deployment | None:
    if tool.deployment_id != deployment_id:
        return None
    return Deployment().set_deployment_id(deployment_id)


def site_of(issuer: str) -> MoodleSite | None:
    """Return the site with this issuer, confirmed or not; None when it is not registered."""
    return MoodleSite.objects.filter(issuer=issuer).first() if issuer else None
