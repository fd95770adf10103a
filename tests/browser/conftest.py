"""A real Chromium for the tests in this folder, and what every one of them checks on the side.

Each page watches itself: a violation of the content security policy, an error in a script, or a
request to another host fails the test that caused it, whatever else it asserts.
"""

import os
import shutil
from collections.abc import Generator, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import BrowserContext, Page

NAMES = ("chromium", "chromium-browser", "google-chrome")
# Collected in the page itself, because the event says which directive it was and what it blocked.
WATCH_POLICY = """
document.addEventListener("securitypolicyviolation", (event) => {
  console.error(`policy violation: ${event.violatedDirective} blocked ${event.blockedURI}` +
    ` at ${event.sourceFile}:${event.lineNumber}`);
});
"""


def chromium_path() -> str | None:
    """Return where Chromium is, or None where there is none."""
    given = os.environ.get("CHROMIUM")
    return given or next((path for name in NAMES if (path := shutil.which(name))), None)


@pytest.fixture(scope="session", autouse=True)
def a_browser_is_here() -> None:
    """Skip this folder's tests on a machine without Chromium, before a server is started."""
    if chromium_path() is None:
        pytest.skip("no Chromium on this machine: browser tests skipped")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Give every such skip the same place, so that pytest's summary has one line for all of them."""
    report = yield
    if report.skipped and isinstance(report.longrepr, tuple):
        report.longrepr = (__file__, None, report.longrepr[2])
    return report


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Launch the system's Chromium, as any user, without calls home."""
    return browser_type_launch_args | {
        "executable_path": chromium_path(),
        "args": ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
    }


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    """Give every context the same reader: language, zone, a laptop's window, no motion."""
    return browser_context_args | {
        "locale": "en-GB",
        "timezone_id": "Europe/Berlin",
        "viewport": {"width": 1280, "height": 800},
        "reduced_motion": "reduce",
    }


def watch(page: Page, complaints: list[str]) -> None:
    """Note what no page may do: break the policy, throw, or ask another host."""

    def note_request(request: Any) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in ("http", "https", "ws", "wss") and parts.hostname not in (
            "127.0.0.1",
            "localhost",
        ):
            complaints.append(f"request to another host: {request.url}")

    def note_message(message: Any) -> None:
        if "policy violation" in message.text or "Content Security Policy" in message.text:
            complaints.append(message.text)

    page.on("request", note_request)
    page.on("console", note_message)
    page.on("pageerror", lambda error: complaints.append(f"error in a script: {error}"))


@pytest.fixture(autouse=True)
def well_behaved_pages(context: BrowserContext) -> Iterator[list[str]]:
    """Fail the test when one of its pages misbehaved; yields the complaints so far."""
    complaints: list[str] = []
    context.add_init_script(WATCH_POLICY)
    context.on("page", lambda page: watch(page, complaints))
    yield complaints
    assert not complaints, "\n".join(complaints)
