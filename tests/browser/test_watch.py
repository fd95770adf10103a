"""The watch over each page itself: what the other browser tests rely on must be able to fail."""

import http.server
import threading
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

PAGE = b"""<!doctype html><title>t</title><h1>Loaded</h1>
<script>document.title = "inline ran"</script>"""


class StrictPage(http.server.BaseHTTPRequestHandler):
    """Answers every request with a page that breaks its own policy."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(PAGE)))
        self.send_header("Content-Security-Policy", "script-src 'self'")
        self.end_headers()
        self.wfile.write(PAGE)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def strict_server() -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), StrictPage)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_page_that_breaks_its_policy_is_noticed(
    page: Page, strict_server: str, well_behaved_pages: list[str]
) -> None:
    page.goto(strict_server)
    expect(page.get_by_role("heading")).to_have_text("Loaded")

    assert any("policy violation: script-src" in complaint for complaint in well_behaved_pages)
    well_behaved_pages.clear()


def test_a_request_to_another_host_is_noticed(
    page: Page, strict_server: str, well_behaved_pages: list[str]
) -> None:
    page.route("**/*.png", lambda route: route.abort())
    page.goto(strict_server)
    with page.expect_request("**/pixel.png"):
        page.evaluate("() => { new Image().src = 'https://elsewhere.invalid/pixel.png'; }")

    assert "request to another host: https://elsewhere.invalid/pixel.png" in well_behaved_pages
    well_behaved_pages.clear()
