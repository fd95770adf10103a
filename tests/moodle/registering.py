"""An administrator of a Moodle who was given an address to register by."""

import re
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests
from django.test import Client
from django.urls import reverse

from reports.models import Account, User
from reports.moodle.configuration import TOOL_CONFIGURATION
from reports.simulator.moodle.exchange import Response, json_response
from reports.simulator.moodle.standin import MoodleStandIn
from tests import factories

PAGES = "/mod/lti/"


def address_made(account: Account | None = None, **more: str) -> str:
    """Return the path of a fresh address, made on the page for it."""
    client = Client()
    client.force_login(factories.administrator(f"maker_{User.objects.count()}"))
    form = {"how": "link", "account": account.pk if account else "", **more}
    page = client.post(reverse("reports:moodle-site-new"), form).content.decode()
    found = re.search(r"http://testserver(/moodle/register/[A-Za-z0-9_-]+/)", page)
    assert found, page
    return found[1]


def path_of(url: str) -> str:
    return urlsplit(url).path


class Registering:
    """A browser in Moodle's Manage tools; it reaches Rollcall as `localhost`."""

    def __init__(
        self, moodle: MoodleStandIn, path: str, base: str = "http://localhost", **headers: str
    ) -> None:
        self.moodle = moodle
        self.path = path
        self.base = base
        self.client = Client(headers={"host": urlsplit(base).netloc} | headers)
        self.again()

    def again(self) -> "Registering":
        """Begin anew in Moodle, with the same address."""
        parts = urlsplit(self.moodle.start_registration(self.base + self.path))
        self.sent = dict(parse_qsl(parts.query))
        return self

    def open(self, **more: str) -> Any:
        return self.client.get(self.path, self.sent | more)

    def post(self, **more: str) -> Any:
        return self.client.post(self.path, self.sent | more)

    def over_http(self, method: str) -> requests.Response:
        """Do the same against a server that runs."""
        where = "params" if method == "GET" else "data"
        sent: dict[str, Any] = {where: self.sent}
        return requests.request(method, self.base + self.path, timeout=30, **sent)

    def answers(self, page: str, content: object) -> None:
        """Let Moodle's page answer with this, a Response or what becomes JSON."""
        answer = content if isinstance(content, Response) else json_response(content)
        self.moodle.instead[f"{PAGES}{page}.php"] = answer

    def recovers(self) -> None:
        """Let every page of Moodle answer as it does by itself."""
        self.moodle.instead.clear()
        self.moodle.faults.clear()

    def good_configuration(self) -> dict[str, Any]:
        """Return what the site says of itself."""
        url = self.sent["openid_configuration"]
        found: dict[str, Any] = requests.get(url, timeout=30).json()
        return found

    def good_answer(self) -> dict[str, Any]:
        """Return a registration as Moodle answers it."""
        return {"client_id": "abc", "scope": "", TOOL_CONFIGURATION: {"deployment_id": "7"}}
