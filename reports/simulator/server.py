"""The simulated Kaltura as an HTTP server on this machine: requests, faults of an answer.

Here a request becomes a call of `api`, and its answer goes out, whole or as a fault wants it. No
line of it knows a report; sockets are in `listener`.
"""

from __future__ import annotations

import json
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote, urlsplit

from reports.simulator import wire
from reports.simulator.accounts import DEFAULT, Account, KsRegister
from reports.simulator.api import Answer, Api, Call
from reports.simulator.faults import Fault, Faults
from reports.simulator.listener import HOST, Handler, Service
from reports.simulator.wire import ApiProblem
from reports.simulator.world import World

API_PREFIX = "api_v3"
FAULTS_PATH = "/simulator/faults"
KEPT_REQUESTS = 10_000


@dataclass(frozen=True, slots=True)
class RecordedRequest:
    """A request as it arrived, for tests."""

    method: str
    path: str  # with its query string, as sent
    form: Mapping[str, str]  # of the body
    headers: Mapping[str, str]  # names in lower case
    call: Call | None  # None for paths outside the API


class Simulator(Service):
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
        super().__init__(port, _Handler)
        self.faults = faults or Faults()
        self.api = Api(world, accounts, faults=self.faults, row_cap=row_cap, clock=clock)
        self.chunked = chunked
        self._recorded: deque[RecordedRequest] = deque(maxlen=KEPT_REQUESTS)

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
        return f"http://{HOST}:{self.port}"

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


class _Handler(Handler):
    server_version = "Kaltura-simulator"

    def respond(self, body: bytes) -> None:
        if self.command == "POST" and urlsplit(self.path).path == FAULTS_PATH:
            self._switch_faults(body)
            return
        text = body.decode("utf-8", errors="replace")
        self._answer_call(dict(parse_qsl(text, keep_blank_values=True)))

    def _answer_call(self, form: Mapping[str, str]) -> None:
        simulator: Simulator = self.server.service
        call = read_call(self.path, form, address=self.client_address[0])
        headers = {name.lower(): value for name, value in self.headers.items()}
        simulator.record(RecordedRequest(self.command, self.path, form, headers, call))
        if call is None:
            if urlsplit(self.path).path == FAULTS_PATH:
                self._send_json(200, {"faults": simulator.faults.described()})
            else:
                self.send(404, b"Not found\n", "text/plain")
            return
        if not self._answer_by_fault(call):
            self._deliver(simulator.api.answer(call), call)

    def _fires(self, kind: str, call: Call) -> Fault | None:
        faults: Faults = self.server.service.faults
        return faults.fires(kind, report=call.report_id, service=call.service)

    def _answer_by_fault(self, call: Call) -> bool:
        """Do what a fault does instead of answering; say whether there was one."""
        if self.fail_instead(lambda kind: self._fires(kind, call)):
            return True
        if fault := self._fires("json_error", call):
            body = wire.json_error(ApiProblem(fault.code, fault.message))
            self.send(200, body, "application/json")
            return True
        if fault := self._fires("xml_error", call):
            body = wire.xml_error(ApiProblem(fault.code, fault.message))
            self.send(200, body, "text/xml; charset=utf-8")
            return True
        return False

    def _deliver(self, answer: Answer, call: Call) -> None:
        extra = {}
        if answer.file_name:
            extra["Content-Disposition"] = f'attachment; filename="{answer.file_name}"'
        fault = self._fires("break_off", call)
        if fault is None:
            self.send(200, answer.body, answer.content_type, extra)
        elif fault.how == "line":
            last_line = len(answer.body.rstrip(b"\n").rpartition(b"\n")[2])
            cut = answer.body[: len(answer.body) - 1 - last_line // 2]
            self.send(200, cut, answer.content_type, extra)
        else:
            self.close_connection = True
            in_chunks = fault.how == "chunk"
            self.send_head(200, len(answer.body), answer.content_type, extra, in_chunks)
            if in_chunks:
                self.wfile.write(f"{len(answer.body):x}\r\n".encode())
            self.wfile.write(answer.body[: len(answer.body) // 2])

    def _send_json(self, status: int, content: object) -> None:
        self.send(status, json.dumps(content, indent=1).encode() + b"\n", "application/json")

    def _switch_faults(self, body: bytes) -> None:
        """Put the faults of `{"faults": [{"kind": …}, …]}` in force instead of all others."""
        faults = self.server.service.faults
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
