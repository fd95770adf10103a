"""The simulator as an HTTP server on this machine: sockets, requests, faults of the transfer.

Here a request becomes a call of `api`, and its answer goes out, whole or as a fault wants it. No
line of it knows a report. Listens on 127.0.0.1 only.
"""

from __future__ import annotations

import json
import socket
import struct
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from reports.simulator import wire
from reports.simulator.accounts import DEFAULT, Account, KsRegister
from reports.simulator.api import Answer, Api, Call
from reports.simulator.faults import Fault, Faults
from reports.simulator.wire import ApiProblem
from reports.simulator.world import World

HOST = "127.0.0.1"
API_PREFIX = "api_v3"
FAULTS_PATH = "/simulator/faults"
LARGEST_BODY = 8 * 2**20  # bytes
KEPT_REQUESTS = 10_000
CHUNK = 64 * 1024  # bytes
POLL_SECONDS = 0.005  # how long a stop may take
MAINTENANCE_PAGE = (
    b"<!DOCTYPE html>\n<html><head><title>Maintenance</title></head>"
    b"<body><h1>We'll be back soon</h1></body></html>\n"
)


@dataclass(frozen=True, slots=True)
class RecordedRequest:
    """A request as it arrived, for tests."""

    method: str
    path: str  # with its query string, as sent
    form: Mapping[str, str]  # of the body
    headers: Mapping[str, str]  # names in lower case
    call: Call | None  # None for paths outside the API


class Simulator:
    """A local Kaltura API over a world, from entering the `with` block to leaving it.

    Everything may be changed while it runs: `world`, `faults`, `accounts`, `row_cap`, `chunked`.
    """

    def __init__(
        self,
        world: World,
        accounts: Iterable[Account] = DEFAULT,
        port: int = 0,
        row_cap: int = 100_000,
        faults: Faults | None = None,
        clock: Callable[[], float] = time.time,
        *,
        chunked: bool = False,
    ) -> None:
        self.faults = faults or Faults()
        self.api = Api(world, accounts, faults=self.faults, row_cap=row_cap, clock=clock)
        self.chunked = chunked  # answer in chunks instead of with a Content-Length
        self._recorded: deque[RecordedRequest] = deque(maxlen=KEPT_REQUESTS)
        self._port = port
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None

    @property
    def world(self) -> World:
        """The world that answers are computed from."""
        return self.api.world

    @world.setter
    def world(self, world: World) -> None:
        self.api.world = world

    @property
    def row_cap(self) -> int:
        """The number of rows at which answers are cut."""
        return self.api.row_cap

    @row_cap.setter
    def row_cap(self, row_cap: int) -> None:
        self.api.row_cap = row_cap

    @property
    def accounts(self) -> dict[int, Account]:
        """The accounts by partner id; replace one to change it."""
        return self.api.accounts

    @property
    def keys(self) -> KsRegister:
        """The sessions (KS) issued so far."""
        return self.api.keys

    @property
    def url(self) -> str:
        """The base URL. Raises RuntimeError before the start."""
        if self._server is None:
            raise RuntimeError("The simulator isn't running: use it in a with block.")
        return f"http://{HOST}:{self._server.server_port}"

    @property
    def requests(self) -> list[RecordedRequest]:
        """The latest 10,000 requests, oldest first."""
        return list(self._recorded)

    def forget_requests(self) -> None:
        """Empty the list of requests."""
        self._recorded.clear()

    def record(self, request: RecordedRequest) -> None:
        """Add a request to the list."""
        self._recorded.append(request)

    def start(self) -> Simulator:
        """Start to answer. Raises OSError if the port is in use."""
        self._server = _Server((HOST, self._port), _Handler)
        self._server.simulator = self
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

    def __enter__(self) -> Simulator:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()


class _Server(ThreadingHTTPServer):
    """A thread a connection; knows its open connections, so that it can end them all."""

    daemon_threads = True
    request_queue_size = 128
    simulator: Simulator

    def __init__(self, address: tuple[str, int], handler: type[_Handler]) -> None:
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
        import sys

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


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "Kaltura-simulator"
    sys_version = ""
    disable_nagle_algorithm = True
    timeout = 120  # seconds, of an idle connection
    server: _Server

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base's name
        """Print nothing: a URL may hold a KS."""

    def do_GET(self) -> None:
        self._respond({})

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "0")
        if not length.isdecimal() or int(length) > LARGEST_BODY:
            self.close_connection = True
            self._send(413, b"The body is too large.\n", "text/plain")
            return
        body = self.rfile.read(int(length))
        if urlsplit(self.path).path == FAULTS_PATH:
            self._switch_faults(body)
            return
        text = body.decode("utf-8", errors="replace")
        self._respond(dict(parse_qsl(text, keep_blank_values=True)))

    def _respond(self, form: Mapping[str, str]) -> None:
        simulator = self.server.simulator
        call = read_call(self.path, form, address=self.client_address[0])
        headers = {name.lower(): value for name, value in self.headers.items()}
        simulator.record(RecordedRequest(self.command, self.path, form, headers, call))
        if call is None:
            if urlsplit(self.path).path == FAULTS_PATH:
                self._send_json(200, {"faults": simulator.faults.described()})
            else:
                self._send(404, b"Not found\n", "text/plain")
            return
        if not self._fail_instead(call):
            self._deliver(simulator.api.answer(call), call)

    def _fires(self, kind: str, call: Call) -> Fault | None:
        faults = self.server.simulator.faults
        return faults.fires(kind, report=call.report_id, service=call.service)

    def _fail_instead(self, call: Call) -> bool:
        """Do what a fault does instead of answering; say whether there was one."""
        if fault := self._fires("slow", call):
            self.server.stopping.wait(fault.seconds)
        if self._fires("reset", call):
            self._reset()
            return True
        if fault := self._fires("http_status", call):
            extra = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
            self._send(fault.status, MAINTENANCE_PAGE, "text/html", extra)
            return True
        if self._fires("html_200", call):
            self._send(200, MAINTENANCE_PAGE, "text/html")
            return True
        if fault := self._fires("json_error", call):
            body = wire.json_error(ApiProblem(fault.code, fault.message))
            self._send(200, body, "application/json")
            return True
        if fault := self._fires("xml_error", call):
            body = wire.xml_error(ApiProblem(fault.code, fault.message))
            self._send(200, body, "text/xml; charset=utf-8")
            return True
        return False

    def _reset(self) -> None:
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def _deliver(self, answer: Answer, call: Call) -> None:
        extra = {}
        if answer.file_name:
            extra["Content-Disposition"] = f'attachment; filename="{answer.file_name}"'
        fault = self._fires("break_off", call)
        if fault is None:
            self._send(200, answer.body, answer.content_type, extra)
        elif fault.how == "line":
            last_line = len(answer.body.rstrip(b"\n").rpartition(b"\n")[2])
            cut = answer.body[: len(answer.body) - 1 - last_line // 2]
            self._send(200, cut, answer.content_type, extra)
        else:
            self.close_connection = True
            in_chunks = fault.how == "chunk"
            self._send_head(200, len(answer.body), answer.content_type, extra, in_chunks)
            if in_chunks:
                self.wfile.write(f"{len(answer.body):x}\r\n".encode())
            self.wfile.write(answer.body[: len(answer.body) // 2])

    def _send(
        self, status: int, body: bytes, content_type: str, extra: Mapping[str, str] | None = None
    ) -> None:
        in_chunks = self.server.simulator.chunked
        self._send_head(status, len(body), content_type, extra or {}, in_chunks)
        if not in_chunks:
            self.wfile.write(body)
            return
        for at in range(0, len(body), CHUNK):
            part = body[at : at + CHUNK]
            self.wfile.write(b"%x\r\n%b\r\n" % (len(part), part))
        self.wfile.write(b"0\r\n\r\n")

    def _send_head(
        self,
        status: int,
        length: int,
        content_type: str,
        extra: Mapping[str, str],
        in_chunks: bool,
    ) -> None:
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

    def _send_json(self, status: int, content: object) -> None:
        self._send(status, json.dumps(content, indent=1).encode() + b"\n", "application/json")

    def _switch_faults(self, body: bytes) -> None:
        """Put the faults of `{"faults": [{"kind": …}, …]}` in force instead of all others."""
        faults = self.server.simulator.faults
        try:
            faults.replace_all(json.loads(body)["faults"])
        except (ValueError, TypeError, KeyError) as error:
            self._send_json(400, {"error": f"Not a list of faults: {error}"})
            return
        self._send_json(200, {"faults": faults.described()})


def read_call(path: str, form: Mapping[str, str], *, address: str) -> Call | None:
    """Return the call of a path, its query string and a form body; None outside the API.

    Parameters may stand as `/name/value` pairs in the path, in the query string or in the body;
    the later of these wins.
    """
    parts = urlsplit(path)
    segments = parts.path.lstrip("/").split("/")
    if segments[0] != API_PREFIX:
        return None
    if len(segments) > 1 and segments[1] == "index.php":
        del segments[1]
    names, values = segments[1::2], segments[2::2]
    parameters = {
        unquote(name): unquote(value) for name, value in zip(names, values, strict=False) if name
    }
    parameters |= dict(parse_qsl(parts.query, keep_blank_values=True))
    parameters |= form
    return Call(
        service=parameters.pop("service", "").lower(),
        action=parameters.pop("action", "").lower(),
        parameters=parameters,
        address=address,
        uri=parts.path,
    )
