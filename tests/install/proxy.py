"""HTTPS in front of the web process, as docs/examples/nginx.conf does it, and a browser to ask it.

The headers that the proxy sets are read out of that file, so that what is tested is what it says.
"""

import http.client
import ipaddress
import re
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.cookies import SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.install.document import EXAMPLES

SITE = "rollcall.example.edu"
BETWEEN_TWO_ONLY = {"connection", "keep-alive", "transfer-encoding", "server", "date"}


def proxy_headers() -> dict[str, str]:
    """Return the headers that the documented proxy sets, with nginx's variables as values."""
    text = (EXAMPLES / "nginx.conf").read_text()
    return dict(re.findall(r"^\s*proxy_set_header (\S+) (\S+);", text, re.MULTILINE))


class ProxyServer(ThreadingHTTPServer):
    """Hands each request on to the web process on `upstream_port`."""

    def __init__(self, upstream_port: int) -> None:
        super().__init__(("127.0.0.1", 0), ProxyHandler)
        self.upstream_port = upstream_port
        self.set_here = proxy_headers()


class ProxyHandler(BaseHTTPRequestHandler):
    """One connection of a browser."""

    protocol_version = "HTTP/1.1"
    server: ProxyServer

    def forward(self) -> None:
        """Ask the web process and pass its answer on; 502 where nothing listens."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        upstream = http.client.HTTPConnection("127.0.0.1", self.server.upstream_port, timeout=60)
        try:
            upstream.request(self.command, self.path, body or None, self.passed_headers())
            answer = upstream.getresponse()
            self.pass_on(answer.status, answer.getheaders(), answer.read())
        except ConnectionRefusedError:
            self.pass_on(502, [], b"")
        finally:
            upstream.close()

    def passed_headers(self) -> dict[str, str]:
        """Return the browser's headers, without its claims about what the proxy sets itself."""
        variables = {
            "$host": self.headers["Host"].partition(":")[0],
            "$scheme": "https",
            "$remote_addr": self.client_address[0],
        }
        ours = {name.lower() for name in self.server.set_here}
        theirs = {
            name: text
            for name, text in self.headers.items()
            if name.lower() not in ours | BETWEEN_TWO_ONLY
        }
        return theirs | {name: variables[text] for name, text in self.server.set_here.items()}

    def pass_on(self, status: int, headers: list[tuple[str, str]], content: bytes) -> None:
        """Send an answer to the browser."""
        self.send_response(status)
        for name, text in headers:
            if name.lower() not in BETWEEN_TWO_ONLY | {"content-length"}:
                self.send_header(name, text)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = forward  # noqa: N815 (the names that http.server looks for)

    def log_message(self, *_: object) -> None:
        """Print nothing."""


@contextmanager
def https_proxy(port: int, folder: Path) -> Iterator[int]:
    """Serve the web process on `port` by HTTPS; give the proxy's own port.

    The certificate, signed by itself, is `folder/site.pem`.
    """
    write_certificate(folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "site.pem", folder / "site.key")
    server = ProxyServer(port)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def write_certificate(folder: Path) -> None:
    """Write a certificate for the site's name, signed by itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, SITE)])
    now = datetime.now(UTC)
    names = [x509.DNSName(SITE), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .sign(key, hashes.SHA256())
    )
    (folder / "site.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "site.key").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    cookies: SimpleCookie
    text: str


@dataclass
class Browser:
    """Asks the site by HTTPS and keeps its cookies."""

    port: int  # the proxy's
    certificate: Path
    address: str = "127.0.0.1"  # where it comes from
    cookies: dict[str, str] = field(default_factory=dict)

    def ask(
        self, method: str, path: str, form: dict[str, str] | None = None, **headers: str
    ) -> Answer:
        """Send a request and return its answer; redirects are not followed."""
        context = ssl.create_default_context(cafile=str(self.certificate))
        sent = {"Host": SITE, "Cookie": "; ".join(f"{k}={v}" for k, v in self.cookies.items())}
        if form is not None:
            sent |= {"Content-Type": "application/x-www-form-urlencoded"}
        sent |= {name.replace("_", "-"): text for name, text in headers.items()}
        connection = http.client.HTTPSConnection(
            "127.0.0.1", self.port, context=context, source_address=(self.address, 0), timeout=60
        )
        try:
            connection.request(method, path, urlencode(form) if form is not None else None, sent)
            response = connection.getresponse()
            text = response.read().decode("utf-8", "replace")
        finally:
            connection.close()
        cookies = SimpleCookie()
        for line in response.headers.get_all("Set-Cookie") or []:
            cookies.load(line)
        self.cookies |= {name: cookie.value for name, cookie in cookies.items()}
        return Answer(response.status, dict(response.headers), cookies, text)

    def get(self, path: str) -> Answer:
        """Return the page."""
        return self.ask("GET", path)

    def submit(
        self, page: str, form: dict[str, str], path: str | None = None, **headers: str
    ) -> Answer:
        """Open a page and send its form as a browser does: with the token, the origin, the referer."""
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', self.get(page).text)
        assert token, f"{page} has no form"
        usual = {"Origin": f"https://{SITE}", "Referer": f"https://{SITE}{page}"}
        sent = {"csrfmiddlewaretoken": token[1]} | form
        return self.ask("POST", path or page, sent, **(usual | headers))

    def sign_in(self, name: str, password: str, **headers: str) -> Answer:
        """Send the sign-in form."""
        form = {"username": name, "password": password}
        return self.submit("/sign-in/", form, **headers)

    def follow(self, answer: Answer) -> Answer:
        """Return the page that a redirect leads to."""
        return self.get(urlsplit(answer.headers["Location"]).path)
