"""`make screenshots`: takes the README's pictures from a demo that is running. Looks at nothing else.

Pictures go to docs/screenshots; a folder given by --all gets every page, in both colour schemes, on a
laptop and on a phone.
"""

import argparse
import json
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.conftest import chromium_path

ROOT = Path(__file__).resolve().parent.parent.parent
PASSWORDS = ROOT / "var" / "demo" / "passwords.json"
README = ROOT / "docs" / "screenshots"
WIDTHS = {"laptop": 1280, "phone": 375}
PAGES = {
    "overview": "/",
    "sessions": "/sessions/",
    "rooms": "/rooms/",
    "attendees": "/attendees/",
    "breakouts": "/breakouts/",
    "report": "/report/",
    "report-example": "/report/example/6001/",
    "help": "/help/",
    "accounts": "/accounts/",
    "connect": "/accounts/connect/",
    "events": "/events/",
    "people": "/people/",
    "moodle-sites": "/moodle-sites/",
    "courses": "/courses/",
}
# One of each, reached from a list: its first line's first link.
FIRST_OF = {
    "session": "/sessions/?sort=-attendees",
    "room": "/rooms/?sort=-time_in_session",
    "person": "/attendees/?sort=-sessions",
    "moodle-site": "/moodle-sites/",
}
IN_README = ("overview", "sessions", "session", "room", "person", "moodle-sites", "moodle-site")
MOODLE_PORT = ROOT / "var" / "demo" / "moodle-port"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", default="8000")
    parser.add_argument("--all", type=Path, help="folder for a picture of every page")
    options = parser.parse_args()
    address = f"http://127.0.0.1:{options.port}"
    if not PASSWORDS.exists():
        raise SystemExit("No demo has run here yet: start `make demo` first.")
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=arguments)
        if options.all:
            take_all(browser, address, options.all)
        else:
            take_readme(browser, address)
        browser.close()


def take_readme(browser: Browser, address: str) -> None:
    """Take the pictures that the README shows."""
    page = signed_in(browser, address, 1280, "light")
    for name, path in readable_pages(page, address).items():
        if name in IN_README:
            take(page, address + path, README / f"{name}.png", full=False)
    take_in_moodle(browser, README / "moodle-course.png")
    take_register(page, address, README / "register.png")


def take_in_moodle(browser: Browser, to: Path) -> None:
    """Take the first course as its teacher sees it, in the stand-in's frame."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    moodle = f"http://localhost:{MOODLE_PORT.read_text()}"
    page.goto(f"{moodle}/")
    page.locator("a[href*='course/view.php']").nth(1).click()  # after the administrator
    page.locator("a[href*='mod/lti/view.php']").first.click()
    page.frame_locator("iframe").locator("h1").wait_for()
    page.wait_for_load_state("networkidle")
    page.screenshot(path=to)
    print(to)


def take_register(page: Page, address: str, to: Path) -> None:
    """Take the register of the first course; the demo's learners count from its first day on."""
    page.set_viewport_size({"width": 1280, "height": 1100})
    page.goto(f"{address}/courses/")
    page.locator("main table tbody a").first.click()
    page.get_by_role("link", name="Register").first.click()
    count_everybody = page.get_by_role("button", name="Count everybody from this day")
    if count_everybody.count():
        count_everybody.click()
    page.wait_for_load_state("networkidle")
    page.goto(page.url)  # without the message
    page.wait_for_load_state("networkidle")
    page.screenshot(path=to)
    print(to)


def take_all(browser: Browser, address: str, folder: Path) -> None:
    """Take every page at each width and in each scheme."""
    for device, width in WIDTHS.items():
        for scheme in ("light", "dark"):
            page = signed_in(browser, address, width, scheme, folder)
            for name, path in readable_pages(page, address).items():
                take(page, address + path, folder / f"{name}-{device}-{scheme}.png", full=True)
            page.context.close()


def signed_in(
    browser: Browser, address: str, width: int, scheme: str, folder: Path | None = None
) -> Page:
    """Return a page on which the demo's administrator is signed in."""
    context = browser.new_context(
        viewport={"width": width, "height": 900 if width > 600 else 812},
        color_scheme="dark" if scheme == "dark" else "light",
        locale="en-GB",
        timezone_id="Europe/Berlin",
        reduced_motion="reduce",
    )
    page = context.new_page()
    page.goto(f"{address}/sign-in/")
    if folder:
        device = "laptop" if width > 600 else "phone"
        take(page, page.url, folder / f"sign-in-{device}-{scheme}.png", full=True)
    page.get_by_label("Username").fill("admin")
    page.locator("input[type=password]").fill(json.loads(PASSWORDS.read_text())["admin"])
    page.locator("form button[type=submit]").first.click()
    page.wait_for_load_state("networkidle")
    return page


def readable_pages(page: Page, address: str) -> dict[str, str]:
    """Return the pages by name, with one session, room and person that have much to show."""
    found = dict(PAGES)
    for name, path in FIRST_OF.items():
        page.goto(address + path)
        link = page.locator("main table tbody a").first.get_attribute("href")
        if link:
            found[name] = link
    return found


def take(page: Page, url: str, to: Path, *, full: bool) -> None:
    """Save a picture of the page once it stands still."""
    to.parent.mkdir(parents=True, exist_ok=True)
    page.goto(url)
    page.wait_for_load_state("networkidle")
    page.screenshot(path=to, full_page=full)
    print(to)


if __name__ == "__main__":
    main()
