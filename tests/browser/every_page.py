"""Every page as a browser meets it: their addresses, and an administrator who is signed in."""

from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.test import Client
from django.urls import reverse
from playwright.sync_api import BrowserContext, Page

from reports.models import User
from tests import factories
from tests.addresses import REGISTRATION_TOKEN, World, addresses

DAYS = "?from=2026-01-01&to=2026-01-31&tz=UTC"
FOR_NOBODY = ("/nothing/", "/password/x/y/")  # pages that say no, to be seen by everybody
# What Moodle opens in its frame to register by the world's address, with what it sends along.
REGISTRATION = f"/moodle/register/{REGISTRATION_TOKEN}/?" + urlencode(
    {
        "openid_configuration": "https://moodle.example.org/mod/lti/openid-configuration.php",
        "registration_token": "x",
    }
)


def pages_of(client: Client, seen: World) -> dict[str, str]:
    """Return the address of each page by its name: what answers a plain GET with HTML."""
    found = {
        "missing": FOR_NOBODY[0],
        "a link that is over": FOR_NOBODY[1],
        "a registration": REGISTRATION,
    }
    for name, url in addresses(seen).items():
        if not name.endswith("-results") and is_page(client.get(url + DAYS)):
            found[name] = url + DAYS
    refused = {f"{name}, refused": reverse(name) + "?from=x&sort=y" for name in lists(found)}
    empty = {
        f"{name}, empty": reverse(name) + "?from=2020-01-01&to=2020-01-02" for name in lists(found)
    }
    return found | refused | empty


def is_page(answer: Any) -> bool:
    """Return whether the answer is a page to look at."""
    content_type = str(answer.headers.get("Content-Type", ""))
    return answer.status_code == 200 and content_type.startswith("text/html")


def lists(found: dict[str, str]) -> list[str]:
    """Return those pages that have a range of days in their address."""
    names = ("overview", "sessions", "rooms", "people", "breakouts", "access-log")
    return [f"reports:{name}" for name in names if f"reports:{name}" in found]


def signed_in(context: BrowserContext, server: str, user: User | None = None) -> Client:
    """Sign an administrator in, in the browser, and return a client that is too."""
    client = Client()
    client.force_login(user or factories.administrator("head_1"))
    value = client.cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": value, "url": server}])
    return client


def too_wide(page: Page) -> list[str]:
    """Return what sticks out of the page sideways, beginning with the page itself."""
    result: list[str] = page.evaluate(
        """async () => {
          const frame = () => new Promise((done) => requestAnimationFrame(done));
          await frame();
          await frame();  // charts follow the window's size a frame later
          const wide = document.documentElement.clientWidth;
          if (document.documentElement.scrollWidth <= wide) return [];
          const out = [...document.body.querySelectorAll("*")].filter((element) => {
            const box = element.getBoundingClientRect();
            return box.width && (box.right > wide + 1 || box.left < -1)
              && !element.closest(".table-box, .visually-hidden, [popover]");
          });
          return [`${document.documentElement.scrollWidth} > ${wide}`,
            ...out.slice(0, 4).map((element) => element.outerHTML.slice(0, 160))];
        }"""
    )
    return result
