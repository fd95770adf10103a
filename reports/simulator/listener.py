"""What every simulated service stands on: a local HTTP server that starts, stops, and fails.

Sockets, bodies and the faults of a transfer belong here; what is asked and answered doesn't.
Listens on 127.0.0.1 only.
"""

from __future__ import annotations

import socket
import struct
import sys
import threading
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

from reports.simulator.faults import Fault

HOST = "127.0.0.1"
LARGEST_BODY = 8 * 2**20  # bytes
CHUNK = 64 * 1024  # bytes
POLL_SECONDS = 0.005  # how long a stop may take
MAINTENANCE_PAGE = (
    b"<!DOCTYPE html>\n<html><head><title>Maintenance</title></head>"
    b"<body><h1>We'll be back soon</h1></body></html>\n"
)


class Service:
    """Something that answers on a port of this machine while its `with` block runs."""

    def __init__(self, port: int, handler: type[Handler]) -> None:
        self.handler = handler
        self.chunked = False  # answer in chunks instead of with a Content-Length
        self._port = port
        self._server: Listener | None = None
        self._thread: threading.Thread | None = None

    @property
    def port(self) -> int:
        """The port. Raises RuntimeError before the start."""
        if self._server is None:
            raise RuntimeError("The simulator isn't running: use it in a with block.")
        return self._server.server_port

    def start(self) -> Self:
        """Start to answer. Raises OSError if the port is in use."""
        self._server = Listener((HOST, self._port), self.handler)
        self._server.service = self
        self._port = self._server.server_port  # a later start answers at the same address
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(POLL_SECONDS,), name="simulator", daemon=True
        )
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stop, and close every connection. Does nothing when it isn't running."""
        server, thread = self._server, self._thread
        if server is None or thread is None:
            return
        self._server = self._thread = None
        server.stopping.set()
        server.shutdown()
        server.hang_up()
        server.server_close()
        thread.join()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()


class Listener(ThreadingHTTPServer):
    """A thread a connection; knows its open connections, so that it can end them all."""

    daemon_threads = True
    request_queue_size = 128
    service: Any

    def __init__(self, address: tuple[str, int], handler: type[Handler]) -> None:
        super().__init__(address, handler)
        self.stopping = threading.Event()
        self._connections: dict[threading.Thread, socket.socket] = {}
        self._connections_lock = threading.Lock()

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        thread = threading.current_thread()
        with self._connections_lock:
            self._connections[thread] = request
        try:
            super().process_request_thread(request, client_address)
        finally:
            with self._connections_lock:
                self._connections.pop(thread, None)

    def shutdown_request(self, request: Any) -> None:
        lingers, _ = struct.unpack("ii", request.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER, 8))
        if lingers:  # a reset: an orderly shutdown would send its end first
            self.close_request(request)
        else:
            super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Keep quiet about clients that hung up; anything else is a defect and is printed."""
        if not isinstance(sys.exc_info()[1], (ConnectionError, TimeoutError)):
            super().handle_error(request, client_address)

    def hang_up(self) -> None:
        """End all connections and wait for their threads."""
        with self._connections_lock:
            connections = dict(self._connections)
        for connection in connections.values():
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue  # the other side was faster
        for thread in connections:
            thread.join(timeout=5)


class Handler(BaseHTTPRequestHandler):
    """One connection: reads bodies, sends answers, does the faults that need no content."""

    protocol_version = "HTTP/1.1"
    sys_version = ""
    disable_nagle_algorithm = True
    timeout = 120  # seconds, of an idle connection
    server: Listener

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base's name
        """Print nothing: a URL may hold a KS or a token."""

    def do_GET(self) -> None:
        self.respond(b"")

    def do_POST(self) -> None:
        body = self.read_body()
        if body is not None:
            self.respond(body)

    def respond(self, body: bytes) -> None:
        """Answer the request of this command, path and body."""
        raise NotImplementedError

    def read_body(self) -> bytes | None:
        """Return the body; None if it is too large, which has been answered then."""
        length = self.headers.get("Content-Length", "0")
        if not length.isdecimal() or int(length) > LARGEST_BODY:
            self.close_connection = True
            self.send(413, b"The body is too large.\n", "text/plain")
            return None
        return self.rfile.read(int(length))

    def fail_instead(self, fires: Callable[[str], Fault | None]) -> bool:
        """Do what a fault does instead of answering; say whether there was one."""
        if fault := fires("slow"):
            self.server.stopping.wait(fault.seconds)
        if fires("reset"):
            self._reset()
            return True
        if fault := fires("http_status"):
            extra = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
            self.send(fault.status, MAINTENANCE_PAGE, "text/html", extra)
            return True
        if fires("html_200"):
            self.send(200, MAINTENANCE_PAGE, "text/html")
            return True
        return False

    def send(
        self, status: int, body: bytes, content_type: str, extra: Mapping[str, str] | None = None
    ) -> None:
        """Send a whole answer, in chunks if the service wants that."""
        in_chunks = self.server.service.chunked
        self.send_head(status, len(body), content_type, extra or {}, in_chunks)
        if not in_chunks:
            self.wfile.write(body)
            return
        for at in range(0, len(body), CHUNK):
            part = body[at : at + CHUNK]
            self.wfile.write(b"%x\r\n%b\r\n" % (len(part), part))
        self.wfile.write(b"0\r\n\r\n")

    def send_head(
        self,
        status: int,
        length: int,
        content_type: str,
        extra: Mapping[str, str],
        in_chunks: bool,
    ) -> None:
        """Send the status line and the headers."""
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        for name, value in extra.items():
            self.send_header(name, value)
        if in_chunks:
            self.send_header("Transfer-Encoding", "chunked")
        else:
            self.send_header("Content-Length", str(length))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()

    def _reset(self) -> None:
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
